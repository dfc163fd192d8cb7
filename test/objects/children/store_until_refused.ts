/**
 * Stores objects of growing size until one is refused: `DATA durable|fast`. Prints what the store said, what is left in
 * incoming/, and whether a small object is kept afterwards.
 */

import { openFileStore } from "../../../src/objects/file_store.ts";
import { InstanceNotKeptError } from "../../../src/errors.ts";
import { pattern, put, read } from "../../archive/support.ts";

const [folder, mode] = Deno.args as [string, string];
await using store = await openFileStore(folder, { durable: mode === "durable", journalLength: 64 * 1024 });
let error: unknown;
let kept = 0;
for (let length = 1000; error === undefined && length < 64 * 1024 ** 2; length *= 2) {
  error = await put(store, `kept/${length}`, pattern(length)).then(() => void kept++, (reason: unknown) => reason);
}
if (!(error instanceof InstanceNotKeptError)) throw error ?? new Error("nothing was refused");
const left = [...Deno.readDirSync(`${folder}/incoming`)].length;
await put(store, "small", pattern(10));
const small = (await read(store, "small"))?.length;
console.log(JSON.stringify({ message: error.message, reason: error.reason, kept, left, small }));
