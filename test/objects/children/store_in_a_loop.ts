/**
 * Stores objects until it is killed, eight at a time: `DATA durable|fast`. Prints the number of each when it is kept.
 */

import { openFileStore } from "../../../src/objects/file_store.ts";
import { nameOf, objectOf } from "./objects.ts";

const [folder, mode] = Deno.args as [string, string];
const store = await openFileStore(folder, { durable: mode === "durable", journalLength: 1024 * 1024 });
let next = 0;

async function storeOn(): Promise<never> {
  for (;;) {
    const number = next++;
    const pending = store.create();
    for (const piece of objectOf(number)) await pending.write(piece);
    await pending.commit(nameOf(number));
    console.log(number);
  }
}

await Promise.all(Array.from({ length: 8 }, storeOn));
