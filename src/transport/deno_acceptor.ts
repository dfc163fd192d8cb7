/**
 * Accepting on Deno: a port that stays open, whatever becomes of single connections.
 *
 * @module
 */

import type { Connection } from "../upper_layer/connection.ts";
import { endpointOf, endpointText } from "./endpoint.ts";
import { transportError } from "./failure.ts";
import { anyInterface, ConnectionQueue, type Listener, listenerOf, type ListenOptions, report } from "./listener.ts";

/** Milliseconds to wait when the system can't accept at present, such as for want of file descriptors: each time longer. */
const shortestPause = 50;
const longestPause = 1000;

/** An open port. */
export type Port<Socket extends Deno.Conn> = Deno.Listener<Socket, Deno.NetAddr>;

/** Accepts for as long as its listener is open, and never waits for `prepare`. */
export class Acceptor<Socket extends Deno.TcpConn | Deno.TlsConn> {
  readonly listener: Listener;
  readonly #options: ListenOptions;
  readonly #prepare: (socket: Socket, closing: AbortSignal) => Promise<Connection>;
  readonly #queue = new ConnectionQueue();
  readonly #closing = new AbortController();
  readonly #preparing = new Set<Promise<void>>();
  /** The open port; undefined when it was closed while it was being opened. */
  #port: Promise<Port<Socket> | undefined>;

  constructor(
    port: Port<Socket>,
    options: ListenOptions,
    prepare: (socket: Socket, closing: AbortSignal) => Promise<Connection>,
  ) {
    this.#options = options;
    this.#prepare = prepare;
    this.#port = Promise.resolve(port);
    const addr = endpointOf(port.addr.hostname, port.addr.port);
    const ended = this.#run(`accept a connection on ${endpointText(addr)}`);
    this.listener = listenerOf(addr, this.#queue, async () => {
      this.#closing.abort();
      (await this.#port)?.close();
      await ended;
    });
  }

  /** Closes the port and opens it in another way; in the old one again when that fails, which it then throws. */
  async reopen(open: () => Port<Socket>, openAgain: () => Port<Socket>): Promise<void> {
    const old = await this.#port;
    let failure: unknown;
    this.#port = this.#patiently(open, (error) => failure = error).then((port) =>
      failure === undefined ? port : this.#patiently(openAgain)
    );
    old?.close();
    await this.#port;
    if (failure !== undefined) throw failure;
  }

  /** Opens a port that its predecessor, or another process, may still have. Other failures end it if `fail` is given. */
  async #patiently(open: () => Port<Socket>, fail?: (error: unknown) => void): Promise<Port<Socket> | undefined> {
    const { signal } = this.#closing;
    for (let wait = 1; !signal.aborted; wait = Math.min(2 * wait, 1000)) {
      await pause(wait, signal);
      try {
        return listening(this.#options, open);
      } catch (error) {
        if (fail !== undefined && !((error as Error).cause instanceof Deno.errors.AddrInUse)) return void fail(error);
        if (wait === 1000) report(this.#options, error as Error);
      }
    }
    return undefined;
  }

  async #run(what: string): Promise<void> {
    const { signal } = this.#closing;
    let wait = shortestPause;
    while (!signal.aborted) {
      await this.#queue.room();
      const port = await this.#port;
      if (port === undefined) break;
      try {
        const handing = this.#hand(await port.accept()).finally(() => this.#preparing.delete(handing));
        this.#preparing.add(handing);
        wait = shortestPause;
      } catch (cause) {
        if (signal.aborted) break;
        if (port !== await this.#port || isGone(cause)) continue;
        report(this.#options, transportError(what, "connect", cause));
        await pause(wait, signal);
        wait = Math.min(2 * wait, longestPause);
      }
    }
    await Promise.all(this.#preparing);
  }

  async #hand(socket: Socket): Promise<void> {
    try {
      this.#queue.push(await this.#prepare(socket, this.#closing.signal));
    } catch (error) {
      close(socket);
      if (!this.#closing.signal.aborted) report(this.#options, error as Error);
    }
  }
}

/** Whether a client connected and reset the connection before it was accepted, as health checks do: nothing failed here. */
function isGone(cause: unknown): boolean {
  return cause instanceof Deno.errors.NotConnected || cause instanceof Deno.errors.ConnectionAborted ||
    cause instanceof Deno.errors.ConnectionReset;
}

/** Says "Cannot listen on", and why: the TLS settings, unless it is the system. */
export function listening<Opened>({ hostname = anyInterface, port }: ListenOptions, open: () => Opened): Opened {
  try {
    return open();
  } catch (cause) {
    const ofSystem = cause instanceof Error && "code" in cause && cause.code !== undefined;
    throw transportError(`listen on ${endpointText({ hostname, port })}`, ofSystem ? "connect" : "tls", cause);
  }
}

/** Closes a socket that may be closed already. */
export function close(socket: Deno.Conn): void {
  try {
    socket.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
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
