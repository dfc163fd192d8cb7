/**
 * Reads a file as far as it goes.
 *
 * @module
 */

import { DataSet } from "../dicom/data_set/data_set.ts";
import { type DicomFile, readFileFrom } from "../dicom/data_set/read_file.ts";
import type { DataSetError } from "../errors.ts";
import { fileSource } from "./file_source.ts";

/** What was read, and what was wrong. */
export interface DumpedFile {
  /** With what came before the error; undefined when that is nothing. */
  readonly file: DicomFile | undefined;
  readonly error?: Error;
  readonly warnings: readonly DataSetError[];
}

/** Reads a file, `-` for standard input. Large values are left where they are. Never throws. */
export async function readDump(path: string): Promise<DumpedFile> {
  const warnings: DataSetError[] = [];
  let partial: DataSet | undefined;
  try {
    const source = path === "-" ? Deno.stdin.readable : fileSource(path);
    const file = await readFileFrom(source, {
      onWarning: (warning) => void warnings.push(warning),
      onElement: (_element, dataSet) => partial = dataSet,
    });
    return { file, warnings };
  } catch (error) {
    const file = partial && { meta: new DataSet(), dataSet: partial, transferSyntax: "", preamble: new Uint8Array(0) };
    return { file, error: error as Error, warnings };
  }
}
