/**
 * The HTTP API of a gateway that runs, as commands ask it.
 *
 * @module
 */

import type { Config } from "../../config.ts";
import { escapeText } from "../../safe_text.ts";
import { UsageError } from "../command_line/command.ts";
import { fetchCause } from "../command_line/fetch_cause.ts";
import { urlOf } from "../command_line/gateway_url.ts";

/** Whether a gateway says that a filter, a name, or what a request is to do, can't be right: it stood on the command line. */
function isNotUnderstood(status: number, type: unknown): boolean {
  return status === 400 || status === 422 || (typeof type === "string" && type.endsWith("/UnknownLane"));
}

/** Milliseconds for an answer. */
const TIMEOUT = 30_000;

/** Asks the gateway of a configuration; a body makes it a POST. Throws an Error that says what it answered, a UsageError where it did not understand the request. */
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
    const timer = setTimeout(() => late.abort(new DOMException("The time limit passed", "TimeoutError")), TIMEOUT);
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
    const what = `ask the gateway at ${url.origin}`;
    if ((error as Error).name === "TimeoutError") throw new Error(`Cannot ${what}: no answer within ${TIMEOUT} ms`);
    const { transportError } = await import("../../transport/failure.ts");
    const { message } = transportError(what, "connect", fetchCause(error));
    throw new Error(`${message}; start gantry listen first`);
  }
}

function refusal({ status, url }: Response, said: unknown): Error {
  const { detail = `HTTP status ${status}`, errors, type } = (said ?? {}) as Record<string, unknown>;
  const members = Array.isArray(errors) ? errors.map(memberText).join("; ") : "";
  const text = escapeText(`${detail}${members === "" ? "" : ` (${members})`}`);
  const message = `Cannot do that: the gateway at ${new URL(url).origin} answers: ${text}`;
  return isNotUnderstood(status, type) ? new UsageError(message) : new Error(message);
}

/** What is wrong with a member of a request, or with a parameter. */
function memberText(error: unknown): string {
  const { pointer, found, expected } = (error ?? {}) as Record<"pointer" | "found" | "expected", unknown>;
  return `${pointer}: found ${found}, expected ${expected}`;
}
