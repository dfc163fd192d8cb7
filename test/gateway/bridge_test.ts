import assert from "node:assert/strict";
import { DataSet } from "../../src/dicom/data_set/data_set.ts";
import { setEncapsulatedFrames } from "../../src/dicom/data_set/frames/pixel_frames.ts";
import { writeFile } from "../../src/dicom/data_set/writing/write_file.ts";
import * as UID from "../../src/dicom/generated/uid.ts";
import * as Status from "../../src/dimse/status.ts";
import { DimseStatusError } from "../../src/errors.ts";
import { createMemoryStore } from "../../src/objects/memory_store.ts";
import type { ObjectStore } from "../../src/objects/object_store.ts";
import { FrameCodecs } from "../../src/pixel_data/frame_codecs.ts";
import { encodeRle } from "../../src/pixel_data/rle/encode_rle.ts";
import { transcodingBy } from "../../src/pixel_data/transcoding/transcoding_by.ts";
import type { InstanceSource } from "../../src/query/instance_source.ts";
import { deferred } from "../../src/scheduling/deferred.ts";
import { storage } from "../../src/services/storage.ts";
import type { Transcoding } from "../../src/services/transcoding.ts";
import { firstSupported } from "../../src/upper_layer/negotiation.ts";
import { collect } from "../archive/support.ts";
import { describe } from "../pixel_data/descriptions.ts";
import { FRAME } from "../pixel_data/instances.ts";
import { makeInstance } from "../support/instances.ts";
import { bridge, PACS } from "./bridge_support.ts";

const DICOM = { Accept: `multipart/related; type="application/dicom"; transfer-syntax=*` };

const series = (count: number, seriesInstanceUid = "1.2.7.1", studyInstanceUid = "1.2.7") =>
  Array.from(
    { length: count },
    (_, index) => makeInstance({ studyInstanceUid, seriesInstanceUid, pixel: index + 1, pixelBytes: 20_000 }),
  );

const byMove = `peers: { PACS: { ${PACS}, retrieve: move } }`;

async function json(url: string, init?: RequestInit): Promise<Record<string, { Value?: unknown[] }>[]> {
  const response = await fetch(url, init);
  const text = await response.text();
  assert.equal(response.status, 200, text);
  return JSON.parse(text);
}

/** SOP Instance UIDs of the parts of an answer, in their order. */
async function uidsOf(response: Response): Promise<string[]> {
  const text = new TextDecoder("latin1").decode(await response.arrayBuffer());
  assert.equal(response.status, 200, text);
  return text.split(/--[\w.-]{20,}/).flatMap((part) => /UI\W\W(1\.2\.3\.1\.\d+)/.exec(part)?.[1] ?? []);
}

/** A source each instance of which has to be let go. */
function gated(own: InstanceSource, gates: readonly Promise<void>[], seen: { cancelled: boolean }): InstanceSource {
  return {
    find: (query, options) => own.find(query, options),
    async *retrieve(selection, options) {
      let at = 0;
      for await (const held of own.retrieve(selection, options)) {
        const aborted = new Promise<void>((resolve) => options?.signal?.addEventListener("abort", () => resolve()));
        await Promise.race([gates[at++], aborted]);
        if (options?.signal?.aborted) seen.cancelled = true;
        options?.signal?.throwIfAborted();
        yield held;
      }
    },
  };
}

const instancesOf = (url: string, uids = "1.2.7") => `${url}/studies/${uids}`;

Deno.test("a PACS without a web is searched by QIDO-RS, in a total order and by the page", async () => {
  const instances = ["1.2.5", "1.2.6", "1.2.7"].flatMap((study) => series(2, `${study}.1`, study));
  await using there = await bridge({ instances });
  const all = await json(`${there.url}/studies?includefield=StudyDescription`);
  assert.deepEqual(all.map((one) => one["0020000D"]?.Value?.[0]), ["1.2.5", "1.2.6", "1.2.7"]);
  const [first] = all;
  assert.equal((first!["00081190"]?.Value as string[])[0], `${there.url}/studies/1.2.5`);
  const page = await fetch(`${there.url}/studies?limit=2`);
  assert.equal(page.headers.get("x-total-count"), "3");
  const [, next = ""] = /<(.*)>; rel="next"/.exec(page.headers.get("link") ?? "") ?? [];
  await page.body?.cancel();
  assert.deepEqual((await json(next)).map((one) => one["0020000D"]?.Value?.[0]), ["1.2.7"]);
  assert.deepEqual(await json(`${there.url}/studies?PatientID=NOBODY`), []);
});

Deno.test("a PACS that keeps to the hierarchy is asked from level to level where QIDO-RS doesn't", async () => {
  const instances = ["1.2.5", "1.2.6"].flatMap((study) => series(2, `${study}.1`, study));
  await using there = await bridge({ instances });
  for (const path of ["/instances", "/series/1.2.6.1/instances", "/studies/1.2.5/instances"]) {
    const found = await json(there.url + path);
    assert.equal(found.length, path === "/instances" ? 4 : 2, path);
    assert(found.every((one) => (one["00080018"]?.Value?.[0] as string).startsWith("1.2.3.1.")), path);
  }
  const [one] = await json(`${there.url}/series?PatientID=ID-1`);
  assert.equal((one!["00100020"]?.Value as string[])[0], "ID-1");
});

Deno.test("what a PACS doesn't match is said in a warning, and what it plainly ignores is left out", async () => {
  const [ct, mr] = [["1.2.5", ["CT"]], ["1.2.6", ["MR"]]] as const;
  const ignoring = (): InstanceSource => ({
    async *find(query) {
      for (const [study, modalities] of [ct, mr]) {
        const attributes = query.keys.copy().set("StudyInstanceUID", study).set("StudyDescription", null);
        if (query.keys.has("ModalitiesInStudy")) attributes.set("ModalitiesInStudy", modalities);
        yield { attributes, unmatched: [] };
      }
    },
    retrieve: () => (async function* () {})(),
  });
  await using there = await bridge({ source: ignoring });
  const found = await fetch(`${there.url}/studies?ModalitiesInStudy=CT&StudyDescription=HEAD`);
  assert.match(found.headers.get("warning") ?? "", /^299 gantry\/peers\/PACS\/dicom-web "These attributes were not/);
  assert.match(found.headers.get("warning") ?? "", /StudyDescription/);
  assert.doesNotMatch(found.headers.get("warning") ?? "", /ModalitiesInStudy/);
  const answers = await found.json() as Record<string, { Value?: unknown[] }>[];
  assert.deepEqual(answers.map((one) => one["0020000D"]?.Value?.[0]), ["1.2.5"]);
  const fuzzy = await fetch(`${there.url}/studies?fuzzymatching=true&PatientName=DOE`);
  assert.match(fuzzy.headers.get("warning") ?? "", /fuzzymatching parameter is not supported/);
  await fuzzy.body?.cancel();
});

for (const [way, yaml] of [["C-GET", undefined], ["C-MOVE", byMove]] as const) {
  Deno.test(`studies, metadata, frames and instances of a PACS are given by ${way}, and retrieved once`, async () => {
    const instances = [...series(3), ...series(2, "1.2.7.2")];
    await using there = await bridge({ instances, ...(yaml !== undefined && { yaml }) });
    const uids = await uidsOf(await fetch(instancesOf(there.url), { headers: DICOM }));
    assert.deepEqual(uids.toSorted(), instances.map(({ sopInstanceUid }) => sopInstanceUid).toSorted());
    const retrieved = there.performed.filter((line) => line.startsWith(way)).length;
    assert(retrieved > 0, there.performed.join());
    const metadata = await json(`${instancesOf(there.url)}/series/1.2.7.1/metadata`);
    assert.equal(metadata.length, 3);
    const one = instances[1]!;
    const instance = `${instancesOf(there.url)}/series/1.2.7.1/instances/${one.sopInstanceUid}`;
    const single = { Accept: "application/octet-stream; transfer-syntax=*" };
    const frame = await fetch(`${instance}/frames/1`, { headers: single });
    assert.deepEqual(new Uint8Array(await frame.arrayBuffer()), new Uint8Array(20_000).fill(2));
    const file = await fetch(instance, { headers: { Accept: "application/dicom; transfer-syntax=*" } });
    assert.deepEqual(new Uint8Array(await file.arrayBuffer()).slice(-one.dataSet.length), one.dataSet);
    const range = await fetch(`${instance}/frames/1`, { headers: { ...single, Range: "bytes=10-19" } });
    assert.deepEqual([range.status, (await range.arrayBuffer()).byteLength], [206, 10]);
    const thumbnail = await fetch(`${instancesOf(there.url)}/thumbnail`, { headers: { Accept: "image/png" } });
    assert.deepEqual([...new Uint8Array(await thumbnail.arrayBuffer()).slice(1, 4)], [
      ...new TextEncoder().encode("PNG"),
    ]);
    assert.equal(there.performed.filter((line) => line.startsWith(way)).length, retrieved);
    // What is retrieved is no image that came: it is nowhere but in the answer.
    assert.deepEqual(await Array.fromAsync(there.store.list()), []);
    assert.deepEqual(there.errors, []);
  });

  Deno.test(`a single instance is retrieved by itself by ${way}`, async () => {
    const instances = series(4);
    await using there = await bridge({ instances, ...(yaml !== undefined && { yaml }) });
    const one = instances[2]!;
    const response = await fetch(`${instancesOf(there.url)}/series/1.2.7.1/instances/${one.sopInstanceUid}`, {
      headers: { Accept: "application/dicom; transfer-syntax=*" },
    });
    assert.deepEqual(new Uint8Array(await response.arrayBuffer()).slice(-one.dataSet.length), one.dataSet);
    const metrics = await (await fetch(new URL("/metrics", there.url))).text();
    assert.match(metrics, /^gantry_retrieved_instances 1$/m);
    assert.match(metrics, /^gantry_peer_retrievals_total\{peer="PACS"\} 1$/m);
    const unknown = await fetch(`${instancesOf(there.url)}/series/1.2.7.1/instances/1.2.3`, { headers: DICOM });
    assert.equal(unknown.status, 404);
    await unknown.body?.cancel();
  });

  Deno.test(`the first instance goes out before the second has come by ${way}, and a second reader shares it`, async () => {
    const instances = series(3);
    const gates = instances.map(() => deferred<void>());
    const seen = { cancelled: false };
    await using there = await bridge({
      instances,
      source: (own) => gated(own, gates.map(({ promise }) => promise), seen),
      ...(yaml !== undefined && { yaml }),
    });
    gates[0]!.resolve();
    const first = await fetch(instancesOf(there.url), { headers: DICOM });
    const reader = first.body!.getReader();
    let length = 0;
    while (length < instances[0]!.dataSet.length) length += (await reader.read()).value!.length;
    const second = fetch(instancesOf(there.url), { headers: DICOM });
    gates[1]!.resolve();
    gates[2]!.resolve();
    const rest: Uint8Array[] = [];
    for (let next = await reader.read(); !next.done; next = await reader.read()) rest.push(next.value);
    assert(rest.length > 0);
    assert.equal((await uidsOf(await second)).length, 3);
    assert.equal(there.performed.filter((line) => line.startsWith(way)).length, 1);
  });

  Deno.test(`a client that goes cancels the ${way}, unless another reads what it brings`, async () => {
    const instances = series(3);
    const gates = instances.map(() => deferred<void>());
    const seen = { cancelled: false };
    await using there = await bridge({
      instances,
      source: (own) => gated(own, gates.map(({ promise }) => promise), seen),
      ...(yaml !== undefined && { yaml }),
    });
    gates[0]!.resolve();
    const clients = [new AbortController(), new AbortController()];
    const responses = await Promise.all(
      clients.map(({ signal }) => fetch(instancesOf(there.url), { headers: DICOM, signal })),
    );
    await responses[0]!.body!.getReader().read();
    clients[0]!.abort();
    gates[1]!.resolve();
    const reader = responses[1]!.body!.getReader();
    let length = 0;
    while (length < 2 * instances[0]!.dataSet.length) length += (await reader.read()).value!.length;
    assert(!seen.cancelled);
    clients[1]!.abort();
    await there.once("ended", way);
    assert.deepEqual(there.performed.filter((line) => line.startsWith(way)), [`${way} fe00`]);
    await reader.cancel().catch(() => {});
  });
}

Deno.test("what is retrieved is not held where the archive would lack room for it", async () => {
  for (const [free, held] of [[2 * 1024 * 1024 + 200_000, 3], [2 * 1024 * 1024, 1]] as const) {
    await using there = await bridge({
      instances: series(3),
      retrieved: createMemoryStore({ maxBytes: free }),
      yaml: `archive: { reserve: 1MiB }\npeers: { PACS: { ${PACS} } }`,
    });
    assert.equal((await uidsOf(await fetch(instancesOf(there.url), { headers: DICOM }))).length, 3);
    const metrics = await (await fetch(new URL("/metrics", there.url))).text();
    assert.equal(/^gantry_retrieved_instances (\d+)$/m.exec(metrics)?.[1], String(held));
  }
});

Deno.test("one instance that a PACS can't give is left out, and the others come", async () => {
  const instances = series(3);
  const broken = (own: InstanceSource): InstanceSource => ({
    find: (query, options) => own.find(query, options),
    async *retrieve(selection, options) {
      for await (const held of own.retrieve(selection, options)) {
        if (held.sopInstanceUid !== instances[1]!.sopInstanceUid) yield held;
        else yield { ...held, stream: () => new ReadableStream({ start: (c) => c.error(new Error("gone")) }) };
      }
    },
  });
  await using there = await bridge({ instances, source: broken });
  const uids = await uidsOf(await fetch(instancesOf(there.url), { headers: DICOM }));
  assert.deepEqual(uids, [instances[0]!.sopInstanceUid, instances[2]!.sopInstanceUid]);
  assert.match(there.errors.join(), /Cannot retrieve/);
});

Deno.test("what arrives without having been asked for by C-MOVE goes to the archive, as always", async () => {
  const instances = series(2);
  const gates = instances.map(() => deferred<void>());
  await using there = await bridge({
    instances,
    source: (own) => gated(own, gates.map(({ promise }) => promise), { cancelled: false }),
    yaml: byMove,
  });
  const answer = fetch(instancesOf(there.url), { headers: DICOM });
  await there.once("started", "C-MOVE");
  const [asked, other] = [instances[0]!, makeInstance()];
  // The C-MOVE goes on, with message ID 1 or the like: none of these is of it.
  for (const originator of [undefined, { aeTitle: "OTHER", messageId: 1 }, { aeTitle: "GANTRY", messageId: 999 }]) {
    for (const sent of originator === undefined ? [asked, other] : [other]) {
      const { status } = await there.caller().use(
        { presentationContexts: [{ abstractSyntax: sent.sopClassUid, transferSyntaxes: [sent.transferSyntax] }] },
        (association) => association.store(sent, originator && { moveOriginator: originator }),
      );
      assert.equal(status, 0x0000);
    }
  }
  for (const gate of gates) gate.resolve();
  assert.equal((await uidsOf(await answer)).length, 2);
  const kept = await Array.fromAsync(there.store.list());
  assert.deepEqual(kept.map(({ name }) => name).toSorted(), [asked.name, other.name].toSorted());
});

Deno.test("STOW-RS stores one instance of a request after the other at a peer, in their order", async () => {
  let [atWork, most] = [0, 0];
  const came: string[] = [];
  const service = storage(async ({ sopInstanceUid, dataSet }) => {
    most = Math.max(most, ++atWork);
    await collect(dataSet.stream());
    came.push(sopInstanceUid);
    // All of it has come, and the response takes its time: the next one may not use that.
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setTimeout(resolve));
    atWork--;
  });
  await using there = await bridge({ services: [service] });
  const made = Array.from({ length: 5 }, () => makeInstance());
  const boundary = "0123456789abcdef0123456789abcdef";
  const parts = made.flatMap(({ file }) => [
    `--${boundary}\r\nContent-Type: application/dicom\r\n\r\n`,
    file,
    "\r\n",
  ]);
  const response = await fetch(`${there.url}/studies`, {
    method: "POST",
    headers: { "Content-Type": `multipart/related; type="application/dicom"; boundary=${boundary}` },
    body: new Blob([...parts, `--${boundary}--\r\n`]),
  });
  await response.body?.cancel();
  assert.equal(response.status, 200);
  assert.deepEqual(came, made.map(({ sopInstanceUid }) => sopInstanceUid));
  assert.equal(most, 1);
});

Deno.test("STOW-RS stores by C-STORE, with the answers that PS3.18 Table 10.5.3-1 has", async () => {
  const kept = new Map<string, Uint8Array>();
  const [good, warned, full, unknown] = [makeInstance(), makeInstance(), makeInstance(), makeInstance()];
  const other = makeInstance({ sopClassUid: UID.CTImageStorage });
  const service = storage(async ({ sopInstanceUid, dataSet }) => {
    kept.set(sopInstanceUid, await collect(dataSet.stream()));
    if (sopInstanceUid === warned.sopInstanceUid) return { status: Status.CoercionOfDataElements };
    if (sopInstanceUid === full.sopInstanceUid) {
      throw new DimseStatusError("full", { status: Status.OutOfResources, comment: "full" });
    }
    if (sopInstanceUid === unknown.sopInstanceUid) {
      throw new DimseStatusError("?", { status: 0x0111, comment: "twice" });
    }
  });
  const services = [{
    ...service,
    transferSyntaxes: (uid: string) =>
      uid === good.sopClassUid ? firstSupported([UID.ExplicitVRLittleEndian]) : undefined,
  }];
  await using there = await bridge({ services });
  const store = async (...instances: { readonly file: Uint8Array<ArrayBuffer> }[]) => {
    const boundary = "0123456789abcdef0123456789abcdef";
    const parts = instances.flatMap(({ file }) => [
      `--${boundary}\r\nContent-Type: application/dicom\r\n\r\n`,
      file,
      "\r\n",
    ]);
    const response = await fetch(`${there.url}/studies`, {
      method: "POST",
      headers: { "Content-Type": `multipart/related; type="application/dicom"; boundary=${boundary}` },
      body: new Blob([...parts, `--${boundary}--\r\n`]),
    });
    const answer = await response.json();
    const reasons = (sequence: string, tag: string) =>
      // deno-lint-ignore no-explicit-any -- DICOM JSON
      (answer[sequence]?.Value ?? []).map((item: any) => item[tag]?.Value?.[0]);
    return [response.status, reasons("00081199", "00081196"), reasons("00081198", "00081197")];
  };
  assert.deepEqual(await store(good), [200, [undefined], []]);
  assert.deepEqual(kept.get(good.sopInstanceUid), good.dataSet);
  assert.deepEqual(await store(good, warned), [202, [undefined, 0xb000], []]);
  assert.deepEqual(await store(good, full), [202, [undefined], [0xa700]]);
  assert.deepEqual(await store(full, unknown, other), [409, [], [0xa700, 0x0110, 0x0122]]);
  assert.deepEqual(there.errors, []);
});

Deno.test("STOW-RS decompresses what a PACS doesn't take as it is, and refuses what nothing can decompress", async () => {
  const [rle, jpeg] = [UID.RLELossless, "1.2.840.10008.1.2.4.90"].map((transferSyntax, index) => {
    const dataSet = new DataSet({
      ...{ SOPClassUID: UID.SecondaryCaptureImageStorage, SOPInstanceUID: `1.2.3.4.${index}` },
      ...{ StudyInstanceUID: "1.2.3", SeriesInstanceUID: "1.2.3.4", PhotometricInterpretation: "MONOCHROME2" },
      ...{ Rows: 12, Columns: 16, SamplesPerPixel: 1, PixelRepresentation: 0 },
      ...{ BitsAllocated: 8, BitsStored: 8, HighBit: 7 },
    });
    setEncapsulatedFrames(dataSet, [encodeRle(FRAME, describe())]);
    return writeFile({ dataSet }, { transferSyntax: transferSyntax! });
  });
  const kept: [string, Uint8Array][] = [];
  const service = storage(async ({ transferSyntax, dataSet }) => {
    kept.push([transferSyntax, (await collect(dataSet.stream())).slice(-FRAME.length)]);
  });
  const services = [{ ...service, transferSyntaxes: () => firstSupported([UID.ExplicitVRLittleEndian]) }];
  const store = async (transcoding: Transcoding | undefined, file: Uint8Array<ArrayBuffer>) => {
    await using there = await bridge({ services, ...(transcoding !== undefined && { transcoding }) });
    const response = await fetch(`${there.url}/studies`, {
      method: "POST",
      headers: { "Content-Type": "application/dicom" },
      body: file,
    });
    const answer = await response.json();
    return [response.status, answer["00081198"]?.Value?.[0]["00081197"]?.Value?.[0]];
  };
  const transcoding = transcodingBy(new FrameCodecs());
  assert.deepEqual(await store(transcoding, rle!), [200, undefined]);
  assert.deepEqual(kept, [[UID.ExplicitVRLittleEndian, FRAME]]);
  assert.deepEqual(await store(transcoding, jpeg!), [409, 0xc122]);
  assert.deepEqual(await store(undefined, rle!), [409, 0xc122]);
});

Deno.test("what is stored at a PACS that is down is refused, and soon without trying", async () => {
  await using there = await bridge();
  await there.pacs[Symbol.asyncDispose]();
  for (let time = 0; time < 4; time++) {
    const response = await fetch(`${there.url}/studies`, {
      method: "POST",
      headers: { "Content-Type": "application/dicom" },
      body: makeInstance().file,
    });
    assert.equal(response.status, 409);
    await response.body?.cancel();
  }
  assert.equal(there.errors.length, 3);
  const search = await fetch(`${there.url}/studies`);
  assert.equal(search.status, 502);
  assert.match(there.errors.at(-1)!, /^Cannot answer for the peer PACS: Cannot /);
  await search.body?.cancel();
});

Deno.test("peers are on the web where the configuration says so, and for those who may", async () => {
  await using there = await bridge({
    instances: series(1),
    yaml: `
http: { tokens: { viewer: { token: 0123456789abcdef, scopes: [read] } } }
peers: { PACS: { ${PACS} }, OTHER: { aeTitle: OTHER, host: other.example, port: 104 } }
`,
  });
  const ask = async (path: string, init: RequestInit = {}) => {
    const headers = { Authorization: "Bearer 0123456789abcdef", ...init.headers };
    const response = await fetch(new URL(path, there.url), { ...init, headers });
    await response.body?.cancel();
    return response.status;
  };
  assert.equal(await ask("/peers/PACS/dicom-web/studies"), 200);
  assert.equal(await ask("/peers/PACS/dicom-web/studies", { headers: { Authorization: "" } }), 401);
  const post = { method: "POST", headers: { "Content-Type": "application/dicom" }, body: makeInstance().file };
  assert.equal(await ask("/peers/PACS/dicom-web/studies", post), 403);
  assert.equal(await ask("/peers/OTHER/dicom-web/studies"), 404);
  assert.equal(await ask("/peers/PACS/dicom-web/studies/1.2.7", { method: "DELETE" }), 403);
});

Deno.test("the OpenAPI document has peers on the web once, with operations of their own", async () => {
  await using there = await bridge();
  const { paths } = await (await fetch(new URL("/openapi.json", there.url))).json();
  const operations = Object.values(paths as Record<string, Record<string, { operationId?: string }>>)
    .flatMap((methods) => Object.values(methods)).flatMap(({ operationId }) => operationId ?? []);
  assert.equal(new Set(operations).size, operations.length);
  const { get, post } = paths["/peers/{peer}/dicom-web/studies"];
  assert.deepEqual([get.operationId, post.operationId], ["searchStudiesOfPeer", "storeInstancesOfPeer"]);
  assert.deepEqual(get.parameters.map(({ name }: { name: string }) => name), ["peer"]);
  assert.equal(paths["/peers/{peer}/dicom-web/studies/{study}"].delete, undefined);
});

Deno.test("metadata of a series is read once: again the peer is asked what there is, and what is new alone is read", async () => {
  const instances = series(3);
  const late = instances[2]!.sopInstanceUid;
  let isLateThere = false;
  const reads: string[] = [];
  await using memory = createMemoryStore();
  const retrieved: ObjectStore = {
    create: () => memory.create(),
    get(name, range) {
      reads.push(name);
      return memory.get(name, range);
    },
    delete: (name) => memory.delete(name),
    list: (prefix) => memory.list(prefix),
    persist: (name) => memory.persist(name),
    check: () => memory.check(),
    [Symbol.asyncDispose]: () => memory[Symbol.asyncDispose](),
  };
  await using there = await bridge({
    instances,
    retrieved,
    source: (own) => ({
      async *find(query, asked) {
        for await (const match of own.find(query, asked)) {
          if (isLateThere || match.attributes.getText("SOPInstanceUID") !== late) yield match;
        }
      },
      async *retrieve(selection, asked) {
        for await (const held of own.retrieve(selection, asked)) {
          if (isLateThere || held.sopInstanceUid !== late) yield held;
        }
      },
    }),
  });
  const url = `${instancesOf(there.url)}/series/1.2.7.1/metadata`;
  const get = async (headers: Record<string, string> = {}) => {
    const response = await fetch(url, { headers: { "Accept-Encoding": "identity", ...headers } });
    return { status: response.status, etag: response.headers.get("etag") ?? "", text: await response.text() };
  };
  const first = await get();
  assert.equal(JSON.parse(first.text).length, 2);
  const read = reads.length;
  assert.ok(read >= 2);
  assert.deepEqual(await get(), first);
  assert.deepEqual(await get({ "If-None-Match": first.etag }), { status: 304, etag: first.etag, text: "" });
  assert.equal(reads.length, read);
  isLateThere = true;
  const more = await get({ "If-None-Match": first.etag });
  assert.deepEqual([more.status, JSON.parse(more.text).length], [200, 3]);
  assert.notEqual(more.etag, first.etag);
  assert.equal(reads.length, read + read / 2);
  assert.deepEqual(await get(), more);
  assert.equal(reads.length, read + read / 2);
  assert.deepEqual(there.errors, []);
});

Deno.test("paths below /peers that no route has: the answer says what the peer is, and what was likely meant", async () => {
  const yaml =
    "peers: { PACS: { aeTitle: A, host: pacs, port: 104, web: true }, OLD: { aeTitle: B, host: old, port: 104 } }";
  const cases: [path: string, type: string, detail: RegExp][] = [
    ["/peers", "NotFound", /peers are at \/peers\/NAME\/dicom-web, and NAME can be PACS$/],
    ["/peers/PASC/dicom-web/studies", "UnknownPeer", /^No configured peer is called "PASC" \(did you mean PACS\?\)$/],
    ["/peers/pacs/dicom-web/studies", "UnknownPeer", /\(did you mean PACS\?\)$/],
    ["/peers/NOPE", "UnknownPeer", /^No configured peer is called "NOPE": expected PACS$/],
    ["/peers/%FF%00/dicom-web", "UnknownPeer", /is called "%FF%00"/],
    ["/peers/__proto__/dicom-web", "UnknownPeer", /is called "__proto__"/],
    [
      "/peers/OLD/dicom-web/studies",
      "UnknownPeer",
      /^The peer OLD is not on the web: expected `web: true` in .*peers\.OLD/,
    ],
    ["/peers/PACS/studies", "NotFound", /the peer PACS has DICOMweb at \/peers\/PACS\/dicom-web$/],
    ["/peers/PACS/dicom-web/nope", "NotFound", /the peer PACS has DICOMweb at/],
    ["/peersonal", "NotFound", /^No route has this path$/],
  ];
  await using site = await bridge({ yaml });
  for (const [path, type, detail] of cases) {
    const response = await site.gateway.fetch(new Request(`http://localhost${path}`));
    const problem = await response.json();
    assert.deepEqual([response.status, problem.type.split("/").at(-1)], [404, type], path);
    assert.match(problem.detail, detail);
  }
  await using alone = await bridge({ yaml: "peers: { OLD: { aeTitle: B, host: old, port: 104 } }" });
  for (
    const [path, detail] of [["/peers/OLD", /OLD is not on the web/], ["/peers", /no peer has `web: true`$/]] as const
  ) {
    const response = await alone.gateway.fetch(new Request(`http://localhost${path}`));
    assert.match((await response.json()).detail, detail);
  }
});
