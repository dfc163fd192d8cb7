/**
 * A webhook that gets signed CloudEvents.
 *
 * @module
 */

import { httpFailure } from "./http_outcomes.ts";
import { DeliveryError } from "./outcomes.ts";

/** What a webhook needs. */
export interface WebhookOptions {
  /** URL that events are posted to. */
  readonly url: string;
  /** Key of the signature, as UTF-8; without one events are not signed. */
  readonly secret?: string | undefined;
  /** The `source` of the events, such as `/GANTRY`. */
  readonly source: string;
  /** Milliseconds since the epoch. Default: `Date.now`. */
  readonly now?: () => number;
  /** Default: the platform's. */
  readonly fetch?: typeof fetch;
}

/** The content of an event, besides its id and its source. */
export interface WebhookEvent {
  readonly type: string;
  readonly subject: string;
  /** When it happened, in ISO 8601. */
  readonly time: string;
  readonly data: object;
}

const encoder = new TextEncoder();

/**
 * Posts events as structured JSON of CloudEvents 1.0. Their signature follows Standard Webhooks: HMAC-SHA-256 in base64 over
 * `id.timestamp.body`.
 */
export class SignedWebhook {
  readonly #options: WebhookOptions;
  #key: Promise<CryptoKey> | undefined;

  /** Posts no event yet. */
  constructor(options: WebhookOptions) {
    this.#options = options;
  }

  /** Posts an event; resolves with the status. Throws `DeliveryError` for anything but success, and the signal's reason. */
  async post(id: string, event: WebhookEvent, signal?: AbortSignal): Promise<number> {
    const { url, source, now = Date.now, fetch: post = fetch } = this.#options;
    const body = JSON.stringify({
      ...{ specversion: "1.0", id, source, datacontenttype: "application/json" },
      ...event,
    });
    const headers = { "Content-Type": "application/cloudevents+json", ...await this.#signed(id, body) };
    let response: Response;
    try {
      response = await post(url, { method: "POST", headers, body, redirect: "manual", signal: signal ?? null });
    } catch (error) {
      signal?.throwIfAborted();
      const message = `Cannot post to the webhook: ${reasonOf(error)}`;
      throw new DeliveryError(message, { class: "transport", cause: error });
    }
    await response.body?.cancel().catch(() => {});
    if (response.ok) return response.status;
    throw httpFailure("post to the webhook", response, now());
  }

  async #signed(id: string, body: string): Promise<Record<string, string>> {
    const { secret, now = Date.now } = this.#options;
    const timestamp = String(Math.floor(now() / 1_000));
    const headers = { "webhook-id": id, "webhook-timestamp": timestamp };
    if (secret === undefined) return headers;
    this.#key ??= crypto.subtle.importKey("raw", encoder.encode(secret), { name: "HMAC", hash: "SHA-256" }, false, [
      "sign",
    ]);
    const signature = await crypto.subtle.sign("HMAC", await this.#key, encoder.encode(`${id}.${timestamp}.${body}`));
    const base64 = btoa(String.fromCharCode(...new Uint8Array(signature)));
    return { ...headers, "webhook-signature": `v1,${base64}` };
  }
}

/** The reason of an error of `fetch`: its cause says more than its own message. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? cause.message : message;
}
