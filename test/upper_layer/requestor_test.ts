import assert from "node:assert/strict";
import { AssociationAbortedError, LimitError } from "../../src/errors.ts";
import { AssociationRejectedError } from "../../src/upper_layer/association_rejected_error.ts";
import type { AAssociateAc, AAssociateRj, AAssociateRq } from "../../src/upper_layer/pdu.ts";
import { initiateAssociation, type RequestorOptions } from "../../src/upper_layer/requestor.ts";
import { CONTEXTS, requested, Witness } from "../support/associations.ts";
import {
  APPLICATION_CONTEXT,
  associateAc,
  commandPdv,
  CT_IMAGE_STORAGE,
  echoRq,
  EXPLICIT_LITTLE_ENDIAN,
  IMPLICIT_LITTLE_ENDIAN,
  pData,
  type ScriptedPeer,
  scriptedPeer,
  STUDY_ROOT_FIND,
  VERIFICATION,
} from "../support/scripted_peer.ts";
import { until } from "../support/until.ts";

/** Asks for an association that a scripted peer does not give; resolves with the error and what observers saw. */
async function denied(play: (peer: ScriptedPeer) => Promise<void>, options: Partial<RequestorOptions> = {}) {
  const [connection, peer] = scriptedPeer();
  const witness = new Witness();
  const [error] = await Promise.all([
    initiateAssociation(connection, {
      calledAeTitle: "PEER",
      presentationContexts: CONTEXTS,
      observers: [witness.observe],
      ...options,
    }).then(() => assert.fail("there is an association"), (error: Error) => error),
    play(peer),
  ]);
  await untilEnded(witness);
  return { error, witness };
}

/** The connection is closed a few promises after the last word. */
async function untilEnded(witness: Witness): Promise<void> {
  await until("the association has ended", () => witness.types.at(-1) === "association-ended");
}

Deno.test("initiateAssociation() proposes what it is asked to, and introduces itself", async () => {
  const { association, peer, request } = await requested({ callingAeTitle: "WARD 7", maxPduLength: 32768 });
  const { implementationClassUid, implementationVersionName, ...more } = request.userInformation;
  assert.match(implementationClassUid, /^[12]\./);
  assert.match(implementationVersionName ?? "", /^GANTRY/);
  // Nothing else is negotiated unasked.
  assert.deepEqual(more, { maximumPduLength: 32768 });
  assert.deepEqual(request, {
    type: "A-ASSOCIATE-RQ",
    protocolVersion: 1,
    calledAeTitle: "PEER",
    callingAeTitle: "WARD 7",
    applicationContextName: APPLICATION_CONTEXT,
    presentationContexts: CONTEXTS.map((context, index) => ({ id: 2 * index + 1, ...context })),
    userInformation: request.userInformation,
  });
  assert.equal(association.info.callingAeTitle, "WARD 7");
  assert.equal(association.info.calledAeTitle, "PEER");
  association.abort();
  await peer.expectAbort("service-user");
});

Deno.test("initiateAssociation() calls itself GANTRY and takes PDUs of 128 KiB when nothing is said", async () => {
  const { association, peer, request } = await requested();
  assert.equal(request.callingAeTitle, "GANTRY");
  assert.equal(request.userInformation.maximumPduLength, 131072);
  association.abort();
  await peer.expectAbort("service-user");
});

Deno.test("initiateAssociation() negotiates roles, windows, extensions and identity", async () => {
  const asked: Partial<RequestorOptions> & Partial<AAssociateRq["userInformation"]> = {
    roleSelections: [{ sopClassUid: CT_IMAGE_STORAGE, scuRole: true, scpRole: true }],
    extendedNegotiations: [{ sopClassUid: STUDY_ROOT_FIND, applicationInformation: Uint8Array.of(1) }],
    commonExtendedNegotiations: [
      { sopClassUid: CT_IMAGE_STORAGE, serviceClassUid: "1.2.840.10008.4.2", relatedGeneralSopClassUids: [] },
    ],
    userIdentity: {
      type: "username-and-passcode",
      positiveResponseRequested: false,
      primaryField: Uint8Array.of(0x61),
      secondaryField: Uint8Array.of(0x62),
    },
  };
  const { association, peer, request } = await requested(
    { ...asked, operations: { invoked: 4, performed: 0 } },
    { userInformation: { asynchronousOperationsWindow: { invoked: 2, performed: 3 } } },
  );
  const { asynchronousOperationsWindow, roleSelections, userIdentity, ...more } = request.userInformation;
  assert.deepEqual(asynchronousOperationsWindow, { invoked: 4, performed: 0 });
  assert.deepEqual(roleSelections, asked.roleSelections);
  assert.deepEqual(userIdentity, asked.userIdentity);
  assert.deepEqual(more.extendedNegotiations, asked.extendedNegotiations);
  assert.deepEqual(more.commonExtendedNegotiations, asked.commonExtendedNegotiations);
  assert.equal(association.agreement.maximumInvoked, 2);
  assert.equal(association.agreement.maximumPerformed, 3);
  association.abort();
  await peer.expectAbort("service-user");
});

Deno.test("initiateAssociation() has one operation outstanding when the peer does not answer about more", async () => {
  const { association, peer } = await requested({ operations: { invoked: 4, performed: 4 } });
  assert.equal(association.agreement.maximumInvoked, 1);
  assert.equal(association.agreement.maximumPerformed, 1);
  association.abort();
  await peer.expectAbort("service-user");
});

Deno.test("initiateAssociation() knows which contexts were accepted, in what transfer syntax", async () => {
  const { association, peer, witness } = await requested({}, {
    presentationContexts: [
      { id: 5, result: "acceptance", transferSyntax: IMPLICIT_LITTLE_ENDIAN },
      { id: 1, result: "user-rejection", transferSyntax: "" },
      { id: 3, result: "acceptance", transferSyntax: IMPLICIT_LITTLE_ENDIAN },
    ],
    userInformation: { implementationVersionName: "THEIRS_9" },
  });
  const contexts = association.agreement.contexts.map(({ id, abstractSyntax, transferSyntax }) =>
    `${id} ${abstractSyntax} ${transferSyntax}`
  );
  assert.deepEqual(contexts, [
    `3 ${CT_IMAGE_STORAGE} ${IMPLICIT_LITTLE_ENDIAN}`,
    `5 ${STUDY_ROOT_FIND} ${IMPLICIT_LITTLE_ENDIAN}`,
  ]);
  assert.equal(association.info.implementationVersionName, "THEIRS_9");
  assert.deepEqual(witness.types, ["association-opened", "association-established"]);
  assert.equal(association.info.state, "Sta6");
  association.abort();
  await peer.expectAbort("service-user");
});

Deno.test("initiateAssociation() takes a context that is not answered as refused", async () => {
  const { association, peer } = await requested({}, {
    presentationContexts: [{ id: 1, result: "acceptance", transferSyntax: IMPLICIT_LITTLE_ENDIAN }],
  });
  assert.deepEqual(association.agreement.contexts.map(({ id }) => id), [1]);
  association.abort();
  await peer.expectAbort("service-user");
});

const REJECTIONS: readonly Omit<AAssociateRj, "type">[] = [
  { result: "rejected-permanent", source: "service-user", reason: "called-ae-title-not-recognized" },
  { result: "rejected-transient", source: "service-provider-presentation", reason: "local-limit-exceeded" },
  { result: "rejected-permanent", source: "service-provider-acse", reason: "no-reason-given" },
];

for (const rejection of REJECTIONS) {
  Deno.test(`initiateAssociation() tells of ${rejection.reason} by the ${rejection.source}`, async () => {
    const { error, witness } = await denied(async (peer) => {
      await peer.expectType("A-ASSOCIATE-RQ");
      await peer.send({ type: "A-ASSOCIATE-RJ", ...rejection });
      await peer.expectClose();
    });
    assert.ok(error instanceof AssociationRejectedError);
    const { result, source, reason } = error;
    assert.deepEqual({ result, source, reason }, rejection);
    assert.deepEqual(witness.types, ["association-opened", "association-ended"]);
    assert.deepEqual(witness.end, { how: "rejected", by: "peer", ...rejection });
  });
}

Deno.test("initiateAssociation() tells of a peer that aborts instead of answering", async () => {
  const { error, witness } = await denied(async (peer) => {
    await peer.expectType("A-ASSOCIATE-RQ");
    await peer.send({ type: "A-ABORT", source: "service-provider", reason: "unexpected-pdu" });
  });
  assert.ok(error instanceof AssociationAbortedError);
  assert.deepEqual([error.by, error.source, error.reason], ["peer", "service-provider", "unexpected-pdu"]);
  assert.equal(
    error.message,
    "Cannot go on: the peer aborted the association (service-provider, unexpected-pdu)",
  );
  assert.equal(witness.abort.by, "peer");
});

Deno.test("initiateAssociation() tells of a peer that closes instead of answering", async () => {
  const { error, witness } = await denied(async (peer) => {
    await peer.expectType("A-ASSOCIATE-RQ");
    await peer.close();
  });
  assert.ok(error instanceof AssociationAbortedError);
  assert.deepEqual([error.by, error.source], ["peer", "transport"]);
  assert.deepEqual([witness.abort.by, witness.abort.source], ["peer", "transport"]);
});

/** What is no answer, and what the peer is told. */
const NO_ANSWERS: readonly [string, (peer: ScriptedPeer) => Promise<void>, "unexpected-pdu" | "unrecognized-pdu"][] = [
  ["P-DATA-TF", (peer) => peer.send(pData(commandPdv(1, echoRq(1)))), "unexpected-pdu"],
  ["A-RELEASE-RQ", (peer) => peer.send({ type: "A-RELEASE-RQ" }), "unexpected-pdu"],
  ["HTTP", (peer) => peer.send(new TextEncoder().encode("HTTP/1.1 400 Bad Request\r\n\r\n")), "unrecognized-pdu"],
];

for (const [name, answer, reason] of NO_ANSWERS) {
  Deno.test(`initiateAssociation() aborts when the answer is ${name}`, async () => {
    const { error, witness } = await denied(async (peer) => {
      await peer.expectType("A-ASSOCIATE-RQ");
      await answer(peer);
      await peer.expectAbort("service-provider", reason);
    });
    assert.ok(error instanceof AssociationAbortedError);
    assert.deepEqual([error.by, error.source, error.reason], ["local", "service-provider", reason]);
    assert.equal(witness.abort.reason, reason);
  });
}

/** Answers to what was not asked. */
const WRONG_ANSWERS: readonly [string, Partial<AAssociateAc>, RegExp][] = [
  [
    "a context that was not proposed",
    { presentationContexts: [{ id: 7, result: "acceptance", transferSyntax: IMPLICIT_LITTLE_ENDIAN }] },
    /presentation context 7 was not proposed/,
  ],
  [
    "a transfer syntax that was not proposed",
    { presentationContexts: [{ id: 1, result: "acceptance", transferSyntax: EXPLICIT_LITTLE_ENDIAN }] },
    /presentation context 1 is accepted with 1\.2\.840\.10008\.1\.2\.1, which was not proposed for it/,
  ],
  [
    "a maximum PDU length that holds nothing",
    { userInformation: { maximumPduLength: 6, implementationClassUid: "1.2.3" } },
    /the peer receives 6 bytes a PDU, expected 0 or at least 8/,
  ],
];

for (const [name, changes, problem] of WRONG_ANSWERS) {
  Deno.test(`initiateAssociation() aborts when the answer holds ${name}`, async () => {
    const { error, witness } = await denied(async (peer) => {
      await peer.send(associateAc(await peer.expectType("A-ASSOCIATE-RQ"), changes));
      await peer.expectAbort("service-provider", "invalid-pdu-parameter-value");
    });
    assert.ok(error instanceof AssociationAbortedError);
    assert.deepEqual([error.by, error.reason], ["local", "invalid-pdu-parameter-value"]);
    assert.match(error.message, problem);
    assert.deepEqual(witness.types, ["association-opened", "association-ended"]);
  });
}

const SEND_LENGTHS: readonly [announced: number, used: number][] = [[16, 16], [0, 131072], [4097, 4096]];

for (const [announced, used] of SEND_LENGTHS) {
  Deno.test(`initiateAssociation() sends PDUs of ${used} bytes to a peer that announces ${announced}`, async () => {
    const { association, peer } = await requested({}, { userInformation: { maximumPduLength: announced } });
    assert.equal(association.maximumSendLength, used);
    association.abort();
    await peer.expectAbort("service-user");
  });
}

const context = { abstractSyntax: VERIFICATION, transferSyntaxes: [IMPLICIT_LITTLE_ENDIAN] };

/** What can't be asked. */
const UNWRITABLE: readonly [string, Partial<RequestorOptions>, RegExp][] = [
  ["an empty called AE title", { calledAeTitle: "" }, /the called AE title is empty/],
  ["an AE title of 17 characters", { callingAeTitle: "ABCDEFGHIJKLMNOPQ" }, /Cannot encode A-ASSOCIATE-RQ/],
  ["no presentation context", { presentationContexts: [] }, /presentation context/],
  ["129 presentation contexts", { presentationContexts: Array(129).fill(context) }, /at most 128/],
  ["no transfer syntax", { presentationContexts: [{ ...context, transferSyntaxes: [] }] }, /transfer syntax/],
];

for (const [name, options, problem] of UNWRITABLE) {
  Deno.test(`initiateAssociation() with ${name} fails, and says nothing to the peer`, async () => {
    const { error, witness } = await denied(async (peer) => {
      assert.equal(await peer.receive(), undefined);
    }, options);
    assert.ok(error instanceof RangeError);
    assert.match(error.message, problem);
    assert.equal(witness.abort.by, "local");
  });
}

Deno.test("initiateAssociation() names the limit of presentation contexts", async () => {
  const { error } = await denied(async (peer) => void await peer.receive(), {
    presentationContexts: Array(129).fill(context),
  });
  assert.ok(error instanceof LimitError);
  assert.deepEqual([error.limit, error.maximum], ["presentationContexts", 128]);
});

Deno.test("initiateAssociation() numbers 128 contexts from 1 to 255", async () => {
  const { association, peer, request } = await requested({ presentationContexts: Array(128).fill(context) });
  assert.deepEqual(request.presentationContexts.map(({ id }) => id), Array.from({ length: 128 }, (_, n) => 2 * n + 1));
  assert.equal(association.agreement.contexts.length, 128);
  association.abort();
  await peer.expectAbort("service-user");
});

Deno.test("initiateAssociation() can be aborted before it starts", async () => {
  const signal = AbortSignal.abort(new Error("never mind"));
  const { error, witness } = await denied(async (peer) => assert.equal(await peer.receive(), undefined), { signal });
  assert.ok(error instanceof AssociationAbortedError);
  assert.equal(error.by, "local");
  assert.match(error.message, /never mind/);
  assert.equal(witness.abort.by, "local");
});

Deno.test("initiateAssociation() can be aborted while it waits for the answer", async () => {
  const stop = new AbortController();
  const { error, witness } = await denied(async (peer) => {
    await peer.expectType("A-ASSOCIATE-RQ");
    stop.abort(new Error("never mind"));
    await peer.expectAbort("service-user");
  }, { signal: stop.signal });
  assert.ok(error instanceof AssociationAbortedError);
  assert.match(error.message, /never mind/);
  assert.deepEqual([witness.abort.by, witness.abort.source], ["local", "service-user"]);
});

Deno.test("initiateAssociation() can be aborted once the association is there", async () => {
  const stop = new AbortController();
  const { association, peer, witness } = await requested({ signal: stop.signal });
  stop.abort(new Error("never mind"));
  await peer.expectAbort("service-user");
  await association.closed;
  assert.match(witness.abort.error?.message ?? "", /never mind/);
});
