/**
 * The attributes of a data set as properties of an object.
 *
 * @module
 */

import { findAttributeByKeyword, keywordOf } from "../dictionary.ts";
import type { AttributeTypes } from "../generated/attribute_types.ts";
import type { DataSetLike } from "./data_set_like.ts";

/** An object whose properties are the attributes of a data set, by keyword, as they are when they are read. */
export function attributesView<Item extends DataSetLike>(dataSet: Item): Partial<AttributeTypes<Item>> {
  const valueOf = (name: string | symbol): unknown => {
    const tag = typeof name === "string" ? findAttributeByKeyword(name)?.tag : undefined;
    return tag === undefined ? undefined : dataSet.get(tag);
  };
  const has = (name: string | symbol): boolean => {
    const tag = typeof name === "string" ? findAttributeByKeyword(name)?.tag : undefined;
    return tag !== undefined && dataSet.has(tag);
  };
  return new Proxy<Partial<AttributeTypes<Item>>>({}, {
    get: (_, name) => valueOf(name),
    has: (_, name) => has(name),
    set: () => false,
    defineProperty: () => false,
    deleteProperty: () => false,
    ownKeys: () => [...new Set(Array.from(dataSet, ({ tag }) => keywordOf(tag)))].filter((name) => name !== undefined),
    getOwnPropertyDescriptor: (_, name) =>
      has(name) ? { value: valueOf(name), enumerable: true, configurable: true } : undefined,
  });
}
