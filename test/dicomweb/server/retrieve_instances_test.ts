import assert from "node:assert/strict";
import * as UID from "../../../src/dicom/generated/uid.ts";
import type { HeldInstance, InstanceSource } from "../../../src/query/instance_source.ts";
import { createMemoryStore } from "../../../src/objects/memory_store.ts";
import { MemorySource } from "../../../src/query/memory_source.ts";
import { makeInstance, readContent } from "../../support/instances.ts";
import { instancesOf } from "../../services/query_support.ts";
import { archiveOf, assertProblem, partsOf, ROOT, serverOf } from "./support.ts";

const MULTIPART = 'multipart/related; type="application/dicom"; transfer-syntax=*';
const JPEG = UID.JPEGBaseline8Bit;
const STUDY = "/studies/1.2.3.2";
const SERIES = `${STUDY}/series/1.2.3.3`;

function ask(accept?: string, more: Record<string, string> = {}): RequestInit {
  return { headers: { ...(accept !== undefined && { accept }), ...more } };
}

Deno.test("WADO-RS: a study, a series and an instance as files, the bytes as they came", async () => {
  const made = [makeInstance(), makeInstance({ transferSyntax: JPEG }), makeInstance({ seriesInstanceUid: "1.2.3.4" })];
  const { app } = await archiveOf(made);
  const cases: [path: string, count: number][] = [
    [STUDY, 3],
    [SERIES, 2],
    [`${SERIES}/instances/${made[1]!.sopInstanceUid}`, 1],
  ];
  for (const [path, count] of cases) {
    const response = await app.request(ROOT + path, ask(MULTIPART));
    assert.equal(response.status, 200);
    assert.ok(response.headers.has("content-length"), "its length is known");
    const parts = await partsOf(response);
    assert.equal(parts.length, count, path);
    for (const { headers, body } of parts) {
      const { sopInstanceUid, transferSyntax, dataSet } = readContent(body);
      const original = made.find((one) => one.sopInstanceUid === sopInstanceUid)!;
      assert.deepEqual(dataSet, original.dataSet);
      assert.equal(transferSyntax, original.transferSyntax);
      assert.equal(headers.get("content-type"), `application/dicom; transfer-syntax=${transferSyntax}`);
    }
  }
});

Deno.test("WADO-RS: Accept as clients write it", async () => {
  const made = makeInstance();
  const { app } = await archiveOf([made]);
  const url = `${ROOT}${SERIES}/instances/${made.sopInstanceUid}`;
  const forms: [accept: string | undefined, type: RegExp][] = [
    [undefined, /^multipart\/related; type="application\/dicom"/],
    ["*/*", /^multipart\/related/],
    ["multipart/related; type=application/dicom", /^multipart\/related/],
    ['multipart/related;type="application/dicom";transfer-syntax=*', /^multipart\/related/],
    ['multipart/related; type="application/dicom"; transfer-syntax="*"', /^multipart\/related/],
    ["multipart/related", /^multipart\/related/],
    [`multipart/related; type=application/dicom; transfer-syntax=${UID.ExplicitVRLittleEndian}`, /^multipart\/related/],
    ["application/dicom", /^application\/dicom; transfer-syntax=1\.2\.840\.10008\.1\.2\.1$/],
    ["application/dicom; transfer-syntax=*", /^application\/dicom;/],
    ["application/*", /^application\/dicom;/],
    [
      "application/dicom+json, application/dicom;q=0.2, multipart/related;type=application/dicom;q=0.1",
      /^application\/dicom;/,
    ],
    ["text/html, image/jpeg, multipart/related; type=application/dicom;q=0.1", /^multipart\/related/],
    [`multipart/related;type=application/dicom;transfer-syntax=${JPEG};q=0.9, ${MULTIPART};q=0.1`, /^multipart/],
  ];
  for (const [accept, type] of forms) {
    const response = await app.request(url, ask(accept));
    assert.equal(response.status, 200, accept);
    assert.match(response.headers.get("content-type") ?? "", type, accept);
    await response.body?.cancel();
  }
  const wrong = await app.request(url, ask(`multipart/related; type="application/dicom"; transfer-syntax=${JPEG}`));
  await assertProblem(wrong, 406, /it is stored in 1\.2\.840\.10008\.1\.2\.1, and can be had in 1/);
  await assertProblem(
    await app.request(url, ask("image/jpeg")),
    406,
    /found Accept "image\/jpeg", expected multipart\/related/,
  );
  await assertProblem(
    await app.request(url, ask("application/dicom;q=0")),
    406,
    /found Accept "application\/dicom;q=0", expected/,
  );
});

Deno.test("WADO-RS: what is not compressed is converted, Explicit VR Little Endian where nothing is asked for", async () => {
  const made = makeInstance({ transferSyntax: UID.ImplicitVRLittleEndian });
  const { app } = await archiveOf([made]);
  const get = async (path: string, accept: string) => {
    const [part] = await partsOf(await app.request(ROOT + path, ask(accept)));
    return readContent(part!.body).transferSyntax;
  };
  for (const path of [STUDY, `${SERIES}/instances/${made.sopInstanceUid}`]) {
    assert.equal(await get(path, "multipart/related; type=application/dicom"), UID.ExplicitVRLittleEndian);
    assert.equal(await get(path, MULTIPART), UID.ImplicitVRLittleEndian);
    const big = `multipart/related; type=application/dicom; transfer-syntax=${UID.ExplicitVRBigEndian}`;
    assert.equal(await get(path, big), UID.ExplicitVRBigEndian);
  }
});

Deno.test("WADO-RS: a compressed instance comes as it is where no transfer syntax is asked for", async () => {
  const made = makeInstance({ transferSyntax: JPEG });
  const { app } = await archiveOf([made]);
  const response = await app.request(ROOT + STUDY, ask("multipart/related; type=application/dicom"));
  assert.equal(readContent((await partsOf(response))[0]!.body).transferSyntax, JPEG);
});

Deno.test("WADO-RS: ranges, entity tags and conditions of a single instance and of a multipart one", async () => {
  const made = makeInstance({ pixelBytes: 100_000 });
  const { app } = await archiveOf([made]);
  const url = `${ROOT}${SERIES}/instances/${made.sopInstanceUid}`;
  for (const accept of ["application/dicom", MULTIPART]) {
    const whole = await app.request(url, ask(accept));
    const etag = whole.headers.get("etag")!;
    assert.match(etag, /^"[^"]+"$/);
    assert.equal(whole.headers.get("accept-ranges"), "bytes");
    const bytes = new Uint8Array(await whole.arrayBuffer());
    const ranges: [range: string, start: number, end: number][] = [
      ["bytes=0-9", 0, 10],
      ["bytes=50000-", 50_000, bytes.length],
      ["bytes=-7", bytes.length - 7, bytes.length],
      ["bytes=100-999999999", 100, bytes.length],
      ["bytes=-999999999", 0, bytes.length],
    ];
    for (const [range, start, end] of ranges) {
      const part = await app.request(url, ask(accept, { range }));
      assert.equal(part.status, 206, range);
      assert.equal(part.headers.get("content-range"), `bytes ${start}-${end - 1}/${bytes.length}`);
      assert.equal(part.headers.get("content-length"), String(end - start));
      assert.equal(part.headers.get("etag"), etag);
      assert.deepEqual(new Uint8Array(await part.arrayBuffer()), bytes.subarray(start, end), range);
    }
    for (const range of ["bytes=", "bytes=-", "lines=1-2", "bytes=5-2", "bytes=0-1,4-5", "x", "bytes=1e3-"]) {
      const all = await app.request(url, ask(accept, { range }));
      assert.equal(all.status, 200, range);
      assert.equal((await all.arrayBuffer()).byteLength, bytes.length);
    }
    const beyond = await app.request(url, ask(accept, { range: `bytes=${bytes.length}-` }));
    assert.equal(beyond.headers.get("content-range"), `bytes */${bytes.length}`);
    await assertProblem(beyond, 416, /there are \d+$/);
    const other = await app.request(url, ask(accept, { "range": "bytes=0-9", "if-range": '"other"' }));
    assert.equal(other.status, 200);
    await other.body?.cancel();
    for (const condition of [etag, `"x", ${etag}`, "*", `W/${etag}`]) {
      const same = await app.request(url, ask(accept, { "if-none-match": condition }));
      assert.equal(same.status, 304, condition);
      assert.equal(same.headers.get("etag"), etag);
      assert.equal(same.body, null);
    }
    const head = await app.request(url, { ...ask(accept), method: "HEAD" });
    assert.equal(head.headers.get("content-length"), String(bytes.length));
    assert.equal(head.body, null);
  }
});

Deno.test("WADO-RS: an entity tag changes with the instance", async () => {
  const made = makeInstance();
  const { app, archive } = await archiveOf([made]);
  const url = `${ROOT}${SERIES}/instances/${made.sopInstanceUid}`;
  const tag = async () => {
    const response = await app.request(url, ask("application/dicom"));
    await response.body?.cancel();
    return response.headers.get("etag");
  };
  const before = await tag();
  assert.equal(await tag(), before);
  const other = makeInstance({ sopInstanceUid: made.sopInstanceUid, pixel: 1 });
  await archive.keep({ ...other, dataSet: new Blob([other.dataSet]).stream() });
  assert.notEqual(await tag(), before);
});

Deno.test("WADO-RS: an instance whose file is gone is left out, logged, and told by 206 and a Warning", async () => {
  const made = [makeInstance(), makeInstance(), makeInstance()];
  const errors: unknown[] = [];
  const { app, store } = await archiveOf(made, { onError: (error) => void errors.push(error) });
  await store.delete(made[1]!.name);
  const response = await app.request(ROOT + STUDY, ask(MULTIPART));
  assert.equal(response.status, 206);
  assert.match(
    response.headers.get("warning") ?? "",
    /^299 gantry\/dicom-web "1 instances can't be given, and are left out"$/,
  );
  const uids = (await partsOf(response)).map(({ body }) => readContent(body).sopInstanceUid);
  assert.deepEqual(uids, [made[0]!.sopInstanceUid, made[2]!.sopInstanceUid]);
  assert.match(String(errors[0]), /its file is missing/);
  const alone = await app.request(`${ROOT}${SERIES}/instances/${made[1]!.sopInstanceUid}`, ask(MULTIPART));
  await assertProblem(alone, 502, /its bytes can't be read/);
});

Deno.test("WADO-RS: instances that can't be given as accepted are left out; a study of them alone is 406", async () => {
  const made = [makeInstance(), makeInstance({ transferSyntax: UID.JPEG2000, seriesInstanceUid: "1.2.3.4" })];
  const { app } = await archiveOf(made);
  const accept = `multipart/related; type="application/dicom"; transfer-syntax=${UID.ExplicitVRLittleEndian}`;
  const some = await app.request(ROOT + STUDY, ask(accept));
  assert.equal(some.status, 206);
  assert.equal((await partsOf(some)).length, 1);
  await assertProblem(
    await app.request(`${ROOT}${STUDY}/series/1.2.3.4`, ask(accept)),
    406,
    /stored in 1\.2\.840\.10008\.1\.2\.4\.91, which can't be brought into another$/,
  );
});

Deno.test("WADO-RS: what nobody has is 404, and what is no UID 400", async () => {
  const { app } = await archiveOf([makeInstance()]);
  await assertProblem(await app.request(`${ROOT}/studies/9.9`), 404, /^There is no such study$/);
  await assertProblem(await app.request(`${ROOT}${STUDY}/series/9.9`), 404, /^There is no such series$/);
  await assertProblem(await app.request(`${ROOT}${SERIES}/instances/9.9`), 404, /^There is no such instance$/);
  await assertProblem(await serverOf(undefined).request(`${ROOT}/studies/9.9`), 404, /^No archive or peer answers/);
  for (const path of ["/studies/null%20", `/studies/${"9".repeat(65)}`, "/studies/1'--", "/studies/..%2f1"]) {
    await assertProblem(await app.request(ROOT + path), 400, /Cannot find the study/);
  }
});

Deno.test("WADO-RS: what has a UID that PS3.5 doesn't allow is found by it, and is 404 where nobody has it", async () => {
  const odd = { studyInstanceUid: "1.02.3", seriesInstanceUid: "1.2.x", sopInstanceUid: "0001.2" };
  const { app } = await archiveOf([makeInstance(odd)]);
  const path = `${ROOT}/studies/1.02.3/series/1.2.x/instances/0001.2`;
  for (const found of [path, `${path}/metadata`, `${ROOT}/studies/1.02.3`, `${ROOT}/studies/1.02.3/metadata`]) {
    const response = await app.request(found);
    assert.equal(response.status, 200, found);
    await response.body?.cancel();
  }
  await assertProblem(await app.request(`${ROOT}/studies/1.2.x`), 404, /^There is no such study$/);
  await assertProblem(
    await app.request(`${ROOT}/studies/1.02.3/series/01.2/metadata`),
    404,
    /^There is no such series$/,
  );
});

/** A source that gives instances in turn, each once, as a peer does. */
function inTurn(instances: readonly HeldInstance[]): InstanceSource {
  const source = new MemorySource(instancesOf());
  return {
    find: (query) => source.find(query),
    async *retrieve() {
      yield* instances;
    },
  };
}

Deno.test("WADO-RS: a source that gives instances in turn is read in turn, one that fails is left out", async () => {
  const made = [makeInstance(), makeInstance(), makeInstance()];
  const opened: string[] = [];
  const held = made.map(({ dataSet, ...instance }, index): HeldInstance => ({
    ...instance,
    stream() {
      opened.push(instance.sopInstanceUid);
      if (index === 1) {
        return new ReadableStream({ start: (controller) => controller.error(new Error("It was not sent")) });
      }
      return new Blob([dataSet]).stream();
    },
  }));
  const errors: unknown[] = [];
  const app = serverOf(inTurn(held), { onError: (error) => void errors.push(error) });
  const response = await app.request(ROOT + STUDY, ask(MULTIPART));
  assert.equal(response.headers.get("content-length"), null);
  const parts = await partsOf(response);
  assert.deepEqual(
    parts.map(({ body }) => readContent(body).sopInstanceUid),
    [made[0]!, made[2]!].map((one) => one.sopInstanceUid),
  );
  assert.deepEqual(opened, made.map(({ sopInstanceUid }) => sopInstanceUid));
  assert.match(String(errors), /It was not sent/);
});

Deno.test("WADO-RS: nothing is read before it is asked for, and reading ends when the client goes", async () => {
  const store = createMemoryStore();
  const made = [makeInstance({ pixelBytes: 1 << 20 }), makeInstance({ pixelBytes: 1 << 20 })];
  let given = 0;
  let cancelled = 0;
  const counting = {
    ...store,
    create: () => store.create(),
    get: async (name: string, range?: { start?: number; end?: number }) => {
      const found = await store.get(name, range);
      return found && {
        size: found.size,
        async *read() {
          let isLeft = true;
          try {
            for await (const piece of found.read()) {
              given++;
              yield piece;
            }
            isLeft = false;
          } finally {
            if (isLeft) cancelled++;
          }
        },
      };
    },
  };
  const { app } = await archiveOf(made, { store: counting });
  given = 0;
  const response = await app.request(ROOT + STUDY, ask(MULTIPART));
  assert.equal(given, 0);
  const reader = response.body!.getReader();
  await reader.read();
  assert.equal(given, 1);
  await reader.cancel();
  assert.equal(given, 1);
  assert.equal(cancelled, 1);
});

Deno.test("WADO-RS: an instance that ends early breaks the answer off, so that nobody takes it for whole", async () => {
  const made = makeInstance();
  let reads = 0;
  const failing: HeldInstance = {
    ...made,
    stream: () =>
      new ReadableStream({
        pull(controller) {
          if (reads++ === 0) controller.enqueue(made.dataSet.subarray(0, 100));
          else controller.error(new Error("The peer has gone"));
        },
      }, { highWaterMark: 0 }),
  };
  const response = await serverOf(inTurn([failing])).request(ROOT + STUDY, ask(MULTIPART));
  await assert.rejects(response.arrayBuffer(), /The peer has gone/);
});

Deno.test("whoever asks by HEAD, or goes before the first byte, leaves nothing open", async () => {
  const { source } = await archiveOf([makeInstance(), makeInstance({ pixelBytes: 3_000 })]);
  let open = 0;
  async function* watched<Item>(items: AsyncIterable<Item>): AsyncGenerator<Item> {
    open++;
    try {
      for await (const item of items) yield item;
    } finally {
      open--;
    }
  }
  // As a peer gives them: in turn, and not in parts.
  async function* inTurn(items: AsyncIterable<HeldInstance>): AsyncGenerator<HeldInstance> {
    for await (const { part: _, ...held } of items) yield held;
  }
  const app = serverOf({
    find: (...asked) => watched(source.find(...asked)),
    retrieve: (...asked) => watched(inTurn(source.retrieve(...asked))),
  });
  const xml = 'multipart/related; type="application/dicom+xml"';
  const study = "/studies/1.2.3.2";
  const cases = [["/studies"], ["/instances"], [study], [`${study}/bulkdata`], [`${study}/metadata`, xml]] as const;
  for (const [path, accept = "*/*"] of cases) {
    for (const method of ["HEAD", "GET"]) {
      const response = await app.request(ROOT + path, { method, headers: { accept } });
      assert.equal(response.status, 200);
      await response.body?.cancel();
      assert.equal(open, 0, `${method} ${path}`);
    }
  }
});
