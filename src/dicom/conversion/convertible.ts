/**
 * The transfer syntaxes that data sets can be converted from and into.
 *
 * @module
 */

import * as UID from "../generated/uid.ts";

/** Those that hold all of a data set, and Pixel Data as they are (PS3.5 A.1 to A.3 and A.5); JPIP's refer to them. */
const CONVERTIBLE: ReadonlySet<string> = new Set([
  UID.ImplicitVRLittleEndian,
  UID.ExplicitVRLittleEndian,
  UID.ExplicitVRBigEndian,
  UID.DeflatedExplicitVRLittleEndian,
]);

/**
 * Whether a transfer syntax is one that `convertTransferSyntax()` reads and writes: Implicit and Explicit VR Little Endian,
 * Explicit VR Big Endian, Deflated Explicit VR Little Endian.
 */
export function isConvertible(transferSyntax: string): boolean {
  return CONVERTIBLE.has(transferSyntax);
}
