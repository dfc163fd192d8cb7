/**
 * Instances on their way to another peer: what a C-MOVE does to its destination.
 *
 * @module
 */

import { AssociationAbortedError, DeadlineError, DimseStatusError } from "../errors.ts";
import type { HeldInstance, InstanceSink } from "../query/instance_source.ts";
import type { Peer } from "./peer.ts";
import { ProgressDeadline } from "./progress_deadline.ts";
import type { Failures } from "./retrieval.ts";
import type { ScuAssociation } from "./scu.ts";
import type { MoveOriginator } from "./storage.ts";
import { planAssociations } from "./storage_plan.ts";
import { type Problem, storeHeld } from "./store_held.ts";
import type { SubOperationOutcome } from "./sub_operations.ts";
import type { Transcoding } from "./transcoding.ts";

/** Associations in a row that are not to be had, or end before an answer, until a destination is given up. */
const MOST_LOST = 3;

/** Destination of a move: a peer, or a stand-in for one. The caller disposes of it. */
export type MoveDestination = Peer | {
  /** Takes the instances. */
  readonly sink: InstanceSink;
  /** Instances at the same time. */
  readonly maxAssociations: number;
};

/** Sends instances to a destination. */
export interface Mover {
  /** Why instances have failed, for whoever asked. */
  readonly comment: string | undefined;
  /** Sends one instance. Throws the reason of the signal alone: what fails costs its own instance. */
  send(instance: HeldInstance, opened: () => void): Promise<SubOperationOutcome>;
}

/** The mover for a destination. */
export function moverTo(destination: MoveDestination, options: MovingOptions): Mover {
  return "sink" in destination ? new MovingToSink(destination.sink, options) : new Moving(destination, options);
}

/** How to send, and on whose behalf. */
export interface MovingOptions {
  /** The AE that asked, and its message; undefined if the request was no C-MOVE. */
  readonly originator: MoveOriginator | undefined;
  /** Longest time in which a sub-operation comes no further, in milliseconds. */
  readonly timeout: number;
  /** Aborted when the association that asked has ended, so that no peer waits for the rest. */
  readonly signal: AbortSignal;
  /** Receives the reasons why instances were not sent. */
  readonly failures: Failures;
  /** Brings instances into transfer syntaxes that the peer accepts. Default: none. */
  readonly transcoding?: Transcoding | undefined;
}

/** Sends instances to the destination of a C-MOVE. */
export class Moving implements Mover {
  /** Why instances have failed, for whoever asked. */
  comment: string | undefined;
  readonly #peer: Peer;
  readonly #options: MovingOptions;
  /** Associations in a row that were not to be had, or were lost before an answer. */
  #lost = 0;

  constructor(peer: Peer, options: MovingOptions) {
    this.#peer = peer;
    this.#options = options;
  }

  /** Sends one instance. Throws the reason of the signal alone: what fails costs its own instance. */
  async send(instance: HeldInstance, opened: () => void): Promise<SubOperationOutcome> {
    const { signal, timeout, originator, transcoding } = this.#options;
    if (this.#lost >= MOST_LOST) return this.#fail(instance, GIVEN_UP);
    const deadline = new ProgressDeadline(timeout, signal);
    const [{ presentationContexts = [] } = {}] = planAssociations([instance], { convert: true, transcoding });
    let associated = false;
    try {
      const work = ({ provider, agreement: { contexts } }: ScuAssociation) => {
        associated = true;
        return storeHeld(provider, instance, {
          contexts,
          deadline,
          opened,
          transcoding,
          signal: deadline.signal,
          ...(originator !== undefined && { moveOriginator: originator }),
        });
      };
      const outcome = await this.#peer.use({ presentationContexts }, work, deadline.signal, { repeatable: true });
      this.#lost = 0;
      return typeof outcome === "string" ? outcome : this.#fail(instance, outcome);
    } catch (error) {
      signal.throwIfAborted();
      const isLost = !associated || error instanceof AssociationAbortedError || error instanceof DeadlineError;
      if (isLost) this.#lost++;
      const comment = !associated ? UNREACHABLE : isLost ? "The move destination was lost" : UNREADABLE;
      return this.#fail(instance, { problem: (error as Error).message, comment });
    } finally {
      deadline.stop();
    }
  }

  #fail({ sopInstanceUid }: HeldInstance, { problem, comment }: Problem): "failed" {
    this.comment ??= comment;
    this.#options.failures.tell(sopInstanceUid, problem);
    return "failed";
  }
}

/** Sends instances to what takes them by other means than DIMSE. */
class MovingToSink implements Mover {
  comment: string | undefined;
  readonly #sink: InstanceSink;
  readonly #options: MovingOptions;
  /** Instances in a row for which the destination gave no answer. */
  #lost = 0;

  constructor(sink: InstanceSink, options: MovingOptions) {
    this.#sink = sink;
    this.#options = options;
  }

  async send(instance: HeldInstance, opened: () => void): Promise<SubOperationOutcome> {
    const { signal } = this.#options;
    if (this.#lost >= MOST_LOST) return this.#fail(instance, GIVEN_UP);
    const stream = () => {
      const bytes = instance.stream();
      opened();
      return bytes;
    };
    try {
      await this.#sink.store({ ...instance, stream }, { signal });
      this.#lost = 0;
      return "completed";
    } catch (error) {
      signal.throwIfAborted();
      const isAnswer = error instanceof DimseStatusError;
      this.#lost = isAnswer ? 0 : this.#lost + 1;
      const comment = isAnswer
        ? error.comment ?? "Not stored by the move destination"
        : "The move destination was lost";
      return this.#fail(instance, { problem: (error as Error).message, comment });
    }
  }

  #fail({ sopInstanceUid }: HeldInstance, { problem, comment }: Problem): "failed" {
    this.comment ??= comment;
    this.#options.failures.tell(sopInstanceUid, problem);
    return "failed";
  }
}

const UNREACHABLE = "The move destination can't be reached";
const UNREADABLE = "Instances can't be read";
const GIVEN_UP: Problem = { problem: "the move destination was given up", comment: UNREACHABLE };
