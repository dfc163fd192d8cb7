/**
 * Reads demands on a fact or an attribute.
 *
 * @module
 */

import type { Vr } from "../../dicom/vr.ts";
import { isPattern } from "../../query/wildcard.ts";
import type { AttributePath } from "./attribute_path.ts";
import type { ConditionNode } from "./condition.ts";
import { factEqualityTest, UnknownWordError } from "./fact_tests.ts";
import type { Place } from "./place.ts";
import type { Fact, Plain, ValueRange } from "./rule.ts";
import { equalityTest, expressionTest, globTest, rangeTest, UnfitValueError, type ValueTest } from "./value_tests.ts";

/** The subject of a demand. */
export interface DemandedSubject {
  /** Its name in the rule. */
  readonly name: string;
  /** The fact or the attribute. */
  readonly subject: AttributePath | Fact;
}

/** Names of the predicates. */
export const PREDICATES: readonly string[] = ["equals", "glob", "regex", "range", "in", "present", "not"];

/** Steps before `when` in the place of a condition: `routes` and the index of its rule. */
const BEFORE_RULE = 2;
const MAXIMUM_VALUES = 1000;
const MAXIMUM_DEPTH = 8;
const NEVER: ConditionNode = { kind: "any", parts: [] };

/** Compiles a demand. Its problems go to `place`. */
export function readDemand(value: unknown, about: DemandedSubject, place: Place, depth = 0): ConditionNode {
  if (isPlain(value)) return readPlains([value], about, place);
  if (Array.isArray(value)) return readPlains(value, about, place);
  if (typeof value !== "object" || value === null || depth > MAXIMUM_DEPTH) {
    return place.wrong(`text, a number, a list of them, or predicates: ${PREDICATES.join(", ")}`, NEVER);
  }
  const entries = Object.entries(value).filter(([, demand]) => demand !== undefined);
  if (entries.length === 0) return place.wrong(`at least one of ${PREDICATES.join(", ")}`, NEVER);
  const parts = entries.map(([name, demand]) => readPredicate(name, demand, about, place.at(name), depth));
  return parts.length === 1 ? parts[0]! : { kind: "all", parts };
}

function readPredicate(
  name: string,
  value: unknown,
  about: DemandedSubject,
  place: Place,
  depth: number,
): ConditionNode {
  switch (name) {
    case "equals":
      if (!isPlain(value)) return place.wrong("text or a number", NEVER);
      return leaf(about, place, `is ${value}`, (vr) => equality(about, [value], vr));
    case "in":
      if (!arePlain(value)) return place.wrong(`a list of 1 to ${MAXIMUM_VALUES} texts or numbers`, NEVER);
      return leaf(about, place, `is one of ${shortList(value)}`, (vr) => equality(about, value, vr));
    case "glob":
      if (typeof value !== "string" || value === "") return place.wrong("text, in which * and ? are wild cards", NEVER);
      return leaf(about, place, `has the form ${value}`, (vr) => globTest(value, vr));
    case "regex":
      if (typeof value !== "string") return place.wrong("a regular expression in quotation marks", NEVER);
      return leaf(about, place, `has ${value} in it`, (vr) => expressionTest(value, vr));
    case "range":
      return readRange(value, about, place);
    case "present":
      if (typeof value !== "boolean") return place.wrong("true or false", NEVER);
      return predicate(about, place, value ? "has a value" : "has no value", (values) => values.present === value);
    case "not":
      return { kind: "not", part: readDemand(value, about, place, depth + 1) };
    default: {
      const unknown = { word: name, known: PREDICATES };
      return place.problem(
        { found: "an unknown predicate", expected: `one of ${PREDICATES.join(", ")}`, unknown },
        NEVER,
      );
    }
  }
}

/** The short form: values to be equal to, and forms. */
function readPlains(value: readonly unknown[], about: DemandedSubject, place: Place): ConditionNode {
  if (!arePlain(value)) return place.wrong(`text, a number, or a list of 1 to ${MAXIMUM_VALUES} of them`, NEVER);
  const globs = value.filter((plain): plain is string => typeof plain === "string" && isPattern(plain));
  const rest = value.filter((plain) => !globs.includes(plain as string));
  const verb = value.length > 1 ? "is one of" : globs.length === 1 ? "has the form" : "is";
  return leaf(about, place, `${verb} ${shortList(value)}`, (vr) => {
    const tests = globs.map((glob) => globTest(glob, vr));
    if (rest.length > 0) tests.unshift(equality(about, rest, vr));
    return tests.length === 1 ? tests[0]! : (values) => tests.some((test) => test(values));
  });
}

function readRange(value: unknown, about: DemandedSubject, place: Place): ConditionNode {
  const expected = "from and to, or one of them, such as { from: 1, to: 9 }";
  if (typeof value !== "object" || value === null) return place.wrong(expected, NEVER);
  const { from, to, ...rest } = value as Record<string, unknown>;
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) {
    return place.at(unknown).problem({
      found: "an unknown key",
      expected,
      unknown: { word: unknown, known: ["from", "to"] },
    }, NEVER);
  }
  if ((from ?? to) === undefined || ![from ?? to, to ?? from].every(isPlain)) return place.wrong(expected, NEVER);
  const range = value as ValueRange;
  const text = [...from === undefined ? [] : [`from ${from}`], ...to === undefined ? [] : [`to ${to}`]].join(" ");
  return leaf(about, place, `is ${text}`, (vr) => rangeTest(range, vr));
}

function equality({ subject }: DemandedSubject, wanted: readonly Plain[], vr: Vr): ValueTest {
  return typeof subject === "string" ? factEqualityTest(subject, wanted) : equalityTest(wanted, vr);
}

/** A predicate whose test depends on the VR: that of the dictionary or, where it has none, that of the instance's attribute. */
function leaf(about: DemandedSubject, place: Place, text: string, testFor: (vr: Vr) => ValueTest): ConditionNode {
  const { subject } = about;
  const vr = typeof subject === "string" ? "LO" : subject.vr;
  if (vr === undefined) return predicate(about, place, text, byOwnVr(testFor));
  try {
    return predicate(about, place, text, testFor(vr));
  } catch (error) {
    if (!(error instanceof UnfitValueError)) throw error;
    const unknown = error instanceof UnknownWordError ? { word: error.word, known: error.known } : undefined;
    return place.problem({ expected: error.expected, ...(unknown && { unknown }) }, NEVER);
  }
}

function predicate({ name, subject }: DemandedSubject, place: Place, text: string, test: ValueTest): ConditionNode {
  return { kind: "predicate", place: place.text(BEFORE_RULE), text: `${name} ${text}`, subject, test };
}

/** A test by the VR that the attribute has in the instance. An attribute whose VR can't have the demanded value fails it. */
function byOwnVr(testFor: (vr: Vr) => ValueTest): ValueTest {
  const tests = new Map<Vr, ValueTest>();
  return (values) => {
    if (values.vr === undefined) return false;
    const vr = values.vr === "UN" ? "LO" : values.vr;
    let test = tests.get(vr);
    if (test === undefined) {
      test = orNever(() => testFor(vr));
      tests.set(vr, test);
    }
    return test(values);
  };
}

function orNever(make: () => ValueTest): ValueTest {
  try {
    return make();
  } catch (error) {
    if (error instanceof UnfitValueError) return () => false;
    throw error;
  }
}

function isPlain(value: unknown): value is Plain {
  return typeof value === "string" ? value !== "" : typeof value === "number" && Number.isFinite(value);
}

function arePlain(value: unknown): value is readonly Plain[] {
  return Array.isArray(value) && value.length > 0 && value.length <= MAXIMUM_VALUES && value.every(isPlain);
}

const SHOWN = 5;

function shortList(values: readonly Plain[]): string {
  const shown = values.slice(0, SHOWN).join(", ");
  return values.length > SHOWN ? `${shown}, … (${values.length})` : shown;
}
