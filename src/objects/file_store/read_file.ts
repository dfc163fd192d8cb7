/**
 * Files, piece by piece.
 *
 * @module
 */

import { type BigIntStats, closeSync, fstatSync, openSync, read, readSync } from "node:fs";

const PIECE_LENGTH = 1024 * 1024;

/**
 * Pieces up to this length are read at once. Handing one to a thread takes ten times as long, and where the disk has to be
 * waited for, opening the file has waited as well.
 */
const SMALL_PIECE = 64 * 1024;

/**
 * The bytes of the file that was found at `path`; fails when another stands there by the time that the first bytes are asked
 * for, or when it ends early. A file that is replaced later is read to its end as it was.
 */
export async function* readFile(
  path: string,
  found: BigIntStats,
  range: { start: number; end: number },
): AsyncGenerator<Uint8Array, void, void> {
  const descriptor = openSync(path, "r");
  try {
    const { ino, size, mtimeNs } = fstatSync(descriptor, { bigint: true });
    if (ino !== found.ino || size !== found.size || mtimeNs !== found.mtimeNs) throw changed();
    yield* readOpen(descriptor, range);
  } finally {
    closeSync(descriptor);
  }
}

/** The bytes of an open file. */
export async function* readOpen(
  descriptor: number,
  { start, end }: { start: number; end: number },
): AsyncGenerator<Uint8Array, void, void> {
  for (let position = start; position < end;) {
    const piece = new Uint8Array(Math.min(PIECE_LENGTH, end - position));
    const count = piece.length <= SMALL_PIECE
      ? readSync(descriptor, piece, 0, piece.length, position)
      : await readPiece(descriptor, piece, position);
    if (count === 0) throw changed();
    position += count;
    yield piece.subarray(0, count);
  }
}

function changed(): Error {
  return new Error("Cannot read an object: its file is no longer the one that was found");
}

function readPiece(descriptor: number, piece: Uint8Array, position: number): Promise<number> {
  return new Promise((resolve, reject) =>
    read(descriptor, piece, 0, piece.length, position, (error, count) => error ? reject(error) : resolve(count))
  );
}
