/**
 * The reference of the configuration, written from its table of keys.
 *
 * @module
 */

import type { Entry, Section } from "../src/config/entry.ts";
import { expectedOf, sentences } from "../src/config/expected.ts";

/** Markdown with a table of the keys of a section and of each section in it. */
export function referenceSource(section: Section<never>): string {
  return tables(section, "").join("\n\n");
}

function tables(section: Section<never>, path: string): string[] {
  const rows = Object.entries(section.keys).map(([key, entry]) =>
    row([`\`${key}\``, cell(valueOf(entry, join(path, key))), defaultOf(entry), cell(sentences(entry))])
  );
  const title = path === "" ? "### Top level" : `### \`${path}\``;
  const table = [row(["key", "value", "default", "what it is"]), row(["---", "---", "---", "---"]), ...rows].join("\n");
  const inner = Object.entries(section.keys).flatMap(([key, entry]) => {
    const found = sectionIn(entry, join(path, key));
    return found === undefined ? [] : tables(found.section, found.path);
  });
  return [title, ...(path === "" ? [] : [about(section)]), table, ...inner];
}

function about(section: Section<never>): string {
  return `${sentences(section)}${section.atLeastOne ? " At least one key is required." : ""}`;
}

/** The section that an entry is or holds, and what it is called in headings. */
function sectionIn(entry: Entry, path: string): { section: Section<never>; path: string } | undefined {
  if (entry.type === "section") return { section: entry, path };
  if (entry.type === "map") return sectionIn(entry.values, `${path}.NAME`);
  return entry.type === "list" && entry.items.type === "section"
    ? { section: entry.items, path: `${path}[]` }
    : undefined;
}

function valueOf(entry: Entry, path: string): string {
  const found = sectionIn(entry, path);
  if (found !== undefined) return `${expectedOf(entry)}: see \`${found.path}\``;
  if (entry.type === "choice") return entry.choices.map((choice) => `\`${choice}\``).join(" or ");
  const unit = entry.type === "integer" ? ` (${entry.unit})` : "";
  return `${expectedOf(entry)}${unit}${entry.secret ? "; never shown" : ""}`;
}

function defaultOf(entry: Entry): string {
  if (entry.type === "section" || entry.type === "map") return "";
  if (entry.required) return "required";
  const value = entry.default;
  return value === undefined || typeof value === "object" ? "none" : `\`${value}\``;
}

function join(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}

function cell(text: string): string {
  return text.replace(/[\\|]/g, (character) => `\\${character}`).replaceAll("<", "&lt;");
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}
