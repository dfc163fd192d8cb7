/** Rules that match lead to lanes, each once. */

import assert from "node:assert/strict";
import type { RoutingRule } from "../../src/routing/rules/rule.ts";
import { targetsOf } from "../../src/routing/targets.ts";

function led(...to: RoutingRule["to"][]): string[] {
  const rules = to.map((to, index): RoutingRule => ({ name: `r${index + 1}`, to }));
  return targetsOf(rules).map(({ lane, rule, rules, choice }) =>
    [lane, rule.name, rules.map(({ name }) => name).join("+"), ...choice].join(" ")
  );
}

Deno.test("where two rules lead to one destination, the first says how", () => {
  assert.deepEqual(led(["A", "B"], "B", "C"), ["A r1 r1", "B r1 r1+r2", "C r3 r3"]);
});

Deno.test("the first of several is one lane, and a choice of one is none", () => {
  assert.deepEqual(led({ firstOf: ["A", "B"] }, { firstOf: ["C"] }), ["C r2 r2", "A r1 r1 A B"]);
});

Deno.test("a choice is content with a destination that another rule leads to anyway, wherever that stands", () => {
  assert.deepEqual(led({ firstOf: ["A", "B"] }, "B"), ["B r2 r2+r1"]);
  assert.deepEqual(led("A", { firstOf: ["B", "A"] }), ["A r1 r1+r2"]);
});

Deno.test("two choices begin at different lanes, as long as there are any", () => {
  const [one, other] = [{ firstOf: ["A", "B"] }, { firstOf: ["A", "C"] }];
  assert.deepEqual(led(one, other), ["A r1 r1 A B", "C r2 r2 A C"]);
  assert.deepEqual(led(one, { firstOf: ["B", "A"] }, one), ["A r1 r1+r3 A B", "B r2 r2 B A"]);
});

Deno.test("rules that change an instance differently don't meet", () => {
  const rules: RoutingRule[] = [{ name: "r1", to: "A" }, { name: "r2", to: { firstOf: ["A", "B"] } }];
  const targets = targetsOf(rules, ({ name }) => name);
  assert.deepEqual(targets.map(({ lane, choice }) => [lane, choice]), [["A", []], ["A", ["A", "B"]]]);
});

Deno.test("where a rule that has its sender wait meets one that sends later, it says how, wherever it stands", () => {
  const later: readonly RoutingRule[] = [
    { name: "later", to: ["A", "B"], unit: "study" },
    { name: "later", to: ["A", "B"], schedule: { hours: "22:00-06:00" } },
  ];
  const waiting: readonly RoutingRule[] = [
    { name: "waiting", to: "A", acknowledge: "delivered-any" },
    { name: "waiting", to: { firstOf: ["A", "C"] }, acknowledge: "committed" },
  ];
  for (const one of later) {
    for (const other of waiting) {
      for (const rules of [[one, other], [other, one]]) {
        const targets = targetsOf(rules).map(({ lane, rule, rules }) => [lane, rule.name, rules.length]);
        assert.deepEqual(targets.toSorted(), [["A", "waiting", 2], ["B", "later", 1]]);
      }
    }
    const usual: RoutingRule = { name: "usual", to: "A", acknowledge: "durable" };
    assert.deepEqual(targetsOf([one, usual]).map(({ rule }) => rule.name), ["later", "later"]);
  }
});
