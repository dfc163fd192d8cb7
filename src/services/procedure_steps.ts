/**
 * Modality performed procedure step: N-CREATE, N-SET and N-GET (PS3.4 F.7 and F.8), both roles.
 *
 * @module
 */

import { DataSet } from "../dicom/data_set/data_set.ts";
import * as UID from "../dicom/generated/uid.ts";
import { nameTag } from "../dicom/names.ts";
import { isValidUid } from "../dicom/uids.ts";
import type { NCreateRq, NGetRq, NSetRq } from "../dimse/commands.ts";
import { readMessageDataSet } from "../dimse/message_data_set.ts";
import type { DimseProvider } from "../dimse/provider.ts";
import type { PerformRequest, PerformResponse, Service } from "../dimse/service.ts";
import * as Status from "../dimse/status.ts";
import { describeStatus, statusCode } from "../dimse/statuses.ts";
import { DimseStatusError } from "../errors.ts";
import type { AssociationInfo } from "../upper_layer/events.ts";
import { createInstance, getAttributes, type NormalizedResult, setAttributes } from "./normalized.ts";
import { procedureStepOffer } from "./offers.ts";
import {
  checkChange,
  checkWholeCreation,
  procedureStepAttributes,
  ProcedureStepError,
  withEmptyAttributes,
} from "./procedure_step_rules.ts";

/** A step that is to be created. */
export interface ProcedureStepCreation {
  /** Its SOP Instance UID; undefined where the keeper is to make one. */
  readonly sopInstanceUid: string | undefined;
  /** Its attributes. */
  readonly dataSet: DataSet;
  /** The association of the request, or the known facts about the sender of another kind of request. */
  readonly association: Pick<AssociationInfo, "callingAeTitle">;
}

/** A change of a step. */
export interface ProcedureStepChange {
  /** Its SOP Instance UID. */
  readonly sopInstanceUid: string;
  /** The attributes that change. */
  readonly dataSet: DataSet;
  /** The association of the request, or the known facts about the sender of another kind of request. */
  readonly association: Pick<AssociationInfo, "callingAeTitle">;
}

/** The result of a change. */
export interface ProcedureStepOutcome {
  /** The step's SOP Instance UID. */
  readonly sopInstanceUid: string;
  /** Attributes that may not change and stay unchanged; the peer gets 0x0107. */
  readonly unchanged: readonly number[];
  /** Deviations from the standard that were accepted, as text for the log. */
  readonly warnings: readonly string[];
}

/** Keeps steps for `procedureStepScp()`. What it throws as `ProcedureStepError` is answered with its status. */
export interface ProcedureStepKeeper {
  /** Resolves when the step is safe. */
  create(creation: ProcedureStepCreation): Promise<ProcedureStepOutcome>;
  /** Resolves when the change is safe. */
  set(change: ProcedureStepChange): Promise<ProcedureStepOutcome>;
  /** The attributes of a step; undefined if the step does not exist. */
  get(sopInstanceUid: string): Promise<DataSet | undefined>;
}

const STEP: string = UID.ModalityPerformedProcedureStep;
const STEP_RETRIEVE: string = UID.ModalityPerformedProcedureStepRetrieve;

/** Longest data set of a request, in bytes: some 20,000 references to images. */
const LONGEST = 4 * 1024 * 1024;
const READING = { maxLength: LONGEST, limit: "maxProcedureStepLength", status: Status.ProcessingFailure };

/** Answers N-CREATE and N-SET, and N-GET in the Retrieve SOP Class (SCP); the keeper's word is the answer. */
export function procedureStepScp(keeper: ProcedureStepKeeper): Service {
  return { ...procedureStepOffer, perform: (request) => answer(request, keeper) };
}

async function answer(request: PerformRequest, keeper: ProcedureStepKeeper): Promise<PerformResponse> {
  const { command } = request;
  try {
    switch (command.type) {
      case "N-CREATE-RQ":
        return await create(request, command, keeper);
      case "N-SET-RQ":
        return await set(request, command, keeper);
      case "N-GET-RQ":
        return await get(command, keeper);
    }
  } catch (error) {
    if (!(error instanceof ProcedureStepError)) throw error;
    const { status, tags, comment, errorId, message } = error;
    request.provider.association.warn(message);
    return {
      status,
      errorComment: comment,
      ...(errorId !== undefined && { errorId }),
      ...(tags.length > 0 && { offendingElement: tags }),
    };
  }
  throw new DimseStatusError(`Cannot perform the ${command.type}`, { status: Status.UnrecognizedOperation });
}

async function create(
  request: PerformRequest,
  { affectedSopClassUid, affectedSopInstanceUid: uid }: NCreateRq,
  keeper: ProcedureStepKeeper,
): Promise<PerformResponse> {
  checkSopClass(affectedSopClassUid, request);
  if (uid !== undefined && uid !== "") checkInstanceUid(uid);
  const dataSet = await readMessageDataSet(request, READING);
  const { association } = request;
  const outcome = await keeper.create({ sopInstanceUid: uid || undefined, dataSet, association });
  return responseTo(request, outcome, affectedSopClassUid);
}

async function set(
  request: PerformRequest,
  { requestedSopClassUid, requestedSopInstanceUid: sopInstanceUid }: NSetRq,
  keeper: ProcedureStepKeeper,
): Promise<PerformResponse> {
  checkSopClass(requestedSopClassUid, request);
  const dataSet = await readMessageDataSet(request, READING);
  const { association } = request;
  return responseTo(request, await keeper.set({ sopInstanceUid, dataSet, association }), requestedSopClassUid);
}

function responseTo(
  { provider }: PerformRequest,
  { sopInstanceUid: affectedSopInstanceUid, unchanged, warnings }: ProcedureStepOutcome,
  affectedSopClassUid: string,
): PerformResponse {
  for (const warning of warnings) provider.association.warn(warning);
  const affected = { affectedSopClassUid, affectedSopInstanceUid };
  if (unchanged.length === 0) return { status: Status.Success, ...affected };
  const names = unchanged.map(nameTag).join(", ");
  provider.association.warn(`A performed procedure step keeps what an N-SET may not change: ${names}`);
  return { status: Status.AttributeListError, ...affected, attributeIdentifierList: unchanged };
}

async function get(
  { requestedSopClassUid, requestedSopInstanceUid, attributeIdentifierList: wanted = [] }: NGetRq,
  keeper: ProcedureStepKeeper,
): Promise<PerformResponse> {
  const step = await keeper.get(requestedSopInstanceUid);
  if (step === undefined) throw noSuchStep();
  const { found, unknown } = selectAttributes(step, wanted);
  return {
    status: unknown.length > 0 ? Status.RequestedOptionalAttributesNotSupported : Status.Success,
    affectedSopClassUid: requestedSopClassUid,
    affectedSopInstanceUid: requestedSopInstanceUid,
    ...(unknown.length > 0 && { attributeIdentifierList: unknown }),
    dataSet: found,
  };
}

const SPECIFIC_CHARACTER_SET = 0x0008_0005;

/** The requested attributes, or all if none is named. Those that a step may have and this one lacks come without a value. */
export function selectAttributes(
  step: DataSet,
  wanted: readonly number[],
): { readonly found: DataSet; readonly unknown: readonly number[] } {
  if (wanted.length === 0) return { found: step, unknown: [] };
  const known = new Set(procedureStepAttributes().map(({ path: [tag] }) => tag));
  const found = new DataSet();
  const unknown: number[] = [];
  for (const tag of [SPECIFIC_CHARACTER_SET, ...wanted]) {
    const element = step.element(tag);
    if (element !== undefined) found.setElement(element);
    else if (known.has(tag)) found.set(tag, null);
    else if (tag !== SPECIFIC_CHARACTER_SET) unknown.push(tag);
  }
  return { found, unknown };
}

function checkSopClass(sopClassUid: string, { context: { abstractSyntax } }: PerformRequest): void {
  if (sopClassUid === STEP && abstractSyntax === STEP) return;
  throw new DimseStatusError("Cannot perform it: the SOP class is not that of the presentation context", {
    status: Status.NoSuchSopClass,
  });
}

function checkInstanceUid(uid: string): void {
  if (isValidUid(uid)) return;
  throw new DimseStatusError("Cannot create a performed procedure step: its SOP Instance UID is no UID", {
    status: Status.InvalidSopInstance,
    comment: "The Affected SOP Instance UID is no UID",
  });
}

/** The error for a step that no peer has created. */
export function noSuchStep(): ProcedureStepError {
  return new ProcedureStepError("Cannot find the performed procedure step: no N-CREATE created it", {
    status: Status.NoSuchSopInstance,
    comment: "No such performed procedure step",
  });
}

/** A step on a peer. */
export interface PeerProcedureStep {
  /** Its SOP Instance UID. */
  readonly sopInstanceUid: string;
  /** Aborts the association, since these operations cannot be cancelled. */
  readonly signal?: AbortSignal;
}

/**
 * Creates a step on a peer (SCU, N-CREATE) and gives its SOP Instance UID, which the peer makes where none is given.
 * Attributes of type 2 that are not there are sent without a value.
 *
 * @throws {ProcedureStepError} on attributes that an SCU has to send (PS3.4 Table F.7.2-1)
 * @throws {DimseStatusError} on a status that is a failure
 */
export async function createProcedureStep(
  provider: DimseProvider,
  { sopInstanceUid, dataSet, signal }: Partial<PeerProcedureStep> & { readonly dataSet: DataSet },
): Promise<string> {
  checkWholeCreation(dataSet);
  const result = await createInstance(provider, {
    sopClassUid: STEP,
    dataSet: withEmptyAttributes(dataSet),
    ...(sopInstanceUid !== undefined && { sopInstanceUid }),
    ...(signal !== undefined && { signal }),
  });
  checkResult("create", result);
  const uid = result.sopInstanceUid ?? sopInstanceUid;
  if (uid !== undefined) return uid;
  throw new DimseStatusError("Cannot create the performed procedure step: the peer gave it no SOP Instance UID", {
    status: result.status,
  });
}

/** Changes a step on a peer (SCU, N-SET). Throws as `createProcedureStep()` does. */
export async function setProcedureStep(
  provider: DimseProvider,
  { dataSet, ...step }: PeerProcedureStep & { readonly dataSet: DataSet },
): Promise<void> {
  const { notAllowed } = checkChange(dataSet, "IN PROGRESS");
  if (notAllowed.length > 0) {
    throw new ProcedureStepError(`Cannot change ${notAllowed.map(nameTag).join(", ")}: only an N-CREATE sets it`, {
      status: Status.InvalidAttributeValue,
      tags: notAllowed,
      comment: "Not allowed in an N-SET",
    });
  }
  checkResult("change", await setAttributes(provider, { sopClassUid: STEP, ...step, dataSet }));
}

/** Gets attributes of a step from a peer (SCU, N-GET), all or those of these tags. Throws DimseStatusError. */
export async function getProcedureStep(
  provider: DimseProvider,
  step: PeerProcedureStep & { readonly attributes?: readonly number[] },
): Promise<DataSet> {
  const result = await getAttributes(provider, { sopClassUid: STEP_RETRIEVE, ...step });
  checkResult("get", result);
  return result.dataSet ?? new DataSet();
}

function checkResult(what: string, { status, errorComment: comment }: NormalizedResult): void {
  const { category, meaning } = describeStatus(status, "N-SET");
  if (category === "success" || category === "warning") return;
  const said = comment === undefined ? meaning : `${meaning}: ${comment}`;
  const message = `Cannot ${what} the performed procedure step: the peer answered ${statusCode(status)} (${said})`;
  throw new DimseStatusError(message, { status, comment });
}
