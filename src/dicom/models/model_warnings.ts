/**
 * Warnings about values that a model of a data set can't express.
 *
 * @module
 */

import { DataSetError } from "../../errors.ts";
import type { ValueElement } from "../data_set/data_element.ts";
import type { DataElement, DataSet } from "../data_set/data_set.ts";
import { elementError } from "../data_set/element_error.ts";
import type { OnWarning } from "../data_set/element_text.ts";
import { type VrDefinition, vrDefinition } from "../vr.ts";

/** Most warnings that are reported; further ones would add nothing new. */
const MAXIMUM_WARNINGS = 100;

/** Calls `onWarning`, if given, with the first warnings. */
export function firstWarnings(onWarning: OnWarning | undefined): OnWarning {
  let told = 0;
  return (warning) => {
    if (told++ < MAXIMUM_WARNINGS) onWarning?.(warning);
  };
}

/** Whether a value is a whole number of numbers, where it should be. */
export function isWhole(element: DataElement, { kind, size }: VrDefinition): boolean {
  return kind !== "binary" || element.kind !== "value" || element.length % size === 0;
}

/** Why an element whose value is not whole cannot be in a model. */
export function notWhole({ tag, vr, length }: ValueElement, dataSet: DataSet): DataSetError {
  const expected = `a multiple of ${vrDefinition(vr).size} bytes`;
  const cause = new DataSetError(`Cannot read ${length} bytes as ${vr}: expected ${expected}`, { expected });
  return elementError("write", dataSet, tag, cause) as DataSetError;
}
