// deno-lint-ignore-file require-await -- the interface is asynchronous

/**
 * Objects in memory, for tests and for runtimes without files.
 *
 * @module
 */

import { concatenate } from "../streams/concatenate.ts";
import { InstanceNotKeptError, LimitError } from "../errors.ts";
import { type ByteRange, checkObjectName, clampRange } from "./object_store.ts";
import type { CommitOptions, ListedObject, ObjectStore, PendingObject } from "./object_store.ts";

/** Bounds of a memory store. */
export interface MemoryStoreOptions {
  /** Bytes of all objects, pending ones too. Default: 256 MiB. */
  readonly maxBytes?: number;
}

interface MemoryObject {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly writtenAt: number;
}

/** A store whose objects live as long as it does. */
export function createMemoryStore({ maxBytes = 256 * 1024 ** 2 }: MemoryStoreOptions = {}): ObjectStore {
  const objects = new Map<string, MemoryObject>();
  const room = new Room(maxBytes);
  return {
    create: () => new PendingBytes(objects, room),
    async get(name, range: ByteRange = {}) {
      checkObjectName(name);
      const bytes = objects.get(name)?.bytes;
      if (bytes === undefined) return undefined;
      const { start, end } = clampRange(range, bytes.length);
      return { size: bytes.length, read: () => new Blob([bytes.subarray(start, end)]).stream() };
    },
    async *list(prefix = ""): AsyncGenerator<ListedObject> {
      for (const [name, { bytes, writtenAt }] of objects) {
        if (name.startsWith(prefix)) yield { name, size: bytes.length, writtenAt };
      }
    },
    async delete(name) {
      checkObjectName(name);
      room.free += objects.get(name)?.bytes.length ?? 0;
      objects.delete(name);
    },
    async persist() {},
    room: () => room.free,
    async check() {
      const { free } = room;
      return free > 0
        ? { writable: true, freeBytes: free }
        : { writable: false, freeBytes: 0, problem: "no room is left" };
    },
    async [Symbol.asyncDispose]() {
      objects.clear();
    },
  };
}

class Room {
  free: number;
  readonly #maximum: number;

  constructor(maximum: number) {
    this.free = maximum;
    this.#maximum = maximum;
  }

  take(bytes: number): void {
    if (bytes > this.free) {
      const maximum = this.#maximum;
      throw new InstanceNotKeptError(`Cannot write to the archive: no room is left in its ${maximum} bytes`, {
        reason: "out-of-resources",
        cause: new LimitError("Cannot hold more in memory", { limit: "maxBytes", maximum }),
      });
    }
    this.free -= bytes;
  }
}

class PendingBytes implements PendingObject {
  readonly #objects: Map<string, MemoryObject>;
  readonly #room: Room;
  #pieces: Uint8Array<ArrayBuffer>[] | undefined = [];
  #size = 0;

  constructor(objects: Map<string, MemoryObject>, room: Room) {
    this.#objects = objects;
    this.#room = room;
  }

  write(bytes: Uint8Array): void {
    if (this.#pieces === undefined) throw new TypeError("Cannot write to an object: it was committed or discarded");
    this.#room.take(bytes.length);
    this.#size += bytes.length;
    this.#pieces.push(bytes.slice());
  }

  read(start: number): AsyncIterable<Uint8Array> {
    return new Blob(this.#pieces).slice(start).stream();
  }

  async commit(name: string, { whenInPlace }: CommitOptions = {}): Promise<void> {
    if (this.#pieces === undefined) throw new TypeError("Cannot commit an object: it was committed or discarded");
    const bytes = concatenate(this.#pieces);
    this.#pieces = undefined;
    try {
      checkObjectName(name);
    } catch (error) {
      this.#room.free += bytes.length;
      throw error;
    }
    this.#room.free += this.#objects.get(name)?.bytes.length ?? 0;
    this.#objects.set(name, { bytes, writtenAt: Date.now() });
    await whenInPlace?.();
  }

  async discard(): Promise<void> {
    if (this.#pieces === undefined) return;
    this.#pieces = undefined;
    this.#room.free += this.#size;
  }
}
