import assert from "node:assert/strict";
import { DicomwebClient } from "../../../src/dicomweb/client/client.ts";
import { clientCredentials } from "../../../src/dicomweb/client/token.ts";
import { DicomwebError } from "../../../src/dicomweb/client/web_error.ts";
import { DeadlineError, LimitError } from "../../../src/errors.ts";
import { collect } from "../../archive/support.ts";
import { FakeTime } from "../../support/fake_time.ts";
import { makeInstance } from "../../support/instances.ts";
import { joined } from "../multipart/messages.ts";
import { clientOf, held, sentUids, storedAnswer } from "./server.ts";

const json = (value: unknown, headers: Record<string, string> = {}) =>
  Response.json(value, { headers: { "content-type": "application/dicom+json", ...headers } });
const study = (uid: string) => ({ "0020000D": { vr: "UI", Value: [uid] } });
const STUDIES = { level: "studies" } as const;

async function uids(answers: AsyncIterable<Record<string, { Value?: unknown }>>): Promise<unknown[]> {
  return (await Array.fromAsync(answers)).map((answer) => (answer["0020000D"]?.Value as unknown[] | undefined)?.[0]);
}

/** Answers pages of two out of `all`, as the offset says. */
const paged = (all: readonly string[]) => (request: Request) => {
  const offset = Number(new URL(request.url).searchParams.get("offset") ?? 0);
  return json(all.slice(offset, offset + 2).map(study));
};

Deno.test("a search asks for page after page, until one is empty", async () => {
  const { client, asked } = clientOf(paged(["1", "2", "3"]));
  const found = await uids(client.search({
    ...STUDIES,
    match: { PatientName: "A+B^C *", StudyInstanceUID: ["1.2", "1.3"] },
    include: ["00081030"],
    fuzzyMatching: true,
  }));
  assert.deepEqual(found, ["1", "2", "3"]);
  const query = "PatientName=A%2BB%5EC%20*&StudyInstanceUID=1.2%5C1.3&includefield=00081030&fuzzymatching=true";
  assert.deepEqual(asked, ["", "&offset=2", "&offset=3"].map((offset) => `GET /studies?${query}${offset}`));
});

Deno.test("a search ends with 204, with the total count, with its limit, and where a server has no pages", async () => {
  assert.deepEqual(await uids(clientOf(() => new Response(null, { status: 204 })).client.search(STUDIES)), []);
  assert.deepEqual(await uids(clientOf(() => new Response("")).client.search(STUDIES)), []);
  const counted = clientOf(() => json([study("1"), study("2")], { "x-total-count": "2" }));
  assert.deepEqual(await uids(counted.client.search(STUDIES)), ["1", "2"]);
  assert.equal(counted.asked.length, 1);
  const limited = clientOf(paged(["1", "2", "3", "4"]));
  assert.deepEqual(await uids(limited.client.search({ ...STUDIES, limit: 3 })), ["1", "2", "3"]);
  assert.deepEqual(limited.asked, ["GET /studies?limit=3", "GET /studies?limit=3&offset=2"]);
  for (const page of [[study("1"), study("2")], [{ "00100020": { vr: "LO", Value: ["no UID"] } }]]) {
    const same = clientOf(() => json(page));
    assert.equal((await uids(same.client.search(STUDIES))).length, page.length);
    assert.equal(same.asked.length, 2);
  }
});

Deno.test("a search follows links to the next page on the same server, and no others", async () => {
  const next = (target: string) => ({ link: `<x>; rel="first", <${target}>; title="a, b"; rel="next"` });
  const { client, asked } = clientOf((_, number) =>
    number === 0
      ? json([study("1")], next("/dicom-web/studies?cursor=a"))
      : json([study("2")], next("https://evil.example/"))
  );
  assert.deepEqual(await uids(client.search(STUDIES)), ["1", "2"]);
  assert.deepEqual(asked, ["GET /studies", "GET /studies?cursor=a"]);
});

Deno.test("a search below a study and a series has their path", async () => {
  const { client, asked } = clientOf(() => json([]));
  await Array.fromAsync(client.search({ level: "series", study: "1.2" }));
  await Array.fromAsync(client.search({ level: "instances", study: "1.2", series: "1.2.3", include: "all" }));
  assert.deepEqual(asked, ["GET /studies/1.2/series", "GET /studies/1.2/series/1.2.3/instances?includefield=all"]);
  for (const path of [{ series: "1" }, { study: "../x" }, { study: "" }]) {
    await assert.rejects(client.search({ level: "instances", ...path }).next(), TypeError);
  }
});

Deno.test("answers that are no data sets, or too long, are errors", async () => {
  for (const body of ["{", "[1]", "<html>", "3"]) {
    await assert.rejects(uids(clientOf(() => new Response(body)).client.search(STUDIES)), SyntaxError);
  }
  const endless = () =>
    new Response(new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(1000).fill(0x20)) }));
  await assert.rejects(uids(clientOf(endless, { maxAnswerLength: 10_000 }).client.search(STUDIES)), LimitError);
});

const ERRORS: readonly (readonly [body: string, type: string, detail: string])[] = [
  ['{"detail":"no such study"}', "application/problem+json", "no such study"],
  ['{"Details":"by Orthanc","Message":"x"}', "application/json", "by Orthanc"],
  ["plain\n\u001b[31m text", "text/plain", "plain \\u001b[31m text"],
  ["<html>page</html>", "text/html", "Not Found"],
  [`"${"x".repeat(1000)}"`, "application/json", `${"x".repeat(300)}…`],
];

Deno.test("an error has the status, and a little of what the server says", async () => {
  for (const [body, type, detail] of ERRORS) {
    const { client } = clientOf(() =>
      new Response(body, { status: 404, statusText: "Not Found", headers: { "content-type": type } })
    );
    await assert.rejects(client.metadata({ study: "1.2" }), (error) => {
      assert(error instanceof DicomwebError);
      assert.equal(error.status, 404);
      assert.equal(error.message, `Cannot retrieve metadata: the server answered 404 (${detail})`);
      return true;
    });
  }
});

Deno.test("a request is tried again after 503, as the server says or later and later, and after a lost connection", async () => {
  using time = new FakeTime();
  const { client, asked } = clientOf((_, number) => {
    if (number === 0) return new Response(null, { status: 503, headers: { "retry-after": "7" } });
    if (number === 1) return new Response(null, { status: 429 });
    if (number === 2) throw new TypeError("connection lost");
    return json([]);
  });
  const searching = Array.fromAsync(client.search(STUDIES));
  for (const [milliseconds, count] of [[6_999, 1], [1, 2], [999, 2], [1, 3], [1_999, 3], [1, 4]] as const) {
    await time.advance(milliseconds);
    assert.equal(asked.length, count);
  }
  assert.deepEqual(await searching, []);
  assert.equal(time.pending, 0);
});

Deno.test("a request is not tried for ever, nor after a status that says no", async () => {
  using time = new FakeTime();
  const busy = clientOf(() => new Response(null, { status: 503 }), { retries: 2 });
  const failing = assert.rejects(Array.fromAsync(busy.client.search(STUDIES)), DicomwebError);
  await time.advance(60_000);
  await failing;
  assert.equal(busy.asked.length, 3);
  const lost = clientOf(() => {
    throw new TypeError("error sending request for url (https://pacs.example/dicom-web/studies?PatientName=Doe)");
  }, { retries: 0 });
  await assert.rejects(Array.fromAsync(lost.client.search(STUDIES)), {
    message: "Cannot search for studies: no connection with pacs.example, or it was lost",
  });
  const refused = clientOf(() => new Response(null, { status: 400 }));
  await assert.rejects(Array.fromAsync(refused.client.search(STUDIES)), DicomwebError);
  assert.equal(refused.asked.length, 1);
});

Deno.test("a server that is silent ends the request, before it answers and within its answer", async () => {
  using time = new FakeTime();
  const never = (request: Request) =>
    new Promise<Response>((_, reject) => request.signal.addEventListener("abort", () => reject(request.signal.reason)));
  const silent = clientOf(never, { timeout: 5_000 });
  const first = assert.rejects(Array.fromAsync(silent.client.search(STUDIES)), DeadlineError);
  await time.advance(5_000);
  await first;
  const stuck = clientOf((request) => {
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(new TextEncoder().encode("["));
        request.signal.addEventListener("abort", () => controller.error(request.signal.reason));
      },
    });
    return new Response(body);
  }, { timeout: 5_000 });
  const second = assert.rejects(Array.fromAsync(stuck.client.search(STUDIES)), DeadlineError);
  await time.advance(5_000);
  await second;
  assert.equal(time.pending, 0);
});

Deno.test("a signal ends a request, and the wait for the next try", async () => {
  using time = new FakeTime();
  const { client, asked } = clientOf(() => new Response(null, { status: 503 }));
  const abort = new AbortController();
  const searching = assert.rejects(Array.fromAsync(client.search(STUDIES, { signal: abort.signal })), {
    name: "AbortError",
  });
  await time.advance(100);
  abort.abort();
  await searching;
  assert.deepEqual([asked.length, time.pending], [1, 0]);
});

Deno.test("tokens are sent, and asked for anew once when one is refused", async () => {
  const seen: (string | null)[] = [];
  const asked: boolean[] = [];
  const { client } = clientOf((request) => {
    seen.push(request.headers.get("authorization"));
    return seen.length === 1 ? new Response(null, { status: 401 }) : json([]);
  }, {
    token: ({ refresh }) => {
      asked.push(refresh);
      return refresh ? "new" : "old";
    },
  });
  await Array.fromAsync(client.search(STUDIES));
  assert.deepEqual([seen, asked], [["Bearer old", "Bearer new"], [false, true]]);
  const fixed = clientOf(() => new Response(null, { status: 401 }), { token: "fixed" });
  await assert.rejects(Array.fromAsync(fixed.client.search(STUDIES)), DicomwebError);
  assert.equal(fixed.asked.length, 1);
});

Deno.test("client credentials have a token once, for all who ask at the same time, until it ends", async () => {
  const asked: string[] = [];
  const answer = async (input: unknown, init?: RequestInit) => {
    const request = new Request(input as string, init);
    asked.push(`${request.headers.get("authorization")} ${await request.text()}`);
    if (asked.length === 1) return new Response('{"error":"invalid_client"}', { status: 401 });
    return Response.json({ access_token: `token${asked.length}`, expires_in: 60 });
  };
  const token = clientCredentials({
    ...{ tokenUrl: "https://login.example/token", clientId: "a:b", clientSecret: "s&c", scope: "dicom" },
    fetch: answer,
  });
  const tokens = await Promise.all([token({ refresh: false }), token({ refresh: false })]);
  assert.deepEqual(tokens, ["token2", "token2"]);
  assert.deepEqual(asked, [
    `Basic ${btoa("a%3Ab:s%26c")} grant_type=client_credentials&scope=dicom`,
    "null grant_type=client_credentials&scope=dicom&client_id=a%3Ab&client_secret=s%26c",
  ]);
  assert.equal(await token({ refresh: true }), "token3");
  for (const body of ["{}", "no JSON", '{"access_token":"a\\nb"}']) {
    const broken = clientCredentials({
      ...{ tokenUrl: "https://login.example/token", clientId: "a", clientSecret: "secret" },
      fetch: () => Promise.resolve(new Response(body)),
    });
    await assert.rejects(async () => await broken({ refresh: false }), /Cannot get a token/);
  }
});

Deno.test("a URL that is none is refused", () => {
  for (const url of ["pacs", "ftp://a/b", "https://user:pass@a/b", "https://a/b?c", "https://a/b#c"]) {
    assert.throws(() => new DicomwebClient({ url }), TypeError);
  }
  assert.equal(new DicomwebClient({ url: "https://a/b//" }).url, "https://a/b");
});

Deno.test("instances are retrieved one by one, in many parts or in one", async () => {
  const [one, other] = [makeInstance(), makeInstance()];
  const multipart = joined(
    ...[one, other].flatMap(({ file }) => ["\r\n--b\r\nContent-Type: application/dicom\r\n\r\n", file]),
    "\r\n--b--",
  );
  const many = clientOf(() =>
    new Response(multipart, { headers: { "content-type": "multipart/related; boundary=b" } })
  );
  const retrieved = [];
  for await (const { sopInstanceUid, stream } of many.client.retrieve({ study: "1.2" })) {
    retrieved.push([sopInstanceUid, await collect(stream())]);
    assert.throws(stream, /Cannot read an instance twice/);
  }
  assert.deepEqual(retrieved, [one, other].map(({ sopInstanceUid, dataSet }) => [sopInstanceUid, dataSet]));
  const single = clientOf((request) => {
    assert.equal(request.headers.get("accept"), 'multipart/related;type="application/dicom";transfer-syntax=*');
    return new Response(one.file, { headers: { "content-type": "application/dicom" } });
  });
  const path = { study: "1.2", series: "1.3", instance: "1.4" };
  const [only] = await Array.fromAsync(single.client.retrieve(path));
  assert.deepEqual([only?.sopInstanceUid, single.asked], [one.sopInstanceUid, [
    "GET /studies/1.2/series/1.3/instances/1.4",
  ]]);
  const html = clientOf(() => new Response("<html>", { headers: { "content-type": "text/html" } }));
  await assert.rejects(Array.fromAsync(html.client.retrieve(path)), /found a part of another media type/);
});

Deno.test("frames and bulk data come with their media type and transfer syntax", async () => {
  const path = { study: "1.2", series: "1.3", instance: "1.4" };
  const message = joined(
    "--b\r\nContent-Type: image/jpeg; transfer-syntax=1.2.840.10008.1.2.4.50\r\nContent-Location: /f/1\r\n\r\n",
    "pixels",
    "\r\n--b--",
  );
  const { client, asked } = clientOf((_, number) =>
    number === 0
      ? new Response(message, { headers: { "content-type": 'multipart/related; type="image/jpeg"; boundary="b"' } })
      : new Response("bytes", { headers: { "content-type": "application/pdf" } })
  );
  for await (const { mediaType, transferSyntax, location, body } of client.frames(path, [1, 3])) {
    assert.deepEqual([mediaType, transferSyntax, location], ["image/jpeg", "1.2.840.10008.1.2.4.50", "/f/1"]);
    assert.equal(new TextDecoder().decode(await collect(body)), "pixels");
  }
  for (const uri of ["https://pacs.example/dicom-web/bulk/1", "/dicom-web/bulk/1", "bulk/1"]) {
    for await (const { mediaType, body } of client.bulkData(uri)) {
      assert.equal(mediaType, "application/pdf");
      await body.cancel();
    }
  }
  assert.deepEqual(asked, ["GET /studies/1.2/series/1.3/instances/1.4/frames/1,3", ...Array(3).fill("GET /bulk/1")]);
  for (const uri of ["https://evil.example/x", "//evil.example/x", "file:///etc/passwd", "http://pacs.example/x"]) {
    assert.throws(() => client.bulkData(uri), TypeError, uri);
  }
  assert.throws(() => client.frames(path, [0]), TypeError);
});

Deno.test("what is deleted is asked for by its path", async () => {
  const { client, asked } = clientOf(() => new Response(null, { status: 204 }));
  await client.delete({ study: "1.2", series: "1.3" });
  assert.deepEqual(asked, ["DELETE /studies/1.2/series/1.3"]);
});

Deno.test("a stored instance arrives as a Part 10 file", async () => {
  const instance = makeInstance();
  const { client } = clientOf(async (request) => {
    assert.equal(request.headers.get("accept"), "application/dicom+json");
    return storedAnswer(await sentUids(request));
  });
  const { sopClassUid, sopInstanceUid } = instance;
  assert.deepEqual(await Array.fromAsync(client.store([held(instance)])), [{
    sopClassUid,
    sopInstanceUid,
    stored: true,
  }]);
});

Deno.test("redirects are followed within the server, and to no other", async () => {
  const redirect = (location: string) => new Response(null, { status: 307, headers: { location } });
  const moved = clientOf((request, number) =>
    number === 0 ? redirect("/dicom-web/v2/studies") : json([study(request.url.includes("/v2/") ? "2" : "1")])
  );
  assert.deepEqual(await uids(moved.client.search({ ...STUDIES, limit: 1 })), ["2"]);
  assert.deepEqual(moved.asked, ["GET /studies?limit=1", "GET /v2/studies"]);
  for (
    const location of [
      "http://169.254.169.254/",
      "//other.example/studies",
      "file:///etc/passwd",
      "http://pacs.example/",
    ]
  ) {
    const { client, asked } = clientOf(() => redirect(location), { token: "secret" });
    const refused = (error: unknown) => error instanceof DicomwebError && error.status === 307;
    await assert.rejects(uids(client.search(STUDIES)), refused);
    await assert.rejects(client.delete({ study: "1.2" }), refused);
    assert.equal(asked.length, 2, location);
  }
  const endless = clientOf(() => redirect("/dicom-web/studies"));
  await assert.rejects(uids(endless.client.search(STUDIES)), DicomwebError);
  assert.equal(endless.asked.length, 6);
  // The platform would follow by itself, with the token, or without.
  const other: string[] = [];
  const serve = (answer: (request: Request) => Response) =>
    Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, answer);
  await using elsewhere = serve((request) => {
    other.push(request.url);
    return json([study("1")]);
  });
  await using server = serve(() => redirect(`http://127.0.0.1:${elsewhere.addr.port}/studies`));
  const client = new DicomwebClient({ url: `http://127.0.0.1:${server.addr.port}/dicom-web` });
  await assert.rejects(uids(client.search(STUDIES)), DicomwebError);
  assert.deepEqual(other, []);
});

Deno.test("a server of tokens that sends without end is left", async () => {
  let sent = 0;
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (sent > 4_000_000) return controller.close();
      sent += 65_536;
      controller.enqueue(new Uint8Array(65_536).fill(0x20));
    },
  });
  const token = clientCredentials({
    ...{ tokenUrl: "https://login.example/token", clientId: "a", clientSecret: "b" },
    fetch: () => Promise.resolve(new Response(endless)),
  });
  await assert.rejects(Promise.resolve(token({ refresh: false })), LimitError);
  assert.ok(sent < 1_000_000);
});
