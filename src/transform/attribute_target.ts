/**
 * The attributes that a step names: by keyword, tag or path, private ones by their creator, in one item or in all.
 *
 * @module
 */

import { itemsOf } from "../dicom/data_set/items.ts";
import type { DataSet } from "../dicom/data_set/data_set.ts";
import { parseTag } from "../dicom/dictionary.ts";
import { type DictionaryVr, dictionaryVr } from "../dicom/implied_vr.ts";
import { isPrivateTag } from "../dicom/tag.ts";
import { DataSetError } from "../errors.ts";

/** A step of a path. */
export interface PathStep {
  /** 0xGGGGEEEE; of a private attribute that is named by its creator the group and the last two digits. */
  readonly tag: number;
  /** The private creator whose block the attribute is in; undefined where the tag is all that names it. */
  readonly creator: string | undefined;
  /** The index of an item, or all of them; undefined for the attribute itself. */
  readonly item: number | "all" | undefined;
}

/** What a step names. */
export interface AttributeTarget {
  /** As it is written. */
  readonly text: string;
  /** The steps that lead to it, the last one to the attribute itself. */
  readonly steps: readonly PathStep[];
}

/** An attribute in one data set, be it there or not. */
export interface TargetPlace {
  /** The data set or item that has it, or would have it. */
  readonly dataSet: DataSet;
  /** Undefined for a private attribute whose creator has no block. */
  readonly tag: number | undefined;
  /** Where a block is to be reserved first. */
  readonly creator: string | undefined;
  /** The index of the item that is meant, where it isn't the attribute. */
  readonly item: number | undefined;
}

const PRIVATE = /^\(([\da-f]{4}),"([^"\\]{1,64})",([\da-f]{2})\)/i;
const PUBLIC = /^(?:\([\da-f]{4},[\da-f]{4}\)|[A-Za-z\d]+)/i;
const ITEM = /^\[(\d{1,6}|\*)\]/;

/**
 * Attributes in each other that a step names or sets: it makes the items on its way, and readers have a limit for items in each
 * other.
 */
export const MOST_STEPS = 32;

/**
 * Reads a keyword, a tag, or a path of them: `PatientID`, `(0010,0020)`, `ReferencedSeriesSequence[0].SeriesInstanceUID`, with
 * `[*]` for all items, and `(0009,"ACME 1.1",01)` for element 01 of the block that ACME 1.1 has in group 0009. Throws
 * `DataSetError` for anything else.
 */
export function parseTarget(text: string): AttributeTarget {
  const steps: PathStep[] = [];
  let rest = text;
  do {
    if (steps.length > 0) rest = rest.slice(1);
    const [step, length] = parseStep(rest, text);
    rest = rest.slice(length);
    const item = ITEM.exec(rest);
    if (item !== null) {
      if (!mayHaveItems(step)) throw noTarget(text, `an attribute of VR ${dictionaryVr(step.tag)} has no items`);
      rest = rest.slice(item[0].length);
    }
    steps.push({ ...step, item: item === null ? undefined : item[1] === "*" ? "all" : Number(item[1]) });
    if (steps.length > MOST_STEPS) {
      throw noTarget(shortened(text), `it has more than ${MOST_STEPS} attributes in each other`);
    }
    if (rest.startsWith(".") && item === null) {
      throw noTarget(text, "an attribute within another has no index in brackets");
    }
  } while (rest.startsWith("."));
  if (rest !== "") throw noTarget(text, `${JSON.stringify(rest)} does not belong to it`);
  return { text, steps };
}

function parseStep(rest: string, text: string): [Omit<PathStep, "item">, number] {
  const named = PRIVATE.exec(rest);
  if (named !== null) {
    const group = Number.parseInt(named[1]!, 16);
    if (group % 2 === 0) throw noTarget(text, `group ${named[1]} has no private attributes`);
    return [{ tag: group * 0x1_0000 + Number.parseInt(named[3]!, 16), creator: named[2]! }, named[0].length];
  }
  const found = PUBLIC.exec(rest)?.[0] ?? "";
  const tag = found === "" ? undefined : parseTag(found);
  if (tag === undefined) throw noTarget(text, `${JSON.stringify(found || rest)} is no keyword or tag`);
  return [{ tag, creator: undefined }, found.length];
}

function mayHaveItems(step: Omit<PathStep, "item">): boolean {
  const vr = knownVr(step);
  return vr === undefined || vr === "SQ";
}

/** The VR that an attribute has in every data set, as the dictionary gives it; undefined where a data set says it. */
export function knownVr({ tag, creator }: Omit<PathStep, "item">): DictionaryVr | undefined {
  const vr = creator === undefined ? dictionaryVr(tag) : undefined;
  return vr === "UN" || vr === "NONE" ? undefined : vr;
}

function shortened(text: string): string {
  return `${text.slice(0, 64)}…`;
}

function noTarget(text: string, problem: string): DataSetError {
  const expected =
    'a keyword, a tag, a path such as ReferencedSeriesSequence[*].SeriesInstanceUID, or (gggg,"creator",ee)';
  return new DataSetError(`Cannot find an attribute by ${JSON.stringify(text)}: ${problem}`, { path: text, expected });
}

/** Whether what a step names stands behind Pixel Data. */
export function isTrailing({ steps }: AttributeTarget): boolean {
  return steps[0]!.tag > 0x7fe0_ffff;
}

/** The places that a target names in a data set. With `add` an item that comes next in its sequence is made on the way. */
export function placesOf(dataSet: DataSet, target: AttributeTarget, add = false): TargetPlace[] {
  let dataSets = [dataSet];
  for (const step of target.steps.slice(0, -1)) {
    dataSets = dataSets.flatMap((around) => itemsAt(around, step, add));
  }
  const { tag, creator, item } = target.steps.at(-1)!;
  return dataSets.flatMap((around): TargetPlace[] => {
    const found = tagIn(around, tag, creator);
    const place = { dataSet: around, tag: found, creator };
    if (item !== "all") return [{ ...place, item }];
    const count = found === undefined ? 0 : itemsOf<DataSet>(around, found).length;
    return Array.from({ length: count }, (_, index) => ({ ...place, item: count - 1 - index }));
  });
}

function itemsAt(dataSet: DataSet, { tag, creator, item }: PathStep, add: boolean): readonly DataSet[] {
  const found = tagIn(dataSet, tag, creator);
  if (found === undefined) return [];
  const items = itemsOf<DataSet>(dataSet, found);
  if (item === "all") return items;
  const index = item ?? 0;
  if (items[index] !== undefined) return [items[index]];
  if (!add || index !== items.length || isPrivateTag(found)) return [];
  dataSet.set(found, [...items, {}], { vr: "SQ" });
  return [itemsOf<DataSet>(dataSet, found)[index]!];
}

function tagIn(dataSet: DataSet, tag: number, creator: string | undefined): number | undefined {
  return creator === undefined ? tag : dataSet.private(creator, tag >>> 16).tagOf(tag & 0xff);
}
