import assert from "node:assert/strict";
import { announcements } from "../../examples/module.ts";
import { createGateway, createMemoryStore, type MakeModule, requestAssociation, Status, UID } from "../../mod.ts";
import { DataSet } from "../../mod/data_set.ts";
import { connectionPair } from "../../mod/testing.ts";

Deno.test("examples/module.ts adds a service, a route, a health check and a metric to a gateway", async () => {
  await using store = createMemoryStore();
  const connect = () => Promise.reject(new Error("There is no network"));
  await using gateway = createGateway({ store, connect, modules: [announcements] });
  const [here, there] = connectionPair();
  gateway.accept(there);
  await using association = await requestAssociation(here, {
    calledAeTitle: "GANTRY",
    presentationContexts: [UID.InstanceAvailabilityNotification, UID.Verification].map((abstractSyntax) => ({
      abstractSyntax,
      transferSyntaxes: [UID.ImplicitVRLittleEndian],
    })),
  });
  const sopClassUid = UID.InstanceAvailabilityNotification;
  const dataSet = new DataSet({ StudyInstanceUID: "1.2.3" });
  const { status } = await association.createInstance({ sopClassUid, sopInstanceUid: "2.25.1", dataSet });
  assert.deepEqual([status, await association.echo()], [Status.Success, Status.Success]);
  const ask = async (path: string) => await (await gateway.fetch(new Request(`http://localhost${path}`))).text();
  assert.deepEqual(JSON.parse(await ask("/announcements")), { studies: ["1.2.3"] });
  assert.equal(JSON.parse(await ask("/health")).checks["announcements:studies"][0].observedValue, 1);
  assert.match(await ask("/metrics"), /^site_announcements_total 1$/m);
});

Deno.test("Modules start in their order when the gateway is told to, and stop the other way round", async () => {
  const told: string[] = [];
  const module = (name: string): MakeModule => () => ({
    name,
    start: () => void told.push(`start ${name}`),
    stop: () => void told.push(`stop ${name}`),
  });
  await using store = createMemoryStore();
  const connect = () => Promise.reject(new Error("There is no network"));
  {
    await using gateway = createGateway({ store, connect, modules: [module("one"), module("two")] });
    await gateway.start();
  }
  assert.deepEqual(told, ["start one", "start two", "stop two", "stop one"]);
});

Deno.test("A module that can't be stopped keeps no other from being stopped, and its error is thrown", async () => {
  const told: string[] = [];
  const module = (name: string, error?: Error): MakeModule => () => ({
    name,
    stop() {
      told.push(name);
      if (error) throw error;
    },
  });
  await using store = createMemoryStore();
  const connect = () => Promise.reject(new Error("There is no network"));
  const broken = new Error("Cannot stop the module: it is broken");
  const gateway = createGateway({ store, connect, modules: [module("one"), module("two", broken), module("three")] });
  await assert.rejects(async () => await gateway[Symbol.asyncDispose](), broken);
  assert.deepEqual(told, ["three", "two", "one"]);
});
