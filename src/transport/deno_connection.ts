/**
 * A socket of Deno as a connection.
 *
 * @module
 */

import type { Connection } from "../upper_layer/connection.ts";
import { yieldToEventLoop } from "../scheduling/deno_event_loop.ts";
import { endpointOf } from "./endpoint.ts";

/** Where bytes are read to. An idle connection holds the smallest buffer, a busy one soon has the largest. */
const smallestBuffer = 16 * 1024;
const largestBuffer = 256 * 1024;

/**
 * Makes a connection of an open socket, and owns the socket from then on: it is closed when both directions are
 * finished, when reading fails, and when the writable side is aborted, which ends a pending read as well.
 */
export function connectionOf(socket: Deno.TcpConn | Deno.TlsConn, transport: "tcp" | "tls"): Connection {
  const open = new Set<"reading" | "writing">(["reading", "writing"]);
  let reading: ReadableStreamDefaultController<Uint8Array>;
  let writing: WritableStreamDefaultController;

  const finish = (direction: "reading" | "writing") => {
    if (open.delete(direction) && open.size === 0) socket.close();
  };
  const shut = (reason: unknown) => {
    if (open.size === 0) return;
    open.clear();
    socket.close();
    reading.error(reason);
  };

  let buffer = new Uint8Array(smallestBuffer);
  const read = async (): Promise<Uint8Array | undefined> => {
    try {
      const length = await readSome(socket, buffer);
      if (length === null) {
        finish("reading");
        return undefined;
      }
      const bytes = buffer.subarray(0, length);
      const turn = yieldToEventLoop();
      if (turn !== undefined) await turn;
      if (length === buffer.length && length < largestBuffer) buffer = new Uint8Array(length * 4);
      return bytes;
    } catch (error) {
      shut(error);
      writing.error(error);
      throw error;
    }
  };
  const readable = new ReadableStream<Uint8Array>({
    start(controller) {
      reading = controller;
    },
    async pull(controller) {
      const bytes = await read();
      if (bytes === undefined) controller.close();
      else if (open.has("reading")) controller.enqueue(bytes.slice());
    },
    cancel: () => finish("reading"),
  }, { highWaterMark: 0 });

  const writable = new WritableStream<Uint8Array>({
    start(controller) {
      writing = controller;
      controller.signal.addEventListener("abort", () => shut(controller.signal.reason));
    },
    async write(chunk, { signal }) {
      try {
        let sent = await socket.write(chunk);
        while (sent < chunk.length) sent += await socket.write(chunk.subarray(sent));
      } catch (error) {
        finish("writing");
        throw signal.aborted ? signal.reason : error;
      }
    },
    async close() {
      try {
        await socket.closeWrite();
      } finally {
        finish("writing");
      }
    },
  });

  return {
    readable: Object.assign(readable, { lent: { read } }),
    writable,
    transport,
    local: endpointOf(socket.localAddr.hostname, socket.localAddr.port),
    remote: endpointOf(socket.remoteAddr.hostname, socket.remoteAddr.port),
  };
}

/**
 * Reads what is there; null at the end. Peers that close without TLS's own goodbye are common: what they cut off, the
 * protocol above notices.
 */
async function readSome(socket: Deno.TcpConn | Deno.TlsConn, view: Uint8Array): Promise<number | null> {
  try {
    return await socket.read(view);
  } catch (error) {
    if (error instanceof Deno.errors.UnexpectedEof) return null;
    throw error;
  }
}
