/**
 * The PROXY protocol, versions 1 and 2: a load balancer says in front of a connection's bytes where it comes from.
 *
 * A sender of this header can claim any address. So Gantry believes configured load balancers alone, and expects it of them.
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
import { counted, type GatekeeperOptions, NobodyThere, type ProxyOptions } from "./listener.ts";
import { type Source, sourceOf } from "../streams/lending_stream.ts";

/** How to take a connection from a load balancer. */
export interface ProxyProtocolOptions {
  /** Milliseconds that the header may take, and what follows the load balancer's own; default 5,000. */
  readonly timeout?: number;
  /** Gives up. */
  readonly signal?: AbortSignal;
}

/** What a header says. */
export interface ProxyHeader {
  /**
   * The client of the load balancer; undefined if the header does not name it, as for a connection of the load balancer
   * itself (a health check).
   */
  readonly remote: Endpoint | undefined;
  /** Length of the header in bytes. */
  readonly length: number;
}

const DEFAULT_TIMEOUT = 5_000;

/** Longest header of version 1, its line end included. */
const MAXIMUM_LENGTH_V1 = 107;

/** `\r\n\r\n\0\r\nQUIT\n` */
const SIGNATURE_V2 = [0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a];
const SIGNATURE_V1 = [..."PROXY "].map((character) => character.charCodeAt(0));

/** Signature, version and command, family and protocol, and length of the addresses and what comes with them. */
const FIXED_LENGTH_V2 = 16;

/** Commands of version 2. */
const LOCAL = 0;
const PROXY = 1;

/** The last ones that version 2 has: AF_UNIX and SOCK_DGRAM. */
const LAST_FAMILY = 3;
const LAST_PROTOCOL = 2;

/** Length of an address by family and protocol, for TCP over IPv4 and IPv6. No other names the client. */
const ADDRESS_LENGTHS: Readonly<Record<number, number>> = { 0x11: 4, 0x21: 16 };

/**
 * How a listener treats a connection: from a load balancer, gives the connection behind the header; gives any other one
 * as it is. Throws as `readProxyProtocol`, and NobodyThere for a health check.
 */
export async function behindProxy(
  connection: Connection,
  options: ProxyOptions & GatekeeperOptions,
  signal: AbortSignal,
): Promise<Connection> {
  const { isProxy, proxyTimeout: timeout } = options;
  const address = connection.remote?.hostname;
  if (address === undefined || !isProxy?.(address)) return connection;
  const reading = { signal, ...(timeout !== undefined && { timeout }) };
  return await counted(options, undefined, async () => {
    const behind = await readProxyProtocol(connection, reading);
    if (behind === undefined) throw new NobodyThere();
    return behind;
  });
}

/**
 * Reads the header in front of a connection and gives the connection behind it, whose `remote` is the client of the
 * load balancer. Undefined for a health check, when the connection ends before its header, or after a header that names
 * only the load balancer. Throws TransportError when there is another beginning, or none in time, and the reason of
 * `signal`. Unless it is given, the connection is closed.
 */
export async function readProxyProtocol(
  connection: Connection,
  { timeout = DEFAULT_TIMEOUT, signal }: ProxyProtocolOptions = {},
): Promise<Connection | undefined> {
  const from = connection.remote;
  const source = sourceOf(connection.readable);
  const close = (reason: unknown) => {
    source.cancel(reason).catch(() => {});
    connection.writable.abort(reason).catch(() => {});
  };
  let read: ReadHeader | undefined;
  try {
    const rest = await withDeadline({ phase: "proxy", timeout, signal }, async (ending) => {
      ending.addEventListener("abort", () => close(ending.reason));
      read = await readHeader(source, from);
      const rest = read?.rest.length === 0 && isOwn(read, from) ? await beginningOf(source) : read?.rest;
      ending.throwIfAborted(); // What was closed seems to have ended.
      return rest;
    });
    if (read === undefined || rest === undefined) {
      close(undefined);
      return undefined;
    }
    const { remote = from } = read;
    source.release();
    return { ...connection, readable: resume(connection.readable, rest), ...(remote !== undefined && { remote }) };
  } catch (error) {
    close(error);
    if (error instanceof TransportError || signal?.aborted) throw error;
    if (!(error instanceof DeadlineError)) throw transportError(whatOf(from), "proxy", error);
    const late = read === undefined ? "no header came" : "nothing followed it";
    throw refusal(from)(`${late} within ${timeout} ms`, error);
  }
}

/** A header, and what came with it. */
interface ReadHeader extends ProxyHeader {
  readonly rest: Uint8Array;
}

/** Undefined when the connection ends before it begins. */
async function readHeader(source: Source, from: Endpoint | undefined): Promise<ReadHeader | undefined> {
  const beginning = await beginningOf(source);
  if (beginning === undefined) return undefined;
  let buffer = beginning;
  for (let bytes = beginning;;) {
    const header = parseProxyHeader(bytes, from);
    if (header !== undefined) return { ...header, rest: bytes.subarray(header.length) };
    const more = await source.read();
    if (more === undefined) throw refusal(from)("the connection ended in the middle of it");
    const end = bytes.length + more.length;
    if (end > buffer.length) {
      buffer = new Uint8Array(2 * end); // So that a header in single bytes isn't copied for each of them.
      buffer.set(bytes);
    }
    buffer.set(more, bytes.length);
    bytes = buffer.subarray(0, end);
  }
}

/** What comes first; undefined when nothing does, however that ends: a health check may reset its connection. */
async function beginningOf(source: Source): Promise<Uint8Array | undefined> {
  const bytes = await source.read().catch(() => undefined);
  return bytes?.slice();
}

/** Whether a header is that of a connection of the load balancer's own; those of version 1 give its address. */
function isOwn({ remote }: ProxyHeader, from: Endpoint | undefined): boolean {
  return remote === undefined || remote.hostname === from?.hostname;
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
  const [, family, source, destination, sourcePort, destinationPort, ...more] = line.slice(0, end).split(" ");
  if (family === "UNKNOWN") return { remote: undefined, length };
  if (family !== "TCP4" && family !== "TCP6") throw refuse("expected TCP4, TCP6 or UNKNOWN");
  const remote = parseEndpoint(family, source, sourcePort);
  if (remote === undefined) throw refuse("its source is not an address and a port");
  if (parseEndpoint(family, destination, destinationPort) === undefined) {
    throw refuse("its destination is not an address and a port");
  }
  if (more.length > 0) throw refuse("expected its line to end behind the ports");
  return { remote, length };
}

function parseEndpoint(family: "TCP4" | "TCP6", text = "", port = ""): Endpoint | undefined {
  const address = text.includes(":") === (family === "TCP6") ? parseIpAddress(text) : undefined;
  if (address === undefined || !/^(?:0|[1-9]\d{0,4})$/.test(port) || Number(port) > 0xffff) return undefined;
  return endpointOf(formatIpAddress(address), Number(port));
}

function parseVersion2(bytes: Uint8Array, refuse: Refuse): ProxyHeader | undefined {
  if (bytes.length < FIXED_LENGTH_V2) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const versionAndCommand = view.getUint8(12);
  if (versionAndCommand >> 4 !== 2) throw refuse(`its version is ${versionAndCommand >> 4}, expected 2`);
  const length = FIXED_LENGTH_V2 + view.getUint16(14);
  const command = versionAndCommand & 0x0f;
  if (command !== LOCAL && command !== PROXY) throw refuse(`its command is ${command}, expected LOCAL or PROXY`);
  if (bytes.length < length) return undefined;
  return { remote: command === PROXY ? readSource(view, length, refuse) : undefined, length };
}

/** Source address and port; undefined for what came by no TCP over IP. What follows the addresses (TLVs) is skipped. */
function readSource(view: DataView, length: number, refuse: Refuse): Endpoint | undefined {
  const how = view.getUint8(13);
  const [family, protocol] = [how >> 4, how & 0x0f];
  if (family > LAST_FAMILY || protocol > LAST_PROTOCOL) {
    throw refuse(`its address family is ${family} and its protocol ${protocol}, which version 2 doesn't have`);
  }
  const size = ADDRESS_LENGTHS[how];
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
