import assert from "node:assert/strict";
import type { CommandSet } from "../../src/dimse/command_set.ts";
import * as Status from "../../src/dimse/status.ts";
import { AssociationAbortedError, AssociationStateError, DeadlineError } from "../../src/errors.ts";
import { FakeTime } from "../support/fake_time.ts";
import {
  cancelRq,
  DATA,
  expectMessage,
  findRsp,
  invokeEcho,
  invokeFind,
  invokeStore,
  invoking,
  nextMessage,
  storeRsp,
} from "../support/providers.ts";
import { commandPdv, dataPdv, echoRsp, pData } from "../support/scripted_peer.ts";

/** Responses that answer nothing. */
const strays: readonly [name: string, response: CommandSet][] = [
  ["an unknown message ID", echoRsp(99)],
  ["another type of operation", storeRsp(1, Status.Success)],
];

for (const [name, response] of strays) {
  Deno.test(`Invoker aborts at a response with ${name}`, async () => {
    await using conversation = await invoking();
    const { peer, witness, association } = conversation;
    const echoing = assert.rejects(invokeEcho(conversation), AssociationAbortedError);
    await nextMessage(peer);
    await peer.send(pData(commandPdv(1, response)));
    await peer.expectAbort("service-user");
    await Promise.all([echoing, association.closed]);
    assert.match(
      witness.abort.error?.message ?? "",
      /^Cannot take the C-(ECHO|STORE)-RSP: no such operation has message/,
    );
  });
}

Deno.test("Invoker cancels a C-FIND by a C-CANCEL-RQ and resolves with what the peer makes of it", async () => {
  await using conversation = await invoking();
  const { peer } = conversation;
  const stop = new AbortController();
  const finding = invokeFind(conversation, { signal: stop.signal });
  await nextMessage(peer);
  await peer.send(pData(commandPdv(5, findRsp(1, Status.Pending, true)), dataPdv(5, DATA)));
  stop.abort();
  await expectMessage(peer, cancelRq(1));
  await peer.send(pData(commandPdv(5, findRsp(1, Status.Cancel))));
  assert.equal((await finding).command.status, Status.Cancel);
});

Deno.test("Invoker aborts the association to stop what can't be cancelled", async () => {
  await using conversation = await invoking();
  const { peer, witness, association } = conversation;
  const stop = new AbortController();
  const echoing = assert.rejects(
    invokeEcho(conversation, { signal: stop.signal }),
    (error) => error instanceof AssociationAbortedError && /changed my mind/.test(error.message),
  );
  await nextMessage(peer);
  stop.abort(new Error("changed my mind"));
  await peer.expectAbort("service-user");
  await Promise.all([echoing, association.closed]);
  assert.equal(witness.outcomes[0]?.status, undefined);
});

Deno.test("Invoker sends nothing when its signal is aborted before, and lets go of the data set", async () => {
  await using conversation = await invoking();
  const { peer, association } = conversation;
  let cancelled: unknown;
  const dataSet = new ReadableStream<Uint8Array>({ cancel: (reason) => void (cancelled = reason) });
  const signal = AbortSignal.abort(new Error("never mind"));
  await assert.rejects(invokeStore(conversation, { dataSet, signal }), /never mind/);
  assert.equal(cancelled, signal.reason);
  assert.equal(association.state, "Sta6");
  const echoing = invokeEcho(conversation);
  await nextMessage(peer);
  await peer.send(pData(commandPdv(1, echoRsp(2))));
  await echoing;
});

Deno.test("Invoker fails all that is outstanding or waiting when the association ends", async () => {
  await using conversation = await invoking();
  const { peer } = conversation;
  const echoes = [1, 2, 3].map(() => assert.rejects(invokeEcho(conversation), AssociationAbortedError));
  await nextMessage(peer);
  await peer.send({ type: "A-ABORT", source: "service-provider", reason: "unexpected-pdu" });
  await Promise.all(echoes);
  await assert.rejects(invokeEcho(conversation), AssociationAbortedError);
});

Deno.test("Invoker fails what is outstanding when the peer releases instead of answering", async () => {
  await using conversation = await invoking();
  const { peer, witness, association } = conversation;
  const echoing = assert.rejects(
    invokeEcho(conversation),
    /^AssociationAbortedError: Cannot go on: the association was released$/,
  );
  await nextMessage(peer);
  await peer.release();
  await Promise.all([echoing, association.closed]);
  assert.deepEqual(witness.end, { how: "released", by: "peer" });
});

Deno.test("Invoker sends nothing after this side has asked for a release, but takes what is outstanding", async () => {
  await using conversation = await invoking();
  const { peer, association } = conversation;
  const echoing = invokeEcho(conversation);
  await nextMessage(peer);
  const releasing = association.release();
  const late = assert.rejects(invokeEcho(conversation), AssociationStateError);
  await peer.expect({ type: "A-RELEASE-RQ" });
  await peer.send(pData(commandPdv(1, echoRsp(1))), { type: "A-RELEASE-RP" });
  await Promise.all([echoing, late, releasing]);
  await assert.rejects(invokeEcho(conversation), AssociationStateError);
});

Deno.test("Invoker aborts when a data set fails on its way, and tells why", async () => {
  await using conversation = await invoking();
  const { peer, association } = conversation;
  const gone = new Error("the file is gone");
  const dataSet = new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(gone) });
  const storing = assert.rejects(invokeStore(conversation, { dataSet }), gone);
  await peer.expectAbort("service-user");
  await Promise.all([storing, association.closed]);
});

Deno.test("Invoker fails to send when the peer aborts in the middle of a data set", async () => {
  await using conversation = await invoking();
  const { peer } = conversation;
  let cancelled: unknown;
  const dataSet = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new Uint8Array(100_000)),
    cancel: (reason) => void (cancelled = reason),
  });
  const storing = assert.rejects(
    invokeStore(conversation, { dataSet }),
    (error) => error instanceof AssociationAbortedError && error.by === "peer" && error.source === "service-user",
  );
  await peer.receiveBytes();
  await peer.send({ type: "A-ABORT", source: "service-user", reason: "reason-not-specified" });
  await storing;
  assert.ok(cancelled instanceof AssociationAbortedError);
});

Deno.test("Invoker aborts when what sees pending responses throws", async () => {
  await using conversation = await invoking();
  const { peer } = conversation;
  const finding = assert.rejects(
    invokeFind(conversation, { onPending: () => Promise.reject(new Error("no room")) }),
    (error) => error instanceof AssociationAbortedError && /no room/.test(error.message),
  );
  await nextMessage(peer);
  await peer.send(pData(commandPdv(5, findRsp(1, Status.Pending, true)), dataPdv(5, DATA)));
  await peer.expectAbort("service-user");
  await finding;
});

Deno.test("Invoker waits 60 s for a response, anew after each pending one, then aborts", async () => {
  using time = new FakeTime();
  await using conversation = await invoking();
  const { peer, association, witness } = conversation;
  const finding = assert.rejects(
    invokeFind(conversation),
    (error) => error instanceof AssociationAbortedError && error.cause instanceof DeadlineError,
  );
  await nextMessage(peer);
  for (let match = 0; match < 3; match++) {
    await time.advance(59_000);
    await peer.send(pData(commandPdv(5, findRsp(1, Status.Pending, true)), dataPdv(5, DATA)));
  }
  await time.advance(59_999);
  assert.equal(association.state, "Sta6");
  await time.advance(1);
  await peer.expectAbort("service-user");
  await Promise.all([finding, association.closed]);
  const { error } = witness.abort;
  assert.ok(error instanceof DeadlineError);
  assert.deepEqual([error.phase, error.milliseconds], ["response", 60_000]);
  assert.equal(time.pending, 0);
});

Deno.test("Invoker does not count the time in which a pending response is dealt with", async () => {
  using time = new FakeTime();
  await using conversation = await invoking();
  const { peer, association } = conversation;
  const { promise: slow, resolve: goOn } = Promise.withResolvers<void>();
  const finding = invokeFind(conversation, { onPending: () => slow });
  await nextMessage(peer);
  await peer.send(pData(commandPdv(5, findRsp(1, Status.Pending, true)), dataPdv(5, DATA)));
  await time.advance(1_000_000);
  assert.equal(association.state, "Sta6");
  goOn();
  await peer.send(pData(commandPdv(5, findRsp(1, Status.Success))));
  await finding;
});

Deno.test("An idle association of a requestor stays", async () => {
  using time = new FakeTime();
  await using conversation = await invoking();
  await time.advance(1_000_000);
  assert.equal(conversation.association.state, "Sta6");
  const echoing = invokeEcho(conversation);
  await nextMessage(conversation.peer);
  await conversation.peer.send(pData(commandPdv(1, echoRsp(1))));
  await echoing;
});
