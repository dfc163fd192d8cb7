/**
 * A DICOM file as it is read.
 *
 * @module
 */

import type { DataSet } from "../data_set.ts";
import type { DataSetReaderOptions } from "./reader_options.ts";

/** A file. */
export interface DicomFile {
  /** File Meta Information, group 0002; empty in a file that has none. It becomes a data set when it is first looked at. */
  readonly meta: DataSet;
  /** The data set after the meta information. */
  readonly dataSet: DataSet;
  /**
   * The transfer syntax UID that the data set is in: the declared one, unless none is or its first bytes show another
   * encoding; then the one that says no more than this encoding.
   */
  readonly transferSyntax: string;
  /** The transfer syntax UID that the meta information declares; undefined where it declares none. */
  readonly declaredTransferSyntax?: string | undefined;
  /** What stood before the meta information: 128 bytes and `DICM`, or less in a file that isn't as PS3.10 says. */
  readonly preamble: Uint8Array;
}

/**
 * What to read of a file; the transfer syntax is in it. A value may be as long as the whole, unless `maxValueLength` is
 * given.
 */
export type ReadFileOptions = Omit<DataSetReaderOptions, "transferSyntax" | "reference">;
