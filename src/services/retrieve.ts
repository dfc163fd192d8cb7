/**
 * Retrieve services: C-MOVE and C-GET as an SCU (PS3.4 Annex C).
 *
 * @module
 */

import * as UID from "../dicom/generated/uid.ts";
import type { CGetRsp, CMoveRsp, Priority } from "../dimse/commands.ts";
import type { IncomingResponse } from "../dimse/invoker.ts";
import { readMessageDataSet } from "../dimse/message_data_set.ts";
import type { OutgoingDataSet } from "../dimse/message_writer.ts";
import type { DimseProvider } from "../dimse/provider.ts";
import { isPending } from "../dimse/statuses.ts";
import type { ProposedPresentationContext, RoleSelection } from "../upper_layer/pdu.ts";

/** What to retrieve. */
export interface RetrieveQuery {
  /** The identifier: level and unique keys. A `DataSet`, or its bytes in the context's transfer syntax. */
  readonly identifier: OutgoingDataSet;
  /** SOP Class UID of the information model. Default: Study Root Query/Retrieve - MOVE or GET. */
  readonly sopClassUid?: string;
  /** Default `medium`. */
  readonly priority?: Priority;
  /** Sends a C-CANCEL-RQ. */
  readonly signal?: AbortSignal;
}

/** How far a retrieval is; the last one tells how it ended. Numbers that the peer does not tell are undefined. */
export interface RetrieveProgress {
  /** Status (0000,0900): pending, or the final one (PS3.4 Tables C.4-2 and C.4-3). */
  readonly status: number;
  /** Whether more follows. */
  readonly isPending: boolean;
  /** Sub-operations that are still to be done. */
  readonly remaining: number | undefined;
  /** Sub-operations that were done. */
  readonly completed: number | undefined;
  /** Sub-operations that failed. */
  readonly failed: number | undefined;
  /** Sub-operations that were done with a warning. */
  readonly warning: number | undefined;
  /** SOP Instance UIDs that the peer says have failed (0008,0058), at the end. */
  readonly failedSopInstanceUids: readonly string[];
  /** Error Comment (0000,0902). */
  readonly errorComment: string | undefined;
}

/**
 * Sends a C-MOVE-RQ (SCU): the peer sends the instances to the AE title `destination`. Gives the progress as the peer
 * tells it, the final status last, whatever it is. Throws PresentationContextError when the peer did not accept the
 * information model, AssociationAbortedError when the association ends first.
 */
export async function* move(
  provider: DimseProvider,
  query: RetrieveQuery & { readonly destination: string },
): AsyncGenerator<RetrieveProgress, void, void> {
  const { identifier: dataSet, sopClassUid, priority = "medium", signal, destination } = query;
  const context = provider.context(sopClassUid ?? UID.StudyRootQueryRetrieveInformationModelMove);
  const affected = { affectedSopClassUid: context.abstractSyntax, priority, moveDestination: destination };
  const options = { dataSet, ...(signal !== undefined && { signal }) };
  const responses = provider.responses(context, { type: "C-MOVE-RQ", ...affected }, options);
  for await (const response of responses) yield await progressOf(response);
}

/**
 * Sends a C-GET-RQ (SCU): the peer sends the instances on this same association, to the `storage()` among the services
 * that it was requested with, in the presentation contexts of `retrievalContexts()`. Gives the progress as `move` does.
 */
export async function* get(
  provider: DimseProvider,
  query: RetrieveQuery,
): AsyncGenerator<RetrieveProgress, void, void> {
  const { identifier: dataSet, sopClassUid, priority = "medium", signal } = query;
  const context = provider.context(sopClassUid ?? UID.StudyRootQueryRetrieveInformationModelGet);
  const affected = { affectedSopClassUid: context.abstractSyntax, priority };
  const options = { dataSet, ...(signal !== undefined && { signal }) };
  const responses = provider.responses(context, { type: "C-GET-RQ", ...affected }, options);
  for await (const response of responses) yield await progressOf(response);
}

async function progressOf(response: IncomingResponse<CGetRsp | CMoveRsp>): Promise<RetrieveProgress> {
  const { command } = response;
  return {
    status: command.status,
    isPending: isPending(command.status),
    remaining: command.numberOfRemainingSuboperations,
    completed: command.numberOfCompletedSuboperations,
    failed: command.numberOfFailedSuboperations,
    warning: command.numberOfWarningSuboperations,
    failedSopInstanceUids: await failedOf(response),
    errorComment: command.errorComment,
  };
}

/** The list is a help: an answer whose list can't be read is an answer all the same. */
async function failedOf(response: IncomingResponse): Promise<readonly string[]> {
  if (response.dataSet === undefined) return [];
  try {
    return (await readMessageDataSet(response)).getTexts("FailedSOPInstanceUIDList");
  } catch {
    return [];
  }
}

/** What an SCU of C-GET proposes for the instances that are to come (PS3.7 D.3.3.4). */
export interface RetrievalContexts {
  /** One for each SOP class, and more for what is proposed separately. */
  readonly presentationContexts: readonly Omit<ProposedPresentationContext, "id">[];
  /** This side is SCP of each, and no SCU. */
  readonly roleSelections: readonly RoleSelection[];
}

/**
 * Presentation contexts and roles in which instances of the given SOP classes can come by C-GET; an association takes 127
 * of them, beside that of C-GET itself.
 *
 * @param transferSyntaxes UIDs to propose for each, in order of preference. Default: Explicit and Implicit VR Little Endian
 * @param separately lists of UIDs that get a context of their own for each SOP class, so that a peer that likes another one
 * better can send in one of these as well. Default: none
 */
export function retrievalContexts(
  sopClassUids: Iterable<string>,
  transferSyntaxes: readonly string[] = [UID.ExplicitVRLittleEndian, UID.ImplicitVRLittleEndian],
  separately: readonly (readonly string[])[] = [],
): RetrievalContexts {
  const unique = [...new Set(sopClassUids)];
  const proposed = [transferSyntaxes, ...separately];
  return {
    presentationContexts: unique.flatMap((abstractSyntax) =>
      proposed.map((transferSyntaxes) => ({ abstractSyntax, transferSyntaxes }))
    ),
    roleSelections: unique.map((sopClassUid) => ({ sopClassUid, scuRole: false, scpRole: true })),
  };
}
