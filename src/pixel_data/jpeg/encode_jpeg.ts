/**
 * Baseline JPEG of pictures of 8 bits (ITU-T T.81 annex F), in a file as JFIF has it.
 *
 * @module
 */

import { malformed } from "../pixel_data_error.ts";
import { factorsFor, forwardDct } from "./forward_dct.ts";
import {
  CHROMINANCE_AC,
  CHROMINANCE_DC,
  CHROMINANCE_STEPS,
  type HuffmanSpecification,
  LUMINANCE_AC,
  LUMINANCE_DC,
  LUMINANCE_STEPS,
  NATURAL,
} from "./standard_tables.ts";

/** A picture, and how well it is to be kept. */
export interface JpegPicture {
  /** 1 to 65,535 each. */
  readonly width: number;
  readonly height: number;
  /** 1 for gray, 3 for RGB. */
  readonly samples: 1 | 3;
  /** 1 to 100. */
  readonly quality: number;
}

/** Encodes samples, which lie pixel by pixel. Chrominance gets half the resolution both ways. Throws `PixelDataError`. */
export function encodeJpeg(pixels: Uint8Array, picture: JpegPicture): Uint8Array<ArrayBuffer> {
  const { width, height, samples, quality } = picture;
  const isSize = (size: number) => Number.isInteger(size) && size >= 1 && size <= 0xffff;
  if (!isSize(width) || !isSize(height) || pixels.length !== width * height * samples) {
    throw malformed(`Cannot encode a picture: found ${pixels.length} bytes for ${width} by ${height} by ${samples}`);
  }
  const luminance = scaled(LUMINANCE_STEPS, quality);
  const chrominance = scaled(CHROMINANCE_STEPS, quality);
  const output = new Output();
  writeHeader(output, picture, luminance, chrominance);
  const gray = new ComponentEncoder(luminance, LUMINANCE_DC, LUMINANCE_AC, output);
  if (samples === 1) encodeGray(pixels, picture, gray);
  else {
    const others = [1, 2].map(() => new ComponentEncoder(chrominance, CHROMINANCE_DC, CHROMINANCE_AC, output));
    encodeColour(pixels, picture, [gray, others[0]!, others[1]!]);
  }
  output.flush();
  output.bytes(0xff, 0xd9);
  return output.whole();
}

/** Steps for a quality, as the Independent JPEG Group scales them. */
function scaled(steps: Uint8Array, quality: number): Uint8Array {
  const bounded = Math.min(100, Math.max(1, Math.round(quality)));
  const percent = bounded < 50 ? Math.floor(5000 / bounded) : 200 - 2 * bounded;
  return steps.map((step) => Math.min(255, Math.max(1, Math.floor((step * percent + 50) / 100))));
}

function writeHeader(
  output: Output,
  { width, height, samples }: JpegPicture,
  luminance: Uint8Array,
  chrominance: Uint8Array,
): void {
  const segment = (marker: number, ...data: number[]) =>
    output.bytes(0xff, marker, (data.length + 2) >> 8, (data.length + 2) & 0xff, ...data);
  const steps = (table: Uint8Array) => Array.from(NATURAL, (at) => table[at]!);
  const codes = ({ counts, symbols }: HuffmanSpecification) => [...counts, ...symbols];
  output.bytes(0xff, 0xd8);
  segment(0xe0, 0x4a, 0x46, 0x49, 0x46, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0);
  segment(0xdb, 0, ...steps(luminance), ...(samples === 3 ? [1, ...steps(chrominance)] : []));
  const components = samples === 1 ? [[1, 0x11, 0]] : [[1, 0x22, 0], [2, 0x11, 1], [3, 0x11, 1]];
  segment(0xc0, 8, height >> 8, height & 0xff, width >> 8, width & 0xff, samples, ...components.flat());
  segment(0xc4, 0x00, ...codes(LUMINANCE_DC), 0x10, ...codes(LUMINANCE_AC));
  if (samples === 3) segment(0xc4, 0x01, ...codes(CHROMINANCE_DC), 0x11, ...codes(CHROMINANCE_AC));
  segment(0xda, samples, ...components.flatMap(([id, , table]) => [id!, table! * 0x11]), 0, 63, 0);
}

function encodeGray(pixels: Uint8Array, { width, height }: JpegPicture, encoder: ComponentEncoder): void {
  const { block } = encoder;
  for (let top = 0; top < height; top += 8) {
    for (let left = 0; left < width; left += 8) {
      for (let at = 0; at < 64; at++) {
        const y = Math.min(top + (at >> 3), height - 1);
        const x = Math.min(left + (at & 7), width - 1);
        block[at] = pixels[y * width + x]! - 128;
      }
      encoder.encode();
    }
  }
}

/** Encodes 16 by 16 pixels at a time: four blocks of Y, one of CB, one of CR. */
function encodeColour(
  pixels: Uint8Array,
  { width, height }: JpegPicture,
  [luminance, blue, red]: readonly [ComponentEncoder, ComponentEncoder, ComponentEncoder],
): void {
  const y = new Float64Array(256);
  for (let top = 0; top < height; top += 16) {
    for (let left = 0; left < width; left += 16) {
      blue.block.fill(0);
      red.block.fill(0);
      for (let at = 0; at < 256; at++) {
        const row = Math.min(top + (at >> 4), height - 1);
        const column = Math.min(left + (at & 15), width - 1);
        const from = (row * width + column) * 3;
        const r = pixels[from]!;
        const g = pixels[from + 1]!;
        const b = pixels[from + 2]!;
        y[at] = 0.299 * r + 0.587 * g + 0.114 * b - 128;
        const place = (at >> 5) * 8 + (at >> 1 & 7);
        blue.block[place]! += (-0.168736 * r - 0.331264 * g + 0.5 * b) / 4;
        red.block[place]! += (0.5 * r - 0.418688 * g - 0.081312 * b) / 4;
      }
      for (const start of [0, 8, 128, 136]) {
        for (let at = 0; at < 64; at++) luminance.block[at] = y[start + (at >> 3) * 16 + (at & 7)]!;
        luminance.encode();
      }
      blue.encode();
      red.encode();
    }
  }
}

/** Codes of a table by symbol: the length in the upper half, the code in the lower one. */
function codesOf({ counts, symbols }: HuffmanSpecification): Int32Array {
  const codes = new Int32Array(256);
  let code = 0;
  let index = 0;
  for (const [shorter, count] of counts.entries()) {
    for (let left = count; left > 0; left--) codes[symbols[index++]!] = shorter + 1 << 16 | code++;
    code <<= 1;
  }
  return codes;
}

/** Encodes the blocks of a component. */
class ComponentEncoder {
  /** The samples of the next block, with 0 in the middle of their range. */
  readonly block = new Float64Array(64);
  readonly #factors: Float64Array;
  readonly #dc: Int32Array;
  readonly #ac: Int32Array;
  readonly #output: Output;
  #last = 0;

  constructor(steps: Uint8Array, dc: HuffmanSpecification, ac: HuffmanSpecification, output: Output) {
    this.#factors = factorsFor(steps);
    this.#dc = codesOf(dc);
    this.#ac = codesOf(ac);
    this.#output = output;
  }

  /** Encodes the block. */
  encode(): void {
    const { block } = this;
    const factors = this.#factors;
    const output = this.#output;
    output.reserve();
    forwardDct(block);
    const level = Math.round(block[0]! * factors[0]!);
    this.#write(this.#dc, 0, level - this.#last);
    this.#last = level;
    let run = 0;
    for (let index = 1; index < 64; index++) {
      const at = NATURAL[index]!;
      const value = Math.round(block[at]! * factors[at]!);
      if (value === 0) {
        run++;
        continue;
      }
      for (; run > 15; run -= 16) output.bits(this.#ac[0xf0]!);
      this.#write(this.#ac, run << 4, value);
      run = 0;
    }
    if (run > 0) output.bits(this.#ac[0]!);
  }

  /** Writes a number behind the code of its length and of what `above` says. */
  #write(codes: Int32Array, above: number, value: number): void {
    const length = 32 - Math.clz32(Math.abs(value));
    this.#output.bits(codes[above | length]!);
    if (length > 0) this.#output.bits(length << 16 | (value < 0 ? value + (1 << length) - 1 : value));
  }
}

/** Most bytes of a block: 64 numbers with their codes, each byte stuffed. */
const LONGEST_BLOCK = 64 * 4 * 2;

/** Bytes that grow as they are written. */
class Output {
  #buffer = new Uint8Array(0x1_0000);
  #end = 0;
  #bits = 0;
  #count = 0;

  /** Has room for a block. */
  reserve(): void {
    if (this.#end + LONGEST_BLOCK <= this.#buffer.length) return;
    const larger = new Uint8Array(this.#buffer.length * 2);
    larger.set(this.#buffer);
    this.#buffer = larger;
  }

  bytes(...bytes: number[]): void {
    this.reserve();
    this.#buffer.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  /** Writes bits: how many in the upper half, at most 16, and which in the lower one. */
  bits(code: number): void {
    const length = code >> 16;
    this.#bits = this.#bits << length | code & 0xffff;
    this.#count += length;
    while (this.#count >= 8) {
      this.#count -= 8;
      const byte = this.#bits >> this.#count & 0xff;
      this.#buffer[this.#end++] = byte;
      if (byte === 0xff) this.#buffer[this.#end++] = 0;
    }
  }

  /** Fills the last byte with ones. */
  flush(): void {
    this.reserve();
    if (this.#count > 0) this.bits(8 - this.#count << 16 | (1 << 8 - this.#count) - 1);
  }

  whole(): Uint8Array<ArrayBuffer> {
    return this.#buffer.slice(0, this.#end);
  }
}
