/**
 * Steps over all attributes of a kind, at every depth: UIDs, AE titles, text, private ones.
 *
 * @module
 */

import { convertToUtf8 } from "../../dicom/data_set/character_set_conversion.ts";
import type { DataElement, DataSet } from "../../dicom/data_set/data_set.ts";
import { creatorOf } from "../../dicom/data_set/private_block.ts";
import { characterSet } from "../../dicom/charsets/character_set.ts";
import { isPrivateCreatorTag, isPrivateTag, privateCreatorTagOf } from "../../dicom/tag.ts";
import { DataSetError } from "../../errors.ts";
import type { Change, ChangeFunction } from "../change.ts";
import { CLASS_UIDS, isStandardUid, KeyedNames } from "../keyed_names.ts";
import { about } from "../set_value.ts";

/** Does something with every element but sequences, in the items of which it goes on. */
function forEachElement(dataSet: DataSet, work: (element: DataElement, dataSet: DataSet) => void): void {
  for (const element of [...dataSet]) {
    if (element.kind === "sequence") { for (const item of element.items) forEachElement(item, work); }
    else work(element, dataSet);
  }
}

/** The texts of an element, and others in their place where one of them is another. */
function replaceTexts(dataSet: DataSet, { tag, vr }: DataElement, replace: (text: string) => string): void {
  const texts = about("change", undefined, () => dataSet.getTexts(tag));
  const replaced = texts.map((text) => text === "" ? text : replace(text));
  if (replaced.some((text, index) => text !== texts[index])) {
    about("change", undefined, () => dataSet.set(tag, replaced, { vr }));
  }
}

function inBothParts(work: (dataSet: DataSet) => void): Change {
  return { edit: ({ dataSet }) => work(dataSet), editTrailing: work };
}

/**
 * Gives every UID that names an instance, a frame of reference or the like another one, always the same under one key. SOP
 * classes, transfer syntaxes and all UIDs of the standard stay. Throws `RangeError` for a key of less than 16 bytes.
 */
export function mapUids({ key }: { readonly key: Uint8Array }): Change {
  const names = new KeyedNames(key);
  const rename = (uid: string) => isStandardUid(uid) ? uid : names.uid(uid);
  return inBothParts((dataSet) => {
    forEachElement(dataSet, (element, around) => {
      if (element.vr === "UI" && !CLASS_UIDS.has(element.tag)) replaceTexts(around, element, rename);
    });
  });
}

/** Replaces AE titles in all attributes. Throws `DataSetError` for an invalid AE title. */
export function replaceAeTitles(titles: Readonly<Record<string, string>>): Change {
  for (const title of Object.entries(titles).flat()) {
    if (/^(?! *$)[\x20-\x5b\x5d-\x7e]{1,16}$/.test(title)) continue;
    const expected = "1 to 16 characters of ASCII without a backslash";
    throw new DataSetError(
      `Cannot replace AE titles: found ${JSON.stringify(title.slice(0, 40))}, expected ${expected}`,
      { expected },
    );
  }
  const replace = (title: string) => Object.hasOwn(titles, title) ? titles[title]! : title;
  const work = (dataSet: DataSet) => {
    forEachElement(dataSet, (element, around) => {
      if (element.vr === "AE") replaceTexts(around, element, replace);
    });
  };
  return {
    edit({ dataSet, meta }) {
      work(dataSet);
      work(meta);
    },
    editTrailing: work,
  };
}

/**
 * Encodes all text in another character set, by its defined terms, and declares that. Throws `DataSetError` for what is no
 * defined term; so does the change for a character that the set doesn't have, and for bytes that are none.
 */
export function convertCharacterSet(terms: readonly string[]): ChangeFunction {
  const [problem] = characterSet(terms).warnings;
  if (problem !== undefined) throw new SyntaxError(`Cannot convert to a character set: ${problem}`);
  return ({ dataSet }) => {
    about("convert", undefined, () => {
      // By way of UTF-8, which has them all, items that declare a set of their own come along.
      convertToUtf8(dataSet);
      if (terms.length !== 1 || terms[0] !== "ISO_IR 192") dataSet.set("SpecificCharacterSet", [...terms]);
    });
  };
}

/** Removes private attributes, but for those of some creators. */
export function dropPrivate({ keep = [] }: { readonly keep?: readonly string[] } = {}): Change {
  const kept = new Set(keep);
  return inBothParts((dataSet) => dropPrivateIn(dataSet, kept));
}

function dropPrivateIn(dataSet: DataSet, kept: ReadonlySet<string>): void {
  for (const element of [...dataSet]) {
    if (isPrivateTag(element.tag) && !isKept(dataSet, element.tag, kept)) dataSet.delete(element.tag);
  }
  for (const element of dataSet) {
    if (element.kind === "sequence") { for (const item of element.items) dropPrivateIn(item, kept); }
  }
}

/** Whether a private element is in a block of these creators; elements in no block are in none. */
function isKept(dataSet: DataSet, tag: number, kept: ReadonlySet<string>): boolean {
  const creator = creatorOf(dataSet, isPrivateCreatorTag(tag) ? tag : privateCreatorTagOf(tag));
  return creator !== undefined && kept.has(creator);
}
