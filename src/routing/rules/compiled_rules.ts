/**
 * Compiled rules, which decide where instances go.
 *
 * @module
 */

import { outermostTags } from "./attribute_path.ts";
import { type CompiledRule, type DecidingPredicate, explain, holds, predicatesOf } from "./condition.ts";
import { readRules } from "./read_rules.ts";
import type { Fact, Otherwise, RoutingRule, RoutingRules, RuleMatch } from "./rule.ts";
import { RoutingRulesError } from "./rule_problem.ts";
import { unitTimes } from "./unit_times.ts";
import { type RoutingSubject, SubjectReader } from "./subject_values.ts";

/** Where an instance goes. */
export interface RoutingDecision {
  /** The rules that count, in their order. */
  readonly routes: readonly RoutingRule[];
  /** What happens to the instance where no rule counts. */
  readonly otherwise: Otherwise | undefined;
}

/** The outcome of one rule, and why. */
export interface ExplainedRule {
  /** The rule. */
  readonly rule: RoutingRule;
  /** Whether it matches; `not-asked` where an earlier one matched and only the first counts. */
  readonly outcome: "matches" | "does-not-match" | "not-asked";
  /** The predicates that decided: none where the rule is about all instances, or was not asked. */
  readonly decided: readonly DecidingPredicate[];
}

/** Where an instance goes, and why. */
export interface ExplainedDecision extends RoutingDecision {
  /** All rules, in their order. */
  readonly rules: readonly ExplainedRule[];
}

/** Compiled rules. Neither of the methods throws, whatever an instance has in it. */
export interface CompiledRules {
  /** The rules. */
  readonly rules: Required<RoutingRules>;
  /**
   * Tags of the data set itself that the rules look at or into, in ascending order: all that has to be read of an instance.
   * Empty where no rule needs any.
   */
  readonly attributes: ReadonlySet<number>;
  /** Facts that the rules look at. */
  readonly facts: ReadonlySet<Fact>;
  /** Decides where an instance goes. The same subject always gets the same answer. */
  decide(subject: RoutingSubject): RoutingDecision;
  /** Decides where an instance goes, and names the predicates that decided. */
  explain(subject: RoutingSubject): ExplainedDecision;
}

/**
 * Compiles rules.
 *
 * @throws {RoutingRulesError} on rules that can't be used, with everything that is wrong
 *
 * @example
 * ```ts
 * import { compileRules, DataSet } from "@gantry/dicom/routing";
 *
 * const rules = compileRules({
 *   routes: [{ name: "ct to the cloud", when: { Modality: "CT", callingAeTitle: "CT*" }, to: ["CLOUD", "PACS"] }],
 *   otherwise: "hold",
 * });
 * const { routes } = rules.decide({
 *   sopClassUid: "1.2.840.10008.5.1.4.1.1.2",
 *   transferSyntax: "1.2.840.10008.1.2.1",
 *   callingAeTitle: "CT1",
 *   dataSet: new DataSet({ Modality: "CT" }),
 * });
 * console.log(routes.map(({ name }) => name));
 * ```
 */
export function compileRules(rules: RoutingRules): CompiledRules {
  const { match = "all", otherwise = "keep", routes } = rules;
  const { compiled, problems } = readRules({ match, otherwise, routes });
  if (problems.length > 0) throw new RoutingRulesError(problems);
  return {
    rules: { match, otherwise, routes, units: unitTimes(rules) },
    attributes: attributesOf(compiled),
    facts: factsOf(compiled),
    decide(subject) {
      const reader = new SubjectReader(subject);
      const found: RoutingRule[] = [];
      for (const { rule, condition } of compiled) {
        if (condition !== undefined && !holds(condition, reader)) continue;
        found.push(rule);
        if (match === "first") break;
      }
      return { routes: found, otherwise: found.length === 0 ? otherwise : undefined };
    },
    explain: (subject) => explainAll(compiled, { match, otherwise }, new SubjectReader(subject)),
  };
}

function explainAll(
  compiled: readonly CompiledRule[],
  { match, otherwise }: { readonly match: RuleMatch; readonly otherwise: Otherwise },
  reader: SubjectReader,
): ExplainedDecision {
  const routes: RoutingRule[] = [];
  const rules = compiled.map(({ rule, condition }): ExplainedRule => {
    if (match === "first" && routes.length > 0) return { rule, outcome: "not-asked", decided: [] };
    const explained = condition === undefined ? { holds: true, decided: [] } : explain(condition, reader);
    if (explained.holds) routes.push(rule);
    return { rule, outcome: explained.holds ? "matches" : "does-not-match", decided: explained.decided };
  });
  return { routes, rules, otherwise: routes.length === 0 ? otherwise : undefined };
}

function factsOf(compiled: readonly CompiledRule[]): ReadonlySet<Fact> {
  const subjects = compiled.flatMap(({ condition }) => condition === undefined ? [] : [...predicatesOf(condition)])
    .map(({ subject }) => subject);
  return new Set(subjects.filter((subject) => typeof subject === "string"));
}

const SPECIFIC_CHARACTER_SET = 0x0008_0005;
const TIMEZONE_OFFSET_FROM_UTC = 0x0008_0201;

function attributesOf(compiled: readonly CompiledRule[]): ReadonlySet<number> {
  const tags = new Set<number>();
  for (const { condition } of compiled) {
    if (condition === undefined) continue;
    for (const { subject } of predicatesOf(condition)) {
      if (typeof subject !== "string") { for (const tag of outermostTags(subject)) tags.add(tag); }
    }
  }
  // These two say how to read the values of the others.
  if (tags.size > 0) tags.add(SPECIFIC_CHARACTER_SET).add(TIMEZONE_OFFSET_FROM_UTC);
  return new Set([...tags].sort((one, other) => one - other));
}
