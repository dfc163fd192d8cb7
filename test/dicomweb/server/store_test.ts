import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import * as UID from "../../../src/dicom/generated/uid.ts";
import type { StoreRefusedEvent } from "../../../src/dicomweb/store/store_outcome.ts";
import { collect } from "../../archive/support.ts";
import { FakeTime } from "../../support/fake_time.ts";
import { type MadeInstance, makeInstance } from "../../support/instances.ts";
import { brokenBody, inPieces, joined, latin1, multipart, type StoreServer, storeServer } from "./store_support.ts";

const file = ({ file }: MadeInstance) => ({ body: file });

async function contentOf({ store }: StoreServer, { name }: MadeInstance): Promise<Uint8Array | undefined> {
  const found = await store.get(name);
  return found === undefined ? undefined : await collect(found.read());
}

Deno.test("instances of a multipart request are stored, and the answer is as PS3.18 Table I.1-1 has it", async () => {
  await using server = await storeServer();
  const [one, other] = [makeInstance(), makeInstance({ transferSyntax: UID.ImplicitVRLittleEndian })];
  const answer = await server.sendParts([file(one), file(other)]);
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get("content-type"), "application/dicom+json");
  const study = "http://localhost/dicom-web/studies/1.2.3.2";
  const item = (sopInstanceUid: string) => ({
    "00081150": { vr: "UI", Value: [UID.SecondaryCaptureImageStorage] },
    "00081155": { vr: "UI", Value: [sopInstanceUid] },
    "00081190": { vr: "UR", Value: [`${study}/series/1.2.3.3/instances/${sopInstanceUid}`] },
  });
  assert.deepEqual(answer.json, {
    "00081190": { vr: "UR", Value: [study] },
    "00081199": { vr: "SQ", Value: [item(one.sopInstanceUid), item(other.sopInstanceUid)] },
  });
  for (const { dataSet, sopInstanceUid, name } of [one, other]) {
    const kept = await contentOf(server, { name } as MadeInstance);
    assert.deepEqual(kept?.slice(-dataSet.length), dataSet, "the data set's bytes as they came");
    assert.equal((await server.index.find(sopInstanceUid))?.sourceAeTitle, "192.0.2.7");
  }
  assert.equal(server.store.pending, 0);
});

Deno.test("instances are stored whatever the splits of the request", async () => {
  const instances = [makeInstance({ pixelBytes: 3000 }), makeInstance({ pixelBytes: 0 }), makeInstance()];
  const body = multipart(instances.map(file));
  const lengths = fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1 });
  await fc.assert(
    fc.asyncProperty(lengths, async (lengths) => {
      await using server = await storeServer();
      const { status, stored } = await server.send({ body: ReadableStream.from(inPieces(body, lengths)) });
      assert.equal(status, 200);
      assert.deepEqual(stored, instances.map(({ sopInstanceUid }) => sopInstanceUid));
    }),
    { seed: 42, numRuns: 40, examples: [[[1]]] },
  );
});

Deno.test("a single part is stored", async () => {
  await using server = await storeServer();
  const instance = makeInstance();
  const headers = { "content-type": "application/dicom" };
  const { status, stored } = await server.send({ headers, body: instance.file });
  assert.deepEqual([status, stored], [200, [instance.sopInstanceUid]]);
});

Deno.test("a file without meta information is stored under the UIDs of its data set", async () => {
  await using server = await storeServer();
  const instance = makeInstance();
  const { status, stored } = await server.send({
    headers: { "content-type": "application/dicom" },
    body: instance.dataSet,
  });
  assert.deepEqual([status, stored], [200, [instance.sopInstanceUid]]);
});

Deno.test("what is stored again with the same content is a success, with other content a warning", async () => {
  await using server = await storeServer();
  const instance = makeInstance({ sopInstanceUid: "1.2.3.4" });
  const other = makeInstance({ sopInstanceUid: "1.2.3.4", pixel: 1 });
  for (let time = 0; time < 2; time++) assert.equal((await server.sendParts([file(instance)])).status, 200);
  const { status, stored } = await server.sendParts([file(other)]);
  assert.deepEqual([status, stored], [202, ["1.2.3.4 B000"]]);
});

Deno.test("of instances that can't be stored each has its reason, and the others are stored", async () => {
  await using server = await storeServer("dicom: { unknownSopClasses: refuse, maxDataSetLength: 1MiB }");
  const good = makeInstance();
  const wrong = makeInstance();
  const lying = joined(wrong.file.slice(0, wrong.file.length - wrong.dataSet.length), makeInstance().dataSet);
  const unknown = makeInstance({ sopClassUid: "1.2.3.4.5" });
  const long = makeInstance({ pixelBytes: 1024 * 1024 });
  const answer = await server.sendParts([
    { body: "no DICOM at all" },
    { body: lying },
    file(unknown),
    file(long),
    file(good),
    { type: "text/plain", body: "hello" },
  ]);
  assert.equal(answer.status, 202);
  assert.deepEqual(answer.stored, [good.sopInstanceUid]);
  assert.deepEqual(answer.failed, [
    `${wrong.sopInstanceUid} A900`,
    `${unknown.sopInstanceUid} 0122`,
    `${long.sopInstanceUid} A700`,
  ]);
  assert.deepEqual(answer.others, ["C000", "C000"]);
  assert.equal(server.store.pending, 0);
  assert.deepEqual(server.errors, []);
});

Deno.test("what is stored under UIDs that are none has no URL, which nothing would answer, and which would tell of them", async () => {
  await using server = await storeServer();
  for (const wrong of [{ studyInstanceUid: "DOE^JANE" }, { seriesInstanceUid: "DOE^JANE" }]) {
    const { status, json } = await server.sendParts([file(makeInstance(wrong))]);
    assert.equal(status, 200);
    assert.doesNotMatch(JSON.stringify(json), /JANE/);
    const [item] = json["00081199"]!.Value as { "00081190": unknown }[];
    assert.deepEqual(item!["00081190"], { vr: "UR" });
  }
});

Deno.test("where no instance is stored, the status is 409", async () => {
  await using server = await storeServer();
  const { status, others, json } = await server.sendParts([{ body: "no DICOM" }]);
  assert.deepEqual([status, others], [409, ["C000"]]);
  assert.deepEqual(json["00081190"], { vr: "UR" });
});

Deno.test("instances of another study than that of the path are refused", async () => {
  await using server = await storeServer();
  const right = makeInstance({ studyInstanceUid: "1.2.3.9" });
  const wrong = makeInstance({ studyInstanceUid: "1.2.3.8" });
  const { status, stored, failed } = await server.sendParts([file(wrong), file(right)], {
    path: "/dicom-web/studies/1.2.3.9",
  });
  assert.deepEqual([status, stored, failed], [202, [right.sopInstanceUid], [`${wrong.sopInstanceUid} A900`]]);
  assert.equal(await contentOf(server, wrong), undefined);
  assert.equal((await server.sendParts([file(right)], { path: "/dicom-web/studies/x" })).status, 400);
});

Deno.test("the answer is XML where the client reads that alone, and JSON for all others", async () => {
  await using server = await storeServer();
  const instance = makeInstance();
  for (const parts of [[file(instance)], [{ body: "no DICOM" }]]) {
    const xml = await server.sendParts(parts, { headers: { accept: "application/dicom+xml" } });
    assert.equal(xml.headers.get("content-type"), "application/dicom+xml");
    assert.match(xml.text, /<NativeDicomModel/);
  }
  for (const accept of ["", "*/*", "text/html", "application/json", "application/dicom+json, application/json"]) {
    const json = await server.sendParts([file(instance)], { headers: { accept } });
    assert.equal(json.headers.get("content-type"), "application/dicom+json", accept);
  }
});

const NOT_TAKEN:
  readonly (readonly [what: string, headers: Record<string, string>, body: string, status: number, told?: RegExp])[] = [
    [
      "no multipart type",
      { "content-type": "text/plain" },
      "hello",
      415,
      /found "text\/plain" as its Content-Type, expected multipart/,
    ],
    ["no boundary", { "content-type": "multipart/related" }, "hello", 415],
    ["form data", { "content-type": "multipart/form-data; boundary=b" }, "--b--", 415],
    [
      "an unknown coding",
      { "content-encoding": "br" },
      "hello",
      415,
      /found "br" as its Content-Encoding, expected one of gzip/,
    ],
    [
      "parts of other types",
      { "content-type": "multipart/related; boundary=b" },
      "--b\r\nContent-Type: a/b\r\n\r\n\r\n--b--",
      415,
      /Cannot read part 1 of the body: found "a\/b", expected application\/dicom/,
    ],
    [
      "no parts",
      { "content-type": "multipart/related; boundary=b" },
      "--b--",
      400,
      /found no part, expected at least one instance/,
    ],
    ["no multipart message", { "content-type": "multipart/related; boundary=b" }, "hello", 400],
    [
      "a message within",
      { "content-type": "multipart/related; boundary=b" },
      "--b\r\nContent-Type: multipart/related; boundary=c\r\n\r\n--c--\r\n--b--",
      400,
    ],
    ["an empty body", { "content-type": "application/dicom" }, "", 409],
    ["broken gzip", { "content-type": "application/dicom", "content-encoding": "gzip" }, "hello", 400],
  ];

Deno.test("what is no request to store is told so", async (t) => {
  for (const [what, headers, body, status, told] of NOT_TAKEN) {
    await t.step(what, async () => {
      await using server = await storeServer();
      const answer = await server.send({ headers, body: latin1(body) });
      assert.equal(answer.status, status, answer.text);
      if (told !== undefined) assert.match(JSON.parse(answer.text).detail, told);
      if (headers["content-encoding"] === "br") {
        assert.equal(answer.headers.get("accept-encoding"), "gzip, deflate, identity");
      }
      assert.equal(server.store.pending, 0);
      assert.deepEqual(server.errors, []);
    });
  }
});

Deno.test("a request that is cut short keeps the instances before, and nothing of the one within", async () => {
  const [one, other] = [makeInstance(), makeInstance({ pixelBytes: 5000 })];
  const body = multipart([file(one), file(other)]);
  for (const piece of [1, 100, 100_000]) {
    await using server = await storeServer();
    await server.send({ body: brokenBody(body.slice(0, -4000), piece) });
    assert.notEqual(await contentOf(server, one), undefined);
    assert.equal(await contentOf(server, other), undefined);
    assert.equal(server.store.pending, 0);
    assert.deepEqual(server.errors, []);
  }
});

Deno.test("a message that ends within a part is a 202 with what was stored before, a 400 where nothing was", async () => {
  await using server = await storeServer();
  const [one, other] = [makeInstance(), makeInstance({ pixelBytes: 5000 })];
  const { status, stored, failed, others } = await server.send({
    body: multipart([file(one), file(other)]).slice(0, -4000),
  });
  assert.deepEqual([status, stored], [202, [one.sopInstanceUid]]);
  assert.deepEqual([failed, others], [[`${other.sopInstanceUid} 0110`], ["C000"]]);
  assert.equal((await server.send({ body: multipart([file(other)]).slice(0, -4000) })).status, 400);
});

Deno.test("a request above maxRequestLength is a 413, by its Content-Length or as it comes", async () => {
  await using server = await storeServer("dicomweb: { maxRequestLength: 1MiB }");
  const parts = multipart([file(makeInstance({ pixelBytes: 2 * 1024 * 1024 }))]);
  assert.equal((await server.send({ body: parts, headers: { "content-length": String(parts.length) } })).status, 413);
  assert.equal((await server.send({ body: ReadableStream.from(inPieces(parts, [60_000])) })).status, 413);
  const { file: body } = makeInstance({ pixelBytes: 2 * 1024 * 1024 });
  const headers = { "content-type": "application/dicom" };
  assert.equal((await server.send({ headers, body: ReadableStream.from(inPieces(body, [60_000])) })).status, 413);
  assert.equal(server.store.pending, 0);
});

Deno.test("compressed requests are taken, and bounded by what they become", async () => {
  await using server = await storeServer("dicomweb: { maxRequestLength: 8MiB }");
  const instance = makeInstance();
  const headers = { "content-encoding": "gzip" };
  const taken = await server.send({ headers, body: gzipSync(multipart([file(instance)])) });
  assert.deepEqual([taken.status, taken.stored], [200, [instance.sopInstanceUid]]);
  const bomb = gzipSync(multipart([file(makeInstance({ pixelBytes: 64 * 1024 * 1024 }))]));
  assert(bomb.length < 100_000);
  assert.equal((await server.send({ headers, body: bomb })).status, 413);
  const cut = gzipSync(multipart([file(makeInstance())]));
  assert.equal((await server.send({ headers, body: cut.subarray(0, cut.length - 20) })).status, 400);
});

Deno.test("a store without room is a 503 that says when to try again", async () => {
  await using server = await storeServer();
  Object.assign(server.store, { shortage: () => "the disk is full" });
  const { status, headers } = await server.sendParts([file(makeInstance())]);
  assert.deepEqual([status, headers.get("retry-after")], [503, "60"]);
});

Deno.test("an unexpected failure of the store is told to the operator, and the client is told no details", async () => {
  await using server = await storeServer();
  const { create } = server.store;
  server.store.create = () => ({
    ...create.call(server.store),
    write: () => {
      throw new Error("EIO: secret");
    },
  });
  const instance = makeInstance();
  const { status, failed, text } = await server.sendParts([file(instance)]);
  assert.deepEqual([status, failed], [409, [`${instance.sopInstanceUid} 0110`]]);
  assert.doesNotMatch(text, /secret/);
  assert.equal(server.errors.length, 1);
});

Deno.test("the client behind a trusted proxy is the sender", async () => {
  await using server = await storeServer("http: { proxies: [192.0.2.0/24] }");
  const cases = [
    [{ "x-forwarded-for": "198.51.100.1, 203.0.113.5, 192.0.2.9" }, "203.0.113.5"],
    [{ forwarded: 'for=198.51.100.1, for="[2001:db8::1]:4711";proto=https' }, "2001:db8::1"],
    [{ "x-forwarded-for": "unknown" }, "192.0.2.7"],
  ] as const;
  for (const [headers, expected] of cases) {
    const instance = makeInstance();
    await server.sendParts([file(instance)], { headers });
    assert.equal((await server.index.find(instance.sopInstanceUid))?.sourceAeTitle, expected);
  }
});

Deno.test("a client that sends nothing more is waited for a minute; what it has sent in whole is stored", async () => {
  await using server = await storeServer();
  const [whole, begun] = [makeInstance(), makeInstance()];
  const bytes = multipart([file(whole), file(begun)]).slice(0, -200);
  const asked = Promise.withResolvers<void>();
  const cancelled = Promise.withResolvers<void>();
  let sent = false;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (sent) {
        asked.resolve();
        return new Promise(() => {});
      }
      sent = true;
      controller.enqueue(bytes);
    },
    cancel: () => cancelled.resolve(),
  }, { highWaterMark: 0 });
  using time = new FakeTime();
  const answer = server.send({ body });
  await asked.promise;
  await time.advance(59_000);
  assert.equal(server.store.pending, 1);
  await time.advance(1_000);
  const { status, stored, failed } = await answer;
  assert.deepEqual([status, stored, failed], [202, [whole.sopInstanceUid], [`${begun.sopInstanceUid} 0110`]]);
  await cancelled.promise;
  assert.equal(server.store.pending, 0);
});

Deno.test("what is refused is told to observers with its reason, once, and without values of it", async () => {
  const events: StoreRefusedEvent[] = [];
  await using server = await storeServer("dicom: { unknownSopClasses: refuse }", {
    observers: [(event) => event.type === "store-refused" && events.push(event)],
  });
  const told = () =>
    events.splice(0).map(({ instance, sender, reason, why }) => [instance?.sopInstanceUid, sender, reason, why]);
  const other = makeInstance({ sopClassUid: "1.2.3.4.5" });
  await server.sendParts([file(makeInstance()), file(other), { type: "image/png", body: "x" }]);
  assert.deepEqual(told(), [
    [other.sopInstanceUid, "192.0.2.7", 0x0122, "Cannot store: the SOP class is not supported"],
    [undefined, "192.0.2.7", 0xc000, "Cannot store part 3: its media type is not supported"],
  ]);
  await server.sendParts([{ body: "no file" }]);
  const [[instance, , reason, why]] = told() as [unknown[]];
  assert.deepEqual([instance, reason], [undefined, 0xc000]);
  assert.match(String(why), /^Cannot /);
  await server.send({ body: "nothing that is multipart" });
  assert.deepEqual(told().map(([, , reason]) => reason), [0xc000]);
  const single = { "content-type": "application/dicom" };
  await server.send({ headers: single, body: "no file" });
  assert.equal(told().length, 1);
});
