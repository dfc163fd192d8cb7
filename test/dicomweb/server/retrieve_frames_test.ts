import assert from "node:assert/strict";
import { EncapsulatedElement, ValueElement } from "../../../src/dicom/data_set/data_element.ts";
import { DataSet } from "../../../src/dicom/data_set/data_set.ts";
import { setEncapsulatedFrames } from "../../../src/dicom/data_set/frames/pixel_frames.ts";
import * as UID from "../../../src/dicom/generated/uid.ts";
import { createMemoryStore } from "../../../src/objects/memory_store.ts";
import type { ObjectStore } from "../../../src/objects/object_store.ts";
import { FrameFinder } from "../../../src/dicomweb/server/opened_instance.ts";
import { selectionOf } from "../../../src/dicomweb/server/selection.ts";
import type { HeldInstance } from "../../../src/query/instance_source.ts";
import { archiveOf, assertProblem, instanceOf, partsOf, ROOT } from "./support.ts";

const INSTANCE = "/studies/1.2.9/series/1.2.9.1/instances/1.2.9.1.1";
const FRAMES = `${ROOT}${INSTANCE}/frames`;
const OCTETS = "multipart/related; type=application/octet-stream; transfer-syntax=*";
const JPEG = UID.JPEGBaseline8Bit;
const J2K = "1.2.840.10008.1.2.4.90";
const HTJ2K = "1.2.840.10008.1.2.4.201";

function image(frames: number, more: { Rows?: number; Columns?: number; BitsAllocated?: number } = {}): DataSet {
  return new DataSet({
    NumberOfFrames: frames,
    SamplesPerPixel: 1,
    PhotometricInterpretation: "MONOCHROME2",
    Rows: 4,
    Columns: 5,
    BitsAllocated: 8,
    BitsStored: 8,
    HighBit: 7,
    PixelRepresentation: 0,
    ...more,
  });
}

/** Bytes that differ from frame to frame. */
function bytesOf(frame: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (frame * 37 + index * 3) & 0xff);
}

function native(frames: number, bits = 8): DataSet {
  const dataSet = image(frames, { BitsAllocated: bits });
  const length = 20 * bits / 8;
  const all = Uint8Array.from(
    { length: frames * length },
    (_, at) => bytesOf(Math.floor(at / length), length)[at % length]!,
  );
  return dataSet.setElement(new ValueElement(0x7fe0_0010, "OW", all));
}

function ask(accept?: string, more: Record<string, string> = {}): RequestInit {
  return { headers: { ...(accept !== undefined && { accept }), ...more } };
}

Deno.test("frames of native Pixel Data: several in parts, one alone", async () => {
  const { app } = await archiveOf([instanceOf(native(4))]);
  const parts = await partsOf(await app.request(`${FRAMES}/3,1`, ask(OCTETS)));
  assert.deepEqual(parts.map(({ body }) => body), [bytesOf(2, 20), bytesOf(0, 20)]);
  assert.equal(parts[0]!.head, "Content-Type: application/octet-stream; transfer-syntax=1.2.840.10008.1.2.1");
  const single = await app.request(`${FRAMES}/4`, ask("application/octet-stream"));
  assert.equal(single.headers.get("content-type"), "application/octet-stream; transfer-syntax=1.2.840.10008.1.2.1");
  assert.equal(single.headers.get("content-length"), "20");
  assert.deepEqual(new Uint8Array(await single.arrayBuffer()), bytesOf(3, 20));
});

Deno.test("frames of a single-frame instance without Number of Frames", async () => {
  const dataSet = native(1);
  dataSet.delete("NumberOfFrames");
  const { app } = await archiveOf([instanceOf(dataSet)]);
  assert.equal((await partsOf(await app.request(`${FRAMES}/1`, ask(OCTETS)))).length, 1);
});

Deno.test("frames in Big Endian, Implicit VR and deflated data sets are in Little Endian", async () => {
  for (const syntax of [UID.ExplicitVRBigEndian, UID.ImplicitVRLittleEndian, UID.DeflatedExplicitVRLittleEndian]) {
    const { app } = await archiveOf([instanceOf(native(3, 16), syntax)]);
    const [part] = await partsOf(await app.request(`${FRAMES}/2`, ask(OCTETS)));
    assert.match(part!.head, /transfer-syntax=1\.2\.840\.10008\.1\.2\.1$/);
    assert.deepEqual(part!.body, bytesOf(1, 40), syntax);
  }
});

Deno.test("frames of single bits, which begin within bytes", async () => {
  const dataSet = image(3, { Rows: 3, Columns: 3, BitsAllocated: 1 });
  // 27 bits: all of the second frame, none of the others.
  dataSet.setElement(new ValueElement(0x7fe0_0010, "OB", Uint8Array.of(0b0000_0000, 0b1111_1110, 0b0000_0011, 0)));
  const { app } = await archiveOf([instanceOf(dataSet)]);
  const frame = async (number: number) =>
    (await partsOf(await app.request(`${FRAMES}/${number}`, ask(OCTETS))))[0]!.body;
  assert.deepEqual(await frame(1), Uint8Array.of(0, 0));
  assert.deepEqual(await frame(2), Uint8Array.of(0xff, 1));
  assert.deepEqual(await frame(3), Uint8Array.of(0, 0));
});

/** Codestreams of different lengths, which begin as JPEG does. */
const CODESTREAMS = [0, 1, 2, 3, 4].map((frame) => Uint8Array.of(0xff, 0xd8, ...bytesOf(frame, 100 + 2 * frame)));

function encapsulated(offsetTable: "basic" | "extended" | "none"): DataSet {
  const dataSet = image(CODESTREAMS.length);
  setEncapsulatedFrames(dataSet, CODESTREAMS, { offsetTable });
  return dataSet;
}

/** Each codestream in two fragments. */
function inFragments(table: Uint8Array): DataSet {
  const fragments = CODESTREAMS.flatMap((bytes) => [bytes.subarray(0, 50), bytes.subarray(50)]);
  return image(CODESTREAMS.length).setElement(new EncapsulatedElement(0x7fe0_0010, "OB", [table, ...fragments]));
}

function tableOf(offsets: readonly number[]): Uint8Array {
  return new Uint8Array(Uint32Array.from(offsets).buffer);
}

const offsets = CODESTREAMS.map((_, frame) =>
  CODESTREAMS.slice(0, frame).reduce((sum, { length }) => sum + length + 16, 0)
);

const ENCAPSULATED: Readonly<Record<string, () => DataSet>> = {
  "a Basic Offset Table": () => encapsulated("basic"),
  "an Extended Offset Table": () => encapsulated("extended"),
  "no table, as many fragments as frames": () => encapsulated("none"),
  "no table, frames that begin as codestreams": () => inFragments(new Uint8Array(0)),
  "a Basic Offset Table over several fragments": () => inFragments(tableOf(offsets)),
  "a table of wrong offsets": () => inFragments(tableOf(offsets.map((offset) => offset + (offset === 0 ? 0 : 2)))),
  "a table of offsets beyond the end": () => inFragments(tableOf([0, 1e6, 2e6, 3e6, 4e6])),
  "a table that is too short": () => inFragments(tableOf([0, 66])),
};

for (const [kind, make] of Object.entries(ENCAPSULATED)) {
  Deno.test(`frames of encapsulated Pixel Data: ${kind}`, async () => {
    const { app } = await archiveOf([instanceOf(make(), JPEG)]);
    for (const [frame, expected] of CODESTREAMS.entries()) {
      const [part] = await partsOf(await app.request(`${FRAMES}/${frame + 1}`, ask(OCTETS)));
      assert.equal(part!.head, `Content-Type: application/octet-stream; transfer-syntax=${JPEG}`);
      assert.deepEqual(part!.body, expected);
    }
    const all = await partsOf(await app.request(`${FRAMES}/1,2,3,4,5`, ask(OCTETS)));
    assert.deepEqual(all.map(({ body }) => body), CODESTREAMS);
  });
}

Deno.test("frames that an Extended Offset Table says are of odd length come without their padding", async () => {
  const dataSet = image(2);
  const frames = [Uint8Array.of(0xff, 0xd8, 1), Uint8Array.of(0xff, 0xd8, 2, 3, 4)];
  setEncapsulatedFrames(dataSet, frames, { offsetTable: "extended" });
  const { app } = await archiveOf([instanceOf(dataSet, JPEG)]);
  const parts = await partsOf(await app.request(`${FRAMES}/1,2`, ask(OCTETS)));
  assert.deepEqual(parts.map(({ body }) => body), frames);
});

Deno.test("a frame of a long multi-frame instance takes a few reads, of not much more than the frame", async () => {
  const store = createMemoryStore();
  const reads: number[] = [];
  const counting: ObjectStore = {
    ...store,
    create: () => store.create(),
    get(name, range = {}) {
      reads.push((range.end ?? Infinity) - (range.start ?? 0));
      return store.get(name, range);
    },
  };
  const frames = Array.from({ length: 2000 }, (_, index) => bytesOf(index, 5000));
  for (const offsetTable of ["basic", "extended", "none", "native"] as const) {
    const dataSet = image(frames.length, { Rows: 50, Columns: 100 });
    if (offsetTable === "native") {
      const all = new Uint8Array(frames.length * 5000);
      for (const [index, frame] of frames.entries()) all.set(frame, index * 5000);
      dataSet.setElement(new ValueElement(0x7fe0_0010, "OB", all));
    } else setEncapsulatedFrames(dataSet, frames, { offsetTable });
    const syntax = offsetTable === "native" ? UID.ExplicitVRLittleEndian : JPEG;
    const { app } = await archiveOf([instanceOf(dataSet, syntax)], { store: counting });
    reads.length = 0;
    for (const number of [1999, 1000, 1000]) {
      const [part] = await partsOf(await app.request(`${FRAMES}/${number}`, ask(OCTETS)));
      assert.deepEqual(part!.body, frames[number - 1]);
    }
    const sum = reads.reduce((sum, length) => sum + length, 0);
    // Without a table one look at each item is needed, once.
    assert.ok(offsetTable === "none" || reads.length <= 12, `${offsetTable}: ${reads.length} reads`);
    assert.ok(reads.every((length) => length <= 1 << 16), `${offsetTable}: ${reads}`);
    assert.ok(offsetTable === "none" || sum < 150_000, `${offsetTable}: ${sum} bytes`);
    reads.length = 0;
    await (await app.request(`${FRAMES}/1000`, ask("application/octet-stream; transfer-syntax=*"))).arrayBuffer();
    assert.deepEqual(reads.length <= 2, true, `${offsetTable}: the place is known, ${reads}`);
  }
});

Deno.test("media types of frames: octets or the codec's own, single or in parts, in the order of the client", async () => {
  const one = image(1);
  setEncapsulatedFrames(one, [CODESTREAMS[0]!]);
  const cases: [syntax: string, accept: string | undefined, type: string, isMultipart: boolean][] = [
    [JPEG, undefined, `application/octet-stream; transfer-syntax=${JPEG}`, true],
    [JPEG, "*/*", `application/octet-stream; transfer-syntax=${JPEG}`, true],
    [JPEG, 'multipart/related; type="image/jpeg"', `image/jpeg; transfer-syntax=${JPEG}`, true],
    [
      JPEG,
      `multipart/related; type="image/jpeg"; transfer-syntax=${JPEG}`,
      `image/jpeg; transfer-syntax=${JPEG}`,
      true,
    ],
    [JPEG, "image/jpeg", `image/jpeg; transfer-syntax=${JPEG}`, false],
    [JPEG, "image/*", `image/jpeg; transfer-syntax=${JPEG}`, false],
    [
      JPEG,
      `application/octet-stream; transfer-syntax=${JPEG}`,
      `application/octet-stream; transfer-syntax=${JPEG}`,
      false,
    ],
    [J2K, "image/jls, image/jp2;q=0.5", `image/jp2; transfer-syntax=${J2K}`, false],
    [J2K, `multipart/related;type=image/jp2;transfer-syntax=*`, `image/jp2; transfer-syntax=${J2K}`, true],
    [HTJ2K, "multipart/related; type=image/jphc", `image/jphc; transfer-syntax=${HTJ2K}`, true],
    [HTJ2K, "multipart/related; type=image/jhc", `image/jhc; transfer-syntax=${HTJ2K}`, true],
    [UID.RLELossless, "image/x-dicom-rle", `image/x-dicom-rle; transfer-syntax=${UID.RLELossless}`, false],
    [
      JPEG,
      `multipart/related; type="application/octet-stream; transfer-syntax=${JPEG}"`,
      `application/octet-stream; transfer-syntax=${JPEG}`,
      true,
    ],
    [
      JPEG,
      `multipart/related; type=image/jls; transfer-syntax=1.2.840.10008.1.2.4.80, multipart/related; type=application/octet-stream; transfer-syntax=*;q=0.1`,
      `application/octet-stream; transfer-syntax=${JPEG}`,
      true,
    ],
  ];
  for (const [syntax, accept, type, isMultipart] of cases) {
    const { app } = await archiveOf([instanceOf(one.copy(), syntax)]);
    const response = await app.request(`${FRAMES}/1`, ask(accept));
    assert.equal(response.status, 200, `${accept}: ${syntax}`);
    const found = isMultipart ? (await partsOf(response))[0]!.headers : response.headers;
    assert.equal(found.get("content-type"), type, accept);
    if (!isMultipart) await response.body?.cancel();
  }
  const { app } = await archiveOf([instanceOf(one.copy(), JPEG)]);
  for (
    const accept of [
      `multipart/related; type=image/jpeg; transfer-syntax=${J2K}`,
      "image/jp2, text/html",
      "multipart/related; type=image/jls",
    ]
  ) {
    await assertProblem(
      await app.request(`${FRAMES}/1`, ask(accept)),
      406,
      /type="application\/octet-stream" or "image\/jpeg"; transfer-syntax=\*; it is stored in 1\.2\.840\.10008\.1\.2\.4\.50, and can be had in 1\.2\.840\.10008\.1\.2\.1, /,
    );
  }
  const several = await archiveOf([instanceOf(encapsulated("basic"), JPEG)]);
  await assertProblem(await several.app.request(`${FRAMES}/1,2`, ask("image/jpeg")), 406, /multipart/);
});

Deno.test("frames have ranges and entity tags, in parts as well", async () => {
  const { app } = await archiveOf([instanceOf(encapsulated("basic"), JPEG)]);
  for (const accept of [OCTETS, "image/jpeg"]) {
    const url = `${FRAMES}/2`;
    const whole = await app.request(url, ask(accept));
    const etag = whole.headers.get("etag")!;
    const bytes = new Uint8Array(await whole.arrayBuffer());
    const part = await app.request(url, ask(accept, { range: "bytes=10-59", "if-range": etag }));
    assert.equal(part.status, 206);
    assert.equal(part.headers.get("content-range"), `bytes 10-59/${bytes.length}`);
    assert.deepEqual(new Uint8Array(await part.arrayBuffer()), bytes.subarray(10, 60));
    assert.equal((await app.request(url, ask(accept, { "if-none-match": etag }))).status, 304);
    const other = await app.request(`${FRAMES}/3`, ask(accept));
    assert.notEqual(other.headers.get("etag"), etag);
    await other.body?.cancel();
  }
});

Deno.test("frames that can't be: numbers that are none, beyond the last, of an instance without Pixel Data", async () => {
  const { app } = await archiveOf([
    instanceOf(native(4)),
    instanceOf(new DataSet({ PatientID: "P" }), UID.ExplicitVRLittleEndian, { instance: "1.2.9.1.2" }),
  ]);
  const cases: [frames: string, status: number, detail: RegExp][] = [
    ["0", 400, /found "0", expected numbers from 1/],
    ["1,0", 400, /found "0"/],
    ["-1", 400, /found "-1"/],
    ["x", 400, /found "x"/],
    ["1.5", 400, /found "1\.5"/],
    ["1e3", 400, /found "1e3"/],
    ["1,,2", 400, /found ""/],
    ["1-3", 400, /found "1-3"/],
    ["99999999999999999999", 400, /expected numbers from 1/],
    ["5", 404, /There is no frame 5: the instance has 4$/],
    ["1,2,999999999", 404, /There is no frame 999999999/],
    [Array(10_001).fill("1").join(), 400, /Cannot give 10001 frames, expected at most 10000/],
  ];
  for (const [frames, status, detail] of cases) {
    await assertProblem(await app.request(`${FRAMES}/${frames}`, ask(OCTETS)), status, detail);
  }
  const without = `${ROOT}/studies/1.2.9/series/1.2.9.1/instances/1.2.9.1.2/frames/1`;
  await assertProblem(await app.request(without, ask(OCTETS)), 404, /the instance has no Pixel Data$/);
  await assertProblem(
    await app.request(`${ROOT}/studies/1.2.9/series/1.2.9.1/instances/9/frames/1`),
    404,
    /no such instance/,
  );
});

Deno.test("frames that are declared and not there are a problem that says so, and cost nothing", async () => {
  const shape = { Rows: 4, Columns: 5 };
  const cases: [dataSet: DataSet, syntax: string, detail: RegExp][] = [
    [native(4).set("NumberOfFrames", 5), UID.ExplicitVRLittleEndian, /it has 80 bytes, expected 5 frames of 20 bytes/],
    [
      native(4).set("NumberOfFrames", 2147483647),
      UID.ExplicitVRLittleEndian,
      /found 2147483647 frames, expected at most 1048576/,
    ],
    [native(1).set("Rows", 0), UID.ExplicitVRLittleEndian, /expected 1 frames of 0 bytes/],
    [
      encapsulated("none").set("NumberOfFrames", 7),
      JPEG,
      /found 5 fragments without a usable offset table, expected 7 frames/,
    ],
    [
      image(1, shape).setElement(new EncapsulatedElement(0x7fe0_0010, "OB", [])),
      JPEG,
      /expected a Basic Offset Table|no fragment/,
    ],
    [
      image(1, shape).setElement(new EncapsulatedElement(0x7fe0_0010, "OB", [new Uint8Array(0)])),
      JPEG,
      /found no fragment of the frame/,
    ],
  ];
  for (const [dataSet, syntax, detail] of cases) {
    const { app } = await archiveOf([instanceOf(dataSet, syntax)]);
    await assertProblem(await app.request(`${FRAMES}/1`, ask(OCTETS)), 406, detail);
  }
});

Deno.test("frames of Pixel Data that is cut off", async () => {
  for (const [dataSet, syntax] of [[native(4), UID.ExplicitVRLittleEndian], [encapsulated("basic"), JPEG]] as const) {
    const made = instanceOf(dataSet, syntax);
    const cut = { ...made, dataSet: made.dataSet.slice(0, -30) };
    const { app } = await archiveOf([cut]);
    const first = await app.request(`${FRAMES}/1`, ask(OCTETS));
    const last = await app.request(`${FRAMES}/${syntax === JPEG ? 5 : 4}`, ask(OCTETS));
    await first.body?.cancel();
    await assertProblem(last, 406, /^Cannot (find|read)/);
  }
});

Deno.test("headers stay short however many frames are asked for, and tell them apart", async () => {
  const { app } = await archiveOf([instanceOf(native(3))]);
  const tags = new Set<string>();
  for (const numbers of [[1], [1, 2], Array(2_000).fill(1), Array(2_000).fill(2), [...Array(1_999).fill(2), 1]]) {
    const { status, headers, body } = await app.request(`${FRAMES}/${numbers}`, { headers: { accept: OCTETS } });
    await body?.cancel();
    assert.equal(status, 200);
    assert.ok([...headers].join("").length < 1_000);
    tags.add(headers.get("etag")!);
  }
  assert.equal(tags.size, 5);
});

Deno.test("an instance whose frames can't be found costs its own request alone", async () => {
  const { source } = await archiveOf([instanceOf(native(3))]);
  const [held] = await Array.fromAsync(source.retrieve(selectionOf({ study: "1.2.9" })));
  const failure = Promise.withResolvers<void>();
  const stuck: HeldInstance = {
    ...held!,
    sopInstanceUid: "1.2.9.1.2",
    part: () => new ReadableStream({ pull: () => failure.promise }),
  };
  const finder = new FrameFinder();
  const failing = assert.rejects(finder.framesOf(stuck), /the disk/);
  // More than are remembered: the one that is not found yet is the oldest.
  for (let number = 0; number < 100; number++) {
    const { frames } = await finder.framesOf({ ...held!, sopInstanceUid: `1.2.9.2.${number}` });
    assert.equal(frames.count, 3);
  }
  failure.reject(new Error("the disk"));
  await failing;
});

Deno.test("of instances with much before their pixels, few are remembered", async () => {
  const dataSet = native(3);
  dataSet.setElement(new ValueElement(0x0009_1010, "OB", new Uint8Array(16 * 1024 * 1024)));
  const { source } = await archiveOf([instanceOf(dataSet)]);
  const [held] = await Array.fromAsync(source.retrieve(selectionOf({ study: "1.2.9" })));
  const read = new Set<number>();
  const finder = new FrameFinder();
  const ask = (number: number) =>
    finder.framesOf({
      ...held!,
      sopInstanceUid: `1.2.9.2.${number}`,
      part(start, end) {
        read.add(number);
        return held!.part!(start, end);
      },
    });
  for (let number = 0; number < 10; number++) await ask(number);
  read.clear();
  await ask(9);
  assert.deepEqual([...read], []);
  await ask(0);
  assert.deepEqual([...read], [0]);
});
