/** A gateway sends series and studies as one: associations, requests, steps and commitments say when they are complete. */

import assert from "node:assert/strict";
import { parseConfig } from "../../src/config.ts";
import * as UID from "../../src/dicom/generated/uid.ts";
import type { Connect } from "../../src/gateway/connect.ts";
import { createGateway, type Gateway, type GatewayOptions } from "../../src/gateway/gateway.ts";
import type { GatewayContext, GatewayEvent } from "../../src/gateway/module.ts";
import { GatewayUnits, type UnitsOptions } from "../../src/gateway/modules/units.ts";
import { createMemoryDocuments } from "../../src/documents/memory_documents.ts";
import { createMemoryIndex } from "../../src/index/memory_index.ts";
import { createMemoryStore } from "../../src/objects/memory_store.ts";
import { createMemoryQueue } from "../../src/queue/memory_queue.ts";
import type { Destination, OutgoingInstance } from "../../src/routing/destinations/destination.ts";
import { AVAILABILITY_CONTEXT, notifyAvailability } from "../../src/services/availability_notification.ts";
import { createProcedureStep, setProcedureStep } from "../../src/services/procedure_steps.ts";
import { requestAssociation, type ScuAssociation } from "../../src/services/scu.ts";
import { COMMITMENT_CONTEXT, requestCommitment, storageCommitment } from "../../src/services/storage_commitment.ts";
import { store } from "../../src/services/storage.ts";
import { connectionPair } from "../../src/transport/memory.ts";
import { assertMatches } from "../http/support.ts";
import { creation, ending } from "../procedure_steps/steps.ts";
import { FakeTime } from "../support/fake_time.ts";
import { type MadeInstance, makeInstance } from "../support/instances.ts";
import "../support/late_gateway_parts.ts";

const STUDY = "1.2.3.2";
const WHOLE =
  "dicom: { timeouts: { idle: 1h } }\nrouting: { units: { quiet: 60s, cap: 10m } }\nroutes: [{ name: whole, unit: study, to: [SINK] }]";

/** A gateway with a sink, in a time that only goes on when a test says so. */
class Units implements AsyncDisposable {
  readonly gateway: Gateway;
  readonly sent: string[] = [];
  readonly closed: string[] = [];
  readonly #time: FakeTime;
  readonly #clock = performance.now;

  private constructor(time: FakeTime, options: Partial<GatewayOptions>) {
    this.#time = time;
    performance.now = () => time.now;
    const sink = {
      store: ({ sopInstanceUid }: OutgoingInstance) => Promise.resolve(void this.sent.push(sopInstanceUid)),
    };
    this.gateway = createGateway({
      store: createMemoryStore(),
      connect: () => Promise.reject(new Error("nobody is called")),
      destinations: { SINK: sink },
      observers: [(event) => this.#observe(event)],
      ...options,
    });
  }

  static async start(time: FakeTime, yaml: string, options: Partial<GatewayOptions> = {}): Promise<Units> {
    // Destinations of a program are no names that a configuration knows.
    const config = await parseConfig(`peers: { SINK: { aeTitle: S, host: s, port: 9 } }\n${yaml}`);
    const units = new Units(time, {
      config: { ...config, peers: { CT1: { aeTitle: "CT1", host: "ct1", port: 1 } } },
      ...options,
    });
    await units.gateway.start();
    return units;
  }

  #observe(event: GatewayEvent): void {
    if (event.type !== "unit-closed") return;
    const { route, level, generation, closedBy, instances } = event.unit;
    this.closed.push(`${route} ${level} #${generation} ${closedBy} ${instances}`);
  }

  /** An association of a modality. */
  async associate(instances: readonly MadeInstance[], callingAeTitle = "CT1"): Promise<ScuAssociation> {
    const [here, there] = connectionPair();
    void this.gateway.accept(there);
    const transferSyntaxes = [UID.ExplicitVRLittleEndian];
    const association = await requestAssociation(here, {
      calledAeTitle: "GANTRY",
      callingAeTitle,
      presentationContexts: [
        { abstractSyntax: UID.SecondaryCaptureImageStorage, transferSyntaxes },
        { abstractSyntax: UID.ModalityPerformedProcedureStep, transferSyntaxes },
        COMMITMENT_CONTEXT,
        AVAILABILITY_CONTEXT,
      ],
      services: [storageCommitment({ onReport: () => Promise.resolve(undefined) })],
    });
    for (const instance of instances) assert.equal((await store(association.provider, instance)).status, 0);
    return association;
  }

  async ask(path: string, init: RequestInit = {}) {
    const response = await this.gateway.fetch(new Request(`http://localhost${path}`, init));
    const text = await response.text();
    return /json/.test(response.headers.get("content-type") ?? "") ? JSON.parse(text) : text;
  }

  /** What was sent and closed since, once nothing more happens. */
  async became(): Promise<readonly [sent: number, closed: readonly string[]]> {
    await this.#time.advance(5);
    return [this.sent.splice(0).length, this.closed.splice(0)];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = this.gateway[Symbol.asyncDispose]();
    await this.#time.advance(5_000);
    await ended;
    performance.now = this.#clock;
  }
}

const made = (count: number) => Array.from({ length: count }, () => makeInstance({ studyInstanceUid: STUDY }));

Deno.test("a study in two associations is sent as one, a while after the second has ended", async () => {
  using time = new FakeTime();
  await using units = await Units.start(time, WHOLE);
  const first = await units.associate(made(2));
  await first.release();
  await time.advance(50_000);
  const second = await units.associate(made(1));
  await time.advance(300_000);
  assert.deepEqual(await units.became(), [0, []]);
  const page = await units.ask("/units?state=open");
  assertMatches("UnitsPage", page);
  assert.partialDeepStrictEqual(page.units, [{
    route: "whole",
    level: "study",
    open: { generation: 1, instances: 3 },
  }]);
  await second.release();
  await time.advance(59_000);
  assert.deepEqual(await units.became(), [0, []]);
  await time.advance(2_000);
  assert.deepEqual(await units.became(), [3, ["whole study #1 quiet 3"]]);
  const { units: [unit] } = await units.ask(`/units?studyInstanceUid=${STUDY}`);
  assert.partialDeepStrictEqual(unit, { studyInstanceUid: STUDY, closed: [{ generation: 1, closedBy: "quiet" }] });
  const metrics = await units.ask("/metrics");
  assert.match(metrics, /gantry_units_open 0/);
  assert.match(metrics, /gantry_units_closed_total\{closed_by="quiet"\} 1/);
});

Deno.test("a step that is completed closes its study at the last instance that it lists, while its association is open", async () => {
  using time = new FakeTime();
  await using units = await Units.start(time, WHOLE);
  const instances = made(3);
  await using association = await units.associate(instances.slice(0, 1));
  const { provider } = association;
  const listed = instances.map(({ sopInstanceUid: uid }) => ({
    ...{ ReferencedSOPClassUID: UID.SecondaryCaptureImageStorage, ReferencedSOPInstanceUID: uid },
  }));
  await createProcedureStep(provider, {
    sopInstanceUid: "1.9.1",
    dataSet: creation({
      ScheduledStepAttributesSequence: [{ StudyInstanceUID: STUDY, ScheduledProcedureStepID: "S1" }],
      PerformedSeriesSequence: [],
    }),
  });
  const series = { ProtocolName: "HEAD", SeriesInstanceUID: "1.2.3.3", ReferencedImageSequence: listed };
  await setProcedureStep(provider, { sopInstanceUid: "1.9.1", dataSet: ending({ PerformedSeriesSequence: [series] }) });
  assert.equal((await store(provider, instances[1]!)).status, 0);
  assert.deepEqual(await units.became(), [0, []]);
  assert.partialDeepStrictEqual(await units.ask("/units"), { units: [{ open: { instances: 2, missing: 1 } }] });
  assert.equal((await store(provider, instances[2]!)).status, 0);
  assert.deepEqual(await units.became(), [3, ["whole study #1 mpps 3"]]);
});

Deno.test("a request for commitment closes the studies whose instances are all listed and here, and no others", async () => {
  using time = new FakeTime();
  await using units = await Units.start(time, WHOLE);
  const [instances, others] = [made(2), [1, 2].map(() => makeInstance({ studyInstanceUid: "1.7" }))];
  await using association = await units.associate([...instances, ...others]);
  const reference = ({ sopClassUid, sopInstanceUid }: MadeInstance) => ({ sopClassUid, sopInstanceUid });
  const commit = async (transactionUid: string, listed: readonly MadeInstance[]) => {
    await requestCommitment(association.provider, { transactionUid, instances: listed.map(reference) });
  };
  await commit("1.8.1", [...instances, others[0]!]);
  assert.deepEqual(await units.became(), [2, ["whole study #1 commitment 2"]]);
  await commit("1.8.2", [others[0]!, others[1]!]);
  assert.deepEqual(await units.became(), [2, ["whole study #1 commitment 2"]]);
});

Deno.test("a notification of availability closes its study at the last instance that it lists; without routes nobody takes it", async () => {
  using time = new FakeTime();
  const instances = made(2);
  await using units = await Units.start(time, WHOLE);
  await using association = await units.associate(instances.slice(0, 1));
  const series = { seriesInstanceUid: "1.2.3.3", instances };
  const notification = { studyInstanceUid: STUDY, retrieveAeTitle: "CT1", series: [series] };
  assert.equal((await notifyAvailability(association.provider, notification)).status, 0);
  assert.deepEqual(await units.became(), [0, []]);
  assert.equal((await store(association.provider, instances[1]!)).status, 0);
  assert.deepEqual(await units.became(), [2, ["whole study #1 availability 2"]]);
  await using without = await Units.start(time, "");
  await using other = await without.associate([]);
  await assert.rejects(notifyAvailability(other.provider, notification), /presentation context/);
});

Deno.test("a request over HTTP keeps its studies waiting until it has ended", async () => {
  using time = new FakeTime();
  await using units = await Units.start(time, WHOLE.replace("60s", "20s"));
  const [one, two] = made(2);
  const rest = Promise.withResolvers<void>();
  const encoder = new TextEncoder();
  const part = ({ file }: MadeInstance) => [encoder.encode("--b\r\nContent-Type: application/dicom\r\n\r\n"), file];
  const body = new ReadableStream<Uint8Array>({
    async start(controller) {
      for (const piece of [...part(one!), encoder.encode("\r\n--b\r\nContent-Type: application/dicom\r\n\r\n")]) {
        controller.enqueue(piece);
      }
      await rest.promise;
      for (const piece of [two!.file, encoder.encode("\r\n--b--\r\n")]) controller.enqueue(piece);
      controller.close();
    },
  });
  const stored = units.ask("/dicom-web/studies", {
    method: "POST",
    headers: { "Content-Type": 'multipart/related; type="application/dicom"; boundary=b' },
    body,
  });
  await time.advance(40_000);
  assert.deepEqual(await units.became(), [0, []]);
  rest.resolve();
  await time.advance(10);
  await stored;
  await time.advance(21_000);
  assert.deepEqual(await units.became(), [2, ["whole study #1 quiet 2"]]);
});

Deno.test("a lane that is paused sends nothing of a study that is complete until it is resumed", async () => {
  using time = new FakeTime();
  await using units = await Units.start(time, WHOLE);
  await units.ask("/lanes/SINK/pause", { method: "POST" });
  await (await units.associate(made(2))).release();
  await time.advance(61_000);
  assert.deepEqual(await units.became(), [0, ["whole study #1 quiet 2"]]);
  await units.ask("/lanes/SINK/resume", { method: "POST" });
  await time.advance(1_000);
  assert.deepEqual(await units.became(), [2, []]);
});

Deno.test("what waits for its study stays in an archive that deletes what was delivered", async () => {
  using time = new FakeTime();
  const routes = "routes: [{ name: now, to: [SINK] }, { name: whole, unit: study, to: [LATER] }]";
  const yaml = "archive: { retain: until-delivered }\ncommitment: { enabled: false }\n" +
    `destinations: { LATER: { folder: later } }\n${routes}`;
  const index = createMemoryIndex();
  const later: string[] = [];
  const folder = () => ({
    store: (instance: OutgoingInstance) => Promise.resolve(void later.push(instance.sopInstanceUid)),
  });
  await using units = await Units.start(time, yaml, { index, folderDestination: folder });
  const [one] = made(1);
  await (await units.associate([one!])).release();
  await time.advance(10_000);
  assert.deepEqual([await units.became(), later, await index.find(one!.sopInstanceUid) !== undefined], [
    [1, []],
    [],
    true,
  ]);
  await time.advance(60_000);
  assert.deepEqual([(await units.became())[1], later.length, await index.find(one!.sopInstanceUid)], [
    ["whole study #1 quiet 1"],
    1,
    undefined,
  ]);
});

Deno.test("a destination that hears of units does so once, by the last instance; what it stands for counts as delivered", async () => {
  using time = new FakeTime();
  const index = createMemoryIndex();
  const heard: (readonly [string, OutgoingInstance["unit"]])[] = [];
  const hook: Destination = {
    hearsOfUnits: true,
    store: ({ sopInstanceUid, unit }) => Promise.resolve(void heard.push([sopInstanceUid, unit])),
  };
  const yaml = `archive: { retain: until-delivered }\ncommitment: { enabled: false }\n${WHOLE}`;
  await using units = await Units.start(time, yaml, { index, destinations: { SINK: hook } });
  const instances = made(3);
  await (await units.associate(instances)).release();
  await time.advance(61_000);
  await units.became();
  const expected = { route: "whole", level: "study", generation: 1, closedBy: "quiet", instances: 3 } as const;
  assert.deepEqual(heard.map(([uid]) => uid), [instances[2]!.sopInstanceUid]);
  assert.partialDeepStrictEqual(heard[0]![1], expected);
  const { jobs } = await units.ask("/jobs");
  assert.deepEqual(jobs.map(({ state }: { state: string }) => state), ["delivered", "delivered", "delivered"]);
  await time.advance(5_000);
  for (const { sopInstanceUid } of instances) assert.equal(await index.find(sopInstanceUid), undefined);
  assert.equal((await units.ask("/deliveries")).deliveries.length, 1);
});

Deno.test("a destination that hears of units hears of one again when its job is tried again", async () => {
  using time = new FakeTime();
  const heard: (number | undefined)[] = [];
  const hook: Destination = {
    hearsOfUnits: true,
    store: ({ unit }) => Promise.resolve(void heard.push(unit?.generation)),
  };
  await using units = await Units.start(time, WHOLE, { destinations: { SINK: hook } });
  for (let generation = 1; generation <= 2; generation++) {
    await (await units.associate(made(2))).release();
    await time.advance(61_000);
    await units.became();
  }
  await units.ask("/jobs/change", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ action: "retry", ids: [2, 3] }),
  });
  await time.advance(1_000);
  await units.became();
  assert.deepEqual(heard, [1, 2, 1, undefined], "one stands for a unit, the other for itself");
});

Deno.test("routes that are replaced bring other times for what is open", async () => {
  using time = new FakeTime();
  await using units = await Units.start(time, WHOLE);
  await (await units.associate(made(1))).release();
  const config = await parseConfig(`peers: { SINK: { aeTitle: S, host: s, port: 9 } }\n${WHOLE.replace("60s", "10s")}`);
  await units.gateway.replaceRoutes(config);
  await time.advance(11_000);
  assert.deepEqual(await units.became(), [1, ["whole study #1 quiet 1"]]);
});

Deno.test("a study that is open when its route goes, or sends one by one from then on, is sent whole; what comes later follows the new routes", async () => {
  const others = {
    gone: "[{ name: other, when: { Modality: CT }, to: [SINK] }]",
    single: "[{ name: whole, to: [SINK] }]",
  };
  for (const [how, routes] of Object.entries(others)) {
    using time = new FakeTime();
    await using units = await Units.start(time, WHOLE);
    const replace = async (text: string) =>
      units.gateway.replaceRoutes(await parseConfig(`peers: { SINK: { aeTitle: S, host: s, port: 9 } }\n${text}`));
    await (await units.associate(made(2))).release();
    assert.deepEqual(await units.became(), [0, []]);
    await replace(`${WHOLE.slice(0, WHOLE.indexOf("routes:"))}routes: ${routes}`);
    await (await units.associate(made(1))).release();
    assert.deepEqual(await units.became(), [how === "gone" ? 0 : 1, []]);
    await time.advance(60_000);
    assert.deepEqual(await units.became(), [2, ["whole study #1 quiet 2"]]);
    await replace(WHOLE);
    await (await units.associate(made(3))).release();
    await time.advance(61_000);
    assert.deepEqual(await units.became(), [3, ["whole study #2 quiet 3"]]);
  }
});

Deno.test("a peer counts the instances of a study, and it is sent without waiting for longer", async () => {
  using time = new FakeTime();
  const instances = made(2);
  const ris = createGateway({ store: createMemoryStore(), connect: () => Promise.reject(new Error("nobody")) });
  const connect: Connect = () => {
    const [here, there] = connectionPair();
    void ris.accept(there);
    return Promise.resolve(here);
  };
  const [here, there] = connectionPair();
  void ris.accept(there);
  const filling = await requestAssociation(here, {
    calledAeTitle: "RIS",
    callingAeTitle: "CT1",
    presentationContexts: [{
      abstractSyntax: UID.SecondaryCaptureImageStorage,
      transferSyntaxes: [UID.ExplicitVRLittleEndian],
    }],
  });
  for (const instance of instances) await store(filling.provider, instance);
  await filling.release();
  const yaml = WHOLE.replace("unit: study", "unit: study, countedBy: CT1")
    .replace(
      "routing:",
      "peers: { SINK: { aeTitle: S, host: s, port: 9 }, CT1: { aeTitle: CT1, host: c, port: 1 } }\nrouting:",
    );
  const config = await parseConfig(yaml);
  await using units = await Units.start(time, WHOLE, {
    connect,
    config: { ...config, peers: { CT1: config.peers.CT1! } },
  });
  await (await units.associate(instances.slice(0, 1))).release();
  await time.advance(20_000);
  assert.deepEqual(await units.became(), [0, []], "one is missing");
  await (await units.associate(instances.slice(1))).release();
  assert.deepEqual(await units.became(), [2, ["whole study #1 count 2"]]);
  const ended = ris[Symbol.asyncDispose]();
  await time.advance(5_000);
  await ended;
});

Deno.test("a gateway that ends with an open study sends it after its next start", async () => {
  using time = new FakeTime();
  const [store, index, queue] = [createMemoryStore(), createMemoryIndex(), createMemoryQueue()];
  {
    await using units = await Units.start(time, WHOLE, { store, index, queue });
    await (await units.associate(made(2))).release();
    await time.advance(40_000);
    assert.deepEqual(await units.became(), [0, []]);
  }
  await using units = await Units.start(time, WHOLE, { store, index, queue });
  await time.advance(59_000);
  assert.deepEqual(await units.became(), [0, []]);
  await time.advance(2_000);
  assert.deepEqual(await units.became(), [2, ["whole study #1 quiet 2"]]);
});

Deno.test("a gateway without routes has no units, and says so", async () => {
  using time = new FakeTime();
  await using units = await Units.start(time, "");
  assert.deepEqual(await units.ask("/units"), { units: [] });
});

Deno.test("a unit that is complete is remembered, however far the clock on the wall jumps forth", async () => {
  const [wall, passed] = [Date.now, performance.now];
  const days = (count: number) => count * 86_400_000;
  const context = { documents: createMemoryDocuments(), config: { queue: { keepDays: 30 } } } as GatewayContext;
  const options = { routes: { rules: { routes: [] } }, queue: createMemoryQueue(), standInLanes: new Set<string>() };
  const units = new GatewayUnits(context, options as unknown as UnitsOptions);
  const unit = { route: "whole", level: "study", studyInstanceUid: STUDY, seriesInstanceUid: "" } as const;
  const closed = { generation: 1, closedBy: "quiet", at: Date.now(), instances: 1 } as const;
  await units.closed.remember({ unit: { ...unit, ...closed }, through: 1, standIns: {} });
  const count = async () => (await Array.fromAsync(units.closed.closed.list())).length;
  try {
    Date.now = () => wall() + days(1_000);
    await units.tidy();
    assert.equal(await count(), 1);
    performance.now = () => passed.call(performance) + days(31);
    await units.tidy();
    assert.equal(await count(), 0);
  } finally {
    Date.now = wall;
    performance.now = passed;
  }
});

Deno.test("a sender that waits for a delivery does not wait for the study of another route to the same destination", async () => {
  using time = new FakeTime();
  const yaml = WHOLE.replace("]\nroutes", "\nroutes").replace(
    /\}\]$/,
    "}, { name: now, acknowledge: delivered-all, to: SINK }]",
  );
  await using units = await Units.start(time, yaml);
  const association = await units.associate(made(2));
  assert.deepEqual(await units.became(), [2, []]);
  await association.release();
});
