/**
 * Query service: C-FIND as an SCU (PS3.4 Annexes C and K).
 *
 * @module
 */

import type { DataSet } from "../dicom/data_set/data_set.ts";
import * as UID from "../dicom/generated/uid.ts";
import type { Priority } from "../dimse/commands.ts";
import { readMessageDataSet } from "../dimse/message_data_set.ts";
import type { OutgoingDataSet } from "../dimse/message_writer.ts";
import type { DimseProvider } from "../dimse/provider.ts";
import * as Status from "../dimse/status.ts";
import { describeStatus, isPending, statusCode } from "../dimse/statuses.ts";
import { DimseStatusError } from "../errors.ts";

/** What to query. */
export interface FindQuery {
  /** The identifier: keys to match and keys to return. A `DataSet`, or its bytes in the context's transfer syntax. */
  readonly identifier: OutgoingDataSet;
  /** SOP Class UID of the information model. Default: Study Root Query/Retrieve - FIND. */
  readonly sopClassUid?: string;
  /** Default `medium`. */
  readonly priority?: Priority;
  /** Longest answer that is taken, in bytes. Default: 16 MiB. */
  readonly maxLength?: number;
  /** Sends a C-CANCEL-RQ. */
  readonly signal?: AbortSignal;
}

/** One answer to a query. */
export interface FoundMatch {
  /** What the peer says of it. */
  readonly dataSet: DataSet;
  /** Whether the peer ignored some optional keys (0xFF01): the answer may not match them. */
  readonly unsupportedKeys: boolean;
}

/**
 * Sends a C-FIND-RQ (SCU) and gives the matches as they come; the peer waits while one is looked at. Leaving the loop
 * early cancels the query. Throws DimseStatusError for a final status that is a failure, PresentationContextError when the peer
 * did not accept the information model, AssociationAbortedError when the association ends first, and the signal's reason
 * when the peer ends the query for it.
 */
export async function* find(provider: DimseProvider, query: FindQuery): AsyncGenerator<FoundMatch, void, void> {
  const { identifier: dataSet, sopClassUid, priority = "medium", maxLength, signal } = query;
  const context = provider.context(sopClassUid ?? UID.StudyRootQueryRetrieveInformationModelFind);
  const request = { type: "C-FIND-RQ", affectedSopClassUid: context.abstractSyntax, priority } as const;
  const options = { dataSet, ...(signal !== undefined && { signal }) };
  for await (const response of provider.responses(context, request, options)) {
    const { status, errorComment } = response.command;
    if (isPending(status)) {
      const found = await readMessageDataSet(response, maxLength === undefined ? {} : { maxLength });
      yield { dataSet: found, unsupportedKeys: status === Status.PendingWithUnsupportedKeys };
      continue;
    }
    checkFinal("C-FIND", status, errorComment, signal);
  }
}

/** Throws when a final status is neither a success nor the end that the caller asked for. */
function checkFinal(service: string, status: number, comment: string | undefined, signal?: AbortSignal): void {
  const { category, meaning } = describeStatus(status, service);
  if (category === "success" || category === "warning") return;
  if (category === "cancel") signal?.throwIfAborted();
  const said = comment === undefined ? meaning : `${meaning}: ${comment}`;
  throw new DimseStatusError(`Cannot find: the peer answered ${statusCode(status)} (${said})`, { status, comment });
}
