/**
 * Files and standard input, read piece by piece.
 *
 * @module
 */

/** What is read from its first byte on. */
export interface FileInput extends Disposable {
  /** The next bytes, fewer than `length` only at the end. They are not used again. */
  read(length: number): Uint8Array;
  /** Passes over bytes, if they are there and needn't be read for it. */
  skip(length: number): boolean;
}

/** Opens a file; disposing of it closes the file. Throws what Deno throws. */
export function openFile(path: string): FileInput {
  const file = Deno.openSync(path);
  try {
    return new Input(file, file.statSync().size, (length) => file.seekSync(length, Deno.SeekMode.Current));
  } catch (error) {
    file.close();
    throw error;
  }
}

/** The process's standard input. */
export function standardInput(): FileInput {
  return new Input({ readSync: (into) => Deno.stdin.readSync(into), close: () => {} });
}

/** What bytes come from. */
interface Source {
  /** Null at the end. */
  readSync(into: Uint8Array): number | null;
  close(): void;
}

class Input implements FileInput {
  readonly #source: Source;
  /** Bytes that were read or skipped, and bytes in all where that is known. */
  #offset = 0;
  readonly #size: number | undefined;
  readonly #seek: ((length: number) => void) | undefined;

  constructor(source: Source, size?: number, seek?: (length: number) => void) {
    this.#source = source;
    this.#size = size;
    this.#seek = seek;
  }

  read(length: number): Uint8Array {
    const bytes = new Uint8Array(this.#size === undefined ? length : Math.min(length, this.#size - this.#offset));
    let read = 0;
    while (read < bytes.length) {
      const more = this.#source.readSync(bytes.subarray(read));
      if (more === null) break;
      read += more;
    }
    this.#offset += read;
    return bytes.subarray(0, read);
  }

  skip(length: number): boolean {
    if (length === 0 || this.#seek === undefined || this.#offset + length > this.#size!) return false;
    this.#seek(length);
    this.#offset += length;
    return true;
  }

  [Symbol.dispose](): void {
    this.#source.close();
  }
}
