/**
 * The attributes that a rule names: by keyword, tag or path, private ones by their creator, in one item or in all.
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
  /** What it names, as steps of changes name it. */
  readonly target: AttributeTarget;
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

/** Sequences in each other that a path may lead through. */
const MAXIMUM_STEPS = 16;
/** Groups of commands and of meta information, of which nothing is in a data set, and of pixel data, which are not looked at. */
const isOutOfReach = (group: number) => group <= 0x0002 || group >= 0x7fe0;

/** The path that a text is, or what is wrong with it; `word` is what names no attribute, where that is it. */
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

/** The first word of a path that is no keyword; empty where all are. */
function unknownWord(text: string): string {
  return text.match(/(?<=^|\.)[A-Za-z]\w*/g)?.find((word) => parseTag(word) === undefined) ?? "";
}

/** The places of an attribute that are there, one behind the other. */
export function elementsAt(dataSet: DataSet, { target }: AttributePath): FoundElement[] {
  return placesOf(dataSet, target).flatMap(({ dataSet, tag }) => {
    const element = tag === undefined ? undefined : dataSet.element(tag);
    return element === undefined ? [] : [{ dataSet, element }];
  });
}

const FIRST_BLOCK = 0x10;
const LAST_BLOCK = 0xff;

/** The attributes of the data set itself that have to be there to find one: of a private one those of all blocks. */
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
