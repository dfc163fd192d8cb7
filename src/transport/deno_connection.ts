/**
 * A socket of Deno as a connection.
 *
 * @module
 */

import type { Connection } from "../upper_layer/connection.ts";
import { yieldToEventLoop } from "../scheduling/deno_event_loop.ts";
import { endpointOf } from "./endpoint.ts";
import { SocketStreams } from "./socket_streams.ts";

/** Where bytes are read to. An idle connection holds the smallest buffer, a busy one soon has the largest. */
const smallestBuffer = 16 * 1024;
const largestBuffer = 256 * 1024;

/** Makes a connection of an open socket, and owns the socket from then on. */
export function connectionOf(socket: Deno.TcpConn | Deno.TlsConn, transport: "tcp" | "tls"): Connection {
  let buffer = new Uint8Array(smallestBuffer);
  const read = async (): Promise<Uint8Array | undefined> => {
    try {
      const length = await readSome(socket, buffer);
      if (length === null) {
        streams.finish("reading");
        return undefined;
      }
      const bytes = buffer.subarray(0, length);
      const turn = yieldToEventLoop();
      if (turn !== undefined) await turn;
      if (length === buffer.length && length < largestBuffer) buffer = new Uint8Array(length * 4);
      return bytes;
    } catch (error) {
      streams.fail(error);
      throw error;
    }
  };
  const streams = new SocketStreams({
    async pull(controller) {
      const bytes = await read();
      if (bytes === undefined) controller.close();
      else if (streams.isRead) controller.enqueue(bytes.slice());
    },
    async write(chunk, { signal }) {
      try {
        let sent = await socket.write(chunk);
        while (sent < chunk.length) sent += await socket.write(chunk.subarray(sent));
      } catch (error) {
        streams.finish("writing");
        throw signal.aborted ? signal.reason : error;
      }
    },
    async close() {
      try {
        await socket.closeWrite();
      } finally {
        streams.finish("writing");
      }
    },
    destroy: () => socket.close(),
  });

  return {
    readable: Object.assign(streams.readable, { lent: { read } }),
    writable: streams.writable,
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
