/**
 * A commented configuration to start from.
 *
 * @module
 */

import { isOptional } from "./defaults.ts";
import type { Entry, EntryOf, Example, Keys, Section } from "./entry.ts";

/** Longest line. */
const WIDTH = 120;

const HEADER = `# Gantry's configuration. Values are the defaults; commented lines are examples.
# \${NAME} stands for an environment variable, \${NAME:-default} for one that may be missing.
# Relative paths start at this file's folder. Durations have a unit: 500ms, 30s, 5m, 1h.
# Sizes are in bytes, or have a unit: 512KiB, 256MiB, 2GiB. Check this file with: gantry check
`;

/** YAML with every key of a section: its default or, commented out, an example. */
export function templateOf({ keys }: Section<never>): string {
  const blocks = Object.entries(keys).map(([key, entry]) => keyLines(key, entry).join("\n"));
  return `${[HEADER.trimEnd(), ...blocks].join("\n\n")}\n`;
}

/** The lines of a key that starts at the left edge. */
function keyLines(key: string, entry: Entry): string[] {
  if (entry.type === "map") return [...comment(entry), `${key}:`, ...indent(commentOut(mapExample(entry)))];
  if (entry.type === "section") {
    const lines = (inner: (keys: Keys) => string[]) => [`${key}:`, ...indent(inner(entry.keys))];
    return [...comment(entry), ...(isOptional(entry) ? commentOut(lines(exampleLines)) : lines(sectionLines))];
  }
  const value = writtenDefault(entry);
  if (value !== undefined) return described(`${key}: ${value}`, entry);
  const lines = exampleOf(key, entry);
  // What is about the key is a comment already, and stays one.
  const start = lines.findIndex((line) => !line.startsWith("# "));
  return [...lines.slice(0, start), ...commentOut(lines.slice(start))];
}

function sectionLines(keys: Keys): string[] {
  return Object.entries(keys).flatMap(([key, entry]) => keyLines(key, entry));
}

/** Lines of which everything will be commented out. */
function exampleLines(keys: Keys): string[] {
  return Object.entries(keys).flatMap(([key, entry]) => exampleOf(key, entry));
}

function exampleOf(key: string, entry: Entry): string[] {
  if (entry.type === "section") return [...described(`${key}:`, entry), ...indent(exampleLines(entry.keys))];
  if (entry.type === "map") return [...described(`${key}:`, entry), ...indent(mapExample(entry))];
  if (entry.type === "list" && entry.items.type === "section") {
    const [first = "", ...more] = indent(exampleLines(entry.items.keys));
    return [...comment(entry), ...comment(entry.items), `${key}:`, ...indent([`- ${first.trimStart()}`, ...more])];
  }
  return described(`${key}: ${writtenDefault(entry) ?? flow(entry.example ?? "")}`, entry);
}

function mapExample({ exampleName, values }: EntryOf<"map">): string[] {
  if (values.type === "list") return [`${exampleName}: ${flow(values.example ?? "")}`];
  const names = new Set([exampleName, ...Object.values(values.keys).flatMap(({ inExamples = [] }) => inExamples)]);
  return [...names].flatMap((name) => {
    const keys = Object.entries(values.keys).filter(([, { inExamples = [exampleName] }]) => inExamples.includes(name));
    return [`${name}:`, ...indent(exampleLines(Object.fromEntries(keys)))];
  });
}

/** A default that says something; an empty list doesn't. */
function writtenDefault(entry: Entry): string | undefined {
  const value = "default" in entry ? entry.default : undefined;
  return value === undefined || typeof value === "object" ? undefined : flow(value);
}

/** A value in YAML. */
function flow(value: Example): string {
  if (isList(value)) return `[${value.map(flow).join(", ")}]`;
  if (typeof value === "object") {
    return `{ ${Object.entries(value).map(([key, inner]) => `${key}: ${flow(inner)}`).join(", ")} }`;
  }
  const text = String(value);
  const plain = typeof value !== "string" || /^[A-Za-z0-9./$][\w./${}-]*$/.test(text);
  return plain ? text : JSON.stringify(text);
}

function isList(value: Example): value is readonly Example[] {
  return Array.isArray(value);
}

/** A line with what it is about: behind it where there is room, otherwise above. */
function described(line: string, entry: Entry): string[] {
  const whole = `${line} # ${explanation(entry)}`;
  return whole.length <= WIDTH - 8 ? [whole] : [...comment(entry), line];
}

function comment(entry: Entry): string[] {
  const lines: string[] = [""];
  for (const word of `${explanation(entry)}.`.split(" ")) {
    const line = lines.at(-1) ?? "";
    if (line.length + word.length > WIDTH - 8) lines.push(word);
    else lines[lines.length - 1] = line === "" ? word : `${line} ${word}`;
  }
  return commentOut(lines);
}

function explanation(entry: Entry): string {
  return entry.type === "choice" ? `${entry.description}: ${entry.choices.join(" or ")}` : entry.description;
}

function commentOut(lines: readonly string[]): string[] {
  return lines.map((line) => `# ${line}`);
}

function indent(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}
