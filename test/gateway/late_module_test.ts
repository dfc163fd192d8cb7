import assert from "node:assert/strict";
import { defaultConfig } from "../../src/config.ts";
import { sopClasses } from "../../src/dicom/uid_registry.ts";
import type { PerformRequest } from "../../src/dimse/service.ts";
import { ServiceChoice } from "../../src/dimse/service_choice.ts";
import * as Status from "../../src/dimse/status.ts";
import { createGateway, type GatewayOptions } from "../../src/gateway/gateway.ts";
import { lateModule } from "../../src/gateway/late_module.ts";
import type { GatewayContext, GatewayModule } from "../../src/gateway/module.ts";
import { createMemoryStore } from "../../src/objects/memory_store.ts";
import { worklistOffer } from "../../src/services/offers.ts";

function gatewayWith(options: Partial<GatewayOptions>) {
  const connect = () => Promise.reject(new Error("Cannot connect: there is no network here"));
  return createGateway({ store: createMemoryStore(), connect, ...options });
}

const health = () => new Request("http://localhost/health");

Deno.test("a late module is loaded once by whatever comes first, and never to be stopped", async () => {
  const said: string[] = [];
  const make = () =>
    lateModule("late", () => {
      said.push("loaded");
      return Promise.resolve({
        name: "late",
        observers: [({ type }) => said.push(type)],
        metrics: () => [{ name: "late", type: "gauge", help: "Late.", samples: [] }],
        start: () => void said.push("started"),
        drained: () => void said.push("drained"),
        stop: () => void said.push("stopped"),
      });
    });
  const event = { type: "lane-closed", lane: "pacs", milliseconds: 1 } as const;
  const unused = make();
  for (const observe of unused.observers!) observe(event);
  unused.drained?.();
  assert.deepEqual(unused.metrics?.(), []);
  await unused.stop?.();
  assert.deepEqual(said, []);

  const used = make();
  await Promise.all([used.http?.(), used.health?.(), used.start?.()]);
  for (const observe of used.observers!) observe(event);
  used.drained?.();
  assert.equal(used.metrics?.()[0]?.name, "late");
  await used.stop?.();
  assert.deepEqual(said, ["loaded", "started", "lane-closed", "drained", "stopped"]);
});

Deno.test("a late service performs by what was loaded, and fails alone where that fails", async () => {
  const request = { context: { abstractSyntax: "1.2.840.10008.5.1.4.31" } } as unknown as PerformRequest;
  const answers = [{ status: Status.Success }];
  const outcomes = [
    () => Promise.reject(new Error("Cannot load: no disk")),
    () =>
      Promise.resolve<GatewayModule>({
        name: "late",
        services: [{ ...worklistOffer, perform: () => Promise.resolve(answers[0]!) }],
      }),
  ];
  const { services: [service] = [] } = lateModule("late", () => outcomes.shift()!(), [worklistOffer]);
  const perform = () => service!.perform(request) as AsyncIterable<{ readonly status: number }>;
  await assert.rejects(Array.fromAsync(perform()), /no disk/);
  assert.deepEqual(await Array.fromAsync(perform()), answers);
  // It is there now, and nothing comes between.
  assert.deepEqual(await service!.perform(request), answers[0]);
});

for (const unknownSopClasses of ["accept", "refuse"] as const) {
  Deno.test(`the modules of a gateway offer what their services take: unknown SOP classes, ${unknownSopClasses}`, async () => {
    let context: GatewayContext | undefined;
    await using _gateway = gatewayWith({
      config: { ...defaultConfig, dicom: { ...defaultConfig.dicom, unknownSopClasses } },
      modules: [(given) => (context = given, { name: "looks" })],
    });
    const withServices: string[] = [];
    for (const { name, http, services: offered = [] } of context!.modules) {
      if (http === undefined) continue;
      const { services = [], shortage } = await http() as GatewayModule;
      assert.equal(shortage, undefined, `${name} can't be short of anything before it is loaded`);
      const [early, late] = [new ServiceChoice(offered), new ServiceChoice(services)];
      for (const uid of [...sopClasses().map(({ uid }) => uid), "2.25.1"]) {
        const [one, other] = [early.of(uid)?.service, late.of(uid)?.service];
        assert.deepEqual([one?.performs, one?.catchAll], [other?.performs, other?.catchAll], `${name}, ${uid}`);
        assert.deepEqual(early.roles(uid), late.roles(uid), `${name}, ${uid}`);
      }
      if (services.length > 0) withServices.push(name);
    }
    assert.deepEqual(withServices, ["query-retrieve", "commitment", "worklist", "mpps"]);
  });
}

Deno.test("requests that come first at the same time load once what HTTP needs; where that fails they learn it, and the next tries again", async () => {
  const told: unknown[] = [];
  let loads = 0;
  const broken = new Error("Cannot load: no disk");
  await using gateway = gatewayWith({
    modules: [() => ({ name: "late", http: async () => loads++ === 0 ? await Promise.reject(broken) : {} })],
    onError: (error) => void told.push(error),
  });
  const failed = await Promise.all([gateway.fetch(health()), gateway.fetch(health())]);
  for (const response of failed) {
    assert.equal(response.status, 500);
    assert.equal(response.headers.get("content-type"), "application/problem+json");
    assert.doesNotMatch(await response.text(), /disk/);
  }
  assert.deepEqual([loads, told.every((error) => error === broken)], [1, true]);
  const responses = await Promise.all([gateway.fetch(health()), gateway.fetch(health())]);
  assert.deepEqual(responses.map(({ status }) => status), [200, 200]);
  for (const response of responses) await response.body?.cancel();
  assert.equal(loads, 2);
});

Deno.test("start() loads what HTTP needs, and rejects where that fails", async () => {
  const broken = new Error("Cannot load: no disk");
  const outcomes = [Promise.reject(broken), Promise.resolve({})];
  await using gateway = gatewayWith({ modules: [() => ({ name: "late", http: () => outcomes.shift()! })] });
  await assert.rejects(gateway.start(), broken);
  await gateway.start();
  assert.equal(outcomes.length, 0);
  await (await gateway.fetch(health())).body?.cancel();
});
