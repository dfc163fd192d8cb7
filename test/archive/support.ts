/** What the archive's tests share. */

import { createMemoryStore } from "../../src/objects/memory_store.ts";
import type { CommitOptions, ListedObject, ObjectStore } from "../../src/objects/object_store.ts";
import { concatenate } from "../../src/streams/concatenate.ts";
import { filesBelow } from "../support/folders.ts";

/** Bytes that depend on a seed, so that no two of them look alike. */
export function pattern(length: number, seed = 1): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let state = seed * 2654435761;
  for (let index = 0; index < length; index++) {
    state = Math.imul(state, 1664525) + 1013904223;
    bytes[index] = state >>> 24;
  }
  return bytes;
}

/** Creates, writes in pieces and commits an object. */
export async function put(
  store: ObjectStore,
  name: string,
  bytes: Uint8Array,
  { pieceLength = 64 * 1024, ...options }: CommitOptions & { pieceLength?: number } = {},
): Promise<void> {
  const pending = store.create();
  try {
    for (let at = 0; at < bytes.length; at += pieceLength) await pending.write(bytes.subarray(at, at + pieceLength));
    await pending.commit(name, options);
  } finally {
    await pending.discard();
  }
}

/** The bytes of an object, or undefined when there is none. */
export async function read(store: ObjectStore, name: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const found = await store.get(name);
  return found && await collect(found.read());
}

/** What a store lists, by name. */
export async function listed(store: ObjectStore, prefix?: string): Promise<ListedObject[]> {
  const objects = await Array.fromAsync(store.list(prefix));
  return objects.sort((a, b) => a.name < b.name ? -1 : 1);
}

/** All bytes of a stream, or of other pieces. */
export async function collect(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  return concatenate(await Array.fromAsync(pieces));
}

/** A stream of these chunks. */
export function streamOf(...chunks: readonly Uint8Array[]): ReadableStream<Uint8Array> {
  return ReadableStream.from(chunks);
}

/** A memory store that counts what is not ended yet. */
export function countingStore(): ObjectStore & { pending: number } {
  const store = createMemoryStore();
  const counting = {
    ...store,
    pending: 0,
    create() {
      counting.pending++;
      const pending = store.create();
      let ended = false;
      const end = () => {
        if (!ended) counting.pending--;
        ended = true;
      };
      return {
        write: (bytes: Uint8Array) => pending.write(bytes),
        read: (start: number) => pending.read(start),
        commit: (...parameters: Parameters<typeof pending.commit>) => pending.commit(...parameters).finally(end),
        discard: () => pending.discard().finally(end),
      };
    },
  };
  return counting;
}

/** Copies an archive's folder as it is while it is open: what the end of the process would leave. */
export function copyOfOpen(from: string, to: string): void {
  for (const file of filesBelow(from)) {
    const path = `${to}/${file}`;
    Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    Deno.copyFileSync(`${from}/${file}`, path);
  }
  Deno.writeTextFileSync(`${to}/lock`, "");
}
