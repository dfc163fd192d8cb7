/**
 * Requests to a DICOMweb server: sent with its token, repeated where that helps, and ended when they make no progress.
 *
 * @module
 */

import { DeadlineError } from "../../errors.ts";
import { ProgressTimer } from "./progress_timer.ts";
import type { Token } from "./token.ts";
import { errorOf } from "./web_error.ts";

/** How to call a server. */
export interface CallerOptions {
  /** Base URL of its DICOMweb services, such as `https://pacs.example/dicom-web`. */
  readonly url: string;
  /** Bearer token for the server; none by default. */
  readonly token?: Token | undefined;
  /** Further headers of every request; none by default. */
  readonly headers?: Readonly<Record<string, string>>;
  /** How often a request is repeated after 429, 502, 503, 504 or a failed connection; 3 by default. */
  readonly retries?: number;
  /** Longest time without progress of a request, in milliseconds; 60,000 by default. */
  readonly timeout?: number;
  /** Makes requests. Default: `fetch` of the platform. */
  readonly fetch?: typeof fetch;
}

/** A request. */
export interface WebCall {
  /** The purpose of the request, for errors: `search for studies`. */
  readonly what: string;
  /** `GET` by default. */
  readonly method?: "GET" | "POST" | "DELETE";
  /** Below the base URL: path and query, such as `/studies?limit=1`; or a whole URL of the same origin. */
  readonly url: string;
  /** Headers of this request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Makes the body, anew for each try. Without it the request has no body. */
  readonly body?: () => {
    readonly contentType: string;
    content(): Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>;
  };
  /** Whether the request may be sent again after its body has been read; true by default. */
  readonly repeatable?: () => boolean;
  /** Statuses without success whose responses are returned all the same; none by default. */
  readonly told?: readonly number[];
  /** Gives up. */
  readonly signal?: AbortSignal | undefined;
}

/** Statuses after which a later try may succeed. */
const TEMPORARY: ReadonlySet<number> = new Set([429, 502, 503, 504]);
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const MOST_REDIRECTS = 5;
const SHORTEST_PAUSE = 500;
const LONGEST_PAUSE = 30_000;

/** Calls one server. */
export class WebCaller {
  /** Its base URL, without a slash at its end. */
  readonly base: string;
  readonly #options: CallerOptions;

  /** Throws TypeError for a URL that is not of http or https, or that has a user, a query or a fragment. */
  constructor(options: CallerOptions) {
    const url = URL.canParse(options.url) ? new URL(options.url) : undefined;
    const isPlain = url !== undefined && /^https?:$/.test(url.protocol) && url.username === "" && url.search === "" &&
      url.hash === "";
    if (!isPlain) {
      throw new TypeError(
        "Cannot call a DICOMweb server: found no valid URL, expected http(s)://host/path without a query",
      );
    }
    this.base = url.href.replace(/\/+$/, "");
    this.#options = options;
  }

  /** A URL from the server, if it belongs to the server; a relative one starts at `from`, or at the base. */
  resolve(url: string, from = `${this.base}/`): string | undefined {
    if (!URL.canParse(url, from)) return undefined;
    const resolved = new URL(url, from);
    return resolved.origin === new URL(this.base).origin ? resolved.href : undefined;
  }

  /**
   * Sends a request. The response is a success; its body fails when no bytes come for too long.
   *
   * @throws {DicomwebError} on any other status; {DeadlineError} when the server makes no progress; the signal's reason, and the
   * error of a failed connection
   */
  async call(call: WebCall): Promise<Response> {
    const { retries = 3 } = this.#options;
    let refresh = false;
    for (let tries = 0;; tries++) {
      call.signal?.throwIfAborted();
      const outcome = await this.#try(call, refresh);
      if (outcome instanceof Response && (outcome.ok || call.told?.includes(outcome.status))) return outcome;
      const mayRepeat = call.repeatable?.() ?? true;
      if (outcome instanceof Response) {
        const isRefused = outcome.status === 401 && typeof this.#options.token === "function" && !refresh;
        const isTemporary = TEMPORARY.has(outcome.status) && tries < retries;
        if (!mayRepeat || !(isRefused || isTemporary)) throw await errorOf(call.what, outcome);
        await outcome.body?.cancel().catch(() => {});
        if (isRefused) refresh = true;
        else await pause(pauseAfter(outcome, tries), call.signal);
      } else {
        call.signal?.throwIfAborted();
        if (!mayRepeat || tries >= retries || outcome.error instanceof DeadlineError) {
          throw this.#failed(call, outcome.error);
        }
        await pause(pauseAfter(undefined, tries), call.signal);
      }
    }
  }

  async #try(call: WebCall, refresh: boolean): Promise<Response | { readonly error: unknown }> {
    const { token, headers: always, timeout = 60_000 } = this.#options;
    const { method = "GET", url, headers, body, signal } = call;
    const timer = new ProgressTimer(timeout, signal);
    try {
      const bearer = typeof token === "function" ? await token({ refresh, ...(signal && { signal }) }) : token;
      timer.extend();
      const made = body?.();
      const sent = made?.content();
      const response = await this.#follow(url.startsWith("/") ? this.base + url : url, {
        method,
        headers: {
          ...always,
          ...headers,
          ...(made !== undefined && { "Content-Type": made.contentType }),
          ...(bearer !== undefined && { Authorization: `Bearer ${bearer}` }),
        },
        redirect: "manual",
        signal: timer.signal,
        ...(sent !== undefined && { body: sent instanceof ReadableStream ? watchedBody(sent, timer) : sent }),
        ...(sent instanceof ReadableStream && { duplex: "half" }),
      } as RequestInit);
      if (response.body !== null) return withBody(response, watchedAnswer(response.body, timer));
      timer.stop();
      return response;
    } catch (error) {
      timer.stop();
      return { error: timer.signal.aborted ? timer.signal.reason : error };
    }
  }

  /** Follows redirects within the server: another one would see the token, and may be one that only this machine can reach. */
  async #follow(url: string, init: RequestInit): Promise<Response> {
    const { fetch: send = fetch } = this.#options;
    let at = url;
    for (let redirects = 0;; redirects++) {
      const response = await send(at, init);
      const location = REDIRECTS.has(response.status) ? response.headers.get("location") : null;
      const next = location === null ? undefined : this.resolve(location, at);
      if (init.method !== "GET" || next === undefined || redirects === MOST_REDIRECTS) return response;
      await response.body?.cancel();
      at = next;
    }
  }

  #failed({ what }: WebCall, cause: unknown): unknown {
    if (cause instanceof DeadlineError || !(cause instanceof TypeError)) return cause;
    // The runtime's message holds the URL, which may hold a patient's name.
    const { host } = new URL(this.base);
    return new Error(`Cannot ${what}: no connection with ${host}, or it was lost`, { cause });
  }
}

/** The same response with another body; `Response` objects of the platform can't change theirs. */
function withBody(response: Response, body: ReadableStream<Uint8Array>): Response {
  const { status, statusText, headers } = response;
  return new Response(body as BodyInit, { status, statusText, headers });
}

/** An answer with a deadline: the time runs while the client waits for bytes. */
function watchedAnswer(stream: ReadableStream<Uint8Array>, timer: ProgressTimer): ReadableStream<Uint8Array> {
  const reader = stream.getReader();
  reader.closed.catch(() => {}); // Every read reports it.
  timer.pause();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        timer.extend();
        const { value, done } = await reader.read();
        timer.pause();
        if (!done) return controller.enqueue(value);
        timer.stop();
        controller.close();
      } catch (error) {
        timer.stop();
        controller.error(timer.signal.aborted ? timer.signal.reason : error);
      }
    },
    async cancel(reason) {
      timer.stop();
      await reader.cancel(reason);
    },
  }, { highWaterMark: 0 });
}

/** A body with a deadline: the time stops while the client makes bytes. */
function watchedBody(stream: ReadableStream<Uint8Array>, timer: ProgressTimer): ReadableStream<Uint8Array> {
  const reader = stream.getReader();
  reader.closed.catch(() => {}); // Every read reports it.
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      timer.pause();
      try {
        const { value, done } = await reader.read();
        if (done) controller.close();
        else controller.enqueue(value);
      } finally {
        timer.extend();
      }
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
}

function pauseAfter(response: Response | undefined, tries: number): number {
  const asked = Number(response?.headers.get("retry-after") ?? NaN) * 1000;
  return Math.min(asked >= 0 ? asked : SHORTEST_PAUSE * 2 ** tries, LONGEST_PAUSE);
}

async function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  await new Promise<void>((resolve) => {
    const wake = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", wake);
      resolve();
    };
    const timer = setTimeout(wake, milliseconds);
    signal?.addEventListener("abort", wake);
  });
  signal?.throwIfAborted();
}
