import assert from "node:assert/strict";
import { EncapsulatedElement, ValueElement } from "../../../src/dicom/data_set/data_element.ts";
import { DataSet } from "../../../src/dicom/data_set/data_set.ts";
import * as UID from "../../../src/dicom/generated/uid.ts";
import { createMemoryStore } from "../../../src/objects/memory_store.ts";
import type { ObjectStore } from "../../../src/objects/object_store.ts";
import { createArchive } from "../../../src/archive/archive.ts";
import { dicomwebFace } from "../../../src/dicomweb/server/face.ts";
import { dicomwebPart } from "../../../src/dicomweb/server/part.ts";
import { makeMetadata } from "../../../src/dicomweb/server/series_metadata.ts";
import { createHttpApp } from "../../../src/http/app.ts";
import { archiveOf, assertProblem, instanceOf, type JsonAnswer, keep, partsOf, ROOT, valuesOf } from "./support.ts";

const SERIES = "/studies/1.2.9/series/1.2.9.1";
const INSTANCE = `${SERIES}/instances/1.2.9.1.1`;
const LONG = Uint8Array.from({ length: 2000 }, (_, index) => index & 0xff);
const SHORT = LONG.slice(0, 1000);

function rich(): DataSet {
  const dataSet = new DataSet({
    SpecificCharacterSet: "ISO_IR 100",
    PatientName: "Müller^Jörg",
    PatientID: "P1",
    Rows: 4,
    Columns: 5,
    BitsAllocated: 8,
    SamplesPerPixel: 1,
    PhotometricInterpretation: "MONOCHROME2",
  });
  dataSet.set("ReferencedSeriesSequence", [{ SeriesInstanceUID: "1" }, { SeriesInstanceUID: "2" }]);
  dataSet.setElement(new ValueElement(0x0028_2000, "OB", LONG)); // ICC Profile
  dataSet.setElement(new ValueElement(0x0042_0011, "OB", SHORT)); // Encapsulated Document
  dataSet.setElement(new ValueElement(0x7fe0_0010, "OW", LONG.slice(0, 20)));
  const [, second] = dataSet.get("ReferencedSeriesSequence") ?? [];
  second!.setElement(new ValueElement(0x0040_a30a, "OB", LONG));
  return dataSet;
}

async function json(response: Response): Promise<JsonAnswer[]> {
  const text = await response.text();
  assert.equal(response.status, 200, text);
  return JSON.parse(text);
}

Deno.test("metadata: all attributes in Unicode; long values by absolute URI, short ones inline, Pixel Data always by URI", async () => {
  const { app } = await archiveOf([instanceOf(rich())]);
  for (const path of [`${INSTANCE}/metadata`, `${SERIES}/metadata`, "/studies/1.2.9/metadata"]) {
    const response = await app.request(ROOT + path);
    assert.equal(response.headers.get("content-type"), "application/dicom+json");
    const [instance, ...others] = await json(response);
    assert.deepEqual(others, []);
    assert.deepEqual(instance!["00100010"], { vr: "PN", Value: [{ Alphabetic: "Müller^Jörg" }] });
    assert.deepEqual(instance!["00080005"]?.Value, ["ISO_IR 192"]);
    assert.deepEqual(instance!["00282000"], { vr: "OB", BulkDataURI: `${ROOT}${INSTANCE}/bulkdata/00282000` });
    assert.equal(instance!["00420011"]?.InlineBinary, btoa(String.fromCharCode(...SHORT)));
    assert.deepEqual(instance!["7FE00010"], { vr: "OW", BulkDataURI: `${ROOT}${INSTANCE}/bulkdata/7FE00010` });
    const item = instance!["00081115"]?.Value?.[1] as JsonAnswer;
    assert.equal(item["0040A30A"]?.BulkDataURI, `${ROOT}${INSTANCE}/bulkdata/00081115/2/0040A30A`);
    assert.equal(Object.keys(instance!).some((tag) => tag.startsWith("0002")), false);
  }
});

Deno.test("metadata: the length above which values stand elsewhere is configurable", async () => {
  const { app } = await archiveOf([instanceOf(rich())], { bulkDataAbove: 4096 });
  const [instance] = await json(await app.request(`${ROOT}${INSTANCE}/metadata`));
  assert.ok(instance!["00282000"]?.InlineBinary);
  assert.ok(instance!["7FE00010"]?.BulkDataURI);
});

Deno.test("every BulkDataURI leads to the value", async () => {
  const { app } = await archiveOf([instanceOf(rich())]);
  const [instance] = await json(await app.request(`${ROOT}${INSTANCE}/metadata`));
  const item = instance!["00081115"]?.Value?.[1] as JsonAnswer;
  const cases: [uri: string | undefined, expected: Uint8Array][] = [
    [instance!["00282000"]?.BulkDataURI, LONG],
    [instance!["7FE00010"]?.BulkDataURI, LONG.slice(0, 20)],
    [item["0040A30A"]?.BulkDataURI, LONG],
    [`${ROOT}${INSTANCE}/bulkdata/00420011`, SHORT],
    [`${ROOT}${INSTANCE}/pixeldata`, LONG.slice(0, 20)],
  ];
  for (const [uri, expected] of cases) {
    const single = await app.request(uri!);
    assert.equal(single.headers.get("content-type"), "application/octet-stream; transfer-syntax=1.2.840.10008.1.2.1");
    assert.deepEqual(new Uint8Array(await single.arrayBuffer()), expected, uri);
    for (const type of ["application/octet-stream", '"application/octet-stream"', '"*/*"']) {
      const headers = { accept: `multipart/related; type=${type}` };
      const [part] = await partsOf(await app.request(uri!, { headers }));
      assert.deepEqual(part!.body, expected);
    }
    const range = await app.request(uri!, { headers: { range: "bytes=5-14" } });
    assert.equal(range.status, 206);
    assert.deepEqual(new Uint8Array(await range.arrayBuffer()), expected.slice(5, 15));
    const etag = range.headers.get("etag")!;
    assert.equal((await app.request(uri!, { headers: { "if-none-match": etag } })).status, 304);
  }
});

Deno.test("bulk data of compressed Pixel Data is its frames, a part each", async () => {
  const dataSet = new DataSet({ NumberOfFrames: 2 });
  const frames = [Uint8Array.of(0xff, 0xd8, 1, 2), Uint8Array.of(0xff, 0xd8, 3, 4)];
  dataSet.setElement(new EncapsulatedElement(0x7fe0_0010, "OB", [new Uint8Array(0), ...frames]));
  const { app } = await archiveOf([instanceOf(dataSet, UID.JPEGBaseline8Bit)]);
  const [instance] = await json(await app.request(`${ROOT}${INSTANCE}/metadata`));
  const uri = instance!["7FE00010"]!.BulkDataURI!;
  const parts = await partsOf(await app.request(uri));
  assert.deepEqual(parts.map(({ body }) => body), frames);
  assert.match(parts[0]!.head, /transfer-syntax=1\.2\.840\.10008\.1\.2\.4\.50$/);
});

Deno.test("all bulk data of a study, a series, an instance, each value with its URI", async () => {
  const { app } = await archiveOf([instanceOf(rich()), instanceOf(rich(), undefined, { instance: "1.2.9.1.2" })]);
  const base = `${ROOT}${INSTANCE}/bulkdata`;
  const urls = ["00081115/2/0040A30A", "00282000", "7FE00010"].map((path) => `${base}/${path}`);
  const accept = 'multipart/related; type="application/octet-stream"';
  for (const path of [`${INSTANCE}/bulkdata`, INSTANCE]) {
    const parts = await partsOf(await app.request(ROOT + path, { headers: { accept } }));
    assert.deepEqual(parts.map(({ headers }) => headers.get("content-location")), urls);
    assert.deepEqual(parts.map(({ body }) => body.length), [2000, 2000, 20]);
  }
  for (const path of [`${SERIES}/bulkdata`, "/studies/1.2.9/bulkdata", "/studies/1.2.9"]) {
    assert.equal((await partsOf(await app.request(ROOT + path, { headers: { accept } }))).length, 6);
  }
  await assertProblem(await app.request(`${ROOT}/studies/9/bulkdata`), 404, /no such study/);
  await assertProblem(await app.request(base, { headers: { accept: "text/html" } }), 406, /octet-stream/);
});

Deno.test("an encapsulated document comes in its own media type, without padding, where that is asked for", async () => {
  const dataSet = new DataSet({ MIMETypeOfEncapsulatedDocument: "application/pdf", EncapsulatedDocumentLength: 2999 });
  dataSet.setElement(new ValueElement(0x0042_0011, "OB", new Uint8Array(3000).fill(7)));
  const page = new DataSet({ MIMETypeOfEncapsulatedDocument: "text/html" });
  page.setElement(new ValueElement(0x0042_0011, "OB", new Uint8Array(3000).fill(7)));
  const { app } = await archiveOf([instanceOf(dataSet), instanceOf(page, undefined, { instance: "1.2.9.1.2" })]);
  const url = `${ROOT}${INSTANCE}/bulkdata/00420011`;
  const pdf = await app.request(`${url}?accept=application/pdf`);
  assert.equal(pdf.headers.get("content-type"), "application/pdf");
  assert.equal((await pdf.arrayBuffer()).byteLength, 2999);
  const bytes = await app.request(url);
  assert.match(bytes.headers.get("content-type") ?? "", /octet-stream/);
  assert.equal((await bytes.arrayBuffer()).byteLength, 3000);
  const html = await app.request(`${ROOT}${SERIES}/instances/1.2.9.1.2/bulkdata/00420011?accept=text/html`);
  await assertProblem(html, 406, /octet-stream/);
});

Deno.test("bulk data that isn't there, and paths that are none", async () => {
  const { app } = await archiveOf([instanceOf(rich())]);
  const cases: [path: string, status: number][] = [
    ["00282001", 404],
    ["00081115", 404],
    ["00081115/3/0040A30A", 404],
    ["00081115/0/0040A30A", 400],
    ["00081115/2", 400],
    ["PatientName", 400],
    ["..%2f..", 400],
    ["00081115/99999999999/0040A30A", 400],
    [`${"00081115/1/".repeat(100)}0040A30A`, 400],
  ];
  for (const [path, status] of cases) {
    const response = await app.request(`${ROOT}${INSTANCE}/bulkdata/${path}`);
    await assertProblem(
      response,
      status,
      status === 404 ? /no value of bytes/ : /expected a tag of 8 hexadecimal digits/,
    );
  }
});

Deno.test("metadata in XML: a part for each instance, with the same URIs", async () => {
  const { app } = await archiveOf([instanceOf(rich()), instanceOf(rich(), undefined, { instance: "1.2.9.1.2" })]);
  const headers = { accept: 'multipart/related; type="application/dicom+xml"' };
  const parts = await partsOf(await app.request(`${ROOT}${SERIES}/metadata`, { headers }));
  assert.equal(parts.length, 2);
  const text = new TextDecoder().decode(parts[0]!.body);
  assert.ok(text.includes(`<BulkData uri="${ROOT}${INSTANCE}/bulkdata/7FE00010"/>`), text);
  assert.equal(parts[0]!.headers.get("content-type"), "application/dicom+xml");
});

Deno.test("metadata have an entity tag, and come compressed where that is accepted", async () => {
  const { app } = await archiveOf([instanceOf(rich())]);
  for (const path of [`${SERIES}/metadata`, `${INSTANCE}/metadata`]) {
    const plain = await app.request(ROOT + path);
    const etag = plain.headers.get("etag")!;
    const text = await plain.text();
    assert.equal((await app.request(ROOT + path, { headers: { "if-none-match": etag } })).status, 304);
    const compressed = await app.request(ROOT + path, { headers: { "accept-encoding": "br, gzip;q=0.8" } });
    assert.equal(compressed.headers.get("content-encoding"), "gzip");
    assert.notEqual(compressed.headers.get("etag"), etag);
    const inflated = compressed.body!.pipeThrough(new DecompressionStream("gzip"));
    assert.equal(await new Response(inflated).text(), text);
    const not = await app.request(ROOT + path, { headers: { "accept-encoding": "gzip;q=0, br" } });
    assert.equal(not.headers.get("content-encoding"), null);
    await not.body?.cancel();
  }
});

/** An archive whose server hears of changes, as in a gateway; and how often its store was asked. */
async function observedArchive() {
  const store = createMemoryStore();
  const counts = { reads: 0 };
  const counting: ObjectStore = {
    ...store,
    create: () => store.create(),
    get(name, range) {
      counts.reads++;
      return store.get(name, range);
    },
  };
  const { source, index } = await archiveOf([], { store: counting });
  const part = dicomwebPart({ version: "1", source: () => source });
  const app = createHttpApp({ version: "1", parts: [part] });
  const archive = createArchive({
    store: counting,
    index,
    onExisting: "replace",
    observers: [({ kept: { instance } }) => part.changed(instance.studyInstanceUid, instance.seriesInstanceUid)],
  });
  const ask = async (path = `${SERIES}/metadata`) => {
    counts.reads = 0;
    return valuesOf(await json(await app.request(ROOT + path)), "00100020");
  };
  return { app, archive, counts, ask };
}

Deno.test("metadata of a series are made once, and again after a change of this series", async () => {
  const { archive, counts, ask } = await observedArchive();
  const store = (id: string, uids: Parameters<typeof instanceOf>[2]) =>
    keep(archive, instanceOf(new DataSet({ PatientID: id }), undefined, uids));
  await store("A", {});
  assert.deepEqual(await ask(), ["A"]);
  assert.ok(counts.reads > 0);
  assert.deepEqual(await ask(), ["A"]);
  assert.equal(counts.reads, 0);
  await store("X", { series: "1.2.9.2", instance: "1.2.9.2.1" });
  assert.deepEqual(await ask(), ["A"]);
  assert.equal(counts.reads, 0, "a change of another series is none");
  await store("B", { instance: "1.2.9.1.2" });
  assert.deepEqual(await ask(), ["A", "B"]);
  await store("C", { instance: "1.2.9.1.2" });
  assert.deepEqual(await ask(), ["A", "C"], "it was replaced");
  assert.deepEqual(await ask("/studies/1.2.9/metadata"), ["A", "C", "X"]);
});

Deno.test("metadata are made for all who ask at the same time, and not kept when a change comes in between", async () => {
  const { archive, counts, ask } = await observedArchive();
  for (let number = 1; number <= 5; number++) {
    await keep(
      archive,
      instanceOf(new DataSet({ PatientID: `${number}` }), undefined, { instance: `1.2.9.1.${number}` }),
    );
  }
  const [alone] = await Promise.all([ask()]).then(() => [counts.reads]);
  await keep(archive, instanceOf(new DataSet({ PatientID: "6" }), undefined, { instance: "1.2.9.1.6" }));
  await Promise.all([ask(), ask(), ask()]);
  assert.ok(counts.reads <= alone! + 2, `${counts.reads} reads for three, ${alone} for one`);
  const asked = ask();
  await keep(archive, instanceOf(new DataSet({ PatientID: "7" }), undefined, { instance: "1.2.9.1.7" }));
  await asked;
  assert.equal((await ask()).length, 7);
});

Deno.test("one instance that can't be read is left out of metadata, logged, and told by a Warning", async () => {
  const errors: unknown[] = [];
  const made = [1, 2, 3].map((number) =>
    instanceOf(new DataSet({ PatientID: `${number}` }), undefined, { instance: `1.2.9.1.${number}` })
  );
  const { app, store } = await archiveOf(made, { onError: (error) => void errors.push(error) });
  await store.delete(made[1]!.name);
  for (const path of [`${SERIES}/metadata`, "/studies/1.2.9/metadata"]) {
    const response = await app.request(ROOT + path);
    assert.match(response.headers.get("warning") ?? "", /"1 instances can't be read, and are left out"/);
    assert.deepEqual(valuesOf(await json(response), "00100020"), ["1", "3"]);
  }
  assert.ok(errors.length >= 2);
  await assertProblem(await app.request(`${ROOT}${SERIES}/instances/1.2.9.1.2/metadata`), 502, /can be read/);
});

Deno.test("metadata of what nobody has", async () => {
  const { app } = await archiveOf([instanceOf(rich())]);
  for (const path of ["/studies/9/metadata", `${SERIES}/instances/9/metadata`, "/studies/1.2.9/series/9/metadata"]) {
    await assertProblem(await app.request(ROOT + path), 404, /^There is no such/);
    const headers = { accept: "application/dicom+xml" };
    await assertProblem(await app.request(ROOT + path, { headers }), 404, /^There is no such/);
  }
});

Deno.test("a damaged data set is left out; what stands before and behind Pixel Data is there", async () => {
  const whole = new DataSet({ PatientID: "whole", Rows: 1, Columns: 2, BitsAllocated: 8 });
  whole.setElement(new ValueElement(0x7fe0_0010, "OW", Uint8Array.of(1, 2)));
  whole.setElement(new ValueElement(0xfffc_fffc, "OB", new Uint8Array(4)));
  const damaged = instanceOf(new DataSet({ PatientID: "damaged" }), undefined, { instance: "1.2.9.1.2" });
  const cut = { ...damaged, dataSet: damaged.dataSet.slice(0, -3) };
  const { app } = await archiveOf([instanceOf(whole), cut]);
  const [instance, ...others] = await json(await app.request(`${ROOT}${SERIES}/metadata`));
  assert.deepEqual(others, []);
  assert.equal(instance!["FFFCFFFC"]?.vr, "OB");
});

Deno.test("a head that would fill the memory is not read, and metadata that would isn't made", async () => {
  const long = new DataSet({ PatientID: "A" });
  for (let number = 0; number < 1_200; number++) {
    long.setElement(new ValueElement(0x0011_1000 + number, "UT", new Uint8Array(60_000).fill(0x41)));
  }
  const errors: unknown[] = [];
  const series = { study: "1.2.9", series: "1.2.9.1" };
  const { app } = await archiveOf([instanceOf(long)], { onError: (error) => void errors.push(error) });
  const response = await app.request(`${ROOT}/studies/1.2.9/metadata`);
  await assertProblem(response, 502, /None of the instances can be read/);
  assert.match(String(errors[0]), /longer than the limit of 67108864/);

  const few = await archiveOf(
    [1, 2, 3, 4, 5, 6, 7, 8].map((number) =>
      instanceOf(new DataSet({ PatientID: "A" }), undefined, { instance: `1.2.9.1.${number}` })
    ),
  );
  const face = dicomwebFace({ version: "1", source: () => few.source });
  const signal = new AbortController().signal;
  assert.equal((await makeMetadata(face, ROOT, series, { signal })).count, 8);
  await assert.rejects(makeMetadata(face, ROOT, series, { signal, maximum: 500 }), /more than 500 characters/);
});
