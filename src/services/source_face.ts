/**
 * What the SCPs of C-FIND, C-GET and C-MOVE have in common: each is a face over a source of instances.
 *
 * @module
 */

import { describeTag } from "../dicom/dictionary.ts";
import { readMessageDataSet } from "../dimse/message_data_set.ts";
import type { PerformRequest } from "../dimse/service.ts";
import * as Status from "../dimse/status.ts";
import { DimseStatusError } from "../errors.ts";
import { IdentifierError } from "../query/identifier_error.ts";
import type { Dialect } from "../query/dialect.ts";
import { readIdentifier } from "../query/identifier.ts";
import type { InstanceSource } from "../query/instance_source.ts";
import { findQuerySopClass, type QueryOperation } from "../query/levels.ts";
import type { MatcherOptions } from "../query/matcher.ts";
import type { Query } from "../query/query.ts";
import type { AssociationInfo } from "../upper_layer/events.ts";
import { negotiatedOptions } from "./offers.ts";

/** Whom to ask for which peer, and how the peer is to be understood. */
export interface SourceFace {
  /** What answers on an association: mostly its called AE title says that. Undefined refuses the operation (0x0124). */
  readonly sourceFor: (association: AssociationInfo) => InstanceSource | undefined;
  /** What is known of the peer. Default: `DEFAULT_DIALECT`. */
  readonly dialectFor?: (association: AssociationInfo) => Partial<Dialect> | undefined;
  /** How answers are made of what the source has. */
  readonly matcher?: MatcherOptions;
  /** Longest identifier, in bytes; a longer one is refused with 0xA700. Default: 4 MiB, which is some 60,000 UIDs. */
  readonly maxIdentifierLength?: number;
}

/** A question that was understood, and the source that answers it. */
export interface Question {
  readonly source: InstanceSource;
  readonly query: Query;
}

const DEFAULT_MAXIMUM_IDENTIFIER_LENGTH = 4 * 1024 * 1024;

/**
 * Reads the identifier of a request, and tells observers what was read as what it was likely to mean.
 *
 * @throws {DimseStatusError} on an identifier that can't be read (0xC000), is too long (0xA700) or no question that is
 * answered here (0xA900), and where nothing stands behind the association (0x0124)
 */
export async function readQuestion(
  request: PerformRequest,
  operation: QueryOperation,
  { sourceFor, dialectFor, maxIdentifierLength: maxLength = DEFAULT_MAXIMUM_IDENTIFIER_LENGTH }: SourceFace,
): Promise<Question> {
  const { association, context: { abstractSyntax }, provider } = request;
  const identifier = await readMessageDataSet(request, { maxLength, limit: "maxIdentifierLength" });
  const source = sourceFor(association);
  if (source === undefined) {
    throw new DimseStatusError(
      `Cannot ${operation}: no source stands behind the called AE title ${association.calledAeTitle}`,
      { status: Status.NotAuthorized, comment: "Nothing to query behind this called AE title" },
    );
  }
  const { query, warnings } = asStatus(() =>
    readIdentifier(identifier, {
      model: findQuerySopClass(abstractSyntax)?.model ?? "study-root",
      operation,
      matching: negotiatedOptions(operation, provider.extendedNegotiation(abstractSyntax)),
      dialect: dialectFor?.(association) ?? {},
    })
  );
  for (const { message } of warnings) provider.association.warn(message);
  return { source, query };
}

/** Does what may throw `IdentifierError`, and throws that as the status 0xA900 with its comment and its tag. */
export function asStatus<Value>(read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    throw toStatus(error);
  }
}

/** An `IdentifierError` as the status that it is answered with; any other error as it is. */
export function toStatus(error: unknown): unknown {
  if (!(error instanceof IdentifierError)) return error;
  const { message, tag, comment } = error;
  const offendingElements = tag === undefined ? [] : [tag];
  const detail = { status: Status.IdentifierDoesNotMatchSopClass, comment, offendingElements };
  return Object.assign(new DimseStatusError(message, detail), { cause: error });
}

/** Most keys that are named: a peer makes up thousands, and no log is to be flooded. */
const MOST_NAMED = 20;

/** Names keys in the words of the log, the first of them where there are very many. */
export function describeKeys(tags: readonly number[]): string {
  const named = tags.slice(0, MOST_NAMED).map(describeTag).join(", ");
  return tags.length > MOST_NAMED ? `${named} and ${tags.length - MOST_NAMED} more` : named;
}
