/**
 * Where an instance would go, and why, as text and as JSON. No value of the instance is in it.
 *
 * @module
 */

import type { DecidingPredicate } from "../../routing/rules/condition.ts";
import type { ExplainedDecision, ExplainedRule } from "../../routing/rules/compiled_rules.ts";
import { destinationsOf } from "../../routing/rules/rule.ts";
import { shownStep } from "../../transform/shown_steps.ts";
import { escapeJson, escapeText } from "../../safe_text.ts";

/** The destinations that a decision leads to, each once. */
export function destinationsIn({ routes }: ExplainedDecision): readonly string[] {
  return [...new Set(routes.flatMap(destinationsOf))];
}

/** What becomes of an instance that no route matches. */
export const OTHERWISE = { keep: "stays in the archive", refuse: "is refused", hold: "is held" } as const;

/** Several lines: where to, then each route with what decided. `before` is where it goes by the routes that hold now. */
export function decisionText(path: string, decision: ExplainedDecision, before: readonly string[] | undefined): string {
  const destinations = destinationsIn(decision);
  const { otherwise } = decision;
  const where = otherwise === undefined ? destinations.join(", ") : `no route matches; it ${OTHERWISE[otherwise]}`;
  const lines = [
    `${path}: ${where}`,
    ...before === undefined || isSame(before, destinations)
      ? []
      : [`  differs from now: ${before.length === 0 ? "no destination" : before.join(", ")}`],
    ...decision.rules.flatMap(ruleLines),
  ];
  return `${lines.map(escapeText).join("\n")}\n`;
}

const OUTCOMES = { "matches": "matches", "does-not-match": "does not match", "not-asked": "is not asked" } as const;

/** A rule with what decided. */
export function ruleLines({ rule, outcome, decided }: ExplainedRule): string[] {
  const { acknowledge = "durable" } = rule;
  const told = outcome === "matches" && acknowledge !== "durable" ? `, acknowledge ${acknowledge}` : "";
  const to = outcome === "matches" ? `: ${typeof rule.to === "object" && "firstOf" in rule.to ? "first of " : ""}` : "";
  const title = `  ${rule.name} ${OUTCOMES[outcome]}${to}${to === "" ? "" : destinationsOf(rule).join(", ")}${told}`;
  const steps = outcome === "matches" ? rule.change ?? [] : [];
  return [
    title,
    ...decided.map((predicate) => `    ${predicateText(predicate)}`),
    ...steps.map((step) => `    then ${shownStep(step)}`),
  ];
}

function predicateText({ place, text, holds, present }: DecidingPredicate): string {
  return `${holds ? "yes" : "no "} ${text}${present || holds ? "" : "; it has no value"} (${place})`;
}

/** One line. */
export function decisionJson(path: string, decision: ExplainedDecision, before: readonly string[] | undefined): string {
  const destinations = destinationsIn(decision);
  const { otherwise } = decision;
  return `${
    escapeJson({
      ...{ type: "file", path, outcome: "explained", destinations },
      ...(otherwise !== undefined && { otherwise }),
      ...(before !== undefined && { now: before, differs: !isSame(before, destinations) }),
      rules: decision.rules.map(ruleJson),
    })
  }\n`;
}

/** A rule with what decided, and with its steps where it matches, for JSON. */
export function ruleJson({ rule, outcome, decided }: ExplainedRule): object {
  const { name, to, acknowledge = "durable", change = [] } = rule;
  const steps = outcome === "matches" && change.length > 0 ? { change: change.map(shownStep) } : {};
  return { name, outcome, to, acknowledge, decided: [...decided], ...steps };
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((name) => other.includes(name));
}
