/**
 * The types of what is read from a data set and of what may be put into one; its items are of type `Item`.
 *
 * @module
 */

import type { BinaryValues } from "../values/binary_values.ts";
import type { DicomDate, DicomDateTime, DicomTime } from "../values/date_time.ts";
import type { PersonName, PersonNameParts } from "../values/person_name.ts";
import type { TextValue } from "../values/text_values.ts";
import type { AttributeKey, AttributeKeyword } from "./attribute_path.ts";
import type { AttributeTypes } from "../generated/attribute_types.ts";

/** What an attribute whose type is not known beforehand gives: one value, or a list where its VM is not 1. */
export type AttributeValue<Item> =
  | Exclude<TextValue, null>
  | bigint
  | BinaryValues
  | readonly TextValue[]
  | readonly Item[];

/** The type of what a key names. */
export type ValueOf<Key, Item> = Key extends AttributeKeyword ? AttributeTypes<Item>[Key]
  : Key extends `${string}].${infer Rest}` ? ValueOf<Rest, Item>
  : Key extends `${string}]` ? Item
  : AttributeValue<Item>;

/** One value of an attribute, of whatever VR. */
export type SingleValue<Item> = TextValue | bigint | BinaryValues | Item;

/** What may be set where `Value` is read: texts for whatever is text, numbers for typed arrays, objects for items. */
export type SettableValue<Value, Item> = Value extends string ? string | readonly string[]
  : Value extends number ? number | string
  : Value extends bigint ? bigint | number
  : Value extends PersonName ? PersonNameParts | string
  : Value extends DicomDate | DicomTime | DicomDateTime ? Value | string
  : Value extends Item ? Item | AttributeValues<Item>
  : Value extends readonly Item[] ? readonly (Item | AttributeValues<Item>)[]
  : Value extends readonly (infer Single)[] ? ListOf<Exclude<Single, null>, Item>
  : Value extends BigUint64Array | BigInt64Array ? ArrayLike<bigint | number> | Uint8Array | bigint
  : Value extends BinaryValues ? ArrayLike<number> | number
  : Value | string | readonly (string | number)[];

/** What may be set where a list is read: all of it, or its only value. */
export type ListOf<Single, Item> = SettableValue<Single, Item> | readonly SettableValue<Single, Item>[];

/** Values by keyword, to make a data set of; null makes an attribute of zero length. */
export type AttributeValues<Item> = {
  readonly [Keyword in AttributeKeyword]?: SettableValue<AttributeTypes<Item>[Keyword], Item> | null | undefined;
};

/** What may be set for a key. */
export type SettableFor<Key extends AttributeKey, Item> = SettableValue<ValueOf<Key, Item>, Item>;
