/** What `runtimes_test.ts` runs: `DATA`. Stores, reads back, and ends without closing the store. */

import assert from "node:assert/strict";
import process from "node:process";
import { openFileStore } from "../../../src/objects/file_store.ts";
import { createMemoryStore } from "../../../src/objects/memory_store.ts";
import { concatenate } from "../../../src/streams/concatenate.ts";

const folder = process.argv[2]!;
const bytes = new Uint8Array(300_000).map((_, index) => index % 251);

for (const store of [createMemoryStore(), await openFileStore(folder, { journalLength: 1 << 20 })]) {
  for (const length of [0, 4096, 200_000, 300_000]) {
    const pending = store.create();
    await pending.write(bytes.subarray(0, length));
    await pending.commit(`a/${length}`);
    const found = await store.get(`a/${length}`);
    const pieces: Uint8Array[] = [];
    for await (const piece of found!.read()) pieces.push(piece);
    assert.deepEqual(concatenate(pieces), bytes.slice(0, length));
  }
  assert.equal((await store.check()).writable, true);
}
await assert.rejects(openFileStore(folder), /it is open by another process/);
process.kill(process.pid, "SIGKILL");
