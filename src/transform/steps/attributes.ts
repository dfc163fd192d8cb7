/**
 * Steps over the attributes that they name: set, remove, copy, template.
 *
 * @module
 */

import type { DataSet } from "../../dicom/data_set/data_set.ts";
import { isVr, type Vr, vrDefinition } from "../../dicom/vr.ts";
import { DataSetError } from "../../errors.ts";
import { type AttributeTarget, isTrailing, parseTarget, placesOf } from "../attribute_target.ts";
import type { Change, PassingInstance } from "../change.ts";
import { about, setTarget, type StepValue } from "../set_value.ts";
import { checkCopyable, checkRemovable, checkSettable, checkText } from "../settable.ts";

/** What an attribute is set to; with its VR where the dictionary has none. */
export type SetTo = StepValue | { readonly vr: string; readonly value: StepValue };

/** A change that does something with some targets, each where it stands: before Pixel Data or behind. */
function overTargets(
  targets: readonly AttributeTarget[],
  work: (dataSet: DataSet, target: AttributeTarget, instance: PassingInstance) => void,
): Change {
  const [leading, trailing] = [false, true].map((is) => targets.filter((target) => isTrailing(target) === is));
  return {
    edit(instance) {
      for (const target of leading!) work(instance.dataSet, target, instance);
    },
    editTrailing(dataSet, instance) {
      for (const target of trailing!) work(dataSet, target, instance);
    },
  };
}

/**
 * Sets attributes. Throws `DataSetError` for a path that names none, and for a value that no instance can have there; so does the
 * change for one that its instance can't have.
 */
export function setValues(values: Readonly<Record<string, SetTo>>): Change {
  const given = new Map(Object.entries(values).map(([path, value]) => [path, withVr(path, value)]));
  const targets = [...given.keys()].map(parseTarget);
  for (const target of targets) checkSettable(target, given.get(target.text)!.value, given.get(target.text)!.vr);
  return overTargets(targets, (dataSet, target) => {
    const { value, vr } = given.get(target.text)!;
    setTarget(dataSet, target, value, vr);
  });
}

function withVr(path: string, to: SetTo): { readonly value: StepValue; readonly vr: Vr | undefined } {
  if (typeof to !== "object" || to === null || !("vr" in to)) return { value: to as StepValue, vr: undefined };
  const { vr, value } = to as { readonly vr: string; readonly value: StepValue };
  if (isVr(vr)) return { value, vr };
  const expected = "a VR such as LO";
  throw new DataSetError(`Cannot set ${path}: found the VR ${JSON.stringify(vr)}, expected ${expected}`, {
    path,
    expected,
  });
}

/** Removes attributes, or items. Throws `DataSetError` for a path that names none, or what no instance can be without. */
export function removeAttributes(paths: readonly string[]): Change {
  const targets = paths.map(parseTarget);
  for (const target of targets) checkRemovable(target);
  return overTargets(targets, (dataSet, target) => {
    for (const { dataSet: around, tag, item } of placesOf(dataSet, target)) {
      if (tag === undefined) continue;
      if (item === undefined) around.delete(tag);
      else removeItem(around, tag, item);
    }
  });
}

function removeItem(dataSet: DataSet, tag: number, item: number): void {
  const element = dataSet.element(tag);
  if (element?.kind !== "sequence" || item >= element.items.length) return;
  dataSet.set(tag, element.items.toSpliced(item, 1), { vr: "SQ" });
}

/** Copies attributes: from each value's path to that of its key. What isn't there is not copied. Throws `DataSetError`. */
export function copyAttributes(sources: Readonly<Record<string, string>>): Change {
  const from = new Map(Object.entries(sources).map(([to, source]) => [to, parseTarget(source)]));
  for (const source of from.values()) if (isTrailing(source)) throw behind(source.text);
  const targets = [...from.keys()].map(parseTarget);
  for (const target of targets) {
    checkCopyable(target, from.get(target.text)!);
    if (isTrailing(target)) throw behind(target.text);
  }
  return overTargets(targets, (_, target, instance) => {
    const value = valueOf(instance.dataSet, from.get(target.text)!);
    if (value !== undefined) setTarget(instance.dataSet, target, value);
  });
}

function behind(path: string): DataSetError {
  return new DataSetError(`Cannot copy ${path}: it stands behind Pixel Data, expected it before`, { path });
}

/** The value of the first place that a target names, in the form for setting it; undefined without a value. */
function valueOf(dataSet: DataSet, target: AttributeTarget): StepValue | undefined {
  for (const { dataSet: around, tag } of placesOf(dataSet, target)) {
    const element = tag === undefined ? undefined : around.element(tag);
    if (element === undefined) continue;
    return about("copy", target.text, () => {
      if (element.kind === "sequence") return element.items.map((item) => item.copy()) as unknown as StepValue;
      const isText = vrDefinition(element.vr).kind === "text";
      const values = isText ? around.getTexts(element.tag) : around.getAll(element.tag);
      return [...values] as StepValue;
    });
  }
  return undefined;
}

const FIELD = /\{\{|\}\}|\{([^{}|]+)(?:\|([^{}]*))?\}/g;

/** Part of a template: text as it is, or what something has, with what stands for it where it has nothing. */
type TemplatePart = string | {
  readonly name: string;
  readonly target?: AttributeTarget;
  readonly otherwise: string | undefined;
};

/**
 * Sets attributes to text with values in it: `{Modality} of {StudyDate|unknown}`. What stands in braces is an attribute, or
 * with a small first letter one of the facts of the instance, such as `{callingAeTitle}`; behind the bar stands what to take
 * where there is no value, which is an error otherwise. Braces are written twice. Throws `DataSetError`, also for a fact that is
 * none of `facts`, where these are given.
 */
export function fillTemplates(templates: Readonly<Record<string, string>>, facts?: readonly string[]): Change {
  const parts = new Map(Object.entries(templates).map(([path, text]) => [path, parseTemplate(path, text)]));
  const targets = [...parts.keys()].map(parseTarget);
  for (const target of targets) {
    const literals = parts.get(target.text)!.filter((part) => typeof part === "string");
    checkText(target, literals.join(""), literals.length === parts.get(target.text)!.length);
    checkFacts(parts.get(target.text)!, facts);
  }
  return overTargets(targets, (dataSet, target, instance) => {
    const text = parts.get(target.text)!.map((part) =>
      typeof part === "string" ? part : fill(part, target.text, instance)
    );
    setTarget(dataSet, target, text.join(""));
  });
}

function checkFacts(parts: readonly TemplatePart[], facts: readonly string[] | undefined): void {
  if (facts === undefined) return;
  for (const part of parts) {
    if (typeof part === "string" || part.target !== undefined || facts.includes(part.name)) continue;
    const expected = `an attribute, or one of ${facts.join(", ")}`;
    throw new DataSetError(`Cannot fill a template: found {${part.name}}, expected ${expected}`, { expected });
  }
}

function parseTemplate(path: string, text: string): TemplatePart[] {
  const parts: TemplatePart[] = [];
  let end = 0;
  for (const { 0: whole, 1: name, 2: otherwise, index } of text.matchAll(FIELD)) {
    parts.push(text.slice(end, index));
    end = index + whole.length;
    if (name === undefined) parts.push(whole[0]!);
    else parts.push({ name, otherwise, ...(/^[a-z]/.test(name) ? {} : { target: parseTarget(name) }) });
  }
  parts.push(text.slice(end));
  if (!parts.some((part) => typeof part === "string" && part.length > 1 && /[{}]/.test(part))) return parts;
  throw new DataSetError(`Cannot read the template of ${path}: a brace has no other, expected {Attribute} or {{`, {
    path,
  });
}

function fill(
  { name, target, otherwise }: Exclude<TemplatePart, string>,
  path: string,
  { dataSet, facts }: PassingInstance,
): string {
  const value = target === undefined ? facts[name] : textOf(dataSet, target);
  if (value !== undefined && value !== "") return value;
  if (otherwise !== undefined) return otherwise;
  throw new DataSetError(`Cannot set ${path}: ${name} has no value, expected one, or {${name}|…} in the template`, {
    path,
  });
}

function textOf(dataSet: DataSet, target: AttributeTarget): string | undefined {
  const value = valueOf(dataSet, target);
  return Array.isArray(value) ? value.join("\\") : undefined;
}
