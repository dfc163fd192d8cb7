/** A gateway sends on what it keeps, and tells and lets change by HTTP what it has still to send. */

import assert from "node:assert/strict";
import { parseConfig } from "../../src/config.ts";
import * as Status from "../../src/dimse/status.ts";
import { DimseStatusError, TransportError } from "../../src/errors.ts";
import type { Connect } from "../../src/gateway/connect.ts";
import { createGateway, type Gateway, type GatewayOptions } from "../../src/gateway/gateway.ts";
import type { GatewayEvent } from "../../src/gateway/module.ts";
import { createMemoryIndex } from "../../src/index/memory_index.ts";
import { createMemoryStore } from "../../src/objects/memory_store.ts";
import type { Service } from "../../src/dimse/service.ts";
import type { OutgoingInstance } from "../../src/routing/destinations/destination.ts";
import type { LaneEvent } from "../../src/routing/lanes/lane_events.ts";
import { DeliveryError } from "../../src/routing/destinations/outcomes.ts";
import { Peer } from "../../src/services/peer.ts";
import { storage } from "../../src/services/storage.ts";
import { connectionPair } from "../../src/transport/memory.ts";
import { type MadeInstance, makeInstance, readContent } from "../support/instances.ts";
import { until } from "../support/until.ts";

/** A gateway that routes, and a peer whose storage is the test's. */
class Routed implements AsyncDisposable {
  readonly gateway: Gateway;
  readonly events: LaneEvent[] = [];
  readonly received: string[] = [];
  /** What the peer answers. */
  answer: (sopInstanceUid: string) => void = () => {};
  /** Whether the peer can be reached. */
  reachable = true;
  readonly #open: AsyncDisposable[] = [];
  readonly #waiting: (() => void)[] = [];

  private constructor(options: Omit<GatewayOptions, "store" | "connect">, peer: { gateway?: Gateway }) {
    const connect: Connect = () => {
      if (!this.reachable) throw new TransportError("Cannot connect: nothing listens there", { phase: "connect" });
      const [here, there] = connectionPair();
      peer.gateway!.accept(there);
      return Promise.resolve(here);
    };
    this.gateway = createGateway({
      store: createMemoryStore(),
      connect,
      observers: [(event) => this.#observe(event)],
      ...options,
    });
    this.#open.push(this.gateway);
  }

  static async start(yaml: string, options: Partial<GatewayOptions> = {}): Promise<Routed> {
    const peer: { gateway?: Gateway } = {};
    const routed = new Routed({ config: await parseConfig(yaml), ...options }, peer);
    const service: Service = storage(async ({ sopInstanceUid, dataSet }) => {
      for (let piece = await dataSet.read(); piece !== undefined; piece = await dataSet.read());
      routed.answer(sopInstanceUid);
      routed.received.push(sopInstanceUid);
    });
    const refuse = () => Promise.reject(new Error("nobody is called"));
    peer.gateway = createGateway({ store: createMemoryStore(), connect: refuse, services: [service] });
    routed.#open.push(peer.gateway);
    await routed.gateway.start();
    return routed;
  }

  /** Sends instances to the gateway. */
  async send(instances: readonly MadeInstance[], callingAeTitle = "CT1"): Promise<void> {
    const connect = () => {
      const [here, there] = connectionPair();
      this.gateway.accept(there);
      return Promise.resolve(here);
    };
    await using peer = new Peer({ calledAeTitle: "GANTRY", callingAeTitle, connect });
    for (const instance of instances) assert.equal((await peer.store(instance)).status, 0);
  }

  /** Resolves once so many events of this kind have come. */
  async until(isMeant: (event: LaneEvent) => boolean, times = 1): Promise<void> {
    while (this.events.filter(isMeant).length < times) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  // deno-lint-ignore no-explicit-any
  async ask(path: string, body?: unknown): Promise<{ status: number; body: any }> {
    const init = body === undefined
      ? {}
      : { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
    const response = await this.gateway.fetch(new Request(`http://localhost${path}`, init));
    const text = await response.text();
    return {
      status: response.status,
      body: /json/.test(response.headers.get("content-type") ?? "") ? JSON.parse(text) : text,
    };
  }

  #observe(event: GatewayEvent): void {
    if (!("lane" in event)) return;
    this.events.push(event);
    for (const go of this.#waiting.splice(0)) go();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const open of this.#open) await open[Symbol.asyncDispose]();
  }
}

const PEER = "peers: { PACS: { aeTitle: PACS, host: pacs, port: 104 } }";
const ALL = `${PEER}\nroutes: [{ name: all, to: [PACS] }]`;

const isDelivered = (event: LaneEvent) => event.type === "job-attempted" && event.state === "delivered";
/** Stores by STOW-RS, as a client with a token does. */
async function stow({ gateway }: Routed, instance: MadeInstance, token: string): Promise<number> {
  const headers = { "content-type": "application/dicom", "authorization": `Bearer ${token}` };
  const request = new Request("http://localhost/dicom-web/studies", { method: "POST", headers, body: instance.file });
  const response = await gateway.fetch(request, { remoteAddress: "192.0.2.7" });
  await response.body?.cancel();
  return response.status;
}

const isDead = (event: LaneEvent) => event.type === "job-attempted" && event.state === "dead";

Deno.test("an instance goes to the peer that a route names, in order, with the status logged", async () => {
  await using routed = await Routed.start(ALL);
  const instances = [1, 2, 3].map(() => makeInstance());
  await routed.send(instances);
  await routed.until(isDelivered, 3);
  assert.deepEqual(routed.received, instances.map(({ sopInstanceUid }) => sopInstanceUid));
  const { body } = await routed.ask("/deliveries?limit=2");
  assert.deepEqual(
    body.deliveries.map((entry: Record<string, unknown>) => [entry.lane, entry.class, entry.status, entry.attempt]),
    [
      ["PACS", "delivered", "0x0000", 1],
      ["PACS", "delivered", "0x0000", 1],
    ],
  );
  const rest = await routed.ask(`/deliveries?after=${body.next}`);
  assert.equal(rest.body.deliveries.length, 1);
});

Deno.test("routes match by AE titles, all that match count, and one destination gets one job", async () => {
  const seen: string[] = [];
  const sink = { store: ({ sopInstanceUid }: OutgoingInstance) => Promise.resolve(void seen.push(sopInstanceUid)) };
  const config = await parseConfig(ALL);
  const routes = [
    { name: "ct", when: { callingAeTitle: "CT1" }, priority: "medium", to: ["SINK"] },
    { name: "called", when: { calledAeTitle: "GANTRY" }, priority: "medium", to: ["SINK", "PACS"] },
    { name: "other", when: { calledAeTitle: "OTHER" }, priority: "medium", to: ["SINK"] },
  ] as const;
  await using routed = await Routed.start(ALL, { config: { ...config, routes }, destinations: { SINK: sink } });
  const [ct, mr] = [makeInstance(), makeInstance()];
  await routed.send([ct], "CT1");
  await routed.send([mr], "MR1");
  await routed.until(isDelivered, 4);
  assert.deepEqual(seen.toSorted(), [ct.sopInstanceUid, mr.sopInstanceUid].toSorted());
  const { body } = await routed.ask("/jobs?lane=SINK");
  assert.deepEqual(body.jobs.map(({ route }: { route: string }) => route), ["ct", "called"]);
});

Deno.test("each class of status of a C-STORE comes to what the table says", async () => {
  const cases: readonly (readonly [status: number, outcome: string, state: string])[] = [
    [0xB000, "delivered", "delivered"],
    [Status.DuplicateSopInstance, "duplicate", "delivered"],
    [Status.OutOfResources, "transient", "waiting"],
    [Status.ProcessingFailure, "transient", "waiting"],
    [Status.ResourceLimitation, "transient", "waiting"],
    [Status.NotAuthorized, "permanent", "waiting"],
    [Status.DataSetDoesNotMatchSopClass, "permanent", "waiting"],
    [Status.CannotUnderstand, "permanent", "waiting"],
  ];
  for (const [status, outcome, state] of cases) {
    await using routed = await Routed.start(ALL);
    routed.answer = () => {
      throw new DimseStatusError("so it is", { status });
    };
    await routed.send([makeInstance()]);
    await routed.until(({ type }) => type === "job-attempted");
    const { body } = await routed.ask("/jobs");
    const code = `0x${status.toString(16).toUpperCase().padStart(4, "0")}`;
    assert.deepEqual([body.jobs[0].state, body.jobs[0].last.class, body.jobs[0].last.status], [state, outcome, code]);
  }
});

Deno.test("a peer that can't be reached opens its lane, which HTTP, health and metrics tell, and closes it when it is back", async () => {
  await using routed = await Routed.start(ALL);
  routed.reachable = false;
  await routed.send([makeInstance(), makeInstance()]);
  await routed.until(({ type }) => type === "lane-opened");
  const { body: { lanes: [lane] } } = await routed.ask("/lanes");
  assert.deepEqual([lane.name, lane.state, lane.jobs.ready, lane.open.why], [
    "PACS",
    "open",
    2,
    "Cannot connect: nothing listens there",
  ]);
  const metrics = (await routed.ask("/metrics")).body;
  assert.match(metrics, /gantry_lane_open\{lane="PACS"\}/);
  assert.match(metrics, /gantry_deliveries_total\{lane="PACS",class="transport"\} 1/);
  const { body: health } = await routed.ask("/health");
  assert.deepEqual(health.checks["routing:lanes"][0].componentId, "PACS");
  routed.reachable = true;
  assert.equal((await routed.ask("/lanes/PACS/resume", {})).status, 204);
  await routed.until(isDelivered, 2);
  assert.ok(routed.events.some(({ type }) => type === "lane-closed"));
});

Deno.test("dead jobs are seen, edited and tried again over HTTP", async () => {
  await using routed = await Routed.start(ALL, {
    destinations: {
      SINK: { store: () => Promise.reject(new DeliveryError("Cannot: it is gone", { class: "gone" })) },
    },
  });
  await routed.send([makeInstance()]);
  await routed.until(isDelivered);
  const edited = await routed.ask("/jobs/change", { action: "retry", lane: "PACS" });
  assert.deepEqual(edited.body, { changed: 1 });
  await routed.until(isDelivered, 2);
  assert.equal(routed.received.length, 2);
  assert.equal((await routed.ask("/lanes/PACS/pause", {})).status, 204);
  await routed.send([makeInstance()]);
  const { body: { jobs: [job] } } = await routed.ask("/jobs?state=ready");
  assert.deepEqual(
    (await routed.ask("/jobs/change", { action: "edit", ids: [job.id], to: { lane: "SINK", priority: "high" } })).body,
    { changed: 1 },
  );
  await routed.until(isDead);
  const dead = (await routed.ask(`/jobs/${job.id}`)).body;
  assert.deepEqual([dead.state, dead.lane, dead.priority, dead.last.error], [
    "dead",
    "SINK",
    "high",
    "Cannot: it is gone",
  ]);
  assert.deepEqual((await routed.ask("/jobs/change", { action: "drop", states: ["dead"], class: "gone" })).body, {
    changed: 1,
  });
  assert.equal((await routed.ask(`/jobs/${job.id}`)).status, 404);
});

Deno.test("what a client of /jobs and /lanes gets wrong is told, and changes nothing", async () => {
  await using routed = await Routed.start(ALL);
  await routed.ask("/lanes/PACS/pause", {});
  await routed.send([makeInstance()]);
  const wrong: readonly (readonly [path: string, body: unknown, status: number])[] = [
    ["/lanes/NONE/pause", {}, 404],
    ["/jobs?limit=0", undefined, 400],
    ["/jobs?after=x", undefined, 400],
    ["/jobs?state=odd", undefined, 400],
    ["/jobs?colour=red", undefined, 400],
    ["/jobs?ids=1", undefined, 400],
    ["/deliveries?state=dead", undefined, 400],
    ["/jobs/change", { action: "drop", lane: "NONE" }, 422],
    ["/jobs/change", { action: "drop", status: "0xA7" }, 422],
    ["/jobs/change", { action: "edit", lane: "NONE", to: { priority: "low" } }, 422],
    ["/jobs/change", { action: "drop", class: "odd" }, 422],
    ["/jobs/99", undefined, 404],
    ["/jobs/x", undefined, 404],
    ["/jobs/change", [], 422],
    ["/jobs/change", { action: "drop" }, 422],
    ["/jobs/change", { action: "explode", all: true }, 422],
    ["/jobs/change", { action: "drop", all: "yes" }, 422],
    ["/jobs/change", { action: "drop", lane: 7 }, 422],
    ["/jobs/change", { action: "drop", ids: ["1"] }, 422],
    ["/jobs/change", { action: "drop", states: [] }, 422],
    ["/jobs/change", { action: "hold", all: true, to: { lane: "PACS" } }, 422],
    ["/jobs/change", { action: "edit", all: true }, 422],
    ["/jobs/change", { action: "edit", all: true, to: { lane: "NONE" } }, 404],
    ["/jobs/change", { action: "edit", all: true, to: { priority: "urgent" } }, 422],
    ["/jobs/change", { action: "edit", all: true, to: { lane: "PACS", more: 1 } }, 422],
  ];
  for (const [path, body, status] of wrong) {
    const answer = await routed.ask(path, body);
    assert.equal(answer.status, status, `${path} ${JSON.stringify(body)}: ${JSON.stringify(answer.body)}`);
    assert.match(answer.body.detail, /\S/);
  }
  assert.equal((await routed.ask("/jobs?state=ready,held")).body.jobs.length, 1);
});

Deno.test("a filter or a parameter that nobody knows is told with what is known, and what was meant", async () => {
  await using routed = await Routed.start(
    `${PEER}\nroutes: [{ name: all, to: PACS }, { name: studies, when: { Modality: CT }, unit: study, to: PACS }]`,
  );
  const wrong: readonly (readonly [path: string, pointer: string, expected: RegExp])[] = [
    ["/jobs?lane=PACX", "lane", /^one of .*PACS.*; did you mean PACS\?$/],
    ["/jobs?state=ready,ded", "state", /one or several of ready, leased, .*; did you mean dead\?$/],
    ["/jobs?class=transiet", "class", /one of delivered, duplicate, .*; did you mean transient\?$/],
    ["/jobs?status=0xa700", "status", /0xA700 or 503; did you mean 0xA700\?$/],
    ["/jobs?status=A700", "status", /such as 0xA700 or 503/],
    ["/jobs?stat=dead", "stat", /no other parameter than lane, state, .*; did you mean state\?$/],
    ["/jobs?studyUID=1.2", "studyUID", /studyInstanceUid/],
    ["/jobs?lane=", "lane", /a text of 1 to 255/],
    ["/jobs?lane=PACS&lane=SINK", "lane", /^one: /],
    ["/jobs?limit=0", "limit", /1 to 1000/],
    ["/jobs/1?lane=PACS", "lane", /^no parameter$/],
    ["/deliveries?lane=PACX", "lane", /did you mean PACS/],
    ["/deliveries?class=x", "class", /one of delivered/],
    ["/deliveries?status=0xA700", "status", /no other parameter than/],
    ["/lanes?lane=PACS", "lane", /^no parameter$/],
    ["/routes?name=all", "name", /^no parameter$/],
    ["/units?stat=open", "stat", /; did you mean state\?$/],
    ["/units?state=opened", "state", /one of open, closed; did you mean open\?$/],
    ["/events?typ=lane-opened", "typ", /no other parameter than type; did you mean type\?$/],
    ["/events?type=lane-open", "type", /; did you mean lane-opened\?$/],
  ];
  for (const [path, pointer, expected] of wrong) {
    const { status, body } = await routed.ask(path);
    assert.equal(status, 400, `${path}: ${JSON.stringify(body)}`);
    assert.deepEqual(body.errors.map((error: { pointer: string }) => error.pointer), [pointer], path);
    assert.match(body.errors[0].expected, expected, path);
  }
  // What may be, and just is not, is no error.
  for (
    const path of ["/jobs?lane=PACS&state=dead,held", "/jobs?class=gone&status=0xA700", "/jobs?studyInstanceUid=9"]
  ) {
    assert.deepEqual((await routed.ask(path)).body, { jobs: [] });
  }
});

Deno.test("with archive.retain: until-delivered an instance goes once each destination has it, and no sooner", async () => {
  const index = createMemoryIndex();
  const config = await parseConfig(`${ALL}\narchive: { retain: until-delivered }\ncommitment: { enabled: false }`);
  const routes = [
    { name: "all", priority: "medium", to: ["PACS", "SINK"] },
  ] as const;
  let takes = false;
  const sink = { store: () => takes ? Promise.resolve() : Promise.reject(new DeliveryError("no", { class: "gone" })) };
  const when = { callingAeTitle: "CT1" };
  await using routed = await Routed.start(ALL, {
    ...{ index, destinations: { SINK: sink } },
    config: { ...config, routes: routes.map((route) => ({ ...route, when })) },
  });
  const [sent, unrouted] = [makeInstance(), makeInstance()];
  await routed.send([sent]);
  await routed.send([unrouted], "MR1");
  await routed.until(isDelivered);
  await routed.until(isDead);
  assert.equal(await index.count(), 2, "one destination lacks it");
  takes = true;
  await routed.ask("/jobs/change", { action: "retry", states: ["dead"] });
  await routed.until(isDelivered, 2);
  await until("one instance is left", async () => await index.count() <= 1);
  assert.ok(await index.find(unrouted.sopInstanceUid), "no route leads it anywhere");
  assert.deepEqual((await routed.ask("/jobs?state=delivered")).body.jobs.length, 2);
});

Deno.test("without routes nothing is queued, and health says nothing of lanes", async () => {
  await using routed = await Routed.start(PEER);
  await routed.send([makeInstance()]);
  assert.deepEqual((await routed.ask("/lanes")).body, { lanes: [] });
  assert.deepEqual((await routed.ask("/jobs")).body, { jobs: [] });
  const { checks } = (await routed.ask("/health")).body;
  assert.deepEqual(Object.keys(checks).filter((name) => name.startsWith("routing")), []);
});

Deno.test("rules know how an instance came over HTTP: the way, the address, and the name of the token", async () => {
  const tokens = ["one", "two"].map((name) => `${name}: { token: ${name.repeat(12)}, scopes: [write] }`);
  await using routed = await Routed.start(`${PEER}
http: { tokens: { ${tokens.join(", ")} } }
routes:
  - { name: web, when: { way: STOW-RS, address: 192.0.2.0/24, user: one }, to: [PACS] }`);
  const [sent, ofTwo, byDimse] = [makeInstance(), makeInstance(), makeInstance()] as const;
  assert.equal(await stow(routed, ofTwo, "two".repeat(12)), 200);
  await routed.send([byDimse]);
  assert.equal(await stow(routed, sent, "one".repeat(12)), 200);
  await routed.until(isDelivered);
  assert.deepEqual(routed.received, [sent.sopInstanceUid]);
});

Deno.test("the instance of a job comes as a file, to whoever may read data", async () => {
  const [ops, reader] = ["operator-operator-1", "reader-reader-reader"];
  const tokens =
    `http: { tokens: { OPS: { token: ${ops}, scopes: [admin] }, R: { token: ${reader}, scopes: [read] } } }`;
  await using routed = await Routed.start(`${ALL}\n${tokens}`);
  const made = makeInstance({ pixelBytes: 200_000 });
  await routed.send([made]);
  await routed.until(isDelivered);
  const ask = (path: string, token: string, method = "GET") => {
    const headers = { authorization: `Bearer ${token}` };
    return routed.gateway.fetch(new Request(`http://localhost${path}`, { method, headers }));
  };
  const response = await ask("/jobs/files/1", reader);
  assert.equal(response.headers.get("content-type"), "application/dicom");
  const bytes = await response.bytes();
  assert.equal(Number(response.headers.get("content-length")), bytes.length);
  assert.deepEqual(readContent(bytes).dataSet, made.dataSet);
  for (const id of ["2", "x", "1e400"]) {
    const unknown = await ask(`/jobs/files/${id}`, reader);
    assert.equal(unknown.status, 404);
    assert.match((await unknown.json()).type, /UnknownJob/);
  }
  assert.equal((await ask("/jobs/files/1", reader, "HEAD")).status, 200);
  for (
    const [path, token, status] of [["/jobs/files/1", ops, 403], ["/jobs/1", reader, 403], [
      "/jobs/1",
      ops,
      200,
    ]] as const
  ) {
    const { status: found, body } = await ask(path, token);
    await body?.cancel();
    assert.equal(found, status);
  }
});
