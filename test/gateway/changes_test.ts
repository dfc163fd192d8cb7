/** Routes change what they send: every kind of step, under the new UIDs, held where that can't be done, mended by who is on call. */

import assert from "node:assert/strict";
import * as UID from "../../src/dicom/generated/uid.ts";
import { ConfigError } from "../../src/config/config_error.ts";
import { createMemoryDocuments } from "../../src/documents/memory_documents.ts";
import { createMemoryIndex } from "../../src/index/memory_index.ts";
import { createMemoryStore } from "../../src/objects/memory_store.ts";
import { createMemoryQueue } from "../../src/queue/memory_queue.ts";
import type { OutgoingInstance } from "../../src/routing/destinations/destination.ts";
import type { PassingInstance } from "../../src/transform/change.ts";
import { digest } from "../transform/support.ts";
import { ChangingGateway, configOf, ct } from "./changing.ts";

const KEY = "a key for tests alone";
const route = (change: string, to = "PACS") => `routes: [{ name: changed, to: [${to}], change: ${change} }]`;

Deno.test("each kind of step changes what a peer gets, and pixel bytes stay as they are", async () => {
  const steps: readonly (readonly [change: string, attribute: string, expected: unknown])[] = [
    ["[{ set: { InstitutionName: North } }]", "InstitutionName", "North"],
    ["[{ remove: PatientComments }]", "PatientComments", undefined],
    ["[{ copy: { AccessionNumber: PatientID } }]", "AccessionNumber", "ID-4711"],
    [
      '[{ template: { StudyDescription: "{Modality} by {callingAeTitle} for {destination} on {route}" } }]',
      "StudyDescription",
      "CT by CT1 for PACS on changed",
    ],
    ["[{ map: { attribute: PatientID, table: { ID-4711: NEW-1 } } }]", "PatientID", "NEW-1"],
    ["[{ prefixIssuer: { issuer: NORTH } }]", "PatientID", "NORTH-ID-4711"],
    ["[{ aeTitles: { CT1: SCANNER } }]", "StationAETitle", "SCANNER"],
    ["[{ characterSet: ISO_IR 192 }]", "SpecificCharacterSet", ["ISO_IR 192"]],
    ["[{ dropPrivate: true }]", "(0009,0010)", undefined],
  ];
  for (const [change, attribute, expected] of steps) {
    await using gateway = await ChangingGateway.start(route(change));
    const original = ct({ PatientComments: "x", StationAETitle: "CT1" });
    original.private("ACME", 0x0009).set(1, "private", { vr: "LO" });
    await gateway.send([original]);
    await gateway.until("delivered");
    const [received] = gateway.received;
    assert.deepEqual(received!.dataSet.get(attribute as "PatientID"), expected, change);
    assert.equal(received!.sopInstanceUid, original.getText("SOPInstanceUID"));
    const [before, after] = [original, received!.dataSet].map((dataSet) => {
      const element = dataSet.element(0x7fe0_0010);
      return element?.kind === "value" ? digest(element.bytes) : undefined;
    });
    assert.ok(before !== undefined);
    assert.equal(await after, await before, change);
  }
});

Deno.test("new UIDs are those of the C-STORE, of the data set, and of what sinks hear that read twice or not at all; the archive's stay", async () => {
  const heard: OutgoingInstance[] = [];
  const sink = {
    async store(instance: OutgoingInstance) {
      heard.push(instance);
      let length = 0;
      // A destination that connects anew reads once more.
      for (let time = 0; time < 2; time++) for await (const piece of instance.stream()) length += piece.length;
      assert.ok(length > 0);
    },
  };
  const unread = { store: (instance: OutgoingInstance) => Promise.resolve(void heard.push(instance)) };
  const config = await configOf(route("[]"));
  const change = [{ mapUids: { key: KEY } }, { aeTitles: { CT1: "ANON" } }];
  const routes = [{ name: "changed", priority: "medium", change, to: ["PACS", "SINK", "UNREAD"] }] as const;
  await using gateway = await ChangingGateway.start("", {
    config: { ...config, routes },
    destinations: { SINK: sink, UNREAD: unread },
  });
  const original = ct();
  await gateway.send([original]);
  await gateway.until("delivered", 3);
  const [{ dataSet, sopInstanceUid, sopClassUid }] = gateway.received as [typeof gateway.received[number]];
  assert.match(sopInstanceUid, /^2\.25\./);
  assert.equal(dataSet.get("SOPInstanceUID"), sopInstanceUid);
  assert.equal(sopClassUid, UID.CTImageStorage);
  for (const instance of heard) {
    assert.equal(instance.sopInstanceUid, sopInstanceUid);
    assert.equal(instance.studyInstanceUid, dataSet.get("StudyInstanceUID"));
    assert.equal(instance.sourceAeTitle, "ANON");
    assert.equal(instance.length, undefined);
  }
  const { body } = await gateway.ask("/deliveries");
  assert.equal(body.deliveries[0].sopInstanceUid, original.getText("SOPInstanceUID"));
  assert.match(body.deliveries[0].recipe, /^[0-9a-f]{32}$/);
  assert.ok(
    body.deliveries.every(({ bytes, lane }: { bytes: number; lane: string }) => bytes > 0 || lane === "UNREAD"),
  );
});

Deno.test("instances are compressed and decompressed on their way, and come out sample by sample", async () => {
  await using gateway = await ChangingGateway.start(
    "routes:\n" +
      "  - { name: small, when: { Modality: CT }, change: [{ compress: RLELossless }], to: PACS }\n" +
      "  - { name: plain, when: { Modality: MR }, change: [{ decompress: true }], to: PACS }\n",
  );
  const original = ct();
  await gateway.send([original]);
  await gateway.until("delivered");
  const [rle] = gateway.received;
  assert.equal(rle!.transferSyntax, UID.RLELossless);
  const again = rle!.dataSet.set("Modality", "MR").set("SOPInstanceUID", "1.2.3.9");
  await gateway.send([again], { transferSyntax: UID.RLELossless });
  await gateway.until("delivered", 2);
  const plain = gateway.received[1]!;
  assert.equal(plain.transferSyntax, UID.ExplicitVRLittleEndian);
  assert.deepEqual(plain.dataSet.get("PixelData"), original.get("PixelData"));
});

Deno.test("what can't be changed is held with the path and without the value, and never goes as it is", async () => {
  const cases: readonly (readonly [change: string, values: Record<string, unknown>, error: RegExp])[] = [
    [
      "[{ template: { PatientID: '{PatientComments}' } }]",
      { PatientComments: "SECRET".repeat(11) },
      /Cannot set PatientID/,
    ],
    [
      "[{ template: { StudyDate: '{PatientComments}' } }]",
      { PatientComments: "SECRET" },
      /Cannot set StudyDate: the value is not right, expected YYYYMMDD/,
    ],
    ["[{ characterSet: ISO_IR 100 }]", {
      SpecificCharacterSet: "ISO_IR 192",
      PatientName: "山田",
    }, /Cannot convert PatientName/],
    [
      "[{ remove: Rows }]",
      {},
      /Rows \(0028,0010\) is left without a value, expected a value, since it is of type 1/,
    ],
    ["[{ map: { attribute: PatientID, table: { X: Y } } }]", {}, /Cannot map PatientID: the table has no entry/],
    ["[{ template: { StudyID: '{AccessionNumber}' } }]", {}, /Cannot set StudyID: AccessionNumber has no value/],
    [
      `[{ deidentify: { key: "${KEY}" } }]`,
      { Modality: "US" },
      /Cannot de-identify the pixels: images of its modality/,
    ],
    [`[{ deidentify: { key: "${KEY}", options: [retain-device] } }]`, {
      PatientName: "SECRET^NAME",
      StationName: "SECRET",
    }, /the value of PatientName still occurs in it/],
    ["[{ compress: RLELossless }]", { Rows: 3 }, /found 8 bytes, expected 1 frames of 12/],
  ];
  for (const [change, values, error] of cases) {
    await using gateway = await ChangingGateway.start(route(change));
    await gateway.send([ct(values)]);
    const { outcome } = (await gateway.until("held"))[0]!;
    assert.equal(outcome.class, "unchangeable", change);
    assert.match(outcome.error, error);
    for (const secret of ["SECRET", "山", "ID-4711", KEY]) assert.ok(!outcome.error.includes(secret), outcome.error);
    assert.deepEqual(gateway.received, []);
    const { body: { jobs: [job] } } = await gateway.ask("/jobs?state=held&class=unchangeable");
    assert.equal(job.last.error, outcome.error);
    const { body: health } = await gateway.ask("/health");
    assert.match(health.checks["routing:lanes"][0].output, /held until an operator corrects/);
  }
});

Deno.test("a program's own step has a name in routes; what it throws is told without what the instance says", async () => {
  const steps = {
    initials: () => ({ dataSet }: PassingInstance) => {
      const name = dataSet.getText("PatientName") ?? "";
      if (name === "") throw new TypeError(`nothing to shorten for ${dataSet.getText("PatientID")}`);
      dataSet.set("PatientName", name.slice(0, 1));
    },
    date: () => ({ dataSet }: PassingInstance) => void dataSet.set("StudyDate", dataSet.getText("PatientID")!),
  };
  await using gateway = await ChangingGateway.start(route("[{ initials: true }]"), { steps });
  await gateway.send([ct(), ct({ PatientName: "" })]);
  await gateway.until("delivered");
  assert.equal(gateway.received[0]!.dataSet.getText("PatientName"), "A");
  const [held] = await gateway.until("held");
  assert.equal(held!.outcome.error, "Cannot change the instance: the step initials failed with TypeError");
  await using other = await ChangingGateway.start(route("[{ date: true }]"), { steps });
  await other.send([ct()]);
  const [wrong] = await other.until("held");
  assert.match(wrong!.outcome.error, /^Cannot change StudyDate: the value is not right/);
});

Deno.test("wrong steps are errors of the configuration with their key paths, at the start and when routes are replaced", async () => {
  await using gateway = await ChangingGateway.start(route("[{ remove: PatientComments }]"));
  const wrong: readonly (readonly [change: string, path: string])[] = [
    ["[{ remove: A }]", "routes[0].change[0].remove"],
    ["[{ remove: StudyID }, { set: { NoSuchKeyword: x } }]", "routes[0].change[1].set"],
    ["[{ remove: StudyID }, { set: { StudyDate: tomorrow } }]", "routes[0].change[1].set"],
    ["[{ map: { attribute: PatientID, to: Rows, table: { A: B } } }]", "routes[0].change[0].map"],
    ["[{ template: { StudyDescription: '{callingAETitle}' } }]", "routes[0].change[0].template"],
    ["[{ shorten: 8 }]", "routes[0].change[0].shorten"],
    ["[{ deidentify: { key: short } }]", "routes[0].change[0].deidentify"],
    ["[{ compress: JPEGBaseline8Bit }]", "routes[0].change[0].compress"],
    ["[{ map: { attribute: PatientID, csv: ids.csv } }]", "routes[0].change[0].map"],
  ];
  for (const [change, keyPath] of wrong) {
    const config = await configOf(route(change));
    const isTold = (error: unknown) => error instanceof ConfigError && error.problems[0]!.keyPath === keyPath;
    await assert.rejects(ChangingGateway.start(route(change)), isTold, change);
    await assert.rejects(gateway.gateway.replaceRoutes(config), isTold, change);
  }
  await gateway.send([ct()]);
  await gateway.until("delivered");
});

Deno.test("jobs keep the steps that they were queued with when routes are replaced, and hold when nobody has these", async () => {
  await using gateway = await ChangingGateway.start(route("[{ set: { StudyID: BEFORE } }]"));
  await gateway.ask("/lanes/PACS/pause", {});
  await gateway.send([ct()]);
  await gateway.gateway.replaceRoutes(await configOf(route("[{ set: { StudyID: AFTER } }]")));
  await gateway.send([ct()]);
  await gateway.ask("/lanes/PACS/resume", {});
  await gateway.until("delivered", 2);
  assert.deepEqual(gateway.received.map(({ dataSet }) => dataSet.get("StudyID")), ["BEFORE", "AFTER"]);
});

Deno.test("two routes to one destination with other changes are two jobs, with the same ones they are one", async () => {
  await using gateway = await ChangingGateway.start(
    "routes:\n" +
      "  - { name: a, when: { Modality: CT }, to: PACS, change: [{ set: { StudyID: A } }] }\n" +
      "  - { name: b, when: { PatientID: '*' }, to: PACS, change: [{ set: { StudyID: A } }] }\n" +
      "  - { name: c, to: PACS }\n",
  );
  const instance = ct();
  await gateway.send([instance]);
  await gateway.until("delivered", 2);
  await gateway.send([instance]);
  const { body } = await gateway.ask("/jobs");
  assert.deepEqual(body.jobs.map(({ route }: { route: string }) => route), ["a", "c"]);
  assert.deepEqual(gateway.received.map(({ dataSet }) => dataSet.get("StudyID")), ["A", undefined]);
});

Deno.test("a data set that ends too early is held while it is sent, and nothing of it is kept by the peer", async () => {
  await using gateway = await ChangingGateway.start(route("[{ compress: RLELossless }]"));
  const large = ct({ Rows: 1024, Columns: 1024, NumberOfFrames: 3, PixelData: new Uint16Array(2 * 1024 * 1024 + 7) });
  await gateway.send([large]);
  const [held] = await gateway.until("held");
  assert.equal(held!.outcome.class, "unchangeable");
  assert.deepEqual(gateway.received, []);
});

Deno.test("a held job is mended by an edit of its attributes, for it alone, and goes when it is resumed", async () => {
  const yaml = route("[{ map: { attribute: PatientID, table: { P-1: NEW-1 } } }, { remove: StudyID }]");
  await using gateway = await ChangingGateway.start(yaml);
  const [one, other] = [ct({ PatientID: "WRONG" }), ct({ PatientID: "WRONG" })];
  await gateway.send([one, other]);
  await gateway.until("held", 2);
  const { body: { jobs: [job] } } = await gateway.ask("/jobs?state=held");
  const edit = {
    action: "edit",
    ids: [job.id],
    to: { set: { PatientID: "P-1", StudyID: "7" }, remove: ["PatientName"] },
  };
  for (const to of [{ set: { StudyDate: "tomorrow" } }, { remove: ["Modality"] }]) {
    const { status, body } = await gateway.ask("/jobs/change", { ...edit, to });
    assert.deepEqual([status, /StudyDate|Modality/.test(body.detail)], [422, true]);
  }
  assert.deepEqual((await gateway.ask("/jobs/change", edit)).body, { changed: 1 });
  // What was removed by mistake comes back by another edit, which adds to the one before.
  const again = { action: "edit", ids: [job.id], to: { set: { PatientName: "Mended" } } };
  assert.deepEqual((await gateway.ask("/jobs/change", again)).body, { changed: 1 });
  assert.deepEqual((await gateway.ask("/jobs/change", { action: "resume", all: true })).body, { changed: 2 });
  await gateway.until("delivered");
  const { dataSet } = gateway.received[0]!;
  assert.deepEqual([dataSet.get("PatientID"), dataSet.getText("PatientName"), dataSet.has("StudyID")], [
    "NEW-1",
    "Mended",
    false,
  ]);
  await gateway.until("held", 3);
  // An instance that comes again meets its job, and is not sent as its route alone says.
  await gateway.send([one]);
  const { body } = await gateway.ask("/jobs");
  assert.deepEqual(body.jobs.map(({ state }: { state: string }) => state), ["delivered", "held"]);
});

Deno.test("GET /routes says where instances go, and nothing of keys; a reload is seen at once", async () => {
  const change = `[{ mapUids: { key: "0123456789abcdef0123456789abcdef" } }, { remove: StudyID }]`;
  await using gateway = await ChangingGateway.start(
    `routing: { match: first, otherwise: hold }
destinations: { SINK: { webhook: "https://hook.example/" } }
routes:
  - { name: ct, when: { Modality: CT }, to: PACS, change: ${change}, acknowledge: committed, priority: high }
  - { name: studies, unit: study, countedBy: PACS, to: { firstOf: [PACS, SINK] }, schedule: { hours: "22:00-06:00" } }
`,
  );
  const { status, body } = await gateway.ask("/routes");
  const instance = { firstOf: false, unit: "instance", acknowledge: "durable", priority: "medium" };
  assert.deepEqual([status, body], [200, {
    match: "first",
    otherwise: "hold",
    routes: [{
      ...{
        ...instance,
        name: "ct",
        when: { Modality: "CT" },
        to: ["PACS"],
        acknowledge: "committed",
        priority: "high",
      },
      change: ['mapUids {"key":"(not shown)"}', 'remove "StudyID"'],
    }, {
      ...{ ...instance, name: "studies", to: ["PACS", "SINK"], firstOf: true, unit: "study", countedBy: "PACS" },
      ...{ change: [], schedule: { hours: "22:00-06:00" } },
    }],
  }]);
  await gateway.gateway.replaceRoutes(await configOf("routes: [{ name: all, to: PACS }]"));
  assert.deepEqual((await gateway.ask("/routes")).body, {
    ...{ match: "all", otherwise: "keep", routes: [{ ...instance, name: "all", to: ["PACS"], change: [] }] },
  });
});

Deno.test("a job that is edited again and again keeps what it has once its steps are too many or too long", async () => {
  const documents = createMemoryDocuments();
  await using gateway = await ChangingGateway.start(route("[{ remove: StudyID }]"), { documents });
  await gateway.ask("/lanes/PACS/pause", {});
  await gateway.send([ct()]);
  const edit = (set: object) => gateway.ask("/jobs/change", { action: "edit", all: true, to: { set } });
  const long = { "(0040,A160)": "x".repeat(200_000) };
  assert.deepEqual((await edit(long)).body, { changed: 1 });
  const tooLong = await edit(long);
  assert.deepEqual([tooLong.status, /at most 100 of 262144 bytes/.test(tooLong.body.detail)], [422, true]);
  for (let count = 1; count < 100; count++) assert.equal((await edit({ AccessionNumber: `A${count}` })).status, 200);
  const tooMany = await edit({ AccessionNumber: "A100" });
  assert.equal(tooMany.status, 422);
  assert.match(tooMany.body.detail, /A job would have 101 steps .*; 0 jobs of the request are changed/);
  // A route instead of them begins anew.
  const to = { route: "changed", set: { AccessionNumber: "B" } };
  assert.deepEqual((await gateway.ask("/jobs/change", { action: "edit", all: true, to })).body, { changed: 1 });
  await gateway.ask("/lanes/PACS/resume", {});
  await gateway.until("delivered");
  assert.equal(gateway.received[0]!.dataSet.get("AccessionNumber"), "B");
});

Deno.test("two who edit a job at the same time are told whose edit it has got: none is lost in silence", async () => {
  await using gateway = await ChangingGateway.start(
    route("[{ map: { attribute: PatientID, table: { P-1: NEW-1 } } }]"),
  );
  await gateway.send([ct({ PatientID: "WRONG" })]);
  await gateway.until("held");
  const edits = await Promise.all(
    [{ PatientID: "P-1", StudyID: "1" }, { PatientID: "P-1", AccessionNumber: "2" }].map((set) =>
      gateway.ask("/jobs/change", { action: "edit", all: true, to: { set } })
    ),
  );
  await gateway.ask("/jobs/change", { action: "resume", all: true });
  await gateway.until("delivered");
  const { dataSet } = gateway.received[0]!;
  const got = [dataSet.get("StudyID") === "1", dataSet.get("AccessionNumber") === "2"];
  assert.deepEqual(edits.map(({ body }) => body.changed === 1), got);
});

Deno.test("a job whose steps nobody has any more is held, until it gets those of a route", async () => {
  const queue = createMemoryQueue();
  const documents = createMemoryDocuments();
  const store = createMemoryStore();
  const index = createMemoryIndex();
  const parts = { queue, documents, store, index };
  const instance = ct();
  {
    await using before = await ChangingGateway.start(route("[{ set: { StudyID: OLD } }]"), parts);
    await before.ask("/lanes/PACS/pause", {});
    await before.send([instance]);
    const edit = { action: "edit", all: true, to: { set: { AccessionNumber: "A1" } } };
    assert.deepEqual((await before.ask("/jobs/change", edit)).body, { changed: 1 });
  }
  await using gateway = await ChangingGateway.start(route("[{ set: { StudyID: NEW } }]"), parts);
  await gateway.ask("/lanes/PACS/resume", {});
  const [held] = await gateway.until("held");
  assert.match(held!.outcome.error, /no route has the steps any more that it was queued with/);
  const change = (to: object) => gateway.ask("/jobs/change", { action: "edit", all: true, to });
  assert.equal((await change({ route: "no such" })).status, 422);
  assert.equal((await change({ set: { NoSuchKeyword: "x" } })).status, 422);
  assert.equal((await change({ set: { PatientID: { deep: "x" } } })).status, 422);
  assert.deepEqual((await change({ route: "changed" })).body, { changed: 1 });
  await gateway.ask("/jobs/change", { action: "resume", all: true });
  await gateway.until("delivered");
  const { dataSet } = gateway.received[0]!;
  assert.deepEqual([dataSet.get("StudyID"), dataSet.has("AccessionNumber")], ["NEW", false]);
});

Deno.test("edits survive a new start, and are forgotten with their jobs", async () => {
  const parts = { queue: createMemoryQueue(), documents: createMemoryDocuments(), store: createMemoryStore() };
  const index = createMemoryIndex();
  const edits = parts.documents.collection("routing-recipes");
  {
    await using before = await ChangingGateway.start(route("[{ remove: StudyID }]"), { ...parts, index });
    await before.ask("/lanes/PACS/pause", {});
    await before.send([ct()]);
    await before.ask("/jobs/change", { action: "edit", all: true, to: { set: { PatientID: "P-9" } } });
  }
  assert.equal(await edits.count(), 1);
  {
    await using gateway = await ChangingGateway.start(route("[{ remove: StudyID }]"), { ...parts, index });
    await gateway.ask("/lanes/PACS/resume", {});
    await gateway.until("delivered");
    assert.equal(gateway.received[0]!.dataSet.get("PatientID"), "P-9");
  }
  assert.equal(await edits.count(), 1, "somebody may retry what was delivered");
  await parts.queue.forget(Infinity, 100);
  await using last = await ChangingGateway.start(route("[{ remove: StudyID }]"), { ...parts, index });
  await last.ask("/jobs/change", { action: "edit", all: true, to: { set: { PatientID: "X" } } });
  assert.equal(await edits.count(), 0);
});
