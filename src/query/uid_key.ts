/**
 * UIDs as values of a key, whatever they are: peers have some that PS3.5 9.1 doesn't allow, and know them by these alone.
 *
 * @module
 */

import { writeAscii } from "../dicom/ascii.ts";
import { ValueElement } from "../dicom/data_set/data_element.ts";
import type { DataSet } from "../dicom/data_set/data_set.ts";

/** Puts UIDs in the place of what a key has. They came from a peer, and are not checked. */
export function setUidKey(keys: DataSet, tag: number, uids: readonly string[]): void {
  const text = uids.join("\\");
  const bytes = new Uint8Array(text.length + text.length % 2);
  writeAscii(bytes, 0, text);
  keys.setElement(new ValueElement(tag, "UI", bytes));
}
