/**
 * Bearer tokens of clients: fixed, made by the program, or granted for OAuth 2.0 client credentials (RFC 6749 4.4).
 *
 * @module
 */

import { readText } from "./bounded_answer.ts";
import { errorOf } from "./web_error.ts";

/** A token, or a function that returns one. It is called before each request; `refresh` says that the last token was refused. */
export type Token =
  | string
  | ((options: { readonly refresh: boolean; readonly signal?: AbortSignal }) => string | Promise<string>);

/** How to request tokens by client credentials. */
export interface ClientCredentials {
  /** URL that grants tokens. */
  readonly tokenUrl: string;
  /** Identifier of the client. */
  readonly clientId: string;
  /** Secret of the client. */
  readonly clientSecret: string;
  /** Scope of the token; by default the server decides. */
  readonly scope?: string | undefined;
  /** Makes requests. Default: `fetch` of the platform. */
  readonly fetch?: typeof fetch;
}

/** A token is replaced so many milliseconds before it expires. */
const MARGIN = 30_000;
/** Milliseconds for which a token without an expiry is used. */
const DEFAULT_LIFE = 300_000;
const LONGEST_LIFE = 24 * 3_600_000;
/** Longest wait for a token in milliseconds. */
const TIMEOUT = 30_000;
const LONGEST_ANSWER = 256 * 1024;

interface Held {
  readonly token: string;
  readonly until: number;
}

/**
 * Tokens by client credentials: each is used until shortly before it expires, or until it is refused. The client's identifier
 * and secret are sent in the header, and in the body if the server does not take that.
 *
 * The returned function throws `DicomwebError` if the server grants no token.
 */
export function clientCredentials(credentials: ClientCredentials): Exclude<Token, string> {
  let held: Held | undefined;
  let asking: Promise<Held> | undefined;
  return async ({ refresh }) => {
    if (held !== undefined && !refresh && held.until > Date.now()) return held.token;
    // Simultaneous requests wait for the same token.
    asking ??= ask(credentials).finally(() => asking = undefined);
    held = await asking;
    return held.token;
  };
}

async function ask(credentials: ClientCredentials): Promise<Held> {
  const begun = Date.now();
  let response = await post(credentials, "header");
  if (response.status === 400 || response.status === 401) {
    await response.body?.cancel();
    response = await post(credentials, "body");
  }
  if (!response.ok) throw await errorOf("get a token", response);
  const { access_token: token, expires_in: seconds } = await readToken(response);
  const life = typeof seconds === "number" && seconds > 0 ? Math.min(seconds * 1000, LONGEST_LIFE) : DEFAULT_LIFE;
  return { token, until: begun + Math.max(life - MARGIN, life / 2) };
}

async function post(
  { tokenUrl, clientId, clientSecret, scope, fetch: ask = fetch }: ClientCredentials,
  place: "header" | "body",
): Promise<Response> {
  const form = new URLSearchParams({
    grant_type: "client_credentials",
    ...(scope !== undefined && { scope }),
    ...(place === "body" && { client_id: clientId, client_secret: clientSecret }),
  });
  const basic = btoa(`${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`);
  return await ask(tokenUrl, {
    method: "POST",
    headers: {
      "Accept": "application/json",
      "Content-Type": "application/x-www-form-urlencoded",
      ...(place === "header" && { Authorization: `Basic ${basic}` }),
    },
    body: form.toString(),
    redirect: "error",
    signal: AbortSignal.timeout(TIMEOUT),
  });
}

async function readToken(response: Response): Promise<{ access_token: string; expires_in?: unknown }> {
  const text = await readText("get a token", response, LONGEST_ANSWER);
  try {
    const answer: unknown = JSON.parse(text);
    const { access_token, expires_in } = answer as Record<string, unknown>;
    if (typeof access_token === "string" && /^[\x21-\x7e]+$/.test(access_token)) return { access_token, expires_in };
  } catch {
    // The answer is no JSON.
  }
  throw new Error("Cannot get a token: the answer has no access_token, expected one of RFC 6749 5.1");
}
