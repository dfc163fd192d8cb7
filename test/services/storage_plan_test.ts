import assert from "node:assert/strict";
import { planAssociations } from "../../src/services/storage_plan.ts";

function instances(count: number, transferSyntax = "1.2.840.10008.1.2.1") {
  return Array.from({ length: count }, (_, number) => ({ sopClassUid: `1.2.${number}`, transferSyntax, number }));
}

Deno.test("planAssociations() plans one context for each pair of SOP class and transfer syntax", () => {
  const given = [
    { sopClassUid: "1.1", transferSyntax: "1.2.840.10008.1.2.1" },
    { sopClassUid: "1.1", transferSyntax: "1.2.840.10008.1.2.4.50" },
    { sopClassUid: "1.2", transferSyntax: "1.2.840.10008.1.2.1" },
    { sopClassUid: "1.1", transferSyntax: "1.2.840.10008.1.2.1" },
  ];
  assert.deepEqual(planAssociations(given), [{
    presentationContexts: [
      { abstractSyntax: "1.1", transferSyntaxes: ["1.2.840.10008.1.2.1"] },
      { abstractSyntax: "1.1", transferSyntaxes: ["1.2.840.10008.1.2.4.50"] },
      { abstractSyntax: "1.2", transferSyntaxes: ["1.2.840.10008.1.2.1"] },
    ],
    instances: given,
  }]);
});

Deno.test("planAssociations() plans nothing for nothing", () => {
  assert.deepEqual(planAssociations([]), []);
});

Deno.test("planAssociations() plans as many associations as it takes, of 128 contexts each", () => {
  for (const [count, shares] of [[128, [128]], [129, [128, 1]], [300, [128, 128, 44]]] as const) {
    const plans = planAssociations(instances(count));
    assert.deepEqual(plans.map(({ presentationContexts }) => presentationContexts.length), shares);
    assert.deepEqual(plans.flatMap((plan) => plan.instances.map(({ number }) => number)), [...Array(count).keys()]);
  }
});

Deno.test("planAssociations() puts an instance where its context is, whenever it comes", () => {
  const plans = planAssociations([...instances(200), ...instances(200)]);
  assert.deepEqual(plans.map(({ presentationContexts }) => presentationContexts.length), [128, 72]);
  assert.deepEqual(plans.map((plan) => plan.instances.length), [256, 144]);
  for (const { presentationContexts, instances } of plans) {
    const proposed = new Set(presentationContexts.map(({ abstractSyntax }) => abstractSyntax));
    assert.ok(instances.every(({ sopClassUid }) => proposed.has(sopClassUid)));
  }
});
