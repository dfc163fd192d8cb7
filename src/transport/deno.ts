/**
 * TCP and TLS on Deno.
 *
 * @module
 */

import type { Connection } from "../upper_layer/connection.ts";
import { type Deadline, withDeadline } from "./deadline.ts";
import { connectionOf } from "./deno_connection.ts";
import { endpointOf, endpointText } from "./endpoint.ts";
import { failTo, transportError } from "./failure.ts";
import {
  anyInterface,
  ConnectionQueue,
  type ConnectOptions,
  type ConnectTlsOptions,
  defaultTimeout,
  type Listener,
  listenerOf,
  type ListenOptions,
  type ListenTlsOptions,
  report,
} from "./listener.ts";

export type { Connection, Endpoint, TlsInfo } from "../upper_layer/connection.ts";
export type { ConnectOptions, ConnectTlsOptions, Listener, ListenOptions, ListenTlsOptions };

/** Milliseconds to wait when the system can't accept at present, such as for want of file descriptors. */
const acceptPause = 50;

/**
 * Listens for plain TCP.
 *
 * @throws {TransportError} when the port can't be had.
 * @example
 * ```ts
 * import { createScp, verification } from "@gantry/dicom";
 *
 * const scp = createScp({ services: [verification()] });
 * for await (const connection of listenTcp({ port: 11112 })) scp.accept(connection);
 * ```
 */
export function listenTcp(options: ListenOptions): Listener {
  const { hostname = anyInterface, port } = options;
  const listener = listening(options, () => Deno.listen({ hostname, port }));
  return accepting(listener, options, (socket) => {
    socket.setNoDelay(true);
    return Promise.resolve(connectionOf(socket, "tcp"));
  });
}

/**
 * Listens for TLS 1.2 and 1.3. Handshakes run side by side, each with its own deadline; a connection is given out when
 * its handshake is done.
 *
 * Two things that Deno does not let go: Nagle's algorithm is on, so that a message is best written in one piece; and the
 * socket of a handshake that was given up stays with the system until the peer closes it.
 *
 * @throws {TransportError} when the port can't be had, or the certificate and its key can't be used.
 */
export function listenTls(options: ListenTlsOptions): Listener {
  const { hostname = anyInterface, port, cert, key, handshakeTimeout = defaultTimeout } = options;
  const listener = listening(options, () => Deno.listenTls({ hostname, port, cert, key }));
  return accepting(listener, options, async (socket, signal) => {
    const remote = endpointText(endpointOf(socket.remoteAddr.hostname, socket.remoteAddr.port));
    await handshake(socket, `secure the connection from ${remote}`, { timeout: handshakeTimeout, signal });
    return connectionOf(socket, "tls");
  });
}

/**
 * Connects by plain TCP.
 *
 * @throws {TransportError} when there is no connection to be had.
 * @throws {DeadlineError} when it took too long.
 */
export async function connectTcp(options: ConnectOptions): Promise<Connection> {
  return connectionOf(await connect(options), "tcp");
}

/**
 * Connects by TLS 1.2 or 1.3; resolves when the handshake is done.
 *
 * @throws {TransportError} when there is no connection to be had (phase `connect`), or it can't be secured (`tls`).
 * @throws {DeadlineError} when either took too long.
 */
export async function connectTls(options: ConnectTlsOptions): Promise<Connection> {
  const { caCerts = [], serverName = options.hostname, verifyName = true } = options;
  const { timeout = defaultTimeout, signal } = options;
  const what = `secure the connection to ${endpointText(options)}`;
  const plain = await connect(options);
  options.onConnect?.();
  const socket = await Deno.startTls(plain, {
    hostname: serverName,
    caCerts: [...caCerts],
    unsafelyDisableHostnameVerification: !verifyName,
  }).catch(failTo(what, "tls"));
  await handshake(socket, what, { timeout, signal });
  return connectionOf(socket, "tls");
}

async function connect(options: ConnectOptions): Promise<Deno.TcpConn> {
  const { hostname, port, timeout = defaultTimeout, signal } = options;
  const socket = await withDeadline(
    { phase: "connect", timeout, signal },
    (signal) =>
      Deno.connect({ hostname, port, signal }).catch(failTo(`connect to ${endpointText(options)}`, "connect")),
  );
  socket.setNoDelay(true);
  return socket;
}

/** Completes the handshake, or closes the socket. */
async function handshake(socket: Deno.TlsConn, what: string, deadline: Omit<Deadline, "phase">): Promise<void> {
  try {
    await withDeadline({ phase: "tls", ...deadline }, (ending) => {
      ending.addEventListener("abort", () => close(socket));
      return socket.handshake().catch(failTo(what, "tls"));
    });
  } catch (error) {
    close(socket);
    throw error;
  }
}

/** Closes a socket that may be closed already. */
function close(socket: Deno.Conn): void {
  try {
    socket.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}

function listening<Opened>({ hostname = anyInterface, port }: ListenOptions, open: () => Opened): Opened {
  try {
    return open();
  } catch (cause) {
    const ofSystem = cause instanceof Error && "code" in cause && cause.code !== undefined;
    throw transportError(`listen on ${endpointText({ hostname, port })}`, ofSystem ? "connect" : "tls", cause);
  }
}

/** Accepts for as long as the listener is open, and never waits for `prepare`. */
function accepting<Socket extends Deno.TcpConn | Deno.TlsConn>(
  listener: Deno.Listener<Socket, Deno.NetAddr>,
  options: ListenOptions,
  prepare: (socket: Socket, closing: AbortSignal) => Promise<Connection>,
): Listener {
  const addr = endpointOf(listener.addr.hostname, listener.addr.port);
  const queue = new ConnectionQueue();
  const closing = new AbortController();
  const preparing = new Set<Promise<void>>();

  const hand = async (socket: Socket) => {
    try {
      queue.push(await prepare(socket, closing.signal));
    } catch (error) {
      close(socket);
      if (!closing.signal.aborted) report(options, error as Error);
    }
  };
  const loop = async () => {
    while (!closing.signal.aborted) {
      await queue.room();
      try {
        const handing = hand(await listener.accept()).finally(() => preparing.delete(handing));
        preparing.add(handing);
      } catch (cause) {
        if (closing.signal.aborted) break;
        report(options, transportError(`accept a connection on ${endpointText(addr)}`, "connect", cause));
        await pause(acceptPause, closing.signal);
      }
    }
    await Promise.all(preparing);
  };
  const ended = loop();
  return listenerOf(addr, queue, () => {
    closing.abort();
    listener.close();
    return ended;
  });
}

/** Waits, or until the signal is aborted. */
function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal.addEventListener("abort", end);
  });
}
