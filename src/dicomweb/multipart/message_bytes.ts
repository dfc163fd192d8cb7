/**
 * The bytes of a message, read as far as the parser needs them.
 *
 * @module
 */

import { LimitError } from "../../errors.ts";
import { concatenate } from "../../streams/concatenate.ts";
import { MultipartError } from "./multipart_error.ts";

/** Most bytes behind the last part that are read, so that the sender sees the end of its message. */
const LONGEST_EPILOGUE = 64 * 1024;

/** Reads a message no faster than its parts are read. */
export class MessageBytes {
  /** Bytes that have come and were not taken yet. */
  ahead: Uint8Array;
  readonly #source: ReadableStreamDefaultReader<Uint8Array>;
  readonly #maxLength: number;
  #length = 0;
  #ended = false;

  /** `ahead` stands in front of the message. */
  constructor(message: ReadableStream<Uint8Array>, { ahead, maxLength }: { ahead: Uint8Array; maxLength: number }) {
    this.#source = message.getReader();
    this.#source.closed.catch(() => {}); // Every read reports it.
    this.#maxLength = maxLength;
    this.ahead = ahead;
  }

  /** Takes the first bytes. */
  take(count: number): Uint8Array {
    const taken = this.ahead.subarray(0, count);
    this.ahead = this.ahead.subarray(count);
    return taken;
  }

  /** Puts bytes in front of what comes. */
  putBack(bytes: Uint8Array): void {
    this.ahead = concatenate([bytes, this.ahead]);
  }

  /** The byte at a position ahead; undefined if the message ends before it. */
  async at(index: number): Promise<number | undefined> {
    while (index >= this.ahead.length && !this.#ended) await this.#fill();
    return this.ahead[index];
  }

  /** Waits for more bytes. Throws `MultipartError`, with the number of the part, if none come. */
  async more(expected: string, part: number): Promise<void> {
    if (!this.#ended) await this.#fill();
    if (!this.#ended) return;
    throw new MultipartError(`Cannot read a multipart message: it ends after ${this.#length} bytes, ${expected}`, {
      part: part === 0 ? undefined : part,
    });
  }

  /** Cancels the message, which ends a read that waits. */
  async cancel(): Promise<void> {
    await this.#source.cancel().catch(() => {});
  }

  /** Reads a short rest behind the last part, or cancels a longer one. Never rejects. */
  async finish(): Promise<void> {
    let epilogue = this.ahead.length;
    try {
      while (epilogue <= LONGEST_EPILOGUE) {
        const { value, done } = await this.#source.read();
        if (done) return;
        epilogue += value.length;
      }
    } catch {
      return; // All parts were read.
    }
    await this.cancel();
  }

  async #fill(): Promise<void> {
    const { value, done } = await this.#source.read();
    if (done) {
      this.#ended = true;
      return;
    }
    this.#length += value.length;
    if (this.#length > this.#maxLength) {
      throw new LimitError(`Cannot read a multipart message: it has more bytes than ${this.#maxLength}`, {
        limit: "maxLength",
        maximum: this.#maxLength,
      });
    }
    this.ahead = this.ahead.length === 0 ? value : concatenate([this.ahead, value]);
  }
}
