/**
 * What an `ElementScanner` is told, and what it tells.
 *
 * @module
 */

import type { DataSetError } from "../../errors.ts";

/**
 * What `next()` came upon.
 *
 * - `element`: an element with a value, which is skipped unless `takeValue()` is called before the next `next()`
 * - `value`: the value that was asked for is in `value`
 * - `sequence`, `item`, `item-end`, `sequence-end`: a sequence of items (PS3.5 7.5); its elements come between
 * - `fragments`, `fragment`, `fragments-end`: encapsulated Pixel Data (PS3.5 A.4); a fragment is taken as an element's value
 */
export type ScanEvent =
  | "element"
  | "value"
  | "sequence"
  | "item"
  | "item-end"
  | "sequence-end"
  | "fragments"
  | "fragment"
  | "fragments-end";

/** Limits and observers of a scan. */
export interface ElementScannerOptions {
  /**
   * The declared transfer syntax UID. Where the first element can only be of another encoding, that one is taken, with a
   * warning; where nothing is declared that PS3.6 knows, what the first element shows, Explicit VR Little Endian in doubt.
   */
  readonly transferSyntax?: string | undefined;
  /** The offset of the first byte, where the data set is a part of something; 0. */
  readonly baseOffset?: number;
  /** Gives what paths begin with where the data set is in an item, such as `ReferencedSeriesSequence[0].`; by default nothing. */
  readonly basePath?: () => string;
  /** Sequences within sequences; 64. */
  readonly maxDepth?: number;
  /** Bytes of a value that is taken; 16 MiB. */
  readonly maxValueLength?: number;
  /** Bytes of the whole; unlimited. */
  readonly maxLength?: number;
  /** Bytes that a deflated data set may inflate to; 2 GiB. */
  readonly maxInflatedLength?: number;
  /** Called for each fault that the reader recovers from. These errors are not thrown. */
  readonly onWarning?: (warning: DataSetError) => void;
}
