/**
 * TLS by `node:tls` over any connection: for what a runtime's own TLS can't do, such as hanging up at a deadline, or
 * asking for client certificates.
 *
 * @module
 */

import { isIP } from "node:net";
import tls, { type TLSSocket } from "node:tls";
import { TransportError } from "../errors.ts";
import type { Connection, TlsInfo } from "../upper_layer/connection.ts";
import { withDeadline } from "./deadline.ts";
import { endpointText } from "./endpoint.ts";
import { failToEnd, transportError } from "./failure.ts";
import { type ConnectTlsOptions, defaultTimeout, NobodyThere, type TlsServerSettings } from "./listener.ts";
import { CipherStream } from "./node_cipher_stream.ts";
import { bytesOf, writeTo } from "./node_connection.ts";
import { checkAuthorities, checkIdentity, serverOptions, verifyPeer, verifyServer } from "./node_tls_settings.ts";
import { SocketStreams } from "./socket_streams.ts";

/** Secures a connection that a peer has made. Owns the connection: it is closed when this throws. */
export type SecureConnection = (connection: Connection, signal: AbortSignal) => Promise<Connection>;

/**
 * What secures connections as a server with these settings, which `checkSettings` has found to be right. It throws
 * TransportError for those that can't be secured, and NobodyThere for those that end before they say anything.
 */
export function secureAsServer(settings: TlsServerSettings): SecureConnection {
  const { handshakeTimeout = defaultTimeout } = settings;
  // The deadline is ours; this one is only there because there has to be one.
  const options = { ...serverOptions(settings), handshakeTimeout: handshakeTimeout + 60_000 };
  return (connection, signal) => {
    const what = `secure the connection from ${connection.remote ? endpointText(connection.remote) : "a peer"}`;
    return secure(connection, what, { timeout: handshakeTimeout, signal }, async (cipher) => {
      // A server each, since its events don't tell whose handshake they are about.
      const server = tls.createServer(options);
      const socket = await handshake(cipher, (resolve, reject) => {
        server.on("secureConnection", resolve);
        server.on("tlsClientError", (error, socket) => {
          socket.destroy();
          reject(error);
        });
        server.emit("connection", cipher);
      }).catch((error) => {
        throw cipher.heard ? error : new NobodyThere();
      });
      cipher.wanted = false;
      return [socket, await verifyPeer(socket, settings, what)];
    }).catch(failToEnd(what));
  };
}

/**
 * Secures a connection that this side has made, which it owns.
 *
 * @throws {TransportError} when it can't be.
 * @throws {DeadlineError} when it took too long.
 */
export function secureAsClient(connection: Connection, options: ConnectTlsOptions): Promise<Connection> {
  const { caCerts = [], cert, key, serverName = options.hostname, verifyName = true } = options;
  const { timeout = defaultTimeout, signal } = options;
  const what = `secure the connection to ${endpointText(options)}`;
  return secure(connection, what, { timeout, signal }, async (cipher) => {
    if (cert !== undefined) checkIdentity({ cert, key: key ?? "" }, what);
    for (const authority of caCerts) checkAuthorities(authority, what);
    const secureContext = tls.createSecureContext({
      minVersion: "TLSv1.2",
      ...(cert !== undefined && key !== undefined && { cert, key }),
    });
    // Unlike the option `ca`, this leaves the runtime's own authorities in place.
    for (const authority of caCerts) secureContext.context.addCACert(authority);
    const socket = await handshake(cipher, (resolve, reject) => {
      const socket = tls.connect({
        socket: cipher,
        host: serverName,
        servername: isIP(serverName) ? "" : serverName,
        secureContext,
        // `verifyServer` does both, and knows why it refuses.
        checkServerIdentity: () => undefined,
        rejectUnauthorized: false,
      });
      // Deno asks for the whole chain by itself, where an error would end the process; `verifyServer` asks again.
      Object.assign(socket, { getPeerCertificate: () => ({}) });
      socket.on("error", reject);
      socket.on("secureConnect", () => resolve(socket));
    });
    cipher.wanted = false;
    Reflect.deleteProperty(socket, "getPeerCertificate");
    verifyServer(socket, caCerts, verifyName ? serverName : undefined, what);
    return [socket, {}];
  });
}

async function secure(
  connection: Connection,
  what: string,
  deadline: { readonly timeout: number; readonly signal: AbortSignal | undefined },
  work: (cipher: CipherStream) => Promise<[TLSSocket, TlsInfo]>,
): Promise<Connection> {
  const cipher = new CipherStream(connection);
  try {
    const [socket, info] = await withDeadline({ phase: "tls", ...deadline }, (ending) => {
      ending.addEventListener("abort", () => cipher.destroy());
      return work(cipher).catch((error) => {
        if (error instanceof TransportError || error instanceof NobodyThere) throw error;
        throw transportError(what, "tls", error);
      });
    });
    return connectionOf(socket, cipher, connection, info);
  } catch (error) {
    cipher.destroy();
    throw error;
  }
}

/** Begins a handshake, and waits for its end or that of the connection. */
function handshake(
  cipher: CipherStream,
  begin: (resolve: (socket: TLSSocket) => void, reject: (error: Error) => void) => void,
): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const hungUp = () => reject(new Error("socket hang up"));
    cipher.on("end", hungUp);
    cipher.on("close", hungUp);
    begin((socket) => {
      socket.on("error", () => {}); // Without a listener, Node ends the process.
      resolve(socket);
    }, reject);
  });
}

/** The plain side. Back-pressure is the cipher stream's: the socket itself is never paused. */
function connectionOf(
  socket: TLSSocket,
  cipher: CipherStream,
  { local, remote }: Connection,
  info: TlsInfo,
): Connection {
  const streams = new SocketStreams({
    pull() {
      cipher.wanted = true;
    },
    cancel() {
      // What still comes is dropped, so that the end is noticed.
      cipher.wanted = true;
    },
    async write(chunk, { signal }) {
      await writeTo(socket, chunk, signal);
      await cipher.flushed();
    },
    async close() {
      await new Promise<void>((resolve) => socket.end(() => resolve()));
      await cipher.flushed();
      streams.finish("writing");
    },
    destroy() {
      socket.destroy();
      cipher.destroy();
    },
  });

  socket.on("data", (chunk: Uint8Array) => {
    if (!streams.isRead) return;
    cipher.wanted = false;
    streams.receive(bytesOf(chunk));
  });
  socket.on("end", () => streams.receivedAll());
  socket.on("error", (error) => streams.fail(error));
  cipher.on("close", () => {
    if (streams.isOpen) streams.fail(new Error("Cannot go on: the connection was closed"));
  });

  const { readable, writable } = streams;
  return { readable, writable, transport: "tls", ...(local && { local }), ...(remote && { remote }), tls: info };
}
