/**
 * The HTTP server on Deno: Deno's own, kept open whatever its clients do.
 *
 * @module
 */

import { endpointText } from "../transport/endpoint.ts";
import { transportError } from "../transport/failure.ts";
import type { TlsIdentity } from "../transport/listener.ts";
import type { Endpoint } from "../upper_layer/connection.ts";
import { withinClosingTime } from "./closing_time.ts";
import type { HttpServer, HttpServerOptions } from "./platform.ts";

/** Longest wait in milliseconds before the server tries the port again. */
const LONGEST_PAUSE = 1_000;

/** Deno's HTTP server, with TLS if it has an identity. */
export class DenoHttpServer implements HttpServer {
  readonly addr: Endpoint;
  readonly #options: HttpServerOptions;
  #identity: TlsIdentity | undefined;
  #server: Deno.HttpServer<Deno.NetAddr>;
  #opening: Promise<void> | undefined;
  #closed = false;

  /** Throws TransportError when it cannot listen on the port. */
  constructor(options: HttpServerOptions) {
    this.#options = options;
    this.#identity = options.identity;
    this.#server = this.#open(options);
    const { hostname, port } = this.#server.addr;
    this.addr = { hostname, port };
  }

  async replace(identity: TlsIdentity): Promise<void> {
    this.#identity = identity;
    this.#server.shutdown().catch(() => {}); // It closes the port at once, and resolves when the last request has ended.
    await this.#reopen();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await this.#opening;
    await withinClosingTime(this.#server.shutdown(), this.#options.enough);
  }

  #open(where: Endpoint): Deno.HttpServer<Deno.NetAddr> {
    const { hostname, port } = where;
    const secure = this.#identity === undefined ? {} : { cert: this.#identity.cert, key: this.#identity.key };
    let server: Deno.HttpServer<Deno.NetAddr>;
    try {
      server = Deno.serve(
        { hostname, port, ...secure, onListen: () => {} },
        (request, { remoteAddr }) => this.#options.handler(request, { remoteAddress: remoteAddr.hostname }),
      );
    } catch (cause) {
      throw transportError(`listen on ${endpointText(where)}`, "connect", cause);
    }
    server.finished.catch((cause) => this.#failed(server, cause));
    return server;
  }

  /** Deno's server ends when it cannot accept a connection, for instance without free file descriptors. */
  #failed(server: Deno.HttpServer<Deno.NetAddr>, cause: unknown): void {
    if (server !== this.#server || this.#closed) return;
    const what = `accept HTTP connections on ${endpointText(this.addr)}`;
    this.#options.onError(transportError(what, "connect", cause));
    this.#reopen();
  }

  #reopen(): Promise<void> {
    return this.#opening ??= this.#openPatiently().finally(() => this.#opening = undefined);
  }

  /** Opens the port; its predecessor may still hold it, or no file descriptor may be free yet. */
  async #openPatiently(): Promise<void> {
    for (let wait = 1; !this.#closed; wait = Math.min(2 * wait, LONGEST_PAUSE)) {
      await new Promise((resolve) => setTimeout(resolve, wait));
      try {
        this.#server = this.#open(this.addr);
        return;
      } catch (error) {
        if (wait === LONGEST_PAUSE) this.#options.onError(error as Error);
      }
    }
  }
}
