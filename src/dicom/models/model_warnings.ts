/**
 * What a model of a data set cannot say, and who hears of it.
 *
 * @module
 */

import { DataSetError } from "../../errors.ts";
import type { DataElement } from "../data_set/data_element.ts";
import type { DataSet } from "../data_set/data_set.ts";
import { elementError } from "../data_set/element_error.ts";
import type { OnWarning } from "../data_set/element_text.ts";
import { vrDefinition } from "../vr.ts";

/** Warnings that are told; what comes after would say no more. */
const MAXIMUM_WARNINGS = 100;

/** Tells the first warnings to `onWarning`, if anybody listens. */
export function firstWarnings(onWarning: OnWarning | undefined): OnWarning {
  let told = 0;
  return (warning) => {
    if (told++ < MAXIMUM_WARNINGS) onWarning?.(warning);
  };
}

/** Why an element cannot be in a model: its value is no whole number of numbers. */
export function unreadable(element: DataElement, dataSet: DataSet): DataSetError | undefined {
  if (element.kind !== "value") return undefined;
  const { vr, kind, size } = vrDefinition(element.vr);
  if (kind !== "binary" || element.length % size === 0) return undefined;
  const expected = `a multiple of ${size} bytes`;
  const cause = new DataSetError(`Cannot read ${element.length} bytes as ${vr}: expected ${expected}`, { expected });
  return elementError("write", dataSet, element.tag, cause) as DataSetError;
}
