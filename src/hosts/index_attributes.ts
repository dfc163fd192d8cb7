/**
 * The attributes of `archive.index.attributes`.
 *
 * @module
 */

import type { ArchiveConfig } from "../config.ts";
import { parseTag } from "../dicom/dictionary.ts";
import { escapeText } from "../safe_text.ts";

/** Their tags. Throws an Error that names what is no attribute. */
export function indexAttributes({ index }: ArchiveConfig): readonly number[] {
  return index.attributes.map((text) => {
    const tag = parseTag(text);
    if (tag !== undefined) return tag;
    const found = `found "${escapeText(text)}", expected a keyword of PS3.6 or a tag such as (0009,1001)`;
    throw new Error(`Cannot understand archive.index.attributes: ${found}`);
  });
}
