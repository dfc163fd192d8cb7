/**
 * The DICOM JSON model (PS3.18 Annex F): its types.
 *
 * @module
 */

import type { Vr } from "../vr.ts";

/** A person name; each group as in PN, its components parted by `^`. */
export interface JsonPersonName {
  readonly Alphabetic?: string;
  readonly Ideographic?: string;
  readonly Phonetic?: string;
}

/** One value. Numbers that a double cannot hold exactly are strings; null is an empty value among others. */
export type JsonValue = string | number | null | JsonPersonName | JsonDataSet;

/** An attribute: at most one of `Value`, `InlineBinary` and `BulkDataURI`. */
export interface JsonAttribute {
  readonly vr: Vr;
  readonly Value?: readonly JsonValue[];
  /** Base64 of the value in Little Endian. */
  readonly InlineBinary?: string;
  readonly BulkDataURI?: string;
}

/** A data set: attributes by tag, eight upper-case hexadecimal digits. */
export interface JsonDataSet {
  readonly [tag: string]: JsonAttribute;
}
