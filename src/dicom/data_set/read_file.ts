/**
 * Reads DICOM files (PS3.10 section 7).
 *
 * @module
 */

import { concatenate } from "../encoding/chunk_cursor.ts";
import { type FileHeader, readFileHeader } from "../part10.ts";
import { UID } from "../uids.ts";
import { type ByteSource, referenceInto } from "./byte_source.ts";
import type { DataSet } from "./data_set.ts";
import { DataSetReader, type DataSetReaderOptions } from "./data_set_reader.ts";
import { readDataSet } from "./read_data_set.ts";

/** A file. */
export interface DicomFile {
  /** File Meta Information, group 0002; empty in a file that has none. It becomes a data set when it is first looked at. */
  readonly meta: DataSet;
  /** What comes after the meta information. */
  readonly dataSet: DataSet;
  /** The transfer syntax UID that the data set was read with: as declared, or as its first bytes show where none is. */
  readonly transferSyntax: string;
  /** What stood before the meta information: 128 bytes and `DICM`, or less in a file that isn't as PS3.10 says. */
  readonly preamble: Uint8Array;
}

/** What to read of a file; the transfer syntax is in it. */
export type ReadFileOptions = Omit<DataSetReaderOptions, "transferSyntax" | "reference">;

/** How much of a value has to be left to make it worth to open the source anew behind it. */
const WORTH_LEAVING_OUT = 0x10_0000;

/**
 * Reads a file that is there as a whole. Values are views of `bytes`, which are the data set's from then on. Warnings about
 * the header come first. Throws `DataSetError` and `LimitError`.
 */
export function readFile(bytes: Uint8Array, options: ReadFileOptions = {}): DicomFile {
  const header = readFileHeader(bytes, { ended: true })!;
  tellWarnings(header, options);
  const { transferSyntax, dataSetOffset } = header;
  const dataSet = readDataSet(bytes.subarray(dataSetOffset), { ...options, transferSyntax });
  return toFile(bytes, header, dataSet);
}

/**
 * Reads a file from chunks, a `ReadableStream` for one, or from a `Blob` or other source. Of a source, values longer than
 * `referenceAbove` and fragments of Pixel Data stay where they are, unless it is deflated.
 */
export async function readFileFrom(
  source: ByteSource | AsyncIterable<Uint8Array>,
  options: ReadFileOptions = {},
): Promise<DicomFile> {
  return "slice" in source ? await readSource(source, options) : await readChunks(source, options);
}

async function readChunks(chunks: AsyncIterable<Uint8Array>, options: ReadFileOptions): Promise<DicomFile> {
  const reader = new FileChunksReader(options);
  for await (const chunk of chunks) {
    if (reader.push(chunk)) break;
  }
  return reader.end();
}

/** Reads a source, opening it anew behind what it need not read. */
async function readSource(source: ByteSource, options: ReadFileOptions): Promise<DicomFile> {
  const reader = new FileChunksReader(options, source);
  let offset = 0;
  let done = false;
  while (!done && offset < source.size) {
    for await (const chunk of source.slice(offset, source.size).stream()) {
      offset += chunk.length;
      done = reader.push(chunk);
      const { needless } = reader;
      if (done) break;
      if (needless >= WORTH_LEAVING_OUT && offset + needless <= source.size) {
        reader.leaveOut();
        offset += needless;
        break;
      }
    }
  }
  return reader.end();
}

/** Takes a file by the chunk: first its header, then its data set. */
class FileChunksReader {
  readonly #options: ReadFileOptions;
  readonly #source: ByteSource | undefined;
  /** What came until the header was whole, and how much of it makes it worth to look again. */
  #pieces: Uint8Array[] = [];
  #gathered = 0;
  #wanted = 0;
  #header: FileHeader | undefined;
  #reader: DataSetReader | undefined;

  constructor(options: ReadFileOptions, source?: ByteSource) {
    this.#options = options;
    this.#source = source;
  }

  get needless(): number {
    return this.#reader?.needless ?? 0;
  }

  leaveOut(): void {
    this.#reader?.leaveOut();
  }

  /** True when no more is wanted. */
  push(chunk: Uint8Array): boolean {
    if (this.#reader !== undefined) this.#reader.push(chunk);
    else {
      this.#pieces.push(chunk);
      this.#gathered += chunk.length;
      if (this.#gathered >= this.#wanted) this.#begin(false);
    }
    return this.#reader?.stopped ?? false;
  }

  end(): DicomFile {
    if (this.#reader === undefined) this.#begin(true);
    this.#reader!.end();
    return toFile(this.#pieces[0]!, this.#header!, this.#reader!.dataSet);
  }

  #begin(ended: boolean): void {
    const bytes = this.#pieces.length === 1 ? this.#pieces[0]! : concatenate(this.#pieces);
    this.#pieces = [bytes];
    const header = readFileHeader(bytes, { ended });
    // Twice as much next time, so that a header in very small chunks isn't read over and over.
    this.#wanted = 2 * bytes.length;
    if (header === undefined) return;
    this.#header = header;
    tellWarnings(header, this.#options);
    const { transferSyntax, dataSetOffset } = header;
    this.#reader = new DataSetReader({ ...this.#options, transferSyntax, ...this.#references(dataSetOffset) });
    this.#reader.push(bytes.subarray(dataSetOffset));
  }

  #references(dataSetOffset: number): Pick<DataSetReaderOptions, "reference" | "maximumLength"> {
    const source = this.#source;
    if (source === undefined) return {};
    return {
      reference: (offset, length) => referenceInto(source, dataSetOffset + offset, length),
      // What is referred to takes no memory.
      maximumLength: this.#options.maximumLength ?? Infinity,
    };
  }
}

function tellWarnings({ warnings }: FileHeader, { onWarning }: ReadFileOptions): void {
  for (const warning of warnings) onWarning?.(warning);
}

/** A file that begins with `bytes`. */
function toFile(bytes: Uint8Array, header: FileHeader, dataSet: DataSet): DicomFile {
  const { metaOffset, dataSetOffset, transferSyntax } = header;
  let meta: DataSet | undefined;
  return {
    get meta() {
      const transferSyntax = UID.ExplicitVRLittleEndian;
      return meta ??= readDataSet(bytes.subarray(metaOffset, dataSetOffset), { transferSyntax });
    },
    dataSet,
    transferSyntax,
    preamble: bytes.subarray(0, metaOffset),
  };
}
