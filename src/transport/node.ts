/**
 * TCP and TLS on Node 20 and later, and on runtimes that offer its API.
 *
 * @module
 */

import { once } from "node:events";
import { type AddressInfo, connect as openSocket, createServer, isIP, type Server, type Socket } from "node:net";
import type { Server as TlsServer, TlsOptions, TLSSocket } from "node:tls";
import type { Connection, Endpoint } from "../upper_layer/connection.ts";
import { type Deadline, withDeadline } from "./deadline.ts";
import { endpointOf, endpointText } from "./endpoint.ts";
import { failTo, failToEnd, transportError } from "./failure.ts";
import {
  anyInterface,
  ConnectionQueue,
  type ConnectOptions,
  type ConnectTlsOptions,
  counted,
  defaultTimeout,
  type Gatekeeper,
  type GatekeeperOptions,
  type Listener,
  listenerOf,
  type ListenOptions,
  type ListenTlsOptions,
  NobodyThere,
  type ProxyOptions,
  report,
  type TlsIdentity,
  type TlsListener,
  type TlsProfile,
  type TlsServerSettings,
} from "./listener.ts";
import { connectionOf } from "./node_connection.ts";
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
 */
export function listenTcp(options: ListenOptions): Promise<Listener> {
  return listenPrepared(options, (connection, signal) => behindProxy(connection, options, signal));
}

/**
 * Listens for TLS 1.2 and 1.3; resolves when the port is open. Handshakes run side by side, each with its own
 * deadline; a connection is given out when its handshake is done.
 *
 * @throws {TransportError} when the port can't be had, or the certificate, its key or the authorities can't be used.
 */
export async function listenTls(options: ListenTlsOptions): Promise<TlsListener> {
  const { checkSettings, serverOptions, verifyPeer } = await import("./node_tls_settings.ts");
  const what = `listen on ${localText(options)}`;
  checkSettings(options, what);
  if (options.isProxy !== undefined) return await listenTlsBehindProxy(options);
  const server = await tlsServer(serverOptions(options), options);
  const handshakes = new Handshakes(server);
  const { handshakeTimeout: timeout = defaultTimeout } = options;
  const listener = await listenOn(server, options, (socket, signal) => {
    const what = `secure the connection from ${remoteText(socket)}`;
    return counted(options, endpointOf(socket.remoteAddress ?? "", 0).hostname, async () => {
      const secured = await withDeadline({ phase: "tls", timeout, signal }, (ending) => {
        ending.addEventListener("abort", () => socket.destroy());
        return handshakes.of(socket).catch((error) => {
          throw socket.bytesRead === 0 && hasHungUp(error) ? new NobodyThere() : transportError(what, "tls", error);
        });
      }).catch(failToEnd(what));
      try {
        return connectionOf(secured, "tls", await verifyPeer(secured, options, what));
      } catch (error) {
        secured.destroy();
        throw error;
      }
    });
  });
  return {
    ...listener,
    // deno-lint-ignore require-await
    replace: async (identity) => {
      const settings = { ...options, ...identity };
      checkSettings(settings, what, options);
      server.setSecureContext(serverOptions(settings));
    },
  };
}

/** The header comes before the handshake, so each connection is secured by itself. */
async function listenTlsBehindProxy(options: ListenTlsOptions): Promise<TlsListener> {
  const { checkSettings } = await import("./node_tls_settings.ts");
  const { secureAsServer } = await import("./node_tls.ts");
  let secure = secureAsServer(options);
  const listener = await listenPrepared(
    options,
    async (connection, signal) => {
      const plain = await behindProxy(connection, options, signal);
      return await counted(options, plain.remote?.hostname, () => secure(plain, signal));
    },
  );
  return {
    ...listener,
    // deno-lint-ignore require-await
    replace: async (identity) => {
      const settings = { ...options, ...identity };
      checkSettings(settings, `listen on ${localText(options)}`, options);
      secure = secureAsServer(settings);
    },
  };
}

/** Listens for plain TCP; gives each connection when it is prepared, which waits for no other. */
function listenPrepared(
  options: ListenOptions,
  prepare: (connection: Connection, closing: AbortSignal) => Promise<Connection>,
): Promise<Listener> {
  const server = createServer({ noDelay: true });
  return listenOn(server, options, (socket, closing) => prepare(connectionOf(socket, "tcp"), closing));
}

/** Opens the port of a server, and gives each connection when it is prepared. */
async function listenOn(
  server: Server,
  options: ListenOptions,
  prepare: (socket: Socket, closing: AbortSignal) => Promise<Connection>,
): Promise<Listener> {
  const queue = new ConnectionQueue();
  const closing = new AbortController();
  server.on("connection", async (socket) => {
    try {
      queue.push(await prepare(socket, closing.signal));
    } catch (error) {
      socket.destroy();
      if (!closing.signal.aborted) report(options, error as Error);
    }
  });
  const addr = await listening(server, options);
  return listenerOf(addr, queue, () => {
    closing.abort();
    return stop(server);
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
  const { caCerts, cert, key, serverName = options.hostname, verifyName = true } = options;
  const { timeout = defaultTimeout, signal } = options;
  const what = `secure the connection to ${endpointText(options)}`;
  const tls = await import("node:tls");
  if (cert !== undefined) (await import("./node_tls_settings.ts")).checkIdentity({ cert, key: key ?? "" }, what);
  const plain = await connect(options);
  options.onConnect?.();
  const socket = tls.connect({
    socket: plain,
    host: serverName,
    servername: isIP(serverName) ? "" : serverName,
    ...(caCerts === undefined ? {} : { ca: [...tls.rootCertificates, ...caCerts] }),
    ...(verifyName ? {} : { checkServerIdentity: () => undefined }),
    ...(cert !== undefined && key !== undefined && { cert, key }),
  });
  await ready(socket, "secureConnect", what, { phase: "tls", timeout, signal });
  return connectionOf(socket, "tls");
}

async function connect(options: ConnectOptions): Promise<Socket> {
  const { hostname: host, port, timeout = defaultTimeout, signal } = options;
  const socket = openSocket({ host, port, noDelay: true });
  await ready(socket, "connect", `connect to ${endpointText(options)}`, { phase: "connect", timeout, signal });
  return socket;
}

/** Waits for the event that makes a socket usable, or destroys the socket. */
async function ready(
  socket: Socket,
  event: "connect" | "secureConnect",
  what: string,
  deadline: Deadline & { phase: "connect" | "tls" },
): Promise<void> {
  socket.on("error", ignore);
  try {
    await withDeadline(deadline, (signal) => once(socket, event, { signal }).catch(failTo(what, deadline.phase)));
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/** As Node says it. */
const HUNG_UP = "socket hang up";

/** Ignores errors of a socket whose end was reported elsewhere; without a listener, Node ends the process. */
function ignore(): void {}

async function tlsServer(secureOptions: TlsOptions, options: ListenTlsOptions): Promise<TlsServer> {
  const { handshakeTimeout = defaultTimeout } = options;
  const tls = await import("node:tls");
  try {
    // The deadline is ours; this one is only there because there has to be one.
    return tls.createServer({ ...secureOptions, handshakeTimeout: handshakeTimeout + 60_000, noDelay: true });
  } catch (cause) {
    throw transportError(`listen on ${localText(options)}`, "tls", cause);
  }
}

function hasHungUp(error: Error): boolean {
  return error.message === HUNG_UP || ("code" in error && error.code === "ECONNRESET");
}

/** What a TLS server tells of its handshakes, by the addresses of their peers: it doesn't tell by their plain sockets. */
class Handshakes {
  readonly #waiting = new Map<string, { resolve(secured: TLSSocket): void; reject(error: Error): void }>();

  constructor(server: TlsServer) {
    server.on("secureConnection", (secured) => {
      secured.on("error", ignore);
      const waiting = this.#waiting.get(remoteText(secured));
      if (waiting === undefined) secured.destroy();
      else waiting.resolve(secured);
    });
    server.on("tlsClientError", (error, secured) => {
      secured.destroy();
      this.#waiting.get(remoteText(secured))?.reject(error);
    });
  }

  /** The end of a connection's handshake. Rejects when there will be none. */
  async of(socket: Socket): Promise<TLSSocket> {
    const remote = remoteText(socket);
    try {
      return await new Promise<TLSSocket>((resolve, reject) => {
        this.#waiting.set(remote, { resolve, reject });
        socket.on("close", () => reject(new Error(HUNG_UP)));
      });
    } finally {
      this.#waiting.delete(remote);
    }
  }
}

/** A peer that has gone already has no address any more. */
function remoteText({ remoteAddress, remotePort }: Socket): string {
  if (remoteAddress === undefined || remotePort === undefined) return "a peer that has gone";
  return endpointText(endpointOf(remoteAddress, remotePort));
}

function localText({ hostname = anyInterface, port }: ListenOptions): string {
  return endpointText({ hostname, port });
}

async function listening(server: Server, options: ListenOptions): Promise<Endpoint> {
  const { hostname: host = anyInterface, port } = options;
  const opened = once(server.listen({ host, port }), "listening");
  await opened.catch(failTo(`listen on ${localText(options)}`, "connect"));
  const bound = server.address() as AddressInfo;
  const addr = endpointOf(bound.address, bound.port);
  const what = `accept a connection on ${endpointText(addr)}`;
  server.on("error", (cause) => report(options, transportError(what, "connect", cause)));
  return addr;
}

/** Accepts no more. What was accepted is not waited for. */
function stop(server: Server): Promise<void> {
  server.close();
  return Promise.resolve();
}
