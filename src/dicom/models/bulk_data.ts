/**
 * Values that stand elsewhere, or in Base64.
 *
 * @module
 */

import { DataSetError } from "../../errors.ts";
import type { EncapsulatedElement, ReferencedElement, ValueElement } from "../data_set/data_element.ts";
import type { DataSet } from "../data_set/data_set.ts";
import { pathTo } from "../data_set/element_error.ts";
import { concatenate } from "../../streams/concatenate.ts";
import { nameTag } from "../names.ts";
import { swapBytes } from "../values/binary_values.ts";
import { vrDefinition } from "../vr.ts";

/** A value that may be given as bulk data. */
export interface BulkData {
  /** The data set, or the item, that it stands in. */
  readonly dataSet: DataSet;
  /** Whose value it is. */
  readonly element: ValueElement | EncapsulatedElement | ReferencedElement;
}

/** The bytes of a value that has no URI as they stand in Little Endian, of even length. Throws `DataSetError` when they are not there. */
export function inlineBytes({ dataSet, element }: BulkData, model: string): Uint8Array {
  if (element.kind === "value") return littleEndian(element);
  const { tag } = element;
  const what = element.kind === "encapsulated" ? "is encapsulated" : "was left in its source";
  throw new DataSetError(`Cannot write ${nameTag(tag)} as ${model}: it ${what}, expected a URI for it`, {
    tag,
    path: pathTo(dataSet, tag),
    expected: "a URI from bulkDataUri",
  });
}

function littleEndian({ bytes, vr, littleEndian }: ValueElement): Uint8Array {
  const { unit, padding } = vrDefinition(vr);
  const even = bytes.length % 2 === 0 ? bytes : concatenate([bytes, Uint8Array.of(padding)]);
  return littleEndian || unit === 1 ? even : swapBytes(even, unit);
}
