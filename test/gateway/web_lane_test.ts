/** A lane to a DICOMweb server that answers as servers do that are busy, strict, or have had enough. */

import assert from "node:assert/strict";
import { parseConfig } from "../../src/config.ts";
import { createGateway } from "../../src/gateway/gateway.ts";
import { createMemoryStore } from "../../src/objects/memory_store.ts";
import type { LaneEvent } from "../../src/routing/lanes/lane_events.ts";
import { Peer } from "../../src/services/peer.ts";
import { connectionPair } from "../../src/transport/memory.ts";
import { sentUids, storedAnswer } from "../dicomweb/client/server.ts";
import { makeInstance } from "../support/instances.ts";

/** Sends instances through a gateway to a server; tells what each came to at first. */
async function throughTo(
  answer: (uids: readonly string[], number: number) => Response | Promise<Response>,
  count: number,
  peer = "",
  more = "",
): Promise<{ outcomes: string[]; batches: number[]; opened: string[] }> {
  const batches: number[] = [];
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    if (request.method === "GET") return Response.json([]);
    const uids = await sentUids(request);
    batches.push(uids.length);
    return answer(uids, batches.length);
  });
  const url = `http://127.0.0.1:${server.addr.port}/dicom-web`;
  const config = await parseConfig(
    `peers: { CLOUD: { url: "${url}"${peer} } }\nroutes: [{ name: all, to: [CLOUD] }]\n${more}`,
  );
  const attempted = new Map<string, string>();
  const opened: string[] = [];
  const done = Promise.withResolvers<void>();
  const observe = (event: LaneEvent) => {
    if (event.type === "lane-opened") opened.push(event.why);
    if (event.type !== "job-attempted") return;
    const { job: { sopInstanceUid }, outcome: { class: name, status } } = event;
    if (!attempted.has(sopInstanceUid)) attempted.set(sopInstanceUid, `${name} ${status}`);
    if (attempted.size === count) done.resolve();
  };
  await using gateway = createGateway({
    store: createMemoryStore(),
    config,
    connect: () => Promise.reject(new Error("nobody is called")),
    observers: [(event) => "lane" in event && observe(event)],
  });
  await gateway.start();
  const change = (what: string) =>
    gateway.fetch(new Request(`http://localhost/lanes/CLOUD/${what}`, { method: "POST" }));
  await change("pause");
  const connect = () => {
    const [here, there] = connectionPair();
    gateway.accept(there);
    return Promise.resolve(here);
  };
  const sender = new Peer({ calledAeTitle: "GANTRY", connect });
  const made = Array.from({ length: count }, () => makeInstance());
  for (const instance of made) await sender.store(instance);
  await sender[Symbol.asyncDispose]();
  await change("resume");
  await done.promise;
  return { outcomes: made.map(({ sopInstanceUid }) => attempted.get(sopInstanceUid)!), batches, opened };
}

Deno.test("a server that takes four at a time gets no more, after it has said so once", async () => {
  const { outcomes, batches } = await throughTo(
    (uids) => uids.length > 4 ? new Response(null, { status: 413 }) : storedAnswer(uids),
    20,
    ", maxBatch: 16",
  );
  assert.deepEqual(outcomes, Array(20).fill("delivered 200"));
  assert.deepEqual(batches, [16, 8, 4, 4, 8, 4, 4, 4]);
});

Deno.test("one instance that a server refuses, by a reason or by 409 alone, costs no other an attempt", async () => {
  const [reason, conflict] = [2, 5];
  const seen: string[] = [];
  const answer = (uids: readonly string[]) => {
    for (const uid of uids) if (!seen.includes(uid)) seen.push(uid);
    if (uids.includes(seen[conflict]!)) return new Response(null, { status: 409 });
    const bad = seen[reason]!;
    return storedAnswer(uids.filter((uid) => uid !== bad), uids.includes(bad) ? { [bad]: 0xA900 } : {}, 202);
  };
  const dead = await throughTo(answer, 8);
  const expected = Array(8).fill("delivered 200").with(reason, "permanent 0xA900");
  assert.deepEqual(dead.outcomes, expected.with(conflict, "permanent 409"));
  seen.length = 0;
  const kept = await throughTo(answer, 8, ", conflict: duplicate");
  assert.deepEqual(kept.outcomes, expected.with(conflict, "duplicate 409"));
});

for (const status of [429, 503]) {
  Deno.test(`a server that answers ${status} makes all of a request wait, and is asked no more than that`, async () => {
    const busy = () => new Response(null, { status, headers: { "retry-after": "120" } });
    const { outcomes, batches, opened } = await throughTo(busy, 8);
    assert.deepEqual(outcomes, Array(8).fill(`transient ${status}`));
    assert.deepEqual([batches, opened], [[8], []]);
  });
}

Deno.test("a server that refuses this gateway opens the lane, which is a matter of the configuration", async () => {
  const { outcomes, batches, opened } = await throughTo(() => new Response(null, { status: 403 }), 4);
  assert.deepEqual(outcomes, Array(4).fill("configuration 403"));
  assert.equal(batches.length, 1);
  assert.match(opened[0] ?? "", /answered 403/);
});

const STATUSES: Readonly<Record<string, readonly number[]>> = {
  transient: [408, 425, 429, 500, 502, 503, 504, 507],
  permanent: [400, 406, 409, 415, 422, 501],
  configuration: [301, 401, 403, 404, 407, 505],
};

for (const [outcome, statuses] of Object.entries(STATUSES)) {
  Deno.test(`a server that answers ${statuses.join(", ")} has said that what was sent is ${outcome}`, async () => {
    for (const status of statuses) {
      const { outcomes, opened } = await throughTo(() => new Response(null, { status }), 1);
      assert.deepEqual(outcomes, [`${outcome} ${status}`]);
      assert.equal(opened.length, outcome === "configuration" ? 1 : 0);
    }
  });
}

Deno.test("a server that is slow to answer has it all; one that does not answer in time has interrupted it, and the lane opens", async () => {
  const slow = (uids: readonly string[]) =>
    new Promise<Response>((resolve) => setTimeout(() => resolve(storedAnswer(uids)), 500));
  assert.deepEqual((await throughTo(slow, 3)).outcomes, Array(3).fill("delivered 200"));
  // Later than anybody waits.
  const never = () =>
    new Promise<Response>((resolve) => setTimeout(() => resolve(new Response(null, { status: 200 })), 3_000));
  const { outcomes, opened } = await throughTo(never, 1, "", "dicom: { timeouts: { response: 1s } }");
  assert.deepEqual([outcomes, opened.length], [["interrupted "], 1]);
});
