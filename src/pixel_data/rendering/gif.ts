/**
 * GIF (version 89a) of one picture: gray as it is, colours reduced to 256.
 *
 * @module
 */

import { writeAscii } from "../../dicom/ascii.ts";
import { concatenate } from "../../streams/concatenate.ts";
import { type Pause, sliceOfTime } from "../../scheduling/time_slices.ts";
import { indexColours } from "./gif_colours.ts";
import type { Picture } from "./picture.ts";

/** Bits of an index of a colour. */
const BITS = 8;
/** A table of 256 colours follows, of 8 bits each. */
const GLOBAL_TABLE = 0xf7;
const IMAGE = 0x2c;
const TRAILER = 0x3b;

/** Encodes a picture. Yields to other work in between. */
export async function encodeGif(picture: Picture, pause: Pause = sliceOfTime()): Promise<Uint8Array<ArrayBuffer>> {
  const { width, height } = picture;
  const { colours, indices } = await indexColours(picture, pause);
  const head = new Uint8Array(13);
  writeAscii(head, 0, "GIF89a");
  const view = new DataView(head.buffer);
  view.setUint16(6, width, true);
  view.setUint16(8, height, true);
  head[10] = GLOBAL_TABLE;
  const image = new Uint8Array(11);
  const about = new DataView(image.buffer);
  image[0] = IMAGE;
  about.setUint16(5, width, true);
  about.setUint16(7, height, true);
  image[10] = BITS;
  return concatenate([head, colours, image, inBlocks(await compressed(indices, pause)), Uint8Array.of(0, TRAILER)]);
}

/** Blocks of up to 255 bytes, each with its length in front. */
function inBlocks(bytes: Uint8Array): Uint8Array {
  const blocks = new Uint8Array(bytes.length + Math.ceil(bytes.length / LONGEST_BLOCK));
  for (let from = 0, to = 0; from < bytes.length; from += LONGEST_BLOCK, to += LONGEST_BLOCK + 1) {
    const block = bytes.subarray(from, from + LONGEST_BLOCK);
    blocks[to] = block.length;
    blocks.set(block, to + 1);
  }
  return blocks;
}

const LONGEST_BLOCK = 255;

const CLEAR = 1 << BITS;
const END = CLEAR + 1;
/** Codes have up to 12 bits. */
const MOST_CODES = 4096;
/** Places of the table that finds codes: a power of two above twice as many. */
const PLACES = 16_384;

/** Pixels that are compressed at a time: about a millisecond. */
const PIECE = 0x4000;

/** LZW with codes of growing length. */
async function compressed(indices: Uint8Array, pause: Pause): Promise<Uint8Array> {
  const writer = new CodeWriter(indices.length);
  const keys = new Int32Array(PLACES);
  const codes = new Uint16Array(PLACES);
  let next = MOST_CODES;
  let prefix = -1;
  for (let at = 0; at < indices.length; at++) {
    const index = indices[at]!;
    if (at % PIECE === PIECE - 1) await pause();
    if (prefix < 0) {
      writer.write(CLEAR);
      writer.length = BITS + 1;
      keys.fill(-1);
      next = END + 1;
      prefix = index;
      continue;
    }
    const key = prefix << 8 | index;
    let place = (key * 0x9e37_79b1 >>> 18) & PLACES - 1;
    while (keys[place] !== -1 && keys[place] !== key) place = place + 1 & PLACES - 1;
    if (keys[place] === key) {
      prefix = codes[place]!;
      continue;
    }
    writer.write(prefix);
    prefix = index;
    if (next === MOST_CODES) {
      writer.write(CLEAR);
      writer.length = BITS + 1;
      keys.fill(-1);
      next = END + 1;
      continue;
    }
    // A reader knows a code one step later than its writer.
    if (next === 1 << writer.length) writer.length++;
    keys[place] = key;
    codes[place] = next++;
  }
  if (prefix < 0) writer.write(CLEAR);
  else writer.write(prefix);
  return writer.end(END);
}

/** Writes codes, the lowest bits first. */
class CodeWriter {
  /** Bits of a code. */
  length = BITS + 1;
  #bytes: Uint8Array<ArrayBuffer>;
  #at = 0;
  #bits = 0;
  #held = 0;

  /** `size` is about how long the output gets. */
  constructor(size: number) {
    this.#bytes = new Uint8Array(Math.max(256, size));
  }

  write(code: number): void {
    this.#bits |= code << this.#held;
    this.#held += this.length;
    while (this.#held >= 8) {
      this.#push(this.#bits & 0xff);
      this.#bits >>>= 8;
      this.#held -= 8;
    }
  }

  end(code: number): Uint8Array {
    this.write(code);
    if (this.#held > 0) this.#push(this.#bits & 0xff);
    return this.#bytes.subarray(0, this.#at);
  }

  #push(byte: number): void {
    if (this.#at === this.#bytes.length) {
      const larger = new Uint8Array(2 * this.#bytes.length);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes[this.#at++] = byte;
  }
}
