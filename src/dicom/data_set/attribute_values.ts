/**
 * The types of what is read from a data set and of what may be put into one.
 *
 * @module
 */

import type { BinaryValues } from "../values/binary_values.ts";
import type { DicomDate, DicomDateTime, DicomTime } from "../values/date_time.ts";
import type { PersonName, PersonNameParts } from "../values/person_name.ts";
import type { TextValue } from "../values/text_values.ts";
import type { AttributeKey, AttributeKeyword } from "./attribute_path.ts";
import type { AttributeTypes } from "../generated/attribute_types.ts";
import type { DataSet } from "./data_set.ts";

/** What an attribute whose type is not known beforehand gives: one value, or a list where its VM is not 1. */
export type AttributeValue =
  | Exclude<TextValue, null>
  | bigint
  | BinaryValues
  | readonly TextValue[]
  | readonly DataSet[];

/** The type of what a key names. */
export type ValueOf<Key> = Key extends AttributeKeyword ? AttributeTypes[Key]
  : Key extends `${string}].${infer Rest}` ? ValueOf<Rest>
  : Key extends `${string}]` ? DataSet
  : AttributeValue;

/** One value of an attribute, of whatever VR. */
export type SingleValue = TextValue | bigint | BinaryValues | DataSet;

/** What may be set where `Value` is read: texts for whatever is text, numbers for typed arrays, objects for items. */
export type SettableValue<Value> = Value extends string ? string | readonly string[]
  : Value extends number ? number | string
  : Value extends bigint ? bigint | number
  : Value extends PersonName ? PersonNameParts | string
  : Value extends DicomDate | DicomTime | DicomDateTime ? Value | string
  : Value extends DataSet ? DataSet | AttributeValues
  : Value extends readonly DataSet[] ? readonly (DataSet | AttributeValues)[]
  : Value extends readonly (infer Single)[] ? ListOf<Exclude<Single, null>>
  : Value extends BigUint64Array | BigInt64Array ? ArrayLike<bigint | number> | Uint8Array | bigint
  : Value extends BinaryValues ? ArrayLike<number> | number
  : Value | string | readonly (string | number)[];

/** What may be set where a list is read: all of it, or its only value. */
export type ListOf<Single> = SettableValue<Single> | readonly SettableValue<Single>[];

/** Values by keyword, to make a data set of; null makes an attribute of zero length. */
export type AttributeValues = {
  readonly [Keyword in AttributeKeyword]?: SettableValue<AttributeTypes[Keyword]> | null | undefined;
};

/** What may be set for a key. */
export type SettableFor<Key extends AttributeKey> = SettableValue<ValueOf<Key>>;
