/**
 * Signed samples of few bits in JPEG 2000, which the codec clamps at 0: told that they are unsigned, it shifts them up by half
 * their range (ITU-T T.800 annex G.1), and they are shifted down again here.
 *
 * @module
 */

import { uint16 } from "../../dicom/encoding/integers.ts";
import type { CodedSamples } from "../samples.ts";
import { codestreamProblem } from "./codestream_header.ts";
import type { Jpeg2000Header } from "./jpeg_2000_header.ts";

/** Where SIZ stands, and in it the number of components and the first one's precision, from the start of the codestream. */
const SIZ = 2;
const COMPONENTS = 40;
const PRECISION = 42;

/** Whether samples need it. */
export function needsLevelShift({ signed, precision }: Jpeg2000Header): boolean {
  return signed && precision <= 8;
}

/** A copy of a codestream that says that its samples are unsigned. Throws `PixelDataError` where SIZ isn't in its place. */
export function saidUnsigned(codestream: Uint8Array): Uint8Array {
  if (uint16(codestream, SIZ, false) !== 0xff51) throw codestreamProblem("JPEG 2000", "found SIZ not at its beginning");
  const copy = codestream.slice();
  const components = uint16(copy, COMPONENTS, false);
  for (let component = 0; component < components; component++) copy[PRECISION + 3 * component]! &= 0x7f;
  return copy;
}

/** The samples as they were: signed, one byte each. */
export function shiftedDown(coded: CodedSamples): CodedSamples {
  const half = 1 << coded.precision - 1;
  return { ...coded, bytes: coded.bytes.map((sample) => sample - half), signed: true };
}
