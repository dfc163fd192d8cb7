/**
 * The attributes that a rule names: by keyword, tag or path, private attributes by their creator, in one item or in all.
 *
 * @module
 */

import type { DataElement, DataSet } from "../../dicom/data_set/data_set.ts";
import { parseTag } from "../../dicom/dictionary.ts";
import { dictionaryVr } from "../../dicom/implied_vr.ts";
import { isPrivateTag, privateCreatorTagOf } from "../../dicom/tag.ts";
import { isVr, type Vr } from "../../dicom/vr.ts";
import { DataSetError } from "../../errors.ts";
import { type AttributeTarget, parseTarget, placesOf } from "../../transform/attribute_target.ts";

/** A path to an attribute, read. */
export interface AttributePath {
  /** The attribute that it names, in the form that steps of changes use. */
  readonly target: AttributeTarget;
  /** The VR that the dictionary has for it; undefined where it has none. */
  readonly vr: Vr | undefined;
}

/** An attribute in a data set. */
export interface FoundElement {
  /** The data set or item that has it. */
  readonly dataSet: DataSet;
  /** The attribute. */
  readonly element: DataElement;
}

/** Most nested sequences that a path may lead through. */
const MAXIMUM_STEPS = 16;
/** Groups that rules don't look at: commands and meta information, which no data set has, and pixel data. */
const isOutOfReach = (group: number) => group <= 0x0002 || group >= 0x7fe0;

/** Reads a path, or answers its problem; `word` is the word that names no attribute, where that is the problem. */
export function readAttributePath(text: string): AttributePath | { readonly problem: string; readonly word: string } {
  const target = targetOf(text);
  if (typeof target === "string") {
    const word = unknownWord(text);
    return { problem: word === "" ? `no path: ${target}` : "no keyword or tag", word };
  }
  const { steps } = target;
  const { tag, item } = steps.at(-1)!;
  if (steps.length > MAXIMUM_STEPS) return { problem: `more than ${MAXIMUM_STEPS} steps`, word: "" };
  if (item !== undefined) return { problem: "an item, which has no value", word: "" };
  if (isOutOfReach(steps[0]!.tag >>> 16)) return { problem: "an attribute that is not read on the way in", word: "" };
  const known = isPrivateTag(tag) ? undefined : dictionaryVr(tag);
  const vr = known === undefined || known === "NONE" ? undefined : known.slice(0, 2);
  return { target, vr: vr !== undefined && isVr(vr) && vr !== "UN" ? vr : undefined };
}

function targetOf(text: string): AttributeTarget | string {
  try {
    return parseTarget(text);
  } catch (error) {
    if (error instanceof DataSetError) return error.message.slice(error.message.lastIndexOf(": ") + 2);
    throw error;
  }
}

/** The first word of a path that is no keyword; empty where all words are keywords. */
function unknownWord(text: string): string {
  return text.match(/(?<=^|\.)[A-Za-z]\w*/g)?.find((word) => parseTag(word) === undefined) ?? "";
}

/** The places where a data set has an attribute, one behind the other. */
export function elementsAt(dataSet: DataSet, { target }: AttributePath): FoundElement[] {
  return placesOf(dataSet, target).flatMap(({ dataSet, tag }) => {
    const element = tag === undefined ? undefined : dataSet.element(tag);
    return element === undefined ? [] : [{ dataSet, element }];
  });
}

const FIRST_BLOCK = 0x10;
const LAST_BLOCK = 0xff;

/** The attributes of the top level that are needed to find one: for a private attribute those of all blocks. */
export function outermostTags({ target }: AttributePath): readonly number[] {
  const { tag, creator } = target.steps[0]!;
  if (creator === undefined) return [tag];
  const group = (tag & 0xffff_0000) >>> 0;
  const tags: number[] = [];
  for (let block = FIRST_BLOCK; block <= LAST_BLOCK; block++) {
    const inBlock = group + block * 0x100 + (tag & 0xff);
    tags.push(privateCreatorTagOf(inBlock), inBlock);
  }
  return tags;
}
