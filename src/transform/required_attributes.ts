/**
 * Attributes that a change must not empty.
 *
 * @module
 */

import type { DataSet } from "../dicom/data_set/data_set.ts";
import { nameTag } from "../dicom/names.ts";
import { DataSetError } from "../errors.ts";

/** Of type 1 in every composite instance, so far as the modules that all have say it (PS3.3 C.7.2.1, C.7.3.1, C.12.1). */
const ALWAYS = [0x0008_0016, 0x0008_0018, 0x0008_0060, 0x0020_000d, 0x0020_000e];

/** Of type 1 in every image (PS3.3 C.7.6.3); Pixel Data can't be read without them. */
const WITH_PIXELS = [
  0x0028_0002,
  0x0028_0004,
  0x0028_0010,
  0x0028_0011,
  0x0028_0100,
  0x0028_0101,
  0x0028_0102,
  0x0028_0103,
];

/** Of type 1 in an item that refers to an instance, and in one that is a code (PS3.3 Tables 10-11 and 8.8-1). */
const IN_ITEMS: ReadonlySet<number> = new Set([0x0008_1150, 0x0008_1155, 0x0008_0100, 0x0008_0104]);

/** Whether no composite instance may be without an attribute. */
export function isAlwaysRequired(tag: number): boolean {
  return ALWAYS.includes(tag);
}

/** Which attributes of type 1 a data set and its items have; taken before a change, and held against it afterwards. */
export class RequiredAttributes {
  readonly #dataSet: DataSet;
  readonly #present: number[];

  /** Takes the attributes that the data set has now. */
  constructor(dataSet: DataSet, hasPixelData: boolean) {
    this.#dataSet = dataSet;
    this.#present = [...ALWAYS, ...(hasPixelData ? WITH_PIXELS : [])].filter((tag) => hasValue(dataSet, tag));
  }

  /**
   * Throws `DataSetError` where one of them is gone or has no value. Items can't be told apart before and after a change, so in
   * them no such attribute may be without a value.
   */
  check(): void {
    for (const tag of this.#present) if (!hasValue(this.#dataSet, tag)) throw emptied(tag, nameTag(tag));
    checkItems(this.#dataSet, "");
  }
}

function checkItems(dataSet: DataSet, around: string): void {
  for (const element of dataSet) {
    if (around !== "" && IN_ITEMS.has(element.tag) && !hasValue(dataSet, element.tag)) {
      throw emptied(element.tag, around + nameTag(element.tag));
    }
    if (element.kind !== "sequence") continue;
    for (const [index, item] of element.items.entries()) {
      checkItems(item, `${around}${nameTag(element.tag)}[${index}].`);
    }
  }
}

/** Whether a data set has an attribute with more than padding as its value. */
function hasValue(dataSet: DataSet, tag: number): boolean {
  const element = dataSet.element(tag);
  if (element?.kind !== "value") return element !== undefined;
  for (let at = 0; at < element.length; at++) {
    const byte = element.source[element.start + at];
    if ((byte !== 0x20 && byte !== 0) || element.vr === "US") return true;
  }
  return false;
}

function emptied(tag: number, path: string): DataSetError {
  const expected = "a value, since it is of type 1";
  return new DataSetError(`Cannot change the instance: ${path} is left without a value, expected ${expected}`, {
    tag,
    path,
    expected,
  });
}
