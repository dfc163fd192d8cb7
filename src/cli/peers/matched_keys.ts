/**
 * Keys that have to be matched: what is only ignored would mean everything.
 *
 * @module
 */

import type { AskOptions, InstanceSource } from "../../query/instance_source.ts";
import type { Query } from "../../query/query.ts";
import { describeKeys } from "../../services/source_face.ts";

/** Throws where a source does not match all keys of a selection. */
export async function checkMatched(source: InstanceSource, selection: Query, options: AskOptions): Promise<void> {
  for await (const { unmatched } of source.find(selection, options)) return refuseUnmatched(unmatched);
}

/** Throws where keys were not matched. */
export function refuseUnmatched(unmatched: readonly number[]): void {
  if (unmatched.length === 0) return;
  throw new Error(`Cannot select by ${describeKeys(unmatched)}: the source did not match these keys`);
}
