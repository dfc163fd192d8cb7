/**
 * A socket of Node as a connection.
 *
 * @module
 */

import type { Socket } from "node:net";
import type { Writable } from "node:stream";
import type { Connection, TlsInfo } from "../upper_layer/connection.ts";
import { endpointOf } from "./endpoint.ts";
import { SocketStreams } from "./socket_streams.ts";

/** Makes a connection of an open socket, and owns the socket from then on. */
export function connectionOf(socket: Socket, transport: "tcp" | "tls", tls?: TlsInfo): Connection {
  const streams = new SocketStreams({
    pull: () => void socket.resume(),
    write: (chunk, { signal }) => writeTo(socket, chunk, signal),
    close: () =>
      new Promise((resolve, reject) => {
        socket.end((error?: Error | null) => {
          streams.finish("writing");
          if (error) reject(error);
          else resolve();
        });
      }),
    destroy: () => void socket.destroy(),
  });

  socket.allowHalfOpen = true;
  socket.pause();
  socket.on("data", (chunk: Uint8Array) => {
    socket.pause();
    streams.receive(bytesOf(chunk));
  });
  socket.on("end", () => streams.receivedAll());
  socket.on("error", (error) => streams.fail(error));
  socket.on("close", () => {
    if (streams.isOpen) streams.fail(new Error("Cannot go on: the socket was closed"));
  });

  const { readable, writable } = streams;
  return {
    readable,
    writable,
    transport,
    local: endpointOf(socket.localAddress ?? "", socket.localPort ?? 0),
    remote: endpointOf(socket.remoteAddress ?? "", socket.remotePort ?? 0),
    ...(tls !== undefined && { tls }),
  };
}

/** Writes a chunk to a socket. Rejects with the signal's reason when that has aborted it. */
export function writeTo(socket: Writable, chunk: Uint8Array, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.write(chunk, (error) => error ? reject(signal.aborted ? signal.reason : error) : resolve());
  });
}

/** What a socket has read, without the ways of Node's buffers. */
export function bytesOf({ buffer, byteOffset, byteLength }: Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
