/**
 * The DICOM JSON model (PS3.18 Annex F): its types.
 *
 * @module
 */

import type { Vr } from "../vr.ts";

/** A person name; each group as in PN, its components parted by `^`. */
export interface JsonPersonName {
  /** The alphabetic group. */
  readonly Alphabetic?: string;
  /** The ideographic group. */
  readonly Ideographic?: string;
  /** The phonetic group. */
  readonly Phonetic?: string;
}

/** One value. Numbers that a double cannot hold exactly are strings; null is an empty value among others. */
export type JsonValue = string | number | null | JsonPersonName | JsonDataSet;

/** An attribute: at most one of `Value`, `InlineBinary` and `BulkDataURI`. */
export interface JsonAttribute {
  /** Its VR. */
  readonly vr: Vr;
  /** Its values; absent when it has none. */
  readonly Value?: readonly JsonValue[];
  /** Base64 of the value in Little Endian. */
  readonly InlineBinary?: string;
  /** Where the value stands. */
  readonly BulkDataURI?: string;
}

/** A data set: attributes by tag, eight upper-case hexadecimal digits. */
export interface JsonDataSet {
  /** One attribute. */
  readonly [tag: string]: JsonAttribute;
}
