/** Files, piece by piece: in pieces that are read at once, and in those that a thread reads. */

import assert from "node:assert/strict";
import { closeSync, openSync, statSync } from "node:fs";
import { readFile, readOpen } from "../../src/objects/file_store/read_file.ts";
import { concatenate } from "../../src/streams/concatenate.ts";
import { pattern } from "../archive/support.ts";
import { temporaryFolder } from "../support/folders.ts";

const MIB = 1024 * 1024;
/** Around what is read at once, and what a piece has at most. */
const LENGTHS = [1, 64 * 1024, 64 * 1024 + 1, MIB, MIB + 5, 2 * MIB + 70_000];

async function all(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  return concatenate(await Array.fromAsync(pieces));
}

Deno.test("readFile() gives the bytes of a range, whatever its length", async () => {
  using folder = temporaryFolder();
  const path = `${folder.path}/file`;
  for (const length of LENGTHS) {
    Deno.writeFileSync(path, pattern(length));
    const found = statSync(path, { bigint: true });
    for (const [start, end] of [[0, length], [Math.min(132, length), length], [0, length - 1]] as const) {
      assert.deepEqual(await all(readFile(path, found, { start, end })), pattern(length).subarray(start, end));
    }
  }
});

Deno.test("readFile() fails when another file stands there, or when its file was cut short, whatever its length", async () => {
  using folder = temporaryFolder();
  const path = `${folder.path}/file`;
  for (const length of LENGTHS) {
    Deno.writeFileSync(path, pattern(length));
    const found = statSync(path, { bigint: true });
    const range = { start: 0, end: length };
    const descriptor = openSync(path, "r");
    try {
      Deno.truncateSync(path, length - 1);
      await assert.rejects(all(readOpen(descriptor, range)), /its file is no longer the one that was found/);
    } finally {
      closeSync(descriptor);
    }
    Deno.removeSync(path);
    Deno.writeFileSync(path, pattern(length + 1));
    await assert.rejects(all(readFile(path, found, range)), /its file is no longer the one that was found/);
  }
});
