/**
 * The HTTP server on Node and Bun: their own, in front of a handler of Web requests.
 *
 * @module
 */

import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import { createServer as createSecureServer, type Server as SecureServer, type ServerOptions } from "node:https";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { TransportError } from "../errors.ts";
import { endpointOf, endpointText } from "../transport/endpoint.ts";
import { failTo, transportError } from "../transport/failure.ts";
import { defaultTimeout, type TlsIdentity } from "../transport/listener.ts";
import { withinClosingTime } from "./closing_time.ts";
import type { HttpServer, HttpServerOptions } from "./platform.ts";

/** A study may take hours to arrive; the reader of the body gives up when no bytes come. */
const LIMITS = { requestTimeout: 0 };

/** Opens the port and serves. Throws TransportError. */
export async function serveHttp(options: HttpServerOptions): Promise<HttpServer> {
  const { hostname, port, identity, onError, enough } = options;
  const answers = new Answers();
  const listener: RequestListener = (incoming, outgoing) => {
    answers.add(outgoing);
    serve(incoming, outgoing, options);
  };
  const server = identity === undefined
    ? createServer(LIMITS, listener)
    : createSecureServer({ ...LIMITS, ...secure(identity) }, listener);
  const opened = once(server.listen({ host: hostname, port }), "listening");
  await opened.catch(failTo(`listen on ${endpointText(options)}`, "connect"));
  const bound = server.address() as AddressInfo;
  const addr = endpointOf(bound.address, bound.port);
  const what = `accept HTTP connections on ${endpointText(addr)}`;
  server.on("error", (cause) => onError(transportError(what, "connect", cause)));
  return {
    addr,
    // deno-lint-ignore require-await
    async replace(identity) {
      if (process.versions.bun === undefined) return (server as SecureServer).setSecureContext(secure(identity));
      const what = `secure HTTP connections on ${endpointText(addr)} by another certificate`;
      throw new TransportError(`Cannot ${what}: Bun requires a restart for this`, { phase: "tls" });
    },
    [Symbol.asyncDispose]: () => close(server, answers, enough),
  };
}

function secure({ cert, key }: TlsIdentity): ServerOptions {
  return { cert, key, minVersion: "TLSv1.2", handshakeTimeout: defaultTimeout };
}

async function close(server: Server, answers: Answers, enough: AbortSignal | undefined): Promise<void> {
  const stop = () => new Promise<void>((resolve) => server.close(() => resolve()));
  // Bun forgets its connections when the port is closed, so there the port is closed last.
  const stopped = process.versions.bun === undefined ? stop() : undefined;
  server.closeIdleConnections();
  await withinClosingTime(answers.ended(), enough);
  server.closeAllConnections();
  await (stopped ?? stop());
}

/** The answers that have not ended yet. */
class Answers {
  readonly #open = new Set<ServerResponse>();
  #onEnd = () => {};

  add(outgoing: ServerResponse): void {
    this.#open.add(outgoing);
    outgoing.once("close", () => {
      this.#open.delete(outgoing);
      if (this.#open.size === 0) this.#onEnd();
    });
  }

  /** Resolves when no answer is open. */
  async ended(): Promise<void> {
    if (this.#open.size > 0) await new Promise<void>((resolve) => this.#onEnd = resolve);
  }
}

async function serve(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  { identity, handler, onError }: HttpServerOptions,
): Promise<void> {
  const gone = new AbortController();
  // `close` tells when a client has left. Node ends the process if no listener takes the error of a late write.
  outgoing.on("error", () => {});
  outgoing.once("close", () => {
    if (!outgoing.writableFinished) gone.abort(new DOMException("The client has gone", "AbortError"));
  });
  let request: Request;
  try {
    request = requestOf(incoming, identity === undefined ? "http" : "https", gone.signal);
  } catch {
    // The Web has no such request, for instance CONNECT, or the host is invalid.
    outgoing.writeHead(400, { "Connection": "close" }).end();
    return;
  }
  try {
    const { remoteAddress } = incoming.socket;
    const response = await handler(request, remoteAddress === undefined ? {} : { remoteAddress });
    // The server would have to read the rest of this body before the next request.
    if (request.body !== null && !incoming.complete) outgoing.shouldKeepAlive = false;
    await send(response, outgoing, incoming.method === "HEAD");
  } catch (error) {
    outgoing.destroy();
    if (!gone.signal.aborted) onError(error as Error);
  }
}

/** Methods that a `Request` cannot have on Node; Bun allows them. */
const NO_REQUESTS: ReadonlySet<string> = new Set(["CONNECT", "TRACE", "TRACK"]);

/** Throws TypeError for a request that the Web API cannot express. */
function requestOf(incoming: IncomingMessage, scheme: string, signal: AbortSignal): Request {
  const { method = "GET", rawHeaders } = incoming;
  if (NO_REQUESTS.has(method)) throw new TypeError(`Cannot read the request: the Web has none for ${method}`);
  const headers = new Headers();
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) headers.append(rawHeaders[i]!, rawHeaders[i + 1]!);
  const hasBody = method !== "GET" && method !== "HEAD" &&
    (headers.has("transfer-encoding") || Number(headers.get("content-length")) > 0);
  const init = { method, headers, signal, ...(hasBody && { body: bodyOf(incoming), duplex: "half" }) };
  return new Request(urlOf(incoming, scheme), init);
}

/** The request target may be a path or, to proxies, a whole URL (RFC 9112 3.2). */
function urlOf({ url = "/", headers: { host }, socket }: IncomingMessage, scheme: string): string {
  if (/^https?:\/\//i.test(url)) return url;
  const { localAddress: hostname = "127.0.0.1", localPort: port = 0 } = socket;
  const authority = host ?? endpointText({ hostname, port });
  if (url.startsWith("/") && /^[^\s/?#@\\]+$/.test(authority)) return `${scheme}://${authority}${url}`;
  throw new TypeError("Cannot read the request: expected a path, and a host to ask");
}

/** A body that reads from the socket when its reader asks for more. */
function bodyOf(incoming: IncomingMessage): ReadableStream<Uint8Array<ArrayBuffer>> {
  const chunks = incoming.iterator({ destroyOnReturn: false });
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await chunks.next();
      if (done) controller.close();
      else controller.enqueue(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
    },
  }, { highWaterMark: 0 });
}

/** Sends a response as fast as the client reads it, and no faster. */
async function send(response: Response, outgoing: ServerResponse, withoutBody: boolean): Promise<void> {
  const { status, statusText, headers, body } = response;
  outgoing.statusCode = status;
  if (statusText !== "") outgoing.statusMessage = statusText;
  for (const [name, value] of headers) if (name !== "set-cookie") outgoing.setHeader(name, value);
  const cookies = headers.getSetCookie();
  if (cookies.length > 0) outgoing.setHeader("set-cookie", cookies);
  if (body === null || withoutBody) {
    await body?.cancel();
    outgoing.end();
    return;
  }
  // A stream may have no bytes yet, such as one of events: its header is sent at once.
  outgoing.flushHeaders();
  const reader = body.getReader();
  const stop = () => void reader.cancel().catch(() => {});
  outgoing.once("close", stop);
  if (outgoing.destroyed) stop();
  for (let next = await reader.read(); !next.done && !outgoing.destroyed; next = await reader.read()) {
    if (!outgoing.write(next.value) && !outgoing.destroyed) await room(outgoing);
  }
  outgoing.end();
}

/** Resolves when the socket takes more, or has closed. */
function room(outgoing: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const settle = () => {
      outgoing.off("drain", settle).off("close", settle);
      resolve();
    };
    outgoing.on("drain", settle).on("close", settle);
  });
}
