/**
 * JPEG 2000 in a file of its own (ITU-T T.800 annex I), which PS3.5 8.2.4 doesn't allow in Pixel Data, and which some write.
 *
 * @module
 */

import { uint32 } from "../../dicom/encoding/integers.ts";
import { codestreamProblem } from "./codestream_header.ts";

/** `jP` and `jp2c`. */
const SIGNATURE = 0x6a502020;
const CODESTREAM = 0x6a703263;

/** Bytes of a box's length and type. */
const HEADER = 8;

/** The codestream in the boxes of a file; bytes that begin otherwise as they are. Throws `PixelDataError` where none is in. */
export function codestreamIn(bytes: Uint8Array): Uint8Array {
  if (bytes.length < HEADER || uint32(bytes, 4, false) !== SIGNATURE) return bytes;
  for (let at = 0; at + HEADER <= bytes.length;) {
    const length = uint32(bytes, at, false);
    const end = length === 0 ? bytes.length : at + length;
    if (uint32(bytes, at + 4, false) === CODESTREAM) return bytes.subarray(at + HEADER, end);
    if (end < at + HEADER) break;
    at = end;
  }
  throw codestreamProblem("JPEG 2000", "found a file without a codestream");
}
