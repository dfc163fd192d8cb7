/**
 * Errors in the values of a data set that a person or program wrote, and where they are.
 *
 * @module
 */

import { readTextField } from "../dicom/data_set/element_values.ts";
import type { DataElement, DataSet } from "../dicom/data_set/data_set.ts";
import { dictionaryVr } from "../dicom/implied_vr.ts";
import { checkText } from "../dicom/values/text_rules.ts";
import { vrDefinition } from "../dicom/vr.ts";
import { DataSetError } from "../errors.ts";

/** One thing that is wrong in a data set. No values are named, for they may be a patient's. */
export interface DataSetProblem {
  /** Tags from the outside, each but the last with the index of an item. */
  readonly path: readonly (number | ItemStep)[];
  /** The value found there. */
  readonly found: string;
  /** What may stand there. */
  readonly expected: string;
}

/** An item of a sequence, on the way to an attribute. */
export interface ItemStep {
  /** Tag of the sequence. */
  readonly tag: number;
  /** Index of the item, from 0. */
  readonly item: number;
}

/** Most problems that are told of one data set. */
export const MOST_PROBLEMS = 20;

/** Values that break their VR, and VRs that aren't those of PS3.6: at most `MOST_PROBLEMS`. */
export function findValueProblems(dataSet: DataSet): DataSetProblem[] {
  const problems: DataSetProblem[] = [];
  addProblems(dataSet, [], problems);
  return problems;
}

function addProblems(dataSet: DataSet, around: readonly ItemStep[], problems: DataSetProblem[]): void {
  for (const element of dataSet) {
    if (problems.length >= MOST_PROBLEMS) return;
    const problem = vrProblem(element) ?? textProblem(element, dataSet);
    if (problem !== undefined) problems.push({ path: [...around, element.tag], ...problem });
    if (element.kind !== "sequence") continue;
    element.items.forEach((item, index) => addProblems(item, [...around, { tag: element.tag, item: index }], problems));
  }
}

type Problem = Pick<DataSetProblem, "found" | "expected">;

function vrProblem({ tag, vr }: DataElement): Problem | undefined {
  const known = dictionaryVr(tag);
  if (known === undefined || known === "UN" || known === "NONE" || vr === "UN") return undefined;
  return known.split(" or ").includes(vr) ? undefined : { found: `the VR ${vr}`, expected: `the VR ${known}` };
}

/** Values that are valid only in queries: wild cards, and ranges. */
const OF_QUERIES: Readonly<Record<string, RegExp>> = { CS: /[*?]/, DA: /-/, TM: /-/ };

function textProblem(element: DataElement, dataSet: DataSet): Problem | undefined {
  const { vr } = element;
  if (element.kind !== "value" || vrDefinition(vr).kind !== "text") return undefined;
  try {
    for (const text of readTextField(element, vr, dataSet)) {
      if (OF_QUERIES[vr]?.test(text)) return { found: `a value that is no ${vr}`, expected: "a value, not a query" };
      checkText(text, vr);
    }
    return undefined;
  } catch (error) {
    if (!(error instanceof DataSetError)) throw error;
    return { found: `a value that is no ${vr}`, expected: error.expected ?? `a value of VR ${vr}` };
  }
}
