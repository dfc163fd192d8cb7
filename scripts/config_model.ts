/**
 * The types of the configuration's values, and the default ones, written from its table of keys.
 *
 * @module
 */

import { defaultsOf, isOptional } from "../src/config/defaults.ts";
import type { Entry, Section } from "../src/config/entry.ts";
import { sentences } from "../src/config/expected.ts";

const WIDTH = 120;

const ORIGIN = "// Written by `deno task docs:config` from the keys in `src/config/sections/`: change them there.";

/** TypeScript of a section's type, and of those of the sections in it. */
export function modelSource(section: Section<never>): string {
  const interfaces = [...sectionsIn(section)].map(interfaceSource);
  return [
    ORIGIN,
    ...["", "/**", " * What a configuration holds.", " *", " * @module", " */", ""],
    interfaces.join("\n\n"),
    "",
  ].join("\n");
}

/**
 * TypeScript of the default configuration. It stands by itself so that a Worker that runs a gateway needs no more of the
 * configuration than that.
 */
export function defaultSource(section: Section<never>): string {
  return [
    ORIGIN,
    ...["", "/**", " * What holds where a configuration says nothing.", " *", " * @module", " */", ""],
    'import { freeze } from "../tree.ts";',
    'import type { Config } from "./model.ts";',
    "",
    "/** What holds where a configuration says nothing. */",
    `export const defaultConfig: Config = /* @__PURE__ */ freeze(${literal(defaultsOf(section), "")});`,
    "",
  ].join("\n");
}

function literal(value: unknown, indent: string): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((item) => literal(item, indent)).join(", ")}]`;
  const lines = Object.entries(value).map(([key, inner]) => `${indent}  ${key}: ${literal(inner, `${indent}  `)},\n`);
  return lines.length === 0 ? "{}" : `{\n${lines.join("")}${indent}}`;
}

/** A section and those in it, each once. */
function sectionsIn(section: Section<never>, found: Set<Section<never>> = new Set()): Set<Section<never>> {
  found.add(section);
  for (const entry of Object.values(section.keys)) {
    const inner = entry.type === "list" ? entry.items : entry.type === "map" ? entry.values : entry;
    if (inner.type === "section") sectionsIn(inner, found);
  }
  return found;
}

function interfaceSource(section: Section<never>): string {
  const { keys, typeName } = section;
  if (typeName === undefined) throw new Error(`Cannot write the type of "${section.description}": it has no typeName`);
  const fields = Object.entries(keys).map(([key, entry]) => {
    const comment = docComment(documentation(entry), "  ");
    return `${comment}\n  readonly ${key}${isPresent(entry) ? "" : "?"}: ${typeOf(entry)};`;
  });
  return `${docComment(sentences(section), "")}\nexport interface ${typeName} {\n${fields.join("\n")}\n}`;
}

function isPresent(entry: Entry): boolean {
  if (entry.type === "section") return !isOptional(entry);
  return entry.type === "map" || entry.required === true || entry.default !== undefined;
}

function typeOf(entry: Entry): string {
  switch (entry.type) {
    case "integer":
    case "port":
    case "size":
    case "duration":
      return "number";
    case "boolean":
      return "boolean";
    case "choice":
      return entry.choices.map((choice) => JSON.stringify(choice)).join(" | ");
    case "list":
      return `${entry.or === undefined ? "" : `${JSON.stringify(entry.or)} | `}readonly ${
        inParentheses(typeOf(entry.items))
      }[]`;
    case "data":
      return "unknown";
    case "map":
      return `Readonly<Record<string, ${typeOf(entry.values)}>>`;
    case "section":
      return entry.typeName ?? "never";
    default:
      return "string";
  }
}

/** What a reader of the type can't see. */
function documentation(entry: Entry): string {
  const unit = { duration: " In milliseconds.", size: " In bytes." }[entry.type as string] ?? "";
  return `${sentences(entry)}${unit}${defaultSentence(entry)}`;
}

/** The default, where the type doesn't say that there is none. */
function defaultSentence(entry: Entry): string {
  if (entry.type === "section") return "";
  if (entry.type === "map") return " Default none.";
  if (entry.default === undefined) return "";
  return typeof entry.default === "object" ? " Default none." : ` Default \`${entry.default}\`.`;
}

/** A comment on one line, if it fits there. */
function docComment(text: string, indent: string): string {
  const whole = `${indent}/** ${text} */`;
  if (whole.length <= WIDTH) return whole;
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = lines.at(-1) ?? "";
    if (indent.length + 3 + line.length + 1 + word.length > WIDTH) lines.push(word);
    else lines[lines.length - 1] = line === "" ? word : `${line} ${word}`;
  }
  return [`${indent}/**`, ...lines.map((line) => `${indent} * ${line}`), `${indent} */`].join("\n");
}

/** A union as one type. */
function inParentheses(type: string): string {
  return type.includes(" | ") ? `(${type})` : type;
}
