/**
 * TCP and TLS on Deno.
 *
 * @module
 */

import type { Connection } from "../upper_layer/connection.ts";
import { type Deadline, withDeadline } from "./deadline.ts";
import { Acceptor, close, listening } from "./deno_acceptor.ts";
import { connectionOf } from "./deno_connection.ts";
import { endpointOf, endpointText } from "./endpoint.ts";
import { failTo } from "./failure.ts";
import {
  anyInterface,
  type ConnectOptions,
  type ConnectTlsOptions,
  counted,
  defaultTimeout,
  type EnterOptions,
  type Listener,
  type ListenOptions,
  type ListenTlsOptions,
  type ProxyOptions,
  type TlsIdentity,
  type TlsListener,
  type TlsProfile,
  type TlsServerSettings,
} from "./listener.ts";
import { behindProxy } from "./proxy_protocol.ts";

export type { Connection, Endpoint, TlsInfo } from "../upper_layer/connection.ts";
export type {
  ConnectOptions,
  ConnectTlsOptions,
  EnterOptions,
  Listener,
  ListenOptions,
  ListenTlsOptions,
  ProxyOptions,
};
export type { TlsIdentity, TlsListener, TlsProfile, TlsServerSettings };

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
  return new Acceptor(listener, options, (socket, signal) => behindProxy(plainConnectionOf(socket), options, signal))
    .listener;
}

function plainConnectionOf(socket: Deno.TcpConn): Connection {
  socket.setNoDelay(true);
  return connectionOf(socket, "tcp");
}

/**
 * Listens for TLS 1.2 and 1.3; resolves when the port is open. Handshakes run side by side, each with its own deadline; a
 * connection is given out when its handshake is done.
 *
 * With client certificates, `isProxy` or the profile `bcp195-extended`, it is `node:tls` that secures connections, which is
 * imported then. Otherwise it is Deno itself: faster, but Nagle's algorithm is on, so that a message is best written in one piece;
 * the socket of a handshake that was given up stays with the system until the peer closes it; and while its certificate is
 * replaced, the port is closed for some milliseconds.
 *
 * @throws {TransportError} when the port can't be had, or the certificate, its key or the authorities can't be used.
 */
export async function listenTls(options: ListenTlsOptions): Promise<TlsListener> {
  const { checkSettings } = await import("./node_tls_settings.ts");
  const { hostname = anyInterface, port, clientCa, profile = "bcp195" } = options;
  const what = `listen on ${endpointText({ hostname, port })}`;
  checkSettings(options, what);
  const { listener, replace } = clientCa === undefined && profile === "bcp195" && options.isProxy === undefined
    ? listenByDeno(options)
    : await listenByNode(options);
  return {
    ...listener,
    replace: async (identity) => {
      checkSettings({ ...options, ...identity }, what, options);
      await replace(identity);
    },
  };
}

/** A listener for TLS, and what changes its identity to one that was checked. */
interface Replaceable {
  readonly listener: Listener;
  replace(identity: TlsIdentity): void | Promise<void>;
}

function listenByDeno(options: ListenTlsOptions): Replaceable {
  const { hostname = anyInterface, port, handshakeTimeout = defaultTimeout } = options;
  const open = ({ cert, key }: TlsIdentity, port: number) => Deno.listenTls({ hostname, port, cert, key });
  let current: TlsIdentity = options;
  const acceptor = new Acceptor(listening(options, () => open(options, port)), options, async (socket, signal) => {
    const remote = endpointOf(socket.remoteAddr.hostname, socket.remoteAddr.port);
    const what = `secure the connection from ${endpointText(remote)}`;
    return await counted(options, remote.hostname, async () => {
      await handshake(socket, what, { timeout: handshakeTimeout, signal });
      return connectionOf(socket, "tls");
    });
  });
  const { listener } = acceptor;
  return {
    listener,
    async replace(identity) {
      const { port } = listener.addr;
      await acceptor.reopen(() => open(identity, port), () => open(current, port));
      current = identity;
    },
  };
}

async function listenByNode(options: ListenTlsOptions): Promise<Replaceable> {
  const { secureAsServer } = await import("./node_tls.ts");
  const { hostname = anyInterface, port } = options;
  let secure = secureAsServer(options);
  const listener = listening(options, () => Deno.listen({ hostname, port }));
  const prepare = async (socket: Deno.TcpConn, signal: AbortSignal) => {
    const plain = await behindProxy(plainConnectionOf(socket), options, signal);
    return await counted(options, plain.remote?.hostname, () => secure(plain, signal));
  };
  return {
    listener: new Acceptor(listener, options, prepare).listener,
    replace(identity) {
      secure = secureAsServer({ ...options, ...identity });
    },
  };
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
  if (options.cert !== undefined) {
    const { secureAsClient } = await import("./node_tls.ts");
    return await secureAsClient(connectionOf(plain, "tcp"), options);
  }
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
