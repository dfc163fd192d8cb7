/**
 * Storage commitment, push model (PS3.4 Annex J): a peer is asked to answer for instances, and reports which it does.
 *
 * @module
 */

import * as UID from "../dicom/generated/uid.ts";
import { isValidUid } from "../dicom/uids.ts";
import type { NActionRq, NEventReportRq } from "../dimse/commands.ts";
import type { DimseProvider } from "../dimse/provider.ts";
import type { PerformRequest, PerformResponse, Service } from "../dimse/service.ts";
import * as Status from "../dimse/status.ts";
import { DataSetError, DimseStatusError, LimitError } from "../errors.ts";
import type { AssociationInfo } from "../upper_layer/events.ts";
import { firstSupported } from "../upper_layer/negotiation.ts";
import type { RoleSelection } from "../upper_layer/pdu.ts";
import type { Proposal } from "./association_pool.ts";
import { type NormalizedResult, reportEvent, requestAction } from "./normalized.ts";
import { encodeReferences } from "./reference_writer.ts";
import {
  type FailedInstance,
  readReferences,
  type ReferencedInstance,
  type ReferenceLists,
} from "./referenced_instances.ts";

export { describeFailureReason, FailureReason } from "./commitment_failures.ts";
export type { FailedInstance, ReferencedInstance } from "./referenced_instances.ts";

/** What a peer is asked to answer for. */
export interface CommitmentRequest {
  /** Transaction UID (0008,1195): a new one for each request. */
  readonly transactionUid: string;
  /** The instances, at least one. */
  readonly instances: readonly ReferencedInstance[];
}

/** What it answers for. */
export interface CommitmentReport {
  /** Transaction UID of the request. */
  readonly transactionUid: string;
  /** Instances that the SCP answers for from now on. */
  readonly committed: readonly ReferencedInstance[];
  /** Those that it does not. */
  readonly failed: readonly FailedInstance[];
  /** AE title that the committed ones can be retrieved from, where it is said. */
  readonly retrieveAeTitle?: string | undefined;
}

/** A request, and how it came. */
export interface ReceivedCommitmentRequest extends CommitmentRequest {
  /** The association that it came on. */
  readonly association: AssociationInfo;
  /** Reports on that association, as long as it lasts. */
  readonly provider: DimseProvider;
}

/** A report, and how it came. */
export interface ReceivedCommitmentReport extends CommitmentReport {
  /** The association that it came on. */
  readonly association: AssociationInfo;
}

/** Both roles of an application entity. */
export interface StorageCommitmentOptions {
  /**
   * Called for a request (SCP). The peer gets a success when the promise resolves; if it resolves with a function, the
   * service calls that function after it sent the response. The status of a `DimseStatusError` becomes the response.
   * Default: the service refuses N-ACTION.
   */
  readonly onRequest?: (request: ReceivedCommitmentRequest) => Promise<(() => void) | undefined>;
  /**
   * Called for a report (SCU), with the same rules as `onRequest`. Default: the service refuses N-EVENT-REPORT and
   * grants no peer the SCP role.
   */
  readonly onReport?: (report: ReceivedCommitmentReport) => Promise<(() => void) | undefined>;
  /** Most instances of a request or report; more are refused with 0x0213. Default: 50,000. */
  readonly maxReferences?: number;
}

/** Default maximum number of instances in a request. */
export const DEFAULT_MAXIMUM_REFERENCES = 50_000;

const PUSH_MODEL = UID.StorageCommitmentPushModel;
const INSTANCE = { sopClassUid: PUSH_MODEL, sopInstanceUid: UID.StorageCommitmentPushModelInstance };

/** PS3.4 Tables J.3-1 and J.3-2. */
const REQUEST_COMMITMENT = 1;
const ALL_COMMITTED = 1;
const FAILURES_EXIST = 2;

/** The presentation context that both roles propose. */
export const COMMITMENT_CONTEXT: Proposal = {
  abstractSyntax: PUSH_MODEL,
  transferSyntaxes: [UID.ExplicitVRLittleEndian, UID.ImplicitVRLittleEndian],
};

const listSyntax = firstSupported(COMMITMENT_CONTEXT.transferSyntaxes);

/** What an SCP proposes on an association that it opens to report (PS3.4 J.3.3.1.2, PS3.7 D.3.3.4). */
export const COMMITMENT_SCP_ROLE: RoleSelection = { sopClassUid: PUSH_MODEL, scuRole: false, scpRole: true };

/** What is negotiated for both roles, or one of them. */
export function commitmentOffer(
  { takesRequests, takesReports }: { readonly takesRequests: boolean; readonly takesReports: boolean },
): Omit<Service, "perform"> {
  return {
    performs: [
      ...(takesRequests ? ["N-ACTION-RQ"] as const : []),
      ...(takesReports ? ["N-EVENT-REPORT-RQ"] as const : []),
    ],
    transferSyntaxes: (abstractSyntax) => abstractSyntax === PUSH_MODEL ? listSyntax : undefined,
    invokes: (sopClassUid) => takesReports && sopClassUid === PUSH_MODEL,
  };
}

/** Takes requests for commitment (SCP), reports of it (SCU), or both. */
export function storageCommitment(options: StorageCommitmentOptions): Service {
  const { onRequest, onReport, maxReferences = DEFAULT_MAXIMUM_REFERENCES } = options;
  return {
    ...commitmentOffer({ takesRequests: onRequest !== undefined, takesReports: onReport !== undefined }),
    perform(request) {
      const { command } = request;
      return command.type === "N-ACTION-RQ"
        ? takeRequest(request, command, onRequest!, maxReferences)
        : takeReport(request, command as NEventReportRq, onReport!, maxReferences);
    },
  };
}

async function* takeRequest(
  request: PerformRequest,
  command: NActionRq,
  onRequest: NonNullable<StorageCommitmentOptions["onRequest"]>,
  maxReferences: number,
): AsyncGenerator<PerformResponse> {
  const { association, provider } = request;
  checkInstance(command.requestedSopClassUid, command.requestedSopInstanceUid, "the N-ACTION-RQ");
  if (command.actionTypeId !== REQUEST_COMMITMENT) {
    throw refused(`its action type is ${command.actionTypeId}`, Status.NoSuchActionType, "Action type is not 1");
  }
  const lists = await readLists(request, maxReferences);
  const transactionUid = transactionUidOf(lists);
  const instances = checkedReferences(lists.referenced, "Referenced SOP Sequence");
  yield* successThen(await onRequest({ transactionUid, instances, association, provider }));
}

/** The report never comes before the response to its request, nor the release of an association before that to its report. */
function* successThen(next: (() => void) | undefined): Generator<PerformResponse> {
  try {
    yield { status: Status.Success };
  } finally {
    next?.();
  }
}

async function* takeReport(
  request: PerformRequest,
  command: NEventReportRq,
  onReport: NonNullable<StorageCommitmentOptions["onReport"]>,
  maxReferences: number,
): AsyncGenerator<PerformResponse> {
  const { eventTypeId } = command;
  checkInstance(command.affectedSopClassUid, command.affectedSopInstanceUid, "the N-EVENT-REPORT-RQ");
  if (eventTypeId !== ALL_COMMITTED && eventTypeId !== FAILURES_EXIST) {
    throw refused(`its event type is ${eventTypeId}`, Status.NoSuchEventType, "Event type is neither 1 nor 2");
  }
  const lists = await readLists(request, maxReferences);
  const report = {
    transactionUid: transactionUidOf(lists),
    committed: lists.referenced ?? [],
    failed: lists.failed ?? [],
    ...(lists.retrieveAeTitle !== undefined && { retrieveAeTitle: lists.retrieveAeTitle }),
    association: request.association,
  };
  yield* successThen(await onReport(report));
}

function checkInstance(sopClassUid: string, sopInstanceUid: string, what: string): void {
  if (sopClassUid !== PUSH_MODEL) {
    throw refused(`${what} is of another SOP class`, Status.NoSuchSopClass, "SOP class is not the push model");
  }
  if (sopInstanceUid !== INSTANCE.sopInstanceUid) {
    const comment = `SOP instance is not ${INSTANCE.sopInstanceUid}`;
    throw refused(`${what} is for another SOP instance`, Status.NoSuchSopInstance, comment);
  }
}

async function readLists({ dataSet }: PerformRequest, maxReferences: number): Promise<ReferenceLists> {
  if (dataSet === undefined) throw invalid("it has no data set", "Data set is missing");
  try {
    return await readReferences(dataSet, { maxReferences });
  } catch (error) {
    if (error instanceof LimitError) {
      const comment = error.limit === "maxReferences"
        ? `More than ${maxReferences} instances are referenced`
        : "Data set is too long";
      throw Object.assign(refused(error.message, Status.ResourceLimitation, comment), { cause: error });
    }
    if (error instanceof DataSetError) {
      throw Object.assign(invalid(error.message, "Data set cannot be understood"), { cause: error });
    }
    throw error;
  }
}

function transactionUidOf({ transactionUid }: ReferenceLists): string {
  if (transactionUid === undefined) throw invalid("it has no Transaction UID", "Transaction UID is missing");
  if (!isValidUid(transactionUid)) throw invalid("its Transaction UID is none", "Transaction UID is no UID");
  return transactionUid;
}

/** An empty list means no instance, never all of them. */
function checkedReferences(
  list: readonly ReferencedInstance[] | undefined,
  name: string,
): readonly ReferencedInstance[] {
  if (list === undefined) throw invalid(`it has no ${name}`, `${name} is missing`);
  if (list.length === 0) throw invalid(`its ${name} is empty`, `${name} is empty`);
  const bad = list.findIndex(({ sopClassUid, sopInstanceUid }) =>
    !isWritable(sopClassUid) || !isWritable(sopInstanceUid)
  );
  if (bad >= 0) throw invalid(`item ${bad + 1} of its ${name} has no UIDs`, `Item ${bad + 1} has no UIDs`);
  return list;
}

/** Whether it can be the UID of an instance: archives have instances whose UIDs have letters, leading zeros or 250 characters. */
function isWritable(uid: string): boolean {
  return /^[\x21-\x7e]{1,250}$/.test(uid);
}

/** PS3.7 10.1.4.1.10 has no status for what is missing in an N-ACTION but that for what is wrong. */
function invalid(what: string, comment: string): DimseStatusError {
  return refused(what, Status.InvalidArgumentValue, comment);
}

function refused(what: string, status: number, comment: string): DimseStatusError {
  return new DimseStatusError(`Cannot take a message of storage commitment: ${what}`, { status, comment });
}

/** How to ask or report. */
export interface CommitmentCallOptions {
  /** Aborts the association. */
  readonly signal?: AbortSignal;
}

/**
 * Asks for commitment (SCU). A success says that the peer has taken the request; its report comes later, on this
 * association or on one that the peer opens: see `AwaitedReports`. The status may be a failure: it is the caller's to look
 * at. Throws RangeError for a request without instances.
 */
export function requestCommitment(
  provider: DimseProvider,
  { transactionUid, instances }: CommitmentRequest,
  { signal }: CommitmentCallOptions = {},
): Promise<NormalizedResult> {
  if (instances.length === 0) throw new RangeError("Cannot ask for commitment: the request names no instance");
  for (const { sopClassUid, sopInstanceUid } of instances) {
    if (!isWritable(sopClassUid) || !isWritable(sopInstanceUid)) {
      throw new RangeError(
        "Cannot ask for commitment: an instance has a UID that can't be written, expected 1 to 250 characters of ASCII",
      );
    }
  }
  const dataSet = encodeReferences({
    transactionUid,
    referenced: instances,
    failed: undefined,
    retrieveAeTitle: undefined,
  });
  const call = { ...INSTANCE, actionTypeId: REQUEST_COMMITMENT, dataSet };
  return requestAction(provider, signal === undefined ? call : { ...call, signal });
}

/**
 * Reports what is committed (SCP), on the association of the request or on one where `COMMITMENT_SCP_ROLE` was proposed. The
 * status may be a failure: it is the caller's to look at.
 */
export function reportCommitment(
  provider: DimseProvider,
  { transactionUid, committed, failed, retrieveAeTitle }: CommitmentReport,
  { signal }: CommitmentCallOptions = {},
): Promise<NormalizedResult> {
  const dataSet = encodeReferences({
    transactionUid,
    referenced: committed,
    failed,
    retrieveAeTitle: committed.length > 0 ? retrieveAeTitle : undefined,
  });
  const call = { ...INSTANCE, eventTypeId: failed.length === 0 ? ALL_COMMITTED : FAILURES_EXIST, dataSet };
  return reportEvent(provider, signal === undefined ? call : { ...call, signal });
}
