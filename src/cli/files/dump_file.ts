/**
 * Reads a file as far as it goes.
 *
 * @module
 */

import type { ByteSource } from "../../dicom/data_set/reading/byte_source.ts";
import { FileReader } from "../../dicom/data_set/reading/file_reader.ts";
import type { DicomFile } from "../../dicom/data_set/reading/read_file.ts";
import { DataSetError, LimitError } from "../../errors.ts";
import { errorText } from "../../safe_text.ts";
import { type FileInput, openFile, standardInput } from "./file_input.ts";

/** How much is read at a time, at first and then. */
const FIRST_PIECE = 16 * 1024;
const PIECE = 256 * 1024;

/** What was read. Values longer than 64 KiB were passed over. */
export interface DumpedFile {
  /** What is whole; undefined when that is nothing. */
  readonly file: DicomFile | undefined;
  /** What ended it. */
  readonly error?: Error;
}

/** Reads a file, `-` for standard input. `onWarning` hears of text too, when it is read. Never throws. */
export function readDump(path: string, onWarning: (warning: DataSetError) => void): DumpedFile {
  const reader = new FileReader({ onWarning, maxLength: Infinity }, PASSED_OVER);
  try {
    using input = path === "-" ? standardInput() : openFile(path);
    feed(reader, input);
    return { file: reader.end() };
  } catch (thrown) {
    const isOfDicom = thrown instanceof DataSetError || thrown instanceof LimitError;
    const error = isOfDicom ? thrown : new Error(`Cannot read the file: ${errorText(thrown)}`);
    return { file: reader.asFarAsWhole(), error };
  }
}

/** Where values are that are never looked at: they take no memory. */
const PASSED_OVER: ByteSource = {
  size: Infinity,
  slice() {
    throw new TypeError("Cannot read a value that was passed over");
  },
};

function feed(reader: FileReader, input: FileInput): void {
  let length = FIRST_PIECE;
  for (;;) {
    const piece = input.read(length);
    if (piece.length === 0 || reader.push(piece)) return;
    if (input.skip(reader.skippableBytes)) reader.leaveOut();
    length = PIECE;
  }
}
