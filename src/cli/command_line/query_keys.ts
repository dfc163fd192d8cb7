/**
 * Keys of a query as they are written on the command line.
 *
 * @module
 */

import type { DataSet } from "../../dicom/data_set/data_set.ts";
import { findAttributeByKeyword, keywordOf, parseTag } from "../../dicom/dictionary.ts";
import { nearest } from "../../nearest.ts";
import { type EntityLevel, levelsOf, QUERY_LEVELS, type QueryLevel, UNIQUE_KEYS } from "../../query/levels.ts";
import { keysOf } from "../../query/keys.ts";
import { createQuery, type Query } from "../../query/query.ts";
import { keyDataSet as dataSetOfKeys, type WrittenKey } from "../../query/written_keys.ts";
import { type Flag, type Flags, type Operand, UsageError } from "./command.ts";

/** The flag of commands that query by keys. */
export const queryKeyFlag = {
  type: "texts",
  short: "k",
  value: "KEY[=VALUE]",
  help: "A key to match, or without a value to return; by keyword, tag, or path such as Sequence[0].Keyword",
} as const satisfies Flag;

/** Items of a sequence that a key may have: a query has one, mostly. */
const MOST_ITEMS = 100;

/** Reads `KEY` or `KEY=VALUE`; a key is a keyword, a tag, or a path such as `ScheduledProcedureStepSequence[0].Modality`. */
export function readKey(text: string): WrittenKey {
  const [, name = "", value] = /^([^=]*)(?:=(.*))?$/s.exec(text) ?? [];
  const path = name.split(".").map((part) => {
    const [, written = "", index = "0"] = /^(.*?)(?:\[(\d{1,4})\])?$/s.exec(part) ?? [];
    const item = Number(index);
    if (item >= MOST_ITEMS) throw wrong(text, `an item below ${MOST_ITEMS}, found ${item}`);
    return { tag: readTag(written, text), item };
  });
  return { name, path, value };
}

function readTag(written: string, text: string): number {
  const tag = findAttributeByKeyword(written)?.tag ?? parseTag(written);
  if (tag !== undefined) return tag;
  const known = QUERY_LEVELS.flatMap((level) => keysOf(level)).map((key) => keywordOf(key.tag) ?? "");
  const meant = nearest(written, known);
  throw wrong(
    text,
    `a keyword such as PatientID, or a tag such as (0010,0020)${meant === undefined ? "" : `; did you mean ${meant}?`}`,
  );
}

function wrong(text: string, expected: string): UsageError {
  return new UsageError(`Cannot understand the key ${JSON.stringify(text)}: expected ${expected}`);
}

/** The data set of these keys; its text is in UTF-8 where it isn't ASCII. Throws UsageError. */
export function keyDataSet(keys: readonly WrittenKey[]): DataSet {
  return dataSetOfKeys(keys, wrong);
}

/** What a level is called on the command line. */
export const LEVEL_CHOICES = ["patient", "study", "series", "image"] as const;

/** One of `LEVEL_CHOICES`. */
export type LevelChoice = typeof LEVEL_CHOICES[number];

/** The flags of commands whose keys say what is meant. */
export const selectionFlags = {
  level: {
    type: "text",
    value: "LEVEL",
    choices: LEVEL_CHOICES,
    help:
      "Level that the keys select: patient, study, series or image (default: the level of the deepest UID, else study)",
  },
} as const satisfies Flags;

/** The operand of these commands. */
export const keyOperand: Operand = { name: "KEY", help: "KEY=VALUE, such as StudyInstanceUID=1.2.3", many: true };

/** What to ask for, as `find`, `get` and `move` write it. */
export interface WrittenQuery {
  readonly keys: readonly WrittenKey[];
  readonly level: LevelChoice | undefined;
  readonly worklist?: boolean;
}

/** A query of what was written; the level is that of the deepest unique key with a value, or STUDY, where none was given. */
export function writtenQuery({ keys, level: choice, worklist = false }: WrittenQuery): Query {
  const dataSet = keyDataSet(keys);
  if (worklist) return createQuery({ model: "worklist", level: "WORKLIST", keys: dataSet });
  const level = choice === undefined ? deepestLevel(dataSet) : choice.toUpperCase() as QueryLevel;
  return createQuery({ model: level === "PATIENT" ? "patient-root" : "study-root", level, keys: dataSet });
}

function deepestLevel(keys: DataSet): QueryLevel {
  const deepest = [...levelsOf("study-root")].reverse().find((level) => keys.getText(UNIQUE_KEYS[level]));
  return deepest ?? "STUDY";
}

/** Attributes that are shown of an entity whatever is asked for, by keyword. */
const SHOWN: Readonly<Record<QueryLevel, string>> = {
  PATIENT: "PatientID PatientName PatientBirthDate PatientSex",
  STUDY:
    "PatientID PatientName StudyDate ModalitiesInStudy StudyDescription NumberOfStudyRelatedInstances StudyInstanceUID",
  SERIES: "Modality SeriesNumber SeriesDescription NumberOfSeriesRelatedInstances SeriesInstanceUID",
  IMAGE: "InstanceNumber SOPClassUID SOPInstanceUID",
};
const STEP = "ScheduledProcedureStepSequence";
const SHOWN_OF_WORKLIST = `${STEP}.ScheduledProcedureStepStartDate ${STEP}.ScheduledProcedureStepStartTime
  ${STEP}.Modality ${STEP}.ScheduledStationAETitle PatientName PatientID PatientBirthDate PatientSex AccessionNumber
  RequestedProcedureDescription ${STEP}.ScheduledProcedureStepDescription ${STEP}.ScheduledProcedureStepStatus`;

/** Keys that are returned beside those that were written, for a level. */
export function shownKeys(level: EntityLevel): readonly WrittenKey[] {
  return (level === "WORKLIST" ? SHOWN_OF_WORKLIST : SHOWN[level]).split(/\s+/).map(readKey);
}

/** Keys that say what is meant: each has a value. */
export function selectionKeys(written: readonly string[]): WrittenKey[] {
  const keys = written.map(readKey);
  if (keys.length === 0) {
    throw new UsageError("Cannot start: KEY is missing; expected KEY=VALUE, such as StudyInstanceUID=1.2.3");
  }
  const empty = keys.find(({ value }) => value === undefined || value === "");
  if (empty !== undefined) throw new UsageError(`Cannot use the key ${JSON.stringify(empty.name)}: it has no value`);
  return keys;
}
