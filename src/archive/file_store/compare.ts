/**
 * Whether a file that exists holds the same instance as one that came.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { closeSync, fstatSync, openSync } from "node:fs";
import { setImmediate } from "node:timers";
import type { ComparedContent } from "../object_store.ts";
import { readAt } from "./file_system.ts";

const HEAD_LENGTH = 64 * 1024;
const PIECE_LENGTH = 256 * 1024;

/** After how many pieces others get their turn. */
const PIECES_AT_ONCE = 16;

/**
 * Compares the file at `path` with the one that is open as `descriptor`, from where `compared` says to their ends.
 */
export async function isSameContent(
  path: string,
  descriptor: number,
  size: number,
  compared: ComparedContent,
): Promise<boolean> {
  const existing = openSync(path, "r");
  try {
    const existingSize = fstatSync(existing).size;
    const head = new Uint8Array(Math.min(existingSize, HEAD_LENGTH));
    const existingStart = compared.startInExisting(head.subarray(0, readAt(existing, head, 0)));
    if (existingStart === undefined || existingSize - existingStart !== size - compared.start) return false;
    return await isSameFrom(existing, existingStart, descriptor, compared.start);
  } finally {
    closeSync(existing);
  }
}

async function isSameFrom(one: number, oneStart: number, other: number, otherStart: number): Promise<boolean> {
  const pieceOfOne = new Uint8Array(PIECE_LENGTH);
  const pieceOfOther = new Uint8Array(PIECE_LENGTH);
  for (let piece = 1, at = 0;; piece++, at += PIECE_LENGTH) {
    const count = readAt(one, pieceOfOne, oneStart + at);
    const otherCount = readAt(other, pieceOfOther, otherStart + at);
    if (Buffer.compare(pieceOfOne.subarray(0, count), pieceOfOther.subarray(0, otherCount)) !== 0) return false;
    if (count < PIECE_LENGTH) return true;
    if (piece % PIECES_AT_ONCE === 0) await new Promise((resolve) => setImmediate(resolve));
  }
}
