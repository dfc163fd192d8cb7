/**
 * Whether two Part 10 files have the same data set.
 *
 * @module
 */

import { open } from "node:fs/promises";
import { readFileHeader } from "../../dicom/part10.ts";
import { DataSetError } from "../../errors.ts";

/** Bytes that are read at a time; meta information is shorter. */
const PIECE = 256 * 1024;

/** Whether two files have the same transfer syntax and data set. The bytes before the data set depend on the writer. */
export async function isSameFile(one: string, other: string): Promise<boolean> {
  await using files = new Files();
  const [first, second] = [await files.open(one), await files.open(other)];
  const [head, otherHead] = [await first.header(), await second.header()];
  if (head === undefined || otherHead === undefined) return false;
  if (head.transferSyntax !== otherHead.transferSyntax) return false;
  let [at, otherAt] = [head.dataSetOffset, otherHead.dataSetOffset];
  for (;;) {
    const [piece, otherPiece] = [await first.read(at), await second.read(otherAt)];
    if (!isSame(piece, otherPiece)) return false;
    if (piece.length === 0) return true;
    at += piece.length;
    otherAt += piece.length;
  }
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}

type Handle = Awaited<ReturnType<typeof open>>;

class Files implements AsyncDisposable {
  readonly #handles: Handle[] = [];

  async open(path: string): Promise<OpenFile> {
    const handle = await open(path, "r");
    this.#handles.push(handle);
    return new OpenFile(handle);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const handle of this.#handles) await handle.close();
  }
}

class OpenFile {
  readonly #handle: Handle;

  constructor(handle: Handle) {
    this.#handle = handle;
  }

  /** A whole piece, but at the end. */
  async read(position: number): Promise<Uint8Array> {
    const buffer = new Uint8Array(PIECE);
    let length = 0;
    while (length < PIECE) {
      const { bytesRead } = await this.#handle.read(buffer, length, PIECE - length, position + length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return buffer.subarray(0, length);
  }

  /** Undefined for what is no Part 10 file. */
  async header(): Promise<ReturnType<typeof readFileHeader>> {
    try {
      return readFileHeader(await this.read(0), { ended: true });
    } catch (error) {
      if (error instanceof DataSetError) return undefined;
      throw error;
    }
  }
}
