/**
 * Texts that YAML reads as numbers or booleans, because they stand without quotes.
 *
 * @module
 */

import type { Problem } from "./problems.ts";
import { at } from "./tree.ts";

/** Problems that quotes would mend say so. `check` answers the problems of other values. */
export function suggestQuotes(
  problems: readonly Problem[],
  values: unknown,
  check: (values: unknown) => readonly Problem[],
): Problem[] {
  const unquoted = problems.filter(({ path }) => path.length > 0 && isUnquoted(at(values, path)));
  if (unquoted.length === 0) return [...problems];
  const tree = structuredClone(values);
  for (const { path } of unquoted) {
    const around = at(tree, path.slice(0, -1)) as Record<PropertyKey, unknown>;
    around[path.at(-1)!] = quoted(at(values, path));
  }
  const left = new Set(check(tree).map(({ path }) => path.join(".")));
  return problems.map((problem) => {
    if (!unquoted.includes(problem) || left.has(problem.path.join("."))) return problem;
    return { ...problem, expected: `${problem.expected} (quote ${whatToQuote(at(values, problem.path))})` };
  });
}

function isUnquoted(value: unknown): boolean {
  return typeof value === "number" || typeof value === "boolean" || (Array.isArray(value) && value.some(isUnquoted));
}

function quoted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(quoted);
  return typeof value === "number" || typeof value === "boolean" ? String(value) : value;
}

function whatToQuote(value: unknown): string {
  return Array.isArray(value) ? "its values" : `it: without quotes it is a ${typeof value}`;
}
