/**
 * The attributes of `archive.index.attributes`.
 *
 * @module
 */

import type { ArchiveConfig } from "../config.ts";
import { ConfigError, type ConfigProblem } from "../config/config_error.ts";
import { parseTag } from "../dicom/dictionary.ts";
import { escapeText } from "../safe_text.ts";

const KEY_PATH = "archive.index.attributes";
const EXPECTED = "a keyword of PS3.6 or a tag such as (0009,1001)";

/** The tags of these attributes. Throws a ConfigError that names every word that is no attribute. */
export function indexAttributes({ index }: ArchiveConfig): readonly number[] {
  const tags: number[] = [];
  const problems: ConfigProblem[] = [];
  for (const text of index.attributes) {
    const tag = parseTag(text);
    if (tag !== undefined) tags.push(tag);
    else problems.push({ keyPath: KEY_PATH, found: `"${escapeText(text)}"`, expected: EXPECTED });
  }
  if (problems.length === 0) return tags;
  const found = problems.map((problem) => problem.found).join(", ");
  throw new ConfigError(`Cannot understand ${KEY_PATH}: found ${found}, expected ${EXPECTED}`, problems);
}
