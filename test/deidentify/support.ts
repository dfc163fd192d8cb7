/**
 * What becomes of data sets that are de-identified.
 *
 * @module
 */

import { createDeidentifier, deidentifyInstance, type DeidentifyOptions } from "../../src/deidentify/deidentifier.ts";
import { DataSet } from "../../src/dicom/data_set/data_set.ts";
import { type DicomFile, readFile } from "../../src/dicom/data_set/reading/read_file.ts";
import { allOf, fileOf, streamOf } from "../transform/support.ts";

/** The key of all tests. */
export const KEY: Uint8Array = new TextEncoder().encode("a key for tests alone");

/** Bytes that come out for a data set or a file. */
export async function deidentifiedBytes(
  input: DataSet | Uint8Array,
  options: Partial<DeidentifyOptions> = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const deidentifier = createDeidentifier({ key: KEY, ...options });
  const file = input instanceof DataSet ? fileOf(input) : input;
  return await allOf(await deidentifyInstance(streamOf(file, 1000), deidentifier));
}

/** The file that comes out. */
export async function deidentified(
  input: DataSet | Uint8Array,
  options: Partial<DeidentifyOptions> = {},
): Promise<DicomFile> {
  return readFile(await deidentifiedBytes(input, options));
}
