/** What senders hear where a route wants them to wait: by C-STORE and by STOW-RS. */

import assert from "node:assert/strict";
import { type Config, parseConfig } from "../../src/config.ts";
import { createGateway, type Gateway } from "../../src/gateway/gateway.ts";
import { createMemoryStore } from "../../src/objects/memory_store.ts";
import type { Destination, OutgoingInstance } from "../../src/routing/destinations/destination.ts";
import { DeliveryError } from "../../src/routing/destinations/outcomes.ts";
import { Peer } from "../../src/services/peer.ts";
import { connectionPair } from "../../src/transport/memory.ts";
import { FakeTime, settle } from "../support/fake_time.ts";
import { type MadeInstance, makeInstance } from "../support/instances.ts";
import "../support/late_gateway_parts.ts";

/** A destination that takes an instance when it is told to. */
class Slow implements Destination {
  readonly #waiting: {
    readonly uid: string;
    readonly resolve: () => void;
    readonly reject: (error: unknown) => void;
  }[] = [];
  readonly confirmed: string[] = [];

  store({ sopInstanceUid: uid }: OutgoingInstance): Promise<void> {
    return new Promise((resolve, reject) => this.#waiting.push({ uid, resolve, reject }));
  }

  confirm({ sopInstanceUid }: OutgoingInstance): Promise<void> {
    return Promise.resolve(void this.confirmed.push(sopInstanceUid));
  }

  /** UIDs of what is being sent. */
  get sent(): string[] {
    return this.#waiting.map(({ uid }) => uid);
  }

  take(): void {
    for (const { resolve } of this.#waiting.splice(0)) resolve();
  }

  refuse(): void {
    const error = new DeliveryError("Cannot: it is gone", { class: "gone" });
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }
}

/** A gateway whose destination is A. */
class Setting implements AsyncDisposable {
  readonly time = new FakeTime();
  readonly slow = new Slow();
  readonly store = createMemoryStore();
  readonly gateway: Gateway;
  readonly #sender: Peer;

  constructor(config: Config) {
    this.gateway = createGateway({
      ...{ store: this.store, config, destinations: { A: this.slow } },
      connect: () => Promise.reject(new Error("nobody is called")),
    });
    const connect = () => {
      const [here, there] = connectionPair();
      this.gateway.accept(there);
      return Promise.resolve(here);
    };
    this.#sender = new Peer({
      calledAeTitle: "GANTRY",
      callingAeTitle: "CT1",
      connect,
      maxAssociations: 4,
      keepOpen: 0,
    });
  }

  static async start(acknowledge: string, more = "", change: readonly object[] = []): Promise<Setting> {
    const config = await parseConfig(`routing: { acknowledgeWithin: 5s }\n${more}`);
    const setting = new Setting(
      { ...config, routes: [{ name: "r", to: "A", acknowledge, priority: "medium", change }] } as Config,
    );
    await setting.gateway.start();
    return setting;
  }

  /** What a sender of C-STORE has heard until now. */
  cStore(instance: MadeInstance) {
    const heard: { now: string } = { now: "nothing" };
    const hex = (status: number) => `0x${status.toString(16).toUpperCase().padStart(4, "0")}`;
    this.#sender.store(instance).then(
      ({ status, errorComment = "" }) => heard.now = `${hex(status)} ${errorComment}`.trim(),
      (error) => heard.now = (error as Error).name,
    );
    return heard;
  }

  /** The same of STOW-RS. */
  stow(instances: readonly MadeInstance[]) {
    const heard: { now: string } = { now: "nothing" };
    const parts = instances.flatMap(({ file }) => ["--b\r\nContent-Type: application/dicom\r\n\r\n", file, "\r\n"]);
    const type = 'multipart/related; type="application/dicom"; boundary=b';
    const request = new Request("http://localhost/dicom-web/studies", {
      ...{ method: "POST", headers: { "Content-Type": type } },
      body: new Blob([...parts, "--b--\r\n"]),
    });
    this.gateway.fetch(request).then(async (response) => {
      const module = await response.json();
      const reasons = module["00081198"]?.Value.map((item: Record<string, { Value: [number] }>) =>
        item["00081197"]!.Value[0]
      ) ?? [];
      heard.now = [response.status, ...reasons].join(" ");
    });
    return heard;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = Promise.all([this.gateway[Symbol.asyncDispose](), this.#sender[Symbol.asyncDispose]()]);
    await this.time.advance(5_000);
    await ended;
    this.time[Symbol.dispose]();
  }
}

/** Until something holds, as far as promises alone drive it. */
async function until(holds: () => boolean): Promise<void> {
  for (let turn = 0; turn < 500 && !holds(); turn++) await settle();
  assert.ok(holds());
}

Deno.test("a C-STORE-RSP waits until the instance is delivered; other associations go on meanwhile", async () => {
  await using setting = await Setting.start("delivered-all");
  const { slow } = setting;
  const heard = setting.cStore(makeInstance({ studyInstanceUid: "1.2.1" }));
  await until(() => slow.sent.length === 1);
  const other = setting.cStore(makeInstance({ studyInstanceUid: "1.2.2" }));
  await until(() => slow.sent.length === 2);
  assert.deepEqual([heard.now, other.now], ["nothing", "nothing"]);
  const metrics = await (await setting.gateway.fetch(new Request("http://localhost/metrics"))).text();
  assert.match(metrics, /gantry_unacknowledged 2/);
  slow.take();
  await until(() => heard.now !== "nothing" && other.now !== "nothing");
  assert.deepEqual([heard.now, other.now], ["0x0000", "0x0000"]);
});

Deno.test("at the deadline it is 0xA700, and a repeat is answered as soon as the delivery is done", async () => {
  await using setting = await Setting.start("delivered-any");
  const { slow, time } = setting;
  const instance = makeInstance();
  const heard = setting.cStore(instance);
  await until(() => slow.sent.length === 1);
  await time.advance(5_000);
  await until(() => heard.now !== "nothing");
  assert.equal(heard.now, "0xA700 Kept, but not delivered in time");
  const again = setting.cStore(instance);
  for (let turn = 0; turn < 20; turn++) await settle();
  assert.deepEqual([again.now, slow.sent.length], ["nothing", 1], "it is not sent twice");
  slow.take();
  await until(() => again.now !== "nothing");
  assert.equal(again.now, "0x0000");
  const third = setting.cStore(instance);
  await until(() => third.now !== "nothing");
  assert.equal(third.now, "0x0000");
});

Deno.test("a job that can't be delivered answers at once, and so does an operator who drops it", async () => {
  await using setting = await Setting.start("delivered-all");
  const { slow, gateway } = setting;
  const refused = setting.cStore(makeInstance());
  await until(() => slow.sent.length === 1);
  slow.refuse();
  await until(() => refused.now !== "nothing");
  assert.equal(refused.now, "0xA700 Kept, but could not be delivered");
  const ask = async (path: string, body: object) =>
    await gateway.fetch(
      new Request(`http://localhost${path}`, {
        ...{ method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) },
      }),
    );
  assert.equal((await ask("/lanes/A/pause", {})).status, 204);
  const dropped = setting.cStore(makeInstance());
  await until(() => setting.store !== undefined);
  const jobs = async () =>
    (await (await gateway.fetch(new Request("http://localhost/jobs?state=ready"))).json()).jobs.length;
  while (await jobs() === 0) await settle();
  assert.deepEqual(await (await ask("/jobs/change", { action: "drop", states: ["ready"] })).json(), { changed: 1 });
  await until(() => dropped.now !== "nothing");
  assert.equal(dropped.now, "0xA700 Kept, but could not be delivered");
});

Deno.test("a STOW-RS request waits for all its instances together, with one deadline, and says 0xA700 of each", async () => {
  await using setting = await Setting.start("delivered-all");
  const { slow, time } = setting;
  const instances = Array.from({ length: 20 }, () => makeInstance());
  const heard = setting.stow(instances);
  await until(() => slow.sent.length === 1);
  await time.advance(5_000);
  await until(() => heard.now !== "nothing");
  assert.equal(heard.now, ["409", ...instances.map(() => 0xA700)].join(" "));
  const again = setting.stow(instances);
  for (let turn = 0; turn < 300 && again.now === "nothing"; turn++) {
    slow.take();
    await settle();
  }
  assert.equal(again.now, "200");
});

Deno.test("committed is said once the destination answers for the instance", async () => {
  await using setting = await Setting.start("committed");
  const { slow } = setting;
  const instance = makeInstance();
  const heard = setting.cStore(instance);
  await until(() => slow.sent.length === 1);
  slow.take();
  await until(() => heard.now !== "nothing");
  assert.deepEqual([heard.now, slow.confirmed], ["0x0000", [instance.sopInstanceUid]]);
});

Deno.test("of what its route gives new UIDs, the destination answers for the instance that it was sent", async () => {
  await using setting = await Setting.start("committed", "", [{
    mapUids: { key: "0123456789abcdef0123456789abcdef" },
  }]);
  const { slow, gateway } = setting;
  const instance = makeInstance({ studyInstanceUid: "1.2.9" });
  const heard = setting.cStore(instance);
  await until(() => slow.sent.length === 1);
  const [uid] = slow.sent;
  assert.notEqual(uid, instance.sopInstanceUid);
  slow.take();
  await until(() => heard.now !== "nothing");
  assert.deepEqual([heard.now, slow.confirmed], ["0x0000", [uid]]);
  const { deliveries: [delivery] } = await (await gateway.fetch(new Request("http://localhost/deliveries"))).json();
  assert.deepEqual([delivery.sopInstanceUid, delivery.sentAs.sopInstanceUid], [instance.sopInstanceUid, uid]);
  assert.match(delivery.sentAs.studyInstanceUid, /^2\.25\./);
});

Deno.test("received and durable keep nobody waiting", async () => {
  for (const acknowledge of ["received", "durable"]) {
    await using setting = await Setting.start(acknowledge);
    const heard = setting.cStore(makeInstance());
    await until(() => heard.now !== "nothing");
    assert.equal(heard.now, "0x0000");
  }
});

Deno.test("the end of the gateway leaves no sender waiting", async () => {
  const setting = await Setting.start("delivered-all");
  const { slow } = setting;
  const heard = setting.cStore(makeInstance());
  const stowed = setting.stow([makeInstance()]);
  await until(() => slow.sent.length >= 1);
  await setting[Symbol.asyncDispose]();
  assert.deepEqual([heard.now, stowed.now], ["AssociationAbortedError", "409 42752"]);
});

Deno.test("with until-delivered the local copy stays while a sender waits for commitment", async () => {
  await using setting = await Setting.start(
    "committed",
    "archive: { retain: until-delivered }\ncommitment: { enabled: false }",
  );
  const { slow, time, store } = setting;
  let letGo = () => {};
  slow.confirm = () => new Promise((resolve) => letGo = resolve);
  const instance = makeInstance();
  const heard = setting.cStore(instance);
  await until(() => slow.sent.length === 1);
  slow.take();
  await time.advance(2_000);
  assert.ok(await store.get(instance.name));
  letGo();
  await until(() => heard.now !== "nothing");
  assert.equal(heard.now, "0x0000");
});
