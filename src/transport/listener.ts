/**
 * What every runtime's listener has in common.
 *
 * @module
 */

import type { Connection, Endpoint } from "../upper_layer/connection.ts";

/** Milliseconds that connecting, and a TLS handshake, may take when the caller names no other deadline. */
export const defaultTimeout = 10_000;

/** Every IPv4 interface. */
export const anyInterface = "0.0.0.0";

/** Which connections come by a load balancer. */
export interface ProxyOptions {
  /**
   * Whether an address belongs to a load balancer, for example `inNetworks(["10.0.0.5"])`. Its connections begin with a
   * header of the PROXY protocol, version 1 or 2, before TLS: without one the listener closes the connection; with one
   * `remote` is the client of the load balancer. The listener reads no headers from other addresses. Default: none.
   */
  readonly isProxy?: (address: string) => boolean;
  /** Milliseconds that the header may take; default 5,000. */
  readonly proxyTimeout?: number;
}

/**
 * Counts connections that the listener has not handed out yet, and gets notice of those that it never will. A gateway
 * is one, and so is an SCP.
 */
export interface Gatekeeper {
  /**
   * Called for each connection that owes a header of the PROXY protocol or a TLS handshake, with the address of the
   * client (undefined until a load balancer has named it). The listener calls the returned function when the connection
   * is ready or given up. An error closes the connection.
   */
  enter(address: string | undefined): () => void;
  /** Called for each connection that the listener could not accept or secure, or that `enter` refused. */
  refused?(error: Error): void;
}

/** Counts connections. */
export interface GatekeeperOptions {
  /** Such as the gateway, or the SCP, that takes the connections. Default: any number may wait. */
  readonly gatekeeper?: Gatekeeper;
}

/** Where to listen. */
export interface ListenOptions extends ProxyOptions, GatekeeperOptions {
  /** Default `0.0.0.0`, every IPv4 interface; `::` is every interface. */
  readonly hostname?: string;
  /** 0 lets the system choose; see {@linkcode Listener.addr}. */
  readonly port: number;
  /**
   * Called for each connection that the listener could not accept or secure, with a TransportError, whose cause may be
   * a DeadlineError.
   */
  readonly onError?: (error: Error) => void;
}

/** Identity of a TLS server, and the authorities that it trusts; both can change while it listens. */
export interface TlsIdentity {
  /** Certificate chain in PEM, the server's own certificate first. */
  readonly cert: string;
  /** Its private key in PEM, without a passphrase. */
  readonly key: string;
  /**
   * Authorities in PEM whose client certificates are trusted. With them clients are asked for a certificate. One that isn't
   * an authority's (`CA:FALSE`) is trusted itself, and none that it has issued.
   */
  readonly clientCa?: string;
}

/**
 * What a TLS server negotiates. Both are TLS 1.2 and later with authenticated encryption and forward secrecy only.
 *
 * - `bcp195`: BCP 195 (PS3.15 B.12), the non-downgrading one.
 * - `bcp195-extended`: TLS 1.2 with AES-GCM alone, as PS3.15 B.11 had it. Deno has none of its DHE suites: what is allowed
 *   is held to there as well, by closing connections that chose something else.
 */
export type TlsProfile = "bcp195" | "bcp195-extended";

/** How a TLS server secures connections. */
export interface TlsServerSettings extends TlsIdentity {
  /** Whether clients need a certificate; one that is shown must be valid in any case. Default `required`. */
  readonly clientCertificates?: "required" | "optional";
  /** Default `bcp195`. */
  readonly profile?: TlsProfile;
  /** Milliseconds that a peer has for its handshake; default 10,000. */
  readonly handshakeTimeout?: number;
}

/** Where to listen, and with which certificate. */
export interface ListenTlsOptions extends ListenOptions, TlsServerSettings {}

/** Where to connect to. */
export interface ConnectOptions {
  /** Host name or IP address, without brackets. */
  readonly hostname: string;
  /** 1 to 65535. */
  readonly port: number;
  /** Gives up. Has no effect on a connection that was made. */
  readonly signal?: AbortSignal;
  /** Milliseconds for connecting, and once more for the TLS handshake; default 10,000. */
  readonly timeout?: number;
}

/** Where to connect, and which authorities to trust. */
export interface ConnectTlsOptions extends ConnectOptions {
  /** Authorities in PEM that are trusted besides the runtime's own. */
  readonly caCerts?: readonly string[];
  /** Certificate chain in PEM to show to a peer that asks for one; `key` comes with it. Default none. */
  readonly cert?: string;
  /** Private key in PEM of that certificate, without a passphrase. */
  readonly key?: string;
  /** Called when the connection is open and its handshake begins. */
  readonly onConnect?: () => void;
  /** The name that the peer's certificate must carry, and that is asked for (SNI); default `hostname`. */
  readonly serverName?: string;
  /** Default true. With false any name will do, as long as a trusted authority signed the certificate. */
  readonly verifyName?: boolean;
}

/**
 * An open port. Iterating it gives connections, secured already where it is a TLS port; leaving the loop closes it.
 * Connections that were handed out live on when it is closed; all others end with it.
 */
export interface Listener extends AsyncIterable<Connection>, AsyncDisposable {
  /** The address that it is bound to, with the port that the system chose. */
  readonly addr: Endpoint;
  /** Ends the iteration. Resolves when nothing is left of the listener, handshakes in progress included. */
  close(): Promise<void>;
}

/** An open port for TLS, whose certificate can be changed. */
export interface TlsListener extends Listener {
  /**
   * Secures new connections with another certificate from now on; open ones stay as they are. Throws TransportError, and
   * leaves everything as it was, when the certificate, its key or the authorities can't be used.
   */
  replace(identity: TlsIdentity): Promise<void>;
}

/**
 * Thrown by the code that prepares a connection, if the connection ended before its first byte: a health check. That is no
 * failure, and is not reported.
 */
export class NobodyThere extends Error {}

/** Prepares a connection, which is counted meanwhile. */
export async function counted(
  { gatekeeper }: GatekeeperOptions,
  address: string | undefined,
  prepare: () => Promise<Connection>,
): Promise<Connection> {
  const leave = gatekeeper?.enter(address);
  try {
    return await prepare();
  } finally {
    leave?.();
  }
}

/** Connections that wait to be taken, in the order in which they became ready. */
export class ConnectionQueue {
  readonly #ready: Connection[] = [];
  readonly #takers: ((result: IteratorResult<Connection, undefined>) => void)[] = [];
  #emptied = () => {};
  #closed = false;

  /** Resolves when nothing waits to be taken: more may be accepted. For one caller at a time. */
  room(): Promise<void> {
    if (this.#ready.length === 0) return Promise.resolve();
    return new Promise((resolve) => this.#emptied = resolve);
  }

  /** Hands a connection to whom has waited longest; one that comes after the end is dropped. */
  push(connection: Connection): void {
    if (this.#closed) return drop(connection);
    const taker = this.#takers.shift();
    if (taker !== undefined) return taker({ value: connection, done: false });
    this.#ready.push(connection);
  }

  /** The next connection, when there is one. */
  next(): Promise<IteratorResult<Connection, undefined>> {
    const connection = this.#ready.shift();
    if (this.#ready.length === 0) this.#emptied();
    if (connection !== undefined) return Promise.resolve({ value: connection, done: false });
    if (this.#closed) return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve) => this.#takers.push(resolve));
  }

  /** Ends the queue, and drops the connections that were not taken. */
  close(): void {
    this.#closed = true;
    this.#ready.splice(0).forEach(drop);
    this.#takers.splice(0).forEach((taker) => taker({ value: undefined, done: true }));
    this.#emptied();
  }
}

/** Gives a connection's resources back. */
function drop(connection: Connection): void {
  connection.readable.cancel().catch(() => {});
  connection.writable.abort().catch(() => {});
}

/** A listener that gives the connections of a queue until `stop` was called, which ends what fills the queue. */
export function listenerOf(addr: Endpoint, queue: ConnectionQueue, stop: () => Promise<void>): Listener {
  let stopped: Promise<void> | undefined;
  const close = () => {
    queue.close();
    return stopped ??= stop();
  };
  return {
    addr,
    close,
    [Symbol.asyncDispose]: close,
    [Symbol.asyncIterator]: () => ({
      next: () => queue.next(),
      return: async () => {
        await close();
        return { value: undefined, done: true };
      },
    }),
  };
}

/** Tells the gatekeeper and the observer, which can do no harm by throwing, of a failure. */
export function report(options: ListenOptions, error: Error): void {
  if (error instanceof NobodyThere) return;
  for (const tell of [options.gatekeeper?.refused, options.onError]) {
    try {
      tell?.call(options.gatekeeper, error);
    } catch {
      // An observer never ends a listener.
    }
  }
}
