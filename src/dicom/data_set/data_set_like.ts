/**
 * A data set as the parts know it that it is made of: they can't know `DataSet`, which knows them.
 *
 * @module
 */

import type { DataSetError } from "../../errors.ts";
import type { CharacterSet } from "../charsets/character_set.ts";
import type { ElementOf } from "./data_element.ts";

/** An element of which no more is known of its items. */
export type ElementLike = ElementOf<DataSetLike>;

/** What of a `DataSet` its parts need; what each does stands there. */
export interface DataSetLike {
  /** The data set whose sequence this is an item of. */
  readonly parent: DataSetLike | undefined;
  /** As an item: whether it was read with undefined length. */
  readonly undefinedLength: boolean;
  /** The character set of its text. */
  readonly characterSet: CharacterSet;
  /** Called for text that does not match the declared character set. */
  readonly onWarning: ((warning: DataSetError) => void) | undefined;
  /** The elements in the order of their tags. */
  [Symbol.iterator](): IterableIterator<ElementLike>;
  /** The encoded element, or undefined. */
  element(tag: number): ElementLike | undefined;
  /** Whether the data set has the attribute. */
  has(tag: number): boolean;
  /** The value of an attribute in its own type. */
  get(tag: number): unknown;
  /** All values of an attribute. */
  getAll(tag: number): readonly unknown[];
  /** Puts an element in its place. */
  setElement(element: ElementLike): unknown;
  /** Removes an attribute. */
  delete(tag: number): boolean;
}
