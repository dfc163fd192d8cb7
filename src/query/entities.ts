/**
 * Patients, studies and series out of their instances: attributes of each level, and what is computed from the levels below
 * (PS3.4 C.3).
 *
 * @module
 */

import { characterSet } from "../dicom/charsets/character_set.ts";
import { ValueElement } from "../dicom/data_set/data_element.ts";
import { convertToUtf8 } from "../dicom/data_set/character_set_conversion.ts";
import { DataSet } from "../dicom/data_set/data_set.ts";
import { isPrivateTag } from "../dicom/tag.ts";
import { isInCharacterSet } from "../dicom/values/text_values.ts";
import { type Vr, vrDefinition } from "../dicom/vr.ts";
import { findKey, levelOfAttribute } from "./keys.ts";
import { isBelow, type QueryLevel } from "./levels.ts";
import { isAboutQuery, SPECIFIC_CHARACTER_SET, TIMEZONE_OFFSET_FROM_UTC } from "./query.ts";
import { isWithoutValue, textsOf } from "./stored_values.ts";

const DEFAULT_REPERTOIRE = characterSet();

/** What has no character in what was declared becomes U+FFFD: it is no reason to fail. */
const CONVERSION = { onWarning: () => {} };

const SOP_CLASS_UID = 0x0008_0016;
const MODALITIES_IN_STUDY = 0x0008_0061;
const SOP_CLASSES_IN_STUDY = 0x0008_0062;
const SOP_INSTANCE_UID = 0x0008_0018;
const MODALITY = 0x0008_0060;
const PATIENT_ID = 0x0010_0020;
const ISSUER_OF_PATIENT_ID = 0x0010_0021;
const STUDY_INSTANCE_UID = 0x0020_000d;
const SERIES_INSTANCE_UID = 0x0020_000e;

/** Groups of what belongs together; each group is one entity. */
export function groupInstances(instances: readonly DataSet[], level: QueryLevel): readonly (readonly DataSet[])[] {
  const groups = new Map<string, DataSet[]>();
  for (const instance of instances) {
    const key = identityOf(instance, level);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [instance]);
    else group.push(instance);
  }
  return [...groups.values()];
}

/** What tells an entity from others of its level. Patients without an ID are told apart by their studies. */
function identityOf(instance: DataSet, level: QueryLevel): string {
  const study = firstText(instance, STUDY_INSTANCE_UID);
  switch (level) {
    case "PATIENT": {
      const id = firstText(instance, PATIENT_ID);
      return id === ""
        ? `study ${study}`
        : `patient ${JSON.stringify([id, firstText(instance, ISSUER_OF_PATIENT_ID)])}`;
    }
    case "STUDY":
      return study;
    case "SERIES":
      return firstText(instance, SERIES_INSTANCE_UID);
    case "IMAGE":
      return firstText(instance, SOP_INSTANCE_UID);
  }
}

function firstText(instance: DataSet, tag: number): string {
  return textsOf(instance.element(tag), "LO", instance)[0] ?? "";
}

/** Instances of what a group belongs to, for what is computed from them. */
export interface Surroundings {
  /** Those of its patient. */
  readonly ofPatient: readonly DataSet[];
  /** Those of its study; none at the PATIENT level. */
  readonly ofStudy: readonly DataSet[];
  /** Those of its series; none above it. */
  readonly ofSeries: readonly DataSet[];
}

/** The entity that a group of instances makes: its attributes and those of the levels above, what is computed included. */
export function makeEntity(instances: readonly DataSet[], level: QueryLevel, around: Surroundings): DataSet {
  const entity = mergeAttributes(instances, level);
  addComputed(entity, level, around);
  return entity;
}

/** The first value of each attribute counts, whichever instance has it. */
function mergeAttributes(instances: readonly DataSet[], level: QueryLevel): DataSet {
  const [first, ...others] = instances;
  const entity = first === undefined ? new DataSet() : attributesOf(first, level);
  for (const other of others) fillGaps(entity, attributesOf(other, level));
  return entity;
}

/** The attributes of an instance that an entity of a level has. */
function attributesOf(instance: DataSet, level: QueryLevel): DataSet {
  const attributes = new DataSet();
  for (const element of instance) {
    const { tag } = element;
    if (isAboutQuery(tag) || findKey(tag)?.computed || element.kind === "encapsulated") continue;
    const own = tag === SPECIFIC_CHARACTER_SET || tag === TIMEZONE_OFFSET_FROM_UTC ? undefined : levelOf(tag);
    if (own === undefined || !isBelow(own, level)) attributes.setElement(element);
  }
  return attributes;
}

function levelOf(tag: number): QueryLevel | undefined {
  return isPrivateTag(tag) ? "IMAGE" : levelOfAttribute(tag);
}

/** Takes from another data set what this one has no value for; in UTF-8 where their text is of two character sets. */
export function fillGaps(entity: DataSet, other: DataSet): void {
  const missing = [...other].filter(({ tag }) =>
    isWithoutValue(entity.element(tag), "LO", entity) && !isWithoutValue(other.element(tag), "LO", other)
  );
  if (missing.length === 0) return;
  const needsOwnSet = missing.some(({ vr }) => isInCharacterSet(vr) || vr === "SQ");
  if (needsOwnSet && entity.characterSet.terms.join("\\") !== other.characterSet.terms.join("\\")) {
    convertToUtf8(entity, CONVERSION);
    convertToUtf8(other, CONVERSION);
  }
  for (const { tag } of missing) if (tag !== SPECIFIC_CHARACTER_SET) entity.setElement(other.element(tag)!);
}

function addComputed(entity: DataSet, level: QueryLevel, { ofPatient, ofStudy, ofSeries }: Surroundings): void {
  entity.set("NumberOfPatientRelatedStudies", distinct(ofPatient, STUDY_INSTANCE_UID).length);
  entity.set("NumberOfPatientRelatedSeries", distinct(ofPatient, SERIES_INSTANCE_UID).length);
  entity.set("NumberOfPatientRelatedInstances", ofPatient.length);
  if (level === "PATIENT") return;
  setTexts(entity, MODALITIES_IN_STUDY, "CS", distinct(ofStudy, MODALITY));
  setTexts(entity, SOP_CLASSES_IN_STUDY, "UI", distinct(ofStudy, SOP_CLASS_UID));
  entity.set("NumberOfStudyRelatedSeries", distinct(ofStudy, SERIES_INSTANCE_UID).length);
  entity.set("NumberOfStudyRelatedInstances", ofStudy.length);
  if (level === "STUDY") return;
  entity.set("NumberOfSeriesRelatedInstances", ofSeries.length);
}

/** Texts as they stand in the instances, be they values of the VR or not. */
function setTexts(entity: DataSet, tag: number, vr: Vr, texts: readonly string[]): void {
  const bytes = DEFAULT_REPERTOIRE.encode(texts.join("\\"), "LO", { replacement: "?" });
  const even = new Uint8Array(bytes.length + bytes.length % 2).fill(vrDefinition(vr).padding);
  even.set(bytes);
  entity.setElement(new ValueElement(tag, vr, even));
}

function distinct(instances: readonly DataSet[], tag: number): string[] {
  return [...new Set(instances.map((instance) => firstText(instance, tag)))].filter((text) => text !== "").sort();
}
