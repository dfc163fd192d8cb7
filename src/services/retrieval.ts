/**
 * The common part of C-GET and C-MOVE SCPs: from the request to the final response (PS3.4 C.4.2 and C.4.3).
 *
 * @module
 */

import { DataSet } from "../dicom/data_set/data_set.ts";
import * as UID from "../dicom/generated/uid.ts";
import type { PerformRequest, PerformResponse } from "../dimse/service.ts";
import * as Status from "../dimse/status.ts";
import { DimseStatusError } from "../errors.ts";
import { DEFAULT_DIALECT } from "../query/dialect.ts";
import { listInstances } from "../query/instance_source.ts";
import { type Question, toStatus } from "./source_face.ts";
import { type SendInstance, SubOperations, type SubOperationsReport } from "./sub_operations.ts";

/** How a retrieval sends. */
export interface RetrievalOptions {
  readonly send: SendInstance;
  /** Most sub-operations at the same time. */
  readonly parallel: number;
  /** Error Comment (0000,0902) of a final status that is a failure or a warning. */
  readonly comment: () => string | undefined;
}

/** The greatest count that a response has room for (VR US). */
const MAXIMUM_COUNT = 0xFFFF;

/** Sends what a question means, with a pending response now and then, and the final one. */
export async function* retrieval(
  request: PerformRequest,
  { source, query }: Question,
  { send, parallel, comment }: RetrievalOptions,
): AsyncGenerator<PerformResponse> {
  const { signal, provider: { association }, context: { transferSyntax } } = request;
  let total = 0;
  try {
    for await (const _ of listInstances(source, query, { signal })) total++;
  } catch (error) {
    if (signal.aborted) return yield { status: Status.Cancel, ...countsOf({ ...NOTHING, remaining: 0 }, true) };
    throw toCountStatus(error);
  }
  const operations = new SubOperations({
    instances: source.retrieve(query, { signal, whole: true }),
    total,
    send,
    parallel: Math.max(1, Math.min(parallel, total)),
    interval: query.dialect.pendingInterval ?? DEFAULT_DIALECT.pendingInterval,
    signal,
  });
  for await (const report of operations.run()) yield { status: Status.Pending, ...countsOf(report, true) };
  const { sourceError, failed } = operations;
  if (sourceError !== undefined) association.warn(`Ended a retrieval early: ${(sourceError as Error).message}`);
  yield finalResponse(operations.report, { cancelled: signal.aborted, failed, transferSyntax, comment: comment() });
}

const NOTHING: SubOperationsReport = { remaining: 0, completed: 0, warning: 0, failed: 0 };

/** Before the first sub-operation: their number is not known. */
function toCountStatus(error: unknown): unknown {
  const status = toStatus(error);
  if (status !== error || error instanceof DimseStatusError) return status;
  const { message } = error as Error;
  return Object.assign(new DimseStatusError(message, { status: Status.UnableToCalculateNumberOfMatches }), {
    cause: error,
  });
}

function countsOf({ remaining, completed, warning, failed }: SubOperationsReport, withRemaining: boolean) {
  const count = (number: number) => Math.min(number, MAXIMUM_COUNT);
  return {
    ...(withRemaining && { numberOfRemainingSuboperations: count(remaining) }),
    numberOfCompletedSuboperations: count(completed),
    numberOfFailedSuboperations: count(failed),
    numberOfWarningSuboperations: count(warning),
  };
}

interface Ending {
  readonly cancelled: boolean;
  /** SOP Instance UIDs. */
  readonly failed: readonly string[];
  readonly transferSyntax: string;
  readonly comment: string | undefined;
}

/**
 * The final status: where nothing at all could be sent the operation has failed (PS3.4 C.4.2.3.1), and where a part could
 * not it is a warning.
 */
export function finalStatus({ completed, warning, failed }: SubOperationsReport, cancelled: boolean): number {
  if (cancelled) return Status.Cancel;
  if (failed === 0 && warning === 0) return Status.Success;
  return completed === 0 && warning === 0
    ? Status.UnableToPerformSuboperations
    : Status.SuboperationsCompleteWithFailures;
}

/** The final response. What is left to do is told after a cancel alone (PS3.4 C.4.2.1.6). */
function finalResponse(
  report: SubOperationsReport,
  { cancelled, failed, transferSyntax, comment }: Ending,
): PerformResponse {
  const status = finalStatus(report, cancelled);
  const list = failedList(failed, transferSyntax);
  return {
    status,
    ...countsOf(report, cancelled),
    ...(comment !== undefined && status !== Status.Success && { errorComment: comment }),
    ...(list !== undefined && { dataSet: list }),
  };
}

/** Bytes that a UI element may have in an explicit VR (PS3.5 7.1.2), and that a list has at most in any. */
const LONGEST_EXPLICIT = 0xFFFE;
const LONGEST_LIST = 0x10_0000;

/** Failed SOP Instance UID List: as many as there is room for; the counts say how many there are. */
function failedList(failed: readonly string[], transferSyntax: string): DataSet | undefined {
  if (failed.length === 0) return undefined;
  const longest = transferSyntax === UID.ImplicitVRLittleEndian ? LONGEST_LIST : LONGEST_EXPLICIT;
  let length = 0;
  let count = 0;
  while (count < failed.length && (length += failed[count]!.length + 1) <= longest) count++;
  return new DataSet({ FailedSOPInstanceUIDList: failed.slice(0, count) });
}

/** Tells observers why instances were not sent: each of the first few, so that no log is flooded. */
export class Failures {
  readonly #warn: (message: string) => void;
  #told = 0;

  constructor(warn: (message: string) => void) {
    this.#warn = warn;
  }

  /** Tells of one more, if few were told so far. */
  tell(sopInstanceUid: string, problem: string): void {
    if (this.#told++ === MOST_TOLD) this.#warn("Further instances were not sent either; the response has their UIDs");
    if (this.#told <= MOST_TOLD) this.#warn(`Did not send the instance ${sopInstanceUid}: ${problem}`);
  }
}

const MOST_TOLD = 10;
