/**
 * Reads and checks conditions.
 *
 * @module
 */

import { attributeKeywords } from "../../dicom/dictionary.ts";
import { type AttributePath, readAttributePath } from "./attribute_path.ts";
import type { ConditionNode } from "./condition.ts";
import type { Place } from "./place.ts";
import { PREDICATES, readDemand } from "./read_demand.ts";
import { FACTS } from "./rule.ts";

/** Most nested conditions. */
const MAXIMUM_DEPTH = 16;
/** Most conditions, and most values of a list. */
const MAXIMUM_PARTS = 1000;
const GROUPS = ["all", "any", "not"];

/** Attributes of all rules by their paths, so that each is read once for an instance. */
export type KnownPaths = Map<string, AttributePath>;

const ALWAYS: ConditionNode = { kind: "all", parts: [] };

/** Compiles a condition. Its problems go to `place`. */
export function readCondition(value: unknown, place: Place, paths: KnownPaths, depth = 0): ConditionNode {
  if (depth > MAXIMUM_DEPTH) return place.wrong(`at most ${MAXIMUM_DEPTH} conditions in each other`, ALWAYS);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return place.wrong("a condition: a mapping of facts and attributes to what they have to be", ALWAYS);
  }
  const entries = Object.entries(value).filter(([, demand]) => demand !== undefined);
  if (entries.length === 0) {
    return place.wrong("at least one condition; leave it out where all instances are meant", ALWAYS);
  }
  if (entries.length > MAXIMUM_PARTS) return place.wrong(`at most ${MAXIMUM_PARTS} conditions`, ALWAYS);
  const parts = entries.map(([key, demand]): ConditionNode => {
    const inner = place.at(key);
    if (key === "not") return { kind: "not", part: readCondition(demand, inner, paths, depth + 1) };
    if (key === "all" || key === "any") return readGroup(key, demand, inner, paths, depth);
    return readSubject(key, demand, inner, paths);
  });
  return parts.length === 1 ? parts[0]! : { kind: "all", parts };
}

function readGroup(kind: "all" | "any", value: unknown, place: Place, paths: KnownPaths, depth: number): ConditionNode {
  if (!Array.isArray(value) || value.length === 0 || value.length > MAXIMUM_PARTS) {
    return place.wrong(`a list of 1 to ${MAXIMUM_PARTS} conditions`, ALWAYS);
  }
  return { kind, parts: value.map((part, index) => readCondition(part, place.at(index), paths, depth + 1)) };
}

function readSubject(key: string, demand: unknown, place: Place, paths: KnownPaths): ConditionNode {
  const fact = FACTS.find((fact) => fact === key);
  if (fact !== undefined) return readDemand(demand, { name: key, subject: fact }, place);
  const path = paths.get(key) ?? readAttributePath(key);
  if ("problem" in path) {
    const expected = "a fact, a keyword of PS3.6, a tag such as (0018,1063), a path such as " +
      'RequestAttributesSequence[*].RequestedProcedureID, a private attribute such as (0009,"ACME 1.1",01), or all, any or not';
    const unknown = path.word === "" ? undefined : { word: path.word, known: wordsBeside(path.word === key) };
    const found = PREDICATES.includes(key) ? `${key} without what it is about` : path.problem;
    return place.problem({ found, expected, ...(unknown && { unknown }) }, ALWAYS);
  }
  paths.set(key, path);
  return readDemand(demand, { name: key, subject: path }, place);
}

function* wordsBeside(isWhole: boolean): Generator<string> {
  if (isWhole) yield* [...FACTS, ...GROUPS];
  yield* attributeKeywords();
}
