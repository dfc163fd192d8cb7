/**
 * ICC profiles in pictures: those that images have themselves (PS3.18 8.3.5.1.5, PS3.3 C.11.15).
 *
 * @module
 */

import { writeAscii } from "../../dicom/ascii.ts";
import type { DataSet } from "../../dicom/data_set/data_set.ts";
import { concatenate } from "../../streams/concatenate.ts";

/** ICC Profile. */
export const ICC_PROFILE = 0x0028_2000;
/** Optical Path Sequence: images of whole slides have their profile there. */
const OPTICAL_PATHS = 0x0048_0105;

/** Bytes of the head of a profile, and where its signature stands (ICC.1 7.2). */
const HEAD = 128;
const SIGNATURE_AT = 36;

/** The profile of an image: its own, or that of its first optical path; undefined without a valid one. */
export function profileOf(dataSet: DataSet): Uint8Array | undefined {
  const paths = dataSet.element(OPTICAL_PATHS);
  const places = [dataSet, ...(paths?.kind === "sequence" ? paths.items.slice(0, 1) : [])];
  for (const place of places) {
    const element = place.element(ICC_PROFILE);
    if (element?.kind !== "value" || element.length < HEAD) continue;
    const { bytes } = element;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const length = view.getUint32(0);
    const isOne = String.fromCharCode(...bytes.subarray(SIGNATURE_AT, SIGNATURE_AT + 4)) === "acsp";
    // A value is of an even length, which a profile need not be.
    if (isOne && length >= HEAD && length <= bytes.length) return bytes.subarray(0, length);
  }
  return undefined;
}

const NAME = "ICC_PROFILE\0";
/** Bytes of a profile in a segment: 65,535 without its length, the name and two numbers. */
const MOST_IN_SEGMENT = 0xffff - 2 - NAME.length - 2;
/** Segments are counted in a byte. */
const MOST_SEGMENTS = 255;

/** A JPEG with a profile behind its first marker (ICC.1 B.4); as it is where the profile is too long. */
export function jpegWithProfile(jpeg: Uint8Array, profile: Uint8Array): Uint8Array {
  const count = Math.ceil(profile.length / MOST_IN_SEGMENT);
  if (count > MOST_SEGMENTS) return jpeg;
  const segments = Array.from({ length: count }, (_, index) => {
    const piece = profile.subarray(index * MOST_IN_SEGMENT, (index + 1) * MOST_IN_SEGMENT);
    const head = new Uint8Array(4 + NAME.length + 2);
    head.set([0xff, 0xe2]);
    new DataView(head.buffer).setUint16(2, 2 + NAME.length + 2 + piece.length);
    writeAscii(head, 4, NAME);
    head.set([index + 1, count], 4 + NAME.length);
    return [head, piece];
  });
  return concatenate([jpeg.subarray(0, 2), ...segments.flat(), jpeg.subarray(2)]);
}
