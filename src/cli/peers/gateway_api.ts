/**
 * The HTTP API of a gateway that runs, as commands ask it.
 *
 * @module
 */

import type { Config } from "../../config.ts";
import { errorText, escapeText } from "../../safe_text.ts";
import { urlOf } from "../command_line/gateway_url.ts";

/** Milliseconds for an answer. */
const TIMEOUT = 30_000;

/** Asks the gateway of a configuration; a body makes it a POST. Throws an Error that says what it answered. */
export type AskGateway = (path: string, body?: object) => Promise<unknown>;

/** What asks the gateway of a configuration. */
export function gatewayApi(config: Config): AskGateway {
  return async (path, body) => {
    const response = await request(config, path, body, AbortSignal.timeout(TIMEOUT));
    const said = response.status === 204 ? undefined : await response.json().catch(() => undefined);
    if (response.ok) return said;
    throw refusal(response, said);
  };
}

/** Gets a file from the gateway of a configuration. Throws an Error that says what it answered. */
export type GetFile = (path: string) => Promise<ReadableStream<Uint8Array>>;

/** What gets files from the gateway of a configuration. */
export function gatewayFiles(config: Config): GetFile {
  return async (path) => {
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(new DOMException("It took too long", "TimeoutError")), TIMEOUT);
    try {
      const response = await request(config, path, undefined, late.signal);
      if (response.ok && response.body !== null) return response.body;
      throw refusal(response, await response.json().catch(() => undefined));
    } finally {
      clearTimeout(timer);
    }
  };
}

async function request(config: Config, path: string, body: object | undefined, signal: AbortSignal): Promise<Response> {
  const { token } = config.http;
  const url = new URL(path, urlOf(config));
  try {
    return await fetch(url, {
      method: body === undefined ? "GET" : "POST",
      headers: {
        ...(body !== undefined && { "Content-Type": "application/json" }),
        ...(token !== undefined && { Authorization: `Bearer ${token}` }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      redirect: "manual",
      signal,
    });
  } catch (error) {
    const why = (error as Error).name === "TimeoutError" ? `no answer within ${TIMEOUT} ms` : reasonOf(error);
    throw new Error(`Cannot ask the gateway at ${url.origin}: ${why}; start gantry listen first`, { cause: error });
  }
}

function refusal({ status, url }: Response, said: unknown): Error {
  const { detail = `HTTP status ${status}` } = (said ?? {}) as { readonly detail?: unknown };
  return new Error(`Cannot do that: the gateway at ${new URL(url).origin} answers: ${escapeText(String(detail))}`);
}

function reasonOf(error: unknown): string {
  const { cause } = error as Error;
  return errorText(cause instanceof Error ? cause : error);
}
