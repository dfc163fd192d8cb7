/**
 * Transcoding for commands that send.
 *
 * @module
 */

import { denoPlatform } from "../../hosts/deno_platform.ts";
import { FrameCodecs } from "../../pixel_data/frame_codecs.ts";
import { transcodingBy } from "../../pixel_data/transcoding/transcoding_by.ts";
import type { Transcoding } from "../../services/transcoding.ts";

/** Transcoding, with processes that have to be ended. */
export interface OpenTranscoding extends AsyncDisposable {
  /** What brings instances into what a peer takes. */
  readonly transcoding: Transcoding;
  /** What decodes and encodes frames. */
  readonly codecs: FrameCodecs;
}

/** Codecs in processes of their own, which are started when a frame needs them. */
export async function openTranscoding(): Promise<OpenTranscoding> {
  const codecs = new FrameCodecs({ runner: await denoPlatform.codecPool() });
  return { codecs, transcoding: transcodingBy(codecs), [Symbol.asyncDispose]: () => codecs[Symbol.asyncDispose]() };
}
