/**
 * What was done to an instance, by attribute and without values.
 *
 * @module
 */

import { formatTag, isPrivateTag } from "../dicom/tag.ts";
import { keywordIfKnown } from "../dicom/names.ts";

/** What can be done with an attribute. */
export type Treatment =
  | "removed"
  | "emptied"
  | "replaced"
  | "cleaned"
  | "renamed"
  | "shifted"
  | "kept";

/** How often something was done with an attribute, at any depth. */
export interface ReportLine {
  /** 0xGGGGEEEE. */
  readonly tag: number;
  /** Its keyword, or its tag as `(gggg,eeee)`; `PrivateAttributes` for all that are private. */
  readonly attribute: string;
  /** What was done. */
  readonly treatment: Treatment;
  /** How often. */
  readonly count: number;
}

/** Counts what is done. */
export class Report {
  readonly #counts = new Map<string, { tag: number; treatment: Treatment; count: number }>();

  /** Counts it once more. Private attributes count as one, since their tags mean nothing without their creators. */
  add(tag: number, treatment: Treatment, count = 1): void {
    const shown = isPrivateTag(tag) ? 0x0001_0000 : tag;
    const key = `${shown},${treatment}`;
    const line = this.#counts.get(key);
    if (line === undefined) this.#counts.set(key, { tag: shown, treatment, count });
    else line.count += count;
  }

  /** Adds what another has counted. */
  addAll(lines: readonly ReportLine[]): void {
    for (const { tag, treatment, count } of lines) this.add(tag, treatment, count);
  }

  /** All of it, by tag. */
  get lines(): readonly ReportLine[] {
    return [...this.#counts.values()].sort((one, other) => one.tag - other.tag).map((line) => ({
      ...line,
      attribute: isPrivateTag(line.tag) ? "PrivateAttributes" : keywordIfKnown(line.tag) ?? formatTag(line.tag),
    }));
  }
}
