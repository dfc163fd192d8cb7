/**
 * A DICOMweb server as a destination: STOW-RS.
 *
 * @module
 */

import { DicomwebError } from "../dicomweb/client/web_error.ts";
import type { WebSource } from "../dicomweb/client/web_source.ts";
import { statusCode } from "../dimse/statuses.ts";
import { DataSetError, DeadlineError, DimseStatusError } from "../errors.ts";
import type { AskOptions } from "../query/instance_source.ts";
import type { Delivered, Destination, OutgoingInstance } from "../routing/destination.ts";
import { classOfStatus } from "../routing/dimse_destination.ts";
import { classOfHttpStatus } from "../routing/http_outcomes.ts";
import { DeliveryError } from "../routing/outcomes.ts";

/** Stores each instance by a request of its own. The next instance is the probe of a server that fails. */
export class WebDestination implements Destination {
  readonly #sink: Pick<WebSource, "store">;

  /** Asks nobody yet. */
  constructor(sink: Pick<WebSource, "store">) {
    this.#sink = sink;
  }

  /** Stores an instance. A failure reason (0008,1197) counts as the status of a C-STORE would. */
  async store(instance: OutgoingInstance, options: AskOptions = {}): Promise<Delivered> {
    try {
      await this.#sink.store(instance, options);
      return { status: "200" };
    } catch (error) {
      options.signal?.throwIfAborted();
      return answered(error);
    }
  }
}

function answered(error: unknown): Delivered {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof DimseStatusError) {
    const [outcome, status] = [classOfStatus(error.status), statusCode(error.status)];
    if (outcome === "duplicate") return { duplicate: true, status };
    throw new DeliveryError(message, { class: outcome, status, cause: error });
  }
  if (error instanceof DicomwebError) {
    const detail = { class: classOfHttpStatus(error.status), status: String(error.status), cause: error };
    throw new DeliveryError(message, detail);
  }
  if (error instanceof DataSetError) throw new DeliveryError(message, { class: "permanent", cause: error });
  const isLost = error instanceof Error && error.cause instanceof TypeError;
  const outcome = error instanceof DeadlineError ? "interrupted" : isLost ? "transport" : "failed";
  throw new DeliveryError(message, { class: outcome, cause: error });
}
