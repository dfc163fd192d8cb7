import assert from "node:assert/strict";
import type { HeldInstance } from "../../../src/query/instance_source.ts";
import { collect } from "../../archive/support.ts";
import { FakeTime } from "../../support/fake_time.ts";
import { makeInstance } from "../../support/instances.ts";
import { clientOf, held, sentUids, storedAnswer } from "./server.ts";

const many = (count: number) => Array.from({ length: count }, () => makeInstance());

Deno.test("instances go in requests of many, bounded by their number and bytes", async () => {
  const batches: number[] = [];
  const { client } = clientOf(async (request) => {
    const uids = await sentUids(request);
    batches.push(uids.length);
    return storedAnswer(uids);
  });
  const instances = many(7).map(held);
  const results = await Array.fromAsync(client.store(instances, { maxInstances: 3 }));
  assert.deepEqual(results.map(({ stored }) => stored), Array(7).fill(true));
  assert.deepEqual(batches.splice(0), [3, 3, 1]);
  const length = instances[0]!.length!;
  await Array.fromAsync(client.store(instances, { maxBytes: 2 * length + 1 }));
  assert.deepEqual(batches.splice(0), [2, 2, 2, 1]);
  // Nobody knows how long they are: a request ends behind the one that makes it too long.
  const unknown = instances.map(({ length: _, ...instance }) => instance);
  await Array.fromAsync(client.store(unknown, { maxBytes: length + 1 }));
  assert.deepEqual(batches, [2, 2, 2, 1]);
});

Deno.test("a request is sent as it is read, and instances are asked for one after the other", async () => {
  const events: string[] = [];
  const source = async function* () {
    for (const made of many(2)) {
      events.push("asked");
      yield {
        ...held(made),
        stream: () =>
          new ReadableStream<Uint8Array>({
            pull(controller) {
              events.push("read");
              controller.enqueue(made.dataSet);
              controller.close();
            },
          }, { highWaterMark: 0 }),
      };
    }
  };
  const { client } = clientOf(async (request) => {
    events.push("request");
    return storedAnswer(await sentUids(request));
  });
  await Array.fromAsync(client.store(source()));
  assert.deepEqual(events, ["asked", "request", "read", "asked", "read"]);
});

Deno.test("each instance has what the server says of it, and counts as lost where the server doesn't list it", async () => {
  const [one, two, three] = many(3);
  const { client } = clientOf(async (request) => {
    await sentUids(request);
    return storedAnswer([one!.sopInstanceUid], { [two!.sopInstanceUid]: 0xa700 }, 202);
  });
  const results = await Array.fromAsync(client.store([one!, two!, three!].map(held)));
  assert.deepEqual(results.map(({ stored, reason, problem }) => [stored, reason, problem]), [
    [true, undefined, undefined],
    [false, 0xa700, "0xA700 Out of resources"],
    [false, undefined, "The server answered 202 and doesn't list the instance"],
  ]);
});

Deno.test("answers are read in XML too, and as lists; 409 is one", async () => {
  const [instance] = many(1);
  const uid = instance!.sopInstanceUid;
  const xml = `<NativeDicomModel><DicomAttribute tag="00081198" vr="SQ"><Item number="1">
    <DicomAttribute tag="00081155" vr="UI"><Value number="1">${uid}</Value></DicomAttribute>
    <DicomAttribute tag="00081197" vr="US"><Value number="1">43264</Value></DicomAttribute>
    </Item></DicomAttribute></NativeDicomModel>`;
  const answers = [
    new Response(xml, { status: 409, headers: { "content-type": "application/dicom+xml" } }),
    Response.json([{ "00081199": { vr: "SQ", Value: [{ "00081155": { vr: "UI", Value: [uid] } }] } }]),
    new Response(""),
    new Response("", { status: 202 }),
    new Response("{", { status: 200 }),
    Response.json({ "00081198": { vr: "SQ" }, "00081199": { vr: "SQ" } }),
  ];
  const { client } = clientOf(async (request, number) => {
    await sentUids(request);
    return answers[number]!;
  });
  const outcomes = [];
  for (const _ of answers) outcomes.push(...await Array.fromAsync(client.store([held(instance!)])));
  assert.deepEqual(outcomes.map(({ stored, reason }) => [stored, reason]), [
    [false, 0xa900],
    [true, undefined],
    [true, undefined],
    [false, undefined],
    [false, undefined],
    [false, undefined],
  ]);
});

Deno.test("a request that is too long is sent again in halves, and later ones are shorter", async () => {
  const batches: number[] = [];
  const { client } = clientOf(async (request) => {
    const uids = await sentUids(request);
    batches.push(uids.length);
    return uids.length > 2 ? new Response(null, { status: 413 }) : storedAnswer(uids);
  });
  const instances = many(12).map(held);
  const results = await Array.fromAsync(client.store(instances, { maxInstances: 8 }));
  assert.deepEqual(
    results.map(({ sopInstanceUid }) => sopInstanceUid),
    instances.map(({ sopInstanceUid }) => sopInstanceUid),
  );
  assert(results.every(({ stored }) => stored));
  assert.deepEqual(batches, [8, 4, 2, 2, 4, 2, 2, 2, 2]);
  const alone = clientOf(async (request) => {
    await sentUids(request);
    return new Response(null, { status: 413 });
  });
  const [result] = await Array.fromAsync(alone.client.store([instances[0]!]));
  assert.match(result?.problem ?? "", /answered 413/);
});

Deno.test("a server that wants a length has one instance in each request, and the length of it", async () => {
  const seen: number[] = [];
  const { client } = clientOf(async (request, number) => {
    const uids = await sentUids(request);
    if (number === 0) return new Response(null, { status: 411 });
    seen.push(uids.length);
    return storedAnswer(uids);
  });
  const instances = many(3).map(held);
  const results = await Array.fromAsync(client.store(instances));
  assert(results.every(({ stored }) => stored));
  assert.deepEqual(seen, [1, 1, 1]);
  const [long] = await Array.fromAsync(client.store([instances[0]!], { maxBufferedLength: 100 }));
  assert.match(long?.problem ?? "", /more than 100 bytes/);
});

const failing = (message: string, after: Uint8Array[] = []): HeldInstance["stream"] => () =>
  new ReadableStream({
    pull(controller) {
      const next = after.shift();
      if (next === undefined) controller.error(new Error(message));
      else controller.enqueue(next);
    },
  }, { highWaterMark: 0 });

Deno.test("an instance that can't be read costs itself alone, whether at its beginning or in the middle", async () => {
  const [one, two, three] = many(3).map(held);
  const lost = { ...two!, stream: failing("its file is missing") };
  const torn = { ...two!, stream: failing("the disk failed", [new Uint8Array(300_000)]), length: 600_000 };
  const short = { ...two!, length: two!.length! + 2 };
  for (
    const [broken, requests, problem] of [[lost, 1, /missing/], [torn, 3, /disk/], [
      short,
      1,
      /another length/,
    ]] as const
  ) {
    const { client, asked } = clientOf(async (request) => storedAnswer(await sentUids(request)), { retries: 0 });
    const results = await Array.fromAsync(client.store([one!, broken, three!]));
    const byUid = new Map(results.map((result) => [result.sopInstanceUid, result]));
    assert.deepEqual([one, three].map((instance) => byUid.get(instance!.sopInstanceUid)?.stored), [true, true]);
    assert.match(byUid.get(two!.sopInstanceUid)?.problem ?? "", problem);
    assert.equal(results.length, 3);
    assert.equal(asked.length, requests);
  }
});

Deno.test("a request is sent again with the same instances while the server is busy", async () => {
  using time = new FakeTime();
  const batches: string[][] = [];
  const { client } = clientOf(async (request, number) => {
    const uids = await sentUids(request);
    batches.push(uids);
    return number === 0 ? new Response(null, { status: 503 }) : storedAnswer(uids);
  });
  const instances = many(3).map(held);
  const storing = Array.fromAsync(client.store(instances));
  await time.advance(500);
  assert((await storing).every(({ stored }) => stored));
  assert.deepEqual(batches[1], batches[0]);
  assert.equal(time.pending, 0);
});

Deno.test("what can be read but once is told so where a request has to be sent again", async () => {
  using time = new FakeTime();
  const once = many(2).map((made) => {
    let opened = false;
    return {
      ...held(made),
      stream: () => {
        if (opened) throw new Error("Cannot read an instance twice: it comes from a peer");
        opened = true;
        return new Response(made.dataSet).body!;
      },
    };
  });
  const { client } = clientOf(async (request) => {
    await collect(request.body!);
    return new Response(null, { status: 503 });
  });
  const storing = Array.fromAsync(client.store(once));
  await time.advance(60_000);
  assert.deepEqual(
    (await storing).map(({ problem }) => problem),
    Array(2).fill("Cannot read an instance twice: it comes from a peer"),
  );
});

Deno.test("a signal ends storing", async () => {
  const abort = new AbortController();
  const { client } = clientOf((request) =>
    new Promise((_, reject) => {
      request.signal.addEventListener("abort", () => reject(request.signal.reason));
      abort.abort();
    })
  );
  await assert.rejects(Array.fromAsync(client.store(many(1).map(held), { signal: abort.signal })), {
    name: "AbortError",
  });
});

Deno.test("an answer that comes before the end of the request is the answer", async () => {
  const { client } = clientOf(() =>
    new Response('{"detail":"not you"}', { status: 403, headers: { "content-type": "application/json" } })
  );
  const results = await Array.fromAsync(client.store(many(3).map(held)));
  assert.deepEqual(results.map(({ stored }) => stored), [false, false, false]);
  // Nobody knows what a server has that says 200 to what it has not seen.
  const hasty = clientOf(() => new Response(""));
  const [result] = await Array.fromAsync(hasty.client.store(many(1).map(held)));
  assert.equal(result?.stored, false);
  assert.match(results[0]?.problem ?? "", /403 \(not you\)/);
});

Deno.test("a request that is refused for one instance, which the answer doesn't name, is sent again in halves", async () => {
  const instances = many(8).map(held);
  const bad = instances[5]!.sopInstanceUid;
  const refusals = [
    () => new Response("bad request", { status: 400 }),
    () => new Response(null, { status: 409 }),
    () => storedAnswer([], {}, 409),
  ];
  for (const refuse of refusals) {
    const batches: number[] = [];
    const { client } = clientOf(async (request) => {
      const uids = await sentUids(request);
      batches.push(uids.length);
      return uids.includes(bad) ? refuse() : storedAnswer(uids);
    });
    const results = await Array.fromAsync(client.store(instances));
    assert.deepEqual(results.filter(({ stored }) => !stored).map(({ sopInstanceUid }) => sopInstanceUid), [bad]);
    assert.equal(results.length, 8);
    assert.deepEqual(batches, [8, 4, 4, 2, 1, 1, 2]);
  }
});

Deno.test("a conflict that names an instance is the outcome of that one, and the others are not sent again", async () => {
  const instances = many(3).map(held);
  const { client, asked } = clientOf(async (request) => {
    const uids = await sentUids(request);
    return storedAnswer([], Object.fromEntries(uids.map((uid) => [uid, 0xa900])), 409);
  });
  const results = await Array.fromAsync(client.store(instances));
  assert.deepEqual(results.map(({ reason }) => reason), [0xa900, 0xa900, 0xa900]);
  assert.equal(asked.length, 1);
});

Deno.test("a server that stops at an instance, and lists none behind it, is sent those again", async () => {
  const instances = many(8).map(held);
  const uids = instances.map(({ sopInstanceUid }) => sopInstanceUid);
  const bad = new Set([uids[0], uids[5]]);
  const batches: number[] = [];
  const { client } = clientOf(async (request) => {
    const sent = await sentUids(request);
    batches.push(sent.length);
    const end = sent.findIndex((uid) => bad.has(uid));
    const stored = end < 0 ? sent : sent.slice(0, end);
    return Response.json({
      "00081198": { vr: "SQ" },
      "00081199": { vr: "SQ", Value: stored.map((uid) => ({ "00081155": { vr: "UI", Value: [uid] } })) },
    });
  });
  const results = await Array.fromAsync(client.store(instances));
  assert.deepEqual(new Set(results.filter(({ stored }) => !stored).map(({ sopInstanceUid }) => sopInstanceUid)), bad);
  assert.equal(results.length, 8);
  assert.deepEqual(batches, [8, 4, 2, 1, 1, 2, 4, 2, 1, 1, 1]);
});
