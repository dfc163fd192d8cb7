/**
 * Whether an object still has the acknowledged bytes.
 *
 * @module
 */

import { DataSetError, InstanceNotKeptError, LimitError } from "../errors.ts";
import type { IndexedInstance } from "../index/instance_index.ts";
import type { ObjectStore } from "../objects/object_store.ts";
import { IdentityReader } from "./identity.ts";

/** How long a slice of reading lasts, and how long others have between two, in milliseconds. */
const SLICE = 5;
const BREAK = 1;

/** How to read. */
export interface IntegrityOptions {
  /** Gives up with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Whether an instance's object is as long as its index entry says and, read from its first byte to its last, has the
 * CRC-32 that it came with. Where none is known, its data set has to be one that can be read to its end, with the UIDs
 * of the entry. False, too, when there is no object. Yields to other work in between. Throws what reading throws.
 */
export async function isWhole(
  store: ObjectStore,
  instance: IndexedInstance,
  options: IntegrityOptions = {},
): Promise<boolean> {
  const found = await store.get(instance.name);
  if (found === undefined || found.size !== instance.size) return false;
  if (instance.crc32 !== undefined && store.crc32 !== undefined) return await isAsItCame(store, instance, options);
  return await isReadable(found.read(), instance, options);
}

/** Whether an object has the CRC-32 of what came; true where that can't be told. */
export async function isAsItCame(
  store: ObjectStore,
  { name, crc32: expected }: IndexedInstance,
  options: IntegrityOptions = {},
): Promise<boolean> {
  const { crc32 } = store;
  if (expected === undefined || crc32 === undefined) return true;
  const found = await store.get(name);
  if (found === undefined) return false;
  let crc = 0;
  await readThrough(found.read(), (piece) => void (crc = crc32(piece, crc)), options);
  return crc === expected;
}

async function isReadable(
  pieces: AsyncIterable<Uint8Array>,
  { sopClassUid, sopInstanceUid, transferSyntax, dataSetOffset }: IndexedInstance,
  options: IntegrityOptions,
): Promise<boolean> {
  const reader = new IdentityReader({ transferSyntax });
  let head = dataSetOffset;
  try {
    await readThrough(pieces, async (piece) => {
      const passedOver = Math.min(head, piece.length);
      head -= passedOver;
      await reader.push(piece.subarray(passedOver));
    }, options);
    reader.end();
    reader.check({ sopClassUid, sopInstanceUid });
    return true;
  } catch (error) {
    if (error instanceof DataSetError || error instanceof LimitError || error instanceof InstanceNotKeptError) {
      return false;
    }
    throw error;
  } finally {
    reader.finish();
  }
}

async function readThrough(
  pieces: AsyncIterable<Uint8Array>,
  take: (piece: Uint8Array) => void | Promise<void>,
  { signal }: IntegrityOptions,
): Promise<void> {
  let end = performance.now() + SLICE;
  for await (const piece of pieces) {
    signal?.throwIfAborted();
    await take(piece);
    if (performance.now() < end) continue;
    await new Promise((resolve) => setTimeout(resolve, BREAK));
    end = performance.now() + SLICE;
  }
}
