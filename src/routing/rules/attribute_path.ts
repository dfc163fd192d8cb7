/**
 * The attributes that a rule names: by keyword, tag or path, private ones by their creator, in one item or in all.
 *
 * @module
 */

import type { DataElement, DataSet } from "../../dicom/data_set/data_set.ts";
import { itemsOf } from "../../dicom/data_set/items.ts";
import { parseTag } from "../../dicom/dictionary.ts";
import { dictionaryVr } from "../../dicom/implied_vr.ts";
import { isPrivateTag, privateCreatorTagOf } from "../../dicom/tag.ts";
import { isVr, type Vr } from "../../dicom/vr.ts";
import { privateElement } from "../../query/matcher.ts";

/** A step of a path. */
interface PathStep {
  /** 0xGGGGEEEE; of a private attribute that is named by its creator the group and the last two digits. */
  readonly tag: number;
  /** The private creator in whose block the attribute is; undefined where the tag is all that names it. */
  readonly creator: string | undefined;
  /** The index of an item, or all of them; undefined for the attribute itself. */
  readonly item: number | "all" | undefined;
}

/** A path to an attribute, read. */
export interface AttributePath {
  /** As it is written. */
  readonly text: string;
  /** The steps that lead to it, the last one to the attribute itself. */
  readonly steps: readonly PathStep[];
  /** The VR that the dictionary gives it; undefined where it gives none. */
  readonly vr: Vr | undefined;
}

/** An attribute in a data set. */
export interface FoundElement {
  /** The data set or item that has it. */
  readonly dataSet: DataSet;
  /** The attribute. */
  readonly element: DataElement;
}

const PRIVATE = /^\(([\da-f]{4}),"([^"\\]{1,64})",([\da-f]{2})\)/i;
const PUBLIC = /^(?:\([\da-f]{4},[\da-f]{4}\)|[A-Za-z\d]+)/i;
const ITEM = /^\[(\d{1,6}|\*)\]/;
/** Sequences in each other that a path may lead through. */
const MAXIMUM_STEPS = 16;
/** Groups of commands and of meta information, of which nothing is in a data set, and of pixel data, which are not looked at. */
const isOutOfReach = (group: number) => group <= 0x0002 || group >= 0x7fe0;

/** The path that a text is, or what is wrong with it and the word that is: `{ problem, word }`. */
export function readAttributePath(text: string): AttributePath | { readonly problem: string; readonly word: string } {
  const steps: PathStep[] = [];
  for (let rest = text;;) {
    const read = readStep(rest);
    if (typeof read === "string") return { problem: "no keyword or tag", word: read };
    rest = rest.slice(read.length);
    const item = ITEM.exec(rest);
    if (item !== null) rest = rest.slice(item[0].length);
    steps.push({ ...read.step, item: item === null ? undefined : item[1] === "*" ? "all" : Number(item[1]) });
    if (steps.length > MAXIMUM_STEPS) return { problem: `more than ${MAXIMUM_STEPS} steps`, word: "" };
    if (rest === "") break;
    if (!rest.startsWith(".")) return { problem: "something that does not belong to a path", word: "" };
    if (item === null) return { problem: "a sequence without an index in brackets, such as [0] or [*]", word: "" };
    rest = rest.slice(1);
  }
  const { tag, item } = steps.at(-1)!;
  if (item !== undefined) return { problem: "an item, which has no value", word: "" };
  if (isOutOfReach(steps[0]!.tag >>> 16)) return { problem: "an attribute that is not read on the way in", word: "" };
  const known = isPrivateTag(tag) ? undefined : dictionaryVr(tag);
  const vr = known === undefined || known === "NONE" ? undefined : known.slice(0, 2);
  return { text, steps, vr: vr !== undefined && isVr(vr) && vr !== "UN" ? vr : undefined };
}

function readStep(rest: string): { step: Omit<PathStep, "item">; length: number } | string {
  const named = PRIVATE.exec(rest);
  if (named !== null) {
    const group = Number.parseInt(named[1]!, 16);
    if (group % 2 === 0) return named[0];
    const tag = group * 0x1_0000 + Number.parseInt(named[3]!, 16);
    return { step: { tag, creator: named[2]!.trim() }, length: named[0].length };
  }
  const found = PUBLIC.exec(rest)?.[0] ?? "";
  const tag = found === "" ? undefined : parseTag(found);
  return tag === undefined ? found || rest.slice(0, 64) : { step: { tag, creator: undefined }, length: found.length };
}

/** The places of an attribute that are there, one behind the other. */
export function elementsAt(dataSet: DataSet, { steps }: Pick<AttributePath, "steps">): FoundElement[] {
  let around: readonly DataSet[] = [dataSet];
  for (const step of steps.slice(0, -1)) around = around.flatMap((each) => itemsAt(each, step));
  const last = steps.at(-1)!;
  const found: FoundElement[] = [];
  for (const each of around) {
    const element = elementOf(each, last);
    if (element !== undefined) found.push({ dataSet: each, element });
  }
  return found;
}

function itemsAt(dataSet: DataSet, step: PathStep): readonly DataSet[] {
  const tag = elementOf(dataSet, step)?.tag;
  if (tag === undefined) return [];
  const items = itemsOf<DataSet>(dataSet, tag);
  if (step.item === "all") return items;
  const item = items[step.item ?? 0];
  return item === undefined ? [] : [item];
}

function elementOf(dataSet: DataSet, { tag, creator }: PathStep): DataElement | undefined {
  return creator === undefined ? dataSet.element(tag) : privateElement(dataSet, tag + 0x1000, creator);
}

const FIRST_BLOCK = 0x10;
const LAST_BLOCK = 0xff;

/** The attributes of the data set itself that have to be there to find one: of a private one those of all blocks. */
export function outermostTags({ steps }: AttributePath): readonly number[] {
  const { tag, creator } = steps[0]!;
  if (creator === undefined) return [tag];
  const group = (tag & 0xffff_0000) >>> 0;
  const tags: number[] = [];
  for (let block = FIRST_BLOCK; block <= LAST_BLOCK; block++) {
    const inBlock = group + block * 0x100 + (tag & 0xff);
    tags.push(privateCreatorTagOf(inBlock), inBlock);
  }
  return tags;
}
