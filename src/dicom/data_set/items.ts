/**
 * The items of sequences.
 *
 * @module
 */

import { DataSetError } from "../../errors.ts";
import type { ElementOf } from "./data_element.ts";

/** The items of a sequence; none when it isn't there. */
export function itemsOf<Item>(
  dataSet: { element(tag: number): ElementOf<Item> | undefined },
  tag: number,
): readonly Item[] {
  const element = dataSet.element(tag);
  return element?.kind === "sequence" ? element.items : [];
}

/** The items with another at an index, or behind the last. Throws `DataSetError` for an index beyond that. */
export function withItem(items: readonly unknown[], index: number, item: unknown): unknown[] {
  if (index <= items.length) return [...items.slice(0, index), item, ...items.slice(index + 1)];
  const expected = `an index of at most ${items.length}`;
  throw new DataSetError(`Cannot set item ${index}: expected ${expected}`, { expected });
}

/** What a sequence is set to as a list. Throws `DataSetError` for what is no item. */
export function givenItems(value: unknown): readonly object[] {
  const items = value === null || value === undefined ? [] : Array.isArray(value) ? value : [value];
  const wrong = items.find((item) => typeof item !== "object" || item === null);
  if (wrong !== undefined) {
    const expected = "a DataSet or an object of values";
    throw new DataSetError(`Cannot make an item: expected ${expected}`, { expected });
  }
  return items;
}
