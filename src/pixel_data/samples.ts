/**
 * Samples in the containers that a data set allocates for them.
 *
 * @module
 */

import { type FrameDescription, frameLength } from "./frame_description.ts";
import { malformed } from "./pixel_data_error.ts";

/** Samples as a codec gives them. */
export interface CodedSamples {
  /** Pixel by pixel, or plane by plane; Little Endian. */
  readonly bytes: Uint8Array;
  /** Bits of each container: 8 or 16. */
  readonly allocated: 8 | 16;
  /** Bits of each sample that count. */
  readonly precision: number;
  /** Whether they are plane by plane. */
  readonly planar: boolean;
  /** Whether the codestream says that they are signed; their sign is then in the bits above the precision, too. */
  readonly signed: boolean;
}

/** Whether this machine's typed arrays are Little Endian, as samples are: all that run JavaScript today are. */
const LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Bytes as words of 16 bits: a view where they lie so that it can be one, else a copy. */
export function wordsOf(bytes: Uint8Array): Uint16Array {
  const count = bytes.length >> 1;
  if (LITTLE_ENDIAN && bytes.byteOffset % 2 === 0) return new Uint16Array(bytes.buffer, bytes.byteOffset, count);
  if (LITTLE_ENDIAN) return new Uint16Array(bytes.slice(0, count * 2).buffer);
  return Uint16Array.from({ length: count }, (_, index) => bytes[2 * index]! | bytes[2 * index + 1]! << 8);
}

/** Words of 16 bits as bytes: a view where the machine allows. */
export function bytesOf(words: Uint16Array): Uint8Array {
  if (LITTLE_ENDIAN) return new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
  return Uint8Array.from({ length: words.length * 2 }, (_, index) => words[index >> 1]! >> (index % 2) * 8 & 0xff);
}

/**
 * Decoded samples as the data set allocates them, pixel by pixel. Signed ones that fill just Bits Stored get their sign into
 * the bits above. Throws `PixelDataError` where there are more or fewer than the data set says.
 */
export function fit(coded: CodedSamples, description: FrameDescription): Uint8Array {
  const { rows, columns, samplesPerPixel, bitsAllocated, bitsStored, signed } = description;
  const expected = rows * columns * samplesPerPixel * coded.allocated / 8;
  if (coded.bytes.length !== expected) {
    throw malformed(`Cannot decode a frame: ${coded.bytes.length} bytes came out, expected ${expected}`);
  }
  let { bytes } = coded;
  if (coded.allocated === 16 && bitsAllocated === 8) bytes = Uint8Array.from(wordsOf(bytes));
  else if (coded.allocated === 8 && bitsAllocated === 16) {
    bytes = bytesOf(
      Uint16Array.from(coded.signed ? new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length) : bytes),
    );
  }
  if (coded.precision < bitsAllocated && !(coded.signed && signed)) {
    const mask = (1 << coded.precision) - 1;
    const sign = signed && coded.precision === bitsStored ? 1 << bitsStored - 1 : 0;
    const samples = bitsAllocated === 16 ? wordsOf(bytes) : bytes;
    for (let index = 0; index < samples.length; index++) {
      samples[index] = ((samples[index]! & mask) ^ sign) - sign;
    }
    if (bitsAllocated === 16) bytes = bytesOf(samples as Uint16Array);
  }
  return coded.planar ? pixelByPixel(bytes, description) : bytes;
}

/** What is made of a frame, any part of it at a time. */
export interface FrameWork {
  /** What it becomes. */
  readonly output: Uint8Array;
  /** Parts that there are. */
  readonly count: number;
  /** Makes the parts from one up to another. */
  readonly make: (start: number, end: number) => void;
}

/** Does all of it at once. */
export function madeAtOnce({ output, count, make }: FrameWork): Uint8Array {
  make(0, count);
  return output;
}

/** Samples that are plane by plane, pixel by pixel. */
export function pixelByPixel(frame: Uint8Array, description: FrameDescription): Uint8Array {
  return description.samplesPerPixel === 1 ? frame : madeAtOnce(pixelsOfPlanes(frame, description));
}

/** The same, in parts of one pixel each. */
export function pixelsOfPlanes(frame: Uint8Array, description: FrameDescription): FrameWork {
  const { rows, columns, samplesPerPixel, bitsAllocated } = description;
  const width = bitsAllocated / 8;
  const plane = rows * columns * width;
  const output = new Uint8Array(plane * samplesPerPixel);
  const step = samplesPerPixel * width;
  const make = (start: number, end: number) => {
    for (let sample = 0; sample < samplesPerPixel; sample++) {
      for (let byte = 0; byte < width; byte++) {
        let from = sample * plane + start * width + byte;
        const last = end * step;
        for (let to = start * step + sample * width + byte; to < last; to += step, from += width) {
          output[to] = frame[from]!;
        }
      }
    }
  };
  return { output, count: rows * columns, make };
}

/** What an encoder of samples of 8 or 16 bits gets. */
export interface SamplesToEncode {
  /** One byte a sample up to a precision of 8, else two. */
  readonly bytes: Uint8Array;
  /** Bits that hold every sample of the frame: Bits Stored where that is true, else Bits Allocated. */
  readonly precision: number;
}

/** Bits from which on encoders take signed samples: those of less come out wrong. */
const LEAST_SIGNED = 9;

/**
 * Samples to encode so that decoding gives just these bytes: also bits above Bits Stored, such as those of an overlay.
 * `unsigned` leaves out the sign in the bits above the precision. Throws `PixelDataError` for a frame of another length.
 */
export function prepare(frame: Uint8Array, description: FrameDescription, unsigned: boolean): SamplesToEncode {
  const { bitsAllocated, bitsStored, signed } = description;
  const expected = frameLength(description);
  if (frame.length !== expected) {
    throw malformed(`Cannot encode a frame: found ${frame.length} bytes, expected ${expected}`);
  }
  if (bitsStored === bitsAllocated) return { bytes: frame, precision: bitsAllocated };
  const samples = bitsAllocated === 16 ? wordsOf(frame) : frame;
  const all = (1 << bitsAllocated) - 1;
  const mask = (1 << bitsStored) - 1;
  const sign = signed ? 1 << bitsStored - 1 : 0;
  let strays = 0;
  for (let index = 0; index < samples.length; index++) {
    const sample = samples[index]!;
    strays |= (((sample & mask) ^ sign) - sign & all) ^ sample;
  }
  if (strays !== 0) return { bytes: frame, precision: bitsAllocated };
  if (signed && !unsigned) return { bytes: frame, precision: Math.max(bitsStored, LEAST_SIGNED) };
  if (bitsStored <= 8) return { bytes: Uint8Array.from(samples, (sample) => sample & mask), precision: bitsStored };
  return { bytes: signed ? bytesOf(wordsOf(frame).map((sample) => sample & mask)) : frame, precision: bitsStored };
}
