/**
 * A data set as the Native DICOM Model in XML (PS3.19 A.1).
 *
 * @module
 */

import type { ValueElement } from "../data_set/data_element.ts";
import type { DataElement, DataSet } from "../data_set/data_set.ts";
import { declarationWarnings, type OnWarning, textWarning } from "../data_set/element_text.ts";
import { readTextField } from "../data_set/element_values.ts";
import { creatorOf } from "../data_set/private_block.ts";
import { streamOf } from "../../streams/stream_of.ts";
import { keywordOf } from "../dictionary.ts";
import { elementOf, isPrivateCreatorTag, isPrivateTag, privateCreatorTagOf, tagDigits } from "../tag.ts";
import { readNumbers } from "../values/binary_values.ts";
import { type Vr, vrDefinition } from "../vr.ts";
import { base64Pieces } from "./base64.ts";
import { type BulkData, inlineBytes } from "./bulk_data.ts";
import { firstWarnings, isWhole, notWhole } from "./model_warnings.ts";
import { NAME_GROUPS, toPersonName } from "./person_names.ts";
import type { ToJsonOptions } from "./to_json.ts";
import { escapeXml, hasIllegal } from "./xml_text.ts";

const HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n' +
  '<NativeDicomModel xmlns="http://dicom.nema.org/PS3.19/models/NativeDICOM" xml:space="preserve">\n';
const END = "</NativeDicomModel>\n";

/** Characters that are gathered to a chunk of a stream. */
const CHUNK = 0x1_0000;

/** How to write: as for JSON. */
export type ToXmlOptions = ToJsonOptions;

/** The options, and the listener for values that XML can't express. */
interface Writing {
  readonly options: ToXmlOptions;
  readonly warn: OnWarning;
}

/**
 * Gives a data set as an XML document, which says the same as the JSON model does; but DS and IS stand as they are written.
 * Characters that XML 1.0 does not have become U+FFFD, with a warning. Throws as `toJson()` does.
 */
export function toXml(dataSet: DataSet, options: ToXmlOptions = {}): string {
  return [...xmlPieces(dataSet, options)].join("");
}

/** Gives the document of `toXml()` in UTF-8 as it is read. The stream fails where that throws. */
export function streamXml(dataSet: DataSet, options: ToXmlOptions = {}): ReadableStream<Uint8Array> {
  return streamOf(encoded(xmlPieces(dataSet, options)));
}

/** Gives the document of `toXml()` in many short pieces, of which none has more than one value. Throws as it does. */
export function* xmlPieces(dataSet: DataSet, options: ToXmlOptions = {}): Generator<string, void> {
  yield HEAD;
  yield* dataSetPieces(dataSet, { options, warn: firstWarnings(options.onWarning ?? dataSet.onWarning) });
  yield END;
}

async function* encoded(pieces: Iterable<string>): AsyncGenerator<Uint8Array, void> {
  const encoder = new TextEncoder();
  let text = "";
  for (const piece of pieces) {
    text += piece;
    if (text.length < CHUNK) continue;
    yield encoder.encode(text);
    text = "";
  }
  yield encoder.encode(text);
}

function* dataSetPieces(dataSet: DataSet, writing: Writing): Generator<string, void> {
  for (const element of dataSet) {
    if (elementOf(element.tag) === 0) continue;
    if (!isWhole(element, vrDefinition(element.vr))) {
      writing.warn(notWhole(element as ValueElement, dataSet));
      continue;
    }
    yield `<DicomAttribute ${nameAttribute(element.tag, dataSet)} vr="${element.vr}">\n`;
    yield* valuePieces(element, dataSet, writing);
    yield "</DicomAttribute>\n";
  }
}

/** Private attributes are named by creator and element, wherever their block is: its number is written as 00. */
function nameAttribute(tag: number, dataSet: DataSet): string {
  if (!isPrivateTag(tag) || isPrivateCreatorTag(tag)) {
    const keyword = isPrivateTag(tag) ? undefined : keywordOf(tag);
    return `tag="${tagDigits(tag)}"${keyword === undefined ? "" : ` keyword="${keyword}"`}`;
  }
  const creator = creatorOf(dataSet, privateCreatorTagOf(tag));
  const named = creator === undefined ? "" : ` privateCreator="${escapeXml(creator)}"`;
  return `tag="${tagDigits((tag & 0xffff_00ff) >>> 0)}"${named}`;
}

function* valuePieces(element: DataElement, dataSet: DataSet, writing: Writing): Generator<string, void> {
  if (element.kind === "sequence") {
    for (const [index, item] of element.items.entries()) {
      yield `<Item number="${index + 1}">\n`;
      yield* dataSetPieces(item, writing);
      yield "</Item>\n";
    }
    return;
  }
  const { kind } = vrDefinition(element.vr);
  if (element.kind !== "value" || kind === "bytes") yield* bulkPieces({ dataSet, element }, writing);
  else if (element.vr === "PN") yield* namePieces(textsOf(element, "PN", dataSet, writing));
  else {
    for (const [index, value] of valuesOf(element, dataSet, writing).entries()) {
      yield `<Value number="${index + 1}">${escapeXml(value)}</Value>\n`;
    }
  }
}

function* bulkPieces(value: BulkData, { options }: Writing): Generator<string, void> {
  if (value.element.kind === "value" && value.element.length === 0) return;
  const uri = options.bulkDataUri?.(value);
  if (uri !== undefined) {
    yield `<BulkData uri="${escapeXml(uri)}"/>\n`;
    return;
  }
  const bytes = inlineBytes(value, "XML");
  yield "<InlineBinary>";
  yield* base64Pieces(bytes);
  yield "</InlineBinary>\n";
}

const SPECIFIC_CHARACTER_SET = 0x0008_0005;

/** The document is in UTF-8, whatever the data set was in. */
function valuesOf(element: ValueElement, dataSet: DataSet, writing: Writing): string[] {
  const { tag, vr } = element;
  if (tag === SPECIFIC_CHARACTER_SET) {
    declarationWarnings(dataSet).forEach(writing.warn);
    return ["ISO_IR 192"];
  }
  if (vrDefinition(vr).kind === "text") return textsOf(element, vr, dataSet, writing);
  return readNumbers(element, vr, element.littleEndian).map((number) => numberText(number, vr));
}

function numberText(number: number | bigint, vr: Vr): string {
  if (vr === "AT") return tagDigits(Number(number));
  return number === Infinity ? "inf" : number === -Infinity ? "-inf" : String(number);
}

function textsOf(element: ValueElement, vr: Vr, dataSet: DataSet, { warn }: Writing): string[] {
  const texts = readTextField(element, vr, dataSet, warn);
  if (texts.some(hasIllegal)) {
    warn(textWarning(dataSet, element.tag, "characters that XML 1.0 does not have became U+FFFD"));
  }
  return texts;
}

function* namePieces(texts: readonly string[]): Generator<string, void> {
  const names = texts.map(toPersonName);
  if (names.length === 1 && names[0] === null) return;
  for (const [index, name] of names.entries()) {
    yield `<PersonName number="${index + 1}">\n`;
    for (const group of NAME_GROUPS) {
      const components = name?.[group];
      if (components !== undefined) yield `<${group}>\n${componentsOf(components)}</${group}>\n`;
    }
    yield "</PersonName>\n";
  }
}

const COMPONENTS = ["FamilyName", "GivenName", "MiddleName", "NamePrefix", "NameSuffix"];

/** What is too many stays in the last component. */
function componentsOf(group: string): string {
  const parts = group.split("^");
  const rest = parts.splice(COMPONENTS.length - 1).join("^");
  return [...parts, rest].map((part, index) => {
    const component = COMPONENTS[index]!;
    return part === "" ? "" : `<${component}>${escapeXml(part)}</${component}>\n`;
  }).join("");
}
