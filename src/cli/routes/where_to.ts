/**
 * Where an instance goes by some rules, and how that differs from where it goes by others.
 *
 * @module
 */

import type { ExplainedDecision, ExplainedRule, RoutingDecision } from "../../routing/rules/compiled_rules.ts";
import type { Otherwise, RoutingRule } from "../../routing/rules/rule.ts";
import { targetsOf } from "../../routing/targets.ts";

/** Where an instance goes. */
export interface WhereTo {
  /** Destinations, and the first of them where one of several is enough, each with the rule that leads there. */
  readonly to: ReadonlyMap<string, RoutingRule>;
  /** What becomes of it where no rule matches. */
  readonly otherwise: Otherwise | undefined;
}

/** How a decision differs from the one before. */
export interface Difference {
  /** Destinations that the instance does not go to any more. */
  readonly lost: readonly string[];
  /** Destinations that it goes to besides. */
  readonly gained: readonly string[];
  /** Destinations that it goes to in another way, such as `PACS (priority)`. */
  readonly altered: readonly string[];
  /** Whether it was taken and is refused. */
  readonly refused: boolean;
}

/** Keys of a rule that say how an instance goes. */
const MANNERS = ["change", "unit", "priority", "schedule", "acknowledge"] as const;

/** Where a decision leads. */
export function whereTo({ routes, otherwise }: RoutingDecision): WhereTo {
  const targets = targetsOf(routes, ({ change = [] }) => JSON.stringify(change));
  const to = new Map<string, RoutingRule>();
  for (const { rule, lane, choice } of targets) {
    const name = choice.length === 0 ? lane : `first of ${choice.join(", ")}`;
    // Two jobs may lead to one destination, with other changes.
    to.set(to.has(name) ? `${name} by ${rule.name}` : name, rule);
  }
  return { to, otherwise };
}

/** How they differ; undefined where they don't. */
export function differenceOf(now: WhereTo, then: WhereTo): Difference | undefined {
  const lost = [...now.to.keys()].filter((name) => !then.to.has(name));
  const gained = [...then.to.keys()].filter((name) => !now.to.has(name));
  const altered = [...then.to].flatMap(([name, rule]) => {
    const before = now.to.get(name);
    const manners = before === undefined ? [] : mannersThatDiffer(before, rule);
    return manners.length === 0 ? [] : [`${name} (${manners.join(", ")})`];
  });
  const isSame = lost.length + gained.length + altered.length === 0 && now.otherwise === then.otherwise;
  if (isSame) return undefined;
  return { lost, gained, altered, refused: then.otherwise === "refuse" && now.otherwise !== "refuse" };
}

function mannersThatDiffer(one: RoutingRule, other: RoutingRule): readonly string[] {
  return MANNERS.filter((key) => JSON.stringify(one[key]) !== JSON.stringify(other[key]));
}

/** Which rules made the difference. */
export interface Reasons {
  /** Rules that lead to what was gained or altered, or don't lead any more to what was lost, with what decided. */
  readonly rules: readonly ExplainedRule[];
  /** Names of rules that led to what was lost, and are not there any more. */
  readonly gone: readonly string[];
}

/** Why decisions differ: what decided in the rules that now lead elsewhere. */
export function reasonsOf(now: WhereTo, then: WhereTo, explained: ExplainedDecision): Reasons {
  const leading = new Set(
    [...then.to].filter(([name, rule]) => {
      const before = now.to.get(name);
      return before === undefined || mannersThatDiffer(before, rule).length > 0;
    }).map(([, { name }]) => name),
  );
  const left = new Set([...now.to].filter(([name]) => !then.to.has(name)).map(([, { name }]) => name));
  const names = new Set(explained.rules.map(({ rule: { name } }) => name));
  return {
    rules: explained.rules.filter(({ rule: { name } }) => leading.has(name) || left.has(name)),
    gone: [...left].filter((name) => !names.has(name)),
  };
}
