import assert from "node:assert/strict";
import { readFile } from "../../../src/dicom/data_set/reading/read_file.ts";
import * as UID from "../../../src/dicom/generated/uid.ts";
import { toJson } from "../../../src/dicom/models/to_json.ts";
import { collect } from "../../archive/support.ts";
import { type MadeInstance, makeInstance } from "../../support/instances.ts";
import { joined, latin1, type StoreServer, storeServer } from "./store_support.ts";

const file = ({ file }: MadeInstance) => ({ body: file });

async function contentOf({ store }: StoreServer, { name }: MadeInstance): Promise<Uint8Array | undefined> {
  const found = await store.get(name);
  return found === undefined ? undefined : await collect(found.read());
}

Deno.test("metadata and bulk data become instances", async () => {
  const instance = makeInstance();
  const { dataSet } = readFile(instance.file);
  const bulkDataUri = () => "bulk/1";
  const { toXml } = await import("../../../src/dicom/models/to_xml.ts");
  const metadata = [
    { type: "application/dicom+json", body: JSON.stringify([toJson(dataSet, { bulkDataUri })]) },
    { type: "application/dicom+xml", body: toXml(dataSet, { bulkDataUri }) },
  ];
  const bulk = { type: "application/octet-stream", location: "bulk/1", body: new Uint8Array(512).fill(0x55) };
  for (const part of metadata) {
    for (const parts of [[part, bulk], [bulk, part]]) {
      await using server = await storeServer();
      const { status, stored, text } = await server.sendParts(parts);
      assert.deepEqual([status, stored], [200, [instance.sopInstanceUid]], text);
      const kept = readFile((await contentOf(server, instance))!);
      assert.deepEqual(toJson(kept.dataSet), toJson(dataSet));
      assert.equal(server.store.pending, 0);
    }
  }
});

Deno.test("compressed bulk data of one frame becomes encapsulated Pixel Data", async () => {
  await using server = await storeServer();
  const instance = makeInstance();
  const json = { ...toJson(readFile(instance.file).dataSet), "7FE00010": { vr: "OB", BulkDataURI: "x" } };
  const metadata = { type: "application/dicom+json", body: JSON.stringify(json) };
  const bulk = (type: string) => ({ type, location: "x", body: Uint8Array.of(0xff, 0xd8, 0xff) });
  const baseline = "image/jpeg; transfer-syntax=1.2.840.10008.1.2.4.50";
  assert.equal((await server.sendParts([metadata, bulk(baseline)])).status, 200);
  const { dataSet, transferSyntax } = readFile((await contentOf(server, instance))!);
  assert.equal(transferSyntax, UID.JPEGBaseline8Bit);
  const pixels = dataSet.element("PixelData");
  assert(pixels?.kind === "encapsulated");
  assert.deepEqual(pixels.fragments.map((fragment) => fragment.length), [0, 4]);
  const untold = await server.sendParts([metadata, bulk("image/jpeg")]);
  assert.deepEqual(untold.failed, [`${instance.sopInstanceUid} C122`]);
  const frames = { ...json, "00280008": { vr: "IS", Value: [2] } };
  const many = await server.sendParts([{ ...metadata, body: JSON.stringify(frames) }, bulk(baseline)]);
  assert.deepEqual(many.failed, [`${instance.sopInstanceUid} C122`]);
});

Deno.test("bulk data is looked for in the request alone", async () => {
  await using server = await storeServer();
  const asked: string[] = [];
  await using listener = Deno.serve({ port: 0, onListen: () => {} }, (request) => {
    asked.push(request.url);
    return new Response("secret");
  });
  const { file, sopInstanceUid } = makeInstance();
  const json = toJson(readFile(file).dataSet);
  for (const uri of [`http://127.0.0.1:${listener.addr.port}/`, "file:///etc/passwd", "../x"]) {
    const body = JSON.stringify({ ...json, "7FE00010": { vr: "OB", BulkDataURI: uri } });
    const { status, failed, headers } = await server.sendParts([{ type: "application/dicom+json", body }]);
    assert.deepEqual([status, failed], [409, [`${sopInstanceUid} C000`]]);
    assert.match(headers.get("warning") ?? "", /"Instance 1 was not stored: Cannot find bulk data: no part of the/);
    assert.doesNotMatch(headers.get("warning") ?? "", /passwd|127/);
  }
  assert.deepEqual(asked, []);
});

Deno.test("metadata that is none costs itself alone, and metadata that is too long the request", async () => {
  await using server = await storeServer();
  const instance = makeInstance();
  for (const body of ["{", "[1]", "null", '{"00080018": {"vr": "ZZ"}}', "\xff"]) {
    const parts = [{ type: "application/dicom+json", body: latin1(body) }, file(instance)];
    const { status, stored, others } = await server.sendParts(parts);
    assert.deepEqual([status, stored, others], [202, [instance.sopInstanceUid], ["C000"]], body);
  }
  const long = { type: "application/dicom+json", body: `"${"x".repeat(33 * 1024 * 1024)}"` };
  assert.equal((await server.sendParts([long])).status, 413);
});

Deno.test("bulk data of a request takes one object of the store, however many parts it has", async () => {
  await using server = await storeServer();
  const { create } = server.store;
  let most = 0;
  server.store.create = () => {
    const pending = create.call(server.store);
    most = Math.max(most, server.store.pending);
    return pending;
  };
  const instance = makeInstance({ pixelBytes: 0 });
  const bulk = Array.from({ length: 500 }, (_, index) => ({
    ...{ type: "application/octet-stream", location: `bulk/${index}` },
    body: new Uint8Array(index % 7).fill(index),
  }));
  const json = {
    ...toJson(readFile(instance.file).dataSet),
    ...Object.fromEntries(bulk.map(({ location }, index) => [
      `0011${(0x1000 + index).toString(16).toUpperCase()}`,
      { vr: "OB", BulkDataURI: location },
    ])),
  };
  const metadata = { type: "application/dicom+json", body: JSON.stringify(json) };
  const { status, text } = await server.sendParts([metadata, ...bulk]);
  assert.equal(status, 200, text);
  assert.equal(most, 2, "the bulk data and the instance that is made of it");
  const kept = readFile((await contentOf(server, instance))!).dataSet;
  for (const [index, { body }] of bulk.entries()) {
    const element = kept.element(0x0011_1000 + index);
    assert(element?.kind === "value");
    assert.deepEqual(new Uint8Array(element.bytes), joined(body, new Uint8Array(body.length % 2)), `part ${index}`);
  }
  assert.equal(server.store.pending, 0);
});

Deno.test("metadata that is made to fill the memory is refused before it does", async () => {
  await using server = await storeServer();
  const few = 2_100_000;
  const bombs = [
    ["application/dicom+xml", `<NativeDicomModel>${"<a/>".repeat(few)}</NativeDicomModel>`],
    ["application/dicom+json", `[${"{},".repeat(2 * few)}{}]`],
    ["application/dicom+json", `[${"{},".repeat(100_001)}{}]`],
  ] as const;
  for (const [type, body] of bombs) {
    const { status, others } = await server.sendParts([{ type, body }]);
    assert.deepEqual([status, others], [409, ["A700"]]);
  }
});

Deno.test("instances that share bulk data have no more of it than a request may", async () => {
  await using server = await storeServer("dicomweb: { maxRequestLength: 1MiB }");
  const instances = Array.from({ length: 5 }, () => makeInstance({ pixelBytes: 0 }));
  const json = instances.map(({ file }) => ({
    ...toJson(readFile(file).dataSet),
    "7FE00010": { vr: "OB", BulkDataURI: "x" },
  }));
  const bulk = { type: "application/octet-stream", location: "x", body: new Uint8Array(300_000) };
  const parts = [{ type: "application/dicom+json", body: JSON.stringify(json) }, bulk];
  const { status, stored, failed } = await server.sendParts(parts);
  const [first, second, third, ...more] = instances.map(({ sopInstanceUid }) => sopInstanceUid);
  assert.deepEqual([status, stored], [202, [first, second, third]]);
  assert.deepEqual(failed, more.map((uid) => `${uid} A700`));
  assert.equal(server.store.pending, 0);
});

Deno.test("an instance that fails is named where its metadata names it, and its fault is told in words", async () => {
  await using server = await storeServer();
  const { toXml } = await import("../../../src/dicom/models/to_xml.ts");
  const { file, sopInstanceUid } = makeInstance();
  const { dataSet } = readFile(file);
  const json = { ...toJson(dataSet), "00280010": { vr: "US", Value: ["secret"] } };
  const good = makeInstance();
  const cases: [type: string, body: string, failed: string[], others: string[]][] = [
    ["application/dicom+json", JSON.stringify(json), [`${sopInstanceUid} C000`], []],
    ["application/dicom+xml", toXml(dataSet, { bulkDataUri: () => "x" }), [`${sopInstanceUid} C000`], []],
    ["application/dicom+json", "[null]", [], ["C000"]],
    ["application/dicom+json", '[{"00080018":{"vr":"UI","Value":["../etc"]}}]', [], ["A900"]],
  ];
  for (const [type, body, failed, others] of cases) {
    const parts = [{ body: good.file }, { type, body }];
    const answer = await server.sendParts(parts);
    assert.deepEqual([answer.status, answer.failed, answer.others], [202, failed, others], body.slice(0, 100));
    assert.match(answer.headers.get("warning") ?? "", /^299 gantry\/dicom-web "Instance 2 was not stored: Cannot /);
    assert.doesNotMatch(answer.headers.get("warning") ?? "", /secret|etc/);
  }
  const many = await server.sendParts(Array.from({ length: 30 }, () => ({ body: "no file" })));
  assert.equal((many.headers.get("warning") ?? "").split("was not stored").length - 1, 10);
  assert.match(many.headers.get("warning") ?? "", /"More instances were not stored"$/);
});
