/**
 * Files as streams.
 *
 * @module
 */

import { closeSync, fstatSync, openSync, read } from "node:fs";

const PIECE_LENGTH = 256 * 1024;

/** The bytes of a file, read as they are asked for; fails when the file doesn't have `size` bytes (any more). */
export function readFile(path: string, size: number): ReadableStream<Uint8Array> {
  const pieces = readPieces(path, size);
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await pieces.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      await pieces.return();
    },
  }, { highWaterMark: 0 });
}

async function* readPieces(path: string, size: number): AsyncGenerator<Uint8Array, void, void> {
  const descriptor = openSync(path, "r");
  try {
    let position = 0;
    let count = fstatSync(descriptor).size === size ? -1 : 0;
    while (position < size && count !== 0) {
      const piece = new Uint8Array(Math.min(PIECE_LENGTH, size - position));
      count = await readPiece(descriptor, piece, position);
      position += count;
      if (count > 0) yield piece.subarray(0, count);
    }
    if (count === 0) throw new Error(`Cannot read an object: its file no longer has the ${size} bytes that it had`);
  } finally {
    closeSync(descriptor);
  }
}

function readPiece(descriptor: number, piece: Uint8Array, position: number): Promise<number> {
  return new Promise((resolve, reject) =>
    read(descriptor, piece, 0, piece.length, position, (error, count) => error ? reject(error) : resolve(count))
  );
}
