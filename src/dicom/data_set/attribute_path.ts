/**
 * How attributes are named: by keyword, by tag, or by the path to one inside sequences.
 *
 * @module
 */

import { DataSetError } from "../../errors.ts";
import { findAttributeByKeyword, parseTag } from "../dictionary.ts";
import { nameTag } from "../names.ts";
import type { AttributeTypes } from "../generated/attribute_types.ts";
import type { ElementOf } from "./data_element.ts";
import { itemsOf } from "./items.ts";

/** A keyword of PS3.6 or PS3.7. */
export type AttributeKeyword = keyof AttributeTypes<unknown>;

/**
 * Tags or keywords with the index of an item between them: `ReferencedSeriesSequence[0].SeriesInstanceUID`,
 * `(0040,0275)[0].(0040,0007)`; or a single tag `(0009,1001)`. `parsePath()` makes one of any text.
 */
export type AttributePath = `(${string})` | `${string}[${number}]` | `${string}[${number}].${string}`;

/** What names an attribute: its keyword, its tag as a number (0x0010_0010), or the path to it. */
export type AttributeKey = AttributeKeyword | AttributePath | number;

/** A step of a path: an attribute, or with `item` one of the items of a sequence, from 0. */
interface PathStep {
  readonly tag: number;
  readonly item?: number;
}

/** Where a key leads to. */
export interface Place<Item> extends PathStep {
  /** The data set that has the attribute, or would have it. */
  readonly dataSet: Item;
}

/** A data set whose items are as it is. */
interface Nested<Item> {
  element(tag: number): ElementOf<Item> | undefined;
}

/** Puts items in a sequence, and makes a missing sequence; the last item is new and empty. */
type AddItem<Item> = (dataSet: Item, tag: number, items: readonly (Item | Record<never, never>)[]) => void;

const STEP = /^([^[\]]+)(?:\[(\d{1,9})\])?$/;

/** A text as a path, checked. Throws `DataSetError` when it names no attribute. */
export function parsePath(text: string): AttributePath {
  splitPath(text);
  return text as AttributePath;
}

/**
 * Where a key leads to from a data set; undefined when an item on the way is not there. With `add` the item that comes next
 * in its sequence is made. Throws `DataSetError` when the key names no attribute.
 */
export function locate<Item extends Nested<Item>>(
  dataSet: Item,
  key: AttributeKey,
  add?: AddItem<Item>,
): Place<Item> | undefined {
  if (typeof key === "number") return { dataSet, tag: key };
  const known = findAttributeByKeyword(key);
  if (known !== undefined) return { dataSet, tag: known.tag };
  const steps = splitPath(key);
  const last = steps.pop()!;
  let place = dataSet;
  for (const { tag, item = 0 } of steps) {
    const next = itemsOf(place, tag)[item] ?? (add && addItem(place, tag, item, add));
    if (next === undefined) return undefined;
    place = next;
  }
  return { dataSet: place, ...last };
}

function addItem<Item extends Nested<Item>>(
  dataSet: Item,
  tag: number,
  index: number,
  add: AddItem<Item>,
): Item | undefined {
  const items = itemsOf(dataSet, tag);
  if (items.length !== index) {
    const expected = `an index of at most ${items.length}`;
    throw new DataSetError(`Cannot add item ${index} to ${nameTag(tag)}: expected ${expected}`, { tag, expected });
  }
  add(dataSet, tag, [...items, {}]);
  return itemsOf(dataSet, tag)[index];
}

function splitPath(path: string): PathStep[] {
  const steps = path.split(".").map((step) => parseStep(step, path));
  const open = steps.slice(0, -1).find(({ item }) => item === undefined);
  if (open !== undefined) throw noPath(path, `${nameTag(open.tag)} has no index in brackets`);
  return steps;
}

function parseStep(text: string, path: string): PathStep {
  const found = STEP.exec(text);
  const tag = found === null ? undefined : parseTag(found[1]!);
  if (tag === undefined) throw noPath(path, `${JSON.stringify(text)} is no keyword or tag`);
  return found![2] === undefined ? { tag } : { tag, item: Number(found![2]) };
}

function noPath(path: string, problem: string): DataSetError {
  const expected = "a keyword, a tag (gggg,eeee), or a path such as ReferencedSeriesSequence[0].SeriesInstanceUID";
  return new DataSetError(`Cannot find an attribute by ${JSON.stringify(path)}: ${problem}`, { path, expected });
}
