/**
 * Blanks parts of compressed pixel data: decoded, blanked, and encoded without loss, frame by frame.
 *
 * @module
 */

import { DataSet } from "../dicom/data_set/data_set.ts";
import { writeDataSet } from "../dicom/data_set/writing/write_data_set.ts";
import * as UID from "../dicom/generated/uid.ts";
import { compressionOf, ENCODABLE } from "../pixel_data/compression.ts";
import type { FrameCodecs } from "../pixel_data/frame_codecs.ts";
import { transcode } from "../pixel_data/transcoding/transcode.ts";
import { lend } from "../streams/lent_bytes.ts";
import { streamOf } from "../streams/stream_of.ts";
import type { EncapsulatedPixels, NewPixels } from "../transform/pixel_edit.ts";
import { InstanceParts } from "../transform/instance_parts.ts";
import { transformInstance } from "../transform/transform_instance.ts";
import { type BlankedArea, blankPixels } from "./blanked_pixels.ts";
import type { BlankEncapsulated } from "./deidentifier.ts";

/** The attributes that say how pixels lie (PS3.3 C.7.6.3), from the first to the last, and what says that they lost something. */
const FIRST_TAG = 0x0028_0002;
const LAST_TAG = 0x0028_0103;
const LOSSY_IMAGE_COMPRESSION = 0x0028_2110;

/**
 * What blanks compressed pixel data with these codecs, which stay the caller's to dispose of. Pixels go out in the lossless
 * transfer syntax of the family they came in (JPEG-LS, JPEG 2000, HTJ2K, RLE), or uncompressed where nothing here encodes that,
 * as with JPEG. Memory holds a few frames. It throws `PixelDataError` where frames can't be decoded.
 */
export function blankingBy(codecs: FrameCodecs): BlankEncapsulated {
  return async (pixels, area) => {
    const { transferSyntax } = pixels;
    const native = UID.ExplicitVRLittleEndian;
    const decoded = transcode(withDescription(pixels), { from: transferSyntax, to: native, codecs });
    const blanked = await blankNative(decoded, area);
    const to = losslessOf(transferSyntax, codecs);
    const parts = new InstanceParts(lend(transcode(blanked, { from: native, to, codecs })), false, {
      transferSyntax: to,
    });
    const description = await parts.readLeading();
    for (const element of description) pixels.dataSet.setElement(element);
    return { transferSyntax: to, elements: streamOf(owned(parts.readPixels())) } satisfies NewPixels;
  };
}

/** The lossless transfer syntax of the same codec. */
function losslessOf(transferSyntax: string, codecs: FrameCodecs): string {
  const codec = compressionOf(transferSyntax)?.codec;
  const lossless = ENCODABLE.find((uid) => compressionOf(uid)?.codec === codec && codecs.canEncode(uid));
  return lossless ?? UID.ExplicitVRLittleEndian;
}

/** A data set of what describes the pixels, and of them. */
function withDescription({ dataSet, elements }: EncapsulatedPixels): ReadableStream<Uint8Array> {
  const description = new DataSet();
  for (const element of dataSet) {
    const { tag } = element;
    if ((tag >= FIRST_TAG && tag <= LAST_TAG) || tag === LOSSY_IMAGE_COMPRESSION) description.setElement(element);
  }
  const head = writeDataSet(description);
  const reader = elements.getReader();
  async function* pieces(): AsyncGenerator<Uint8Array, void> {
    try {
      yield head;
      for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
    } finally {
      await reader.cancel().catch(() => {});
    }
  }
  return streamOf(pieces());
}

async function blankNative(
  dataSet: ReadableStream<Uint8Array>,
  area: BlankedArea,
): Promise<ReadableStream<Uint8Array>> {
  const instance = await transformInstance(dataSet, [(passing) => {
    const native = blankPixels(passing.dataSet, area);
    const encapsulated = () => Promise.reject(new Error("Cannot blank pixels: they are still compressed"));
    passing.pixelEdit = { native, encapsulated };
  }], { transferSyntax: UID.ExplicitVRLittleEndian });
  return instance.stream();
}

/** The chunks in memory of their own. */
async function* owned(chunks: AsyncGenerator<Uint8Array, void>): AsyncGenerator<Uint8Array, void> {
  for await (const chunk of chunks) yield chunk.slice();
}
