/**
 * What a `DataSetReader` is told.
 *
 * @module
 */

import type { ElementScannerOptions } from "../../encoding/scan_events.ts";
import type { ValueReference } from "../data_element.ts";
import type { DataElement, DataSet } from "../data_set.ts";

/** What to read, and within which limits. */
export interface DataSetReaderOptions extends ElementScannerOptions {
  /** Stop before the first element at the top level with this tag or a higher one. By default it reads to the end. */
  readonly stopAt?: number;
  /** Give an attribute of the dictionary that is encoded as UN its own VR; true by default. */
  readonly resolveUnknown?: boolean;
  /** Elements, items and fragments in all; 4 Mi. */
  readonly maxElements?: number;
  /** Bytes of a value that is kept; 256 MiB. */
  readonly maxValueLength?: number;
  /** Bytes of the whole; 1 GiB. */
  readonly maxLength?: number;
  /** Bytes that a deflated data set may inflate to; 512 MiB. */
  readonly maxInflatedLength?: number;
  /**
   * Gives a reference to the `length` bytes at `offset` of the data set, to be put in the place of a value that is longer
   * than `referenceAbove`, or of a fragment. Not called for a deflated data set. By default all values are kept.
   */
  readonly reference?: ((offset: number, length: number) => ValueReference) | undefined;
  /** Bytes of a value that is kept though there is `reference`; 64 KiB. */
  readonly referenceAbove?: number;
  /**
   * Defined terms of the character set to read text in where the data set declares none, such as `ISO_IR 100`; the default
   * repertoire by default.
   */
  readonly assumedCharacterSet?: string | readonly string[] | undefined;
  /** Called with each complete element of the top level. */
  readonly onElement?: ((element: DataElement, dataSet: DataSet) => void) | undefined;
}

/** The bounds of memory, unless others are given. */
export const DEFAULT_LIMITS = {
  maxElements: 0x40_0000,
  maxValueLength: 0x1000_0000,
  maxLength: 0x4000_0000,
  maxInflatedLength: 0x2000_0000,
} as const;
