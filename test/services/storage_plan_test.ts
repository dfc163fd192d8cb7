import assert from "node:assert/strict";
import { chooseTransferSyntax, planAssociations } from "../../src/services/storage_plan.ts";

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

const IMPLICIT = "1.2.840.10008.1.2";
const EXPLICIT = "1.2.840.10008.1.2.1";
const BIG_ENDIAN = "1.2.840.10008.1.2.2";
const DEFLATED = "1.2.840.10008.1.2.1.99";
const JPEG = "1.2.840.10008.1.2.4.50";

/** What is proposed for one SOP class with instances in these transfer syntaxes. */
function proposed(...syntaxes: string[]): string[][] {
  const given = syntaxes.map((transferSyntax) => ({ sopClassUid: "1.1", transferSyntax }));
  return planAssociations(given, { convert: true })
    .flatMap(({ presentationContexts }) => presentationContexts.map(({ transferSyntaxes }) => [...transferSyntaxes]));
}

Deno.test("planAssociations() proposes Explicit and Implicit VR Little Endian beside what isn't compressed", () => {
  assert.deepEqual(proposed(EXPLICIT), [[EXPLICIT], [IMPLICIT]]);
  assert.deepEqual(proposed(IMPLICIT), [[IMPLICIT], [EXPLICIT]]);
  assert.deepEqual(proposed(BIG_ENDIAN), [[BIG_ENDIAN], [EXPLICIT, IMPLICIT]]);
  assert.deepEqual(proposed(DEFLATED, JPEG), [[DEFLATED], [JPEG], [EXPLICIT, IMPLICIT]]);
  assert.deepEqual(proposed(EXPLICIT, IMPLICIT, BIG_ENDIAN), [[EXPLICIT], [IMPLICIT], [BIG_ENDIAN]]);
  assert.deepEqual(proposed(JPEG), [[JPEG]]);
  assert.deepEqual(proposed("1.2.3.4"), [["1.2.3.4"]]);
});

Deno.test("planAssociations() holds all that it proposes within 128 contexts", () => {
  const given = [...instances(100), ...instances(100, JPEG), ...instances(100, IMPLICIT)];
  const plans = planAssociations(given, { convert: true });
  for (const { presentationContexts, instances } of plans) {
    assert.ok(presentationContexts.length <= 128);
    for (const instance of instances) {
      const contexts = presentationContexts.flatMap(({ abstractSyntax, transferSyntaxes }) =>
        transferSyntaxes.map((transferSyntax) => ({ abstractSyntax, transferSyntax }))
      );
      assert.equal(chooseTransferSyntax(instance, contexts), instance.transferSyntax);
      if (instance.transferSyntax === JPEG) continue;
      const others = contexts.filter(({ transferSyntax }) => transferSyntax !== instance.transferSyntax);
      const other = instance.transferSyntax === EXPLICIT ? IMPLICIT : EXPLICIT;
      assert.equal(chooseTransferSyntax(instance, others, { convert: true }), other);
    }
  }
  assert.equal(plans.flatMap(({ instances }) => instances).length, 300);
  const contexts = plans.map(({ presentationContexts }) => presentationContexts.length);
  assert.ok(contexts.slice(0, -1).every((count) => count >= 127), `${contexts}`);
});

Deno.test("chooseTransferSyntax() likes an instance's own best, then explicit VRs, and converts when it is asked to", () => {
  const contexts = [IMPLICIT, EXPLICIT, JPEG].map((transferSyntax) => ({ abstractSyntax: "1.1", transferSyntax }));
  const choose = (transferSyntax: string, convert: boolean, sopClassUid = "1.1") =>
    chooseTransferSyntax({ sopClassUid, transferSyntax }, contexts, { convert });
  assert.equal(choose(IMPLICIT, true), IMPLICIT);
  assert.equal(choose(BIG_ENDIAN, true), EXPLICIT);
  assert.equal(choose(BIG_ENDIAN, false), undefined);
  assert.equal(choose("1.2.840.10008.1.2.5", true), undefined);
  assert.equal(choose("1.2.3.4", true), undefined);
  assert.equal(choose(BIG_ENDIAN, true, "1.2"), undefined);
  assert.equal(
    chooseTransferSyntax({ sopClassUid: "1.1", transferSyntax: JPEG }, contexts.slice(0, 2), { convert: true }),
    undefined,
  );
});

const JPEG_LS = "1.2.840.10008.1.2.4.80";
const RLE = "1.2.840.10008.1.2.5";

/** What a host with codecs offers. */
const TRANSCODING = {
  into: (from: string) => [EXPLICIT, IMPLICIT, JPEG_LS, RLE].filter((to) => to !== from && from !== "1.2.3"),
};

Deno.test("planAssociations() proposes what instances can be transcoded into: native ones, and one of the others", () => {
  const plan = (...syntaxes: string[]) =>
    planAssociations(syntaxes.map((transferSyntax) => ({ sopClassUid: "1.1", transferSyntax })), {
      convert: true,
      transcoding: TRANSCODING,
    }).flatMap(({ presentationContexts }) => presentationContexts.map(({ transferSyntaxes }) => transferSyntaxes));
  assert.deepEqual(plan(JPEG), [[JPEG], [EXPLICIT, IMPLICIT], [JPEG_LS, RLE]]);
  assert.deepEqual(plan(EXPLICIT), [[EXPLICIT], [IMPLICIT], [JPEG_LS, RLE]]);
  assert.deepEqual(plan(RLE, JPEG_LS), [[RLE], [JPEG_LS], [EXPLICIT, IMPLICIT]]);
  // What nothing can be done about is proposed as it is.
  assert.deepEqual(plan("1.2.3"), [["1.2.3"]]);
});

Deno.test("planAssociations() counts contexts for what is transcoded", () => {
  const plans = planAssociations(instances(100, JPEG), { convert: true, transcoding: TRANSCODING });
  assert.deepEqual(plans.map(({ presentationContexts }) => presentationContexts.length), [126, 126, 48]);
});

Deno.test("chooseTransferSyntax() transcodes only where nothing else is accepted", () => {
  const instance = { sopClassUid: "1.1", transferSyntax: EXPLICIT };
  const choose = (...accepted: string[]) =>
    chooseTransferSyntax(
      instance,
      accepted.map((transferSyntax) => ({ abstractSyntax: "1.1", transferSyntax })),
      { convert: true, transcoding: TRANSCODING },
    );
  assert.equal(choose(RLE, IMPLICIT, EXPLICIT), EXPLICIT);
  assert.equal(choose(RLE, IMPLICIT), IMPLICIT);
  assert.equal(choose(RLE, JPEG_LS), JPEG_LS);
  assert.equal(choose(JPEG), undefined);
});
