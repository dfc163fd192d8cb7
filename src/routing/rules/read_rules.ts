/**
 * Reads rules, and finds all their problems.
 *
 * @module
 */

import { Place } from "./place.ts";
import type { CompiledRule } from "./condition.ts";
import { type KnownPaths, readCondition } from "./read_condition.ts";
import { ACKNOWLEDGE, OTHERWISE, ROUTING_UNITS, type RoutingRule, RULE_MATCHES, RULE_PRIORITIES } from "./rule.ts";
import type { RuleProblem } from "./rule_problem.ts";
import { checkSchedule } from "./schedule.ts";
import { findShadowed } from "./shadowed_rules.ts";
import { UNROUTED } from "./unrouted.ts";

const MAXIMUM_RULES = 1000;
const MAXIMUM_STEPS = 100;
const MAXIMUM_DESTINATIONS = 100;

const RULE_NAME = /^[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}$/;
const DESTINATION_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

const KEYS = ["name", "when", "unit", "countedBy", "change", "to", "acknowledge", "priority", "schedule"];

/** The result of reading rules. Rules with problems must not be used. */
export interface ReadRules {
  /** The rules, with their conditions. */
  readonly compiled: readonly CompiledRule[];
  /** All problems, with their paths from `routes`, `match` or `otherwise` on. */
  readonly problems: readonly RuleProblem[];
}

/** Reads rules; never throws. */
export function readRules(
  rules: { readonly routes: unknown; readonly match: unknown; readonly otherwise: unknown },
): ReadRules {
  const problems: RuleProblem[] = [];
  const place = new Place(problems);
  checkChoice(rules.match, RULE_MATCHES, place.at("match"));
  checkChoice(rules.otherwise, OTHERWISE, place.at("otherwise"));
  const list = place.at("routes");
  const { routes } = rules;
  if (!Array.isArray(routes) || routes.length > MAXIMUM_RULES) {
    list.wrong(`a list of at most ${MAXIMUM_RULES} rules`, undefined);
    return { compiled: [], problems };
  }
  const paths: KnownPaths = new Map();
  const compiled = routes.flatMap((rule: unknown, index): CompiledRule[] => {
    const read = readRule(rule, list.at(index), paths);
    return read === undefined ? [] : [read];
  });
  checkNames(routes, list);
  if (problems.length === 0) findShadowed(compiled, rules.match === "first", list);
  return { compiled, problems };
}

function readRule(value: unknown, place: Place, paths: KnownPaths): CompiledRule | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return place.wrong("a rule: a mapping with at least name and to", undefined);
  }
  const rule = value as Readonly<Record<string, unknown>>;
  for (const key of Object.keys(rule)) {
    if (KEYS.includes(key)) continue;
    const unknown = { word: key, known: KEYS };
    place.at(key).problem({ found: "an unknown key", expected: `one of ${KEYS.join(", ")}`, unknown }, undefined);
  }
  const { name, when, unit, change, to, acknowledge, priority, schedule } = rule;
  if (typeof name !== "string" || !RULE_NAME.test(name)) {
    place.at("name").wrong("a name of at most 64 letters, digits, spaces, dots, dashes and underscores", undefined);
  }
  if (unit !== undefined) checkChoice(unit, ROUTING_UNITS, place.at("unit"));
  checkCountedBy(rule, place.at("countedBy"));
  if (acknowledge !== undefined) checkChoice(acknowledge, ACKNOWLEDGE, place.at("acknowledge"));
  if (priority !== undefined) checkChoice(priority, RULE_PRIORITIES, place.at("priority"));
  if (schedule !== undefined) checkSchedule(schedule, place.at("schedule"));
  checkDestinations(to, place.at("to"));
  checkChange(change, place.at("change"));
  checkWaiting(rule, place.at("acknowledge"));
  const condition = when === undefined ? undefined : readCondition(when, place.at("when"), paths);
  return { rule: value as RoutingRule, condition };
}

function checkChoice(value: unknown, choices: readonly string[], place: Place): void {
  if (choices.some((choice) => choice === value)) return;
  const unknown = typeof value === "string" ? { word: value, known: choices } : undefined;
  place.problem({ expected: choices.join(" or "), ...(unknown && { unknown }) }, undefined);
}

function checkDestinations(to: unknown, place: Place): void {
  if (typeof to === "string") return checkDestination(to, place);
  const firstOf = typeof to === "object" && to !== null && !Array.isArray(to);
  const names = firstOf ? (to as { readonly firstOf?: unknown }).firstOf : to;
  const onlyKey = !firstOf || Object.keys(to).every((key) => key === "firstOf");
  if (!onlyKey || !Array.isArray(names) || names.length === 0 || names.length > MAXIMUM_DESTINATIONS) {
    return place.wrong(
      `the name of a destination, a list of 1 to ${MAXIMUM_DESTINATIONS} names, or { firstOf: [NAME, NAME] }`,
      undefined,
    );
  }
  const list = firstOf ? place.at("firstOf") : place;
  if (firstOf && names.length === 1) {
    list.problem({ found: "one name", expected: "two or more, or `to` with the one alone" }, undefined);
  }
  names.forEach((name, index) => {
    checkDestination(name, list.at(index));
    if (names.indexOf(name) < index) list.at(index).wrong("a name that is not in the list already", undefined);
  });
}

function checkCountedBy({ countedBy, unit }: Readonly<Record<string, unknown>>, place: Place): void {
  if (countedBy === undefined) return;
  if (typeof countedBy !== "string" || !DESTINATION_NAME.test(countedBy)) {
    place.wrong("the name of a peer: letters, digits, dots, dashes and underscores", undefined);
  } else if (unit === undefined || unit === "instance") place.wrong("nothing without unit: series or study", undefined);
}

function checkDestination(name: unknown, place: Place): void {
  if (name === UNROUTED) {
    return place.wrong("another name: this one stands for instances that no route matches", undefined);
  }
  if (typeof name === "string" && DESTINATION_NAME.test(name)) return;
  place.wrong("the name of a destination: letters, digits, dots, dashes and underscores", undefined);
}

/** Checks that a change is a list of objects with one key. The compiler of steps checks the rest. */
function checkChange(change: unknown, place: Place): void {
  if (change === undefined) return;
  if (!Array.isArray(change) || change.length > MAXIMUM_STEPS) {
    return place.wrong(`a list of at most ${MAXIMUM_STEPS} steps`, undefined);
  }
  change.forEach((step: unknown, index) => {
    const isStep = typeof step === "object" && step !== null && !Array.isArray(step) && Object.keys(step).length === 1;
    if (!isStep) {
      place.at(index).wrong("a step: a mapping with one key, such as { remove: [PatientComments] }", undefined);
    }
  });
}

const WAITING: readonly unknown[] = ["delivered-any", "delivered-all", "committed"];

/** A sender sends nothing while it waits for its answer, so the answer must not depend on hours or on its next instances. */
function checkWaiting(
  { acknowledge, unit = "instance", schedule }: Readonly<Record<string, unknown>>,
  place: Place,
): void {
  if (!WAITING.includes(acknowledge) || (unit === "instance" && schedule === undefined)) return;
  place.wrong(
    "received or durable with a schedule, or a unit of several instances: the sender would wait for its answer until then",
    undefined,
  );
}

function checkNames(routes: readonly unknown[], place: Place): void {
  const names = routes.map((rule) => (rule as { readonly name?: unknown } | null)?.name);
  names.forEach((name, index) => {
    if (typeof name === "string" && names.indexOf(name) < index) {
      place.at(index).at("name").wrong("a name that no route before it has", undefined);
    }
  });
}
