/**
 * The body of a request to store: up to a length, and as long as the client sends something.
 *
 * @module
 */

import { LimitError } from "../../errors.ts";
import { MultipartError } from "../multipart/multipart_error.ts";

/** Bounds of a body. */
export interface RequestLimits {
  /** Bytes in all, once they are decompressed; default no limit. */
  readonly maxRequestLength?: number;
  /** Milliseconds in which the client may send nothing while more is wanted; default 60,000. */
  readonly idleTimeout?: number;
}

/** A body with bounds. It fails as a message does that ends too early, whatever a runtime calls a connection that is gone. */
export class RequestBody {
  /** Its bytes, which are read as they are asked for. */
  readonly stream: ReadableStream<Uint8Array>;
  /** What it has failed with. */
  failure: unknown;

  constructor(
    body: ReadableStream<Uint8Array>,
    { maxRequestLength: maximum = Infinity, idleTimeout = 60_000 }: RequestLimits = {},
  ) {
    const reader = body.getReader();
    reader.closed.catch(() => {}); // Every read tells it.
    let length = 0;
    const pull = async (controller: ReadableStreamDefaultController<Uint8Array>) => {
      try {
        const { value, done } = await within(idleTimeout, reader.read());
        length += value?.length ?? 0;
        if (length > maximum) throw tooLong(maximum);
        if (done) controller.close();
        else controller.enqueue(value);
      } catch (cause) {
        this.failure = cause instanceof LimitError || cause instanceof MultipartError
          ? cause
          : new MultipartError("Cannot read the request: its body can't be read to its end", { cause });
        controller.error(this.failure);
        reader.cancel(this.failure).catch(() => {});
      }
    };
    this.stream = new ReadableStream({ pull, cancel: (reason) => reader.cancel(reason) }, { highWaterMark: 0 });
  }
}

/** What a read gives, unless it takes longer. */
async function within<Result>(milliseconds: number, reading: Promise<Result>): Promise<Result> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    const error = new MultipartError(`Cannot read the request: nothing came for ${milliseconds} ms`);
    timer = setTimeout(() => reject(error), milliseconds);
  });
  try {
    return await Promise.race([reading, late]);
  } finally {
    clearTimeout(timer);
  }
}

function tooLong(maximum: number): LimitError {
  return new LimitError(`Cannot read the request: it has more than ${maximum} bytes`, {
    limit: "maxRequestLength",
    maximum,
  });
}
