/** What waits for an operator, or for one of several destinations, waits over restarts and a new index. */

import assert from "node:assert/strict";
import { type FileArchive, openFileArchive } from "../../src/archive/file_archive.ts";
import { parseConfig } from "../../src/config.ts";
import { createGateway, type Gateway } from "../../src/gateway/gateway.ts";
import type { Destination } from "../../src/routing/destinations/destination.ts";
import { DeliveryError } from "../../src/routing/destinations/outcomes.ts";
import { temporaryFolder } from "../support/folders.ts";
import { type MadeInstance, makeInstance } from "../support/instances.ts";

/** A destination that is down or takes everything. */
class Toggle implements Destination {
  isDown = false;
  readonly taken: string[] = [];

  store({ sopInstanceUid }: { readonly sopInstanceUid: string }): Promise<void> {
    if (this.isDown) return Promise.reject(new DeliveryError("Cannot send: it is down", { class: "transport" }));
    return Promise.resolve(void this.taken.push(sopInstanceUid));
  }

  probe(): Promise<void> {
    return this.isDown ? Promise.reject(new Error("Cannot probe: it is down")) : Promise.resolve();
  }
}

/** A gateway over a folder. */
class Life implements AsyncDisposable {
  readonly gateway: Gateway;
  readonly archive: FileArchive;

  private constructor(archive: FileArchive, gateway: Gateway) {
    this.archive = archive;
    this.gateway = gateway;
  }

  static async begin(
    folder: string,
    yaml: string,
    destinations: Readonly<Record<string, Destination>>,
    rebuild: "rebuild" | "always" = "rebuild",
  ): Promise<Life> {
    const archive = await openFileArchive(folder, { durable: false, queue: true, rebuild });
    const config = await parseConfig("aeTitle: GANTRY");
    const { routes, routing } = JSON.parse(yaml);
    const gateway = createGateway({
      ...archive,
      destinations,
      config: { ...config, routes, routing: { ...config.routing, ...routing } },
      connect: () => Promise.reject(new Error("nobody is called")),
    });
    await gateway.start();
    return new Life(archive, gateway);
  }

  async store({ file }: MadeInstance): Promise<number> {
    const headers = { "Content-Type": "application/dicom" };
    const request = new Request("http://localhost/dicom-web/studies", { method: "POST", headers, body: file });
    const response = await this.gateway.fetch(request);
    await response.body?.cancel();
    return response.status;
  }

  async jobs(): Promise<string[]> {
    const jobs = await this.archive.queue!.jobs({}, { limit: 99 });
    return jobs.map(({ lane, state }) => `${lane} ${state}`);
  }

  /** Looks at the jobs until they are so. */
  async until(...expected: string[]): Promise<void> {
    for (let turn = 0; turn < 500; turn++) {
      if (JSON.stringify(await this.jobs()) === JSON.stringify(expected)) return;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    assert.deepEqual(await this.jobs(), expected);
  }

  async change(body: object): Promise<void> {
    const headers = { "Content-Type": "application/json" };
    const init = { method: "POST", headers, body: JSON.stringify(body) };
    const response = await this.gateway.fetch(new Request("http://localhost/jobs/change", init));
    assert.equal(response.status, 200, await response.text());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.gateway[Symbol.asyncDispose]();
    await this.archive[Symbol.asyncDispose]();
  }
}

Deno.test("what no route matches is held over a restart and a new index, until an operator sends it somewhere", async () => {
  using folder = temporaryFolder();
  const rules = JSON.stringify({
    routes: [{ name: "never", when: { Modality: "NEVER" }, to: "DISK", priority: "medium" }],
    routing: { otherwise: "hold" },
  });
  const [disk, one, other] = [new Toggle(), makeInstance(), makeInstance()];
  {
    await using life = await Life.begin(folder.path, rules, { DISK: disk });
    assert.deepEqual([await life.store(one), await life.store(other)], [200, 200]);
    await life.until("unrouted held", "unrouted held");
  }
  for (const rebuild of ["rebuild", "always"] as const) {
    await using life = await Life.begin(folder.path, rules, { DISK: disk }, rebuild);
    assert.deepEqual(await life.jobs(), ["unrouted held", "unrouted held"]);
    const health = await (await life.gateway.fetch(new Request("http://localhost/health"))).json();
    const lane = health.checks["routing:lanes"].find(({ componentId }: { componentId: string }) =>
      componentId === "unrouted"
    );
    assert.deepEqual([lane.status, lane.output], ["warn", "Instances that no route matches are held"]);
    assert.equal(await life.store(one), 200);
    assert.deepEqual((await life.jobs()).length, 2, "a repeat is the same job");
  }
  await using life = await Life.begin(folder.path, rules, { DISK: disk });
  await life.change({ action: "edit", lane: "unrouted", sopInstanceUid: one.sopInstanceUid, to: { lane: "DISK" } });
  await life.change({ action: "resume", lane: "DISK" });
  await life.until("DISK delivered", "unrouted held");
  assert.deepEqual(disk.taken, [one.sopInstanceUid]);
  await life.change({ action: "drop", lane: "unrouted" });
  assert.equal(await life.store(one), 200);
  assert.deepEqual(await life.jobs(), ["DISK delivered"]);
  assert.equal(await life.archive.index.count(), 2, "what is dropped stays in the archive");
});

Deno.test("what has gone to another destination is there after a restart, and what waits for both goes to the first that works", async () => {
  using folder = temporaryFolder();
  const rules = JSON.stringify({
    routes: [{ name: "r", to: { firstOf: ["A", "B"] }, acknowledge: "durable", priority: "medium" }],
  });
  const [a, b] = [new Toggle(), new Toggle()];
  a.isDown = true;
  const instances = [makeInstance(), makeInstance()];
  {
    await using life = await Life.begin(folder.path, rules, { A: a, B: b });
    await life.store(instances[0]!);
    await life.until("B delivered");
    b.isDown = true;
    await life.store(instances[1]!);
    await life.until("B delivered", "A ready");
  }
  {
    await using life = await Life.begin(folder.path, rules, { A: a, B: b });
    await life.store(instances[0]!);
    assert.deepEqual((await life.jobs())[0], "B delivered");
    b.isDown = false;
    await life.until("B delivered", "B delivered");
  }
  assert.deepEqual([a.taken, b.taken], [[], instances.map(({ sopInstanceUid }) => sopInstanceUid)]);
});
