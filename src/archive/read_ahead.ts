/**
 * Instances that are read before they are asked for: the disk works while the one before is on its way.
 *
 * @module
 */

import type { HeldInstance } from "../query/instance_source.ts";

/** How much of an instance is read ahead, in bytes; the last piece may exceed it. */
const READ_AHEAD = 1024 * 1024;

/** Gives the same instances. While one is sent, the first MiB of the next is read. */
export async function* readAhead(instances: AsyncIterable<HeldInstance>): AsyncGenerator<HeldInstance, void, void> {
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

/** One whose stream nobody has opened by the time that the next is asked for is read no further. */
async function* given(ahead: Ahead): AsyncGenerator<HeldInstance, void, void> {
  try {
    yield ahead.instance;
  } finally {
    ahead.close();
  }
}

/** An instance whose first bytes are being read. */
class Ahead {
  /** The instance, with these bytes in its stream. */
  readonly instance: HeldInstance;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #pieces: Uint8Array[] = [];
  readonly #filled: Promise<void>;
  #ended = false;
  #opened = false;
  #closed = false;

  constructor(held: HeldInstance) {
    this.#reader = held.stream().getReader();
    this.#filled = this.#fill();
    this.#filled.catch(() => {}); // Whoever reads hears of it.
    this.instance = { ...held, stream: () => this.#opened || this.#closed ? held.stream() : this.#open() };
  }

  /** Ends the reading, unless somebody has opened the stream. */
  close(): void {
    if (this.#opened || this.#closed) return;
    this.#closed = true;
    void this.#reader.cancel().catch(() => {});
  }

  async #fill(): Promise<void> {
    for (let length = 0; length < READ_AHEAD && !this.#closed;) {
      const { done, value } = await this.#reader.read();
      if (done) {
        this.#ended = true;
        return;
      }
      this.#pieces.push(value);
      length += value.length;
    }
  }

  #open(): ReadableStream<Uint8Array> {
    this.#opened = true;
    return new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        await this.#filled;
        const piece = this.#pieces.shift() ?? (this.#ended ? undefined : (await this.#reader.read()).value);
        if (piece === undefined) controller.close();
        else controller.enqueue(piece);
      },
      cancel: (reason) => this.#reader.cancel(reason),
    }, { highWaterMark: 0 });
  }
}
