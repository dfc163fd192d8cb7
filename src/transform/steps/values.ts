/**
 * Steps that replace values: by a table, and with the name of the issuer.
 *
 * @module
 */

import type { DataSet } from "../../dicom/data_set/data_set.ts";
import { DataSetError } from "../../errors.ts";
import { type AttributeTarget, parseTarget, placesOf } from "../attribute_target.ts";
import type { ChangeFunction } from "../change.ts";
import { about, setTarget } from "../set_value.ts";
import { checkRemovable, checkText, checkTexts } from "../settable.ts";

/** How to map values. */
export interface MapOptions {
  /** The attribute whose value is looked up. */
  readonly attribute: string;
  /** The attribute that gets the value of the table; the same one by default. */
  readonly to?: string;
  /** What to do with a value that the table doesn't have: an error (`hold`, by default), `keep` it, or `remove` it. */
  readonly missing?: "hold" | "keep" | "remove";
}

/**
 * Sets an attribute to what a table has for a value. A value that isn't there, or is empty, is as one without an entry. Throws
 * `DataSetError` for a path that names none, and for a table with a value that no instance can have there.
 */
export function mapValues(table: ReadonlyMap<string, string>, options: MapOptions): ChangeFunction {
  const { missing = "hold" } = options;
  const from = parseTarget(options.attribute);
  const to = parseTarget(options.to ?? options.attribute);
  checkTexts(to, new Set(table.values()));
  if (missing === "remove") checkRemovable(to);
  return ({ dataSet }) => {
    const found = table.get(about("map", from.text, () => firstText(dataSet, from)) ?? "");
    if (found !== undefined) return setTarget(dataSet, to, found);
    if (missing === "remove") return remove(dataSet, to);
    if (missing === "keep") return;
    const path = from.text;
    throw new DataSetError(`Cannot map ${path}: the table has no entry for its value`, { path, expected: "an entry" });
  };
}

function firstText(dataSet: DataSet, target: AttributeTarget): string | undefined {
  const place = placesOf(dataSet, target).find(({ tag }) => tag !== undefined);
  return place === undefined ? undefined : place.dataSet.getText(place.tag!);
}

function remove(dataSet: DataSet, target: AttributeTarget): void {
  for (const { dataSet: around, tag } of placesOf(dataSet, target)) if (tag !== undefined) around.delete(tag);
}

/** How to tell the identifiers of issuers from each other. */
export interface IssuerPrefixOptions {
  /** Whose identifiers they are, such as the name of a hospital. */
  readonly issuer: string;
  /** Separator; `-` by default. */
  readonly separator?: string;
  /** The attribute; `PatientID` by default. */
  readonly attribute?: string;
}

/**
 * Puts the issuer before an identifier that doesn't begin with it yet. An empty one stays empty. Throws `DataSetError` for a path
 * that names no attribute, and for an issuer that it can't have.
 */
export function prefixIssuer(options: IssuerPrefixOptions): ChangeFunction {
  const target = parseTarget(options.attribute ?? "PatientID");
  const prefix = options.issuer + (options.separator ?? "-");
  checkText(target, prefix, false);
  return ({ dataSet }) => {
    const text = about("read", target.text, () => firstText(dataSet, target));
    if (text !== undefined && text !== "" && !text.startsWith(prefix)) setTarget(dataSet, target, prefix + text);
  };
}
