/**
 * PNG (ISO/IEC 15948), as simple as pictures of 8 bits allow.
 *
 * @module
 */

import { writeAscii } from "../../dicom/ascii.ts";
import { concatenate } from "../../streams/concatenate.ts";
import { inPieces, type Pause, sliceOfTime } from "../../scheduling/time_slices.ts";
import type { Picture } from "./picture.ts";

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

/** Colour types: gray, and RGB. */
const COLOUR_TYPES = { 1: 0, 3: 2 } as const;

/** The filter that subtracts the row above. */
const UP = 2;

/** What the profile of a picture is called: anything does. */
const PROFILE_NAME = "ICC profile";

/** Encodes a picture, with an ICC profile where there is one. Yields to other work in between. */
export async function encodePng(
  picture: Picture,
  profile?: Uint8Array,
  pause: Pause = sliceOfTime(),
): Promise<Uint8Array<ArrayBuffer>> {
  const { width, height, samples } = picture;
  const header = new DataView(new ArrayBuffer(13));
  header.setUint32(0, width);
  header.setUint32(4, height);
  header.setUint8(8, 8);
  header.setUint8(9, COLOUR_TYPES[samples]);
  const data = await deflated(await filtered(picture, pause), pause);
  const chunks = [["IHDR", new Uint8Array(header.buffer)], ["IDAT", data], ["IEND", new Uint8Array(0)]] as const;
  const [start, image, end] = await Promise.all(chunks.map(([type, data]) => chunk(type, data, pause)));
  const ofProfile = profile === undefined ? [] : [await chunk("iCCP", await profileChunk(profile, pause), pause)];
  return concatenate([SIGNATURE, start!, ...ofProfile, image!, end!]);
}

/** The name, which ends with a zero, the only method of compression, which is 0 as well, and the profile. */
async function profileChunk(profile: Uint8Array, pause: Pause): Promise<Uint8Array> {
  const head = new Uint8Array(PROFILE_NAME.length + 2);
  writeAscii(head, 0, PROFILE_NAME);
  return concatenate([head, await deflated(profile.slice(), pause)]);
}

/** The rows, each with its filter in front. */
async function filtered(
  { width, height, samples, pixels }: Picture,
  pause: Pause,
): Promise<Uint8Array<ArrayBuffer>> {
  const length = width * samples;
  const output = new Uint8Array((length + 1) * height);
  let to = 0;
  for (let row = 0, at = 0; row < height; row++) {
    output[to++] = UP;
    const end = at + length;
    for (; at < end; at++) output[to++] = pixels[at]! - (row === 0 ? 0 : pixels[at - length]!);
    await pause();
  }
  return output;
}

/** Bytes that are compressed at a time: a few milliseconds. */
const PIECE = 0x8000;

async function deflated(bytes: Uint8Array<ArrayBuffer>, pause: Pause): Promise<Uint8Array> {
  const { readable, writable } = new CompressionStream("deflate");
  const writer = writable.getWriter();
  const give = async () => {
    for (let at = 0; at < bytes.length; at += PIECE) {
      await writer.write(bytes.subarray(at, at + PIECE));
      await pause();
    }
    await writer.close();
  };
  const taken = new Response(readable as ReadableStream<Uint8Array<ArrayBuffer>>).arrayBuffer();
  const [data] = await Promise.all([taken, give()]);
  return new Uint8Array(data);
}

async function chunk(type: string, data: Uint8Array, pause: Pause): Promise<Uint8Array> {
  const bytes = new Uint8Array(12 + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  writeAscii(bytes, 4, type);
  bytes.set(data, 8);
  view.setUint32(8 + data.length, await checksum(bytes.subarray(4, 8 + data.length), pause));
  return bytes;
}

const TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? value >>> 1 ^ 0xedb8_8320 : value >>> 1;
  return value;
});

/** CRC-32 (ISO/IEC 15948 annex D). */
async function checksum(bytes: Uint8Array, pause: Pause): Promise<number> {
  let value = 0xffff_ffff;
  await inPieces(bytes.length, PIECE, pause, (start, end) => {
    for (let at = start; at < end; at++) value = TABLE[(value ^ bytes[at]!) & 0xff]! ^ value >>> 8;
  });
  return (value ^ 0xffff_ffff) >>> 0;
}
