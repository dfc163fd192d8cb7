/**
 * A gateway to which tests send requests to store.
 *
 * @module
 */

import { type Config, parseConfig } from "../../../src/config.ts";
import type { JsonDataSet } from "../../../src/dicom/models/json_model.ts";
import { createGateway, type Gateway, type GatewayOptions } from "../../../src/gateway/gateway.ts";
import { createMemoryIndex } from "../../../src/index/memory_index.ts";
import type { InstanceIndex } from "../../../src/index/instance_index.ts";
import { countingStore } from "../../archive/support.ts";
import { inPieces, joined, latin1 } from "../multipart/messages.ts";

const BOUNDARY = "0f3cf5c0-70e0-41ef-baef-c6f9f65ec3e1";

/** A part of a request. */
export interface SentPart {
  readonly type?: string;
  readonly location?: string;
  readonly body: Uint8Array | string;
}

/** The parts as a body. */
export function multipart(parts: readonly SentPart[]): Uint8Array<ArrayBuffer> {
  const pieces = parts.flatMap(({ type = "application/dicom", location, body }) => [
    `\r\n--${BOUNDARY}\r\nContent-Type: ${type}\r\n`,
    location === undefined ? "" : `Content-Location: ${location}\r\n`,
    "\r\n",
    typeof body === "string" ? new TextEncoder().encode(body) : body,
  ]);
  return joined(...pieces, `\r\n--${BOUNDARY}--`);
}

/** A request. */
export interface Sent {
  readonly path?: string;
  readonly headers?: Record<string, string>;
  readonly body: Uint8Array | string | ReadableStream<Uint8Array>;
}

/** An answer, with its module where it has one. */
export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: JsonDataSet;
  /** UIDs that were stored, with warning reasons. */
  readonly stored: readonly string[];
  /** UIDs that were not, with failure reasons. */
  readonly failed: readonly string[];
  /** Reasons of failures of which nobody knows the instance. */
  readonly others: readonly string[];
}

/** A gateway, what it keeps, and how to send to it. */
export interface StoreServer extends AsyncDisposable {
  readonly gateway: Gateway;
  readonly index: InstanceIndex;
  readonly store: ReturnType<typeof countingStore>;
  readonly errors: unknown[];
  send(sent: Sent): Promise<Answered>;
  sendParts(parts: readonly SentPart[], sent?: Partial<Sent>): Promise<Answered>;
}

/** Makes a gateway with an archive in memory. */
export async function storeServer(
  yaml = "{}",
  options: Partial<GatewayOptions> = {},
): Promise<StoreServer> {
  const config: Config = await parseConfig(yaml);
  const store = countingStore();
  const index = createMemoryIndex();
  const errors: unknown[] = [];
  const gateway = createGateway({
    ...{ store, index, config },
    connect: () => Promise.reject(new Error("Nobody is called")),
    onError: (error) => errors.push(error),
    ...options,
  });
  const send = async ({ path = "/dicom-web/studies", headers = {}, body }: Sent) => {
    const request = new Request(`http://localhost${path}`, {
      method: "POST",
      headers: { "content-type": `multipart/related; type="application/dicom"; boundary="${BOUNDARY}"`, ...headers },
      body: body as BodyInit,
      ...(body instanceof ReadableStream && { duplex: "half" }),
    });
    return await answered(await gateway.fetch(request, { remoteAddress: "192.0.2.7" }));
  };
  return {
    ...{ gateway, index, store, errors, send },
    sendParts: (parts, sent = {}) => send({ ...sent, body: multipart(parts) }),
    [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose](),
  };
}

async function answered(response: Response): Promise<Answered> {
  const text = await response.text();
  const isJson = response.headers.get("content-type") === "application/dicom+json";
  const json: JsonDataSet = isJson ? JSON.parse(text) : {};
  const items = (tag: string) => (json[tag]?.Value ?? []) as JsonDataSet[];
  const value = (item: JsonDataSet, tag: string) => item[tag]?.Value?.[0];
  const hex = (reason: unknown) =>
    reason === undefined ? "" : ` ${Number(reason).toString(16).toUpperCase().padStart(4, "0")}`;
  const named = (item: JsonDataSet, reason: string) => `${value(item, "00081155")}${hex(value(item, reason))}`;
  return {
    ...{ status: response.status, headers: response.headers, text, json },
    stored: items("00081199").map((item) => named(item, "00081196")),
    failed: items("00081198").map((item) => named(item, "00081197")),
    others: items("0008119A").map((item) => hex(value(item, "00081197")).trim()),
  };
}

/** A stream that gives bytes in pieces and then fails. */
export function brokenBody(bytes: Uint8Array, pieceLength: number): ReadableStream<Uint8Array> {
  const pieces = inPieces(bytes, [pieceLength]);
  return new ReadableStream({
    pull(controller) {
      const { value, done } = pieces.next();
      if (done) controller.error(new Error("connection reset"));
      else controller.enqueue(value);
    },
  }, { highWaterMark: 0 });
}

export { inPieces, joined, latin1 };
