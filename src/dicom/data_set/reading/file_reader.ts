/**
 * Makes a file of its bytes as they arrive.
 *
 * @module
 */

import { concatenate } from "../../../streams/concatenate.ts";
import { type FileHeader, type HeaderSoFar, readHeaderSoFar } from "../../file_header.ts";
import * as UID from "../../generated/uid.ts";
import { rememberIdentity } from "../as_read.ts";
import { type ByteSource, referenceInto } from "./byte_source.ts";
import { DataSet } from "../data_set.ts";
import { DataSetReader } from "./data_set_reader.ts";
import { readDataSet } from "./read_data_set.ts";
import type { DicomFile, ReadFileOptions } from "./dicom_file.ts";

/** The SOP Class and Instance UIDs, which meta information repeats. */
const IDENTITY = [0x0008_0016, 0x0008_0018];

/** Takes a file by the chunk: first its header, then its data set. */
export class FileReader {
  readonly #options: ReadFileOptions;
  readonly #source: ByteSource | undefined;
  /** What came until the header was whole, and how much of it makes it worth to look again. */
  #pieces: Uint8Array[] = [];
  #gathered = 0;
  #wanted = 0;
  #header: FileHeader | undefined;
  #reader: DataSetReader | undefined;

  /** A reader at the first byte of a file. Where there is a `source`, what is long is left in it. */
  constructor(options: ReadFileOptions, source?: ByteSource) {
    this.#options = options;
    this.#source = source;
  }

  /** How many of the bytes that come next it has no use for: they may be left out, by `leaveOut()`. */
  get skippableBytes(): number {
    return this.#reader?.skippableBytes ?? 0;
  }

  /** Says that the `skippableBytes` bytes, which come next, are not going to be pushed. */
  leaveOut(): void {
    this.#reader?.leaveOut();
  }

  /** Takes the next bytes. True when no more are wanted. */
  push(chunk: Uint8Array): boolean {
    if (this.#reader !== undefined) this.#reader.push(chunk);
    else {
      this.#pieces.push(chunk);
      this.#gathered += chunk.length;
      if (this.#gathered >= this.#wanted) this.#begin(false);
    }
    return this.#reader?.stopped ?? false;
  }

  /** The file, when no more bytes come. Throws `DataSetError` when some are missing. */
  end(): DicomFile {
    if (this.#reader === undefined) this.#begin(true);
    this.#reader!.end();
    return toFile(this.#pieces[0]!, this.#header!, this.#reader!);
  }

  /** After an error: what is whole of the file, if anything is. */
  asFarAsWhole(): DicomFile | undefined {
    this.#reader?.leaveOff();
    const header = this.#header ?? this.#readHeader(true)?.header;
    return header && toFile(this.#pieces[0]!, header, this.#reader);
  }

  #begin(ended: boolean): void {
    const read = this.#readHeader(ended);
    if (read === undefined) return;
    if (read.error !== undefined) throw read.error;
    const header = this.#header = read.header!;
    for (const warning of header.warnings) this.#options.onWarning?.(warning);
    this.#reader = this.#readerBehind(header);
    this.#reader.push(this.#pieces[0]!.subarray(header.dataSetOffset));
  }

  /** Undefined when it takes more bytes. */
  #readHeader(ended: boolean): HeaderSoFar | undefined {
    const bytes = this.#pieces.length === 1 ? this.#pieces[0]! : concatenate(this.#pieces);
    this.#pieces = [bytes];
    // Twice as much next time, so that a header in very small chunks isn't read over and over.
    this.#wanted = 2 * bytes.length;
    return readHeaderSoFar(bytes, ended);
  }

  #readerBehind({ transferSyntax, dataSetOffset }: FileHeader): DataSetReader {
    const source = this.#source;
    const reference = source &&
      ((offset: number, length: number) => referenceInto(source, dataSetOffset + offset, length));
    return new DataSetReader({ ...this.#options, transferSyntax, reference });
  }
}

/** A file that begins with `bytes`; without a `reader` none of its data set was read. */
function toFile(bytes: Uint8Array, header: FileHeader, reader: DataSetReader | undefined): DicomFile {
  const { metaOffset, dataSetOffset } = header;
  const dataSet = reader?.dataSet ?? new DataSet();
  rememberIdentity(dataSet, IDENTITY);
  let meta: DataSet | undefined;
  return {
    get meta() {
      const transferSyntax = UID.ExplicitVRLittleEndian;
      return meta ??= readDataSet(bytes.subarray(metaOffset, dataSetOffset), { transferSyntax });
    },
    dataSet,
    transferSyntax: reader?.transferSyntax ?? header.transferSyntax,
    declaredTransferSyntax: header.meta.transferSyntaxUid || undefined,
    preamble: bytes.subarray(0, metaOffset),
  };
}
