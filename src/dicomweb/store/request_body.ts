/**
 * The body of a request to store: read up to a length, and as long as the client keeps sending.
 *
 * @module
 */

import { LimitError } from "../../errors.ts";
import { MultipartError } from "../multipart/multipart_error.ts";

/** Bounds of a body. */
export interface RequestLimits {
  /** Most bytes in all, after decompression; default no limit. */
  readonly maxRequestLength?: number;
  /**
   * Milliseconds for which the client may send nothing while the gateway waits for more; default 60,000. A hundred bytes give
   * the client another second of that time, and no more.
   */
  readonly idleTimeout?: number;
  /** Milliseconds since any fixed moment. Default: those of `performance`. */
  readonly now?: () => number;
}

/** Milliseconds that one byte gives to the client. */
const PER_BYTE = 10;

/** A body with bounds. A lost connection fails as a message that ends too early, whatever the runtime calls it. */
export class RequestBody {
  /** Its bytes, which are read on demand. */
  readonly stream: ReadableStream<Uint8Array>;
  /** The error that ended the body. */
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

/** The result of a read, unless that takes longer. */
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

/** The error of a request that is too long. */
export function requestTooLong(maximum: number): LimitError {
  return new LimitError(`Cannot read the request: it has more than ${maximum} bytes`, {
    limit: "maxRequestLength",
    maximum,
  });
}
