/**
 * Instances as files: as they are stored, or in another transfer syntax.
 *
 * @module
 */

import type { Context } from "hono";
import { isConvertible } from "../../dicom/conversion/convert_transfer_syntax.ts";
import { fileMetaInformation } from "../../dicom/part10.ts";
import type { FrameCodecs } from "../../pixel_data/frame_codecs.ts";
import { transcode } from "../../pixel_data/transcoding/transcode.ts";
import type { HeldInstance } from "../../query/instance_source.ts";
import { concatenate } from "../../streams/concatenate.ts";
import { isKnown, respond, type Segment, streamSegments } from "./body.ts";
import { unreadable } from "./opened_instance.ts";

/** Media type of a file. */
export const DICOM = "application/dicom";

/** An instance as a file in some transfer syntax. */
export interface InstanceFile {
  readonly transferSyntax: string;
  readonly segments: readonly Segment[];
  /** Absent if the bytes may differ next time. */
  readonly etag: string | undefined;
  /** Whether its frames are decoded while it is read, which may fail. */
  readonly isTranscoded?: boolean;
}

/** Bytes of a transcoded file that are made before the answer begins. */
const MADE_AHEAD = 8 * 1024 * 1024;

/**
 * A file whose beginning is made already if it is transcoded, or all of it if it is short: so the client learns of frames that
 * cannot be decoded. Throws `RequestProblem` for those.
 */
export async function begun(file: InstanceFile): Promise<InstanceFile> {
  const [head, ...segments] = file.segments;
  if (file.isTranscoded !== true || head === undefined) return file;
  const reader = streamSegments(segments).getReader();
  const chunks: Uint8Array[] = [];
  try {
    for (let length = 0; length < MADE_AHEAD;) {
      const { done, value } = await reader.read();
      if (done) return { ...file, segments: [head, concatenate(chunks)] };
      chunks.push(value);
      length += value.length;
    }
  } catch (error) {
    throw unreadable(error);
  }
  const rest = async function* () {
    try {
      yield* chunks.splice(0);
      for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
    } finally {
      await reader.cancel().catch(() => {}); // It may have failed.
    }
  };
  return { ...file, segments: [head, { length: undefined, open: rest }] };
}

/** A single file as an answer, which needs no bytes for `HEAD` and for a client that has it already. */
export async function respondWithFile(c: Context, file: InstanceFile): Promise<Response> {
  const isBodiless = c.req.raw.method === "HEAD" || isKnown(c, file.etag);
  const { segments, etag } = isBodiless ? file : await begun(file);
  return respond(c, { contentType: fileType(file), segments, etag });
}

/** An instance as a file: as it is stored, or converted into another transfer syntax without loss. */
export function fileOf(held: HeldInstance, transferSyntax: string, codecs: FrameCodecs): InstanceFile {
  const { sopClassUid, sopInstanceUid, length, version, part } = held;
  const head = fileMetaInformation({ sopClassUid, sopInstanceUid, transferSyntax });
  const etag = version === undefined ? undefined : `${version}-${transferSyntax}`;
  if (transferSyntax === held.transferSyntax) {
    const open = (start: number, end: number) => {
      return part === undefined || length === undefined ? held.stream() : part(start, end);
    };
    // A source without parts cannot give a range: clients then may not request one.
    return { transferSyntax, segments: [head, { length: part === undefined ? undefined : length, open }], etag };
  }
  const open = () => transcode(held.stream(), { from: held.transferSyntax, to: transferSyntax, codecs });
  const isTranscoded = !(isConvertible(transferSyntax) && isConvertible(held.transferSyntax));
  return { transferSyntax, segments: [head, { length: undefined, open }], etag, isTranscoded };
}

/** Media type of a file. */
export function fileType({ transferSyntax }: Pick<InstanceFile, "transferSyntax">): string {
  return `${DICOM}; transfer-syntax=${transferSyntax}`;
}
