/** What a hostile client sends to `/dicom-web` of a whole gateway: it gets a problem, and nothing else changes. */

import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { DataSet } from "../../src/dicom/data_set/data_set.ts";
import { ValueElement } from "../../src/dicom/data_set/data_element.ts";
import { toXml } from "../../src/dicom/models/to_xml.ts";
import * as UID from "../../src/dicom/generated/uid.ts";
import { inPieces, latin1 } from "../dicomweb/multipart/messages.ts";
import { grayImage, INSTANCE, SERIES, STUDY } from "../dicomweb/server/pictures.ts";
import { serveGateway } from "../dicomweb/server/served.ts";
import { multipart, storeServer } from "../dicomweb/server/store_support.ts";
import { instanceOf } from "../dicomweb/server/support.ts";
import { makeInstance } from "../support/instances.ts";

/** Statuses that a hostile request may get: it is told what is wrong with it, and costs nothing else. */
const REFUSED = [400, 404, 405, 406, 409, 413, 414, 415, 416];

Deno.test("hostile paths and queries of DICOMweb get a problem, and the gateway goes on", async () => {
  await using served = await serveGateway([instanceOf(grayImage())]);
  const host = served.url.slice(0, -"/dicom-web".length);
  const paths = [
    ...["/studies/..%2f..%2f..%2fetc%2fpasswd", "/studies/%2e%2e/metadata", "/studies/....//....//etc", "/studies/%00"],
    ...[
      "/studies/1.2.9%0d%0aSet-Cookie:%20a=b/metadata",
      "/studies/1.2.9/series/%ff%fe",
      "/studies/__proto__/metadata",
    ],
    ...[`/studies/${"9".repeat(5000)}/metadata`, "/studies/constructor", "/studies/1.2.9/series/*/instances"],
    ...[`${INSTANCE}/bulkdata/../../../../etc/passwd`, `${INSTANCE}/bulkdata/%2e%2e%2f7FE00010`],
    ...[`${INSTANCE}/bulkdata/7FE00010/1/00080018`, `${INSTANCE}/bulkdata/${"00400275/1/".repeat(2000)}00400009`],
    ...[`${INSTANCE}/frames/${"1,".repeat(20_000)}1`, `${INSTANCE}/frames/1%00`, `${INSTANCE}/frames/0x1`],
    ...[`${INSTANCE}/frames/4294967297`, `${INSTANCE}/frames/1e3`, `${INSTANCE}/frames/-1`, `${INSTANCE}/frames/0`],
    ...[`${INSTANCE}/frames/2`, `${INSTANCE}/frames/2/rendered`, `${INSTANCE}/frames/2/thumbnail`],
    ...[
      `${INSTANCE}/rendered?viewport=1e9,1e9`,
      `${INSTANCE}/rendered?viewport=NaN,1`,
      `${INSTANCE}/rendered?quality=1e9`,
    ],
    ...[`${INSTANCE}/rendered?viewport=10,10,1e308,0,1,1`, `${INSTANCE}/rendered?window=0,-1`],
    ...["/studies?PatientName=" + "*a".repeat(20_000), "/studies?" + "a=1&".repeat(5000), "/studies?cursor=e30"],
    ...[
      "/studies?includefield=" + "__proto__,".repeat(100),
      "/wado?requestType=WADO&studyUID=../..&seriesUID=1&objectUID=1",
    ],
    ...["/commitment-requests/..%2f", "/modality-performed-procedure-steps/__proto__", "/nothing/there"],
  ];
  for (const path of paths) {
    const response = await fetch(`${served.url}${path}`, { redirect: "manual" });
    const text = await response.text();
    assert.ok(REFUSED.includes(response.status), `${response.status} ${path.slice(0, 100)}: ${text.slice(0, 300)}`);
    assert.equal(response.headers.get("content-type"), "application/problem+json", path.slice(0, 100));
    assert.equal(response.headers.get("set-cookie"), null);
    assert.ok(text.length < path.length + 1000, path.slice(0, 100));
  }
  assert.equal(
    await (await fetch(`${served.url}/studies?limit=1&includefield=SOPInstanceUID`)).json().then((l) => l.length),
    1,
  );
  assert.equal((await fetch(`${host}/health/ready`).then(async (r) => [r.status, await r.text()]))[0], 200);
});

Deno.test("hostile ranges and conditions are answered by RFC 9110, and give no byte that isn't there", async () => {
  await using served = await serveGateway([instanceOf(grayImage())]);
  const cases: readonly (readonly [range: string, status: number, length: number])[] = [
    ["bytes=0-0", 206, 1],
    ["bytes=191-", 206, 1],
    ["bytes=-1", 206, 1],
    ["bytes=-99999999999999999999", 206, 192],
    ["bytes=0-99999999999999999999", 206, 192],
    ["bytes=192-", 416, -1],
    ["bytes=-0", 416, -1],
    ["bytes=99999999999999999999-", 416, -1],
    ["bytes=5-1", 200, 192],
    ["bytes=a-b", 200, 192],
    ["bytes=1-2,3-4", 200, 192],
    [`bytes=${"0-,".repeat(2000)}0-`, 200, 192],
    ["bytes = 0-1", 206, 2],
    ["bytes=0x0-0x1", 200, 192],
    ["bytes=1.5-2", 200, 192],
  ];
  for (const [range, status, length] of cases) {
    const response = await fetch(`${served.url}${INSTANCE}/frames/1`, {
      headers: { range, accept: "application/octet-stream" },
    });
    const bytes = await response.bytes();
    assert.equal(response.status, status, range.slice(0, 40));
    if (length >= 0) assert.equal(bytes.length, length, range.slice(0, 40));
  }
  const tags = ["*", '"', 'W/"x"', `${'"a",'.repeat(3000)}"b"`, "\xff"];
  for (const tag of tags) {
    const response = await fetch(`${served.url}${INSTANCE}/frames/1`, {
      headers: { "if-none-match": tag, "if-range": tag, "range": "bytes=0-1", "accept": "application/octet-stream" },
    });
    await response.body?.cancel();
    assert.ok([200, 206, 304, 400].includes(response.status), `${response.status} ${tag.slice(0, 10)}`);
  }
});

Deno.test("hostile Accept headers cost no more than their length", async () => {
  await using served = await serveGateway([instanceOf(grayImage())]);
  const accepts = [
    ...["a/b;q=0.1,".repeat(1500), `multipart/related; type="${"x".repeat(8000)}"`, ";;;;,,,,", '"', "*/*;q=NaN"],
    ...[
      'multipart/related; type="\\"\\\\',
      "application/dicom; transfer-syntax=" + "1.".repeat(2000),
      "__proto__/constructor",
    ],
    ...["multipart/related; type=multipart/related; type=multipart/related", "application/dicom+json;q=0"],
  ];
  for (const accept of accepts) {
    for (const path of ["/studies", `${SERIES}/metadata`, INSTANCE, `${INSTANCE}/frames/1`, `${INSTANCE}/rendered`]) {
      const response = await fetch(`${served.url}${path}`, { headers: { accept } });
      await response.body?.cancel();
      assert.ok([200, 406].includes(response.status), `${response.status} ${path} ${accept.slice(0, 50)}`);
    }
  }
});

Deno.test("instances whose frames are none, negative, countless or without size cost their own requests alone", async () => {
  const numbers = ["0", "-1", "2147483647", "99999999999999999999", "1e9", "x", ""];
  const images = numbers.map((text, index) => {
    const image = grayImage();
    image.setElement(
      new ValueElement(0x0028_0008, "IS", new TextEncoder().encode(text.padEnd(text.length + text.length % 2))),
    );
    return instanceOf(image, undefined, { instance: `1.2.9.1.${index + 2}` });
  });
  const sizes = ([[0, 0], [65_535, 65_535], [0, 16]] as const).map(([Rows, Columns], index) =>
    instanceOf(grayImage().set("Rows", Rows).set("Columns", Columns), undefined, { instance: `1.2.9.2.${index + 2}` })
  );
  const bits = ([0, 1, 7, 64, 65_535] as const).map((BitsAllocated, index) =>
    instanceOf(grayImage().set("BitsAllocated", BitsAllocated), undefined, { instance: `1.2.9.3.${index + 2}` })
  );
  const whole = instanceOf(grayImage());
  const all = [...images, ...sizes, ...bits, whole];
  await using served = await serveGateway(all);
  for (const { sopInstanceUid } of all) {
    const instance = `${SERIES}/instances/${sopInstanceUid}`;
    for (const path of ["/frames/1", "/frames/1,2", "/frames/2147483647", "/rendered", "/thumbnail", "/metadata", ""]) {
      const response = await fetch(`${served.url}${instance}${path}`);
      await response.bytes();
      assert.ok([200, 400, 404, 406].includes(response.status), `${response.status} ${sopInstanceUid} ${path}`);
      if (path === "/thumbnail" || path === "/metadata") assert.equal(response.status, 200, sopInstanceUid + path);
    }
  }
  const frame = await fetch(`${served.url}${INSTANCE}/frames/1`, { headers: { accept: "application/octet-stream" } });
  assert.equal((await frame.bytes()).length, 192);
  const metadata = await (await fetch(`${served.url}${STUDY}/metadata`)).json();
  assert.equal(metadata.length, all.length);
});

Deno.test("bulk data URIs of a request lead to no other server, file or resource of the gateway", async () => {
  let calls = 0;
  await using elsewhere = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, () => {
    calls++;
    return new Response(new Uint8Array(192));
  });
  await using server = await storeServer();
  await using step = await storeServer("worklist: { keepDays: 0 }");
  const { port } = elsewhere.addr;
  const uris = [
    ...[`http://127.0.0.1:${port}/a`, `//127.0.0.1:${port}/a`, `http://localhost:${port}`, "file:///etc/passwd"],
    ...[
      "data:application/octet-stream;base64,AAAA",
      "/dicom-web/studies",
      "../../studies",
      "http://[::1]/",
      "gopher://x/",
    ],
    ...["blob:null/1", "javascript:1", "", " ", "\\\\host\\share", "http://169.254.169.254/latest/meta-data"],
  ];
  for (const [index, uri] of uris.entries()) {
    const attributes = {
      "00080016": { vr: "UI", Value: [UID.SecondaryCaptureImageStorage] },
      "00080018": { vr: "UI", Value: [`1.2.9.4.${index + 2}`] },
      "0020000D": { vr: "UI", Value: ["1.2.9"] },
      "0020000E": { vr: "UI", Value: ["1.2.9.1"] },
      "7FE00010": { vr: "OB", BulkDataURI: uri },
    };
    const json = await server.send({
      headers: { "content-type": "application/dicom+json" },
      body: JSON.stringify([attributes]),
    });
    assert.equal(json.status, 409, uri);
    const xml = toXml(new DataSet({ SOPInstanceUID: `1.2.9.5.${index + 2}` })).replace(
      "</NativeDicomModel>",
      `<DicomAttribute tag="7FE00010" vr="OB"><BulkData uri="${
        uri.replace(/[<>&"]/g, "")
      }"/></DicomAttribute></NativeDicomModel>`,
    );
    const ofXml = await server.send({ headers: { "content-type": "application/dicom+xml" }, body: xml });
    assert.equal(ofXml.status, 409, uri);
    const performed = await step.send({
      path: `/dicom-web/modality-performed-procedure-steps/1.2.${index + 2}`,
      headers: { "content-type": "application/dicom+json" },
      body: JSON.stringify({ "00400254": { vr: "LO", BulkDataURI: uri } }),
    });
    assert.equal(performed.status, 400, uri);
  }
  assert.equal(calls, 0);
  assert.equal(await server.index.find("1.2.9.4.2"), undefined);
});

Deno.test("bodies that grow a thousand times are cut off where they may not grow further", async () => {
  await using server = await storeServer("dicomweb: { maxRequestLength: 1MiB }");
  const zeros = new Uint8Array(50_000_000);
  const bombs = [
    gzipSync(zeros),
    gzipSync(gzipSync(zeros)),
    gzipSync(multipart([{ body: zeros }])),
    Uint8Array.from([...gzipSync(new Uint8Array(10)).subarray(0, 15)]),
    latin1("not gzip at all"),
  ];
  for (const [index, body] of bombs.entries()) {
    const { status } = await server.send({ headers: { "content-encoding": "gzip" }, body });
    assert.ok([400, 413].includes(status), `${status} of bomb ${index}`);
  }
  for (const encoding of ["gzip, gzip", "br", "zstd", "compress", "gzip\tx", "__proto__"]) {
    const { status } = await server.send({ headers: { "content-encoding": encoding }, body: bombs[0]! });
    assert.equal(status, 415, encoding);
  }
  const kept = makeInstance();
  assert.equal((await server.sendParts([{ body: kept.file }])).status, 200);
});

Deno.test("requests to store that are mutated anywhere, at any splits, store what is whole and nothing else", async () => {
  await using server = await storeServer();
  const made = Array.from({ length: 3 }, () => makeInstance({ pixelBytes: 64 }));
  const whole = multipart(made.map(({ file }) => ({ body: file })));
  const known = new Set(made.map(({ sopInstanceUid }) => sopInstanceUid));
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 8 }),
      fc.nat(whole.length),
      fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 5 }),
      async (changes, end, lengths) => {
        const bytes = whole.slice(0, end % 4 === 0 ? end : whole.length);
        for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
        const pieces = inPieces(bytes, lengths);
        const body = new ReadableStream<Uint8Array>({
          pull(controller) {
            const { value, done } = pieces.next();
            if (done) controller.close();
            else controller.enqueue(value);
          },
        });
        const { status, stored, text } = await server.send({ body });
        assert.ok([200, 202, 400, 409, 413, 415].includes(status), `${status} ${text}`);
        if (changes.length === 0) { for (const one of stored) assert.ok(known.has(one), one); }
      },
    ),
    { seed: 42, numRuns: 200 },
  );
  assert.deepEqual(server.errors, []);
  assert.equal((await server.sendParts(made.map(({ file }) => ({ body: file })))).failed.length, 0);
});

Deno.test("a million parts of nothing are refused at the first too many", async () => {
  await using server = await storeServer();
  const part = "\r\n--0f3cf5c0-70e0-41ef-baef-c6f9f65ec3e1\r\nContent-Type: text/plain\r\n\r\n";
  const thousand = latin1(part.repeat(1000));
  let given = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (given === 1_000_000) return controller.close();
      given += 1000;
      controller.enqueue(thousand.slice());
    },
  }, { highWaterMark: 0 });
  const { status, text } = await server.send({ body });
  assert.equal(status, 413, text);
  assert.match(text, /more parts than 100000/);
  assert.ok(given < 110_000, `${given} parts were read`);
});
