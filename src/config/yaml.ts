/**
 * YAML: its values, and on which lines they stand.
 *
 * One package reads, another one finds lines, since neither does both: it is imported when something is wrong.
 *
 * @module
 */

import { configError } from "./problems.ts";
import type { Path } from "./tree.ts";

/** The one document of a text; an empty mapping when it holds none. Throws ConfigError. */
export async function readYaml(yaml: string): Promise<unknown> {
  if (yaml.trim() === "") return {}; // As where flags alone are given.
  const { parse } = await import("@std/yaml/parse");
  try {
    return parse(yaml, { schema: "core" }) ?? {};
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw await syntaxError(yaml, error);
  }
}

async function syntaxError(yaml: string, { message }: SyntaxError): Promise<Error> {
  const { LineCounter, parseDocument } = await import("yaml");
  const lines = new LineCounter();
  const { errors, warnings } = parseDocument(yaml, { lineCounter: lines, prettyErrors: false });
  const problems = [...errors, ...warnings].map(({ message, pos }) => ({
    line: lines.linePos(pos[0]).line,
    keyPath: "",
    found: message.split(";", 1)[0] ?? "",
    expected: "YAML",
  }));
  const fallback = { keyPath: "", found: message.split("\n", 1)[0] ?? "", expected: "YAML" };
  return configError(problems.length > 0 ? problems : [fallback]);
}

/** Finds the line of a path, or of the nearest thing around it. */
export async function lineFinder(yaml: string): Promise<(path: Path) => number> {
  const { isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } = await import("yaml");
  const lines = new LineCounter();
  const { contents } = parseDocument(yaml, { lineCounter: lines });
  return (path) => {
    let node: unknown = contents;
    let offset = 0;
    for (const key of path) {
      const pair = isMap(node) ? node.items.find(({ key: k }) => isScalar(k) && String(k.value) === key) : undefined;
      const item = isSeq(node) ? node.items[Number(key)] : pair?.key;
      if (!isNode(item)) break;
      offset = item.range?.[0] ?? offset;
      node = pair?.value ?? item;
    }
    return lines.linePos(offset).line;
  };
}
