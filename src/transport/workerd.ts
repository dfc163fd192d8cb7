/**
 * Connections of workerd, in and out. A worker hands over what its runtime gave it, so nothing is imported from there.
 *
 * @module
 */

import type { Connection, Endpoint } from "../upper_layer/connection.ts";
import { withDeadline } from "./deadline.ts";
import { endpointOf, endpointText } from "./endpoint.ts";
import { failTo } from "./failure.ts";
import type { ConnectOptions } from "./listener.ts";

/** A TCP connection, as workerd gives it to the handler `connect` and from `cloudflare:sockets`. */
export interface WorkerdSocket {
  /** What the peer sends. */
  readonly readable: ReadableStream<Uint8Array>;
  /** The bytes to send to the peer. */
  readonly writable: WritableStream<Uint8Array>;
  /** Resolves when it is connected. */
  readonly opened: Promise<{ readonly remoteAddress?: string }>;
  /** Closes both directions. */
  close(): Promise<void>;
}

/** What the module `cloudflare:sockets` has. */
export interface WorkerdSockets {
  /** Connects; the socket says in `opened` how that went. */
  connect(address: Endpoint, options: { readonly allowHalfOpen: boolean }): WorkerdSocket;
}

/** Milliseconds that connecting may take. */
const defaultTimeout = 10_000;

/** The connection of a socket that the handler `connect` received. Throws what `opened` throws. */
export async function acceptSocket({ readable, writable, opened }: WorkerdSocket): Promise<Connection> {
  const { remoteAddress } = await opened;
  return {
    readable,
    writable,
    transport: "tcp",
    ...(remoteAddress !== undefined && { remote: parseAddress(remoteAddress) }),
  };
}

/**
 * Connects by plain TCP, through `import * as sockets from "cloudflare:sockets"`.
 *
 * @throws {TransportError} when there is no connection to be had.
 * @throws {DeadlineError} when it took too long.
 */
export async function connectTcp(
  sockets: WorkerdSockets,
  { hostname, port, signal, timeout = defaultTimeout }: ConnectOptions,
): Promise<Connection> {
  return await withDeadline({ phase: "connect", timeout, signal }, async (ending) => {
    const socket = sockets.connect({ hostname, port }, { allowHalfOpen: true });
    // Closing ends the wait for `opened`: it rejects.
    ending.addEventListener("abort", () => socket.close().catch(() => {}), { once: true });
    return await acceptSocket(socket).catch(failTo(`connect to ${endpointText({ hostname, port })}`, "connect"));
  });
}

/** Of an address such as `127.0.0.1:104` or `[::1]:104`. */
function parseAddress(address: string): Endpoint {
  const [, hostname = "", port] = /^\[?(.*?)\]?:(\d+)$/.exec(address) ?? [];
  return endpointOf(hostname, Number(port));
}
