import assert from "node:assert/strict";
import fc from "fast-check";
import type { PerformResponse } from "../../src/dimse/service.ts";
import * as Status from "../../src/dimse/status.ts";
import { PresentationContextError } from "../../src/dimse/presentation_context_error.ts";
import { AssociationAbortedError } from "../../src/errors.ts";
import { verification } from "../../src/services/verification.ts";
import { encodePdu } from "../../src/upper_layer/codec/pdu_encode.ts";
import type { AAbort, Pdu } from "../../src/upper_layer/pdu.ts";
import { FakeTime, settle } from "../support/fake_time.ts";
import {
  cancelRq,
  DATA,
  echoMessage,
  expectMessage,
  findMessage,
  findRsp,
  findService,
  gate,
  invokeEcho,
  invoking,
  nextMessage,
  performing,
  readAll,
  storeMessage,
  storeRsp,
  storeService,
} from "../support/providers.ts";
import {
  associateRq,
  commandPdv,
  concat,
  CT_IMAGE_STORAGE,
  dataPdv,
  echoRq,
  echoRsp,
  pData,
  storeRq,
  STUDY_ROOT_FIND,
  VERIFICATION,
} from "../support/scripted_peer.ts";

/** A requestor that is SCU and SCP of Verification, and an acceptor that agrees. */
const bothRoles = {
  options: { roles: () => ({ scu: true, scp: true }) },
  request: associateRq({
    userInformation: { roleSelections: [{ sopClassUid: VERIFICATION, scuRole: true, scpRole: true }] },
  }),
};

const success: PerformResponse = { status: Status.Success };

/** How an association can end under a handler's hands, as seen from it. */
const ends: Readonly<Record<string, { pdus?: Pdu[]; by: "peer" | "local"; source: AAbort["source"] | "transport" }>> = {
  "the peer aborts": {
    pdus: [{ type: "A-ABORT", source: "service-user", reason: "reason-not-specified" }],
    by: "peer",
    source: "service-user",
  },
  "the peer vanishes": { by: "peer", source: "transport" },
};

for (const [name, { pdus, by, source }] of Object.entries(ends)) {
  Deno.test(`DimseProvider tells a handler that reads when ${name}`, async () => {
    const { promise, resolve } = Promise.withResolvers<[unknown, AbortSignal]>();
    await using conversation = await performing([
      storeService(async (request) => {
        await readAll(request).catch((error) => resolve([error, request.signal]));
        return success;
      }),
    ]);
    const { peer, witness, association } = conversation;
    await peer.send(pData(commandPdv(3, storeRq(1)), dataPdv(3, DATA, false)));
    await settle();
    await (pdus === undefined ? peer.vanish() : peer.send(...pdus));
    const [error, signal] = await promise;
    assert.ok(error instanceof AssociationAbortedError);
    assert.deepEqual([error.by, error.source], [by, source]);
    await association.closed;
    await settle();
    assert.equal(signal.aborted, true);
    assert.deepEqual([witness.abort.by, witness.abort.source], [by, source]);
    assert.deepEqual(witness.outcomes, [{ status: undefined, error: error.message }]);
  });

  for (const released of [false, true]) {
    const when = released ? " after it has asked for a release" : "";
    Deno.test(`DimseProvider aborts the signal of a handler that works when ${name}${when}`, async () => {
      const { promise, resolve } = Promise.withResolvers<unknown>();
      await using conversation = await performing([
        storeService(async (request) => {
          await readAll(request);
          await new Promise((done) => request.signal.addEventListener("abort", done));
          resolve(request.signal.reason);
          return success;
        }),
      ]);
      const { peer, witness, association } = conversation;
      await peer.send(storeMessage(1), ...(released ? [{ type: "A-RELEASE-RQ" } as const] : []));
      await settle();
      assert.equal(association.state, released ? "Sta8" : "Sta6");
      await (pdus === undefined ? peer.vanish() : peer.send(...pdus));
      const error = await promise;
      assert.ok(error instanceof AssociationAbortedError);
      assert.deepEqual([error.by, error.source], [by, source]);
      await association.closed;
      await settle();
      assert.equal(witness.outcomes[0]?.status, undefined);
    });
  }
}

Deno.test("DimseProvider can be aborted by this side in the middle of a data set", async () => {
  let failure: unknown;
  await using conversation = await performing([
    storeService(async (request) => {
      await readAll(request).catch((error) => failure = error);
      return success;
    }),
  ]);
  const { peer, witness, association } = conversation;
  await peer.send(pData(commandPdv(3, storeRq(1)), dataPdv(3, DATA, false)));
  await settle();
  association.abort(new Error("operator said so"));
  await peer.expectAbort("service-user");
  await association.closed;
  await settle();
  assert.match(String(failure), /this side aborted the association \(operator said so\)/);
  assert.equal(witness.abort.by, "local");
  assert.deepEqual(witness.outcomes.map(({ status }) => status), [undefined]);
});

Deno.test("DimseProvider finishes what it performs before it agrees to a release", async () => {
  const slow = gate();
  await using conversation = await performing([
    storeService(async (request) => {
      await readAll(request);
      await slow.passed;
      return success;
    }),
  ]);
  const { peer, witness, association } = conversation;
  await peer.send(storeMessage(1), { type: "A-RELEASE-RQ" });
  await settle();
  assert.equal(association.state, "Sta8");
  slow.open();
  await expectMessage(peer, storeRsp(1, Status.Success));
  await peer.expect({ type: "A-RELEASE-RP" });
  await peer.expectClose();
  await association.closed;
  assert.deepEqual(witness.end, { how: "released", by: "peer" });
  assert.deepEqual(witness.outcomes, [{ status: Status.Success, error: undefined }]);
});

Deno.test("DimseProvider aborts when a peer sends on after it has asked for a release", async () => {
  await using conversation = await performing([
    storeService(async (request) => {
      await readAll(request);
      await new Promise((resolve) => request.signal.addEventListener("abort", resolve));
      return success;
    }),
  ]);
  const { peer, association, witness } = conversation;
  await peer.send(storeMessage(1), { type: "A-RELEASE-RQ" });
  await settle();
  await peer.send(echoMessage(2));
  await peer.expectAbort("service-provider", "unexpected-pdu");
  await association.closed;
  assert.match(witness.abort.error?.message ?? "", /P-DATA-TF: it is not expected in Sta8/);
});

Deno.test("DimseProvider invokes and performs on one association at once", async () => {
  await using conversation = await invoking({}, {}, [verification()]);
  const { peer } = conversation;
  const echoing = invokeEcho(conversation);
  await expectMessage(peer, echoRq(1));
  await peer.send(echoMessage(1));
  await expectMessage(peer, echoRsp(1));
  await peer.send(pData(commandPdv(1, echoRsp(1))));
  assert.equal((await echoing).command.status, Status.Success);
});

Deno.test("DimseProvider lets a service invoke operations in turn", async () => {
  const slow = gate();
  const services = [
    findService(async function* ({ provider }) {
      yield { status: Status.Pending };
      await slow.passed;
      await invokeEcho({ provider });
      yield success;
    }),
  ];
  await using conversation = await performing(services, bothRoles.options, bothRoles.request);
  const { peer } = conversation;
  await peer.send(findMessage(1));
  await expectMessage(peer, findRsp(1, Status.Pending));
  slow.open();
  await expectMessage(peer, echoRq(1));
  await peer.send(pData(commandPdv(1, echoRsp(1))));
  await expectMessage(peer, findRsp(1, Status.Success));
});

Deno.test("DimseProvider of an acceptor invokes nothing as SCU unless the peer asked for the SCP role", async () => {
  await using conversation = await performing([]);
  const { provider, peer } = conversation;
  assert.deepEqual(provider.roles(VERIFICATION), { scu: false, scp: true });
  await assert.rejects(invokeEcho(conversation), (error) => {
    assert.ok(error instanceof PresentationContextError);
    assert.equal(
      error.message,
      "Cannot send the C-ECHO-RQ: the peer did not ask for the SCP role of 1.2.840.10008.1.1",
    );
    return true;
  });
  const event = { affectedSopClassUid: VERIFICATION, affectedSopInstanceUid: "1.2", eventTypeId: 1 } as const;
  const reported = provider.invoke(provider.context(VERIFICATION), { type: "N-EVENT-REPORT-RQ", ...event });
  const { command } = await nextMessage(peer);
  assert.equal(command.type, "N-EVENT-REPORT-RQ");
  const answer = { type: "N-EVENT-REPORT-RSP", messageIdBeingRespondedTo: 1, status: 0, hasDataSet: false } as const;
  await peer.send(pData(commandPdv(1, answer)));
  assert.equal((await reported).command.status, Status.Success);
});

Deno.test("DimseProvider tells the roles and the extended negotiation that were agreed on", async () => {
  const extend = () => Uint8Array.of(1, 0);
  const asked = {
    roleSelections: [{ sopClassUid: CT_IMAGE_STORAGE, scuRole: true, scpRole: true }],
    extendedNegotiations: [{ sopClassUid: STUDY_ROOT_FIND, applicationInformation: Uint8Array.of(1, 1) }],
  };
  const roles = () => ({ scu: false, scp: true });
  await using conversation = await performing([], { roles, extend }, associateRq({ userInformation: asked }));
  const { provider } = conversation;
  assert.deepEqual(provider.roles(CT_IMAGE_STORAGE), { scu: true, scp: false });
  assert.deepEqual(provider.roles(VERIFICATION), { scu: false, scp: true });
  assert.deepEqual(provider.extendedNegotiation(STUDY_ROOT_FIND), Uint8Array.of(1, 0));
  assert.equal(provider.extendedNegotiation(CT_IMAGE_STORAGE), undefined);
});

Deno.test("DimseProvider takes a C-CANCEL-RQ that wrongly has a data set", async () => {
  await using conversation = await performing([verification()]);
  const { peer } = conversation;
  const cancel = { ...cancelRq(1), hasDataSet: true } as const;
  await peer.send(pData(commandPdv(5, cancel), dataPdv(5, DATA)), echoMessage(2));
  await expectMessage(peer, echoRsp(2));
});

Deno.test("DimseProvider of an acceptor gives up a peer that asks for nothing, but not while it performs", async () => {
  using time = new FakeTime();
  const slow = gate();
  await using conversation = await performing([
    storeService(async (request) => {
      await readAll(request);
      await slow.passed;
      return success;
    }),
  ]);
  const { peer, association, witness } = conversation;
  await peer.send(storeMessage(1));
  await time.advance(900_000);
  assert.equal(association.state, "Sta6");
  slow.open();
  await expectMessage(peer, storeRsp(1, Status.Success));
  await time.advance(75_000);
  await peer.expectAbort("service-user");
  await association.closed;
  assert.match(witness.abort.error?.message ?? "", /nothing came in the idle phase/);
});

Deno.test("DimseProvider gives up a peer that falls silent inside a data set", async () => {
  using time = new FakeTime();
  await using conversation = await performing([storeService(async (request) => {
    await readAll(request);
    return success;
  })]);
  const { peer, association, witness } = conversation;
  await peer.send(pData(commandPdv(3, storeRq(1)), dataPdv(3, DATA, false)));
  for (let sent = 0; sent < 5; sent++) {
    await time.advance(45_000);
    await peer.send(pData(dataPdv(3, concat([DATA, DATA]), false)));
  }
  assert.equal(association.state, "Sta6");
  await time.advance(75_000);
  await peer.expectAbort("service-user");
  await association.closed;
  await settle();
  assert.match(witness.outcomes[0]?.error ?? "", /nothing came in the idle phase/);
});

Deno.test("DimseProvider answers the same, however the bytes of an association are split", async () => {
  const bytes = concat(
    [echoMessage(1), storeMessage(2), findMessage(3), echoMessage(4), { type: "A-RELEASE-RQ" } as const].map(encodePdu),
  );
  const services = [
    verification(),
    storeService(async (request) => ({ status: (await readAll(request)).length === 1000 ? 0 : 0xC000 })),
    findService(async function* () {
      yield { status: Status.Pending };
      yield success;
    }),
  ];
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 30 }), async (lengths) => {
      await using conversation = await performing(services);
      const { peer } = conversation;
      const sending = (async () => {
        for (let offset = 0, turn = 0; offset < bytes.length; turn++) {
          const length = lengths[turn % lengths.length]!;
          await peer.send(bytes.subarray(offset, offset + length));
          offset += length;
        }
      })();
      const answers = [
        echoRsp(1),
        storeRsp(2, Status.Success),
        findRsp(3, Status.Pending),
        findRsp(3, Status.Success),
        echoRsp(4),
      ];
      for (const answer of answers) assert.deepEqual((await nextMessage(peer)).command, answer);
      await peer.expect({ type: "A-RELEASE-RP" });
      await Promise.all([sending, peer.expectClose()]);
    }),
    { seed: 42, numRuns: 50 },
  );
});
