/**
 * Query service: C-FIND as an SCP (PS3.4 Annex C).
 *
 * @module
 */

import type { PerformRequest, PerformResponse, Service } from "../dimse/service.ts";
import * as Status from "../dimse/status.ts";
import { DimseStatusError, LimitError } from "../errors.ts";
import { compileQuery } from "../query/compile.ts";
import type { Match } from "../query/instance_source.ts";
import type { AssociationInfo } from "../upper_layer/events.ts";
import { findOffer } from "./offers.ts";
import { asStatus, describeKeys, readQuestion, type SourceFace, toStatus } from "./source_face.ts";

/** What a C-FIND SCP answers with. */
export interface FindScpOptions extends SourceFace {
  /** AE title that the instances can be retrieved from, before those that the source says. Default: those alone. */
  readonly retrieveAeTitleFor?: (association: AssociationInfo) => string | undefined;
}

/**
 * Answers C-FIND in the Patient Root, the Study Root and Patient/Study Only (SCP) with what a source finds. Relational
 * queries, combined date-time, fuzzy names, time zones, empty and multiple values are accepted if the requestor
 * proposes them. 0xFF01 reports keys that the source doesn't match; observers get their names. A C-CANCEL-RQ ends the
 * answers with 0xFE00.
 */
export function findScp(options: FindScpOptions): Service {
  return { ...findOffer, perform: (request) => answerQuery(request, options) };
}

/** Performs a C-FIND-RQ of any information model. */
export async function* answerQuery(request: PerformRequest, options: FindScpOptions): AsyncGenerator<PerformResponse> {
  const { signal, association, provider } = request;
  const { source, query } = await readQuestion(request, "find", options);
  const { answer, criteria } = asStatus(() => compileQuery(query, options.matcher));
  for (const { message } of criteria.warnings) provider.association.warn(message);
  const detailOf = detailWith(options.retrieveAeTitleFor?.(association));
  let told = false;
  try {
    for await (const match of source.find(query, { signal })) {
      if (signal.aborted) break;
      const { unmatched, attributes } = match;
      if (unmatched.length > 0 && !told) {
        told = true;
        provider.association.warn(`Did not match these keys of a C-FIND: ${describeKeys(unmatched)}`);
      }
      const status = unmatched.length > 0 ? Status.PendingWithUnsupportedKeys : Status.Pending;
      yield { status, dataSet: answer(attributes, detailOf(match)) };
    }
  } catch (error) {
    if (!signal.aborted) throw toFindStatus(error);
  }
  yield { status: signal.aborted ? Status.Cancel : Status.Success };
}

/** Puts an AE title before those that a match states. Many matches in a row state the same. */
function detailWith(aeTitle: string | undefined): (match: Match) => Pick<Match, "retrieveAeTitles" | "availability"> {
  if (aeTitle === undefined || aeTitle === "") return (match) => match;
  let last: { readonly stated: readonly string[] | undefined; readonly all: readonly string[] } | undefined;
  return ({ retrieveAeTitles: stated, availability }) => {
    if (last === undefined || last.stated !== stated) last = { stated, all: [...new Set([aeTitle, ...stated ?? []])] };
    return { retrieveAeTitles: last.all, availability };
  };
}

/** What a source is short of is 0xA700; a query that it can't answer is 0xA900. */
function toFindStatus(error: unknown): unknown {
  if (!(error instanceof LimitError)) return toStatus(error);
  const { message } = error;
  const detail = { status: Status.OutOfResources, comment: "The query has too many answers" };
  return Object.assign(new DimseStatusError(message, detail), { cause: error });
}
