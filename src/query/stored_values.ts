/**
 * Values of what is matched. Whatever stands there is read as well as it can be: what can't be read has no value, and never
 * stops a query.
 *
 * @module
 */

import type { DataElement, DataSet } from "../dicom/data_set/data_set.ts";
import { readTextField, readValues } from "../dicom/data_set/element_values.ts";
import { parseUtcOffset } from "../dicom/values/date_time.ts";
import { type Vr, vrDefinition } from "../dicom/vr.ts";
import { TIMEZONE_OFFSET_FROM_UTC } from "./query.ts";

/** The texts of an element, read as a VR that is text; none when it has no text. */
export function textsOf(element: DataElement | undefined, vr: Vr, dataSet: DataSet): readonly string[] {
  if (element?.kind !== "value" || element.length === 0) return [];
  const { kind } = vrDefinition(element.vr);
  if (kind !== "text" && element.vr !== "UN") return [];
  return readTextField(element, kind === "text" ? element.vr : vr, dataSet);
}

/** The first text of an attribute; empty where it has none. */
export function firstTextOf(dataSet: DataSet, tag: number): string {
  const element = dataSet.element(tag);
  if (element?.kind !== "value" || vrDefinition(element.vr).kind !== "text") return "";
  return textsOf(element, element.vr, dataSet)[0] ?? "";
}

const DECIMAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[Ee][+-]?\d+)?$/;

/** The numbers of an element, be they binary or written as text; none when it has no numbers. */
export function numbersOf(element: DataElement | undefined, vr: Vr, dataSet: DataSet): readonly (number | bigint)[] {
  if (element?.kind !== "value" || element.length === 0) return [];
  const { kind } = vrDefinition(element.vr);
  if (kind === "text" || (element.vr === "UN" && vrDefinition(vr).kind === "text")) {
    return textsOf(element, vr, dataSet).filter((text) => DECIMAL.test(text)).map(Number);
  }
  if (kind !== "binary") return [];
  try {
    return readValues(element, dataSet) as (number | bigint)[];
  } catch {
    return [];
  }
}

/** Whether an element is absent, or has no value: as zero items and as padding alone too. */
export function isWithoutValue(element: DataElement | undefined, vr: Vr, dataSet: DataSet): boolean {
  if (element === undefined) return true;
  if (element.kind === "sequence") return element.items.length === 0;
  if (element.kind !== "value") return false;
  if (element.length === 0) return true;
  return vrDefinition(element.vr).kind === "text" && textsOf(element, vr, dataSet).every((text) => text === "");
}

/** Minutes east of UTC that a data set's dates and times are at: its own statement, or that of what is around it. */
export function offsetOf(dataSet: DataSet): number | undefined {
  for (let around: DataSet | undefined = dataSet; around !== undefined; around = around.parent) {
    const [text] = textsOf(around.element(TIMEZONE_OFFSET_FROM_UTC), "SH", around);
    if (text === undefined) continue;
    try {
      return parseUtcOffset(text);
    } catch {
      return undefined;
    }
  }
  return undefined;
}
