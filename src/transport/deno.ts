/**
 * TCP and TLS on Deno.
 *
 * @module
 */

import { TransportError } from "../errors.ts";
import type { Connection } from "../upper_layer/connection.ts";
import { type Deadline, withDeadline } from "./deadline.ts";
import { Acceptor, close, listening } from "./deno_acceptor.ts";
import { connectionOf } from "./deno_connection.ts";
import { endpointOf, endpointText } from "./endpoint.ts";
import { failTo, failToEnd, transportError } from "./failure.ts";
import {
  anyInterface,
  type ConnectOptions,
  type ConnectTlsOptions,
  counted,
  defaultTimeout,
  type Gatekeeper,
  type GatekeeperOptions,
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
  Gatekeeper,
  GatekeeperOptions,
  Listener,
  ListenOptions,
  ListenTlsOptions,
  ProxyOptions,
};
export type { TlsIdentity, TlsListener, TlsProfile, TlsServerSettings };

/**
 * Listens for plain TCP; resolves when the port is open.
 *
 * @throws {TransportError} when the port can't be had.
 * @example
 * ```ts
 * import { createScp, verification } from "@gantry/dicom";
 *
 * const scp = createScp({ services: [verification()] });
 * for await (const connection of await listenTcp({ port: 11112 })) scp.accept(connection);
 * ```
 */
// deno-lint-ignore require-await -- one signature on every runtime
export async function listenTcp(options: ListenOptions): Promise<Listener> {
  const { hostname = anyInterface, port } = options;
  const listener = listening(options, () => Deno.listen({ hostname, port }));
  return new Acceptor(listener, options, (socket, signal) => behindProxy(plainConnectionOf(socket), options, signal))
    .listener;
}

function plainConnectionOf(socket: Deno.TcpConn): Connection {
  socket.setNoDelay(true);
  return connectionOf(socket, "tcp");
}

/** Where to listen on Deno, and with which certificate. */
export interface DenoListenTlsOptions extends ListenTlsOptions {
  /**
   * Whether Deno's own TLS secures connections. It is faster and uses less memory, but cannot disconnect a client that
   * never completes its handshake: the socket stays open until the client closes it. Use it only in networks without
   * hostile clients; not with `clientCa`, `isProxy` or the profile `bcp195-extended`. Default false.
   */
  readonly native?: boolean;
}

/**
 * Listens for TLS 1.2 and 1.3; resolves when the port is open. Handshakes run side by side, each with its own deadline, after
 * which the client is disconnected; a connection is yielded when its handshake is complete.
 *
 * It is `node:tls` that secures connections, which is imported then. With `native` it is Deno itself: Nagle's algorithm is
 * on then, so that a message is best written in one piece, and while the certificate is replaced, the port is closed for
 * some milliseconds.
 *
 * @throws {TransportError} when the port can't be had, the certificate, its key or the authorities can't be used, or
 * `native` can't do what the options ask for.
 */
export async function listenTls(options: DenoListenTlsOptions): Promise<TlsListener> {
  const { checkSettings } = await import("./node_tls_settings.ts");
  const { hostname = anyInterface, port, native = false } = options;
  const what = `listen on ${endpointText({ hostname, port })}`;
  checkSettings(options, what);
  if (native) checkNative(options, what);
  const { listener, replace } = native ? listenNatively(options) : await listenByNode(options);
  return {
    ...listener,
    replace: async (identity) => {
      checkSettings({ ...options, ...identity }, what, options);
      await replace(identity);
    },
  };
}

/** Throws TransportError, "Cannot `what`", for what Deno's own TLS can't do. */
function checkNative({ clientCa, isProxy, profile }: ListenTlsOptions, what: string): void {
  const wanted = clientCa !== undefined
    ? "ask for client certificates (clientCa)"
    : isProxy !== undefined
    ? "come behind a load balancer's header (isProxy)"
    : profile === "bcp195-extended"
    ? "hold to the profile bcp195-extended"
    : undefined;
  if (wanted === undefined) return;
  throw new TransportError(`Cannot ${what}: Deno's own TLS (native) can't ${wanted}`, { phase: "tls" });
}

/** A listener for TLS, and what changes its identity to one that was checked. */
interface Replaceable {
  readonly listener: Listener;
  replace(identity: TlsIdentity): void | Promise<void>;
}

function listenNatively(options: ListenTlsOptions): Replaceable {
  const { hostname = anyInterface, port, handshakeTimeout: timeout = defaultTimeout } = options;
  const open = ({ cert, key }: TlsIdentity, port: number) => Deno.listenTls({ hostname, port, cert, key });
  let current: TlsIdentity = options;
  const acceptor = new Acceptor(listening(options, () => open(options, port)), options, async (socket, signal) => {
    const remote = endpointOf(socket.remoteAddr.hostname, socket.remoteAddr.port);
    const what = `secure the connection from ${endpointText(remote)}`;
    return await counted(
      options,
      remote.hostname,
      () => handshake(socket, what, { timeout, signal }).catch(failToEnd(what)),
    );
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
  return plainConnectionOf(await connect(options));
}

/**
 * Connects by TLS 1.2 or 1.3; resolves when the handshake is done.
 *
 * It is Deno itself that secures the connection, and with a client certificate `node:tls`, which is imported then. Deno
 * can't end a handshake: of a peer that takes the connection and never ends its handshake, each call leaves a socket with
 * the system until the peer closes it, or the system finds it gone.
 *
 * @throws {TransportError} when there is no connection to be had (phase `connect`), or it can't be secured (`tls`).
 * @throws {DeadlineError} when either took too long.
 */
export async function connectTls(options: ConnectTlsOptions): Promise<Connection> {
  const { caCerts = [], serverName = options.hostname, verifyName = true } = options;
  const { timeout = defaultTimeout, signal } = options;
  const plain = await connect(options);
  options.onConnect?.();
  if (options.cert !== undefined) {
    const { secureAsClient } = await import("./node_tls.ts");
    return await secureAsClient(plainConnectionOf(plain), options);
  }
  plain.setNoDelay(true);
  plain.setKeepAlive(true);
  const what = `secure the connection to ${endpointText(options)}`;
  const socket = await Deno.startTls(plain, {
    hostname: serverName,
    caCerts: [...caCerts],
    unsafelyDisableHostnameVerification: !verifyName,
  }).catch((cause) => {
    close(plain);
    throw transportError(what, "tls", cause);
  });
  return await handshake(socket, what, { timeout, signal });
}

async function connect({ hostname, port, timeout = defaultTimeout, signal }: ConnectOptions): Promise<Deno.TcpConn> {
  return await withDeadline(
    { phase: "connect", timeout, signal },
    (signal) =>
      Deno.connect({ hostname, port, signal })
        .catch(failTo(`connect to ${endpointText({ hostname, port })}`, "connect")),
  );
}

/** Completes the handshake, or closes the socket. */
async function handshake(
  socket: Deno.TlsConn,
  what: string,
  deadline: Omit<Deadline, "phase">,
): Promise<Connection> {
  try {
    return await withDeadline({ phase: "tls", ...deadline }, async (ending) => {
      ending.addEventListener("abort", () => close(socket));
      await socket.handshake().catch(failTo(what, "tls"));
      return connectionOf(socket, "tls");
    });
  } catch (error) {
    close(socket);
    throw error;
  }
}
