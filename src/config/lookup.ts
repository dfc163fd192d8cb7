/**
 * Ways from a section and its values to the entries of those.
 *
 * @module
 */

import { isOptional } from "./defaults.ts";
import type { Entry, Keys, Section } from "./entry.ts";
import { at, isMapping, type Path } from "./tree.ts";

/** The entry of what stands at a path; undefined where no key is known. */
export function entryAt(section: Section<never>, path: Path): Entry | undefined {
  return path.reduce<Entry | undefined>((entry, key) => {
    if (entry?.type === "section") return keyOf(entry.keys, String(key));
    if (entry?.type === "map") return entry.values;
    return entry?.type === "list" ? entry.items : undefined;
  }, section);
}

function keyOf(keys: Keys, key: string): Entry | undefined {
  return Object.hasOwn(keys, key) ? keys[key] : undefined;
}

/** Whether nothing but comments may stand there: defaults hold, as they do where the key is absent. */
export function mayBeEmpty(entry: Entry | undefined): boolean {
  return entry?.type === "map" || (entry?.type === "section" && !isOptional(entry));
}

/** A plain value that a configuration has, and what is known of it. */
export interface Setting {
  /** What is known of it. */
  readonly entry: Entry;
  /** The value. */
  readonly value: unknown;
  /** Where it stands: keys of mappings and indices of lists. */
  readonly path: readonly PropertyKey[];
  /** The values beside it, itself among them, by key. */
  readonly beside: Readonly<Record<PropertyKey, unknown>>;
}

/** A copy of the values of a section, each plain one mapped. What is no key of it stays as it is. */
export function mapSettings<Value>(section: Section<never>, values: Value, map: (setting: Setting) => unknown): Value {
  const copy = (entry: Entry | undefined, value: unknown, path: Path, beside: Setting["beside"]): unknown => {
    if (entry === undefined) return value;
    if (Array.isArray(value) && entry.type === "list") {
      return value.map((item, index) => copy(entry.items, item, [...path, index], beside));
    }
    if (!isMapping(value)) return map({ entry, value, path, beside });
    if (entry.type === "data") return withFiles(entry.files ?? [], value, path, map);
    const copied = Object.entries(value).map(([key, inner]) =>
      [key, copy(entryAt(entry as Section<never>, [key]), inner, [...path, key], value)] as const
    );
    return Object.fromEntries(copied);
  };
  return copy(section, values, [], {}) as Value;
}

/** A copy of data with the paths of files in it mapped, as those elsewhere are. */
function withFiles(
  files: readonly (readonly string[])[],
  data: unknown,
  path: Path,
  map: (setting: Setting) => unknown,
): unknown {
  return files.reduce((copy, keys) => {
    const value = at(copy, keys);
    if (typeof value !== "string") return copy;
    const entry: Entry = { type: "path", access: "read", description: "A file that is named in data" };
    const mapped = map({ entry, value, path: [...path, ...keys], beside: {} });
    return typeof mapped === "string" ? replaced(copy, keys, mapped) : copy;
  }, data);
}

function replaced(tree: unknown, [key = "", ...rest]: readonly string[], value: string): unknown {
  if (!isMapping(tree)) return tree;
  return { ...tree, [key]: rest.length === 0 ? value : replaced(tree[key], rest, value) };
}

/** Every plain value that a configuration has. */
export function settingsOf(section: Section<never>, values: unknown): Setting[] {
  const settings: Setting[] = [];
  mapSettings(section, values, (setting) => settings.push(setting));
  return settings;
}
