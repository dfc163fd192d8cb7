/**
 * A DIMSE peer as a destination: C-STORE, and C-ECHO as its probe.
 *
 * @module
 */

import * as Status from "../../dimse/status.ts";
import { describeStatus, statusCode } from "../../dimse/statuses.ts";
import { AssociationAbortedError, DataSetError, DeadlineError, TransportError } from "../../errors.ts";
import type { AskOptions } from "../../query/instance_source.ts";
import type { Peer } from "../../services/peer.ts";
import { ProgressDeadline } from "../../services/progress_deadline.ts";
import type { ScuAssociation } from "../../services/scu.ts";
import { planAssociations } from "../../services/storage_plan.ts";
import { type Problem, storeHeld } from "../../services/store_held.ts";
import type { Transcoding } from "../../services/transcoding.ts";
import { AssociationRejectedError } from "../../upper_layer/association_rejected_error.ts";
import { orAborted } from "../lanes/abortable.ts";
import type { Delivered, Destination, OutgoingInstance } from "./destination.ts";
import { DeliveryError, type OutcomeClass } from "./outcomes.ts";

/** What a DIMSE destination needs. */
export interface DimseDestinationOptions {
  /** The peer; the destination closes it. */
  readonly peer: Pick<Peer, "use" | "echo" | typeof Symbol.asyncDispose>;
  /** The longest time that a C-STORE may go without progress, in milliseconds. */
  readonly timeout: number;
  /** Transcodes instances into transfer syntaxes that the peer takes, where converting them isn't enough. Default: none. */
  readonly transcoding?: Transcoding | undefined;
  /** Asks the peer for storage commitment. Default: an instance that the peer has taken is safe there. */
  readonly commitments?: Commitments | undefined;
}

/** Asks a peer for storage commitment. The destination disposes of it. */
interface Commitments extends AsyncDisposable {
  /** Resolves once the peer answers for the instance. */
  confirm(instance: { readonly sopClassUid: string; readonly sopInstanceUid: string }): Promise<void>;
}

type FailureClass = Exclude<OutcomeClass, "delivered" | "duplicate">;

/** Ranges of failure statuses of C-STORE (PS3.7 Annex C, PS3.4 Table B.2-1) that are not permanent, and their classes. */
const STATUS_CLASSES: readonly (readonly [first: number, last: number, outcome: FailureClass])[] = [
  [Status.ProcessingFailure, Status.ProcessingFailure, "transient"],
  // Resource limitation is the second of them; peers that are busy answer with either.
  [Status.MistypedArgument, Status.ResourceLimitation, "transient"],
  [0xA700, 0xA7FF, "transient"],
];

/** The class of a failure status of C-STORE. */
export function classOfStatus(status: number): FailureClass | "duplicate" {
  if (status === Status.DuplicateSopInstance) return "duplicate";
  return STATUS_CLASSES.find(([first, last]) => status >= first && status <= last)?.[2] ?? "permanent";
}

/** A destination that is a DIMSE peer. */
export class DimseDestination implements Destination {
  readonly #options: DimseDestinationOptions;

  /** Opens no association before an instance or a probe needs one. */
  constructor(options: DimseDestinationOptions) {
    this.#options = options;
  }

  /** Sends the instance as it is stored or, where the peer doesn't take that, converted or transcoded. */
  async store(
    instance: OutgoingInstance,
    { signal = new AbortController().signal }: AskOptions = {},
  ): Promise<Delivered> {
    const { peer, timeout, transcoding } = this.#options;
    const deadline = new ProgressDeadline(timeout, signal);
    const [{ presentationContexts = [] } = {}] = planAssociations([instance], { convert: true, transcoding });
    let associated = false;
    let status = 0;
    const work = ({ provider, agreement: { contexts } }: ScuAssociation) => {
      associated = true;
      return storeHeld(provider, instance, {
        contexts,
        deadline,
        transcoding,
        priority: instance.priority,
        signal: deadline.signal,
        onStatus: (answered) => status = answered,
      });
    };
    try {
      const outcome = await peer.use({ presentationContexts }, work, deadline.signal, { repeatable: true });
      if (typeof outcome === "string") return { status: statusCode(status) };
      return answered(outcome);
    } catch (error) {
      signal.throwIfAborted();
      throw error instanceof DeliveryError ? error : deliveryError(error, associated);
    } finally {
      deadline.stop();
    }
  }

  /** Sends a C-ECHO. */
  async probe({ signal }: AskOptions = {}): Promise<void> {
    const status = await this.#options.peer.echo(signal === undefined ? {} : { signal });
    if (status === Status.Success) return;
    const { meaning } = describeStatus(status, "C-ECHO");
    throw new Error(`Cannot echo: the peer answered ${statusCode(status)} (${meaning})`);
  }

  /** Asks for storage commitment (PS3.4 Annex J). */
  async confirm({ sopClassUid, sopInstanceUid }: OutgoingInstance, { signal }: AskOptions = {}): Promise<void> {
    const confirmed = this.#options.commitments?.confirm({ sopClassUid, sopInstanceUid }) ?? Promise.resolve();
    await (signal === undefined ? confirmed : orAborted(confirmed, signal));
  }

  /** Releases the associations. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#options.commitments?.[Symbol.asyncDispose]();
    await this.#options.peer[Symbol.asyncDispose]();
  }
}

/** A status that is a failure, or no context to send it in. */
function answered({ problem, status }: Problem): Delivered {
  const outcome = status === undefined ? "permanent" : classOfStatus(status);
  const code = status === undefined ? undefined : statusCode(status);
  if (outcome === "duplicate") return { duplicate: true, ...(code !== undefined && { status: code }) };
  throw new DeliveryError(`Cannot send: ${problem}`, { class: outcome, status: code });
}

/** Why there was no answer. */
function deliveryError(error: unknown, associated: boolean): DeliveryError {
  const message = error instanceof Error ? error.message : String(error);
  return new DeliveryError(message, { class: classOfError(error, associated), cause: error });
}

function classOfError(error: unknown, associated: boolean): FailureClass {
  if (error instanceof DataSetError) return "permanent"; // It can't be converted.
  if (error instanceof AssociationAbortedError || error instanceof DeadlineError) {
    return associated ? "interrupted" : "transport";
  }
  if (error instanceof AssociationRejectedError) {
    return error.result === "rejected-permanent" ? "configuration" : "transport";
  }
  if (error instanceof TransportError) return error.phase === "tls" ? "configuration" : "transport";
  return associated ? "failed" : "transport";
}
