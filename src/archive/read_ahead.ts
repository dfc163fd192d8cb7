/**
 * Instances that are read before they are asked for: the disk works while the one before is on its way.
 *
 * @module
 */

import type { HeldInstance } from "../query/instance_source.ts";

/** An instance, and how its data set is opened. Opening and reading fail where it can't be had. */
export interface StoredInstance extends HeldInstance {
  /** Opens the encoded data set, to be read as fast as the caller asks for it. */
  open(): Promise<ReadableStream<Uint8Array>>;
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

  constructor({ open, ...instance }: StoredInstance) {
    this.#reading = new Reading(open, READ_AHEAD);
    const stream = () => {
      const reading = this.#reading ?? new Reading(open, 0);
      this.#reading = undefined;
      return reading.stream();
    };
    this.instance = { ...instance, stream };
  }

  close(): void {
    this.#reading?.cancel();
    this.#reading = undefined;
  }
}

/** A data set that is being opened or read. */
class Reading {
  readonly #pieces: Uint8Array[] = [];
  readonly #begun: Promise<ReadableStreamDefaultReader<Uint8Array>>;
  #ended = false;
  #cancelled = false;

  /** Reads so many bytes at once, and the others when they are asked for. */
  constructor(open: StoredInstance["open"], ahead: number) {
    this.#begun = this.#begin(open, ahead);
    this.#begun.catch(() => {}); // The reader gets the error.
  }

  stream(): ReadableStream<Uint8Array> {
    return new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        const reader = await this.#begun;
        const piece = this.#pieces.shift() ?? (this.#ended ? undefined : (await reader.read()).value);
        if (piece === undefined) controller.close();
        else controller.enqueue(piece);
      },
      cancel: () => this.cancel(),
    }, { highWaterMark: 0 });
  }

  cancel(): void {
    this.#cancelled = true;
    this.#begun.then((reader) => reader.cancel()).catch(() => {});
  }

  async #begin(open: StoredInstance["open"], ahead: number): Promise<ReadableStreamDefaultReader<Uint8Array>> {
    const reader = (await open()).getReader();
    for (let length = 0; length < ahead && !this.#cancelled;) {
      const { done, value } = await reader.read();
      this.#ended = done;
      if (done) break;
      this.#pieces.push(value);
      length += value.length;
    }
    return reader;
  }
}
