/**
 * Retrieve service: C-MOVE as an SCP (PS3.4 C.4.2).
 *
 * @module
 */

import { isPrintableAscii } from "../dicom/ascii.ts";
import type { CMoveRq } from "../dimse/commands.ts";
import type { PerformRequest, PerformResponse, Service } from "../dimse/service.ts";
import * as Status from "../dimse/status.ts";
import { DimseStatusError } from "../errors.ts";
import type { AssociationInfo } from "../upper_layer/events.ts";
import { type MoveDestination, moverTo } from "./moving.ts";
import { moveOffer } from "./offers.ts";
import { DEFAULT_SUB_OPERATION_TIMEOUT } from "./progress_deadline.ts";
import { Failures, retrieval } from "./retrieval.ts";
import { readQuestion, type SourceFace } from "./source_face.ts";
import type { MoveOriginator } from "./storage.ts";
import type { Transcoding } from "./transcoding.ts";

/** What a C-MOVE SCP sends, and where to. */
export interface MoveScpOptions extends SourceFace {
  /**
   * The peer that has an AE title, or what stands for it. It stays the caller's to dispose of, and may serve many
   * operations: as many instances go to it at the same time as it may have associations.
   */
  readonly destinationFor: (aeTitle: string, association: AssociationInfo) => MoveDestination | undefined;
  /** AE titles that may have been meant, the likeliest first, for the Error Comment. Default: none. */
  readonly nearestTo?: (aeTitle: string) => readonly string[];
  /** Longest time in which a sub-operation comes no further, in milliseconds. Default: 60,000. */
  readonly subOperationTimeout?: number;
  /**
   * What brings instances into transfer syntaxes that the peer takes, where they can't just be converted, such as
   * `transcodingBy()` of the pixel data. Default: nothing does, and such instances fail.
   */
  readonly transcoding?: Transcoding | undefined;
}

/**
 * Answers C-MOVE in the Patient Root, the Study Root and Patient/Study Only (SCP): instances go to a peer as they are
 * stored or, between uncompressed transfer syntaxes, converted, on associations that are used again. An unknown
 * destination is 0xA801; one that can't be reached, 0xA702; one that is lost on the way, 0xB000 with the list of what failed.
 */
export function moveScp(options: MoveScpOptions): Service {
  return { ...moveOffer, perform: (request) => answers(request as PerformRequest<CMoveRq>, options) };
}

async function* answers(
  request: PerformRequest<CMoveRq>,
  options: MoveScpOptions,
): AsyncGenerator<PerformResponse> {
  const { association, command: { moveDestination, messageId }, provider } = request;
  const question = await readQuestion(request, "move", options);
  const peer = options.destinationFor(moveDestination, association);
  if (peer === undefined) throw unknownDestination(moveDestination, options.nearestTo?.(moveDestination) ?? []);
  const moving = moverTo(peer, {
    originator: originatorOf(association.callingAeTitle, messageId),
    timeout: options.subOperationTimeout ?? DEFAULT_SUB_OPERATION_TIMEOUT,
    signal: provider.association.signal,
    failures: new Failures((message) => provider.association.warn(message)),
    transcoding: options.transcoding,
  });
  yield* retrieval(request, question, {
    send: (instance, opened) => moving.send(instance, opened),
    parallel: peer.maxAssociations,
    comment: () => moving.comment,
  });
}

/** The peer that asked; undefined if its AE title can't be written. The instances are sent all the same. */
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
