// deno-lint-ignore-file require-await -- the interface is asynchronous

/**
 * Objects in memory, for tests and for runtimes without files.
 *
 * @module
 */

import { InstanceNotKeptError, LimitError } from "../errors.ts";
import { checkObjectName } from "./object_store.ts";
import type { CommitOptions, CommitOutcome, ComparedContent, ObjectStore, PendingObject } from "./object_store.ts";

/** Bounds of a memory store. */
export interface MemoryStoreOptions {
  /** Bytes of all objects, pending ones too. Default: 256 MiB. */
  readonly maximumBytes?: number;
}

/** A store whose objects live as long as it does. */
export function createMemoryStore({ maximumBytes = 256 * 1024 ** 2 }: MemoryStoreOptions = {}): ObjectStore {
  const objects = new Map<string, Uint8Array<ArrayBuffer>>();
  const room = new Room(maximumBytes);
  return {
    create: () => new PendingBytes(objects, room),
    async get(name) {
      checkObjectName(name);
      const bytes = objects.get(name);
      return bytes && { size: bytes.length, stream: () => new Blob([bytes]).stream() };
    },
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
        cause: new LimitError("Cannot hold more in memory", { limit: "maximumBytes", maximum }),
      });
    }
    this.free -= bytes;
  }
}

class PendingBytes implements PendingObject {
  readonly #objects: Map<string, Uint8Array<ArrayBuffer>>;
  readonly #room: Room;
  #pieces: Uint8Array[] | undefined = [];
  #size = 0;

  constructor(objects: Map<string, Uint8Array<ArrayBuffer>>, room: Room) {
    this.#objects = objects;
    this.#room = room;
  }

  write(bytes: Uint8Array): void {
    if (this.#pieces === undefined) throw new TypeError("Cannot write to an object: it was committed or discarded");
    this.#room.take(bytes.length);
    this.#size += bytes.length;
    this.#pieces.push(bytes.slice());
  }

  async commit(name: string, options: CommitOptions): Promise<CommitOutcome> {
    if (this.#pieces === undefined) throw new TypeError("Cannot commit an object: it was committed or discarded");
    const bytes = join(this.#pieces, this.#size);
    this.#pieces = undefined;
    let freed = bytes.length;
    try {
      checkObjectName(name);
      const existing = this.#objects.get(name);
      if (existing !== undefined) {
        if (isSameContent(existing, bytes, options.compared)) return "identical";
        if (options.onExisting === "keep-first") return "kept-first";
      }
      this.#objects.set(name, bytes);
      freed = existing?.length ?? 0;
      return existing === undefined ? "created" : "replaced";
    } finally {
      this.#room.free += freed;
    }
  }

  async discard(): Promise<void> {
    if (this.#pieces === undefined) return;
    this.#pieces = undefined;
    this.#room.free += this.#size;
  }
}

function join(pieces: readonly Uint8Array[], size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  let end = 0;
  for (const piece of pieces) {
    bytes.set(piece, end);
    end += piece.length;
  }
  return bytes;
}

function isSameContent(existing: Uint8Array, bytes: Uint8Array, compared?: ComparedContent): boolean {
  const start = compared === undefined ? 0 : compared.startInExisting(existing.subarray(0, 64 * 1024));
  if (start === undefined) return false;
  const [one, other] = [existing.subarray(start), bytes.subarray(compared?.start ?? 0)];
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}
