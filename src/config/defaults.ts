/**
 * The defaults.
 *
 * @module
 */

import type { Entry, Section } from "./entry.ts";
import { parseDuration, parseSize } from "./quantities.ts";
import { freeze } from "./tree.ts";

/** The defaults of a section, frozen. It has to have no required keys. */
export function defaultsOf<Value>({ keys }: Section<Value>): Value {
  const entries = Object.entries(keys).map(([key, entry]) => [key, defaultOf(entry)] as const);
  return freeze(Object.fromEntries(entries.filter(([, value]) => value !== undefined))) as Value;
}

function defaultOf(entry: Entry): unknown {
  if (entry.type === "section") return isOptional(entry) ? undefined : defaultsOf(entry);
  if (entry.type === "map") return {};
  if (entry.default === undefined) return undefined;
  if (entry.type === "duration") return parseDuration(entry.default);
  return entry.type === "size" ? parseSize(entry.default) : entry.default;
}

/** Whether a section is absent unless a user writes it. */
export function isOptional(section: object): boolean {
  return "optional" in section;
}
