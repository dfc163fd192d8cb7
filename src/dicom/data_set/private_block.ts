/**
 * Private attributes of one creator (PS3.5 7.8).
 *
 * @module
 */

import { DataSetError } from "../../errors.ts";
import { formatTag } from "../tag.ts";
import { vrDefinition } from "../vr.ts";
import type { AttributeValue, SettableFor, SingleValue } from "./attribute_values.ts";
import type { ElementOf } from "./data_element.ts";
import type { DataSetLike } from "./data_set_like.ts";
import type { GetOptions, SetOptions } from "./data_set_options.ts";
import { readTextField } from "./element_values.ts";

const FIRST_BLOCK = 0x10;
const LAST_BLOCK = 0xff;

/** A data set with its values by tag, whose items are of type `Item`. */
export interface ValuesByTag<Item> extends DataSetLike {
  /** As `DataSet.element()`. */
  element(tag: number): ElementOf<Item & DataSetLike> | undefined;
  /** As `DataSet.get()`. */
  get(tag: number, options?: GetOptions): AttributeValue<Item> | undefined;
  /** As `DataSet.getAll()`. */
  getAll(tag: number, options?: GetOptions): readonly SingleValue<Item>[];
  /** As `DataSet.getText()`. */
  getText(tag: number, options?: GetOptions): string | undefined;
  /** As `DataSet.getTexts()`. */
  getTexts(tag: number, options?: GetOptions): readonly string[];
  /** As `DataSet.set()`. */
  set(tag: number, value: SettableFor<number, Item> | null, options?: SetOptions): unknown;
}

/**
 * The block of a group that a private creator has reserved in a data set. Elements are named by the last two digits of
 * their tag, which are the same wherever the block is.
 */
export class PrivateBlock<Item> {
  /** The private creator that defines the attributes, such as `SIEMENS CSA HEADER`. */
  readonly creator: string;
  /** An odd group number. */
  readonly group: number;
  readonly #dataSet: ValuesByTag<Item>;

  /** The block of `creator` in `group`, be it there or not. Throws `RangeError` for a group that isn't private. */
  constructor(dataSet: ValuesByTag<Item>, creator: string, group: number) {
    if (group % 2 !== 1 || !(group >= 0x0009 && group <= 0xfffd)) {
      throw new RangeError(`Cannot look into group ${group}: expected an odd number from 0x0009 to 0xFFFD`);
    }
    this.#dataSet = dataSet;
    this.creator = creator;
    this.group = group;
  }

  /** Whether the creator has a block in this group. */
  get reserved(): boolean {
    return this.#base() !== undefined;
  }

  /** The tag of an element, 0x00 to 0xFF, as it is in this data set; undefined when there is no such block. */
  tagOf(element: number): number | undefined {
    const base = this.#base();
    return base === undefined ? undefined : base + (element & 0xff);
  }

  /** The encoded element, or undefined. */
  element(element: number): ElementOf<Item> | undefined {
    const tag = this.tagOf(element);
    return tag === undefined ? undefined : this.#dataSet.element(tag);
  }

  /** Whether the data set has the attribute. */
  has(element: number): boolean {
    return this.element(element) !== undefined;
  }

  /** Like `DataSet.get()`, but always a list, because the multiplicity is unknown. */
  get(element: number, options?: GetOptions): AttributeValue<Item> | undefined {
    const tag = this.tagOf(element);
    return tag === undefined ? undefined : this.#dataSet.get(tag, options);
  }

  /** As `DataSet.getAll()`. */
  getAll(element: number, options?: GetOptions): readonly SingleValue<Item>[] {
    const tag = this.tagOf(element);
    return tag === undefined ? [] : this.#dataSet.getAll(tag, options);
  }

  /** As `DataSet.getText()`. */
  getText(element: number, options?: GetOptions): string | undefined {
    const tag = this.tagOf(element);
    return tag === undefined ? undefined : this.#dataSet.getText(tag, options);
  }

  /** As `DataSet.getTexts()`. */
  getTexts(element: number, options?: GetOptions): readonly string[] {
    const tag = this.tagOf(element);
    return tag === undefined ? [] : this.#dataSet.getTexts(tag, options);
  }

  /** As `DataSet.set()`; a new attribute needs the VR. Reserves a block where none is reserved. */
  set(element: number, value: SettableFor<number, Item> | null, options: SetOptions = {}): void {
    const base = this.#base() ?? this.#reserve();
    this.#dataSet.set(base + (element & 0xff), value, options);
  }

  /** As `DataSet.delete()`. */
  delete(element: number): boolean {
    const tag = this.tagOf(element);
    return tag === undefined ? false : this.#dataSet.delete(tag);
  }

  /** The tag of the block's element 00. */
  #base(): number | undefined {
    for (let block = FIRST_BLOCK; block <= LAST_BLOCK; block++) {
      const tag = this.#creatorTag(block);
      if (this.#dataSet.has(tag) && creatorOf(this.#dataSet, tag) === this.creator) return this.#baseOf(block);
    }
    return undefined;
  }

  #reserve(): number {
    for (let block = FIRST_BLOCK; block <= LAST_BLOCK; block++) {
      const tag = this.#creatorTag(block);
      if (this.#dataSet.has(tag)) continue;
      this.#dataSet.set(tag, this.creator);
      return this.#baseOf(block);
    }
    const tag = this.#creatorTag(FIRST_BLOCK);
    throw new DataSetError(
      `Cannot reserve a block for ${this.creator}: all blocks from ${formatTag(tag)} on are in use`,
      {
        tag,
      },
    );
  }

  #creatorTag(block: number): number {
    return this.group * 0x1_0000 + block;
  }

  #baseOf(block: number): number {
    return this.group * 0x1_0000 + block * 0x100;
  }
}

/** The creator that a block is reserved for; undefined when its element is no text. */
export function creatorOf(dataSet: DataSetLike, tag: number): string | undefined {
  const element = dataSet.element(tag);
  if (element?.kind !== "value") return undefined;
  return element.vr === "UN" || vrDefinition(element.vr).kind === "text"
    ? readTextField(element, "LO", dataSet)[0]
    : undefined;
}
