/**
 * What the form `original` needs to know of how a data set was read, beside its elements.
 *
 * @module
 */

import type { Encoding } from "../encoding/element_header.ts";
import type { StrayBytes } from "../encoding/stray_bytes.ts";
import type { DataSetLike, ElementLike } from "./data_set_like.ts";
import type { WrittenForm } from "./writing/written_form.ts";

/** The tags of data sets whose elements didn't come in the order of their tags, as they came. */
const orders = new WeakMap<DataSetLike, readonly number[]>();

const stray = new WeakMap<DataSetLike, StrayBytes>();

/** In which encoding data sets came whose transfer syntax is of another one. */
const encodings = new WeakMap<DataSetLike, { readonly transferSyntax: string; readonly encoding: Encoding }>();

/** The elements that the meta information of a file is about, as they came. */
const identities = new WeakMap<DataSetLike, ReadonlySet<ElementLike | undefined>>();

/** Keeps in mind that the elements came in this order. */
export function rememberOrder(dataSet: DataSetLike, tags: readonly number[]): void {
  orders.set(dataSet, tags);
}

/** Keeps in mind what came behind the last element. */
export function rememberStrayBytes(dataSet: DataSetLike, bytes: StrayBytes): void {
  stray.set(dataSet, bytes);
}

/** Keeps in mind that the data set came in another encoding than that of its transfer syntax. */
export function rememberEncoding(dataSet: DataSetLike, transferSyntax: string, encoding: Encoding): void {
  encodings.set(dataSet, { transferSyntax, encoding });
}

/** In which encoding it came, if that isn't the one of this transfer syntax. */
export function encodingAsRead(dataSet: DataSetLike, transferSyntax: string | undefined): Encoding | undefined {
  const known = encodings.get(dataSet);
  return known?.transferSyntax === transferSyntax ? known?.encoding : undefined;
}

/** Keeps in mind which elements of these tags came. */
export function rememberIdentity(dataSet: DataSetLike, tags: readonly number[]): void {
  identities.set(dataSet, new Set(tags.map((tag) => dataSet.element(tag))));
}

/** Whether the element of this tag is the one that came. */
export function isIdentityAsRead(dataSet: DataSetLike, tag: number): boolean {
  return identities.get(dataSet)?.has(dataSet.element(tag)) ?? false;
}

/** Bytes after the last element of the data set, if the source has any. */
export function strayBytesOf(dataSet: DataSetLike): StrayBytes | undefined {
  return stray.get(dataSet);
}

/** The elements in the order in which they are written: that of their tags, or as they came. What is new comes last then. */
export function inOrderOf(dataSet: DataSetLike, form: WrittenForm): Iterable<ElementLike> {
  const order = form === "original" ? orders.get(dataSet) : undefined;
  if (order === undefined) return dataSet;
  const places = new Map(order.map((tag, place) => [tag, place]));
  const placeOf = ({ tag }: ElementLike) => places.get(tag) ?? Infinity;
  return [...dataSet].sort((one, other) => placeOf(one) < placeOf(other) ? -1 : placeOf(one) > placeOf(other) ? 1 : 0);
}
