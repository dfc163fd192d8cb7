import assert from "node:assert/strict";
import * as Status from "../../src/dimse/status.ts";
import { AssociationAbortedError, DeadlineError } from "../../src/errors.ts";
import { store } from "../../src/services/storage.ts";
import { echo, verification } from "../../src/services/verification.ts";
import { FakeTime } from "../support/fake_time.ts";
import {
  DATA,
  echoMessage,
  expectMessage,
  findRsp,
  invokeFind,
  invoking,
  nextMessage,
  performing,
  readAll,
  storeRsp,
} from "../support/providers.ts";
import {
  commandPdv,
  CT_IMAGE_STORAGE,
  dataPdv,
  echoRsp,
  EXPLICIT_LITTLE_ENDIAN,
  pData,
} from "../support/scripted_peer.ts";

/** Whether an error is that of the response's deadline, 60 s. */
function isLate(error: unknown): boolean {
  const cause = error instanceof AssociationAbortedError ? error.cause : undefined;
  return cause instanceof DeadlineError && cause.phase === "response" && cause.milliseconds === 60_000;
}

const withDataSet = { hasDataSet: true } as const;

Deno.test("store() and echo() end by the response deadline when a response announces a data set that never comes", async () => {
  for (const begun of [false, true]) {
    for (const service of ["C-STORE", "C-ECHO"]) {
      using time = new FakeTime();
      const conversation = await invoking({ timeouts: { idle: 0 } });
      const { provider, peer, association } = conversation;
      const instance = {
        sopClassUid: CT_IMAGE_STORAGE,
        sopInstanceUid: "1.2.3",
        transferSyntax: EXPLICIT_LITTLE_ENDIAN,
        dataSet: DATA,
      };
      const waiting = assert.rejects(service === "C-STORE" ? store(provider, instance) : echo(provider), isLate);
      const { command } = await nextMessage(peer);
      assert.ok("messageId" in command);
      const response = service === "C-STORE" ? storeRsp(command.messageId, Status.Success) : echoRsp(command.messageId);
      await time.advance(50_000);
      await peer.send(pData(commandPdv(3, { ...response, ...withDataSet } as typeof response)));
      if (begun) {
        await time.advance(50_000);
        await peer.send(pData(dataPdv(3, DATA, false)));
      }
      await time.advance(59_999);
      assert.equal(association.state, "Sta6");
      await time.advance(1);
      await waiting;
      await peer.expectAbort("service-user");
      await association.closed;
      assert.equal(time.pending, 0);
    }
  }
});

Deno.test("A pending response whose data set stops coming ends by the response deadline", async () => {
  using time = new FakeTime();
  const { peer, association, ...conversation } = await invoking({ timeouts: { idle: 0 } });
  const finding = assert.rejects(
    invokeFind({ peer, association, ...conversation }, {
      onPending: async ({ dataSet }) => void await readAll({ dataSet }),
    }),
    isLate,
  );
  await nextMessage(peer);
  await peer.send(pData(commandPdv(5, findRsp(1, Status.Pending, true)), dataPdv(5, DATA, false)));
  await time.advance(60_000);
  await finding;
  await peer.expectAbort("service-user");
  await association.closed;
  assert.equal(time.pending, 0);
});

Deno.test("Who takes long to read a response's data set that has come isn't cut off", async () => {
  using time = new FakeTime();
  await using conversation = await invoking({ timeouts: { idle: 0 } });
  const { peer } = conversation;
  const { promise: slow, resolve: goOn } = Promise.withResolvers<void>();
  const finding = invokeFind(conversation, {
    onPending: async ({ dataSet }) => {
      await slow;
      assert.deepEqual(await readAll({ dataSet }), DATA);
    },
  });
  await nextMessage(peer);
  const sending = peer.send(pData(commandPdv(5, findRsp(1, Status.Pending, true)), dataPdv(5, DATA)));
  await time.advance(1_000_000);
  goOn();
  await sending;
  await peer.send(pData(commandPdv(5, findRsp(1, Status.Success))));
  assert.equal((await finding).command.status, Status.Success);
});

Deno.test("An association that lies idle is aborted by its acceptor, 60 to 75 s after the last response", async () => {
  using time = new FakeTime();
  const { peer, association, witness } = await performing([verification()]);
  await time.advance(50_000);
  await peer.send(echoMessage(1));
  await expectMessage(peer, echoRsp(1));
  await time.advance(59_000);
  let seconds = 59;
  for (; association.state === "Sta6" && seconds < 100; seconds++) await time.advance(1_000);
  assert.ok(seconds > 60 && seconds <= 75, `it took ${seconds} s`);
  await peer.expectAbort("service-user");
  await association.closed;
  assert.match(witness.abort.error?.message ?? "", /nothing came in the idle phase for 60000 ms/);
  assert.equal(time.pending, 0);
});

Deno.test("An association that lies idle is kept by its requestor for as long as the acceptor keeps it", async () => {
  using time = new FakeTime();
  const { peer, association, provider } = await invoking();
  const echoing = echo(provider);
  const { command } = await nextMessage(peer);
  assert.ok("messageId" in command);
  await peer.send(pData(commandPdv(1, echoRsp(command.messageId))));
  await echoing;
  await time.advance(60 * 60 * 1000);
  assert.equal(association.state, "Sta6");
  await peer.send({ type: "A-ABORT", source: "service-user", reason: "reason-not-specified" });
  await peer.expectClose();
  assert.equal((await association.closed).by, "peer");
  assert.equal(time.pending, 0);
});
