/**
 * Reads DICOM files (PS3.10 section 7).
 *
 * @module
 */

import type { ByteSource } from "./byte_source.ts";
import type { DicomFile, ReadFileOptions } from "./dicom_file.ts";
import { FileReader } from "./file_reader.ts";
import { DEFAULT_LIMITS } from "./reader_options.ts";

export type { DicomFile, ReadFileOptions } from "./dicom_file.ts";

/** What was read of a file that may be damaged. */
export interface FileAsFarAsWhole {
  /**
   * What is whole: elements, and of the sequence or encapsulated Pixel Data that the damage is in the items and fragments
   * before it; of damaged meta information its elements before the damage, and no data set. Undefined when the file is no
   * DICOM.
   */
  readonly file: DicomFile | undefined;
  /**
   * What ended it: a `DataSetError` with `offset`, `tag` and `path` of the place, a `LimitError`, or what the source failed
   * with. Undefined when all of the file was read.
   */
  readonly error: Error | undefined;
}

/** Where a file comes from: bytes in memory, a source such as a `Blob`, or chunks, such as a `ReadableStream`. */
export type FileInput = Uint8Array | ByteSource | AsyncIterable<Uint8Array>;

/** How much of a value has to be left to make it worth to open the source anew behind it, if there is something behind it. */
const WORTH_LEAVING_OUT = 0x4_0000;

/**
 * Reads a file that is in memory as a whole. Values are views of `bytes`, which are the data set's from then on; so by default
 * there is no limit to their length. Warnings about the header come first. Throws `DataSetError` and `LimitError`.
 */
export function readFile(bytes: Uint8Array, options: ReadFileOptions = {}): DicomFile {
  const reader = new FileReader({ ...options, ...lengthsWithin(options, Infinity) });
  reader.push(bytes);
  return reader.end();
}

/**
 * Reads a file from bytes, as `readFile()` does, from chunks, or from a `Blob` or other source. Of a source, values longer
 * than `referenceAbove` and fragments of Pixel Data stay where they are, unless it is deflated. The length of chunks isn't
 * known beforehand, so `maxLength` limits it, 1 GiB by default. Throws as `readFile()` does, and the errors of the source.
 */
export async function readFileFrom(source: FileInput, options: ReadFileOptions = {}): Promise<DicomFile> {
  const reader = readerOf(source, options);
  await feed(reader, source);
  return reader.end();
}

/**
 * Reads a file as far as it is whole, as `readFileFrom()` does. It returns errors of the file or its source instead of
 * throwing them.
 */
export async function readFileAsFarAsWhole(
  source: FileInput,
  options: ReadFileOptions = {},
): Promise<FileAsFarAsWhole> {
  const reader = readerOf(source, options);
  try {
    await feed(reader, source);
    return { file: reader.end(), error: undefined };
  } catch (error) {
    return { file: reader.asFarAsWhole(), error: error instanceof Error ? error : new Error(String(error)) };
  }
}

function readerOf(source: FileInput, options: ReadFileOptions): FileReader {
  if (source instanceof Uint8Array) return new FileReader({ ...options, ...lengthsWithin(options, Infinity) });
  if (isSource(source)) return new FileReader({ ...options, ...lengthsWithin(options, Infinity) }, source);
  return new FileReader({ ...options, ...lengthsWithin(options, DEFAULT_LIMITS.maxLength) });
}

/** Bytes of the whole, and so of a value, unless others are given. */
function lengthsWithin(
  { maxLength, maxValueLength }: ReadFileOptions,
  length: number,
): Required<Pick<ReadFileOptions, "maxLength" | "maxValueLength">> {
  return { maxLength: maxLength ?? length, maxValueLength: maxValueLength ?? length };
}

function isSource(source: FileInput): source is ByteSource {
  return "slice" in source;
}

async function feed(reader: FileReader, source: FileInput): Promise<void> {
  if (source instanceof Uint8Array) return void reader.push(source);
  if (isSource(source)) return await feedFromSource(reader, source);
  for await (const chunk of source) {
    if (reader.push(chunk)) return;
  }
}

/** Reads a source, opening it anew behind what need not be read. */
async function feedFromSource(reader: FileReader, source: ByteSource): Promise<void> {
  let offset = 0;
  let done = false;
  while (!done && offset < source.size) {
    const start = offset;
    for await (const chunk of source.slice(offset, source.size).stream()) {
      offset += chunk.length;
      done = reader.push(chunk);
      if (done) break;
      const { skippableBytes } = reader;
      const behind = source.size - offset - skippableBytes;
      if (behind === 0 || (behind > 0 && skippableBytes >= WORTH_LEAVING_OUT)) {
        reader.leaveOut();
        offset += skippableBytes;
        break;
      }
    }
    // A source that gives less than it said: what is missing is found out at the end.
    if (offset === start) return;
  }
}
