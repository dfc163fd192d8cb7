/**
 * A data set from the Native DICOM Model in XML (PS3.19 A.1).
 *
 * @module
 */

import { DataSetError } from "../../errors.ts";
import type { DataSet } from "../data_set/data_set.ts";
import { isPrivateCreatorTag, isPrivateTag, tagDigits } from "../tag.ts";
import { type BetweenSteps, fromJson, fromJsonInSteps, type FromJsonOptions } from "./from_json.ts";
import { TAG } from "./from_json_values.ts";
import { NAME_GROUPS, withoutEnd } from "./person_names.ts";
import { readXmlTree, readXmlTreeInSteps, type XmlElement } from "./xml_tree.ts";

/** What an attribute is in the JSON model. */
type JsonAttribute = Readonly<Record<string, unknown>>;

const DEFAULT_MAXIMUM_DEPTH = 64;
const COMPONENTS = ["FamilyName", "GivenName", "MiddleName", "NamePrefix", "NameSuffix"];
/** Most values of an attribute that may be left out, as empty ones are. */
const MOST_LEFT_OUT = 32;
const FIRST_BLOCK = 0x10;
const LAST_BLOCK = 0xff;

/**
 * Reads a document. It means what the same attributes mean in the JSON model, so `fromJson()` says how they are read; private
 * attributes that are named by their creator get the block of that creator, or the first that is free (PS3.5 7.8.1).
 *
 * Throws as `fromJson()` does, and `DataSetError` for what is no XML, or not this model. Document type declarations are
 * refused, and no URI is looked at.
 */
export function fromXml(text: string, options: FromJsonOptions = {}): DataSet {
  return fromJson(jsonOf(readXmlTree(text, depthOf(options))), options);
}

/** Reads as `fromXml()` does, and waits in between for `pause`, so that others have their turn. */
export async function fromXmlInSteps(text: string, options: FromJsonOptions, pause: BetweenSteps): Promise<DataSet> {
  return await fromJsonInSteps(jsonOf(await readXmlTreeInSteps(text, depthOf(options), pause)), options, pause);
}

/** A sequence takes an element for itself and one for its item; a name takes three. */
function depthOf({ maxDepth = DEFAULT_MAXIMUM_DEPTH }: FromJsonOptions): number {
  return 2 * maxDepth + 4;
}

function jsonOf(root: XmlElement): Record<string, JsonAttribute> {
  if (root.name === "NativeDicomModel") return dataSetOf(root);
  throw wrong(`its outermost element is ${root.name.slice(0, 40)}, expected NativeDicomModel`);
}

function dataSetOf(parent: XmlElement): Record<string, JsonAttribute> {
  const attributes: Record<string, JsonAttribute> = {};
  const blocks = new PrivateBlocks(parent);
  for (const element of parent.children) {
    if (element.name !== "DicomAttribute") throw wrong(`${element.name.slice(0, 40)} stands where attributes do`);
    const digits = element.attributes.get("tag") ?? "";
    if (!TAG.test(digits)) {
      throw wrong(`a tag is ${JSON.stringify(digits.slice(0, 40))}, expected 8 hexadecimal digits`);
    }
    attributes[blocks.tagOf(parseInt(digits, 16), element)] = attributeOf(element);
  }
  return { ...attributes, ...blocks.creators() };
}

function attributeOf({ attributes, children }: XmlElement): JsonAttribute {
  const vr = attributes.get("vr") ?? "UN";
  const first = children[0];
  if (first === undefined) return { vr };
  if (children.some(({ name }) => name !== first.name)) {
    throw wrong(`an attribute has ${first.name} and something else`);
  }
  switch (first.name) {
    case "Value":
      return { vr, Value: inOrder(children, ({ text }) => text) };
    case "PersonName":
      return { vr, Value: inOrder(children, nameOf) };
    case "Item":
      return { vr, Value: inOrder(children, dataSetOf) };
    case "InlineBinary":
      return { vr, InlineBinary: first.text.replace(/\s+/g, "") };
    case "BulkData":
      return { vr, BulkDataURI: first.attributes.get("uri") ?? first.attributes.get("uuid") ?? "" };
    default:
      throw wrong(`an attribute has the element ${first.name.slice(0, 40)}, expected values`);
  }
}

/** Values by their numbers, which begin with 1; null for those that are left out. */
function inOrder<Value>(elements: readonly XmlElement[], read: (element: XmlElement) => Value): (Value | null)[] {
  const values: (Value | null)[] = [];
  for (const [index, element] of elements.entries()) {
    const number = Number(element.attributes.get("number") ?? index + 1);
    if (!Number.isInteger(number) || number < 1 || number > elements.length + MOST_LEFT_OUT) {
      throw wrong("the number of a value is not valid, expected 1 for the first");
    }
    while (values.length < number) values.push(null);
    values[number - 1] = read(element);
  }
  return values;
}

function nameOf({ children }: XmlElement): Record<string, string> {
  const name: Record<string, string> = {};
  for (const group of children) {
    if (!(NAME_GROUPS as readonly string[]).includes(group.name)) {
      throw wrong("found an unknown group in a name, expected Alphabetic, Ideographic or Phonetic");
    }
    const parts = COMPONENTS.map((component) => group.children.find(({ name }) => name === component)?.text ?? "");
    name[group.name] = withoutEnd(parts.join("^"), "^");
  }
  return name;
}

/** Where private attributes go: the model writes their block as 00, and names its creator. */
class PrivateBlocks {
  /** Creators by group and block, such as 0x0009_0010. */
  readonly #creators = new Map<number, string>();
  readonly #written = new Set<number>();

  constructor({ children }: XmlElement) {
    for (const { attributes, children: values } of children) {
      const tag = parseInt(attributes.get("tag") ?? "", 16);
      if (!isPrivateCreatorTag(tag)) continue;
      this.#creators.set(tag, values[0]?.text.trim() ?? "");
      this.#written.add(tag);
    }
  }

  /** The tag, as digits, of an attribute with this one. */
  tagOf(tag: number, { attributes }: XmlElement): string {
    const creator = attributes.get("privateCreator")?.trim();
    const named = creator !== undefined && isPrivateTag(tag) && !isPrivateCreatorTag(tag);
    return tagDigits(named ? ((tag & 0xffff_00ff) | (this.#blockOf(tag, creator) << 8)) >>> 0 : tag);
  }

  /** Creators that had no attribute of their own. */
  creators(): Record<string, JsonAttribute> {
    const added = [...this.#creators].filter(([tag]) => !this.#written.has(tag));
    return Object.fromEntries(added.map(([tag, creator]) => [tagDigits(tag), { vr: "LO", Value: [creator] }]));
  }

  #blockOf(tag: number, creator: string): number {
    const group = (tag & 0xffff_0000) >>> 0;
    let free = 0;
    for (let block = FIRST_BLOCK; block <= LAST_BLOCK; block++) {
      const holder = this.#creators.get((group | block) >>> 0);
      if (holder === creator) return block;
      if (holder === undefined && free === 0) free = block;
    }
    if (free === 0) throw wrong(`group ${tagDigits(tag).slice(0, 4)} has no room for another private creator`);
    this.#creators.set((group | free) >>> 0, creator);
    return free;
  }
}

function wrong(problem: string): DataSetError {
  return new DataSetError(`Cannot read the Native DICOM Model: ${problem}`);
}
