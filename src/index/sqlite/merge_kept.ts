/**
 * Attributes of an entity, as they grow with its instances.
 *
 * @module
 */

import { DataSet } from "../../dicom/data_set/data_set.ts";
import { writeDataSet } from "../../dicom/data_set/writing/write_data_set.ts";
import { fillGaps } from "../../query/entities.ts";
import type { KeptAttributes } from "../kept_attributes.ts";
import { readKept, textElement } from "../kept_data_sets.ts";

const PATIENT_ID = 0x0010_0020;

/** Which of two values counts: the first that came, or the last. */
export type Precedence = "first" | "last";

/** Whether two instances say the same of their series, study and patient. */
export function areSame(one: KeptAttributes | undefined, other: KeptAttributes): boolean {
  return one !== undefined && isSame(one.SERIES, other.SERIES) && isSame(one.STUDY, other.STUDY) &&
    isSame(one.PATIENT, other.PATIENT);
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  if (one.length !== other.length) return false;
  for (let index = 0; index < one.length; index++) if (one[index] !== other[index]) return false;
  return true;
}

/** Where nothing is kept of the patient, what the instance is known by. */
export function withPatientId(bytes: Uint8Array, patientId: string): Uint8Array {
  if (bytes.length > 0 || patientId === "") return bytes;
  return writeDataSet(new DataSet().setElement(textElement(PATIENT_ID, "LO", patientId)));
}

/** Attributes of an entity with those that one more of its instances came with; the same bytes where nothing is new. */
export function merged(before: Uint8Array, added: Uint8Array, precedence: Precedence | "alone"): Uint8Array {
  if (precedence === "alone" || before.length === 0) return added;
  if (added.length === 0 || isSame(before, added)) return before;
  const [one, other] = precedence === "first" ? [before, added] : [added, before];
  const result = readKept(one);
  fillGaps(result, readKept(other));
  const bytes = encoded(result) ?? one;
  return isSame(bytes, before) ? before : bytes;
}

/** Undefined for what can't be written. */
function encoded(dataSet: DataSet): Uint8Array | undefined {
  try {
    return writeDataSet(dataSet);
  } catch {
    return undefined;
  }
}
