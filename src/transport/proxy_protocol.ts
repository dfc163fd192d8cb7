/**
 * The PROXY protocol, versions 1 and 2: a load balancer says in front of a connection's bytes where it comes from.
 *
 * Whoever may say so can claim any address: it is to be believed of configured load balancers alone, and expected of them.
 * Haproxy calls it `send-proxy` and `send-proxy-v2`; its specification is haproxy's `proxy-protocol.txt`.
 *
 * @module
 */

import { DeadlineError, TransportError } from "../errors.ts";
import { formatIpAddress, parseIpAddress } from "../ip_address.ts";
import type { Connection, Endpoint, LendingStream } from "../upper_layer/connection.ts";
import { withDeadline } from "./deadline.ts";
import { endpointOf, endpointText } from "./endpoint.ts";
import { transportError } from "./failure.ts";
import { counted, type EnterOptions, type ProxyOptions } from "./listener.ts";
import { type Source, sourceOf } from "./source.ts";

/** How to take a connection from a load balancer. */
export interface ProxyProtocolOptions {
  /** Milliseconds that the header may take; default 5,000. */
  readonly timeout?: number;
  /** Gives up. */
  readonly signal?: AbortSignal;
}

/** What a header says: who connected, or undefined for the load balancer's own connection (a health check). */
export interface ProxyHeader {
  /** Who connected to the load balancer. */
  readonly remote: Endpoint | undefined;
  /** Length of the header in bytes. */
  readonly length: number;
}

const DEFAULT_TIMEOUT = 5_000;

/** Longest header of version 1, its line end included; and of version 2, of which a few hundred bytes are in use. */
const MAXIMUM_LENGTH_V1 = 107;
const MAXIMUM_LENGTH_V2 = 4096;

/** `\r\n\r\n\0\r\nQUIT\n` */
const SIGNATURE_V2 = [0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a];
const SIGNATURE_V1 = [..."PROXY "].map((character) => character.charCodeAt(0));

/** Signature, version and command, family and protocol, and length of the addresses. */
const FIXED_LENGTH_V2 = 16;

/**
 * A listener's own way with a connection: gives what is behind the header when it comes from a load balancer, and anything
 * else as it is. Throws as `readProxyProtocol`.
 */
export function behindProxy(
  connection: Connection,
  options: ProxyOptions & EnterOptions,
  signal: AbortSignal,
): Promise<Connection> {
  const { isProxy, proxyTimeout: timeout } = options;
  const address = connection.remote?.hostname;
  if (address === undefined || !isProxy?.(address)) return Promise.resolve(connection);
  const reading = { signal, ...(timeout !== undefined && { timeout }) };
  return counted(options, undefined, () => readProxyProtocol(connection, reading));
}

/**
 * Reads the header in front of a connection and gives the connection behind it, whose `remote` is who connected to the load
 * balancer. One that ends before it says anything is given as it is: load balancers look that way whether somebody is
 * there. Throws TransportError when there is another beginning, or none in time, and the reason of `signal`; the connection
 * is closed then.
 */
export async function readProxyProtocol(
  connection: Connection,
  { timeout = DEFAULT_TIMEOUT, signal }: ProxyProtocolOptions = {},
): Promise<Connection> {
  const source = sourceOf(connection.readable);
  const close = (reason: unknown) => {
    source.cancel(reason).catch(() => {});
    connection.writable.abort(reason).catch(() => {});
  };
  try {
    const [header, rest] = await withDeadline({ phase: "proxy", timeout, signal }, async (ending) => {
      ending.addEventListener("abort", () => close(ending.reason));
      const read = await readHeader(source, connection.remote);
      ending.throwIfAborted(); // What was closed seems to have ended.
      return read;
    });
    const { remote = connection.remote } = header;
    source.release();
    return { ...connection, readable: resume(connection.readable, rest), ...(remote !== undefined && { remote }) };
  } catch (error) {
    close(error);
    if (error instanceof TransportError || signal?.aborted) throw error;
    if (error instanceof DeadlineError) throw refusal(connection.remote)(`it didn't come within ${timeout} ms`, error);
    throw transportError(whatOf(connection.remote), "proxy", error);
  }
}

async function readHeader(source: Source, from: Endpoint | undefined): Promise<[ProxyHeader, rest: Uint8Array]> {
  let bytes = new Uint8Array(0);
  for (;;) {
    const header = parseProxyHeader(bytes, from);
    if (header !== undefined) return [header, bytes.subarray(header.length)];
    const more = await source.read();
    if (more === undefined) {
      if (bytes.length === 0) return [{ remote: undefined, length: 0 }, bytes];
      throw refusal(from)("the connection ended in the middle of it");
    }
    const joined = new Uint8Array(bytes.length + more.length);
    joined.set(bytes);
    joined.set(more, bytes.length);
    bytes = joined;
  }
}

/**
 * Reads a header; undefined when it takes more bytes. Throws TransportError for anything else, which names `from`, whom it
 * came from.
 */
export function parseProxyHeader(bytes: Uint8Array, from?: Endpoint): ProxyHeader | undefined {
  const refuse = refusal(from);
  if (beginsAs(bytes, SIGNATURE_V1)) return parseVersion1(bytes, refuse);
  if (beginsAs(bytes, SIGNATURE_V2)) return parseVersion2(bytes, refuse);
  throw refuse("the connection begins with something else");
}

function parseVersion1(bytes: Uint8Array, refuse: Refuse): ProxyHeader | undefined {
  const line = String.fromCharCode(...bytes.subarray(0, MAXIMUM_LENGTH_V1));
  const end = line.indexOf("\r\n");
  if (end < 0) {
    if (bytes.length < MAXIMUM_LENGTH_V1) return undefined;
    throw refuse(`its first line is longer than ${MAXIMUM_LENGTH_V1} bytes`);
  }
  const length = end + 2;
  const [, family, source = "", , port = ""] = line.slice(0, end).split(" ");
  if (family === "UNKNOWN") return { remote: undefined, length };
  if (family !== "TCP4" && family !== "TCP6") throw refuse("expected TCP4, TCP6 or UNKNOWN");
  const address = source.includes(":") === (family === "TCP6") ? parseIpAddress(source) : undefined;
  if (address === undefined || !/^\d{1,5}$/.test(port) || Number(port) > 0xffff) {
    throw refuse("its source is no address and port");
  }
  return { remote: endpointOf(formatIpAddress(address), Number(port)), length };
}

function parseVersion2(bytes: Uint8Array, refuse: Refuse): ProxyHeader | undefined {
  if (bytes.length < FIXED_LENGTH_V2) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const versionAndCommand = view.getUint8(12);
  if (versionAndCommand >> 4 !== 2) throw refuse(`its version is ${versionAndCommand >> 4}, expected 2`);
  const length = FIXED_LENGTH_V2 + view.getUint16(14);
  if (length > MAXIMUM_LENGTH_V2) throw refuse(`it is ${length} bytes long, expected at most ${MAXIMUM_LENGTH_V2}`);
  if (bytes.length < length) return undefined;
  const command = versionAndCommand & 0x0f;
  if (command > 1) throw refuse(`its command is ${command}, expected LOCAL or PROXY`);
  return { remote: command === 1 ? readSource(view, length, refuse) : undefined, length };
}

/** Source address and port; undefined for what came by no IP address. */
function readSource(view: DataView, length: number, refuse: Refuse): Endpoint | undefined {
  const family = view.getUint8(13) >> 4;
  const size = family === 1 ? 4 : family === 2 ? 16 : undefined;
  if (size === undefined) return undefined;
  if (length < FIXED_LENGTH_V2 + 2 * size + 4) throw refuse("its addresses end early");
  const address = Array.from({ length: size }, (_, index) => view.getUint8(FIXED_LENGTH_V2 + index));
  return endpointOf(formatIpAddress(address), view.getUint16(FIXED_LENGTH_V2 + 2 * size));
}

/** Whether the bytes are, as far as they go, those of a signature. */
function beginsAs(bytes: Uint8Array, signature: readonly number[]): boolean {
  return signature.every((byte, index) => index >= bytes.length || bytes[index] === byte);
}

/** Goes on behind the header, of which `rest` was read already. */
function resume(behind: LendingStream, rest: Uint8Array): LendingStream {
  let unread: Uint8Array | undefined = rest.length > 0 ? rest : undefined;
  const takeUnread = () => {
    const bytes = unread;
    unread = undefined;
    return bytes;
  };
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  const readable = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const bytes = takeUnread() ?? (await (reader ??= behind.getReader()).read()).value;
      if (bytes === undefined) controller.close();
      else controller.enqueue(bytes);
    },
    cancel: (reason) => reader === undefined ? behind.cancel(reason) : reader.cancel(reason),
  }, { highWaterMark: 0 });
  const { lent } = behind;
  if (lent === undefined) return readable;
  const read = () => {
    const bytes = takeUnread();
    return bytes === undefined ? lent.read() : Promise.resolve(bytes);
  };
  return Object.assign(readable, { lent: { read } });
}

type Refuse = (problem: string, cause?: unknown) => TransportError;

function refusal(from: Endpoint | undefined): Refuse {
  return (problem, cause) => new TransportError(`Cannot ${whatOf(from)}: ${problem}`, { phase: "proxy", cause });
}

function whatOf(from: Endpoint | undefined): string {
  return `read the PROXY protocol header${from === undefined ? "" : ` from ${endpointText(from)}`}`;
}
