/** A gateway tells a webhook of what somebody should look at. */

import assert from "node:assert/strict";
import type { Config } from "../../src/config.ts";
import { defaultConfig } from "../../src/config/generated/default_config.ts";
import { createGateway } from "../../src/gateway/gateway.ts";
import { createMemoryStore } from "../../src/objects/memory_store.ts";
import { DeliveryError } from "../../src/routing/destinations/outcomes.ts";
import { Peer } from "../../src/services/peer.ts";
import { connectionPair } from "../../src/transport/memory.ts";
import { FakeTime } from "../support/fake_time.ts";
import { makeInstance } from "../support/instances.ts";
import "../support/late_gateway_parts.ts";

Deno.test("an instance that is held is told to the webhook of alerts, signed, and without a word of the patient", async () => {
  const posted = Promise.withResolvers<{ headers: Headers; body: string }>();
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    posted.resolve({ headers: request.headers, body: await request.text() });
    return new Response(null, { status: 202 });
  });
  const config: Config = {
    ...defaultConfig,
    routes: [{ name: "all", priority: "medium", to: ["SINK"] }],
    alerts: { webhook: `http://127.0.0.1:${server.addr.port}/alerts`, secret: "0123456789abcdef" },
  };
  const destinations = {
    SINK: {
      store: () => Promise.reject(new DeliveryError("Cannot change: PatientID is too long", { class: "unchangeable" })),
    },
  };
  using time = new FakeTime();
  const connect = () => Promise.reject(new Error("nobody is called"));
  await using gateway = createGateway({ store: createMemoryStore(), config, destinations, connect });
  await gateway.start();
  const peer = new Peer({
    calledAeTitle: "GANTRY",
    connect: () => {
      const [here, there] = connectionPair();
      gateway.accept(there);
      return Promise.resolve(here);
    },
  });
  const instance = makeInstance({ patientName: "Adams^Jane" });
  await peer.store(instance);
  await peer[Symbol.asyncDispose]();
  let isPosted = false;
  void posted.promise.then(() => isPosted = true);
  while (!isPosted) await time.advance(1_000);
  const { headers, body } = await posted.promise;
  assert.match(headers.get("webhook-signature") ?? "", /^v1,/);
  const { type, source, subject, data } = JSON.parse(body);
  assert.deepEqual([type, source, subject], ["gantry.jobs.held", "/GANTRY", "SINK"]);
  assert.partialDeepStrictEqual(data, { count: 1, class: "unchangeable" });
  assert.equal(data.jobs[0].sopInstanceUid, instance.sopInstanceUid);
  assert.doesNotMatch(body, /Adams|ID-1/);
});
