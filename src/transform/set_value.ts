/**
 * Setting what a step names, with errors that name it and no value.
 *
 * @module
 */

import type { SettableFor } from "../dicom/data_set/attribute_values.ts";
import type { DataSet } from "../dicom/data_set/data_set.ts";
import { withItem } from "../dicom/data_set/items.ts";
import { declarable, SPECIFIC_CHARACTER_SET } from "../dicom/data_set/specific_character_set.ts";
import { checkStoredText } from "../dicom/values/stored_text.ts";
import { type Vr, vrDefinition } from "../dicom/vr.ts";
import { DataSetError } from "../errors.ts";
import { type AttributeTarget, placesOf, type TargetPlace } from "./attribute_target.ts";

/** What an attribute may be set to: a value, several, items as objects of attributes, or null for zero length. */
export type StepValue = string | number | null | readonly (string | number | StepItem)[] | StepItem;

/** An item of a sequence, as attributes by keyword or tag. */
export interface StepItem {
  /** The value of an attribute. */
  readonly [attribute: string]: StepValue;
}

/** Sets all that a target names; `vr` is needed for private attributes that aren't there yet. Throws `DataSetError`. */
export function setTarget(dataSet: DataSet, target: AttributeTarget, value: StepValue, vr?: Vr): void {
  const places = about("set", target.text, () => placesOf(dataSet, target, true));
  if (places.length === 0 && !target.steps.some(({ item }) => item === "all")) {
    throw new DataSetError(`Cannot set ${target.text}: the item that it is in does not exist`, { path: target.text });
  }
  for (const place of places) setPlace(place, target, value, vr);
}

function setPlace(place: TargetPlace, { text, steps }: AttributeTarget, value: StepValue, vr: Vr | undefined): void {
  const { dataSet, tag, creator, item } = place;
  const given = value as SettableFor<number, DataSet> | null;
  const options = vr === undefined ? {} : { vr };
  about("set", text, () => {
    if (item !== undefined) {
      if (tag === undefined) throw new DataSetError("Cannot find it");
      const items = withItem(dataSet.getAll(tag), item, given);
      dataSet.set(tag, items as SettableFor<number, DataSet>, { vr: "SQ" });
    } else if (tag === undefined && creator !== undefined) {
      const named = steps.at(-1)!.tag;
      const block = dataSet.private(creator, named >>> 16);
      block.set(named & 0xff, given, options);
      checkStored(dataSet, block.tagOf(named & 0xff)!);
    } else {
      dataSet.set(tag!, given, options);
      checkStored(dataSet, tag!);
    }
  });
}

/** Throws `DataSetError` where an attribute has a value that is right for a query alone, or names no character set. */
export function checkStored(dataSet: DataSet, tag: number): void {
  const vr = dataSet.element(tag)?.vr;
  if (vr === undefined || vrDefinition(vr).kind !== "text") return;
  if (tag === SPECIFIC_CHARACTER_SET) declarable(dataSet.getTexts(tag));
  for (const text of dataSet.getTexts(tag)) checkStoredText(text.trim(), vr);
}

/**
 * Does something with what a target names. A `DataSetError` from it comes out with the path, by default its own, and without
 * the value.
 */
export function about<Result>(verb: string, named: string | undefined, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof DataSetError)) throw error;
    const path = named ?? innermost(error, "path") ?? "the data set";
    const expected = innermost(error, "expected") ?? "what its VR, its length and the character set allow";
    throw new DataSetError(`Cannot ${verb} ${path}: the value is not right, expected ${expected}`, { path, expected });
  }
}

/** What the error that lies deepest, of those that say it, says. */
export function innermost(error: DataSetError, what: "path" | "expected"): string | undefined {
  return (error.cause instanceof DataSetError ? innermost(error.cause, what) : undefined) ?? error[what];
}
