import assert from "node:assert/strict";
import type { PerformResponse } from "../../src/dimse/service.ts";
import * as Status from "../../src/dimse/status.ts";
import { DimseStatusError } from "../../src/errors.ts";
import { verification } from "../../src/services/verification.ts";
import { settle } from "../support/fake_time.ts";
import {
  cancelRq,
  echoMessage,
  expectMessage,
  findMessage,
  findRsp,
  findService,
  gate,
  nextMessage,
  performing,
  readAll,
  storeMessage,
  storeRsp,
  storeService,
} from "../support/providers.ts";
import { associateRq, commandPdv, echoRsp, pData } from "../support/scripted_peer.ts";

const success: PerformResponse = { status: Status.Success };

async function* matches(count: number, final = Status.Success as number): AsyncGenerator<PerformResponse> {
  for (let match = 0; match < count; match++) yield { status: Status.Pending, dataSet: Uint8Array.of(match, 0) };
  yield { status: final };
}

Deno.test("Performer sends pending responses, then the final one", async () => {
  await using conversation = await performing([findService(() => matches(3))]);
  const { peer, witness } = conversation;
  await peer.send(findMessage(9));
  for (let match = 0; match < 3; match++) {
    assert.deepEqual(await nextMessage(peer), {
      contextId: 5,
      command: findRsp(9, Status.Pending, true),
      dataSet: Uint8Array.of(match, 0),
    });
  }
  await expectMessage(peer, findRsp(9, Status.Success));
  await settle();
  const ended = witness.events.at(-1);
  assert.ok(ended?.type === "operation-ended");
  assert.equal(ended.outcome.bytes, 1000 + 3 * 2);
});

Deno.test("Performer asks its service for no more responses than the peer takes", async () => {
  let made = 0;
  let ended = false;
  await using conversation = await performing([
    findService(async function* () {
      try {
        for (;;) yield { status: Status.Pending, dataSet: Uint8Array.of(0, made++ % 256) };
      } finally {
        ended = true;
      }
    }),
  ]);
  const { peer } = conversation;
  await peer.send(findMessage(1));
  await settle();
  assert.equal(made, 1);
  for (let taken = 0; taken < 5; taken++) await nextMessage(peer);
  await settle();
  assert.equal(made, 6);
  await peer.vanish();
  await settle();
  assert.equal(ended, true);
});

Deno.test("Performer sends nothing after a final response, whatever its service does", async () => {
  let ended = false;
  await using conversation = await performing([
    verification(),
    findService(async function* () {
      try {
        yield success;
        yield { status: Status.Pending };
      } finally {
        ended = true;
        await Promise.reject(new Error("in the end"));
      }
    }),
  ]);
  const { peer, witness } = conversation;
  await peer.send(findMessage(1));
  await expectMessage(peer, findRsp(1, Status.Success));
  await settle();
  assert.equal(ended, true);
  assert.deepEqual(witness.outcomes, [{ status: Status.Success, error: "in the end" }]);
  await peer.send(echoMessage(2));
  await expectMessage(peer, echoRsp(2));
});

const unfinished: Readonly<Record<string, () => AsyncIterable<PerformResponse> | Promise<PerformResponse>>> = {
  "only pending responses": async function* () {
    yield { status: Status.Pending };
  },
  "no response": async function* () {},
  "a pending response alone": () => Promise.resolve({ status: Status.Pending }),
};

for (const [name, perform] of Object.entries(unfinished)) {
  Deno.test(`Performer ends an operation whose service gives ${name} with a failure`, async () => {
    await using conversation = await performing([findService(perform)]);
    const { peer } = conversation;
    await peer.send(findMessage(1));
    if (name !== "no response") await expectMessage(peer, findRsp(1, Status.Pending));
    await expectMessage(peer, findRsp(1, Status.ProcessingFailure));
  });
}

Deno.test("Performer answers with a failure when a service fails between responses", async () => {
  await using conversation = await performing([
    findService(async function* () {
      yield { status: Status.Pending };
      throw new DimseStatusError("gone", { status: Status.UnableToProcess });
    }),
  ]);
  const { peer } = conversation;
  await peer.send(findMessage(1));
  await expectMessage(peer, findRsp(1, Status.Pending));
  await expectMessage(peer, findRsp(1, Status.UnableToProcess));
});

Deno.test("Performer tells its service of a C-CANCEL-RQ by the signal", async () => {
  await using conversation = await performing([
    findService(async function* ({ signal }) {
      yield { status: Status.Pending };
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      assert.equal((signal.reason as Error).name, "AbortError");
      yield { status: Status.Cancel };
    }),
  ]);
  const { peer } = conversation;
  await peer.send(findMessage(5));
  await expectMessage(peer, findRsp(5, Status.Pending));
  await peer.send(pData(commandPdv(5, cancelRq(4)))); // Of another operation.
  await peer.send(pData(commandPdv(5, cancelRq(5))));
  await expectMessage(peer, findRsp(5, Status.Cancel));
  await peer.send(pData(commandPdv(5, cancelRq(5)))); // Too late, which is no fault.
  await peer.send(findMessage(6));
  await expectMessage(peer, findRsp(6, Status.Pending));
});

Deno.test("Performer performs one operation at a time where no window is negotiated", async () => {
  const gates = [gate(), gate()];
  let begun = 0;
  await using conversation = await performing([
    storeService(async (request) => {
      await readAll(request);
      await gates[begun++]?.passed;
      return success;
    }),
  ]);
  const { peer } = conversation;
  await peer.send(storeMessage(1), storeMessage(2));
  await settle();
  assert.equal(begun, 1);
  gates[0]?.open();
  await expectMessage(peer, storeRsp(1, Status.Success));
  await settle();
  assert.equal(begun, 2);
  gates[1]?.open();
  await expectMessage(peer, storeRsp(2, Status.Success));
});

const windowOf = (invoked: number) =>
  associateRq({ userInformation: { asynchronousOperationsWindow: { invoked, performed: 1 } } });

Deno.test("Performer performs as many operations at once as were negotiated, and answers each when it is done", async () => {
  const gates = [gate(), gate(), gate()];
  let begun = 0;
  await using conversation = await performing(
    [storeService(async (request) => {
      await readAll(request);
      await gates[begun++]?.passed;
      return success;
    })],
    { operations: { invoked: 1, performed: 2 } },
    windowOf(5),
  );
  const { peer } = conversation;
  await peer.send(storeMessage(1), storeMessage(2), storeMessage(3));
  await settle();
  assert.equal(begun, 2);
  gates[1]?.open();
  await expectMessage(peer, storeRsp(2, Status.Success));
  await settle();
  assert.equal(begun, 3);
  gates[2]?.open();
  await expectMessage(peer, storeRsp(3, Status.Success));
  gates[0]?.open();
  await expectMessage(peer, storeRsp(1, Status.Success));
});

Deno.test("Performer refuses a message ID that is in use", async () => {
  const slow = gate();
  await using conversation = await performing(
    [storeService(async (request) => {
      await readAll(request);
      await slow.passed;
      return success;
    })],
    { operations: { invoked: 1, performed: 0 } },
    windowOf(0),
  );
  const { peer } = conversation;
  await peer.send(storeMessage(1), storeMessage(1));
  await expectMessage(peer, storeRsp(1, Status.DuplicateInvocation));
  slow.open();
  await expectMessage(peer, storeRsp(1, Status.Success));
  await peer.send(storeMessage(1));
  await expectMessage(peer, storeRsp(1, Status.Success));
});

Deno.test("Performer aborts when the data set of a response fails: such a message has no end", async () => {
  await using conversation = await performing([
    findService(() =>
      Promise.resolve({
        status: Status.Pending,
        dataSet: new ReadableStream({ pull: (controller) => controller.error(new Error("database gone")) }),
      })
    ),
  ]);
  const { peer, witness, association } = conversation;
  await peer.send(findMessage(1));
  await peer.expectAbort("service-user");
  await association.closed;
  assert.deepEqual(witness.outcomes, [{ status: undefined, error: "database gone" }]);
});
