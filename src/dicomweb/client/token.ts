/**
 * Bearer tokens of clients: fixed, made by the program, or had by OAuth 2.0 client credentials (RFC 6749 4.4).
 *
 * @module
 */

import { readText } from "./bounded_answer.ts";
import { errorOf } from "./web_error.ts";

/** A token, or what gives one. It is asked before each request; `refresh` says that the one before was refused. */
export type Token =
  | string
  | ((options: { readonly refresh: boolean; readonly signal?: AbortSignal }) => string | Promise<string>);

/** How to have tokens by client credentials. */
export interface ClientCredentials {
  /** Where tokens are had. */
  readonly tokenUrl: string;
  /** Who the client is. */
  readonly clientId: string;
  /** Its secret. */
  readonly clientSecret: string;
  /** What the token is for; by default what the server thinks best. */
  readonly scope?: string | undefined;
  /** Makes requests. Default: that of the platform. */
  readonly fetch?: typeof fetch;
}

/** A token is thrown away so many milliseconds before its end. */
const MARGIN = 30_000;
/** Milliseconds for which one without an end is used. */
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
 * Tokens by client credentials: one is used until shortly before it ends, or is refused. The client's name and secret are
 * sent in the header, and in the body where the server doesn't take that.
 *
 * The token's function throws `DicomwebError` where the server gives no token.
 */
export function clientCredentials(credentials: ClientCredentials): Exclude<Token, string> {
  let held: Held | undefined;
  let asking: Promise<Held> | undefined;
  return async ({ refresh }) => {
    if (held !== undefined && !refresh && held.until > Date.now()) return held.token;
    // Requests at the same time wait for the same token.
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
    // It is no JSON.
  }
  throw new Error("Cannot get a token: the answer has no access_token, expected one of RFC 6749 5.1");
}
