/** What a DICOMweb server answers comes to what the table of outcomes says, instance by instance. */

import assert from "node:assert/strict";
import { DataSetError } from "../../src/errors.ts";
import { type ConflictPolicy, WebDestination } from "../../src/gateway/web_destination.ts";
import { DicomwebClient } from "../../src/dicomweb/client/client.ts";
import type { OutgoingInstance } from "../../src/routing/destinations/destination.ts";
import { DeliveryError } from "../../src/routing/destinations/outcomes.ts";
import { type Answer, clientOf, sentUids, storedAnswer } from "../dicomweb/client/server.ts";
import { outgoing, range } from "../routing/support.ts";
import { FakeTime } from "../support/fake_time.ts";
import { freePort } from "../support/process.ts";

function destinationOf(answer: Answer, conflict?: ConflictPolicy) {
  const { client, asked } = clientOf(answer, { retries: 0 });
  return { destination: new WebDestination(client, { conflict }), asked };
}

/** Says what became of each: class or `delivered`, and status. */
async function outcomes(destination: WebDestination, instances: readonly OutgoingInstance[]): Promise<string[]> {
  return (await destination.storeAll(instances)).map((outcome) => {
    if (outcome.status === "rejected") {
      const { reason } = outcome;
      assert.ok(reason instanceof DeliveryError, String(reason));
      return `${reason.class} ${reason.status}`.trim();
    }
    const { duplicate = false, status } = outcome.value;
    return `${duplicate ? "duplicate" : "delivered"} ${status}`;
  });
}

const instances = range(1, 4).map((number) => outgoing(number));
const uids = instances.map(({ sopInstanceUid }) => sopInstanceUid);

Deno.test("several instances go in one request, and each has what the answer says of it", async () => {
  const batches: string[][] = [];
  const { destination } = destinationOf(async (request) => {
    batches.push(await sentUids(request));
    return storedAnswer([uids[0]!], { [uids[1]!]: 0xA700, [uids[2]!]: 0xC000, [uids[3]!]: 0x0111 }, 202);
  });
  assert.deepEqual(await outcomes(destination, instances), [
    "delivered 200",
    "transient 0xA700",
    "permanent 0xC000",
    "duplicate 0x0111",
  ]);
  assert.equal(batches.length, 1);
});

Deno.test("an instance that a success does not list is not delivered; Azure's reasons are known", async () => {
  const { destination } = destinationOf(async (request) => {
    await sentUids(request);
    return storedAnswer([uids[0]!], { [uids[1]!]: 45070, [uids[2]!]: 45071 }, 202);
  });
  assert.deepEqual(await outcomes(destination, instances), [
    "delivered 200",
    "duplicate 0xB00E",
    "transient 0xB00F",
    "permanent 202",
  ]);
});

for (const status of [413, 400, 409, 415, 422]) {
  Deno.test(`a request of several that is answered ${status} is tried in halves, and only the instance in question fails`, async () => {
    const batches: number[] = [];
    const { destination } = destinationOf(async (request) => {
      const sent = await sentUids(request);
      batches.push(sent.length);
      const isRefused = status === 413 ? sent.length > 1 : sent.includes(uids[2]!);
      return isRefused ? new Response(null, { status }) : storedAnswer(sent);
    });
    const expected = status === 413
      ? Array(4).fill("delivered 200")
      : ["delivered 200", "delivered 200", `permanent ${status}`, "delivered 200"];
    assert.deepEqual(await outcomes(destination, instances), expected);
    assert.deepEqual(batches, status === 413 ? [4, 2, 1, 1, 2, 1, 1] : [4, 2, 2, 1, 1]);
    if (status === 413) await outcomes(destination, instances);
    assert.deepEqual(batches.slice(7), status === 413 ? [1, 1, 1, 1] : [], "what was too much is remembered");
  });
}

Deno.test("a single instance that is too long for the server is refused for good", async () => {
  const { destination } = destinationOf(async (request) => {
    await sentUids(request);
    return new Response(null, { status: 413 });
  });
  assert.deepEqual(await outcomes(destination, [instances[0]!]), ["permanent 413"]);
});

Deno.test("a conflict without a reason is dead or a duplicate, as the configuration says; one with a reason has that", async () => {
  const answer: Answer = async (request) => {
    const [uid] = await sentUids(request);
    return uid === uids[0] ? new Response(null, { status: 409 }) : storedAnswer([], { [uid!]: 0xA900 }, 409);
  };
  assert.deepEqual(await outcomes(destinationOf(answer).destination, [instances[0]!]), ["permanent 409"]);
  const { destination } = destinationOf(answer, "duplicate");
  assert.deepEqual(await outcomes(destination, [instances[0]!]), ["duplicate 409"]);
  assert.deepEqual(await outcomes(destination, [instances[1]!]), ["permanent 0xA900"]);
});

Deno.test("a busy server says for how long, in seconds or until a date", async () => {
  const until = new Date(Date.now() + 90_000).toUTCString();
  for (const [status, header, least, most] of [[429, "7", 7_000, 7_000], [503, until, 80_000, 91_000]] as const) {
    const { destination } = destinationOf(async (request) => {
      await sentUids(request);
      return new Response(null, { status, headers: { "retry-after": header } });
    });
    const [outcome, ...others] = await destination.storeAll(instances);
    assert.equal(others.length, 3);
    assert.ok(outcome?.status === "rejected" && outcome.reason instanceof DeliveryError);
    const { class: name, retryAfter = 0, status: answered } = outcome.reason;
    assert.deepEqual([name, answered], ["transient", String(status)]);
    assert.ok(retryAfter >= least && retryAfter <= most, `${retryAfter} ms`);
  }
});

Deno.test("what refuses this gateway is a matter of the configuration", async () => {
  for (const status of [401, 403, 404, 302]) {
    const { destination } = destinationOf(async (request) => {
      await sentUids(request);
      return new Response(null, { status });
    });
    assert.deepEqual(await outcomes(destination, [instances[0]!]), [`configuration ${status}`]);
  }
});

Deno.test("an instance that is none is refused for good, and costs no other anything", async () => {
  const { destination } = destinationOf(async (request) => storedAnswer(await sentUids(request)));
  const odd: OutgoingInstance = {
    ...instances[1]!,
    stream: () => {
      throw new DataSetError("Cannot read it");
    },
  };
  assert.deepEqual(await outcomes(destination, [instances[0]!, odd]), ["delivered 200", "permanent"]);
});

Deno.test("a server that says nothing for too long has interrupted what was sent; one that reads nothing can't be reached", async () => {
  using time = new FakeTime();
  for (const [reads, expected] of [[true, "interrupted"], [false, "transport"]] as const) {
    const { client, asked } = clientOf(async (request) => {
      if (reads) await sentUids(request);
      return await new Promise((_, reject) => {
        request.signal.addEventListener("abort", () => reject(request.signal.reason));
      });
    }, { retries: 0, timeout: 1_000 });
    const storing = outcomes(new WebDestination(client), instances);
    await time.advance(1_100);
    assert.deepEqual(await storing, Array(4).fill(expected));
    assert.equal(asked.length, 1, "nobody tries the others");
  }
});

Deno.test("an answer that fails behind the first half leaves that delivered, and the rest is not sent", async () => {
  const batches: number[] = [];
  const { destination } = destinationOf(async (request, number) => {
    const sent = await sentUids(request);
    batches.push(sent.length);
    if (number === 1) return storedAnswer(sent);
    return new Response(null, { status: number === 0 ? 413 : 503 });
  });
  const six = range(1, 6).map((number) => outgoing(number));
  const expected = [...Array(3).fill("delivered 200"), ...Array(3).fill("transient 503")];
  assert.deepEqual(await outcomes(destination, six), expected);
  assert.deepEqual(batches, [6, 3, 3]);
});

Deno.test("a connection that is cut interrupts what was sent; one that can't be made is the lane's matter", async () => {
  const big = instances.map((instance) => ({
    ...instance,
    length: 8_000_000,
    stream: () => new Blob([new Uint8Array(8_000_000)]).stream(),
  }));
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const cutting = (async () => {
    using connection = await listener.accept();
    const some = new Uint8Array(65_536);
    for (let read = 0; read < 1_000_000;) read += await connection.read(some) ?? 1_000_000;
  })();
  const at = (port: number) =>
    new WebDestination(new DicomwebClient({ url: `http://127.0.0.1:${port}/dicom-web`, retries: 0 }));
  const { port } = listener.addr as Deno.NetAddr;
  assert.deepEqual(await outcomes(at(port), big), Array(4).fill("interrupted"));
  await cutting;
  const down = at(freePort());
  assert.deepEqual(await outcomes(down, big), Array(4).fill("transport"));
  await assert.rejects(down.probe(), /no connection with 127\.0\.0\.1/);
});

Deno.test("the probe searches for what nobody has; whatever a server answers that works is right", async () => {
  const works = [
    () => Response.json([]),
    () => new Response(null, { status: 204 }),
    ...[400, 404, 405, 406, 501].map((status) => () => new Response(null, { status })),
    () => new Response("<html>", { headers: { "content-type": "text/html" } }),
  ];
  for (const answer of works) {
    const { destination, asked } = destinationOf(answer);
    await destination.probe();
    assert.deepEqual(asked, ["GET /studies?StudyInstanceUID=2.25.0&limit=1"]);
  }
  for (const status of [401, 403, 429, 500, 502, 503, 504]) {
    const { destination } = destinationOf(() => new Response(null, { status }));
    await assert.rejects(destination.probe(), new RegExp(`answered ${status}`));
  }
});

Deno.test("a server answers for an instance once it finds it, however long that takes; without a signal it is asked once", async () => {
  using time = new FakeTime();
  let finds = false;
  const { destination, asked } = destinationOf(() =>
    Response.json([{ "00080018": { vr: "UI", Value: [finds ? "1.2.3.1" : "1.2.3.2"] } }])
  );
  await assert.rejects(destination.confirm(outgoing(1)), /does not find the instance/);
  assert.match(
    asked[0]!,
    /^GET \/studies\/1\.2\/series\/1\.2\.1\/instances\?(00080018|SOPInstanceUID)=1\.2\.3\.1&limit=1$/,
  );
  let confirmed = "";
  const late = new AbortController();
  const hear = () =>
    destination.confirm(outgoing(1), { signal: late.signal }).then(() => "yes", () => "no")
      .then((answer) => confirmed = answer);
  const first = hear();
  await time.advance(3_000);
  assert.deepEqual([confirmed, asked.length], ["", 5]);
  finds = true;
  await time.advance(4_000);
  await first;
  assert.equal(confirmed, "yes");
  finds = false;
  const second = hear();
  await time.advance(1_000);
  late.abort(new Error("too late"));
  await second;
  assert.equal(confirmed, "no");
});
