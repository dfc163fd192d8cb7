/**
 * Does the tasks of codecs: checks, decodes or encodes, and checks again.
 *
 * @module
 */

import { checkAgainst, codestreamProblem } from "./codestreams/codestream_header.ts";
import { codestreamIn } from "./codestreams/jp2_boxes.ts";
import { readJpeg2000Header } from "./codestreams/jpeg_2000_header.ts";
import { type JpegHeader, readJpegHeader } from "./codestreams/jpeg_header.ts";
import { needsLevelShift, saidUnsigned, shiftedDown } from "./codestreams/level_shift.ts";
import type { CodecTask, DecodeTask, EncodeTask } from "./codec_task.ts";
import type { WebAssemblyCodecs } from "./codecs/web_assembly_codecs.ts";
import {
  decodedPhotometricInterpretation,
  encodedPhotometricInterpretation,
  fullToRgb,
  rgbToFull,
  usesColourTransform,
  withOwnChrominance,
} from "./colour.ts";
import { type FrameDescription, limitFrame } from "./frame_description.ts";
import { decodeJpeg } from "./jpeg/decode_jpeg.ts";
import { encodeJpeg } from "./jpeg/encode_jpeg.ts";
import { PixelDataError } from "./pixel_data_error.ts";
import { decodeRle } from "./rle/decode_rle.ts";
import { encodeRle } from "./rle/encode_rle.ts";
import { bytesOf, type CodedSamples, fit, pixelByPixel, prepare } from "./samples.ts";

/**
 * Does a task with `codecs` and our own codecs, or with our own alone. Throws `PixelDataError` and `LimitError`.
 */
export async function performTask(
  task: CodecTask,
  bytes: Uint8Array,
  codecs: WebAssemblyCodecs | undefined,
): Promise<Uint8Array> {
  if (task.operation === "picture") return encodeJpeg(bytes, task);
  limitFrame(task.description);
  return task.operation === "decode" ? await decode(task, bytes, codecs) : await encode(task, bytes, codecs);
}

/** Codecs of packages, as people know them. */
const FORMATS = { "jpeg-ls": "JPEG-LS", "jpeg-2000": "JPEG 2000", htj2k: "HTJ2K" } as const;

function available(codecs: WebAssemblyCodecs | undefined, name: string): WebAssemblyCodecs {
  if (codecs !== undefined) return codecs;
  const message = `Cannot use the codec of ${name}: expected permission to start its process`;
  throw new PixelDataError(message, { reason: "unavailable" });
}

async function decode(
  { codec, description }: DecodeTask,
  bytes: Uint8Array,
  codecs: WebAssemblyCodecs | undefined,
): Promise<Uint8Array> {
  switch (codec) {
    case "rle":
      return decodeRle(bytes, description);
    case "jpeg": {
      const header = readJpegHeader(bytes, "JPEG");
      checkAgainst("JPEG", header, description);
      const samples = decodeJpeg(bytes, header);
      return inPromisedColours(fit(asCoded(samples, header.precision), description), header, description);
    }
    case "jpeg-ls": {
      const header = readJpegHeader(bytes, "JPEG-LS");
      checkAgainst("JPEG-LS", header, description);
      return checked(await available(codecs, "JPEG-LS").decode(codec, bytes), header, description);
    }
    default: {
      const format = FORMATS[codec];
      const codestream = codestreamIn(bytes);
      const header = readJpeg2000Header(codestream, format);
      checkAgainst(format, header, description);
      if (header.highThroughput !== (codec === "htj2k")) {
        const found = header.highThroughput ? "blocks of high throughput" : "blocks without high throughput";
        throw codestreamProblem(format, `found ${found}, which are of another transfer syntax`);
      }
      const shifts = codec === "jpeg-2000" && needsLevelShift(header);
      const coded = await available(codecs, format).decode(codec, shifts ? saidUnsigned(codestream) : codestream);
      return checked(shifts ? shiftedDown(coded) : coded, header, description);
    }
  }
}

function asCoded(samples: Uint8Array | Uint16Array, precision: number): CodedSamples {
  return samples instanceof Uint16Array
    ? { bytes: bytesOf(samples), allocated: 16, precision, planar: false, signed: false }
    : { bytes: samples, allocated: 8, precision, planar: false, signed: false };
}

function checked(coded: CodedSamples, { precision }: { precision: number }, description: FrameDescription): Uint8Array {
  if (coded.precision !== precision) {
    throw codestreamProblem("decoded", `found samples of ${coded.precision} bits, expected ${precision}`);
  }
  return fit(coded, description);
}

/**
 * A marker in the codestream may say that its colours are not those of the data set; the data set is what readers go by, so
 * the samples follow it. Colours whose chrominance is subsampled are no RGB, whatever is said.
 */
function inPromisedColours(samples: Uint8Array, header: JpegHeader, description: FrameDescription): Uint8Array {
  const { adobeTransform, parts } = header;
  if (description.samplesPerPixel !== 3 || description.bitsAllocated !== 8) return samples;
  const promised = decodedPhotometricInterpretation(description);
  const subsampled = parts.some(({ h, v }) => h !== parts[0]!.h || v !== parts[0]!.v);
  const isYbr = adobeTransform === 1 || (adobeTransform === undefined && (subsampled || promised !== "RGB"));
  if (promised === "RGB" && isYbr && header.process !== 3) fullToRgb(samples);
  if (promised === "YBR_FULL" && adobeTransform === 0 && header.process !== 3) rgbToFull(samples);
  return samples;
}

async function encode(
  { codec, description }: EncodeTask,
  bytes: Uint8Array,
  codecs: WebAssemblyCodecs | undefined,
): Promise<Uint8Array> {
  encodedPhotometricInterpretation(codec, description);
  const whole = withOwnChrominance(bytes, description);
  const frame = description.planarConfiguration === 1 && whole === bytes ? pixelByPixel(whole, description) : whole;
  if (codec === "rle") return encodeRle(frame, description);
  const samples = prepare(frame, description, codec === "jpeg-ls");
  if (codec === "jpeg") throw new PixelDataError("Cannot encode jpeg: no codec does it", { reason: "unsupported" });
  const encoded = await available(codecs, FORMATS[codec]).encode(codec, samples, description);
  checkEncoded(codec, encoded, samples.precision, description);
  return encoded;
}

/** Throws `PixelDataError` where an encoder has not made what it should. */
function checkEncoded(
  codec: "jpeg-ls" | "jpeg-2000" | "htj2k",
  encoded: Uint8Array,
  precision: number,
  description: FrameDescription,
): void {
  if (codec === "jpeg-ls") return checkAgainst("JPEG-LS", readJpegHeader(encoded, "JPEG-LS"), description);
  const header = readJpeg2000Header(encoded, FORMATS[codec]);
  checkAgainst("JPEG 2000", header, description);
  const isRight = header.reversible && header.signed === description.signed && header.precision === precision &&
    header.transformed === usesColourTransform(codec, description);
  if (!isRight) throw codestreamProblem("JPEG 2000", "the encoder made another than it was told");
}
