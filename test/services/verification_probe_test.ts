import assert from "node:assert/strict";
import * as UID from "../../src/dicom/generated/uid.ts";
import * as Status from "../../src/dimse/status.ts";
import { DeadlineError, TransportError } from "../../src/errors.ts";
import { probe, type ProbeOptions, type ProbeOutcome } from "../../src/services/verification_probe.ts";
import { FakeTime } from "../support/fake_time.ts";
import { expectMessage } from "../support/providers.ts";
import {
  associateAc,
  commandPdv,
  echoRq,
  echoRsp,
  IMPLICIT_LITTLE_ENDIAN,
  pData,
  type ScriptedPeer,
  scriptedPeer,
} from "../support/scripted_peer.ts";

type Play = (peer: ScriptedPeer) => Promise<void>;

/** Probes a peer that plays like that. */
async function probed(play: Play, options: Partial<ProbeOptions> = {}): Promise<ProbeOutcome[]> {
  const [connection, peer] = scriptedPeer();
  const [outcomes] = await Promise.all([
    Array.fromAsync(probe({
      connect: () => Promise.resolve(connection),
      calledAeTitle: "PEER",
      callingAeTitle: "GANTRY",
      ...options,
    })),
    play(peer),
  ]);
  return outcomes;
}

async function associate(peer: ScriptedPeer): Promise<void> {
  const request = await peer.expectType("A-ASSOCIATE-RQ");
  await peer.send(associateAc(request, { userInformation: { implementationVersionName: "THEIRS_9" } }));
}

async function answer(peer: ScriptedPeer, messageId: number, status = 0): Promise<void> {
  await expectMessage(peer, echoRq(messageId));
  await peer.send(pData(commandPdv(1, echoRsp(messageId, status))));
}

async function release(peer: ScriptedPeer): Promise<void> {
  await peer.expect({ type: "A-RELEASE-RQ" });
  await peer.send({ type: "A-RELEASE-RP" });
  await peer.expectClose();
}

/** An outcome, with the names of the phases in place of their times. */
function shown(outcome: ProbeOutcome) {
  for (const milliseconds of Object.values(outcome.timings)) assert.ok(milliseconds >= 0);
  return { ...outcome, timings: Object.keys(outcome.timings) };
}

const negotiated = {
  maximumPduLength: 16384,
  implementationClassUid: "1.2.3.4",
  implementationVersionName: "THEIRS_9",
  transferSyntax: IMPLICIT_LITTLE_ENDIAN,
};

Deno.test("probe() tells status, timings of every phase and what was negotiated", async () => {
  const outcomes = await probed(async (peer) => {
    const request = await peer.expectType("A-ASSOCIATE-RQ");
    assert.deepEqual(request.presentationContexts, [{
      id: 1,
      abstractSyntax: UID.Verification,
      transferSyntaxes: [UID.ImplicitVRLittleEndian, UID.ExplicitVRLittleEndian],
    }]);
    await peer.send(associateAc(request, { userInformation: { implementationVersionName: "THEIRS_9" } }));
    await answer(peer, 1, Status.SopClassNotSupported);
    await release(peer);
  });
  assert.deepEqual(outcomes.map(shown), [{
    outcome: "answered",
    status: Status.SopClassNotSupported,
    timings: ["connect", "associate", "echo", "release"],
    negotiated,
  }]);
});

Deno.test("probe() sends as many C-ECHOs as it is asked to, on one association", async () => {
  const outcomes = await probed(async (peer) => {
    await associate(peer);
    for (const messageId of [1, 2, 3]) await answer(peer, messageId);
    await release(peer);
  }, { repeat: 3 });
  assert.deepEqual(outcomes.map((outcome) => shown(outcome).timings), [
    ["connect", "associate", "echo"],
    ["echo"],
    ["echo", "release"],
  ]);
});

Deno.test("probe() times TLS apart from the connection", async () => {
  const [connection, peer] = scriptedPeer();
  const connect = (secure: () => void) => {
    secure();
    return Promise.resolve(connection);
  };
  const probing = probed(() => Promise.resolve(), { connect });
  await associate(peer);
  await answer(peer, 1);
  await release(peer);
  const [outcome] = await probing;
  assert.deepEqual(Object.keys(outcome?.timings ?? {}), ["connect", "tls", "associate", "echo", "release"]);
});

Deno.test("probe() counts a peer that fails to release as one that has answered", async () => {
  const [outcome] = await probed(async (peer) => {
    await associate(peer);
    await answer(peer, 1);
    await peer.expect({ type: "A-RELEASE-RQ" });
    await peer.vanish();
  });
  assert.equal(outcome?.outcome, "answered");
});

const refused = new TransportError("Cannot connect: connection refused", { phase: "connect" });
const untrusted = new TransportError("Cannot secure: unknown issuer", { phase: "tls" });

/** How a C-ECHO fails, and the phase and the word for it. */
const failures: readonly [name: string, play: Play, options: Partial<ProbeOptions>, phase: string, reason: string][] = [
  [
    "nobody listens",
    () => Promise.resolve(),
    { connect: () => Promise.reject(refused) },
    "connect",
    "connection-failed",
  ],
  ["TLS fails", () => Promise.resolve(), { connect: () => Promise.reject(untrusted) }, "tls", "tls-failed"],
  [
    "connecting takes too long",
    () => Promise.resolve(),
    { connect: () => Promise.reject(new DeadlineError("connect", 5)) },
    "connect",
    "timeout",
  ],
  [
    "the peer rejects",
    async (peer) => {
      await peer.expectType("A-ASSOCIATE-RQ");
      await peer.send({
        type: "A-ASSOCIATE-RJ",
        result: "rejected-permanent",
        source: "service-user",
        reason: "called-ae-title-not-recognized",
      });
    },
    {},
    "associate",
    "called-ae-title-not-recognized",
  ],
  [
    "the peer aborts",
    async (peer) => {
      await associate(peer);
      await expectMessage(peer, echoRq(1));
      await peer.send({ type: "A-ABORT", source: "service-user", reason: "reason-not-specified" });
    },
    {},
    "echo",
    "aborted-by-peer",
  ],
  [
    "the peer vanishes",
    async (peer) => {
      await associate(peer);
      await expectMessage(peer, echoRq(1));
      await peer.vanish();
    },
    {},
    "echo",
    "connection-closed",
  ],
  [
    "the peer speaks another protocol",
    async (peer) => {
      await peer.expectType("A-ASSOCIATE-RQ");
      await peer.send(new TextEncoder().encode("HTTP/1.1 400 Bad Request\r\n\r\n"));
      await peer.expectAbort("service-provider", "unrecognized-pdu");
    },
    {},
    "associate",
    "aborted-by-gateway",
  ],
  ["the AE title can't be sent", () => Promise.resolve(), { calledAeTitle: "" }, "associate", "not-sent"],
];

for (const [name, play, options, phase, reason] of failures) {
  Deno.test(`probe() says "${reason}" in the ${phase} phase when ${name}`, async () => {
    const outcomes = await probed(play, options);
    assert.equal(outcomes.length, 1);
    const [outcome] = outcomes;
    assert.ok(outcome?.outcome === "failed");
    assert.deepEqual([outcome.phase, outcome.reason, outcome.timedOut], [phase, reason, reason === "timeout"]);
    assert.match(outcome.detail, /^Cannot /);
  });
}

Deno.test("probe() says so when Verification is not accepted", async () => {
  const [outcome] = await probed(async (peer) => {
    const request = await peer.expectType("A-ASSOCIATE-RQ");
    const refusal = { id: 1, result: "abstract-syntax-not-supported", transferSyntax: "" } as const;
    await peer.send(associateAc(request, { presentationContexts: [refusal] }));
    await release(peer);
  });
  assert.ok(outcome?.outcome === "failed");
  assert.equal(outcome.reason, "verification-not-accepted");
});

Deno.test("probe() tells a peer that does not answer from one that answers wrongly", async () => {
  using time = new FakeTime();
  const [outcome] = await probed(async (peer) => {
    await associate(peer);
    await expectMessage(peer, echoRq(1));
    await time.advance(1000);
    await peer.expectAbort("service-user");
  }, { timeouts: { response: 1000 } });
  assert.ok(outcome?.outcome === "failed");
  assert.deepEqual([outcome.phase, outcome.reason, outcome.timedOut], ["echo", "timeout", true]);
  assert.deepEqual(outcome.negotiated, negotiated);
});

Deno.test("probe() stops at the first failure", async () => {
  const outcomes = await probed(async (peer) => {
    await associate(peer);
    await answer(peer, 1);
    await expectMessage(peer, echoRq(2));
    await peer.vanish();
  }, { repeat: 10 });
  assert.deepEqual(outcomes.map(({ outcome }) => outcome), ["answered", "failed"]);
});
