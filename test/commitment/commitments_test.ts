import assert from "node:assert/strict";
import type { CommitmentEvent } from "../../src/commitment/commitment.ts";
import { Commitments } from "../../src/commitment/commitments.ts";
import type { CommitmentsOptions } from "../../src/commitment/commitments_options.ts";
import type { DocumentStore } from "../../src/documents/document_store.ts";
import { createMemoryDocuments } from "../../src/documents/memory_documents.ts";
import { DimseStatusError } from "../../src/errors.ts";
import type { CommitmentReport } from "../../src/services/storage_commitment.ts";
import { slowDocuments, turnsDuring } from "../documents/slow_documents.ts";
import { FakeTime, settle } from "../support/fake_time.ts";

const CT = "1.2.840.10008.5.1.4.1.1.2";
const instances = [{ sopClassUid: CT, sopInstanceUid: "1.2.1" }, { sopClassUid: CT, sopInstanceUid: "1.2.2" }];
const REQUEST = { transactionUid: "2.25.1", instances };
const CT1 = { aeTitle: "CT1", calledAeTitle: "GANTRY" };

const SECOND = 1000;
const DAY = 24 * 3600 * SECOND;

/** A clock that a test moves along with its timers. */
class Clock {
  readonly time = new FakeTime();
  now = Date.UTC(2025, 0, 1);

  /** In steps, so that what looks at the clock when a timer is due sees the right time. */
  async advance(milliseconds: number, step = milliseconds): Promise<void> {
    for (let left = milliseconds; left > 0; left -= step) {
      this.now += Math.min(step, left);
      await this.time.advance(Math.min(step, left));
      for (let turn = 0; turn < 5; turn++) await settle();
    }
  }

  [Symbol.dispose](): void {
    this.time[Symbol.dispose]();
  }
}

interface Setting {
  readonly commitments: Commitments;
  readonly delivered: { readonly aeTitle: string; readonly report: CommitmentReport }[];
  readonly events: string[];
  /** What delivering fails with. */
  fault: string | undefined;
  readonly attempts: number[];
}

function setting(
  clock: Clock,
  documents: DocumentStore = createMemoryDocuments(),
  options: Partial<CommitmentsOptions> = {},
): Setting {
  const made: Omit<Setting, "commitments"> & { commitments?: Commitments } = {
    delivered: [],
    events: [],
    fault: undefined,
    attempts: [],
  };
  made.commitments = new Commitments({
    documents,
    now: () => clock.now,
    check: ({ sopInstanceUid }) => Promise.resolve(sopInstanceUid === "1.2.2" ? 0x0112 : 0),
    deliver(aeTitle, report) {
      made.attempts.push(clock.now);
      if (made.fault !== undefined) return Promise.reject(new Error(made.fault));
      made.delivered.push({ aeTitle, report });
      return Promise.resolve();
    },
    onEvent: ({ type }: CommitmentEvent) => void made.events.push(type.replace("commitment-", "")),
    onError: (error) => made.events.push(`error ${error}`),
    ...options,
  });
  return made as Setting;
}

const nextAttempt = ({ commitments }: Setting) => commitments.open[0]?.nextAttemptAt ?? 0;

const status = (error: unknown) => error instanceof DimseStatusError ? error.status : undefined;

async function rejection(work: Promise<unknown>): Promise<number | undefined> {
  return await work.then(() => undefined, status);
}

Deno.test("a request is checked when its response is out, reported, and remembered for a while", async () => {
  using clock = new Clock();
  const documents = createMemoryDocuments();
  const set = setting(clock, documents);
  await set.commitments.start();
  const begin = await set.commitments.take(REQUEST, CT1);
  await settle();
  assert.deepEqual(set.events, ["requested"]);
  begin();
  await clock.advance(1);
  assert.deepEqual(set.events, ["requested", "checked", "reported"]);
  assert.deepEqual(set.delivered, [{
    aeTitle: "CT1",
    report: {
      transactionUid: "2.25.1",
      retrieveAeTitle: "GANTRY",
      committed: [instances[0]],
      failed: [{ ...instances[1], reason: 0x0112 }],
    },
  }]);
  const reported = await set.commitments.get("2.25.1");
  assert.deepEqual([reported?.state, reported?.instances, reported?.failed], ["reported", 2, 1]);
  assert.deepEqual(await set.commitments.instancesOf("2.25.1"), [[CT, "1.2.2", 0x0112]]);
  assert.deepEqual(set.commitments.open, []);
  await clock.advance(8 * DAY, 2 * DAY);
  assert.equal(await set.commitments.get("2.25.1"), undefined);
  assert.equal(await documents.collection("commitment-instances").count(), 0);
  await set.commitments[Symbol.asyncDispose]();
});

Deno.test("a report is tried again after 10 s, then twice as long, up to 6 h, for 3 days", async () => {
  using clock = new Clock();
  const set = setting(clock);
  set.fault = "nobody there";
  (await set.commitments.take(REQUEST, CT1))();
  await clock.advance(1);
  for (let next = nextAttempt(set); next > 0; next = nextAttempt(set)) await clock.advance(next - clock.now);
  const pauses = set.attempts.slice(1).map((at, index) => (at - set.attempts[index]!) / SECOND);
  const doubling = [10, 20, 40, 80, 160, 320, 640, 1280, 2560, 5120, 10240, 20480];
  assert.deepEqual(pauses.slice(0, 12), doubling);
  assert.deepEqual([...new Set(pauses.slice(12, -1))], [6 * 3600]);
  assert.equal(set.attempts.at(-1)! - set.attempts[0]!, 3 * DAY);
  const given = await set.commitments.get("2.25.1");
  assert.deepEqual([given?.state, given?.problem, given?.nextAttemptAt], ["undelivered", "nobody there", 0]);
  assert.equal(set.events.at(-1), "undelivered");
  set.fault = undefined;
  assert.equal(await set.commitments.retry("2.25.1"), true);
  await clock.advance(1);
  assert.equal(set.delivered.length, 1);
  assert.equal(await set.commitments.retry("2.25.1"), false);
  assert.equal(await set.commitments.retry("2.25.2"), false);
  await set.commitments[Symbol.asyncDispose]();
});

Deno.test("what an earlier process has taken is checked and reported by the next one", async () => {
  using clock = new Clock();
  const documents = createMemoryDocuments();
  const first = setting(clock, documents);
  await first.commitments.take(REQUEST, CT1); // It ends before it begins to check.
  first.fault = "nobody there";
  (await first.commitments.take({ ...REQUEST, transactionUid: "2.25.2" }, CT1))();
  await clock.advance(SECOND);
  await first.commitments[Symbol.asyncDispose]();
  assert.deepEqual(first.events, ["requested", "requested", "checked", "report-failed"]);
  const second = setting(clock, documents);
  await second.commitments.start();
  await clock.advance(SECOND);
  assert.deepEqual(second.delivered.map(({ report }) => report.transactionUid), ["2.25.1"]);
  await clock.advance(10 * SECOND, SECOND);
  assert.deepEqual(second.delivered.map(({ report }) => report.transactionUid), ["2.25.1", "2.25.2"]);
  await second.commitments[Symbol.asyncDispose]();
});

Deno.test("a request may be repeated; its transaction UID is nobody else's", async () => {
  using clock = new Clock();
  const set = setting(clock);
  set.fault = "nobody there";
  const { commitments } = set;
  (await commitments.take(REQUEST, CT1))();
  await clock.advance(1);
  const others = { transactionUid: "2.25.1", instances: instances.slice(1) };
  assert.equal(await rejection(commitments.take(others, CT1)), 0x0115);
  assert.equal(await rejection(commitments.take(REQUEST, { ...CT1, aeTitle: "CT2" })), 0x0115);
  set.fault = undefined;
  // An instance that is in the list twice says nothing.
  const repeated = { ...REQUEST, instances: [...instances, ...instances] };
  (await commitments.take(repeated, CT1))();
  await clock.advance(1);
  assert.equal(set.delivered.length, 1);
  (await commitments.take(REQUEST, CT1))();
  await clock.advance(1);
  assert.equal(set.delivered.length, 2);
  assert.deepEqual(set.events, [
    "requested",
    "checked",
    "report-failed",
    "reported",
    "requested",
    "checked",
    "reported",
  ]);
  await commitments[Symbol.asyncDispose]();
});

Deno.test("a report goes on the association of its request while that works, and else on another one", async () => {
  using clock = new Clock();
  const set = setting(clock);
  const onAssociation: CommitmentReport[] = [];
  const deliver = (report: CommitmentReport) => Promise.resolve(void onAssociation.push(report));
  (await set.commitments.take(REQUEST, { ...CT1, deliver }))();
  await clock.advance(1);
  assert.deepEqual([onAssociation.length, set.delivered.length], [1, 0]);
  const gone = () => Promise.reject(new Error("the association was released"));
  (await set.commitments.take({ ...REQUEST, transactionUid: "2.25.2" }, { ...CT1, deliver: gone }))();
  await clock.advance(1);
  assert.deepEqual([onAssociation.length, set.delivered.length], [1, 1]);
  await set.commitments[Symbol.asyncDispose]();
});

Deno.test("no more requests are taken than may be open", async () => {
  using clock = new Clock();
  const set = setting(clock, createMemoryDocuments(), { maxOpen: 2 });
  const take = (transactionUid: string) => rejection(set.commitments.take({ ...REQUEST, transactionUid }, CT1));
  const answers = await Promise.all(["2.25.1", "2.25.2", "2.25.3"].map(take));
  assert.deepEqual(answers.filter((answer) => answer !== undefined), [0x0213]);
  await set.commitments[Symbol.asyncDispose]();
});

Deno.test("a request that can't be kept is refused, and may come again", async () => {
  using clock = new Clock();
  const documents = createMemoryDocuments();
  let broken = true;
  const set = setting(clock, {
    collection: (name) => ({
      ...documents.collection(name),
      get: (key) => documents.collection(name).get(key) as never,
      put: (key, document) =>
        broken ? Promise.reject(new Error("the disk is full")) : documents.collection(name).put(key, document),
      list: (options) => documents.collection(name).list(options) as never,
      keys: (options) => documents.collection(name).keys(options),
      delete: (key) => documents.collection(name).delete(key),
    }),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  });
  await assert.rejects(set.commitments.take(REQUEST, CT1), /the disk is full/);
  assert.deepEqual(set.commitments.open, []);
  broken = false;
  (await set.commitments.take(REQUEST, CT1))();
  broken = true;
  await clock.advance(SECOND);
  assert.deepEqual(set.events, ["requested", "error Error: the disk is full"]);
  broken = false;
  await clock.advance(60 * SECOND);
  assert.equal(set.delivered.length, 1);
  await set.commitments[Symbol.asyncDispose]();
});

Deno.test("a long list lets others have their turn, is whole after each step, and leaves nothing when it is forgotten", async () => {
  const documents = slowDocuments(1);
  const commitments = new Commitments({
    documents,
    check: ({ sopInstanceUid }) => Promise.resolve(sopInstanceUid.endsWith("7") ? 0x0112 : 0),
    deliver: (_aeTitle, { committed, failed }) => {
      assert.deepEqual([committed.length, failed.length], [45_000, 5_000]);
      return Promise.resolve();
    },
    keep: 0,
  });
  const long = Array.from({ length: 50_000 }, (_, number) => ({ sopClassUid: CT, sopInstanceUid: `1.2.${number}` }));
  const request = { transactionUid: "2.25.1", instances: long };
  let begin = () => {};
  assert.ok(await turnsDuring(async () => begin = await commitments.take(request, CT1)) >= 3);
  assert.equal((await commitments.instancesOf("2.25.1")).length, 50_000);
  assert.deepEqual((await commitments.instancesOf("2.25.1"))[31_415], [CT, "1.2.31415", -1]);
  assert.equal(await rejection(commitments.take({ ...request, instances: long.slice(1) }, CT1)), 0x0115);
  // The transaction UID that begins with this one is another's.
  await commitments.take({ ...REQUEST, transactionUid: "2.25.1.1" }, CT1);
  const reported = Promise.withResolvers<void>();
  const look = setInterval(async () => {
    if ((await commitments.get("2.25.1"))?.state === "reported") reported.resolve();
  }, 10);
  assert.ok(await turnsDuring(async () => (begin(), await reported.promise)) >= 3);
  clearInterval(look);
  await commitments[Symbol.asyncDispose]();
  const kept = await commitments.instancesOf("2.25.1");
  assert.deepEqual([kept.length, kept[1]], [5_000, [CT, "1.2.17", 0x0112]]);
  const lost = documents.collection<{ lines: string }>("commitment-instances");
  await lost.put("2.25.0 000000", { lines: "" });
  await using next = new Commitments({ documents, check: () => Promise.resolve(0), deliver: async () => {}, keep: 0 });
  await next.start();
  assert.equal(await next.get("2.25.1"), undefined);
  assert.deepEqual(await Array.fromAsync(lost.keys()), ["2.25.1.1 000000"]);
});

Deno.test("a request that came again and could not be kept is looked at anew before it is reported", async () => {
  using clock = new Clock();
  const documents = createMemoryDocuments();
  let broken = false;
  const set = setting(clock, {
    collection: (name) => ({
      get: (key) => documents.collection(name).get(key) as never,
      put: (key, document) =>
        broken && name === "commitment-requests"
          ? Promise.reject(new Error("the disk is full"))
          : documents.collection(name).put(key, document),
      update: (key, change) => documents.collection(name).update(key, change as never) as never,
      delete: (key) => documents.collection(name).delete(key),
      list: (options) => documents.collection(name).list(options) as never,
      keys: (options) => documents.collection(name).keys(options),
      count: () => documents.collection(name).count(),
    }),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  });
  set.fault = "nobody there";
  (await set.commitments.take(REQUEST, CT1))();
  await clock.advance(1);
  for (let next = nextAttempt(set); next > 0; next = nextAttempt(set)) await clock.advance(next - clock.now);
  broken = true;
  await assert.rejects(set.commitments.take(REQUEST, CT1), /the disk is full/);
  [broken, set.fault] = [false, undefined];
  assert.equal(await set.commitments.retry("2.25.1"), true);
  await clock.advance(1);
  assert.deepEqual(set.delivered.map(({ report }) => report.failed), [[{ ...instances[1], reason: 0x0112 }]]);
  assert.equal(set.delivered[0]?.report.committed.length, 1);
  await set.commitments[Symbol.asyncDispose]();
});

Deno.test("many small requests whose results are fetched are forgotten before their hour has come", async () => {
  const documents = createMemoryDocuments();
  const check = () => Promise.resolve(0);
  await using commitments = new Commitments({ documents, check, deliver: () => Promise.reject(new Error("unasked")) });
  const summaries = documents.collection("commitment-requests");
  const { signal } = new AbortController();
  for (let number = 1; number <= 12_000; number++) {
    const transactionUid = `2.25.${number}`;
    (await commitments.take({ transactionUid, instances: [instances[0]!] }, { ...CT1, fetches: true }))();
    await commitments.checked(transactionUid, signal);
  }
  assert.ok(await summaries.count() <= 11_000, `${await summaries.count()} are remembered`);
  assert.equal(await documents.collection("commitment-instances").count(), await summaries.count());
  assert.equal((await commitments.get("2.25.12000"))?.state, "reported");
});
