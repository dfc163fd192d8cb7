import assert from "node:assert/strict";
import fc from "fast-check";
import {
  agreedWindow,
  answerExtendedNegotiations,
  answerRoleSelections,
  answerWindow,
  anyTransferSyntax,
  assignContextIds,
  firstPreferred,
  firstSupported,
  maximumSendLength,
  negotiate,
  type PresentationContextOffer,
  readAnswers,
  requestorRoles,
} from "../../src/upper_layer/negotiation.ts";
import type { UserInformation } from "../../src/upper_layer/pdu.ts";

const IMPLICIT = "1.2.840.10008.1.2";
const EXPLICIT = "1.2.840.10008.1.2.1";
const JPEG = "1.2.840.10008.1.2.4.50";
const VERIFICATION = "1.2.840.10008.1.1";
const CT = "1.2.840.10008.5.1.4.1.1.2";

Deno.test("negotiate() answers every presentation context with its exact result, in order", () => {
  const offer: PresentationContextOffer = (abstractSyntax) => {
    switch (abstractSyntax) {
      case VERIFICATION:
        return firstSupported([IMPLICIT, EXPLICIT]);
      case "1.1":
        return "user-rejection";
      case "1.2":
        return "no-reason";
      default:
        return undefined;
    }
  };
  const answered = negotiate([
    { id: 9, abstractSyntax: VERIFICATION, transferSyntaxes: [JPEG, EXPLICIT, IMPLICIT] },
    { id: 1, abstractSyntax: VERIFICATION, transferSyntaxes: [JPEG] },
    { id: 3, abstractSyntax: CT, transferSyntaxes: [IMPLICIT, EXPLICIT] },
    { id: 5, abstractSyntax: "1.1", transferSyntaxes: [IMPLICIT] },
    { id: 7, abstractSyntax: "1.2", transferSyntaxes: [IMPLICIT] },
    { id: 255, abstractSyntax: VERIFICATION, transferSyntaxes: [] },
  ], offer);
  assert.deepEqual(answered, [
    { id: 9, result: "acceptance", transferSyntax: EXPLICIT },
    { id: 1, result: "transfer-syntaxes-not-supported", transferSyntax: JPEG },
    { id: 3, result: "abstract-syntax-not-supported", transferSyntax: IMPLICIT },
    { id: 5, result: "user-rejection", transferSyntax: IMPLICIT },
    { id: 7, result: "no-reason", transferSyntax: IMPLICIT },
    { id: 255, result: "transfer-syntaxes-not-supported", transferSyntax: "" },
  ]);
});

Deno.test("negotiate() never accepts a transfer syntax that was not proposed", () => {
  const [answered] = negotiate([{ id: 1, abstractSyntax: CT, transferSyntaxes: [IMPLICIT] }], () => () => JPEG);
  assert.equal(answered?.result, "transfer-syntaxes-not-supported");
});

Deno.test("transfer syntax policies choose by the requestor's order, by this side's, or anything", () => {
  const proposed = [JPEG, EXPLICIT, IMPLICIT];
  assert.equal(firstSupported([IMPLICIT, EXPLICIT])(proposed), EXPLICIT);
  assert.equal(firstPreferred([IMPLICIT, EXPLICIT])(proposed), IMPLICIT);
  assert.equal(anyTransferSyntax(proposed), JPEG);
  assert.equal(firstSupported([])(proposed), undefined);
  assert.equal(firstPreferred(["1.2.3"])(proposed), undefined);
  assert.equal(anyTransferSyntax([]), undefined);
});

const choices: readonly [proposed: string[], chosen: string | undefined][] = [
  [["1.2.3.4.99", IMPLICIT], IMPLICIT],
  [["1.2.3.4.99", "1.2.840.113619.5.2", JPEG, IMPLICIT], JPEG],
  [["1.2.3.4.99", "1.2.840.10008.1.2.1.99"], "1.2.840.10008.1.2.1.99"],
  [["no UID", "1.2.840.10008.1.2.4.999", "1.2.840.10008.1.2.2"], "1.2.840.10008.1.2.2"],
  [[EXPLICIT, IMPLICIT], EXPLICIT],
  [["1.2.3.4.99"], "1.2.3.4.99"],
  [["no UID", "1.2.3.4.99", "1.2.3.4.98"], "1.2.3.4.99"],
  [["no UID"], undefined],
];

for (const [proposed, chosen] of choices) {
  Deno.test(`anyTransferSyntax() takes ${chosen} of ${proposed.join(", ")}`, () => {
    assert.equal(anyTransferSyntax(proposed), chosen);
  });
}

Deno.test("assignContextIds() gives odd numbers from 1 to 255", () => {
  const proposals = Array.from({ length: 128 }, () => ({ abstractSyntax: CT, transferSyntaxes: [IMPLICIT] }));
  const contexts = assignContextIds(proposals);
  assert.deepEqual(contexts[0], { id: 1, abstractSyntax: CT, transferSyntaxes: [IMPLICIT] });
  assert.equal(contexts.at(-1)?.id, 255);
  assert.ok(contexts.every(({ id }) => id % 2 === 1));
  assert.equal(new Set(contexts.map(({ id }) => id)).size, 128);
  assert.throws(() => assignContextIds([...proposals, ...proposals.slice(0, 1)]), {
    name: "LimitError",
    message: "Cannot propose 129 presentation contexts: an association has at most 128",
    limit: "presentationContexts",
    maximum: 128,
  });
});

const proposed = [
  { id: 1, abstractSyntax: CT, transferSyntaxes: [IMPLICIT, EXPLICIT] },
  { id: 3, abstractSyntax: CT, transferSyntaxes: [JPEG] },
  { id: 5, abstractSyntax: VERIFICATION, transferSyntaxes: [IMPLICIT] },
];

Deno.test("readAnswers() joins proposals and answers; one that is missing is refused with no reason", () => {
  const answered = readAnswers(proposed, [
    { id: 3, result: "abstract-syntax-not-supported", transferSyntax: "" },
    { id: 1, result: "acceptance", transferSyntax: EXPLICIT },
  ]);
  assert.deepEqual(answered, [
    { id: 1, abstractSyntax: CT, transferSyntax: EXPLICIT, result: "acceptance" },
    { id: 3, abstractSyntax: CT, transferSyntax: "", result: "abstract-syntax-not-supported" },
    { id: 5, abstractSyntax: VERIFICATION, transferSyntax: "", result: "no-reason" },
  ]);
});

Deno.test("readAnswers() refuses what was not proposed", () => {
  assert.throws(() => readAnswers(proposed, [{ id: 3, result: "acceptance", transferSyntax: IMPLICIT }]), {
    name: "PduError",
    reason: "invalid-pdu-parameter-value",
    message: `Cannot associate: presentation context 3 is accepted with ${IMPLICIT}, which was not proposed for it`,
  });
  assert.throws(() => readAnswers(proposed, [{ id: 7, result: "no-reason", transferSyntax: "" }]), {
    name: "PduError",
    reason: "invalid-pdu-parameter-value",
    message: "Cannot associate: presentation context 7 was not proposed",
  });
});

Deno.test("readAnswers() reads whatever negotiate() answers", () => {
  const proposal = fc.record({
    abstractSyntax: fc.constantFrom(CT, VERIFICATION, "1.1", "1.2"),
    transferSyntaxes: fc.uniqueArray(fc.constantFrom(IMPLICIT, EXPLICIT, JPEG), { minLength: 1 }),
  });
  const offers = new Map<string, ReturnType<PresentationContextOffer>>([
    [CT, anyTransferSyntax],
    [VERIFICATION, firstPreferred([EXPLICIT])],
    ["1.1", "user-rejection"],
  ]);
  fc.assert(
    fc.property(fc.array(proposal, { maxLength: 128 }), (proposals) => {
      const contexts = assignContextIds(proposals);
      const results = negotiate(contexts, (abstractSyntax) => offers.get(abstractSyntax));
      const answered = readAnswers(contexts, results);
      assert.deepEqual(answered.map(({ id, result, transferSyntax }) => ({ id, result, transferSyntax })), results);
      for (const [index, { result, transferSyntax }] of answered.entries()) {
        if (result === "acceptance") assert.ok(contexts[index]?.transferSyntaxes.includes(transferSyntax));
      }
    }),
    { seed: 42 },
  );
});

Deno.test("maximumSendLength() is the peer's, even, and never above the ceiling", () => {
  assert.equal(maximumSendLength(16384), 16384);
  assert.equal(maximumSendLength(16383), 16382);
  assert.equal(maximumSendLength(8), 8);
  assert.equal(maximumSendLength(0), 131072);
  assert.equal(maximumSendLength(0xFFFF_FFFF), 131072);
  assert.equal(maximumSendLength(0xFFFF_FFFF, 65536), 65536);
  assert.equal(maximumSendLength(0, 65536), 65536);
});

Deno.test("maximumSendLength() refuses a length that no PDV fits into", () => {
  for (const length of [1, 6, 7]) {
    assert.throws(() => maximumSendLength(length), {
      name: "PduError",
      reason: "invalid-pdu-parameter-value",
      message: `Cannot associate: the peer receives ${length} bytes a PDU, expected 0 or at least 8`,
    });
  }
});

Deno.test("answerRoleSelections() accepts at most what is proposed and offered", () => {
  const answered = answerRoleSelections([
    { sopClassUid: "1.1", scuRole: true, scpRole: true },
    { sopClassUid: "1.2", scuRole: false, scpRole: true },
    { sopClassUid: "1.3", scuRole: true, scpRole: true },
    { sopClassUid: "1.4", scuRole: true, scpRole: false },
  ], (sopClassUid) => sopClassUid === "1.4" ? undefined : { scu: sopClassUid !== "1.3", scp: true });
  assert.deepEqual(answered, [
    { sopClassUid: "1.1", scuRole: true, scpRole: true },
    { sopClassUid: "1.2", scuRole: false, scpRole: true },
    { sopClassUid: "1.3", scuRole: false, scpRole: true },
  ]);
});

Deno.test("requestorRoles() are what both sides said, and the default when one of them said nothing", () => {
  const both = withUserInformation({ roleSelections: [{ sopClassUid: CT, scuRole: true, scpRole: true }] });
  const scp = withUserInformation({ roleSelections: [{ sopClassUid: CT, scuRole: false, scpRole: true }] });
  const silent = withUserInformation({});
  assert.deepEqual(requestorRoles(both, scp, CT), { scu: false, scp: true });
  assert.deepEqual(requestorRoles(scp, both, CT), { scu: false, scp: true });
  assert.deepEqual(requestorRoles(both, silent, CT), { scu: true, scp: false });
  assert.deepEqual(requestorRoles(silent, both, CT), { scu: true, scp: false });
  assert.deepEqual(requestorRoles(both, both, "1.1"), { scu: true, scp: false });
});

Deno.test("answerWindow() is at most what is proposed, and absent where nothing is", () => {
  assert.deepEqual(answerWindow({ invoked: 8, performed: 2 }, { performed: 4, invoked: 3 }), {
    invoked: 4,
    performed: 2,
  });
  assert.deepEqual(answerWindow({ invoked: 0, performed: 0 }, { performed: 4, invoked: 0 }), {
    invoked: 4,
    performed: 0,
  });
  assert.deepEqual(answerWindow({ invoked: 5, performed: 1 }, { performed: 0, invoked: 0 }), {
    invoked: 5,
    performed: 1,
  });
  assert.equal(answerWindow(undefined, { performed: 4, invoked: 4 }), undefined);
});

Deno.test("agreedWindow() is the lesser of both, one where a side said nothing, Infinity where both say any", () => {
  const any = withUserInformation({ asynchronousOperationsWindow: { invoked: 0, performed: 0 } });
  const some = withUserInformation({ asynchronousOperationsWindow: { invoked: 5, performed: 3 } });
  const silent = withUserInformation({});
  assert.deepEqual(agreedWindow(any, some), { requestorInvokes: 5, acceptorInvokes: 3 });
  assert.deepEqual(agreedWindow(some, any), { requestorInvokes: 5, acceptorInvokes: 3 });
  assert.deepEqual(agreedWindow(any, any), { requestorInvokes: Infinity, acceptorInvokes: Infinity });
  assert.deepEqual(agreedWindow(any, silent), { requestorInvokes: 1, acceptorInvokes: 1 });
  assert.deepEqual(agreedWindow(silent, any), { requestorInvokes: 1, acceptorInvokes: 1 });
});

Deno.test("answerExtendedNegotiations() answers only what was proposed", () => {
  const applicationInformation = Uint8Array.of(1, 1);
  const [find, move] = [{ sopClassUid: "1.1", applicationInformation }, { sopClassUid: "1.2", applicationInformation }];
  assert.deepEqual(answerExtendedNegotiations([find], [move, find]), [find]);
  assert.deepEqual(answerExtendedNegotiations([], [move, find]), []);
});

function withUserInformation(information: Partial<UserInformation>): { userInformation: UserInformation } {
  return { userInformation: { maximumPduLength: 16384, implementationClassUid: "1.2.3", ...information } };
}
