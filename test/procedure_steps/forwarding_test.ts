import assert from "node:assert/strict";
import { createMemoryDocuments } from "../../src/documents/memory_documents.ts";
import type { DocumentStore } from "../../src/documents/document_store.ts";
import {
  FORWARD_DELAYS,
  FORWARDED_FOR,
  type ForwardedOperation,
  Forwarding,
  type ForwardOutcome,
} from "../../src/procedure_steps/forwarding.ts";
import { ProcedureSteps } from "../../src/procedure_steps/procedure_steps.ts";
import { dataSetOf } from "../query/data_sets.ts";
import { FakeTime } from "../support/fake_time.ts";
import { creation, ending, FROM_CT1 } from "./steps.ts";

type Answer = (operation: ForwardedOperation) => ForwardOutcome | Promise<ForwardOutcome>;

const TAKEN: ForwardOutcome = { outcome: "taken" };

/** Timers and a clock that go on together. */
class Clock implements Disposable {
  readonly #time = new FakeTime();
  now = 1;

  async tick(milliseconds: number): Promise<void> {
    this.now += milliseconds;
    await this.#time.advance(milliseconds);
  }

  [Symbol.dispose](): void {
    this.#time[Symbol.dispose]();
  }
}

/** Steps that are forwarded to peers, each of which answers by a function that a test may change. */
function forward(time: Clock, peers: Record<string, Answer>, documents: DocumentStore = createMemoryDocuments()) {
  const sent: string[] = [];
  const errors: string[] = [];
  const steps: ProcedureSteps = new ProcedureSteps({
    documents,
    forwardTo: Object.keys(peers),
    onStep: () => {},
    onWaiting: (uid) => forwarding.add(uid),
    onError: (error) => errors.push(String(error)),
  });
  const forwarding: Forwarding = new Forwarding({
    peers: Object.keys(peers),
    steps,
    send: (peer, operation) => {
      const status = operation.dataSet.getText("PerformedProcedureStepStatus") ?? "-";
      sent.push(`${peer} ${operation.sopInstanceUid} ${operation.service} ${status}`);
      return Promise.resolve().then(() => peers[peer]!(operation));
    },
    onError: ({ message }) => errors.push(message),
    now: () => time.now,
  });
  return {
    ...{ steps, forwarding, sent, errors, documents, peers },
    create: (sopInstanceUid: string) => steps.create({ sopInstanceUid, dataSet: creation(), association: FROM_CT1 }),
    end: (sopInstanceUid: string) => steps.set({ sopInstanceUid, dataSet: ending(), association: FROM_CT1 }),
    forwards: async (uid: string) => (await steps.documents.get(uid))?.forwards,
    waiting: async (uid: string) => (await steps.documents.get(uid))?.waiting.length,
    unsettled: () => documents.collection("mpps-unsettled").count(),
    [Symbol.asyncDispose]: () => forwarding[Symbol.asyncDispose](),
  };
}

Deno.test("steps are forwarded in order, to each peer, and then nothing waits", async () => {
  using time = new Clock();
  await using given = forward(time, { A: () => TAKEN, B: () => TAKEN });
  await given.create("1.1");
  await given.end("1.1");
  await time.tick(1_000);
  assert.deepEqual(given.sent.filter((line) => line.startsWith("A")), [
    "A 1.1 N-CREATE IN PROGRESS",
    "A 1.1 N-SET COMPLETED",
  ]);
  assert.equal(given.sent.length, 4);
  assert.deepEqual([await given.waiting("1.1"), await given.unsettled()], [0, 0]);
  assert.deepEqual([...given.forwarding.waiting.values()], [0, 0]);
});

Deno.test("what a peer refuses is tried again, later each time, and the N-SET waits for its N-CREATE", async () => {
  using time = new Clock();
  await using given = forward(time, { A: () => ({ outcome: "refused", problem: "busy" }) });
  await given.create("1.1");
  await given.end("1.1");
  await time.tick(1_000);
  assert.deepEqual(given.sent, ["A 1.1 N-CREATE IN PROGRESS"]);
  for (const delay of FORWARD_DELAYS.slice(0, 3)) {
    const before = given.sent.length;
    await time.tick(delay - 2_000);
    assert.equal(given.sent.length, before);
    await time.tick(2_000);
    assert.equal(given.sent.length, before + 1);
  }
  assert.equal((await given.forwards("1.1"))?.A?.error, "busy");
  assert.deepEqual(given.errors, ["Cannot forward performed procedure steps to A, and tries again: busy"]);
  assert.deepEqual(given.forwarding.failing, ["A"]);
  given.peers.A = () => TAKEN;
  await time.tick(FORWARD_DELAYS[3]!);
  assert.equal(given.sent.at(-1), "A 1.1 N-SET COMPLETED");
  assert.deepEqual([given.forwarding.failing, await given.waiting("1.1")], [[], 0]);
});

Deno.test("a peer that can't be reached is tried with one step at a time, and one that works isn't held up", async () => {
  using time = new Clock();
  await using given = forward(time, { A: () => Promise.reject(new Error("no answer")), B: () => TAKEN });
  for (const uid of ["1.1", "1.2", "1.3"]) await given.create(uid);
  await time.tick(1_000);
  assert.equal(given.sent.filter((line) => line.startsWith("A")).length, 1);
  assert.equal(given.sent.filter((line) => line.startsWith("B")).length, 3);
  await time.tick(FORWARD_DELAYS[0]!);
  assert.equal(given.sent.filter((line) => line.startsWith("A")).length, 2);
  given.peers.A = () => TAKEN;
  await time.tick(3 * FORWARD_DELAYS[1]!);
  assert.equal(await given.unsettled(), 0);
});

Deno.test("a step that a peer refuses doesn't hold up the others", async () => {
  using time = new Clock();
  await using given = forward(time, {
    A: ({ sopInstanceUid }) => sopInstanceUid === "1.1" ? { outcome: "refused", problem: "no" } : TAKEN,
  });
  await given.create("1.1");
  await given.create("1.2");
  await time.tick(1_000);
  assert.deepEqual([await given.waiting("1.1"), await given.waiting("1.2")], [1, 0]);
});

Deno.test("what waits survives a restart, and nothing is sent twice", async () => {
  using time = new Clock();
  const documents = createMemoryDocuments();
  {
    await using given = forward(
      time,
      { A: ({ service }) => service === "N-SET" ? Promise.reject(new Error("down")) : TAKEN },
      documents,
    );
    await given.create("1.1");
    await given.end("1.1");
    await time.tick(1_000);
    assert.equal(given.sent.length, 2);
  }
  await using next = forward(time, { A: () => TAKEN }, documents);
  await next.steps.resume();
  await time.tick(FORWARD_DELAYS[0]!);
  assert.deepEqual(next.sent, ["A 1.1 N-SET COMPLETED"]);
  assert.equal(await next.unsettled(), 0);
});

Deno.test("a step is given up after three days, or at once where the peer says that it has ended", async () => {
  using time = new Clock();
  await using given = forward(time, {
    A: () => ({ outcome: "refused", problem: "no" }),
    B: () => ({ outcome: "refused-for-good", problem: "ended" }),
  });
  await given.create("1.1");
  await time.tick(1_000);
  assert.ok((await given.forwards("1.1"))?.B?.failedAt);
  assert.ok(given.errors.some((text) => /gave it up: ended/.test(text)));
  for (let hours = 0; hours <= FORWARDED_FOR / 3_600_000 + 8; hours++) await time.tick(3_600_000);
  const forwards = await given.forwards("1.1");
  assert.ok(forwards?.A?.failedAt);
  assert.deepEqual([await given.waiting("1.1"), await given.unsettled()], [0, 0]);
  const before = given.sent.length;
  await given.steps.set({ sopInstanceUid: "1.1", dataSet: dataSetOf({}), association: FROM_CT1 });
  await time.tick(1_000);
  assert.equal(given.sent.length, before, "nothing more is sent of a step that was given up");
});

Deno.test("a disk in trouble is waited for", async () => {
  using time = new Clock();
  await using given = forward(time, {
    A: () => {
      documents.update = () => Promise.reject(new Error("disk"));
      return TAKEN;
    },
  });
  const { documents } = given.steps;
  const update = documents.update.bind(documents);
  await given.create("1.0");
  await time.tick(5_000);
  assert.deepEqual(given.errors, ["disk"]);
  assert.equal(given.sent.length, 1);
  documents.update = update;
  given.peers.A = () => TAKEN;
  await time.tick(FORWARD_DELAYS[0]!);
  assert.equal(await given.waiting("1.0"), 0);
});

Deno.test("an ended forwarding sends nothing, and what waits stays", async () => {
  using time = new Clock();
  await using given = forward(time, { A: () => TAKEN });
  await given.forwarding[Symbol.asyncDispose]();
  await given.create("1.1");
  await time.tick(60_000);
  assert.deepEqual(given.sent, []);
  assert.equal(await given.waiting("1.1"), 1);
});
