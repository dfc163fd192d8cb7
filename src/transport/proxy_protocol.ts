/**
 * The PROXY protocol, versions 1 and 2: a load balancer says in front of a connection's bytes where it comes from.
 *
 * Whoever may say so can claim any address: it is to be believed of configured load balancers alone, and expected of them.
 *
 * @module
 */

import { TransportError } from "../errors.ts";
import type { Connection, Endpoint } from "../upper_layer/connection.ts";
import { withDeadline } from "./deadline.ts";
import { endpointOf } from "./endpoint.ts";

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
 * Reads the header in front of a connection and gives the connection behind it, whose `remote` is who connected to the load
 * balancer. Throws TransportError when there is no such header, DeadlineError when it doesn't come; the connection is
 * closed then.
 */
export async function readProxyProtocol(
  connection: Connection,
  { timeout = DEFAULT_TIMEOUT, signal }: ProxyProtocolOptions = {},
): Promise<Connection> {
  const reader = connection.readable.getReader();
  try {
    const { header, rest } = await withDeadline({ phase: "connect", timeout, signal }, (ending) => {
      ending.addEventListener("abort", () => void reader.cancel(ending.reason).catch(() => {}));
      return readHeader(reader);
    });
    const { remote = connection.remote } = header;
    return { ...connection, readable: resume(reader, rest), ...(remote !== undefined && { remote }) };
  } catch (error) {
    reader.cancel(error).catch(() => {});
    connection.writable.abort(error).catch(() => {});
    throw error;
  }
}

async function readHeader(
  reader: ReadableStreamDefaultReader<Uint8Array>,
): Promise<{ header: ProxyHeader; rest: Uint8Array }> {
  let bytes = new Uint8Array(0);
  for (;;) {
    const header = parseProxyHeader(bytes);
    if (header !== undefined) return { header, rest: bytes.subarray(header.length) };
    const { done, value } = await reader.read();
    if (done) throw refuse("the connection ended before its header did");
    const joined = new Uint8Array(bytes.length + value.length);
    joined.set(bytes);
    joined.set(value, bytes.length);
    bytes = joined;
  }
}

/** Reads a header; undefined when it takes more bytes. Throws TransportError for anything else. */
export function parseProxyHeader(bytes: Uint8Array): ProxyHeader | undefined {
  if (beginsAs(bytes, SIGNATURE_V1)) return parseVersion1(bytes);
  if (beginsAs(bytes, SIGNATURE_V2)) return parseVersion2(bytes);
  throw refuse("the load balancer sent no PROXY protocol header");
}

function parseVersion1(bytes: Uint8Array): ProxyHeader | undefined {
  const line = String.fromCharCode(...bytes.subarray(0, MAXIMUM_LENGTH_V1));
  const end = line.indexOf("\r\n");
  if (end < 0) {
    if (bytes.length < MAXIMUM_LENGTH_V1) return undefined;
    throw refuse(`its first line is longer than ${MAXIMUM_LENGTH_V1} bytes`);
  }
  const length = end + 2;
  const [, family, source = "", , port = ""] = line.slice(0, end).split(" ");
  if (family === "UNKNOWN") return { remote: undefined, length };
  const isAddress = family === "TCP4" ? /^[\d.]{7,15}$/ : family === "TCP6" ? /^[\da-fA-F:.]{2,45}$/ : undefined;
  if (isAddress === undefined) throw refuse("expected TCP4, TCP6 or UNKNOWN");
  if (!isAddress.test(source) || !/^\d{1,5}$/.test(port) || Number(port) > 0xffff) {
    throw refuse("its source is no address");
  }
  return { remote: endpointOf(source, Number(port)), length };
}

function parseVersion2(bytes: Uint8Array): ProxyHeader | undefined {
  if (bytes.length < FIXED_LENGTH_V2) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const versionAndCommand = view.getUint8(12);
  if (versionAndCommand >> 4 !== 2) throw refuse(`its version is ${versionAndCommand >> 4}, expected 2`);
  const length = FIXED_LENGTH_V2 + view.getUint16(14);
  if (length > MAXIMUM_LENGTH_V2) throw refuse(`it is ${length} bytes long, expected at most ${MAXIMUM_LENGTH_V2}`);
  if (bytes.length < length) return undefined;
  const command = versionAndCommand & 0x0f;
  if (command > 1) throw refuse(`its command is ${command}, expected LOCAL or PROXY`);
  return { remote: command === 1 ? readSource(view, length) : undefined, length };
}

/** Source address and port; undefined for what came by no IP address. */
function readSource(view: DataView, length: number): Endpoint | undefined {
  const family = view.getUint8(13) >> 4;
  const size = family === 1 ? 4 : family === 2 ? 16 : undefined;
  if (size === undefined) return undefined;
  if (length < FIXED_LENGTH_V2 + 2 * size + 4) throw refuse("its addresses end early");
  return endpointOf(addressText(view, size), view.getUint16(FIXED_LENGTH_V2 + 2 * size));
}

function addressText(view: DataView, size: number): string {
  if (size === 4) {
    return Array.from({ length: 4 }, (_, index) => view.getUint8(FIXED_LENGTH_V2 + index)).join(".");
  }
  const groups = Array.from({ length: 8 }, (_, index) => view.getUint16(FIXED_LENGTH_V2 + 2 * index));
  return groups.map((group) => group.toString(16)).join(":");
}

/** Whether the bytes are, as far as they go, those of a signature. */
function beginsAs(bytes: Uint8Array, signature: readonly number[]): boolean {
  return signature.every((byte, index) => index >= bytes.length || bytes[index] === byte);
}

/** Goes on behind the header. */
function resume(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  rest: Uint8Array,
): ReadableStream<Uint8Array> {
  let first: Uint8Array | undefined = rest.length > 0 ? rest : undefined;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (first !== undefined) {
        controller.enqueue(first);
        first = undefined;
        return;
      }
      const { done, value } = await reader.read();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
}

function refuse(problem: string): TransportError {
  return new TransportError(`Cannot read the PROXY protocol header: ${problem}`, { phase: "connect" });
}
