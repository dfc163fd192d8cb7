/**
 * References to environment variables: `${NAME}` and `${NAME:-default}`.
 *
 * They are taken out of the text before it is read as YAML, where braces mean something, and are put back into the
 * values afterwards: so what a variable holds is never read as YAML.
 *
 * @module
 */

import type { Section } from "./entry.ts";
import { entryAt, mayBeEmpty } from "./lookup.ts";
import { configError, type Problem } from "./problems.ts";
import type { Path } from "./tree.ts";

const REFERENCE = /\$?\$\{[^}\n]*\}/g;

/** More values, and deeper ones, than any configuration has: they bound what aliases can multiply. */
const MAXIMUM_VALUES = 10_000;
const MAXIMUM_DEPTH = 16;

/** A text with a mark in place of each reference. */
export interface MarkedText {
  readonly yaml: string;
  /** Puts the references back in place of their marks. */
  restore(value: string): string;
}

/** Takes the references out of a text. */
export function markReferences(text: string): MarkedText {
  const references: string[] = [];
  return {
    yaml: text.replace(REFERENCE, (reference) => `\uE000${references.push(reference) - 1}\uE001`),
    restore: (value) => value.replace(/\uE000(\d+)\uE001/g, (mark, index) => references[index] ?? mark),
  };
}

/** A copy of a tree with its references as they were written. */
export function restoreReferences(section: Section<never>, tree: unknown, { restore }: MarkedText): unknown {
  return mapTexts(section, tree, restore, restore);
}

/** A copy of a tree with its references looked up; those that lead nowhere go to `problems`. */
export function resolveReferences(
  section: Section<never>,
  tree: unknown,
  { restore }: MarkedText,
  env: (name: string) => string | undefined,
  problems: Problem[],
): unknown {
  return mapTexts(section, tree, restore, (value, path) => {
    const written = restore(value);
    return written === value ? value : resolve(written, env, (found) => {
      problems.push({ path, found, expected: "${NAME} of an environment variable, or ${NAME:-default}" });
    });
  });
}

/** Puts what they stand for in place of the references within `text`. */
function resolve(text: string, env: (name: string) => string | undefined, fail: (found: string) => void): string {
  return text.replace(REFERENCE, (reference) => {
    if (reference.startsWith("$$")) return reference.slice(1);
    const [, name, fallback] = /^\$\{([A-Za-z_]\w*)(?::-(.*))?\}$/.exec(reference) ?? [];
    const value = name === undefined ? undefined : env(name) || fallback;
    if (value === undefined) fail(name === undefined ? reference : `\${${name}}, which is not set`);
    return value ?? reference;
  });
}

/** A copy of a tree with its texts and keys mapped. A section in which everything is commented out is left out. */
function mapTexts(
  section: Section<never>,
  tree: unknown,
  mapKey: (key: string) => string,
  mapText: (text: string, path: Path) => unknown,
): unknown {
  let values = 0;
  const map = (node: unknown, path: Path): unknown => {
    if (++values > MAXIMUM_VALUES || path.length > MAXIMUM_DEPTH) {
      const expected = `at most ${MAXIMUM_VALUES} values, ${MAXIMUM_DEPTH} levels deep`;
      throw configError([{ keyPath: "", found: "more or deeper values", expected }]);
    }
    if (typeof node === "string") return mapText(node, path);
    if (Array.isArray(node)) return node.map((item, index) => map(item, [...path, index]));
    if (typeof node !== "object" || node === null) return node;
    const entries = Object.entries(node).map(([key, value]) => [mapKey(key), value] as const);
    // Further on it would be passed over in silence, as everywhere where objects are made from what a user wrote.
    if (Object.hasOwn(node, "__proto__")) {
      const keyPath = [...path, "__proto__"].join(".");
      throw configError([{ keyPath, found: "a key of this name", expected: "another name" }]);
    }
    const kept = entries.filter(([key, value]) => value !== null || !mayBeEmpty(entryAt(section, [...path, key])));
    return Object.fromEntries(kept.map(([key, value]) => [key, map(value, [...path, key])]));
  };
  return map(tree, []);
}
