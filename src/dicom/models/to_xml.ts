/**
 * A data set as the Native DICOM Model in XML (PS3.19 A.1).
 *
 * @module
 */

import type { DataSet } from "../data_set/data_set.ts";
import { keywordOf } from "../dictionary.ts";
import { isPrivateCreatorTag, isPrivateTag, privateCreatorTagOf, tagDigits } from "../tag.ts";
import type { JsonAttribute, JsonDataSet, JsonPersonName, JsonValue } from "./json_model.ts";
import { attributesInOrder } from "./json_text.ts";
import { toJson, type ToJsonOptions } from "./to_json.ts";

/**
 * Gives a data set as an XML document, which says the same as the JSON model does. Characters that XML cannot hold become
 * U+FFFD. Throws as `toJson()` does.
 */
export function toXml(dataSet: DataSet, options: ToJsonOptions = {}): string {
  const attributes = writeDataSet(toJson(dataSet, options));
  return `<?xml version="1.0" encoding="UTF-8"?>\n<NativeDicomModel xml:space="preserve">\n${attributes}</NativeDicomModel>\n`;
}

function writeDataSet(json: JsonDataSet): string {
  return attributesInOrder(json).map(([digits, attribute]) => {
    const names = nameAttribute(parseInt(digits, 16), json);
    return `<DicomAttribute ${names} vr="${attribute.vr}">\n${writeAttribute(attribute)}</DicomAttribute>\n`;
  }).join("");
}

/** Private attributes are named by creator and element, wherever their block is: its number is written as 00. */
function nameAttribute(tag: number, json: JsonDataSet): string {
  if (!isPrivateTag(tag) || isPrivateCreatorTag(tag)) {
    const keyword = isPrivateTag(tag) ? undefined : keywordOf(tag);
    return `tag="${tagDigits(tag)}"${keyword === undefined ? "" : ` keyword="${keyword}"`}`;
  }
  const creator = json[tagDigits(privateCreatorTagOf(tag))]?.Value?.[0];
  const named = typeof creator === "string" ? ` privateCreator="${escape(creator)}"` : "";
  return `tag="${tagDigits((tag & 0xffff_00ff) >>> 0)}"${named}`;
}

function writeAttribute({ vr, Value = [], InlineBinary, BulkDataURI }: JsonAttribute): string {
  if (BulkDataURI !== undefined) return `<BulkData uri="${escape(BulkDataURI)}"/>\n`;
  if (InlineBinary !== undefined) return `<InlineBinary>${InlineBinary}</InlineBinary>\n`;
  return Value.map((value, index) => writeValue(value, vr, index + 1)).join("");
}

function writeValue(value: JsonValue, vr: string, number: number): string {
  if (vr === "SQ") return `<Item number="${number}">\n${writeDataSet((value ?? {}) as JsonDataSet)}</Item>\n`;
  if (vr === "PN") {
    return `<PersonName number="${number}">\n${writeName((value ?? {}) as JsonPersonName)}</PersonName>\n`;
  }
  return `<Value number="${number}">${value === null ? "" : escape(String(value))}</Value>\n`;
}

const COMPONENTS = ["FamilyName", "GivenName", "MiddleName", "NamePrefix", "NameSuffix"];

function writeName(name: JsonPersonName): string {
  return (["Alphabetic", "Ideographic", "Phonetic"] as const).map((group) => {
    const parts = name[group]?.split("^") ?? [];
    const components = COMPONENTS.map((component, index) =>
      parts[index] ? `<${component}>${escape(parts[index])}</${component}>\n` : ""
    );
    return parts.length === 0 ? "" : `<${group}>\n${components.join("")}</${group}>\n`;
  }).join("");
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\r": "&#13;",
  "\n": "&#10;",
  "\t": "&#9;",
};

/** Text in element content and attribute values; line breaks are kept from being made into others. */
function escape(text: string): string {
  // deno-lint-ignore no-control-regex -- these are the characters that XML 1.0 does not have
  const legal = text.replace(/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, "\ufffd");
  return legal.replace(/[&<>"\r\n\t]/g, (character) => ENTITIES[character]!);
}
