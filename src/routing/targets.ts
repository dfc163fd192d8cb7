/**
 * Which lanes the rules that match an instance lead to, each once.
 *
 * @module
 */

import { destinationsOf, isFirstOf, type RoutingRule } from "./rules/rule.ts";

/** A lane that an instance goes to. */
export interface Target {
  /** The rule that says how: the first that leads there, or the first that has its sender wait, where that one would not send at once. */
  readonly rule: RoutingRule;
  /** All rules that it does justice to. */
  readonly rules: readonly RoutingRule[];
  /** Name of the lane. */
  readonly lane: string;
  /** Lanes of which one has to deliver it, of a rule that leads to the first of several that works; empty for others. */
  readonly choice: readonly string[];
}

/**
 * Where instances go by these rules. Two rules that change an instance in the same way, which `recipeOf` says, meet at a
 * destination. A rule that leads to the first of several is content where another one leads to one of them anyway; else it
 * begins at the first of them that no other rule has taken.
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

/** Whether a rule sends later than at once: with others, or in its hours. */
function isPutOff({ unit = "instance", schedule }: RoutingRule): boolean {
  return unit !== "instance" || schedule !== undefined;
}

/** Whether the sender waits for deliveries. It would wait for its own next instance, were they put off. */
function hasSenderWait({ acknowledge = "durable" }: RoutingRule): boolean {
  return acknowledge !== "durable" && acknowledge !== "received";
}
