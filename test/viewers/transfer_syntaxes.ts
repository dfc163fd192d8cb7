/** Known images in the transfer syntaxes that the world has. */

import { setEncapsulatedFrames } from "../../src/dicom/data_set/frames/pixel_frames.ts";
import { writeFile } from "../../src/dicom/data_set/writing/write_file.ts";
import * as UID from "../../src/dicom/generated/uid.ts";
import type { FrameCodecs } from "../../src/pixel_data/frame_codecs.ts";
import { encodeJpeg } from "../../src/pixel_data/jpeg/encode_jpeg.ts";
import { transcodeFile } from "../../src/pixel_data/transcoding/transcode.ts";
import { encodeLossless } from "../pixel_data/jpeg/lossless_encoder.ts";
import { type KnownImage, SIZE } from "./images.ts";

/** The image as a file in a transfer syntax without loss, but for JPEG Baseline. */
export async function fileIn(
  transferSyntax: string,
  image: KnownImage,
  codecs: FrameCodecs,
): Promise<Uint8Array<ArrayBuffer>> {
  if (transferSyntax === UID.JPEGBaseline8Bit) return baseline(image);
  if (transferSyntax === UID.JPEGLosslessSV1) return losslessJpeg(image);
  const source = new Blob([image.file]).stream();
  const transcoded = await transcodeFile(source, { to: transferSyntax, codecs });
  return new Uint8Array(await new Response(transcoded as ReadableStream<Uint8Array<ArrayBuffer>>).arrayBuffer());
}

function baseline(image: KnownImage): Uint8Array<ArrayBuffer> {
  const picture = { width: SIZE, height: SIZE, samples: 3, quality: 95 } as const;
  const dataSet = image.dataSet.copy().set("PhotometricInterpretation", "YBR_FULL_422");
  setEncapsulatedFrames(dataSet, image.frames.map((frame) => encodeJpeg(frame as Uint8Array, picture)));
  return writeFile({ dataSet, transferSyntax: UID.JPEGBaseline8Bit });
}

function losslessJpeg(image: KnownImage): Uint8Array<ArrayBuffer> {
  const [first] = image.frames;
  const form = {
    ...{ rows: SIZE, columns: SIZE, pointTransform: 0, restartRows: 0, separate: false, predictor: 1 },
    ...(first instanceof Int16Array ? { components: 1, precision: 16 } : { components: 3, precision: 8 }),
  };
  const dataSet = image.dataSet.copy();
  const samples = (frame: Uint8Array | Int16Array) =>
    frame instanceof Int16Array ? new Uint16Array(frame.buffer) : frame;
  setEncapsulatedFrames(dataSet, image.frames.map((frame) => encodeLossless(samples(frame), form)));
  return writeFile({ dataSet, transferSyntax: UID.JPEGLosslessSV1 });
}
