import assert from "node:assert/strict";
import type { CGetRq, CommandSet } from "../../src/dimse/command_set.ts";
import type { Unnumbered } from "../../src/dimse/provider.ts";
import * as Status from "../../src/dimse/status.ts";
import { settle } from "../support/fake_time.ts";
import {
  DATA,
  findRsp,
  invokeEcho,
  invokeFind,
  invokeStore,
  invoking,
  nextMessage,
  readAll,
  storeRsp,
} from "../support/providers.ts";
import {
  commandPdv,
  CT_IMAGE_STORAGE,
  dataPdv,
  echoRsp,
  findRq,
  pData,
  storeRq,
  STUDY_ROOT_FIND,
} from "../support/scripted_peer.ts";

Deno.test("Invoker sends a request and resolves with its response", async () => {
  await using conversation = await invoking();
  const { peer, witness } = conversation;
  const storing = invokeStore(conversation);
  assert.deepEqual(await nextMessage(peer), { contextId: 3, command: storeRq(1), dataSet: DATA });
  await peer.send(pData(commandPdv(3, storeRsp(1, Status.OutOfResources, "disk full"))));
  const { command, dataSet } = await storing;
  assert.deepEqual(command, storeRsp(1, Status.OutOfResources, "disk full"));
  assert.equal(dataSet, undefined);
  assert.deepEqual(witness.types.slice(2), ["operation-started", "operation-ended"]);
  const ended = witness.events.at(-1);
  assert.ok(ended?.type === "operation-ended");
  assert.deepEqual([ended.operation.service, ended.operation.role], ["C-STORE", "invoked"]);
  assert.deepEqual([ended.outcome.status, ended.outcome.bytes, ended.outcome.error], [0xA700, 1000, undefined]);
});

Deno.test("Invoker numbers its requests", async () => {
  await using conversation = await invoking();
  for (const messageId of [1, 2, 3]) {
    const echoing = invokeEcho(conversation);
    const { command } = await nextMessage(conversation.peer);
    assert.equal("messageId" in command && command.messageId, messageId);
    await conversation.peer.send(pData(commandPdv(1, echoRsp(messageId))));
    assert.equal((await echoing).command.status, Status.Success);
  }
});

Deno.test("Invoker shows pending responses and reads nothing before each has been dealt with", async () => {
  await using conversation = await invoking();
  const { peer } = conversation;
  const seen: (number | undefined)[] = [];
  const { promise: slow, resolve: goOn } = Promise.withResolvers<void>();
  const finding = invokeFind(conversation, {
    onPending: async (response) => {
      const identifier = await readAll({ dataSet: response.dataSet });
      seen.push(identifier[0]);
      if (seen.length === 1) await slow;
    },
  });
  assert.deepEqual((await nextMessage(peer)).command, findRq(1));
  const pending = (match: number) => [
    pData(commandPdv(5, findRsp(1, Status.Pending, true))),
    pData(dataPdv(5, Uint8Array.of(match, 0))),
  ];
  await peer.send(...pending(10), ...pending(11));
  await settle();
  assert.deepEqual(seen, [10]);
  goOn();
  await peer.send(...pending(12), pData(commandPdv(5, findRsp(1, Status.Success))));
  assert.equal((await finding).command.status, Status.Success);
  assert.deepEqual(seen, [10, 11, 12]);
});

Deno.test("Invoker reads over the data sets of pending responses that nobody reads", async () => {
  await using conversation = await invoking();
  const { peer } = conversation;
  const finding = [invokeFind(conversation), invokeFind(conversation, { onPending: () => {} })];
  for (const [index, found] of finding.entries()) {
    await nextMessage(peer);
    await peer.send(
      pData(commandPdv(5, findRsp(index + 1, Status.Pending, true)), dataPdv(5, DATA, false)),
      pData(dataPdv(5, DATA)),
      pData(commandPdv(5, findRsp(index + 1, Status.Success))),
    );
    assert.equal((await found).command.status, Status.Success);
  }
});

Deno.test("Invoker lets its caller read the data set of the final response", async () => {
  await using conversation = await invoking();
  const { peer } = conversation;
  const finding = invokeFind(conversation);
  await nextMessage(peer);
  await peer.send(pData(commandPdv(5, findRsp(1, Status.Success, true)), dataPdv(5, DATA)));
  const { dataSet } = await finding;
  assert.deepEqual(await readAll({ dataSet }), DATA);
});

Deno.test("Invoker has one operation outstanding where no window is negotiated; others wait their turn", async () => {
  await using conversation = await invoking();
  const { peer, witness } = conversation;
  const echoes = [invokeEcho(conversation), invokeEcho(conversation), invokeEcho(conversation)];
  for (const messageId of [1, 2, 3]) {
    const { command } = await nextMessage(peer);
    assert.equal("messageId" in command && command.messageId, messageId);
    await settle();
    assert.equal(witness.types.filter((type) => type === "operation-started").length, messageId);
    await peer.send(pData(commandPdv(1, echoRsp(messageId))));
  }
  await Promise.all(echoes);
});

const window = { asynchronousOperationsWindow: { invoked: 3, performed: 1 } };

Deno.test("Invoker has as many operations outstanding as were negotiated, and takes responses in any order", async () => {
  await using conversation = await invoking({ operations: { invoked: 5, performed: 1 } }, { userInformation: window });
  const { peer, witness } = conversation;
  const order: number[] = [];
  const echoes = [1, 2, 3, 4].map((id) => invokeEcho(conversation).then(() => order.push(id)));
  for (const _ of [1, 2, 3]) await nextMessage(peer);
  await settle();
  assert.equal(witness.types.filter((type) => type === "operation-started").length, 3);
  await peer.send(pData(commandPdv(1, echoRsp(2))));
  await nextMessage(peer);
  for (const messageId of [4, 1, 3]) await peer.send(pData(commandPdv(1, echoRsp(messageId))));
  await Promise.all(echoes);
  assert.deepEqual(order, [2, 4, 1, 3]);
});

Deno.test("DimseProvider.context() finds what was accepted, and says what was not", async () => {
  await using conversation = await invoking();
  const { provider } = conversation;
  assert.equal(provider.context(CT_IMAGE_STORAGE).id, 3);
  assert.throws(() => provider.context("1.2.3"), {
    name: "PresentationContextError",
    message: "Cannot use 1.2.3: the peer accepted no such presentation context",
    abstractSyntax: "1.2.3",
    transferSyntax: undefined,
  });
  assert.throws(() => provider.context(CT_IMAGE_STORAGE, "1.2.4"), {
    name: "PresentationContextError",
    message: `Cannot use ${CT_IMAGE_STORAGE} in transfer syntax 1.2.4: the peer accepted no such presentation context`,
    transferSyntax: "1.2.4",
  });
});

Deno.test("DimseProvider.invoke() takes requests of every type", async () => {
  await using conversation = await invoking();
  const { provider, peer } = conversation;
  const request: Unnumbered<CGetRq> = { type: "C-GET-RQ", affectedSopClassUid: STUDY_ROOT_FIND, priority: "low" };
  const getting = provider.invoke(provider.context(STUDY_ROOT_FIND), request, { dataSet: DATA });
  await nextMessage(peer);
  const response: CommandSet = {
    type: "C-GET-RSP",
    messageIdBeingRespondedTo: 1,
    hasDataSet: false,
    status: Status.Success,
    numberOfCompletedSuboperations: 3,
  };
  await peer.send(pData(commandPdv(5, response)));
  assert.deepEqual((await getting).command, response);
});
