/**
 * The public keys of an issuer of tokens: a JSON Web Key Set (RFC 7517) that a URL leads to.
 *
 * @module
 */

import type { JSONWebKeySet } from "jose";

/** Where keys are, and how they are had. */
export interface KeySetOptions {
  /** `https://login.example/keys`. */
  readonly url: string;
  /** How to ask; default the platform's. */
  readonly fetch?: typeof fetch;
  /** Milliseconds since the epoch; default the clock. */
  readonly now?: () => number;
  /** Hears why keys could not be had. */
  readonly onError: (error: unknown) => void;
}

/** After so many milliseconds keys are asked for again, while the ones at hand still count. */
const FRESH = 10 * 60_000;
/** So long keys count while no newer ones can be had: tokens of an issuer that is gone end sooner. */
const USABLE = 60 * 60_000;
/** Keys are fetched at most once in so many milliseconds, however many tokens with unknown keys clients send. */
const BETWEEN = 30_000;
/** Milliseconds that an answer may take. */
const DEADLINE = 5_000;
/** Bytes of an answer, and keys in it. */
const LONGEST = 256 * 1024;
const MOST_KEYS = 100;

/** Keys, as they came at some time. */
export interface Keys {
  /** The set, whose keys are not checked yet. */
  readonly set: JSONWebKeySet;
  /** When it came. */
  readonly at: number;
}

/** The keys of a URL: kept, and asked for again when they are old, or when a token has one that isn't there. */
export class KeySet {
  readonly #url: string;
  readonly #fetch: typeof fetch;
  readonly #now: () => number;
  readonly #onError: (error: unknown) => void;
  #keys: Keys | undefined;
  #askedAt = -Infinity;
  #asking: Promise<void> | undefined;

  /** Fetches nothing before a caller wants keys. */
  constructor({ url, fetch: ask = fetch, now = Date.now, onError }: KeySetOptions) {
    this.#url = url;
    this.#fetch = ask;
    this.#now = now;
    this.#onError = onError;
  }

  /** The keys; undefined where none can be had. Never rejects. */
  async current(): Promise<Keys | undefined> {
    const age = this.#age();
    if (age >= FRESH) {
      const asking = this.#ask();
      if (age >= USABLE) await asking;
    }
    return this.#age() < USABLE ? this.#keys : undefined;
  }

  /** Keys that may be newer than those that lacked one; the same where it is too early to ask again. Never rejects. */
  async newerThan(keys: Keys): Promise<Keys> {
    if (this.#keys === keys) await this.#ask();
    return this.#keys ?? keys;
  }

  #age(): number {
    return this.#keys === undefined ? Infinity : this.#now() - this.#keys.at;
  }

  #ask(): Promise<void> {
    if (this.#asking !== undefined) return this.#asking;
    if (this.#now() - this.#askedAt < BETWEEN) return Promise.resolve();
    this.#askedAt = this.#now();
    return this.#asking = this.#load().finally(() => this.#asking = undefined);
  }

  async #load(): Promise<void> {
    const controller = new AbortController();
    const late = new Error(`no answer came for ${DEADLINE} ms`);
    const timer = setTimeout(() => controller.abort(late), DEADLINE);
    try {
      const headers = { Accept: "application/jwk-set+json, application/json" };
      const response = await this.#fetch(this.#url, { headers, redirect: "manual", signal: controller.signal });
      if (response.status !== 200) {
        await response.body?.cancel();
        throw new Error(`found HTTP status ${response.status}, expected 200`);
      }
      this.#keys = { set: readKeys(await readText(response)), at: this.#now() };
    } catch (cause) {
      const { message } = (controller.signal.aborted ? late : cause) as Error;
      this.#onError(
        new Error(`Cannot get the keys that tokens are checked with (http.oidc.jwks): ${message}`, { cause }),
      );
    } finally {
      clearTimeout(timer);
    }
  }
}

async function readText({ body }: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let length = 0;
  for await (const chunk of body ?? []) {
    length += chunk.length;
    if (length > LONGEST) throw new Error(`the answer has more than ${LONGEST} bytes`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function readKeys(text: string): JSONWebKeySet {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new Error("the answer is not JSON", { cause });
  }
  const keys = typeof value === "object" && value !== null && "keys" in value ? value.keys : undefined;
  if (!Array.isArray(keys) || keys.some((key) => typeof key !== "object" || key === null)) {
    throw new Error("the answer is not a JSON Web Key Set");
  }
  if (keys.length > MOST_KEYS) throw new Error(`found ${keys.length} keys, expected at most ${MOST_KEYS}`);
  return { keys };
}
