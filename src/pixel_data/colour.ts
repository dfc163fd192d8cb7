/**
 * Photometric interpretations before and after compression (PS3.3 C.7.6.3.1.2, PS3.5 8.2).
 *
 * @module
 */

import type { CodecName } from "./compression.ts";
import { type FrameDescription, hasSharedChrominance } from "./frame_description.ts";
import { unsupported } from "./pixel_data_error.ts";
import { type FrameWork, madeAtOnce } from "./samples.ts";

/** The photometric interpretation of a frame that was decoded, each pixel of which has all its samples. */
export function decodedPhotometricInterpretation({ photometricInterpretation: found }: FrameDescription): string {
  switch (found) {
    case "YBR_ICT":
    case "YBR_RCT":
      return "RGB"; // Decoding undoes the transform.
    case "YBR_FULL_422":
      return "YBR_FULL";
    case "YBR_PARTIAL_422":
    case "YBR_PARTIAL_420":
      return "YBR_PARTIAL";
    default:
      return found;
  }
}

/**
 * The photometric interpretation of a frame that is to be encoded without loss. Throws `PixelDataError` for what the codec
 * can't encode.
 */
export function encodedPhotometricInterpretation(codec: CodecName, description: FrameDescription): string {
  const { samplesPerPixel, bitsAllocated, signed } = description;
  const whole = decodedPhotometricInterpretation(description);
  const refuse = (found: string, expected: string) =>
    unsupported(`Cannot encode ${codec}: found ${found}, expected ${expected}`);
  if (bitsAllocated === 1) throw refuse("Bits Allocated 1", "8 or more");
  if (codec === "rle") return whole;
  if (bitsAllocated > 16) throw refuse(`Bits Allocated ${bitsAllocated}`, "8 or 16");
  if (codec === "jpeg-ls") return whole;
  if (codec === "jpeg") throw refuse("a frame", "a codec that encodes");
  if (samplesPerPixel === 1) {
    if (signed && bitsAllocated === 8) throw refuse("signed samples of 8 bits", "16 bits");
    return whole;
  }
  // Neither package takes more: one reads beyond its memory, one takes the first sample for all three.
  if (signed || bitsAllocated !== 8) {
    throw refuse(`${whole} with Bits Allocated ${bitsAllocated}`, "unsigned samples of 8");
  }
  if (usesColourTransform(codec, description)) return "YBR_RCT";
  // The encoder of JPEG 2000 transforms whatever has three components.
  if (codec === "jpeg-2000") throw refuse(whole, "RGB");
  return whole;
}

/** Whether frames get the reversible colour transform when they are encoded: it makes the samples one bit longer. */
export function usesColourTransform(codec: CodecName, description: FrameDescription): boolean {
  const { samplesPerPixel, bitsAllocated } = description;
  return (codec === "jpeg-2000" || codec === "htj2k") && samplesPerPixel === 3 && bitsAllocated === 8 &&
    decodedPhotometricInterpretation(description) === "RGB";
}

/** Gives each pixel its own chrominance where two share one: Y1 Y2 CB CR becomes Y1 CB CR Y2 CB CR. */
export function withOwnChrominance(frame: Uint8Array, description: FrameDescription): Uint8Array {
  return hasSharedChrominance(description) ? madeAtOnce(pixelsOfPairs(frame, description)) : frame;
}

/** Of the four samples of two pixels, those that the six of them are. */
const SAMPLES_OF_PAIR = [0, 2, 3, 1, 2, 3] as const;

/** The same, in parts of two pixels each. */
export function pixelsOfPairs(frame: Uint8Array, { bitsAllocated }: FrameDescription): FrameWork {
  const width = bitsAllocated / 8;
  const output = new Uint8Array(frame.length / 2 * 3);
  const make = (start: number, end: number) => {
    let to = start * 6 * width;
    for (let at = start * 4 * width; at < end * 4 * width; at += 4 * width) {
      for (const sample of SAMPLES_OF_PAIR) {
        for (let byte = 0; byte < width; byte++) output[to++] = frame[at + sample * width + byte]!;
      }
    }
  };
  return { output, count: Math.floor(frame.length / (4 * width)), make };
}

/** Turns YBR_FULL of 8 bits into RGB, in place (PS3.3 C.7.6.3.1.2). */
export function fullToRgb(samples: Uint8Array): void {
  for (let at = 0; at + 2 < samples.length; at += 3) {
    const y = samples[at]!;
    const cb = samples[at + 1]! - 128;
    const cr = samples[at + 2]! - 128;
    samples[at] = clamped(y + 1.402 * cr);
    samples[at + 1] = clamped(y - 0.344136 * cb - 0.714136 * cr);
    samples[at + 2] = clamped(y + 1.772 * cb);
  }
}

/** Turns YBR_PARTIAL of 8 bits into RGB, in place (PS3.3 C.7.6.3.1.2). */
export function partialToRgb(samples: Uint8Array): void {
  for (let at = 0; at + 2 < samples.length; at += 3) {
    const y = 1.1644 * (samples[at]! - 16);
    const cb = samples[at + 1]! - 128;
    const cr = samples[at + 2]! - 128;
    samples[at] = clamped(y + 1.596 * cr);
    samples[at + 1] = clamped(y - 0.3917 * cb - 0.8129 * cr);
    samples[at + 2] = clamped(y + 2.0173 * cb);
  }
}

/** Turns RGB of 8 bits into YBR_FULL, in place (PS3.3 C.7.6.3.1.2). */
export function rgbToFull(samples: Uint8Array): void {
  for (let at = 0; at + 2 < samples.length; at += 3) {
    const r = samples[at]!;
    const g = samples[at + 1]!;
    const b = samples[at + 2]!;
    samples[at] = clamped(0.299 * r + 0.587 * g + 0.114 * b);
    samples[at + 1] = clamped(128 - 0.168736 * r - 0.331264 * g + 0.5 * b);
    samples[at + 2] = clamped(128 + 0.5 * r - 0.418688 * g - 0.081312 * b);
  }
}

function clamped(value: number): number {
  return value <= 0 ? 0 : value >= 255 ? 255 : value + 0.5 | 0;
}
