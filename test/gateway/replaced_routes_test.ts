/** Routes and destinations that change while jobs wait: what was queued goes where it was to go, once. */

import assert from "node:assert/strict";
import { type Config, parseConfig } from "../../src/config.ts";
import { createGateway, type Gateway } from "../../src/gateway/gateway.ts";
import { createMemoryIndex } from "../../src/index/memory_index.ts";
import { createMemoryStore } from "../../src/objects/memory_store.ts";
import { createMemoryQueue } from "../../src/queue/memory_queue.ts";
import type { OutgoingInstance } from "../../src/routing/destinations/destination.ts";
import { DeliveryError } from "../../src/routing/destinations/outcomes.ts";
import { Peer } from "../../src/services/peer.ts";
import { connectionPair } from "../../src/transport/memory.ts";
import { makeInstance } from "../support/instances.ts";

/** Three sinks, and one gateway after the other over the same queue. */
class Site implements AsyncDisposable {
  /** What came, as the name of the destination and the number of the instance, in order. */
  readonly came: string[] = [];
  readonly down = new Set<string>();
  readonly #queue = createMemoryQueue();
  readonly #store = createMemoryStore();
  readonly #index = createMemoryIndex();
  #gateway: Gateway | undefined;
  readonly #waiting: (() => void)[] = [];

  /** Starts a gateway with these destinations, in the place of the one before. */
  async start(names: readonly string[], routes: string): Promise<void> {
    await this.#gateway?.[Symbol.asyncDispose]();
    this.#gateway = createGateway({
      store: this.#store,
      index: this.#index,
      queue: this.#queue,
      connect: () => Promise.reject(new Error("nobody is called")),
      config: await configOf(routes),
      destinations: Object.fromEntries(names.map((name) => [name, this.#sink(name)])),
      observers: [() => this.#waiting.splice(0).forEach((go) => go())],
    });
    await this.#gateway.start();
  }

  async replace(routes: string): Promise<void> {
    await this.#gateway!.replaceRoutes(await configOf(routes));
  }

  async send(number: number): Promise<void> {
    const connect = () => {
      const [here, there] = connectionPair();
      void this.#gateway!.accept(there);
      return Promise.resolve(here);
    };
    await using peer = new Peer({ calledAeTitle: "GANTRY", callingAeTitle: "CT1", connect });
    assert.equal((await peer.store(makeInstance({ sopInstanceUid: `1.2.3.${number}` }))).status, 0);
  }

  async lane(name: string, action: "pause" | "resume"): Promise<void> {
    const request = new Request(`http://localhost/lanes/${name}/${action}`, { method: "POST" });
    assert.equal((await this.#gateway!.fetch(request)).status, 204);
  }

  /** The jobs that are not delivered, as their lane and the number of their instance. */
  async left(): Promise<string[]> {
    const jobs = await this.#queue.jobs({ states: ["ready", "leased", "waiting", "held", "dead"] }, { limit: 99 });
    return jobs.map(({ lane, sopInstanceUid }) => `${lane} ${sopInstanceUid.split(".").at(-1)}`);
  }

  /** Resolves once so much has come, and is delivered. */
  async until(count: number): Promise<readonly string[]> {
    await this.#until(async () =>
      this.came.length >= count && !(await this.left()).some((job) => this.came.includes(job))
    );
    return this.came;
  }

  /** Resolves once a lane has found out that its destination is down. */
  async open(name: string): Promise<void> {
    await this.#until(async () => {
      const { lanes } = await (await this.#gateway!.fetch(new Request("http://localhost/lanes"))).json();
      return lanes.some((lane: { name: string; state: string }) => lane.name === name && lane.state === "open");
    });
  }

  async #until(holds: () => Promise<boolean>): Promise<void> {
    for (;;) {
      // What happens while it is asked must wake it as well.
      const event = new Promise<void>((resolve) => this.#waiting.push(resolve));
      if (await holds()) return;
      await event;
    }
  }

  #sink(name: string) {
    return {
      store: ({ sopInstanceUid }: OutgoingInstance) => {
        if (this.down.has(name)) throw new DeliveryError("Cannot send: it is down", { class: "transport" });
        return Promise.resolve(void this.came.push(`${name} ${sopInstanceUid.split(".").at(-1)}`));
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#gateway?.[Symbol.asyncDispose]();
  }
}

/** Destinations of a program are no names that a configuration knows: so they are peers while it is read. */
async function configOf(routes: string): Promise<Config> {
  const peers = ["A", "B", "C"].map((name) => `${name}: { aeTitle: ${name}, host: a, port: 9 }`).join(", ");
  return { ...await parseConfig(`peers: { ${peers} }\nroutes: ${routes}`), peers: {} };
}

Deno.test("a route that is taken away leaves its lane what it has, and the lane gets more once the route is back", async () => {
  await using site = new Site();
  const [toA, toB] = ["[{ name: a, to: A }]", "[{ name: b, to: B }]"];
  await site.start(["A", "B"], toA);
  await site.lane("A", "pause");
  await site.send(1);
  await site.replace(toB);
  await site.send(2);
  assert.deepEqual(await site.until(1), ["B 2"]);
  assert.deepEqual(await site.left(), ["A 1"]);
  await site.lane("A", "resume");
  assert.deepEqual(await site.until(2), ["B 2", "A 1"]);
  await site.replace(toA);
  await site.send(3);
  assert.deepEqual(await site.until(3), ["B 2", "A 1", "A 3"]);
  assert.deepEqual(await site.left(), []);
});

Deno.test("a destination that is gone at a new start keeps its jobs, and gets them once it is back", async () => {
  await using site = new Site();
  site.down.add("A");
  await site.start(["A", "B"], "[{ name: all, to: [A, B] }]");
  await site.send(1);
  await site.until(1);
  await site.open("A");
  await site.start(["B"], "[{ name: b, to: B }]");
  await site.send(2);
  assert.deepEqual(await site.until(2), ["B 1", "B 2"]);
  assert.deepEqual(await site.left(), ["A 1"]);
  site.down.clear();
  await site.start(["A", "B"], "[{ name: b, to: B }]");
  assert.deepEqual(await site.until(3), ["B 1", "B 2", "A 1"]);
  assert.deepEqual(await site.left(), []);
});

Deno.test("jobs choose between the destinations that their route had, those that come later between the new ones", async () => {
  await using site = new Site();
  site.down.add("A");
  await site.start(["A", "B", "C"], "[{ name: first, to: { firstOf: [A, B] } }]");
  await site.lane("B", "pause");
  await site.send(1);
  await site.open("A");
  await site.replace("[{ name: first, to: { firstOf: [A, C] } }]");
  await site.send(2);
  assert.deepEqual(await site.until(1), ["C 2"]);
  assert.deepEqual(await site.left(), ["A 1"]);
  await site.lane("B", "resume");
  assert.deepEqual(await site.until(2), ["C 2", "B 1"]);
  assert.deepEqual(await site.left(), []);
});
