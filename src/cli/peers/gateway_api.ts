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
  const { token } = config.http;
  return async (path, body) => {
    const url = new URL(path, urlOf(config));
    let response: Response;
    try {
      response = await fetch(url, {
        method: body === undefined ? "GET" : "POST",
        headers: {
          ...(body !== undefined && { "Content-Type": "application/json" }),
          ...(token !== undefined && { Authorization: `Bearer ${token}` }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        redirect: "manual",
        signal: AbortSignal.timeout(TIMEOUT),
      });
    } catch (error) {
      const why = (error as Error).name === "TimeoutError" ? `no answer within ${TIMEOUT} ms` : reasonOf(error);
      throw new Error(`Cannot ask the gateway at ${url.origin}: ${why}; start gantry listen first`, { cause: error });
    }
    const said = response.status === 204 ? undefined : await response.json().catch(() => undefined);
    if (response.ok) return said;
    const detail = typeof said?.detail === "string" ? said.detail : `HTTP status ${response.status}`;
    throw new Error(`Cannot do that: the gateway at ${url.origin} answers: ${escapeText(detail)}`);
  };
}

function reasonOf(error: unknown): string {
  const { cause } = error as Error;
  return errorText(cause instanceof Error ? cause : error);
}
