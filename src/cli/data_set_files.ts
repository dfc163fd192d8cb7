/**
 * Data sets in files, read as they are sent.
 *
 * @module
 */

import type { LentBytes } from "../lent_bytes.ts";
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

  /** The data set of a file, whose bytes are good until the next one is opened. Throws where the file can't be read. */
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
  #handle: Deno.FsFile | undefined;

  constructor(file: InstanceFile, buffer: Uint8Array) {
    this.file = file;
    this.#buffer = buffer.subarray(0, file.bytes);
    this.#handle = Deno.openSync(file.path);
    try {
      this.#handle.seekSync(file.dataSetOffset, Deno.SeekMode.Start);
      this.#first = this.#fill();
    } catch (error) {
      this.close();
      throw error;
    }
    if (file.bytes <= buffer.length) this.close();
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
        const piece = this.#fill();
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

  /** The next piece; shorter than the buffer only at the file's end, and empty behind it. */
  #fill(): Uint8Array {
    let end = 0;
    while (end < this.#buffer.length) {
      const length = this.#handle?.readSync(this.#buffer.subarray(end)) ?? null;
      if (length === null) break;
      end += length;
    }
    return this.#buffer.subarray(0, end);
  }
}
