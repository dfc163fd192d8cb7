/**
 * Retrieve service: C-MOVE as an SCP (PS3.4 C.4.2).
 *
 * @module
 */

import { isPrintableAscii } from "../dicom/ascii.ts";
import type { CMoveRq } from "../dimse/commands.ts";
import type { PerformRequest, PerformResponse, Service } from "../dimse/service.ts";
import * as Status from "../dimse/status.ts";
import { AssociationAbortedError, DeadlineError, DimseStatusError } from "../errors.ts";
import type { HeldInstance } from "../query/instance_source.ts";
import type { AssociationInfo } from "../upper_layer/events.ts";
import type { Peer } from "./peer.ts";
import { DEFAULT_SUB_OPERATION_TIMEOUT, ProgressDeadline } from "./progress_deadline.ts";
import { Failures, retrieval } from "./retrieval.ts";
import type { ScuAssociation } from "./scu.ts";
import { answerExtendedNegotiation, identifierSyntax, modelOf, readQuestion, type SourceFace } from "./source_face.ts";
import type { MoveOriginator } from "./storage.ts";
import { planAssociations } from "./storage_plan.ts";
import { type Problem, storeHeld } from "./store_held.ts";
import type { SubOperationOutcome } from "./sub_operations.ts";

/** What a C-MOVE SCP sends, and where to. */
export interface MoveScpOptions extends SourceFace {
  /**
   * The peer that has an AE title. It stays the caller's to dispose of, and may serve many operations: as many instances go
   * to it at the same time as it may have associations.
   */
  readonly destinationFor: (aeTitle: string, association: AssociationInfo) => Peer | undefined;
  /** AE titles that may have been meant, the likeliest first, for the Error Comment. Default: none. */
  readonly nearestTo?: (aeTitle: string) => readonly string[];
  /** Longest time in which a sub-operation comes no further, in milliseconds. Default: 60,000. */
  readonly subOperationTimeout?: number;
}

/** Associations in a row that are not to be had, or end before an answer, until a destination is given up. */
const MOST_LOST = 3;

/**
 * Answers C-MOVE in the Patient Root, the Study Root and Patient/Study Only (SCP): instances go to a peer as they are
 * stored or, between uncompressed transfer syntaxes, converted, on associations that are used again. An unknown
 * destination is 0xA801; one that can't be reached, 0xA702; one that is lost on the way, 0xB000 with the list of what failed.
 */
export function moveScp(options: MoveScpOptions): Service {
  return {
    performs: ["C-MOVE-RQ"],
    transferSyntaxes: (abstractSyntax) => modelOf(abstractSyntax, "move") && identifierSyntax,
    negotiate: (_, proposed) => answerExtendedNegotiation("move", proposed),
    perform: (request) => answers(request as PerformRequest<CMoveRq>, options),
  };
}

async function* answers(
  request: PerformRequest<CMoveRq>,
  options: MoveScpOptions,
): AsyncGenerator<PerformResponse> {
  const { association, command: { moveDestination, messageId }, provider } = request;
  const question = await readQuestion(request, "move", options);
  const peer = options.destinationFor(moveDestination, association);
  if (peer === undefined) throw unknownDestination(moveDestination, options.nearestTo?.(moveDestination) ?? []);
  const moving = new Moving(peer, {
    originator: originatorOf(association.callingAeTitle, messageId),
    timeout: options.subOperationTimeout ?? DEFAULT_SUB_OPERATION_TIMEOUT,
    signal: provider.association.signal,
    failures: new Failures((message) => provider.association.warn(message)),
  });
  yield* retrieval(request, question, {
    send: (instance, opened) => moving.send(instance, opened),
    parallel: peer.maxAssociations,
    comment: () => moving.comment,
  });
}

/** Who asked; undefined where the AE title can't be written, which is no reason to send nothing. */
function originatorOf(aeTitle: string, messageId: number): MoveOriginator | undefined {
  return aeTitle !== "" && isPrintableAscii(aeTitle) && !aeTitle.includes("\\") ? { aeTitle, messageId } : undefined;
}

/** As many of the nearest AE titles as a comment has room for. */
function unknownDestination(aeTitle: string, nearest: readonly string[]): DimseStatusError {
  let comment = "Unknown move destination";
  for (const [index, title] of nearest.entries()) {
    const longer = `${comment}${index === 0 ? "; known: " : ", "}${title}`;
    if (longer.length > 64) break;
    comment = longer;
  }
  return new DimseStatusError(`Cannot move: no peer with the AE title ${JSON.stringify(aeTitle)} is configured`, {
    status: Status.MoveDestinationUnknown,
    comment,
  });
}

interface MovingOptions {
  readonly originator: MoveOriginator | undefined;
  readonly timeout: number;
  /** Aborted when the association that asked has ended: nobody waits for the rest. */
  readonly signal: AbortSignal;
  readonly failures: Failures;
}

/** Sends instances to the destination of a C-MOVE. */
class Moving {
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

  async send(instance: HeldInstance, opened: () => void): Promise<SubOperationOutcome> {
    const { signal, timeout, originator } = this.#options;
    if (this.#lost >= MOST_LOST) return this.#fail(instance, GIVEN_UP);
    const deadline = new ProgressDeadline(timeout, signal);
    const [{ presentationContexts = [] } = {}] = planAssociations([instance], { convert: true });
    let associated = false;
    try {
      const work = ({ provider, agreement: { contexts } }: ScuAssociation) => {
        associated = true;
        return storeHeld(provider, instance, {
          contexts,
          deadline,
          opened,
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

const UNREACHABLE = "The move destination can't be reached";
const UNREADABLE = "Instances can't be read";
const GIVEN_UP: Problem = { problem: "the move destination was given up", comment: UNREACHABLE };
