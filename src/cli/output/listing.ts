/**
 * A data set as a listing for people: a line an element, items of sequences indented.
 *
 * @module
 */

import type { DataElement, DataSet } from "../../dicom/data_set/data_set.ts";
import { keywordOf } from "../../dicom/dictionary.ts";
import { formatTag, isPrivateCreatorTag, isPrivateTag, privateCreatorTagOf } from "../../dicom/tag.ts";
import { uidName } from "../../dicom/uid_registry.ts";
import { vrDefinition } from "../../dicom/vr.ts";
import { escapeText } from "../../safe_text.ts";
import { type Output, styled } from "./terminal.ts";
import { formatBytes } from "./units.ts";

/** How to list. */
export interface ListingOptions {
  /** Where to, for colour and width. */
  readonly output: Output;
  /** Whether values are shown in full, else as far as the line goes. */
  readonly full: boolean;
}

const INDENT = "  ";
const NAME_WIDTH = 32;
const LENGTH_WIDTH = 8;

/** Characters of the longest UID (PS3.5 9.1). */
const LONGEST_UID = 64;

/** How many bytes or numbers of a binary value are looked at: more than a line shows. */
const SHOWN_NUMBERS = 64;

/** The lines of a data set and its items. */
export function* listDataSet(dataSet: DataSet, options: ListingOptions, depth = 0): Generator<string> {
  for (const element of dataSet) yield* listElement(element, dataSet, options, depth);
}

/** The lines of one element. */
export function* listElement(
  element: DataElement,
  dataSet: DataSet,
  options: ListingOptions,
  depth = 0,
): Generator<string> {
  const { output } = options;
  const { tag, vr } = element;
  const tagText = `${INDENT.repeat(depth)}${formatTag(tag)}`;
  const length = lengthOf(element).padStart(LENGTH_WIDTH);
  const name = nameOf(tag, dataSet);
  const used = tagText.length + vr.length + length.length + Math.max(NAME_WIDTH, name.length) + 6;
  const room = options.full ? Infinity : Math.max(20, output.columns() - used);
  const value = shorten(valueOf(element, dataSet, options.full), room, vr === "UI");
  const start = `${styled(output, "dim", tagText)} ${vr} ${styled(output, "dim", length)}`;
  yield `${start}  ${value === "" ? name : `${name.padEnd(NAME_WIDTH)}  ${value}`}`;
  if (element.kind !== "sequence") return;
  for (const [index, item] of element.items.entries()) {
    yield `${INDENT.repeat(depth + 1)}${styled(output, "dim", `Item ${index}`)}`;
    yield* listDataSet(item, options, depth + 2);
  }
}

/** The line of an element whose value is not there as a whole. */
export function missingLine(tag: number, dataSet: DataSet, { output }: ListingOptions): string {
  const start = styled(output, "dim", formatTag(tag));
  return `${start} --${" ".repeat(LENGTH_WIDTH)}   ${nameOf(tag, dataSet).padEnd(NAME_WIDTH)}  ${
    styled(output, "red", "not there")
  }`;
}

function nameOf(tag: number, dataSet: DataSet): string {
  if (!isPrivateTag(tag) || isPrivateCreatorTag(tag)) return keywordOf(tag) ?? "";
  const creatorTag = privateCreatorTagOf(tag);
  const creator = dataSet.element(creatorTag)?.vr === "LO" ? dataSet.getTexts(creatorTag)[0] : undefined;
  return creator === undefined ? "" : `[${escapeText(creator)}]`;
}

function lengthOf(element: DataElement): string {
  switch (element.kind) {
    case "sequence":
      return `${element.items.length} ${element.items.length === 1 ? "item" : "items"}`;
    case "encapsulated":
      return `${element.fragments.length} frag`;
    default:
      return String(element.length);
  }
}

function valueOf(element: DataElement, dataSet: DataSet, full: boolean): string {
  switch (element.kind) {
    case "sequence":
      return "";
    case "encapsulated":
      return formatBytes(element.fragments.reduce((total, fragment) => total + fragment.length, 0));
    case "referenced":
      return formatBytes(element.length);
    case "value":
      return presentValue(element, dataSet, full);
  }
}

function presentValue(element: DataElement & { kind: "value" }, dataSet: DataSet, full: boolean): string {
  const { tag, vr, bytes } = element;
  try {
    if (vr === "UI") return dataSet.getTexts(tag).map(uidText).join("\\");
    if (vrDefinition(vr).kind === "text") return dataSet.getText(tag) ?? "";
    if (vr === "AT") return dataSet.getTexts(tag).join("\\");
    if (full && bytes.length > SHOWN_NUMBERS) return hexadecimal(bytes);
    const value = dataSet.getAll(tag)[0];
    if (ArrayBuffer.isView(value)) return hexadecimal(bytes.subarray(0, SHOWN_NUMBERS), bytes.length > SHOWN_NUMBERS);
    return dataSet.getTexts(tag).slice(0, SHOWN_NUMBERS).join("\\");
  } catch {
    return hexadecimal(bytes.subarray(0, SHOWN_NUMBERS), bytes.length > SHOWN_NUMBERS); // No value of its VR.
  }
}

function uidText(uid: string): string {
  const name = uidName(uid);
  return name === uid || name === "" ? uid : `${uid} (${name})`;
}

function hexadecimal(bytes: Uint8Array, more = false): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ") + (more ? " …" : "");
}

/** What fits; no part of a UID, but the first one as a whole in any case. */
function shorten(value: string, room: number, uids: boolean): string {
  if (room === Infinity) return value.split("\n").map(escapeLine).join("\\n");
  const text = escapeText(value.slice(0, Math.max(room, LONGEST_UID) + 1));
  if (text.length <= room) return text;
  let end = room - 1;
  if (uids && /[\d.]{2}/.test(text.slice(end - 1, end + 1))) {
    const start = text.lastIndexOf("\\", end) + 1;
    end = start > 0 ? start : /^[\d.]*/.exec(text)![0].length;
  }
  return end < text.length ? `${text.slice(0, end)}…` : text;
}

/** Escaped in pieces, since what is escaped is also shortened. */
function escapeLine(line: string): string {
  let text = "";
  for (let start = 0; start < line.length; start += 200) text += escapeText(line.slice(start, start + 200));
  return text;
}
