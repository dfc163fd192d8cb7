/**
 * Information models and the levels that they have (PS3.4 C.6, K.6).
 *
 * @module
 */

import * as UID from "../dicom/generated/uid.ts";

/** A level of the Query/Retrieve hierarchy, as (0008,0052) writes it. */
export type QueryLevel = "PATIENT" | "STUDY" | "SERIES" | "IMAGE";

/** What a query asks for: entities of a level, or items of the modality worklist, which has no levels. */
export type EntityLevel = QueryLevel | "WORKLIST";

/** An information model. */
export type InformationModel = "patient-root" | "study-root" | "patient-study-only" | "worklist";

/** What is done by an information model. */
export type QueryOperation = "find" | "move" | "get";

/** An abstract syntax of the Query/Retrieve or the Basic Worklist Management Service Class, taken apart. */
export interface QuerySopClass {
  /** Its information model. */
  readonly model: InformationModel;
  /** What it is for. */
  readonly operation: QueryOperation;
}

/** The levels, from the top down. */
export const QUERY_LEVELS: readonly QueryLevel[] = ["PATIENT", "STUDY", "SERIES", "IMAGE"];

/** The levels of each model, from the top down. In the Study Root, attributes of the patient are at the STUDY level. */
const LEVELS: Readonly<Record<InformationModel, readonly QueryLevel[]>> = {
  "patient-root": QUERY_LEVELS,
  "study-root": ["STUDY", "SERIES", "IMAGE"],
  "patient-study-only": ["PATIENT", "STUDY"],
  "worklist": [],
};

/** The unique key of each level (PS3.4 C.6). */
export const UNIQUE_KEYS: Readonly<Record<QueryLevel, number>> = {
  PATIENT: 0x0010_0020,
  STUDY: 0x0020_000d,
  SERIES: 0x0020_000e,
  IMAGE: 0x0008_0018,
};

const ROOT = "1.2.840.10008.5.1.4.1.2";

/** Abstract syntaxes by UID. */
const SOP_CLASSES: ReadonlyMap<string, QuerySopClass> = new Map([
  ...family(1, "patient-root"),
  ...family(2, "study-root"),
  ...family(3, "patient-study-only"),
  [UID.ModalityWorklistInformationModelFind, { model: "worklist", operation: "find" }],
]);

function family(number: number, model: InformationModel): [string, QuerySopClass][] {
  const operations = ["find", "move", "get"] as const;
  return operations.map((operation, index) => [`${ROOT}.${number}.${index + 1}`, { model, operation }]);
}

/** What an abstract syntax of query, retrieve or worklist stands for; undefined for any other. */
export function findQuerySopClass(abstractSyntax: string): QuerySopClass | undefined {
  return SOP_CLASSES.get(abstractSyntax);
}

/** The SOP Class UID of a model and an operation; undefined where the standard has none, as a C-MOVE of the worklist. */
export function querySopClassUid(model: InformationModel, operation: QueryOperation): string | undefined {
  for (const [uid, sopClass] of SOP_CLASSES) {
    if (sopClass.model === model && sopClass.operation === operation) return uid;
  }
  return undefined;
}

/** The levels of a model, from the top down; none for the worklist. */
export function levelsOf(model: InformationModel): readonly QueryLevel[] {
  return LEVELS[model];
}

/** Whether `level` is under `other`: an IMAGE is under its STUDY. */
export function isBelow(level: QueryLevel, other: QueryLevel): boolean {
  return QUERY_LEVELS.indexOf(level) > QUERY_LEVELS.indexOf(other);
}
