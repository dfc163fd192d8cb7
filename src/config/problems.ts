/**
 * Problems of a configuration, in words.
 *
 * @module
 */

import { ConfigError, type ConfigProblem } from "./config_error.ts";
import type { Section } from "./entry.ts";
import { entryAt } from "./lookup.ts";
import { nearest } from "../nearest.ts";
import { at, keyPathOf, type Path } from "./tree.ts";

/** A problem before it has a line and, unless it says so itself, before what was found is looked up. */
export interface Problem {
  readonly path: Path;
  readonly found?: string;
  readonly expected: string;
}

/** The parts of zod's issues that are read here. */
export interface Issue {
  readonly code: string;
  readonly path: Path;
  /** What was expected, as every message of the schema says. */
  readonly message: string;
  readonly keys?: readonly string[];
  readonly issues?: readonly { readonly message: string }[];
}

/** The problems that an issue tells of. */
export function issueProblems(section: Section<never>, issue: Issue): Problem[] {
  const { code, path, message, keys = [], issues = [] } = issue;
  if (code === "invalid_key") return [{ path, found: "this name", expected: issues[0]?.message ?? message }];
  if (code !== "unrecognized_keys") return [{ path, expected: message }];
  return keys.map((key) => unknownKey(section, path, key));
}

function unknownKey(section: Section<never>, path: Path, key: string): Problem {
  const around = entryAt(section, path);
  const keys = around?.type === "section" ? around.keys : {};
  const renamed = Object.keys(keys).find((name) => keys[name]?.was === key);
  if (renamed !== undefined) return { path: [...path, key], found: "the old name of a key", expected: renamed };
  const suggestion = nearest(key, Object.keys(keys));
  const expected = suggestion ? `${suggestion} (did you mean that?)` : `one of ${Object.keys(keys).join(", ")}`;
  return { path: [...path, key], found: "an unknown key", expected };
}

/** Problems in the order of their lines, one a value. What was found is looked up in `tree`. */
export function describeProblems(
  section: Section<never>,
  problems: readonly Problem[],
  tree: unknown,
  lineOf: (path: Path) => number | undefined,
): ConfigProblem[] {
  const described = new Map<string, ConfigProblem>();
  for (const { path, found, expected } of problems) {
    const keyPath = keyPathOf(path);
    if (described.has(keyPath)) continue;
    const line = lineOf(path);
    const secret = entryAt(section, path)?.secret ?? false;
    const problem = { keyPath, found: found ?? describe(at(tree, path), secret), expected };
    described.set(keyPath, line === undefined ? problem : { line, ...problem });
  }
  return [...described.values()].sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
}

function describe(value: unknown, secret: boolean): string {
  if (value === undefined || value === null) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a mapping";
  if (secret) return "a value that is not shown";
  const text = typeof value === "number" ? String(value) : JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

/** The error that tells all of them. */
export function configError(problems: readonly ConfigProblem[]): ConfigError {
  const sentences = problems.map(({ line, keyPath, found, expected }) => {
    const place = [...(line === undefined ? [] : [`line ${line}`]), ...(keyPath === "" ? [] : [keyPath])].join(", ");
    return `${place}${place && ": "}found ${found}, expected ${expected}`;
  });
  return new ConfigError(`Cannot use the configuration: ${sentences.join("; ")}`, problems);
}
