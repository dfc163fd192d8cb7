/**
 * Data sets in files, read as they are sent.
 *
 * @module
 */

import type { LentBytes } from "../../streams/lent_bytes.ts";
import type { InstanceFile } from "./instance_files.ts";

/** How much of a file is read at a time, in bytes; smaller data sets are read at once. */
const PIECE = 256 * 1024;

/** Reads the data sets of files one after the other, and begins with the next one while a peer has the one before. */
export class DataSetFiles implements Disposable {
  readonly #onRead: (bytes: number) => void;
  /** Where the data set that was opened last is read to, and where the next one will be. */
  #buffer = new Uint8Array(PIECE);
  #nextBuffer = new Uint8Array(PIECE);
  #next: DataSetFile | undefined;

  /** `onRead` hears of bytes when they are about to be sent. */
  constructor(onRead: (bytes: number) => void) {
    this.#onRead = onRead;
  }

  /** Opens a file and reads its first piece. What goes wrong is told when it is its turn. */
  begin(file: InstanceFile): void {
    this[Symbol.dispose]();
    try {
      this.#next = new DataSetFile(file, this.#nextBuffer);
    } catch {
      // It will be opened again then.
    }
  }

  /**
   * The data set of a file, whose bytes are good until the next one is opened. Throws where the file can't be read, or has
   * another length than when it was found; reading fails where that shows later.
   */
  open(file: InstanceFile): Uint8Array | LentBytes {
    if (this.#next?.file !== file) {
      this[Symbol.dispose]();
      this.#next = new DataSetFile(file, this.#nextBuffer);
    }
    const opened = this.#next;
    this.#next = undefined;
    [this.#buffer, this.#nextBuffer] = [this.#nextBuffer, this.#buffer];
    return opened.send(this.#onRead);
  }

  /** Closes what was begun and is not sent. */
  [Symbol.dispose](): void {
    this.#next?.close();
    this.#next = undefined;
  }
}

/** A file whose first piece has been read; it stays open while there is more. */
class DataSetFile {
  readonly file: InstanceFile;
  readonly #buffer: Uint8Array;
  readonly #first: Uint8Array;
  /** Bytes of the data set that were read so far. */
  #read = 0;
  #handle: Deno.FsFile | undefined;

  constructor(file: InstanceFile, buffer: Uint8Array) {
    this.file = file;
    // A byte more than it should have, so that one read shows whether it has grown.
    this.#buffer = buffer.subarray(0, file.bytes + 1);
    this.#handle = Deno.openSync(file.path);
    this.#first = this.#fillOrClose(file.dataSetOffset);
    if (file.bytes < buffer.length) this.close();
  }

  send(onRead: (bytes: number) => void): Uint8Array | LentBytes {
    onRead(this.#first.length);
    if (this.#handle === undefined) return this.#first;
    let begun = false;
    return {
      // deno-lint-ignore require-await -- the interface is asynchronous
      read: async () => {
        if (!begun) {
          begun = true;
          return this.#first;
        }
        const piece = this.#fillOrClose();
        onRead(piece.length);
        if (piece.length > 0) return piece;
        this.close();
      },
      // deno-lint-ignore require-await
      cancel: async () => this.close(),
    };
  }

  close(): void {
    this.#handle?.close();
    this.#handle = undefined;
  }

  /** As `#fill()`, from an offset in the file where one is given; a file that failed is closed. */
  #fillOrClose(offset?: number): Uint8Array {
    try {
      if (offset !== undefined) this.#handle?.seekSync(offset, Deno.SeekMode.Start);
      return this.#fill();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /**
   * The next piece; empty at the end. Throws when the file has ended before that, or goes on behind it: another program writes to
   * it, and what was read is no data set.
   */
  #fill(): Uint8Array {
    const { bytes } = this.file;
    const left = bytes - this.#read;
    let end = 0;
    while (end < this.#buffer.length) {
      const length = this.#handle?.readSync(this.#buffer.subarray(end)) ?? null;
      if (length === null) break;
      end += length;
      if (end === left) break; // Where there was room for more, there is no more.
    }
    this.#read += end;
    if (end > left || (end < left && end < this.#buffer.length)) {
      const found = end > left ? "more" : `${this.#read} bytes`;
      throw new Error(`Cannot read the file as it was: found ${found} where its data set had ${bytes} bytes`);
    }
    return this.#buffer.subarray(0, end);
  }
}
