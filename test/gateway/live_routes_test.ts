/** Routes of a gateway: asked of what comes, replaced while it runs, refused where gateways don't do what they ask. */

import assert from "node:assert/strict";
import { type Config, parseConfig } from "../../src/config.ts";
import { ConfigError } from "../../src/config/config_error.ts";
import { DataSet } from "../../src/dicom/data_set/data_set.ts";
import * as UID from "../../src/dicom/generated/uid.ts";
import { createGateway, type GatewayOptions } from "../../src/gateway/gateway.ts";
import { createMemoryStore } from "../../src/objects/memory_store.ts";
import { createMemoryQueue } from "../../src/queue/memory_queue.ts";
import { Peer } from "../../src/services/peer.ts";
import { connectionPair } from "../../src/transport/memory.ts";

const PLACES = "peers: { PACS: { aeTitle: A, host: a, port: 9 }, FAR: { aeTitle: B, host: b, port: 9 } }\n" +
  "destinations: { DISK: { peer: PACS }, NIGHT: { peer: PACS } }\n";

const configOf = (text: string): Promise<Config> => parseConfig(`${PLACES}${text}`);

/** A gateway that keeps and queues, and sends nothing, since it is not started. */
async function routed(text: string, options: Partial<GatewayOptions> = {}) {
  const queue = createMemoryQueue();
  const store = createMemoryStore();
  const connect = () => Promise.reject(new Error("nobody is called"));
  const errors: unknown[] = [];
  const onError = (error: unknown) => void errors.push(error);
  const gateway = createGateway({ ...{ store, queue, connect, onError, config: await configOf(text) }, ...options });
  let count = 0;
  /** Sends an instance; answers its status, and the destinations and routes of its jobs. */
  const send = async (attributes: Record<string, unknown>, callingAeTitle = "CT1") => {
    const sopInstanceUid = `1.2.3.${++count}`;
    const dataSet = new DataSet({
      SOPClassUID: UID.CTImageStorage,
      SOPInstanceUID: sopInstanceUid,
      StudyInstanceUID: "1.2.3",
      SeriesInstanceUID: "1.2.3.0",
      ...attributes,
    });
    const [here, there] = connectionPair();
    void gateway.accept(there);
    await using peer = new Peer({ calledAeTitle: "GANTRY", callingAeTitle, connect: () => Promise.resolve(here) });
    const { status } = await peer.store({
      ...{ sopClassUid: UID.CTImageStorage, sopInstanceUid, transferSyntax: UID.ExplicitVRLittleEndian },
      dataSet: dataSet.encode(UID.ExplicitVRLittleEndian) as Uint8Array<ArrayBuffer>,
    });
    const jobs = await queue.jobs({ sopInstanceUid }, { limit: 9 });
    return { status, jobs: jobs.map(({ lane, route, priority, state }) => `${lane} ${route} ${priority} ${state}`) };
  };
  return { gateway, queue, store, errors, send, [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose]() };
}

Deno.test("instances that come at once are routed all, also those that come before the routes are loaded", async () => {
  await using gateway = await routed("routes: [{ name: ct, when: { Modality: CT }, to: DISK }]\n");
  const sent = await Promise.all(Array.from({ length: 4 }, () => gateway.send({ Modality: "CT" })));
  assert.deepEqual(sent, Array(4).fill({ status: 0, jobs: ["DISK ct medium ready"] }));
});

Deno.test("wrong steps of a gateway that a program makes fail its start; not started, it refuses what comes and says why", async () => {
  const change = "change: [{ shorten: 8 }]";
  await using gateway = await routed(`routes: [{ name: ct, to: DISK, ${change} }]\n`);
  const isTold = (error: unknown) =>
    error instanceof ConfigError && error.problems[0]!.keyPath === "routes[0].change[0].shorten";
  for (let time = 1; time <= 2; time++) {
    assert.deepEqual(await gateway.send({}), { status: 0x0110, jobs: [] });
    assert.equal(gateway.errors.length, time);
    assert.ok(isTold(gateway.errors.at(-1)));
  }
  assert.deepEqual(await Array.fromAsync(gateway.store.list()), []);
  await assert.rejects(gateway.gateway.start(), isTold);
  assert.equal((await gateway.gateway.fetch(new Request("http://127.0.0.1:8080/health/live"))).status, 500);
  await gateway.gateway.replaceRoutes(
    await configOf("routes: [{ name: ct, to: DISK, change: [{ remove: StudyID }] }]\n"),
  );
  assert.deepEqual(await gateway.send({}), { status: 0, jobs: ["DISK ct medium ready"] });
  assert.equal((await gateway.gateway.fetch(new Request("http://127.0.0.1:8080/health/live"))).status, 200);
});

Deno.test("kinds of steps that a gateway's program has are asked for once the routes are compiled, and not without routes", async () => {
  let asked = 0;
  const steps = { own: () => (asked++, () => {}) };
  await using without = await routed("", { steps });
  assert.deepEqual(await without.send({}), { status: 0, jobs: [] });
  assert.equal(asked, 0);
  await using gateway = await routed("routes: [{ name: ct, to: DISK, change: [{ own: true }] }]\n", { steps });
  await Promise.all([gateway.send({}), gateway.send({})]);
  assert.equal(asked, 1);
});

Deno.test("of routes that are replaced several times at once the last ones hold, also before the first are compiled", async () => {
  await using gateway = await routed("routes: [{ name: first, to: DISK }]\n");
  const configs = await Promise.all(
    ["second", "third"].map((name) => configOf(`routes: [{ name: ${name}, to: NIGHT }]`)),
  );
  const replaced = configs.map((config) => gateway.gateway.replaceRoutes(config));
  await Promise.all(replaced);
  assert.deepEqual((await gateway.send({})).jobs, ["NIGHT third medium ready"]);
});

Deno.test("routes look at attributes that no index keeps, and at who sends", async () => {
  await using gateway = await routed(
    "routes:\n" +
      "  - { name: contrast, when: { ContrastBolusAgent: 'Io*', Modality: CT }, priority: high, to: [DISK, PACS] }\n" +
      "  - { name: ct1, when: { callingAeTitle: CT1, calledAeTitle: GANTRY, way: C-STORE }, to: DISK }\n" +
      "  - { name: details, when: { 'CTXRayDetailsSequence[*].KVP': { range: { to: 80 } } }, to: NIGHT }\n",
  );
  const { send } = gateway;
  assert.deepEqual(await send({ Modality: "CT", ContrastBolusAgent: "Iomeprol" }), {
    status: 0,
    jobs: ["DISK contrast high ready", "PACS contrast high ready"],
  });
  assert.deepEqual((await send({ Modality: "CT" })).jobs, ["DISK ct1 medium ready"]);
  assert.deepEqual((await send({ CTXRayDetailsSequence: [{ KVP: 120 }, { KVP: 80 }] }, "CT2")).jobs, [
    "NIGHT details medium ready",
  ]);
  assert.deepEqual(await send({ Modality: "CT" }, "CT2"), { status: 0, jobs: [] });
});

Deno.test("the first route that matches counts, where the configuration says so; what none matches is refused", async () => {
  await using gateway = await routed(
    "routing: { match: first, otherwise: refuse }\n" +
      "routes: [{ name: ct, when: { Modality: CT }, to: DISK }, { name: any, when: { Modality: '*' }, to: NIGHT }]\n",
  );
  assert.deepEqual((await gateway.send({ Modality: "CT" })).jobs, ["DISK ct medium ready"]);
  assert.deepEqual(await gateway.send({ SeriesDescription: "x" }), { status: 0x0124, jobs: [] });
  assert.deepEqual((await gateway.send({ Modality: "MR" })).jobs, ["NIGHT any medium ready"]);
  let kept = 0;
  for await (const _ of gateway.store.list()) kept++;
  assert.equal(kept, 2);
});

Deno.test("what no route matches is kept and held, where the configuration says so, and stays one job", async () => {
  await using gateway = await routed(
    "routing: { otherwise: hold }\nroutes: [{ name: ct, when: { Modality: CT }, to: DISK }]\n",
  );
  assert.deepEqual(await gateway.send({ Modality: "MR" }), { status: 0, jobs: ["unrouted  medium held"] });
  assert.deepEqual((await gateway.send({ Modality: "CT" })).jobs, ["DISK ct medium ready"]);
  const texts = ["routes: [{ name: a, to: unrouted }]", "routes: [{ name: a, to: { firstOf: [PACS, unrouted] } }]"];
  for (const text of [...texts, "destinations: { unrouted: { peer: PACS } }"]) {
    const peers = "peers: { PACS: { aeTitle: A, host: a, port: 9 }, unrouted: { aeTitle: B, host: b, port: 9 } }";
    await assert.rejects(
      parseConfig(`${text.startsWith("routes") ? peers : peers.replace("unrouted", "FAR")}\n${text}`),
      /another name: this one stands for instances that no route matches/,
    );
  }
});

Deno.test("of several destinations of which the first that works is meant, the one liked best has the job", async () => {
  await using gateway = await routed(
    "routes:\n  - { name: ct, to: { firstOf: [NIGHT, DISK] } }\n  - { name: far, to: FAR }\n",
  );
  assert.deepEqual((await gateway.send({})).jobs, ["FAR far medium ready", "NIGHT ct medium ready"]);
  const jobs = await gateway.queue.jobs({}, { limit: 9 });
  assert.deepEqual(jobs.map(({ choice }) => choice), [[], ["NIGHT", "DISK"]]);
});

Deno.test("a schedule makes instances wait for their time", async () => {
  const hour = (new Date().getHours() + 2) % 24;
  const text = (hour: number) => `${String(hour % 24).padStart(2, "0")}:00`;
  await using gateway = await routed(
    `routes: [{ name: later, schedule: { hours: "${text(hour)}-${text(hour + 1)}" }, to: DISK }]`,
  );
  assert.deepEqual((await gateway.send({})).jobs, ["DISK later medium waiting"]);
});

Deno.test("routes are replaced while a gateway runs; where they can't be, the old ones stay", async () => {
  await using routing = await routed("routes: [{ name: all, to: DISK }]");
  const { gateway, send } = routing;
  await gateway.replaceRoutes(
    await configOf("routes: [{ name: ct, when: { ContrastBolusAgent: x }, to: [DISK, NIGHT] }]"),
  );
  assert.deepEqual((await send({ ContrastBolusAgent: "x" })).jobs, ["DISK ct medium ready", "NIGHT ct medium ready"]);
  assert.deepEqual((await send({ Modality: "CT" })).jobs, []);
  const without: readonly (readonly [text: string, problem: RegExp])[] = [
    ["routes: [{ name: far, to: FAR }]", /routes\[0\]\.to: found "FAR", expected a new start/],
    [
      "routes: [{ name: a, to: DISK, change: [{ drop: PatientName }] }]",
      /routes\[0\]\.change\[0\]\.drop: found no step/,
    ],
  ];
  for (const [text, problem] of without) {
    const config = await configOf(text);
    await assert.rejects(
      gateway.replaceRoutes(config),
      (error) => error instanceof ConfigError && problem.test(error.message),
    );
  }
  assert.deepEqual((await send({ ContrastBolusAgent: "x" })).jobs.length, 2);
  await gateway.replaceRoutes(await configOf("routing: { otherwise: refuse }"));
  assert.deepEqual(await send({}), { status: 0, jobs: [] });
});

Deno.test("a gateway that was started without routes gets none later: it has no lanes, and perhaps no queue on disk", async () => {
  await using routing = await routed("");
  await routing.gateway.replaceRoutes(await configOf(""));
  const config = await configOf("routes: [{ name: all, to: DISK }]");
  await assert.rejects(routing.gateway.replaceRoutes(config), /routes: found routes, expected a new start/);
});
