/**
 * A webhook as a destination: it gets a signed CloudEvent for each instance.
 *
 * @module
 */

import type { AskOptions } from "../../query/instance_source.ts";
import type { Delivered, Destination, OutgoingInstance, StoodForUnit } from "./destination.ts";
import { SignedWebhook, type WebhookEvent, type WebhookOptions } from "./signed_webhook.ts";

/** `type` of the events: of an instance, and of a series or study that a route sends as one. */
export const INSTANCE_EVENT = "gantry.instance.kept";
export const UNIT_EVENT = "gantry.unit.complete";

/**
 * A destination that is a webhook. An event says which instance came, or which series or study is complete, and nothing of a
 * patient.
 */
export class WebhookDestination implements Destination {
  readonly hearsOfUnits = true;
  readonly #webhook: SignedWebhook;

  /** Posts no event before an instance comes. */
  constructor(options: WebhookOptions) {
    this.#webhook = new SignedWebhook(options);
  }

  /** Posts an event. Any status but a success is a failure. */
  async store(instance: OutgoingInstance, { signal }: AskOptions = {}): Promise<Delivered> {
    const event = instance.unit === undefined ? aboutInstance(instance) : aboutUnit(instance, instance.unit);
    return { status: String(await this.#webhook.post(instance.deliveryId, event, signal)) };
  }
}

function aboutInstance(instance: OutgoingInstance): WebhookEvent {
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
): WebhookEvent {
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
