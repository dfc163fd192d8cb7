/**
 * An item of a modality worklist: what it has to have, and the scheduled procedure steps that are in it (PS3.4 K.6.1).
 *
 * @module
 */

import { SequenceElement } from "../dicom/data_set/data_element.ts";
import { DataSet } from "../dicom/data_set/data_set.ts";
import { itemsOf } from "../dicom/data_set/items.ts";
import { generateUid } from "../dicom/uids.ts";
import { firstTextOf, isWithoutValue } from "../query/stored_values.ts";
import { type DataSetProblem, findValueProblems, MOST_PROBLEMS } from "./value_problems.ts";

/** Scheduled Procedure Step Sequence. */
export const SCHEDULED_STEPS = 0x0040_0100;

const STUDY_INSTANCE_UID = 0x0020_000d;
const REQUESTED_PROCEDURE_ID = 0x0040_1001;
const STEP_ID = 0x0040_0009;
const STEP_START_DATE = 0x0040_0002;
const STEP_START_TIME = 0x0040_0003;
const STEP_STATUS = 0x0040_0020;

/** Attributes that must have a value and can't be made up (PS3.4 Table K.6-1, return type 1). */
const REQUIRED = { PatientName: 0x0010_0010, PatientID: 0x0010_0020 } as const;
const REQUIRED_OF_STEP = {
  Modality: 0x0008_0060,
  ScheduledStationAETitle: 0x0040_0001,
  ScheduledProcedureStepStartDate: STEP_START_DATE,
  ScheduledProcedureStepStartTime: STEP_START_TIME,
} as const;

/** Why a data set can't be an item of a worklist: at most `MOST_PROBLEMS` problems. */
export function findItemProblems(item: DataSet): DataSetProblem[] {
  return [...findMissing(item), ...findValueProblems(item)].slice(0, MOST_PROBLEMS);
}

/** The missing steps, and the attributes that lack a required value. */
export function findMissing(item: DataSet): DataSetProblem[] {
  const problems: DataSetProblem[] = [];
  const demand = (dataSet: DataSet, keywords: Readonly<Record<string, number>>, around: DataSetProblem["path"]) => {
    for (const [keyword, tag] of Object.entries(keywords)) {
      if (!isWithoutValue(dataSet.element(tag), "LO", dataSet)) continue;
      const found = dataSet.has(tag) ? "no value" : "nothing";
      problems.push({ path: [...around, tag], found, expected: `${keyword} with a value` });
    }
  };
  demand(item, REQUIRED, []);
  const steps = stepItems(item);
  if (steps.length === 0) {
    problems.push({
      path: [SCHEDULED_STEPS],
      found: "no item",
      expected: "ScheduledProcedureStepSequence with an item",
    });
  }
  steps.forEach((step, index) => demand(step, REQUIRED_OF_STEP, [{ tag: SCHEDULED_STEPS, item: index }]));
  return problems;
}

/**
 * A copy of an item with the identifiers that it lacks: Study Instance UID, Requested Procedure ID, and Scheduled Procedure
 * Step ID of each step. Those that `earlier`, the item in whose place this one comes, has are kept.
 */
export function withIdentifiers(item: DataSet, earlier?: DataSet): DataSet {
  const complete = item.copy();
  complementBy(complete, STUDY_INSTANCE_UID, earlier, generateUid);
  complementBy(complete, REQUESTED_PROCEDURE_ID, earlier, makeId);
  const before = earlier === undefined ? [] : stepItems(earlier);
  stepItems(complete).forEach((step, index) => complementBy(step, STEP_ID, before[index], makeId));
  return complete;
}

function complementBy(dataSet: DataSet, tag: number, earlier: DataSet | undefined, make: () => string): void {
  if (firstTextOf(dataSet, tag) === "") dataSet.set(tag, (earlier && firstTextOf(earlier, tag)) || make());
}

/** A unique SH of 13 characters: 65 random bits. */
function makeId(): string {
  const random = crypto.getRandomValues(new Uint8Array(13));
  return Array.from(random, (byte) => ID_CHARACTERS[byte % ID_CHARACTERS.length]).join("");
}

/** 32, without those that are mistaken for others. */
const ID_CHARACTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/** Identifiers of a scheduled procedure step. */
export interface ScheduledStepId {
  /** Study Instance UID. */
  readonly studyInstanceUid: string;
  /** Scheduled Procedure Step ID. */
  readonly scheduledProcedureStepId: string;
}

/** A scheduled procedure step, as offered to modalities. */
export interface OfferedStep extends ScheduledStepId {
  /** The data set for matching and answers: the attributes of its item, with this step alone in the sequence. */
  readonly attributes: DataSet;
  /** Start date and time as they are written, or empty: in their order steps are offered. */
  readonly start: string;
  /** Start date, YYYYMMDD; empty where the step has none. */
  readonly date: string;
}

/**
 * The steps of an item, each with all that is around it, since an answer is of one step (PS3.4 K.6.1.2.2). Text without a
 * character set of its own stands beside the sequence too, for peers that ask there.
 *
 * @param statusOf Status of a step, where more is known than the item says
 */
export function stepsOf(item: DataSet, statusOf: (step: ScheduledStepId) => string | undefined): OfferedStep[] {
  const studyInstanceUid = firstTextOf(item, STUDY_INSTANCE_UID);
  return stepItems(item).map((step): OfferedStep => {
    const scheduledProcedureStepId = firstTextOf(step, STEP_ID);
    const attributes = new DataSet();
    for (const element of item) if (element.tag !== SCHEDULED_STEPS) attributes.setElement(element);
    attributes.setElement(new SequenceElement(SCHEDULED_STEPS, [step]));
    const [own] = stepItems(attributes);
    const status = statusOf({ studyInstanceUid, scheduledProcedureStepId });
    if (status !== undefined) own?.set(STEP_STATUS, status);
    for (const element of own ?? []) {
      const isPlain = element.kind === "value" && PLAIN.has(element.vr);
      if (isPlain && !attributes.has(element.tag)) attributes.setElement(element);
    }
    const date = firstTextOf(step, STEP_START_DATE).replaceAll(".", "");
    return {
      studyInstanceUid,
      scheduledProcedureStepId,
      attributes,
      date,
      start: `${date} ${firstTextOf(step, STEP_START_TIME)}`,
    };
  });
}

/** VRs whose text is the same in every character set. */
const PLAIN: ReadonlySet<string> = new Set(["AE", "CS", "DA", "TM"]);

/** Status of a step that is offered, as its attributes say; empty where they don't. */
export function statusOfStep({ attributes }: OfferedStep): string {
  const [step] = stepItems(attributes);
  return step === undefined ? "" : firstTextOf(step, STEP_STATUS);
}

/** Text of an attribute of a step that is offered, by the tag. */
export function textOfStep({ attributes }: OfferedStep, tag: number): string {
  const [step] = stepItems(attributes);
  return step === undefined ? "" : firstTextOf(step, tag);
}

function stepItems(item: DataSet): readonly DataSet[] {
  return itemsOf(item, SCHEDULED_STEPS);
}
