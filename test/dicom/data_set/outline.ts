/** Writes down all of a data set, for comparison. */

import type { DataSet } from "../../../src/dicom/data_set/data_set.ts";
import { formatTag } from "../../../src/dicom/tag.ts";

/** A line for each element: tag, VR and the bytes of the value; items are indented. */
export function outline(dataSet: DataSet, indent = ""): string[] {
  const lines: string[] = [];
  for (const element of dataSet) {
    const start = `${indent}${formatTag(element.tag)} ${element.vr}`;
    if (element.kind === "value") lines.push(`${start} ${element.bytes.toHex()}`);
    else if (element.kind === "encapsulated") lines.push(`${start} ${element.fragments.map(showFragment).join(" ")}`);
    else if (element.kind === "referenced") lines.push(`${start} ${element.length} bytes`);
    else lines.push(start, ...element.items.flatMap((item) => [`${indent}-`, ...outline(item, `${indent}  `)]));
  }
  return lines;
}

function showFragment(fragment: Uint8Array | { readonly length: number }): string {
  return fragment instanceof Uint8Array ? `[${fragment.toHex()}]` : `[${fragment.length} bytes]`;
}
