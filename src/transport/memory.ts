/**
 * Connections inside one process.
 *
 * @module
 */

import type { Connection } from "../upper_layer/connection.ts";

/**
 * Two ends of one connection. A write waits until the other side reads, so that nothing is ever buffered; what arrives
 * is a copy. Aborting either writable ends both directions, as closing a socket does.
 */
export function connectionPair(): [Connection, Connection] {
  const there = pipe((reason) => end(there, back, reason));
  const back = pipe((reason) => end(back, there, reason));
  return [
    { readable: back.readable, writable: there.writable, transport: "memory" },
    { readable: there.readable, writable: back.writable, transport: "memory" },
  ];
}

/** One direction. */
interface Pipe {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
  /** Ends reading and what is being written with these errors. */
  readonly fail: (reading: unknown, writing: unknown) => void;
}

/** Ends both directions after the writable of `aborted` was aborted: its side knows why, the peer learns that. */
function end(aborted: Pipe, other: Pipe, reason: unknown): void {
  const news = new Error("Cannot go on: the peer aborted the connection", { cause: reason });
  aborted.fail(news, reason);
  other.fail(reason, news);
}

function pipe(aborted: (reason: unknown) => void): Pipe {
  let reading: ReadableStreamDefaultController<Uint8Array>;
  let writing: WritableStreamDefaultController;
  let wanted = false;
  let waiting: { resolve: () => void; reject: (error: unknown) => void } | undefined;

  const readable = new ReadableStream<Uint8Array>({
    start(controller) {
      reading = controller;
    },
    pull() {
      wanted = true;
      waiting?.resolve();
    },
    cancel(reason) {
      const error = new Error("Cannot write: the peer reads no more", { cause: reason });
      waiting?.reject(error);
      writing.error(error);
    },
  }, { highWaterMark: 0 });

  const writable = new WritableStream<Uint8Array>({
    start(controller) {
      writing = controller;
      controller.signal.addEventListener("abort", () => aborted(controller.signal.reason));
    },
    async write(chunk) {
      if (chunk.length === 0) return;
      if (!wanted) await new Promise<void>((resolve, reject) => waiting = { resolve, reject });
      wanted = false;
      reading.enqueue(new Uint8Array(chunk));
    },
    close: () => reading.close(),
  });

  const fail = (readError: unknown, writeError: unknown) => {
    reading.error(readError);
    waiting?.reject(writeError);
    if (!writing.signal.aborted) writing.error(writeError);
  };
  return { readable, writable, fail };
}
