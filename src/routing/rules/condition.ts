/**
 * Compiled conditions: a tree of tests that can say which of them decided.
 *
 * @module
 */

import type { AttributePath } from "./attribute_path.ts";
import type { Fact, RoutingRule } from "./rule.ts";
import type { SubjectReader } from "./subject_values.ts";
import type { ValueTest } from "./value_tests.ts";

/** A condition, compiled. */
export type ConditionNode =
  | { readonly kind: "all" | "any"; readonly parts: readonly ConditionNode[] }
  | { readonly kind: "not"; readonly part: ConditionNode }
  | PredicateNode;

/** One predicate of one fact or attribute. */
export interface PredicateNode {
  /** Tells a predicate from the other nodes. */
  readonly kind: "predicate";
  /** Where it stands in its rule, such as `when.Modality`. */
  readonly place: string;
  /** What it demands, such as `Modality is CT`. */
  readonly text: string;
  /** The attribute or fact that it looks at. */
  readonly subject: AttributePath | Fact;
  /** Whether values meet the predicate. */
  readonly test: ValueTest;
}

/** A rule, and its condition; undefined for all instances. */
export interface CompiledRule {
  /** The rule. */
  readonly rule: RoutingRule;
  /** Its condition. */
  readonly condition: ConditionNode | undefined;
}

/** A predicate that decided. */
export interface DecidingPredicate {
  /** Where it stands in its rule, such as `when.Modality`. */
  readonly place: string;
  /** What it demands, such as `Modality is CT`. */
  readonly text: string;
  /** Whether the instance meets it. */
  readonly holds: boolean;
  /** Whether the instance has a value of the attribute or fact. */
  readonly present: boolean;
}

/** Whether a condition holds. Never throws, whatever a data set has in it. */
export function holds(node: ConditionNode, reader: SubjectReader): boolean {
  switch (node.kind) {
    case "all":
      for (const part of node.parts) if (!holds(part, reader)) return false;
      return true;
    case "any":
      for (const part of node.parts) if (holds(part, reader)) return true;
      return false;
    case "not":
      return !holds(node.part, reader);
    case "predicate":
      return node.test(valuesOf(node, reader));
  }
}

function valuesOf({ subject }: PredicateNode, reader: SubjectReader) {
  return typeof subject === "string" ? reader.fact(subject) : reader.attribute(subject);
}

/**
 * Whether a condition holds, and the predicates that decided: all of them where all had to hold and did, else the first one
 * that decided, or those of which none holds.
 */
export function explain(node: ConditionNode, reader: SubjectReader): { holds: boolean; decided: DecidingPredicate[] } {
  if (node.kind === "predicate") {
    const values = valuesOf(node, reader);
    const isMet = node.test(values);
    const { place, text } = node;
    return { holds: isMet, decided: [{ place, text, holds: isMet, present: values.present }] };
  }
  if (node.kind === "not") {
    const { holds, decided } = explain(node.part, reader);
    return { holds: !holds, decided };
  }
  const deciding = node.kind === "any";
  const decided: DecidingPredicate[] = [];
  for (const part of node.parts) {
    const explained = explain(part, reader);
    if (explained.holds === deciding) return explained;
    decided.push(...explained.decided);
  }
  return { holds: !deciding, decided };
}

/** All predicates of a condition. */
export function* predicatesOf(node: ConditionNode): Generator<PredicateNode> {
  if (node.kind === "predicate") yield node;
  else if (node.kind === "not") yield* predicatesOf(node.part);
  else for (const part of node.parts) yield* predicatesOf(part);
}
