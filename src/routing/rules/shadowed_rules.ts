/**
 * Rules that never take effect, since an earlier rule matches every instance that they match.
 *
 * @module
 */

import type { CompiledRule } from "./condition.ts";
import type { Place } from "./place.ts";
import { destinationsOf, isFirstOf, type RoutingRule } from "./rule.ts";

/**
 * Finds rules without effect. Where only the first match counts: those behind a rule for all instances, or behind one with the
 * same condition. Where all matches count: those that do the same as an earlier rule on the same condition.
 */
export function findShadowed(rules: readonly CompiledRule[], firstCounts: boolean, place: Place): void {
  rules.forEach(({ rule }, index) => {
    const earlier = rules.slice(0, index).find(({ rule: before }) =>
      firstCounts ? before.when === undefined || sameCondition(before, rule) : sameEffect(before, rule)
    );
    if (earlier === undefined) return;
    const { name, when } = earlier.rule;
    const why = firstCounts && when === undefined ? "matches all instances" : "has the same condition";
    const reach = firstCounts
      ? `since only the first that matches counts`
      : `and sends the same to the same destinations`;
    place.at(index).problem({
      found: `a rule without effect: "${name}" before it ${why}, ${reach}`,
      expected: "another order or condition",
    }, undefined);
  });
}

function sameCondition(one: RoutingRule, other: RoutingRule): boolean {
  return canonical(one.when) === canonical(other.when);
}

function sameEffect(one: RoutingRule, other: RoutingRule): boolean {
  if (isFirstOf(one) || isFirstOf(other) || !sameCondition(one, other)) return false;
  // When its sender gets a success is an effect of a rule, too.
  if ((one.acknowledge ?? "durable") !== (other.acknowledge ?? "durable")) return false;
  const before = destinationsOf(one);
  return destinationsOf(other).every((name) => before.includes(name)) &&
    canonical([one.change ?? [], one.schedule ?? {}]) === canonical([other.change ?? [], other.schedule ?? {}]);
}

/** The same text for the same data, in whatever order its keys are. */
function canonical(value: unknown): string {
  return JSON.stringify(
    value,
    (_, inner: unknown) =>
      typeof inner === "object" && inner !== null && !Array.isArray(inner)
        ? Object.fromEntries(Object.entries(inner).sort(([one], [other]) => one < other ? -1 : 1))
        : inner,
  ) ?? "";
}
