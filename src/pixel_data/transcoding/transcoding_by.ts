/**
 * Transcoding as the services want it.
 *
 * @module
 */

import type { FrameCodecs } from "../frame_codecs.ts";
import { transcodableInto, transcode } from "./transcode.ts";

/** What services take as `transcoding`: it brings instances into what peers accept, without loss. */
export interface InstanceTranscoding {
  /** As `transcodableInto()`. */
  into(transferSyntax: string): readonly string[];
  /** As `transcode()`. */
  transcode(
    dataSet: ReadableStream<Uint8Array>,
    syntaxes: { readonly from: string; readonly to: string },
  ): ReadableStream<Uint8Array>;
}

/** Transcoding by codecs, which stay the caller's to dispose of. */
export function transcodingBy(codecs: FrameCodecs): InstanceTranscoding {
  return {
    into: (from) => transcodableInto(from, codecs),
    transcode: (dataSet, { from, to }) => transcode(dataSet, { from, to, codecs }),
  };
}
