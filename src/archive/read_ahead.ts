/**
 * Instances that are read before they are asked for: the disk works while the one before is on its way.
 *
 * @module
 */

import type { HeldInstance } from "../query/instance_source.ts";

/** An instance, and how its data set is read without a stream around it. Reading fails where it can't be had. */
export interface StoredInstance extends HeldInstance {
  /** The encoded data set, opened and read as fast as the caller asks for it. */
  read(): AsyncGenerator<Uint8Array, void, void>;
}

/** How much of an instance is read ahead, in bytes; the last piece may exceed it. */
const READ_AHEAD = 1024 * 1024;

/** Gives the same instances, whose bytes are read when their stream is; but the first MiB while the one before is sent. */
export async function* readAhead(instances: AsyncIterable<StoredInstance>): AsyncGenerator<HeldInstance, void, void> {
  let next: Ahead | undefined;
  try {
    for await (const instance of instances) {
      const current = next;
      next = new Ahead(instance);
      if (current !== undefined) yield* given(current);
    }
    const last = next;
    next = undefined;
    if (last !== undefined) yield* given(last);
  } finally {
    next?.close();
  }
}

/** An instance whose stream is not open when the caller asks for the next one is read no further. */
async function* given(ahead: Ahead): AsyncGenerator<HeldInstance, void, void> {
  try {
    yield ahead.instance;
  } finally {
    ahead.close();
  }
}

/** An instance whose first bytes are being read, for the first caller that opens it. */
class Ahead {
  readonly instance: HeldInstance;
  #reading: Reading | undefined;

  constructor({ read, ...instance }: StoredInstance) {
    this.#reading = new Reading(read());
    const stream = () => {
      const reading = this.#reading;
      this.#reading = undefined;
      return reading?.stream() ?? instance.stream();
    };
    this.instance = { ...instance, stream };
  }

  close(): void {
    this.#reading?.cancel();
    this.#reading = undefined;
  }
}

/** A data set of which the first bytes are being read, and the others when they are asked for. */
class Reading {
  readonly #bytes: AsyncGenerator<Uint8Array, void, void>;
  readonly #pieces: Uint8Array[] = [];
  readonly #begun: Promise<void>;
  #cancelled = false;

  constructor(bytes: AsyncGenerator<Uint8Array, void, void>) {
    this.#bytes = bytes;
    this.#begun = this.#begin();
    this.#begun.catch(() => {}); // The reader gets the error.
  }

  stream(): ReadableStream<Uint8Array> {
    return new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        await this.#begun;
        const piece = this.#pieces.shift() ?? (await this.#bytes.next()).value;
        if (piece === undefined) controller.close();
        else controller.enqueue(piece);
      },
      cancel: () => this.cancel(),
    }, { highWaterMark: 0 });
  }

  cancel(): void {
    this.#cancelled = true;
    this.#bytes.return().catch(() => {}); // What is being read comes first, and may fail.
  }

  async #begin(): Promise<void> {
    for (let length = 0; length < READ_AHEAD && !this.#cancelled;) {
      const { done, value } = await this.#bytes.next();
      if (done === true) break;
      this.#pieces.push(value);
      length += value.length;
    }
  }
}
