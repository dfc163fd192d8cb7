/**
 * TCP and TLS on Node 20 and later, and on runtimes that offer its API.
 *
 * @module
 */

import { once } from "node:events";
import { type AddressInfo, connect as openSocket, createServer, isIP, type Server, type Socket } from "node:net";
import type { Server as TlsServer } from "node:tls";
import { DeadlineError } from "../errors.ts";
import type { Connection, Endpoint } from "../upper_layer/connection.ts";
import { type Deadline, withDeadline } from "./deadline.ts";
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
import { connectionOf } from "./node_connection.ts";

export type { Connection, Endpoint, TlsInfo } from "../upper_layer/connection.ts";
export type { ConnectOptions, ConnectTlsOptions, Listener, ListenOptions, ListenTlsOptions };

/**
 * Listens for plain TCP; resolves when the port is open.
 *
 * @throws {TransportError} when the port can't be had.
 */
export async function listenTcp(options: ListenOptions): Promise<Listener> {
  const queue = new ConnectionQueue();
  const server = createServer({ noDelay: true });
  server.on("connection", (socket) => queue.push(connectionOf(socket, "tcp")));
  const addr = await listening(server, options);
  return listenerOf(addr, queue, () => stop(server));
}

/**
 * Listens for TLS 1.2 and 1.3; resolves when the port is open. Handshakes run side by side, each with its own
 * deadline; a connection is given out when its handshake is done.
 *
 * @throws {TransportError} when the port can't be had, or the certificate and its key can't be used.
 */
export async function listenTls(options: ListenTlsOptions): Promise<Listener> {
  const queue = new ConnectionQueue();
  const server = await tlsServer(options);
  const securing = new Map<string, Socket>();
  server.on("connection", (socket: Socket) => {
    const remote = remoteText(socket);
    securing.set(remote, socket);
    socket.on("close", () => securing.delete(remote));
  });
  server.on("secureConnection", (socket) => {
    securing.delete(remoteText(socket));
    queue.push(connectionOf(socket, "tls"));
  });
  const addr = await listening(server, options);
  return listenerOf(addr, queue, () => {
    for (const socket of securing.values()) socket.destroy();
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
  const { caCerts, serverName = options.hostname, verifyName = true } = options;
  const { timeout = defaultTimeout, signal } = options;
  const tls = await import("node:tls");
  const plain = await connect(options);
  options.onConnect?.();
  const socket = tls.connect({
    socket: plain,
    host: serverName,
    servername: isIP(serverName) ? "" : serverName,
    ...(caCerts === undefined ? {} : { ca: [...tls.rootCertificates, ...caCerts] }),
    ...(verifyName ? {} : { checkServerIdentity: () => undefined }),
  });
  const what = `secure the connection to ${endpointText(options)}`;
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

/** What a socket says after its end was told elsewhere; Node ends the process when nobody listens. */
function ignore(): void {}

async function tlsServer(options: ListenTlsOptions): Promise<TlsServer> {
  const { cert, key, handshakeTimeout = defaultTimeout } = options;
  const tls = await import("node:tls");
  try {
    const server = tls.createServer({ cert, key, handshakeTimeout, noDelay: true });
    server.on("tlsClientError", (cause, socket) => {
      const error = isTimeout(cause)
        ? new DeadlineError("tls", handshakeTimeout)
        : transportError(`secure the connection from ${remoteText(socket)}`, "tls", cause);
      socket.destroy();
      if (server.listening) report(options, error);
    });
    return server;
  } catch (cause) {
    throw transportError(`listen on ${localText(options)}`, "tls", cause);
  }
}

function isTimeout(error: Error): boolean {
  return "code" in error && error.code === "ERR_TLS_HANDSHAKE_TIMEOUT";
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
