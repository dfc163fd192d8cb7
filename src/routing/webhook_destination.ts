/**
 * A webhook as a destination: it hears of each instance by a CloudEvent, signed.
 *
 * @module
 */

import type { AskOptions } from "../query/instance_source.ts";
import type { Delivered, Destination, OutgoingInstance, StoodForUnit } from "./destination.ts";
import { httpFailure } from "./http_outcomes.ts";
import { DeliveryError } from "./outcomes.ts";

/** What a webhook needs. */
export interface WebhookOptions {
  /** Where events are posted to. */
  readonly url: string;
  /** Key of the signature, as UTF-8; without one events are not signed. */
  readonly secret?: string | undefined;
  /** Who tells: the `source` of the events, such as `/GANTRY`. */
  readonly source: string;
  /** Milliseconds since the epoch. Default: `Date.now`. */
  readonly now?: () => number;
  /** Default: the platform's. */
  readonly fetch?: typeof fetch;
}

/** `type` of the events: of an instance, and of a series or study that a route sends as one. */
export const INSTANCE_EVENT = "gantry.instance.kept";
export const UNIT_EVENT = "gantry.unit.complete";

const encoder = new TextEncoder();

/**
 * A destination that is a webhook. An event says which instance came, or which series or study is complete, and nothing of a
 * patient; it is structured JSON of CloudEvents 1.0. Its signature follows Standard Webhooks: HMAC-SHA-256 in base64 over `id.timestamp.body`.
 */
export class WebhookDestination implements Destination {
  readonly hearsOfUnits = true;
  readonly #options: WebhookOptions;
  #key: Promise<CryptoKey> | undefined;

  /** Posts nothing before there is an instance. */
  constructor(options: WebhookOptions) {
    this.#options = options;
  }

  /** Posts an event; anything but a status of success is a failure. */
  async store(instance: OutgoingInstance, { signal }: AskOptions = {}): Promise<Delivered> {
    const { url, now = Date.now, fetch: post = fetch } = this.#options;
    const body = this.#event(instance);
    const headers = {
      "Content-Type": "application/cloudevents+json",
      ...await this.#signed(instance.deliveryId, body),
    };
    let response: Response;
    try {
      response = await post(url, { method: "POST", headers, body, redirect: "manual", signal: signal ?? null });
    } catch (error) {
      signal?.throwIfAborted();
      const message = `Cannot post to the webhook: ${reasonOf(error)}`;
      throw new DeliveryError(message, { class: "transport", cause: error });
    }
    await response.body?.cancel().catch(() => {});
    if (response.ok) return { status: String(response.status) };
    throw httpFailure("post to the webhook", response, now());
  }

  #event(instance: OutgoingInstance): string {
    return JSON.stringify({
      specversion: "1.0",
      id: instance.deliveryId,
      source: this.#options.source,
      datacontenttype: "application/json",
      ...instance.unit === undefined ? aboutInstance(instance) : aboutUnit(instance, instance.unit),
    });
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

function aboutInstance(instance: OutgoingInstance): object {
  return {
    type: INSTANCE_EVENT,
    subject: instance.sopInstanceUid,
    time: new Date(instance.receivedAt).toISOString(),
    data: {
      studyInstanceUid: instance.studyInstanceUid,
      seriesInstanceUid: instance.seriesInstanceUid,
      sopInstanceUid: instance.sopInstanceUid,
      sopClassUid: instance.sopClassUid,
      transferSyntax: instance.transferSyntax,
      bytes: instance.length,
      sourceAeTitle: instance.sourceAeTitle,
    },
  };
}

function aboutUnit(
  { studyInstanceUid, seriesInstanceUid, sourceAeTitle }: OutgoingInstance,
  { at, route, level, generation, closedBy, instances }: StoodForUnit,
): object {
  return {
    type: UNIT_EVENT,
    subject: level === "study" ? studyInstanceUid : seriesInstanceUid,
    time: new Date(at).toISOString(),
    data: {
      ...{ route, level, studyInstanceUid, ...(level === "series" && { seriesInstanceUid }) },
      ...{ generation, closedBy, instances, sourceAeTitle },
    },
  };
}

/** `fetch` says little itself: its cause says more. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? cause.message : message;
}
