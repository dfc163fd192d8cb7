/**
 * A socket of Node as a connection.
 *
 * @module
 */

import type { Socket } from "node:net";
import type { Connection, TlsInfo } from "../upper_layer/connection.ts";
import { endpointOf } from "./endpoint.ts";

/**
 * Makes a connection of an open socket, and owns the socket from then on: it is destroyed when both directions are
 * finished, when it fails, and when the writable side is aborted, which ends a pending read as well.
 */
export function connectionOf(socket: Socket, transport: "tcp" | "tls", tls?: TlsInfo): Connection {
  const open = new Set<"reading" | "writing">(["reading", "writing"]);
  let reading: ReadableStreamDefaultController<Uint8Array>;
  let writing: WritableStreamDefaultController;

  const finish = (direction: "reading" | "writing") => {
    if (open.delete(direction) && open.size === 0) socket.destroy();
  };
  const shut = (reason: unknown) => {
    if (open.size === 0) return;
    open.clear();
    socket.destroy();
    reading.error(reason);
  };
  const fail = (error: unknown) => {
    shut(error);
    writing.error(error);
  };

  const readable = new ReadableStream<Uint8Array>({
    start(controller) {
      reading = controller;
    },
    pull() {
      socket.resume();
    },
    cancel: () => finish("reading"),
  }, { highWaterMark: 0 });

  const writable = new WritableStream<Uint8Array>({
    start(controller) {
      writing = controller;
      controller.signal.addEventListener("abort", () => shut(controller.signal.reason));
    },
    write: (chunk, { signal }) =>
      new Promise((resolve, reject) => {
        socket.write(chunk, (error) => error ? reject(signal.aborted ? signal.reason : error) : resolve());
      }),
    close: () =>
      new Promise((resolve, reject) => {
        socket.end((error?: Error | null) => {
          finish("writing");
          if (error) reject(error);
          else resolve();
        });
      }),
  });

  socket.allowHalfOpen = true;
  socket.pause();
  socket.on("data", (chunk: Uint8Array) => {
    socket.pause();
    if (open.has("reading")) reading.enqueue(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength));
  });
  socket.on("end", () => {
    if (open.has("reading")) reading.close();
    finish("reading");
  });
  socket.on("error", fail);
  socket.on("close", () => {
    if (open.size > 0) fail(new Error("Cannot go on: the socket was closed"));
  });

  return {
    readable,
    writable,
    transport,
    local: endpointOf(socket.localAddress ?? "", socket.localPort ?? 0),
    remote: endpointOf(socket.remoteAddress ?? "", socket.remotePort ?? 0),
    ...(tls !== undefined && { tls }),
  };
}
