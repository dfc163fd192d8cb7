/**
 * What can be said of a step before there is an instance: that none could have what it sets, or do without what it removes.
 *
 * @module
 */

import type { SettableFor } from "../dicom/data_set/attribute_values.ts";
import { DataSet } from "../dicom/data_set/data_set.ts";
import { aboutElement } from "../dicom/data_set/element_error.ts";
import { isPrivateTag } from "../dicom/tag.ts";
import { type Vr, vrDefinition, type VrKind } from "../dicom/vr.ts";
import { DataSetError } from "../errors.ts";
import { type AttributeTarget, knownVr, MOST_STEPS } from "./attribute_target.ts";
import { isAlwaysRequired } from "./required_attributes.ts";
import { checkStored, innermost, type StepItem, type StepValue } from "./set_value.ts";

/** Float, Double Float and Pixel Data: what is before and behind them is changed, they are not. */
const PIXELS: ReadonlySet<number> = new Set([0x7fe0_0008, 0x7fe0_0009, 0x7fe0_0010]);

/** Of text, the VRs of which a part is right where the whole is. */
const FREE_TEXT: ReadonlySet<Vr> = new Set(["AE", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UT"]);

/** Throws `DataSetError` for what no instance may be without. */
export function checkRemovable(target: AttributeTarget): void {
  checkTag(target);
  if (isRequired(target)) {
    throw wrong("remove", target.text, `${target.text}, which is of type 1`, "what an instance can be without");
  }
}

/**
 * Throws `DataSetError` for a value that no instance can have there, by its VR, its length, or since it is of type 1; and for
 * attributes that no step sets. What depends on the instance, such as its character set, counts as right.
 */
export function checkSettable(target: AttributeTarget, value: StepValue, vr?: Vr, trial = emptyDataSet()): void {
  checkSettableTag(target);
  checkDepth(target, value, target.steps.length);
  if (vr !== undefined) checkVr(target, vr);
  if (isEmpty(value) && isRequired(target)) {
    throw wrong("set", target.text, `no value for ${target.text}`, "a value, since it is of type 1");
  }
  const last = target.steps.at(-1)!;
  const stated = vr ?? knownVr(last);
  if (stated === undefined || value === null) return;
  const tag = last.creator === undefined ? last.tag : privateTag(last.tag);
  try {
    const given = value as SettableFor<number, DataSet>;
    if (stated !== "SQ") checkPlain(value);
    if (last.item === undefined) trial.set(tag, given, vr === undefined ? {} : { vr });
    else trial.set(tag, [value] as SettableFor<number, DataSet>, { vr: "SQ" });
    if (stated === "SQ") checkAll(trial);
    else checkStored(trial, tag);
  } catch (error) {
    if (!(error instanceof DataSetError)) throw error;
    throw unsettable(target, value, stated, error);
  }
}

/** A data set in which values are tried: its character set has every character. */
function emptyDataSet(): DataSet {
  return new DataSet({ SpecificCharacterSet: "ISO_IR 192", BitsAllocated: 16 });
}

/** As `checkSettable()` for each of many texts. */
export function checkTexts(target: AttributeTarget, texts: Iterable<string>): void {
  const trial = emptyDataSet();
  for (const text of texts) checkSettable(target, text, undefined, trial);
}

/** As `checkSettable()` for text of which the literal parts alone are known, unless it `isWhole`. */
export function checkText(target: AttributeTarget, text: string, isWhole: boolean): void {
  if (isWhole) return checkSettable(target, text);
  checkSettableTag(target);
  const vr = knownVr(target.steps.at(-1)!);
  if (vr === undefined) return;
  const known = vr.length === 2 ? vr as Vr : undefined;
  if (known === undefined || vrDefinition(known).kind !== "text" || target.steps.at(-1)!.item !== undefined) {
    throw wrong("set", target.text, `a text that ${target.text} (VR ${vr}) cannot have`, "an attribute that has text");
  }
  if (FREE_TEXT.has(known) && text !== "") checkSettable(target, text);
}

/** Throws `DataSetError` where no value of one attribute can be one of the other: text is no number, and a number only some text. */
export function checkCopyable(target: AttributeTarget, source: AttributeTarget): void {
  checkSettableTag(target);
  const [to, from] = [vrOf(target), vrOf(source)];
  if (to === undefined || from === undefined) return;
  const [kind, given] = [kindOfVr(to), kindOfVr(from)];
  const isNumberAsText = given === "binary" && (to === "DS" || to === "IS");
  if (kind === given || isNumberAsText || given === "bytes" || kind === "bytes") return;
  const found = `values of ${source.text} (VR ${from}), which ${target.text} (VR ${to}) cannot have`;
  throw wrong("copy", target.text, found, "attributes of the same kind");
}

/** The VR of what is set or read, so far as it is known; that of an item is SQ. */
function vrOf({ steps }: AttributeTarget): string | undefined {
  return knownVr(steps.at(-1)!);
}

/** Of a choice of VRs either is of the same kind. */
function kindOfVr(vr: string): VrKind {
  return vr === "OB or OW" ? "bytes" : vr.includes(" or ") ? "binary" : vrDefinition(vr as Vr).kind;
}

/** Throws `DataSetError` for attributes that no step sets. */
function checkSettableTag(target: AttributeTarget): void {
  checkTag(target);
  const { tag, creator } = target.steps.at(-1)!;
  if (creator !== undefined) return;
  const element = tag & 0xffff;
  if (element === 0) throw wrong("set", target.text, `${target.text}, which is a group length`, "an attribute");
  if (isPrivateTag(tag) && (element < 0x10 || (element > 0xff && element < 0x1000))) {
    throw wrong("set", target.text, `the private tag ${target.text}`, "an element of 0010 to 00FF, or from 1000 on");
  }
}

function checkTag({ text, steps }: AttributeTarget): void {
  for (const { tag } of steps) {
    if (isInDataSets(tag)) continue;
    throw wrong("change", text, `${text}, which no instance has in its data set`, "an attribute of data sets");
  }
  if (steps.length > 1 || !PIXELS.has(steps[0]!.tag)) return;
  throw wrong("change", text, `${text}, which is copied as it is`, "an attribute beside the pixels");
}

/** A tag that stands for one of a private block, which has its number from the data set. */
function privateTag(named: number): number {
  return named + 0x1000;
}

/** Throws `DataSetError` for items that are deeper in each other than readers follow; `depth` is that of what has the value. */
function checkDepth(target: AttributeTarget, value: StepValue, depth: number): void {
  if (depth > MOST_STEPS) {
    throw wrong("set", target.text, "items in items", `at most ${MOST_STEPS} attributes in each other`);
  }
  const values: readonly StepValue[] = Array.isArray(value) ? value : [value];
  for (const item of values) {
    if (typeof item !== "object" || item === null) continue;
    for (const inner of Object.values<StepValue>(item as StepItem)) checkDepth(target, inner, depth + 1);
  }
}

/** Throws `DataSetError` for what isn't text, numbers, or a list of them. */
function checkPlain(value: StepValue): void {
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (values.every((one) => typeof one === "string" || typeof one === "number")) return;
  throw new DataSetError("Cannot set it", { expected: "text, a number, or a list of them" });
}

function checkVr(target: AttributeTarget, vr: Vr): void {
  const known = knownVr(target.steps.at(-1)!);
  if (known === undefined || known.split(" or ").includes(vr)) return;
  throw wrong("set", target.text, `the VR ${vr} for ${target.text}`, known);
}

/** Values that are right for a query alone, and items with attributes that none has. */
function checkAll(dataSet: DataSet): void {
  for (const element of dataSet) {
    if (element.kind === "sequence") { for (const item of element.items) checkAll(item); }
    else {
      aboutElement("set", dataSet, element.tag, () => {
        if (!isInDataSets(element.tag)) {
          throw new DataSetError("Cannot set it", { expected: "an attribute of data sets" });
        }
        checkStored(dataSet, element.tag);
      });
    }
  }
}

/** Whether a data set may have an attribute: the lower groups are those of commands and files, the last those of items. */
function isInDataSets(tag: number): boolean {
  return tag >>> 16 >= 0x0008 && tag >>> 16 < 0xfffe;
}

function isEmpty(value: StepValue): boolean {
  if (Array.isArray(value)) return value.every((one) => typeof one === "string" && one.trim() === "");
  return value === null || (typeof value === "string" && value.trim() === "");
}

function isRequired({ steps }: AttributeTarget): boolean {
  const [{ tag, item }] = steps as [AttributeTarget["steps"][number]];
  return steps.length === 1 && item === undefined && isAlwaysRequired(tag);
}

function unsettable(target: AttributeTarget, value: StepValue, vr: string, error: DataSetError): DataSetError {
  // Of items, what is wrong is deeper.
  const [, ...deeper] = pathsOf(error).join(".").split(".");
  const path = [target.text, ...deeper].join(".");
  const found = deeper.length === 0
    ? `${kindOf(value)} that ${path} (VR ${vr}) cannot have`
    : `a value that ${path} cannot have`;
  return wrong("set", path, found, innermost(error, "expected") ?? `what VR ${vr} allows`);
}

/** The paths that an error and its causes tell, each within the one before. */
function pathsOf(error: DataSetError): string[] {
  const inner = error.cause instanceof DataSetError ? pathsOf(error.cause) : [];
  return error.path === undefined ? inner : [error.path, ...inner];
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  return typeof value === "string" ? "a text" : typeof value === "object" ? "an object" : `a ${typeof value}`;
}

function wrong(verb: string, path: string, found: string, expected: string): DataSetError {
  return new DataSetError(`Cannot ${verb} ${path}: found ${found}, expected ${expected}`, { path, expected });
}
