/**
 * Pixel Data as they are written in Explicit VR Little Endian (PS3.5 A.4 and 8.2).
 *
 * @module
 */

import { unsupported } from "../pixel_data_error.ts";

/** The longest value of an element, of even length. */
const LONGEST_VALUE = 0xffff_fffe;

/** (7FE0,0010) OB of undefined length, and an empty Basic Offset Table: the lengths of the frames are not known yet. */
export function encapsulatedStart(): Uint8Array {
  return Uint8Array.of(
    ...[0xe0, 0x7f, 0x10, 0x00, 0x4f, 0x42, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff],
    ...[0xfe, 0xff, 0x00, 0xe0, 0x00, 0x00, 0x00, 0x00],
  );
}

/** The Sequence Delimitation Item. */
export function encapsulatedEnd(): Uint8Array {
  return Uint8Array.of(0xfe, 0xff, 0xdd, 0xe0, 0x00, 0x00, 0x00, 0x00);
}

/** A frame as an item, of even length. */
export function fragment(frame: Uint8Array): readonly Uint8Array[] {
  const header = new Uint8Array(8);
  header.set([0xfe, 0xff, 0x00, 0xe0]);
  new DataView(header.buffer).setUint32(4, frame.length + frame.length % 2, true);
  return frame.length % 2 === 0 ? [header, frame] : [header, frame, new Uint8Array(1)];
}

/** The header of native Pixel Data. Throws `PixelDataError` for more than an element can hold. */
export function nativeStart(length: number, bitsAllocated: number): Uint8Array {
  if (length > LONGEST_VALUE) {
    throw unsupported(`Cannot write native Pixel Data of ${length} bytes, expected at most ${LONGEST_VALUE}`);
  }
  const header = new Uint8Array(12);
  header.set([0xe0, 0x7f, 0x10, 0x00, 0x4f, bitsAllocated > 8 ? 0x57 : 0x42]);
  new DataView(header.buffer).setUint32(8, length + length % 2, true);
  return header;
}

/** What makes native Pixel Data even. */
export function nativeEnd(length: number): readonly Uint8Array[] {
  return length % 2 === 0 ? [] : [new Uint8Array(1)];
}
