/**
 * What a modality performed procedure step has to have, and how it may change (PS3.4 F.7.2), for both roles.
 *
 * @module
 */

import type { DataSet } from "../dicom/data_set/data_set.ts";
import { itemsOf } from "../dicom/data_set/items.ts";
import { findAttributeByKeyword } from "../dicom/dictionary.ts";
import { nameTag } from "../dicom/names.ts";
import * as Status from "../dimse/status.ts";
import { isWithoutValue, textsOf } from "../query/stored_values.ts";

/** Performed Procedure Step Status. */
export const STEP_STATUS = 0x0040_0252;

/** Status of a performed procedure step (PS3.3 C.4.14). */
export const STEP_STATUSES = ["IN PROGRESS", "COMPLETED", "DISCONTINUED"] as const;

/** One of `STEP_STATUSES`. */
export type ProcedureStepStatus = (typeof STEP_STATUSES)[number];

/** Error ID (0000,0903) where a step has ended (PS3.4 F.7.2.2.3): it may no longer be updated. */
export const NO_LONGER_UPDATED = 0xa710;

/** An attribute of a step. */
export interface ProcedureStepAttribute {
  /** Tags from the outermost sequence to the attribute. */
  readonly path: readonly number[];
  /** What an SCU has to give when it creates a step, as a type of PS3.5 7.4. */
  readonly create: "1" | "1C" | "2" | "3";
  /** What it has to give when it changes one, where it gives the attribute at all; `none` where that may not change. */
  readonly set: "1" | "2" | "3" | "none";
  /** Whether it has to have a value when the step has ended. */
  readonly final: boolean;
}

// Depth, keyword, N-CREATE, N-SET (- not allowed), F where a step that has ended needs a value. PS3.4 Table F.7.2-1, without
// what is of type 3 in both: that of exposure, dose and billing, which may be set as it comes.
const ROWS = `
ScheduledStepAttributesSequence 1 -
> StudyInstanceUID 1 -
> ReferencedStudySequence 2 -
> AccessionNumber 2 -
> RequestedProcedureID 2 -
> RequestedProcedureDescription 2 -
> ScheduledProcedureStepID 2 -
> ScheduledProcedureStepDescription 2 -
> ScheduledProtocolCodeSequence 2 -
PatientName 2 -
PatientID 2 -
PatientBirthDate 2 -
PatientSex 2 -
ReferencedPatientSequence 2 -
PerformedProcedureStepID 1 -
PerformedStationAETitle 1 -
PerformedStationName 2 -
PerformedLocation 2 -
PerformedProcedureStepStartDate 1 -
PerformedProcedureStepStartTime 1 -
PerformedProcedureStepStatus 1 1
PerformedProcedureStepDescription 2 2
PerformedProcedureTypeDescription 2 2
ProcedureCodeSequence 2 2
PerformedProcedureStepEndDate 2 1 F
PerformedProcedureStepEndTime 2 1 F
PerformedProcedureStepDiscontinuationReasonCodeSequence 2 2
Modality 1 -
StudyID 2 -
PerformedProtocolCodeSequence 2 2
PerformedSeriesSequence 2 1 F
> PerformingPhysicianName 2 2
> ProtocolName 1 1
> OperatorsName 2 2
> SeriesInstanceUID 1 1
> SeriesDescription 2 2
> RetrieveAETitle 2 2
> ReferencedImageSequence 2 2
> ReferencedNonImageCompositeSOPInstanceSequence 2 2`;

let attributes: readonly ProcedureStepAttribute[] | undefined;

/** The attributes of PS3.4 Table F.7.2-1 that are not of type 3 in every use, in its order. */
export function procedureStepAttributes(): readonly ProcedureStepAttribute[] {
  return attributes ??= readRows();
}

function readRows(): readonly ProcedureStepAttribute[] {
  const path: number[] = [];
  return ROWS.trim().split("\n").map((row): ProcedureStepAttribute => {
    const fields = row.split(" ");
    const depth = fields.lastIndexOf(">") + 1;
    const [keyword = "", create, set, final] = fields.slice(depth);
    path.splice(depth, path.length, findAttributeByKeyword(keyword)!.tag);
    return {
      path: [...path],
      create: create as ProcedureStepAttribute["create"],
      set: set === "-" ? "none" : set as ProcedureStepAttribute["set"],
      final: final === "F",
    };
  });
}

/** A step, or a change of one, that violates PS3.4 F.7.2. */
export class ProcedureStepError extends Error {
  /** Name of the class. */
  override readonly name = "ProcedureStepError";
  /** Status that answers it. */
  readonly status: number;
  /** Tags of what is at fault. */
  readonly tags: readonly number[];
  /** Text for the peer, without patient data. */
  readonly comment: string;
  /** Error ID that goes along. */
  readonly errorId: number | undefined;

  /** `detail.status` answers it, with the other details. */
  constructor(
    message: string,
    detail: { status: number; tags?: readonly number[]; comment: string; errorId?: number },
  ) {
    super(message);
    this.status = detail.status;
    this.tags = detail.tags ?? [];
    this.comment = detail.comment;
    this.errorId = detail.errorId;
  }
}

const SCHEDULED_STEP_ATTRIBUTES = 0x0040_0270;

/**
 * Checks what a step is to be created of: attributes of type 1 that it has itself, or of the scheduled steps that it refers
 * to, have a value, and it is IN PROGRESS.
 *
 * @throws {ProcedureStepError} with 0x0120, 0x0121 or 0x0106
 */
export function checkCreation(dataSet: DataSet): void {
  const demanded = procedureStepAttributes().filter(({ path: [first, second], create }) =>
    create === "1" && (second === undefined || first === SCHEDULED_STEP_ATTRIBUTES)
  );
  demand(findMissingValues(dataSet, demanded.map(({ path }) => path)));
  const status = statusIn(dataSet);
  if (status !== "IN PROGRESS") throw wrongStatus("expected IN PROGRESS in an N-CREATE");
}

/**
 * Checks a change of a step with the status `current`, and gives the status that it has afterwards, and the attributes that
 * may not be changed.
 *
 * @throws {ProcedureStepError} with 0x0110 and Error ID A710 where the step has ended, 0x0106 or 0x0121
 */
export function checkChange(
  changes: DataSet,
  current: ProcedureStepStatus,
): { readonly status: ProcedureStepStatus; readonly notAllowed: readonly number[] } {
  if (current !== "IN PROGRESS") {
    throw new ProcedureStepError(`Cannot change the performed procedure step: it is ${current}`, {
      status: Status.ProcessingFailure,
      errorId: NO_LONGER_UPDATED,
      comment: "Performed Procedure Step Object may no longer be updated",
    });
  }
  const status = changes.has(STEP_STATUS) ? statusIn(changes) : current;
  if (status === undefined) throw wrongStatus(`expected ${STEP_STATUSES.join(", ")}`);
  const notAllowed = procedureStepAttributes().filter(({ path, set }) => path.length === 1 && set === "none")
    .map(({ path: [tag = 0] }) => tag);
  return { status, notAllowed: notAllowed.filter((tag) => changes.has(tag)) };
}

/** Tags of what a step has to have a value of when it has ended (PS3.4 Table F.7.2-1, final state). */
export function demandedAtEnd(): readonly number[] {
  return procedureStepAttributes().filter(({ final }) => final).map(({ path: [tag = 0] }) => tag);
}

/** Tags of what a step has no value of although it has ended. */
export function missingAtEnd(step: DataSet): readonly number[] {
  return findMissingValues(step, demandedAtEnd().map((tag) => [tag])).map(({ tag }) => tag);
}

/** Puts empty attributes of type 2 in a step where it has none, also in its items: what an SCU may leave empty it must send. */
export function withEmptyAttributes(dataSet: DataSet): DataSet {
  const complete = dataSet.copy();
  for (const { path, create } of procedureStepAttributes()) {
    if (create !== "2") continue;
    for (const place of placesOf(complete, path)) if (!place.has(path.at(-1)!)) place.set(path.at(-1)!, null);
  }
  return complete;
}

/** Checks a step as an SCU: every attribute of type 1, in items too. Throws ProcedureStepError as `checkCreation()` does. */
export function checkWholeCreation(dataSet: DataSet): void {
  checkCreation(dataSet);
  const demanded = procedureStepAttributes().filter(({ create }) => create === "1");
  demand(findMissingValues(dataSet, demanded.map(({ path }) => path)));
}

/** The status that a data set says; undefined where it says none, or one that there isn't. */
function statusIn(dataSet: DataSet): ProcedureStepStatus | undefined {
  const element = dataSet.element(STEP_STATUS);
  if (element?.kind !== "value" || element.length === 0) {
    if (element === undefined) return undefined;
    demand([{ tag: STEP_STATUS, isThere: true }]);
  }
  const [text] = textsOf(element, "CS", dataSet);
  return STEP_STATUSES.find((status) => status === text);
}

interface Missing {
  readonly tag: number;
  /** Whether the attribute is present, without a value. */
  readonly isThere: boolean;
}

function findMissingValues(dataSet: DataSet, paths: readonly (readonly number[])[]): Missing[] {
  const missing: Missing[] = [];
  for (const path of paths) {
    const tag = path.at(-1)!;
    for (const place of placesOf(dataSet, path)) {
      if (!isWithoutValue(place.element(tag), "LO", place)) continue;
      missing.push({ tag, isThere: place.has(tag) });
    }
  }
  return missing;
}

/** The data sets in which the attribute at the end of a path would stand. */
function placesOf(dataSet: DataSet, path: readonly number[]): readonly DataSet[] {
  let places: readonly DataSet[] = [dataSet];
  for (const tag of path.slice(0, -1)) places = places.flatMap((place) => itemsOf(place, tag));
  return places;
}

/** Most attributes that are named. */
const MOST_NAMED = 10;

function demand(missing: readonly Missing[]): void {
  const [first] = missing;
  if (first === undefined) return;
  const absent = missing.filter(({ isThere }) => !isThere);
  const told = absent.length > 0 ? absent : missing;
  const tags = [...new Set(told.map(({ tag }) => tag))].slice(0, MOST_NAMED);
  const what = absent.length > 0 ? "it has no" : "there is no value of";
  throw new ProcedureStepError(
    `Cannot use the performed procedure step: ${what} ${tags.map(nameTag).join(", ")}`,
    {
      status: absent.length > 0 ? Status.MissingAttribute : Status.MissingAttributeValue,
      tags,
      comment: `${nameTag(tags[0]!)}: ${absent.length > 0 ? "missing" : "no value"}`,
    },
  );
}

function wrongStatus(expected: string): ProcedureStepError {
  return new ProcedureStepError(`Cannot use ${nameTag(STEP_STATUS)}: ${expected}`, {
    status: Status.InvalidAttributeValue,
    tags: [STEP_STATUS],
    comment: "(0040,0252) is no status that is possible here",
  });
}
