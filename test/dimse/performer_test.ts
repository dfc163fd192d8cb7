import assert from "node:assert/strict";
import type { PerformResponse } from "../../src/dimse/service.ts";
import * as Status from "../../src/dimse/status.ts";
import { AssociationAbortedError, DimseStatusError } from "../../src/errors.ts";
import { verification } from "../../src/services/verification.ts";
import { settle } from "../support/fake_time.ts";
import {
  DATA,
  echoMessage,
  expectMessage,
  findMessage,
  findRsp,
  gate,
  nextMessage,
  performing,
  readAll,
  storeMessage,
  storeRsp,
  storeService,
} from "../support/providers.ts";
import { commandPdv, dataPdv, echoRq, echoRsp, pData, storeRq } from "../support/scripted_peer.ts";

const success: PerformResponse = { status: Status.Success };

Deno.test("Performer gives a request to its service and sends the response", async () => {
  const seen: unknown[] = [];
  await using conversation = await performing([
    verification(),
    storeService(async (request) => {
      const { association, context, command, signal } = request;
      seen.push(association.callingAeTitle, context.id, command, signal.aborted, await readAll(request));
      return { status: Status.CoercionOfDataElements, errorComment: "tidied up" };
    }),
  ]);
  const { peer, witness } = conversation;
  await peer.send(storeMessage(7));
  await expectMessage(peer, storeRsp(7, Status.CoercionOfDataElements, "tidied up"));
  assert.deepEqual(seen, ["PEER", 3, storeRq(7), false, DATA]);
  await peer.send(echoMessage(8));
  await expectMessage(peer, echoRsp(8));
  await settle();
  assert.deepEqual(witness.types.slice(2), [
    "operation-started",
    "operation-ended",
    "operation-started",
    "operation-ended",
  ]);
  const [started, ended] = witness.events.slice(2);
  assert.ok(started?.type === "operation-started" && ended?.type === "operation-ended");
  assert.deepEqual(started.operation, {
    service: "C-STORE",
    role: "performed",
    messageId: 7,
    sopClassUid: "1.2.840.10008.5.1.4.1.1.2",
    sopInstanceUid: "1.2.3",
  });
  assert.equal(ended.operation, started.operation);
  const { milliseconds, ...outcome } = ended.outcome;
  assert.deepEqual(outcome, { status: Status.CoercionOfDataElements, bytes: 1000 });
  assert.ok(milliseconds >= 0);
});

/** What a handler throws, and what the peer is told. */
const failures: readonly [name: string, thrown: unknown, status: number, comment?: string][] = [
  ["an error", new Error("password is 1234"), Status.ProcessingFailure],
  ["no error at all", "password is 1234", Status.ProcessingFailure],
  ["nothing", undefined, Status.ProcessingFailure],
  ["a status", new DimseStatusError("password is 1234", { status: Status.NotAuthorized }), Status.NotAuthorized],
  [
    "a status with a comment",
    new DimseStatusError("password is 1234", { status: Status.OutOfResources, comment: "disk full" }),
    Status.OutOfResources,
    "disk full",
  ],
  [
    "the end of another association",
    new AssociationAbortedError("password is 1234", { source: "transport", by: "peer" }),
    Status.ProcessingFailure,
  ],
];

for (const [name, thrown, status, comment] of failures) {
  const throwing: Readonly<Record<string, () => Promise<PerformResponse>>> = {
    "when called": () => {
      throw thrown;
    },
    later: () => Promise.reject(thrown),
  };
  for (const [when, perform] of Object.entries(throwing)) {
    Deno.test(`Performer answers ${name}, thrown ${when}, with its status and no word of what it says`, async () => {
      await using conversation = await performing([storeService(perform)]);
      const { peer, witness } = conversation;
      await peer.send(storeMessage(1));
      await expectMessage(peer, storeRsp(1, status, comment));
      await settle();
      const [outcome] = witness.outcomes;
      assert.equal(outcome?.status, status);
      assert.equal(outcome?.error, thrown instanceof Error ? "password is 1234" : undefined);
    });
  }
}

Deno.test("Performer answers with a failure when a service's response can't be written", async () => {
  await using conversation = await performing([storeService(() => Promise.resolve({ status: 0x1_0000 }))]);
  const { peer, witness } = conversation;
  await peer.send(storeMessage(1));
  await expectMessage(peer, storeRsp(1, Status.ProcessingFailure));
  await settle();
  assert.equal(witness.outcomes[0]?.status, Status.ProcessingFailure);
  assert.match(witness.outcomes[0]?.error ?? "", /^Cannot write/);
});

Deno.test("Performer refuses what is no service of the presentation context", async () => {
  await using conversation = await performing([verification(), storeService(() => assert.fail("not asked for"))]);
  const { peer } = conversation;
  await peer.send(pData(commandPdv(3, echoRq(1))));
  await expectMessage(peer, echoRsp(1, Status.UnrecognizedOperation));
  await peer.send(pData(commandPdv(1, storeRq(2)), dataPdv(1, DATA)));
  await expectMessage(peer, storeRsp(2, Status.UnrecognizedOperation));
  await peer.send(findMessage(3));
  await expectMessage(peer, findRsp(3, Status.UnrecognizedOperation));
});

Deno.test("Performer reads on over a data set that its service leaves unread", async () => {
  await using conversation = await performing([verification(), storeService(() => Promise.resolve(success))]);
  const { peer } = conversation;
  await peer.send(pData(commandPdv(3, storeRq(1))));
  for (let sent = 0; sent < 20; sent++) await peer.send(pData(dataPdv(3, DATA, sent === 19)));
  await expectMessage(peer, storeRsp(1, Status.Success));
  await peer.send(echoMessage(2));
  await expectMessage(peer, echoRsp(2));
});

Deno.test("Performer responds only once all of the request has come", async () => {
  await using conversation = await performing([storeService(() => Promise.reject(new Error("no")))]);
  const { peer } = conversation;
  let answered = false;
  await peer.send(pData(commandPdv(3, storeRq(1)), dataPdv(3, DATA, false)));
  const answer = nextMessage(peer).then(({ command }) => {
    answered = true;
    return command;
  });
  await settle();
  assert.equal(answered, false);
  await peer.send(pData(dataPdv(3, DATA)));
  assert.deepEqual(await answer, storeRsp(1, Status.ProcessingFailure));
});

Deno.test("Performer takes no more from the connection than its service reads", async () => {
  const slow = gate();
  await using conversation = await performing([
    storeService(async (request) => {
      await slow.passed;
      assert.equal((await readAll(request)).length, 50_000);
      return success;
    }),
  ]);
  const { peer, association } = conversation;
  const { bytesReceived } = association.info;
  const sending = (async () => {
    await peer.send(pData(commandPdv(3, storeRq(1))));
    for (let sent = 0; sent < 50; sent++) await peer.send(pData(dataPdv(3, DATA, sent === 49)));
  })();
  await settle();
  assert.ok(association.info.bytesReceived - bytesReceived < 2000);
  slow.open();
  await sending;
  await expectMessage(peer, storeRsp(1, Status.Success));
});
