/**
 * The DICOM JSON model as text, in the order that PS3.18 F.2.2 demands.
 *
 * @module
 */

import type { JsonAttribute, JsonDataSet } from "./json_model.ts";

/**
 * Writes attributes in the order of their tags, which `JSON.stringify` does not: it puts names that look like array indices,
 * such as `30040002`, before all others. `indent` is the number of spaces a level; 0 for one line.
 */
export function formatJson(json: JsonDataSet, indent = 0): string {
  return formatDataSet(json, indent === 0 ? "" : "\n", " ".repeat(indent));
}

/** The attributes of a data set, ordered by tag. */
function attributesInOrder(json: JsonDataSet): [string, JsonAttribute][] {
  return Object.entries(json).sort(([one], [other]) => one < other ? -1 : 1);
}

/** `line` is a line break with the present indentation, or nothing at all. */
function formatDataSet(json: JsonDataSet, line: string, indent: string): string {
  if (line === "" && isInOrder(json)) return JSON.stringify(json);
  const inner = line === "" ? "" : line + indent;
  const colon = line === "" ? ":" : ": ";
  const attributes = attributesInOrder(json).map(([tag, attribute]) =>
    `${inner}"${tag}"${colon}${formatAttribute(attribute, inner, indent)}`
  );
  return attributes.length === 0 ? "{}" : `{${attributes.join(",")}${line}}`;
}

/** Whether `JSON.stringify` writes all its attributes in the order of their tags, those in sequences too. */
function isInOrder(json: JsonDataSet): boolean {
  const tags = Object.keys(json);
  for (let index = 1; index < tags.length; index++) if (tags[index]! < tags[index - 1]!) return false;
  for (const tag of tags) {
    const { vr, Value } = json[tag]!;
    if (vr !== "SQ" || Value === undefined) continue;
    for (const item of Value) if (item === null || !isInOrder(item as JsonDataSet)) return false;
  }
  return true;
}

function formatAttribute(attribute: JsonAttribute, line: string, indent: string): string {
  const { vr, Value } = attribute;
  if (vr !== "SQ" || Value === undefined) return line === "" ? JSON.stringify(attribute) : spaced(attribute);
  const inner = line === "" ? "" : line + indent;
  const items = Value.map((item) => inner + formatDataSet((item ?? {}) as JsonDataSet, inner, indent)).join(",");
  return line === "" ? `{"vr":"SQ","Value":[${items}]}` : `{ "vr": "SQ", "Value": [${items}${line}] }`;
}

/** On one line, with room to breathe. */
function spaced(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(spaced).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  return `{ ${Object.entries(value).map(([name, member]) => `"${name}": ${spaced(member)}`).join(", ")} }`;
}
