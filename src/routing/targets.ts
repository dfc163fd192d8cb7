/**
 * Which lanes the rules that match an instance lead to, each once.
 *
 * @module
 */

import { destinationsOf, isFirstOf, type RoutingRule } from "./rules/rule.ts";

/** A lane that an instance goes to. */
export interface Target {
  /** The rule that says how: the first that leads there or, where that one puts off sending, the first whose sender waits. */
  readonly rule: RoutingRule;
  /** All rules that a delivery there satisfies. */
  readonly rules: readonly RoutingRule[];
  /** Name of the lane. */
  readonly lane: string;
  /** For a rule that leads to the first of several destinations that works: the lanes of which one has to deliver. Else empty. */
  readonly choice: readonly string[];
}

/**
 * The targets of these rules. Two rules with the same destination that change an instance in the same way, by `recipeOf`, share
 * a target. A rule that leads to the first of several destinations shares that of another rule which leads to one of them;
 * else it begins at the first of them that no other rule has taken.
 */
export function targetsOf(
  rules: readonly RoutingRule[],
  recipeOf: (rule: RoutingRule) => string = () => "",
): readonly Target[] {
  const targets = new Map<
    string,
    { rule: RoutingRule; rules: RoutingRule[]; lane: string; choice: readonly string[] }
  >();
  const lead = (rule: RoutingRule, lane: string, choice: readonly string[]) => {
    const key = `${lane} ${recipeOf(rule)}`;
    const there = targets.get(key);
    if (there === undefined) targets.set(key, { rule, rules: [rule], lane, choice });
    else {
      there.rules.push(rule);
      if (isPutOff(there.rule) && hasSenderWait(rule)) there.rule = rule;
    }
  };
  const hasChoice = (rule: RoutingRule) => isFirstOf(rule) && destinationsOf(rule).length > 1;
  for (const rule of rules) {
    if (!hasChoice(rule)) { for (const lane of destinationsOf(rule)) lead(rule, lane, []); }
  }
  for (const rule of rules) {
    if (!hasChoice(rule)) continue;
    const choice = destinationsOf(rule);
    const at = (lane: string) => targets.get(`${lane} ${recipeOf(rule)}`);
    const lane = choice.find((lane) => at(lane)?.choice.length === 0) ??
      choice.find((lane) => at(lane) === undefined) ?? choice[0]!;
    lead(rule, lane, choice);
  }
  return [...targets.values()];
}

/** Whether a rule puts off sending: until its unit is complete, or until its hours. */
function isPutOff({ unit = "instance", schedule }: RoutingRule): boolean {
  return unit !== "instance" || schedule !== undefined;
}

/** Whether the sender waits for deliveries. If they were put off, it would wait for its own next instance. */
function hasSenderWait({ acknowledge = "durable" }: RoutingRule): boolean {
  return acknowledge !== "durable" && acknowledge !== "received";
}
