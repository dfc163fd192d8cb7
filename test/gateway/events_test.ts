/** A gateway tells over HTTP what happens in it. */

import assert from "node:assert/strict";
import type { Config } from "../../src/config.ts";
import { defaultConfig } from "../../src/config/generated/default_config.ts";
import { createGateway, type Gateway } from "../../src/gateway/gateway.ts";
import { createMemoryStore } from "../../src/objects/memory_store.ts";
import { DeliveryError } from "../../src/routing/destinations/outcomes.ts";
import { Peer } from "../../src/services/peer.ts";
import { connectionPair } from "../../src/transport/memory.ts";
import { makeInstance } from "../support/instances.ts";

const CONFIG: Config = { ...defaultConfig, routes: [{ name: "all", priority: "medium", to: ["SINK"] }] };

function peerOf(gateway: Gateway): Peer {
  const connect = () => {
    const [here, there] = connectionPair();
    gateway.accept(there);
    return Promise.resolve(here);
  };
  return new Peer({ calledAeTitle: "GANTRY", callingAeTitle: "CT1", connect });
}

interface Told {
  readonly type: string;
  readonly data: Record<string, unknown>;
}

/** Events as they come, until there are no more. */
async function* follow(gateway: Gateway, query = ""): AsyncGenerator<Told> {
  const { body } = await gateway.fetch(new Request(`http://localhost/events${query}`));
  let buffer = "";
  for await (const piece of body!.pipeThrough(new TextDecoderStream())) {
    buffer += piece;
    for (let end = buffer.indexOf("\n\n"); end >= 0; end = buffer.indexOf("\n\n")) {
      const [, type, data] = /event: (.*)\ndata: (.*)/.exec(buffer.slice(0, end)) ?? [];
      buffer = buffer.slice(end + 2);
      if (type !== undefined && data !== undefined) yield { type, data: JSON.parse(data) };
    }
  }
}

Deno.test("/events tells of associations, of what came and of what was sent on, and ends when the gateway is drained", async () => {
  const destinations = { SINK: { store: () => Promise.resolve() } };
  await using gateway = createGateway({
    ...{ store: createMemoryStore(), config: CONFIG, destinations, connect: () => Promise.reject(new Error("nobody")) },
  });
  await gateway.start();
  const events = follow(gateway);
  const first = events.next(); // It follows once it reads.
  const instance = makeInstance();
  const peer = peerOf(gateway);
  await peer.store(instance);
  await peer[Symbol.asyncDispose]();
  const told: Told[] = [(await first).value as Told];
  while (!["association-ended", "job-attempted"].every((type) => told.some((one) => one.type === type))) {
    told.push((await events.next()).value as Told);
  }
  const draining = gateway.drain();
  assert.deepEqual(await events.next(), { value: undefined, done: true });
  await draining;
  const data = (type: string) => told.find((one) => one.type === type)!.data;
  const association = data("association-established").association;
  assert.partialDeepStrictEqual(data("association-established"), { role: "acceptor", callingAeTitle: "CT1" });
  assert.partialDeepStrictEqual(data("instance-kept"), {
    ...{ outcome: "created", sopInstanceUid: instance.sopInstanceUid, sourceAeTitle: "CT1", association },
  });
  assert.partialDeepStrictEqual(data("job-attempted"), {
    ...{ lane: "SINK", route: "all", sopInstanceUid: instance.sopInstanceUid, state: "delivered", class: "delivered" },
  });
  assert.partialDeepStrictEqual(data("association-ended"), { how: "released", by: "peer" });
  assert.equal(new Date(data("instance-kept").at as string).toISOString(), data("instance-kept").at);
});

Deno.test("/events tells of lanes that open and close, and nothing of a patient", async () => {
  let [works, knows] = [false, true];
  const destinations = {
    SINK: {
      async store() {
        await Promise.resolve();
        if (!works) throw new DeliveryError("Cannot send: nobody is there", { class: "transport" });
        if (!knows) throw new DeliveryError("Adams^Jane is unknown", { class: "permanent", status: "0xC000" });
      },
      async probe() {},
    },
  };
  await using gateway = createGateway({
    ...{ store: createMemoryStore(), config: CONFIG, destinations, connect: () => Promise.reject(new Error("nobody")) },
  });
  await gateway.start();
  const lanes = follow(gateway, "?type=lane-opened,lane-closed");
  const opened = lanes.next();
  const all = follow(gateway);
  const first = all.next();
  const instance = makeInstance({ patientName: "Adams^Jane" });
  await using peer = peerOf(gateway);
  await peer.store(instance);
  assert.partialDeepStrictEqual((await opened).value, {
    type: "lane-opened",
    data: { lane: "SINK", why: "Cannot send: nobody is there", isConfiguration: false },
  });
  works = true;
  await gateway.fetch(new Request("http://localhost/lanes/SINK/resume", { method: "POST" }));
  assert.partialDeepStrictEqual((await lanes.next()).value, { type: "lane-closed", data: { lane: "SINK" } });
  const told = [(await first).value as Told];
  while (told.at(-1)!.data.state !== "delivered") told.push((await all.next()).value as Told);
  knows = false;
  await peer.store(makeInstance({ sopInstanceUid: "2.25.77", patientName: "Adams^Jane" }));
  while (told.at(-1)!.data.class !== "permanent") told.push((await all.next()).value as Told);
  assert.equal(told.at(-1)!.data.error, "The destination does not take it");
  assert.doesNotMatch(JSON.stringify(told), /Adams|ID-1/);
  await Promise.all([lanes.return(undefined), all.return(undefined)]);
});
