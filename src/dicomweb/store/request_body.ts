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
  /**
   * Milliseconds in which the client may send nothing while more is wanted; default 60,000. A hundred bytes are good for
   * another second of them, and no more.
   */
  readonly idleTimeout?: number;
  /** Milliseconds since some moment. Default: those of `performance`. */
  readonly now?: () => number;
}

/** Milliseconds for which one byte may be waited. */
const PER_BYTE = 10;

/** A body with bounds. It fails as a message does that ends too early, whatever a runtime calls a connection that is gone. */
export class RequestBody {
  /** Its bytes, which are read as they are asked for. */
  readonly stream: ReadableStream<Uint8Array>;
  /** What it has failed with. */
  failure: unknown;

  constructor(
    body: ReadableStream<Uint8Array>,
    { maxRequestLength: maximum = Infinity, idleTimeout = 60_000, now = () => performance.now() }: RequestLimits = {},
  ) {
    const reader = body.getReader();
    reader.closed.catch(() => {}); // Every read reports it.
    let [length, patience] = [0, idleTimeout];
    const pull = async (controller: ReadableStreamDefaultController<Uint8Array>) => {
      try {
        const asked = now();
        const { value, done } = await within(patience, reader.read());
        const came = value?.length ?? 0;
        patience = Math.min(idleTimeout, patience - (now() - asked) + came * PER_BYTE);
        length += came;
        if (length > maximum) throw requestTooLong(maximum);
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
    const late = "Cannot read the request: the client sends nothing, or less than 100 bytes a second";
    timer = setTimeout(() => reject(new MultipartError(late)), Math.max(0, milliseconds));
  });
  try {
    return await Promise.race([reading, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** What ends a request that is too long. */
export function requestTooLong(maximum: number): LimitError {
  return new LimitError(`Cannot read the request: it has more than ${maximum} bytes`, {
    limit: "maxRequestLength",
    maximum,
  });
}
