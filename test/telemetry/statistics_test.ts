import assert from "node:assert/strict";
import fc from "fast-check";
import type { DimseEvent, Operation, OperationOutcome } from "../../src/dimse/events.ts";
import { createStatistics, type Statistics } from "../../src/telemetry/statistics.ts";
import { DeadlineError, LimitError, TransportError } from "../../src/errors.ts";
import * as Status from "../../src/dimse/status.ts";
import type { AssociationEnd, AssociationInfo } from "../../src/upper_layer/events.ts";

const START = Date.UTC(2025, 0, 1);
const RELEASED: AssociationEnd = { how: "released", by: "peer" };
const LOST: AssociationEnd = { how: "aborted", by: "peer", source: "transport" };

function infoOf(id: string, fields: Partial<AssociationInfo> = {}): AssociationInfo {
  return {
    id,
    role: "acceptor",
    transport: "tcp",
    remote: { hostname: "192.0.2.1", port: 50000 },
    openedAt: START,
    callingAeTitle: "CT1",
    calledAeTitle: "GANTRY",
    state: "Sta6",
    establishedAt: START + 5,
    contexts: [{ id: 1, abstractSyntax: "1.2.840.10008.1.1", transferSyntax: "1.2.840.10008.1.2" }],
    implementationVersionName: "PEER_1",
    bytesReceived: 0,
    bytesSent: 0,
    ...fields,
  };
}

function operationOf(service: string, role: Operation["role"] = "performed"): Operation {
  return { service, role, messageId: 1, sopClassUid: "1.2", sopInstanceUid: undefined };
}

/** Shows one operation from start to end. */
function operate(
  statistics: Statistics,
  association: AssociationInfo,
  service: string,
  outcome: OperationOutcome,
): void {
  const operation = operationOf(service);
  statistics.observe({ type: "operation-started", association, operation });
  statistics.observe({ type: "operation-ended", association, operation, outcome });
}

Deno.test("createStatistics() starts at zero", () => {
  const zero = { active: 0, opened: 0, established: 0, released: 0, rejected: 0, aborted: 0 };
  const { active, recent, totals } = createStatistics({ now: () => START }).report();
  assert.deepEqual([active, recent], [[], []]);
  assert.equal(totals.since, "2025-01-01T00:00:00.000Z");
  assert.deepEqual(totals.associations, [{ role: "acceptor", ...zero }, { role: "requestor", ...zero }]);
  assert.deepEqual([totals.rejections, totals.aborts, totals.operations], [[], [], []]);
  assert.deepEqual([totals.limits, totals.deadlines, totals.refusals], [[], [], []]);
  assert.deepEqual([totals.bytesReceived, totals.bytesSent, totals.durations.count], [0, 0, 0]);
});

Deno.test("a connection whose peer hung up before it said anything counts, and is not among the recent ones", () => {
  const statistics = createStatistics({ now: () => START });
  const silent = { callingAeTitle: "", calledAeTitle: "", establishedAt: undefined };
  const ends: [fields: Partial<AssociationInfo>, end: AssociationEnd][] = [
    [silent, LOST],
    [{ ...silent, bytesReceived: 1 }, LOST],
    [silent, { ...LOST, by: "local" }],
    [{}, LOST],
  ];
  for (const [index, [fields, end]] of ends.entries()) {
    const association = infoOf(`${index}`, fields);
    statistics.observe({ type: "association-opened", association });
    statistics.observe({ type: "association-ended", association, end });
  }
  const { active, recent, totals } = statistics.report();
  assert.deepEqual(active, []);
  assert.deepEqual(recent.map(({ id }) => id), ["3", "2", "1"]);
  assert.partialDeepStrictEqual(totals.associations[0], { opened: 4, aborted: 4 });
});

Deno.test("an association is active from its opening to its end, and recent afterwards", () => {
  let now = START;
  const statistics = createStatistics({ now: () => now });
  const opened = infoOf("1", {
    callingAeTitle: "",
    calledAeTitle: "",
    implementationVersionName: "",
    establishedAt: undefined,
    state: "Sta2",
    contexts: [],
  });
  statistics.observe({ type: "association-opened", association: opened });
  assert.deepEqual(statistics.report().active, [{
    id: "1",
    role: "acceptor",
    transport: "tcp",
    remote: { hostname: "192.0.2.1", port: 50000 },
    callingAeTitle: "",
    calledAeTitle: "",
    implementationVersionName: "",
    state: "Sta2",
    openedAt: "2025-01-01T00:00:00.000Z",
    contexts: [],
    bytesReceived: 0,
    bytesSent: 0,
    operations: [],
  }]);

  statistics.observe({
    type: "association-established",
    association: infoOf("1", { bytesReceived: 200, bytesSent: 100 }),
  });
  const established = statistics.report();
  assert.partialDeepStrictEqual(established.active[0], {
    callingAeTitle: "CT1",
    calledAeTitle: "GANTRY",
    establishedAt: "2025-01-01T00:00:00.005Z",
    contexts: [{ id: 1, abstractSyntax: "1.2.840.10008.1.1", transferSyntax: "1.2.840.10008.1.2" }],
  });
  assert.partialDeepStrictEqual(established.totals, { bytesReceived: 200, bytesSent: 100 });
  assert.partialDeepStrictEqual(established.totals.associations[0], {
    active: 1,
    opened: 1,
    established: 1,
    released: 0,
  });

  now += 1500;
  const association = infoOf("1", { state: "Sta1", bytesReceived: 210, bytesSent: 110 });
  statistics.observe({ type: "association-ended", association, end: RELEASED });
  const { active, recent, totals } = statistics.report();
  assert.deepEqual(active, []);
  assert.partialDeepStrictEqual(recent, [{
    id: "1",
    endedAt: "2025-01-01T00:00:01.500Z",
    end: RELEASED,
    state: "Sta1",
  }]);
  assert.partialDeepStrictEqual(totals, { bytesReceived: 210, bytesSent: 110, durations: { count: 1, sum: 1500 } });
  assert.partialDeepStrictEqual(totals.associations[0], { active: 0, opened: 1, established: 1, released: 1 });
  assert.equal(totals.durations.buckets.find(({ upTo }) => upTo === 1000)?.count, 0);
  assert.equal(totals.durations.buckets.find(({ upTo }) => upTo === 2500)?.count, 1);
});

Deno.test("a report shows a living association as it is now, and an ended one as it was", () => {
  const statistics = createStatistics();
  const living = { ...infoOf("1") };
  statistics.observe({ type: "association-opened", association: living });
  living.bytesReceived = 77;
  assert.equal(statistics.report().active[0]?.bytesReceived, 77);
  assert.equal(statistics.report().totals.bytesReceived, 77);
  statistics.observe({ type: "association-ended", association: living, end: RELEASED });
  living.bytesReceived = 99;
  assert.equal(statistics.report().recent[0]?.bytesReceived, 77);
  assert.equal(statistics.report().totals.bytesReceived, 77);
});

Deno.test("rejections are counted by who, result, source and reason", () => {
  const statistics = createStatistics();
  const rejected = {
    how: "rejected",
    by: "local",
    result: "rejected-permanent",
    source: "service-user",
    reason: "calling-ae-title-not-recognized",
  } as const;
  const ends: AssociationEnd[] = [rejected, rejected, { ...rejected, by: "peer" }];
  for (const [i, end] of ends.entries()) {
    const association = infoOf(String(i), { role: end.by === "peer" ? "requestor" : "acceptor" });
    statistics.observe({ type: "association-opened", association });
    statistics.observe({ type: "association-ended", association, end });
  }
  const { how: _, ...kind } = rejected;
  const { recent, totals } = statistics.report();
  assert.deepEqual(totals.rejections, [{ ...kind, count: 2 }, { ...kind, by: "peer", count: 1 }]);
  assert.deepEqual(totals.associations.map(({ rejected }) => rejected), [2, 1]);
  assert.deepEqual(recent[1]?.end, rejected);
});

Deno.test("aborts are counted by who, source and reason, and told with a short detail", () => {
  const statistics = createStatistics();
  const invalid: AssociationEnd = {
    how: "aborted",
    by: "local",
    source: "service-provider",
    reason: "unrecognized-pdu",
    error: new Error("x".repeat(1000)),
  };
  for (const [i, end] of [invalid, LOST, invalid].entries()) {
    statistics.observe({ type: "association-opened", association: infoOf(String(i)) });
    statistics.observe({ type: "association-ended", association: infoOf(String(i)), end });
  }
  const { recent, totals } = statistics.report();
  assert.deepEqual(totals.aborts, [
    { by: "local", source: "service-provider", reason: "unrecognized-pdu", count: 2 },
    { by: "peer", source: "transport", count: 1 },
  ]);
  assert.deepEqual(recent[0]?.end, {
    how: "aborted",
    by: "local",
    source: "service-provider",
    reason: "unrecognized-pdu",
    detail: "x".repeat(300),
  });
  assert.deepEqual(recent[1]?.end, LOST);
});

Deno.test("limits that were passed are counted by name and outcome, deadlines by phase; none by what others call them", () => {
  const statistics = createStatistics();
  const congested = {
    how: "rejected",
    by: "local",
    result: "rejected-transient",
    source: "service-provider-presentation",
    reason: "temporary-congestion",
  } as const;
  const abort = { how: "aborted", by: "local", source: "service-user" } as const;
  const tooLong = new LimitError("Cannot read", { limit: "maxDataSetLength", maximum: 1 });
  const ownCause = new Error("Cannot go on");
  ownCause.cause = ownCause;
  const wrapped = (cause: Error) => new Error("Cannot go on", { cause });
  const ends: AssociationEnd[] = [
    { ...congested, limit: "maxMemory" },
    { ...congested, limit: "maxMemory", detail: "3 GB" },
    { ...congested, limit: "a host's own", detail: "y".repeat(301) },
    congested,
    { ...abort, error: tooLong },
    { ...abort, error: wrapped(wrapped(tooLong)) },
    { ...abort, error: wrapped(new DeadlineError("idle", 1)) },
    { ...abort, error: new DeadlineError("associate", 1) },
    { ...abort, error: new DeadlineError("idle", 1) },
    { ...abort, error: new LimitError("Cannot read", { limit: "CT1", maximum: 1 }) },
    { ...abort, error: ownCause },
  ];
  for (const [i, end] of ends.entries()) {
    statistics.observe({ type: "association-opened", association: infoOf(String(i)) });
    statistics.observe({ type: "association-ended", association: infoOf(String(i)), end });
  }
  const outcomes: OperationOutcome[] = [
    { status: Status.OutOfResources, bytes: 0, milliseconds: 0, error: wrapped(tooLong) },
    { status: Status.OutOfResources, bytes: 0, milliseconds: 0 },
    { status: undefined, bytes: 0, milliseconds: 0, error: tooLong }, // Its association's end is counted.
  ];
  for (const outcome of outcomes) operate(statistics, infoOf("x"), "C-STORE", outcome);
  const { recent, totals } = statistics.report();
  assert.deepEqual(totals.limits, [
    { limit: "maxMemory", outcome: "rejected", count: 2 },
    { limit: "other", outcome: "rejected", count: 1 },
    { limit: "maxDataSetLength", outcome: "aborted", count: 2 },
    { limit: "other", outcome: "aborted", count: 1 },
    { limit: "maxDataSetLength", outcome: "failed", count: 1 },
  ]);
  assert.deepEqual(totals.deadlines, [{ phase: "idle", count: 2 }, { phase: "associate", count: 1 }]);
  assert.deepEqual(recent[4]?.end, { ...abort, deadline: "idle", detail: "Cannot go on" });
  assert.deepEqual(recent[6]?.end, { ...abort, limit: "maxDataSetLength", detail: "Cannot read" });
  assert.deepEqual(recent[8]?.end, { ...congested, limit: "other", detail: "y".repeat(300) });
});

Deno.test("connections that were closed before they were accepted are counted by reason, limit and deadline", () => {
  const statistics = createStatistics();
  const proxy = (cause?: Error) => new TransportError("Cannot read", { phase: "proxy", cause });
  const errors: unknown[] = [
    new LimitError("Cannot take", { limit: "maxUnassociated", maximum: 1 }),
    new DeadlineError("tls", 1),
    proxy(new DeadlineError("proxy", 1)),
    proxy(),
    new TransportError("Cannot secure", { phase: "tls", cause: new Error("CT1") }),
    new TransportError("Cannot secure", { phase: "tls" }),
    new TransportError("Cannot accept", { phase: "connect" }),
    new Error("CT1"),
    "CT1",
  ];
  errors.forEach(statistics.refused);
  const { active, recent, totals } = statistics.report();
  assert.deepEqual([active, recent, totals.aborts], [[], [], []]);
  assert.deepEqual(totals.refusals, [
    { reason: "limit", count: 1 },
    { reason: "deadline", count: 2 },
    { reason: "proxy", count: 1 },
    { reason: "tls", count: 2 },
    { reason: "other", count: 3 },
  ]);
  assert.deepEqual(totals.limits, [{ limit: "maxUnassociated", outcome: "aborted", count: 1 }]);
  assert.deepEqual(totals.deadlines, [{ phase: "tls", count: 1 }, { phase: "proxy", count: 1 }]);
});

Deno.test("operations are counted by service, role and status category", () => {
  const statistics = createStatistics();
  const association = infoOf("1");
  statistics.observe({ type: "association-opened", association });
  const statuses = [
    ["success", Status.Success],
    ["warning", Status.CoercionOfDataElements],
    ["failure", Status.OutOfResources],
    ["failure", 0x7777],
    ["unanswered", undefined],
  ] as const;
  for (const [, status] of statuses) {
    operate(statistics, association, "C-STORE", { status, bytes: 10, milliseconds: 3 });
  }
  operate(statistics, association, "C-FIND", { status: Status.Cancel, bytes: 0, milliseconds: 100_000_000 });
  statistics.observe({ type: "operation-started", association, operation: operationOf("C-ECHO", "invoked") });

  const none = { success: 0, warning: 0, failure: 0, cancel: 0, unanswered: 0 };
  const operations = [
    {
      service: "C-STORE",
      role: "performed",
      running: 0,
      finished: { ...none, success: 1, warning: 1, failure: 2, unanswered: 1 },
      bytes: 50,
    },
    { service: "C-FIND", role: "performed", running: 0, finished: { ...none, cancel: 1 }, bytes: 0 },
    { service: "C-ECHO", role: "invoked", running: 1, finished: none, bytes: 0 },
  ];
  const { active, totals } = statistics.report();
  assert.deepEqual(active[0]?.operations, operations);
  assert.deepEqual(totals.operations.map(({ durations: _, ...operation }) => operation), operations);

  const [store, find] = totals.operations.map(({ durations }) => durations);
  assert.partialDeepStrictEqual(store, { count: 5, sum: 15 });
  assert.deepEqual(store?.buckets.slice(0, 3), [{ upTo: 1, count: 0 }, { upTo: 2.5, count: 0 }, { upTo: 5, count: 5 }]);
  assert.equal(find?.count, 1);
  assert.ok(find?.buckets.every(({ count }) => count === 0));
});

Deno.test("a duration of exactly a bound is in that bound's bucket", () => {
  const statistics = createStatistics();
  for (const milliseconds of [1, 1.1]) {
    operate(statistics, infoOf("1"), "C-ECHO", { status: Status.Success, bytes: 0, milliseconds });
  }
  const [first, second] = statistics.report().totals.operations[0]?.durations.buckets ?? [];
  assert.deepEqual([first, second], [{ upTo: 1, count: 1 }, { upTo: 2.5, count: 2 }]);
});

Deno.test("an operation that is told after its association's end still counts as that association's", () => {
  const statistics = createStatistics();
  const association = infoOf("1");
  const operation = operationOf("C-STORE");
  statistics.observe({ type: "association-opened", association });
  statistics.observe({ type: "operation-started", association, operation });
  statistics.observe({ type: "association-ended", association, end: LOST });
  assert.partialDeepStrictEqual(statistics.report().recent[0]?.operations, [{ running: 1 }]);
  const outcome = { status: undefined, bytes: 5, milliseconds: 1 };
  statistics.observe({ type: "operation-ended", association, operation, outcome });
  const { active, recent, totals } = statistics.report();
  assert.deepEqual(active, []);
  for (const operations of [recent[0]?.operations, totals.operations]) {
    assert.partialDeepStrictEqual(operations, [{ running: 0, finished: { unanswered: 1 }, bytes: 5 }]);
  }
});

Deno.test("only the latest ended associations are remembered, latest first", () => {
  for (const [options, count] of [[{}, 100], [{ recent: 3 }, 3], [{ recent: 0 }, 0]] as const) {
    const statistics = createStatistics(options);
    for (let i = 0; i < 250; i++) {
      const association = infoOf(String(i), { callingAeTitle: `AE${i}` });
      statistics.observe({ type: "association-opened", association });
      statistics.observe({ type: "association-ended", association, end: RELEASED });
    }
    const { recent, totals } = statistics.report();
    assert.deepEqual(recent.map(({ id }) => Number(id)), Array.from({ length: count }, (_, i) => 249 - i));
    assert.equal(totals.associations[0]?.released, 250);
  }
});

Deno.test("totals grow with no AE title, address or UID that a peer chooses", () => {
  const sizes = [1, 200].map((peers) => {
    const statistics = createStatistics({ recent: 1, now: () => START });
    for (let i = 0; i < peers; i++) {
      const association = infoOf("x", {
        callingAeTitle: `AE${i}`,
        calledAeTitle: `AE${i}`,
        remote: { hostname: `192.0.2.${i}`, port: i },
        implementationVersionName: `V${i}`,
      });
      statistics.observe({ type: "association-opened", association });
      operate(statistics, association, "C-STORE", { status: i, bytes: 0, milliseconds: 0 });
      statistics.observe({ type: "association-ended", association, end: LOST });
    }
    return JSON.stringify(statistics.report().totals).replace(/\d+/g, "0").length;
  });
  assert.equal(sizes[0], sizes[1]);
});

Deno.test("a report is not changed by what comes later, and is plain JSON", () => {
  const statistics = createStatistics();
  const association = infoOf("1");
  statistics.observe({ type: "association-opened", association });
  operate(statistics, association, "C-ECHO", { status: Status.Success, bytes: 0, milliseconds: 1 });
  const report = statistics.report();
  const copy = JSON.parse(JSON.stringify(report));
  assert.deepEqual(report, copy);
  operate(statistics, association, "C-ECHO", { status: Status.Success, bytes: 0, milliseconds: 1 });
  statistics.observe({ type: "association-ended", association, end: LOST });
  assert.deepEqual(report, copy);
});

Deno.test("counts add up after any sequence of associations", () => {
  const ends: AssociationEnd[] = [RELEASED, LOST, { ...LOST, by: "local" }, {
    how: "rejected",
    by: "local",
    result: "rejected-transient",
    source: "service-provider-presentation",
    reason: "local-limit-exceeded",
  }];
  const life = fc.record({
    role: fc.constantFrom("acceptor", "requestor"),
    bytes: fc.nat(1_000_000),
    end: fc.option(fc.constantFrom(...ends), { nil: undefined }),
    statuses: fc.array(fc.option(fc.nat(0xffff), { nil: undefined }), { maxLength: 5 }),
  });
  fc.assert(
    fc.property(fc.array(life, { maxLength: 30 }), (lives) => {
      const statistics = createStatistics({ recent: 10 });
      for (const [i, { role, bytes, end, statuses }] of lives.entries()) {
        const association = infoOf(String(i), { role, bytesReceived: bytes });
        const events: DimseEvent[] = [{ type: "association-opened", association }];
        if (end) events.push({ type: "association-ended", association, end });
        statistics.observe(events[0]!);
        for (const status of statuses) {
          operate(statistics, association, "C-STORE", { status, bytes: 1, milliseconds: 1 });
        }
        if (events[1]) statistics.observe(events[1]);
      }
      const { active, recent, totals } = statistics.report();
      const open = lives.filter(({ end }) => end === undefined);
      assert.equal(active.length, open.length);
      assert.equal(recent.length, Math.min(10, lives.length - open.length));
      assert.equal(totals.bytesReceived, lives.reduce((sum, { bytes }) => sum + bytes, 0));
      for (const { opened, active, released, rejected, aborted } of totals.associations) {
        assert.equal(opened, active + released + rejected + aborted);
      }
      const finished = totals.operations.flatMap(({ finished }) => Object.values(finished)).reduce((a, b) => a + b, 0);
      assert.equal(finished, lives.reduce((sum, { statuses }) => sum + statuses.length, 0));
    }),
    { seed: 42 },
  );
});
