/** What is kept, under which name, and what is refused. */

import assert from "node:assert/strict";
import { type Archive, createArchive } from "../../src/archive/archive.ts";
import { openFileStore } from "../../src/objects/file_store.ts";
import { createMemoryStore } from "../../src/objects/memory_store.ts";
import type { ObjectStore } from "../../src/objects/object_store.ts";
import { readFile } from "../../src/dicom/data_set/reading/read_file.ts";
import { readFileHeader } from "../../src/dicom/part10.ts";
import { InstanceNotKeptError, LimitError, type NotKeptReason } from "../../src/errors.ts";
import { BIG_ENDIAN, dataSetOf, EXPLICIT_VR_LITTLE_ENDIAN, IMPLICIT, incoming, UIDS } from "./instances.ts";
import { filesBelow, temporaryFolder } from "../support/folders.ts";
import { collect, countingStore, streamOf } from "./support.ts";

const NAME = "1.2.3/1.2.3.1/1.2.3.4.dcm";

async function refuses(
  work: Promise<unknown>,
  reason: NotKeptReason,
  message: RegExp = /^Cannot /,
): Promise<InstanceNotKeptError> {
  const error = await work.then(() => assert.fail("it was kept"), (error: unknown) => error);
  assert.ok(error instanceof InstanceNotKeptError, String(error));
  assert.equal(error.reason, reason, error.message);
  assert.match(error.message, message);
  assert.doesNotMatch(error.message, /DOE/);
  return error;
}

async function file(archive: Archive, name: string): Promise<Uint8Array<ArrayBuffer>> {
  const found = await archive.get(name);
  assert.ok(found, name);
  return await collect(found.read());
}

Deno.test("keep() writes the very bytes behind meta information", async () => {
  const archive = createArchive({ store: createMemoryStore() });
  const dataSet = dataSetOf({}, { pixels: 100_000 });
  const kept = await archive.keep(incoming(dataSet));
  const { outcome, name, bytes: length, existing } = kept;
  assert.deepEqual([outcome, name, length, existing], ["created", NAME, dataSet.length, undefined]);
  assert.deepEqual(kept.warnings, []);
  const bytes = await file(archive, NAME);
  const { meta, transferSyntax, dataSetOffset, warnings } = readFileHeader(bytes)!;
  assert.deepEqual(warnings, []);
  assert.equal(transferSyntax, EXPLICIT_VR_LITTLE_ENDIAN);
  assert.equal(meta.mediaStorageSopClassUid, UIDS.sopClass);
  assert.equal(meta.mediaStorageSopInstanceUid, UIDS.sopInstance);
  assert.equal(meta.sourceApplicationEntityTitle, "CT1");
  assert.deepEqual(bytes.subarray(dataSetOffset), dataSet);
});

Deno.test("keep() takes a data set in chunks of any size", async () => {
  const dataSet = dataSetOf();
  for (const size of [1, 2, 3, 7, 100, dataSet.length]) {
    const chunks = [];
    for (let at = 0; at < dataSet.length; at += size) chunks.push(dataSet.slice(at, at + size));
    const archive = createArchive({ store: createMemoryStore() });
    await archive.keep(incoming(streamOf(...chunks)));
    assert.deepEqual((await file(archive, NAME)).subarray(-dataSet.length), dataSet);
  }
});

for (const [uid, syntax] of [["1.2.840.10008.1.2", IMPLICIT], ["1.2.840.10008.1.2.2", BIG_ENDIAN]] as const) {
  Deno.test(`keep() reads the UIDs of transfer syntax ${uid}`, async () => {
    const archive = createArchive({ store: createMemoryStore() });
    const kept = await archive.keep(incoming(dataSetOf({}, { syntax }), { transferSyntax: uid }));
    assert.equal(kept.name, NAME);
  });
}

Deno.test("keep() keeps a data set that begins with group 0002 so that it can be read again", async () => {
  const declared = Uint8Array.from("1.2.840.10008.1.2.4.70", (char) => char.charCodeAt(0));
  const begins = {
    "1.2.840.10008.1.2": [0x02, 0, 0x10, 0, 22, 0, 0, 0],
    "1.2.840.10008.1.2.1": [0x02, 0, 0x10, 0, 0x55, 0x49, 22, 0],
    "1.2.840.10008.1.2.2": [0, 0x02, 0, 0x10, 0x55, 0x49, 0, 22],
  };
  const syntaxes = {
    "1.2.840.10008.1.2": IMPLICIT,
    "1.2.840.10008.1.2.1": undefined,
    "1.2.840.10008.1.2.2": BIG_ENDIAN,
  };
  for (const [transferSyntax, header] of Object.entries(begins)) {
    const syntax = syntaxes[transferSyntax as keyof typeof syntaxes];
    const dataSet = Uint8Array.of(...header, ...declared, ...dataSetOf({}, syntax && { syntax }));
    const archive = createArchive({ store: createMemoryStore() });
    await archive.keep(incoming(dataSet, { transferSyntax }));
    const bytes = await file(archive, NAME);
    assert.deepEqual(bytes.subarray(readFileHeader(bytes)!.dataSetOffset), dataSet);
    const read = readFile(bytes);
    assert.equal(read.transferSyntax, transferSyntax);
    assert.equal(read.dataSet.getText("SOPInstanceUID"), UIDS.sopInstance);
    assert.equal((await archive.keep(incoming(dataSet, { transferSyntax }))).outcome, "identical");
  }
});

async function deflate(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  return await collect(new Blob([bytes]).stream().pipeThrough(new CompressionStream("deflate-raw")));
}

const DEFLATED = { transferSyntax: "1.2.840.10008.1.2.1.99" };

Deno.test("keep() looks into a deflated data set, and keeps it deflated", async () => {
  const archive = createArchive({ store: createMemoryStore() });
  const deflated = await deflate(dataSetOf({}, { pixels: 300_000 }));
  const kept = await archive.keep(incoming(deflated, DEFLATED));
  assert.equal(kept.name, NAME);
  assert.equal(kept.bytes, deflated.length);
  assert.deepEqual((await file(archive, NAME)).subarray(-deflated.length), deflated);
});

Deno.test("keep() bounds what a deflated data set may become", async () => {
  const bomb = await deflate(new Uint8Array([...dataSetOf({}, { pixels: 0 }), ...new Uint8Array(2_000_000)]));
  for (const limit of ["maxInflatedLength", "maxInstanceLength"]) {
    const store = countingStore();
    const archive = createArchive({ store, limits: { [limit]: 1_000_000 } });
    const { cause } = await refuses(archive.keep(incoming(bomb, DEFLATED)), "out-of-resources");
    assert.ok(cause instanceof LimitError);
    assert.deepEqual([cause.limit, cause.maximum], ["maxInflatedLength", 1_000_000]);
    assert.equal(store.pending, 0);
  }
});

Deno.test("keep() gives others their turn while small data sets become large ones, however many", async () => {
  const head = dataSetOf({}, { pixels: 0 });
  const zeros = 60_000_000;
  new DataView(head.buffer).setUint32(head.length - 4, zeros, true);
  const inflated = new Uint8Array(head.length + zeros);
  inflated.set(head);
  const deflated = await deflate(inflated);
  assert.ok(deflated.length < 256 * 1024);
  /** How long others wait for their turn while so many are kept, in milliseconds; the median of what can be felt. */
  const waitDuring = async (count: number) => {
    let kept = false;
    const keep = () =>
      createArchive({ store: createMemoryStore() }).keep(incoming(new Blob([deflated]).stream(), DEFLATED));
    const keeping = Promise.all(Array.from({ length: count }, keep)).finally(() => kept = true);
    const waits: number[] = [];
    for (let before = performance.now(); !kept;) {
      await new Promise((resolve) => setTimeout(resolve));
      const now = performance.now();
      if (now - before > 5) waits.push(now - before);
      before = now;
    }
    await keeping;
    return waits.sort((a, b) => a - b)[waits.length >> 1] ?? 0;
  };
  const alone = await waitDuring(1);
  assert.ok(alone < 500, `${alone} ms`);
  const together = await waitDuring(6);
  assert.ok(together < 3 * alone, `${together} ms, and ${alone} ms when one comes alone`);
});

Deno.test("keep() keeps identical data sets once, whoever sends them", async () => {
  const archive = createArchive({ store: createMemoryStore() });
  await archive.keep(incoming(dataSetOf()));
  assert.equal((await archive.keep(incoming(dataSetOf()))).outcome, "identical");
  const again = await archive.keep(incoming(dataSetOf(), { sourceAeTitle: "A_LONGER_TITLE" }));
  assert.equal(again.outcome, "identical");
  const header = readFileHeader(await file(archive, NAME))!;
  assert.equal(header.meta.sourceApplicationEntityTitle, "CT1");
});

Deno.test("keep() lets the policy decide about different data sets", async () => {
  for (const onExisting of ["replace", "keep-first"] as const) {
    const archive = createArchive({ store: createMemoryStore(), onExisting });
    const [one, other] = [dataSetOf({}, { seed: 1 }), dataSetOf({}, { seed: 2 })];
    await archive.keep(incoming(one));
    const { outcome } = await archive.keep(incoming(other));
    assert.equal(outcome, onExisting === "replace" ? "replaced" : "kept-first");
    const expected = onExisting === "replace" ? other : one;
    assert.deepEqual((await file(archive, NAME)).subarray(-expected.length), expected);
  }
});

Deno.test("keep() takes the same bytes in another transfer syntax for another data set", async () => {
  const archive = createArchive({ store: createMemoryStore() });
  await archive.keep(incoming(dataSetOf()));
  const lossless = { transferSyntax: "1.2.840.10008.1.2.4.70" };
  assert.equal((await archive.keep(incoming(dataSetOf(), lossless))).outcome, "kept-first");
});

Deno.test("keep() replaces an existing file that is no DICOM", async () => {
  using folder = temporaryFolder();
  await using store = await openFileStore(folder.path, { durable: false });
  const archive = createArchive({ store });
  await archive.keep(incoming(dataSetOf()));
  Deno.writeFileSync(`${folder.path}/instances/${NAME}`, new Uint8Array(10));
  assert.equal((await archive.keep(incoming(dataSetOf()))).outcome, "replaced");
});

const MISMATCHES: Readonly<Record<string, Parameters<typeof dataSetOf>[0]>> = {
  "another SOP class": { sopClass: "1.2.840.10008.5.1.4.1.1.4" },
  "no SOP class": { sopClass: undefined },
  "an empty SOP class": { sopClass: "" },
  "another SOP instance": { sopInstance: "1.2.3.5" },
  "no SOP instance": { sopInstance: undefined },
  "an overlong SOP instance": { sopInstance: "1".repeat(2000) },
};

for (const [what, uids] of Object.entries(MISMATCHES)) {
  Deno.test(`keep() refuses a data set with ${what}`, async () => {
    const store = countingStore();
    const work = createArchive({ store }).keep(incoming(dataSetOf(uids)));
    await refuses(work, "data-set-does-not-match-sop-class", /^Cannot keep the instance: SOP (Class|Instance) UID is /);
    assert.equal(store.pending, 0);
    assert.equal((await store.check()).freeBytes, 256 * 1024 ** 2);
  });
}

Deno.test("keep() refuses a data set that ends early, wherever that is", async () => {
  using folder = temporaryFolder();
  await using store = await openFileStore(folder.path, { durable: false });

  const dataSet = dataSetOf();
  const ends = elementEnds(dataSet);
  for (let length = 0; length < dataSet.length; length++) {
    const archive = createArchive({ store, unreadable: "refuse" });
    const work = archive.keep(incoming(dataSet.subarray(0, length)));
    // What ends behind an element is a data set, with less than 8 stray bytes too; it is the right one from its SOP Instance
    // UID on.
    const end = ends.findLastIndex((end) => end === length || (end > 0 && end < length && length < end + 8));
    if (end < 0) await refuses(work, "cannot-understand");
    else if (end < 2) await refuses(work, "data-set-does-not-match-sop-class");
    else await archive.get((await work).name).then((found) => assert.ok(found));
    assert.equal(filesBelow(`${folder.path}/instances`).length, end < 2 ? 0 : 1);
    assert.deepEqual(filesBelow(`${folder.path}/incoming`), []);
    Deno.removeSync(`${folder.path}/instances`, { recursive: true });
    Deno.mkdirSync(`${folder.path}/instances`);
  }
});

/** Where top-level elements of `dataSetOf` end; a data set may end there. */
function elementEnds(dataSet: Uint8Array): number[] {
  const ends = [0];
  const view = new DataView(dataSet.buffer);
  for (let at = 0; at < dataSet.length;) {
    const long = ["SQ", "OW"].includes(String.fromCharCode(dataSet[at + 4]!, dataSet[at + 5]!));
    at += long ? 12 + view.getUint32(at + 8, true) : 8 + view.getUint16(at + 6, true);
    ends.push(at);
  }
  return ends;
}

Deno.test("keep() refuses what is no data set", async () => {
  const store = countingStore();
  const archive = createArchive({ store, unreadable: "refuse" });
  const noise = [new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n"), new Uint8Array(1000).fill(0xff)];
  for (const bytes of noise) await refuses(archive.keep(incoming(bytes)), "cannot-understand");
  for (const bytes of noise) await refuses(archive.keep(incoming(bytes, DEFLATED)), "cannot-understand");
  assert.equal(store.pending, 0);
});

Deno.test("keep() keeps what it can't read as it came, with a warning, where UIDs were announced that can name it", async () => {
  const noise = new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n");
  const whole = dataSetOf();
  const truncated = whole.subarray(0, whole.length - 10);
  for (
    const [bytes, transferSyntax, name] of [
      [noise, EXPLICIT_VR_LITTLE_ENDIAN, "_none/_none/1.2.3.4.dcm"],
      [noise, "1.2.3.99", "_none/_none/1.2.3.4.dcm"],
      [new Uint8Array(0), "1.2.3.99", "_none/_none/1.2.3.4.dcm"],
      [new Uint8Array(1000).fill(0xff), DEFLATED.transferSyntax, "_none/_none/1.2.3.4.dcm"],
      [truncated, EXPLICIT_VR_LITTLE_ENDIAN, NAME],
    ] as const
  ) {
    const archive = createArchive({ store: createMemoryStore() });
    const kept = await archive.keep(incoming(bytes, { transferSyntax }));
    assert.deepEqual([kept.outcome, kept.name, kept.bytes], ["created", name, bytes.length]);
    assert.match(kept.warnings.join(), /^Cannot (read|inflate) the data set: /);
    assert.deepEqual(
      (await file(archive, name)).subarray(-bytes.length),
      bytes.length > 0 ? bytes : await file(archive, name),
    );
    assert.equal((await archive.keep(incoming(bytes, { transferSyntax }))).outcome, "identical");
    for (const sopInstanceUid of ["DOE", "1".repeat(65)]) {
      const work = archive.keep(incoming(bytes, { transferSyntax, sopInstanceUid }));
      if (bytes === truncated) await refuses(work, "data-set-does-not-match-sop-class");
      else await refuses(work, "cannot-understand");
    }
  }
});

Deno.test("keep() takes a data set in an unknown transfer syntax at its word where it can be read", async () => {
  const archive = createArchive({ store: createMemoryStore() });
  const kept = await archive.keep(incoming(dataSetOf(), { transferSyntax: "1.2.3.99" }));
  assert.deepEqual([kept.name, kept.warnings], [NAME, []]);
  const other = archive.keep(incoming(dataSetOf({ sopInstance: "1.2.3.5" }), { transferSyntax: "1.2.3.99" }));
  await refuses(other, "data-set-does-not-match-sop-class");
});

Deno.test("keep() refuses what it can't name", async () => {
  const store = countingStore();
  const archive = createArchive({ store });
  for (const sopInstanceUid of ["", "  ", "1.2\n3", "\u00e9", "1".repeat(1025)]) {
    const work = archive.keep(incoming(dataSetOf({ sopInstance: sopInstanceUid }), { sopInstanceUid }));
    await refuses(work, "invalid-sop-instance");
  }
  for (const sopInstanceUid of ["ABC", "1.02.3", "1".repeat(65), "9".repeat(1024)]) {
    const { outcome } = await archive.keep(incoming(dataSetOf({ sopInstance: sopInstanceUid }), { sopInstanceUid }));
    assert.equal(outcome, "created");
  }
  assert.equal(store.pending, 0);
});

Deno.test("keep() tolerates padding and spaces around UIDs", async () => {
  const archive = createArchive({ store: createMemoryStore() });
  const uids = { sopInstance: "1.2.3.4 ", study: " 1.2.3\0", series: "1.2.3.1  \0" };
  const kept = await archive.keep(incoming(dataSetOf(uids), { sopInstanceUid: "1.2.3.4" }));
  assert.equal(kept.name, NAME);
});

Deno.test("keep() names instances that belong to no study", async () => {
  const archive = createArchive({ store: createMemoryStore() });
  const { name } = await archive.keep(incoming(dataSetOf({ study: undefined, series: "" })));
  assert.equal(name, "_none/_none/1.2.3.4.dcm");
});

const HOSTILE = [
  "../../etc",
  "..",
  "/etc/passwd",
  "1.2.\u00e9",
  "1..2",
  "1.2.",
  ".1",
  "C:\\x",
  "1".repeat(65),
  "con",
  "_none",
  "1.2\n3",
];

Deno.test("keep() hashes UIDs that are no safe names", async () => {
  using folder = temporaryFolder();
  await using store = await openFileStore(folder.path, { durable: false });
  for (const uid of HOSTILE) {
    const { name } = await createArchive({ store }).keep(incoming(dataSetOf({ study: uid, series: uid })));
    assert.match(name, /^(_[0-9a-f]{64}\/){2}1\.2\.3\.4\.dcm$/);
  }
  assert.equal(new Set(filesBelow(`${folder.path}/instances`)).size, HOSTILE.length);
  const uid = "a/../../b";
  const { name } = await createArchive({ store }).keep(
    incoming(dataSetOf({ sopInstance: uid }), { sopInstanceUid: uid }),
  );
  assert.match(name, /^1\.2\.3\/1\.2\.3\.1\/_[0-9a-f]{64}\.dcm$/);
});

Deno.test("keep() leaves UIDs with leading zeros and of 64 characters as they are", async () => {
  const archive = createArchive({ store: createMemoryStore() });
  const long = `1.${"2".repeat(62)}`;
  const { name } = await archive.keep(incoming(dataSetOf({ study: "1.02.003", series: long })));
  assert.equal(name, `1.02.003/${long}/1.2.3.4.dcm`);
});

Deno.test("keep() keeps an instance whose sender's title can't be written", async () => {
  const archive = createArchive({ store: createMemoryStore() });
  await archive.keep(incoming(dataSetOf(), { sourceAeTitle: "T\u00e9\n" }));
  assert.equal(readFileHeader(await file(archive, NAME))!.meta.sourceApplicationEntityTitle, undefined);
});

Deno.test("keep() refuses a data set above the limit, and pulls no more of it", async () => {
  const store = countingStore();
  const archive = createArchive({ store, limits: { maxInstanceLength: 10_000 } });
  let pulled = 0;
  let cancelled: unknown;
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      controller.enqueue(pulled === 0 ? dataSetOf({}, { pixels: 1_000_000 }).subarray(0, 1000) : new Uint8Array(1000));
      pulled++;
    },
    cancel(reason) {
      cancelled = reason;
    },
  }, { highWaterMark: 0 });
  const { cause } = await refuses(archive.keep(incoming(endless)), "out-of-resources");
  assert.ok(cause instanceof LimitError);
  assert.equal(cause.limit, "maxInstanceLength");
  assert.equal(pulled, 11);
  assert.equal(cancelled, cause);
  assert.equal(store.pending, 0);
});

Deno.test("keep() bounds the depth of sequences", async () => {
  const deep = new Uint8Array(3 * 20 + dataSetOf().length);
  for (let depth = 0; depth < 3; depth++) {
    // (0008,1115) SQ and an item, both of undefined length
    deep.set([0x08, 0, 0x15, 0x11, 0x53, 0x51, 0, 0, 0xff, 0xff, 0xff, 0xff], depth * 20);
    deep.set([0xfe, 0xff, 0x00, 0xe0, 0xff, 0xff, 0xff, 0xff], depth * 20 + 12);
  }
  const archive = createArchive({ store: createMemoryStore(), limits: { maxDepth: 2 } });
  await refuses(archive.keep(incoming(deep)), "out-of-resources");
});

Deno.test("keep() passes on what the stream fails with, and leaves nothing", async () => {
  using folder = temporaryFolder();
  await using store = await openFileStore(folder.path, { journalLength: 64 * 1024 });
  const failure = new Error("the peer went away");
  for (const before of [0, 10, 500_000]) {
    const chunks = [dataSetOf({}, { pixels: 1_000_000 }).subarray(0, before)].values();
    const stream = new ReadableStream<Uint8Array>({
      pull(controller) {
        const { value } = chunks.next();
        if (value === undefined) controller.error(failure);
        else controller.enqueue(value);
      },
    });
    await assert.rejects(createArchive({ store }).keep(incoming(stream)), failure);
    assert.deepEqual(filesBelow(folder.path).filter((path) => !path.startsWith("journal/")), ["lock"]);
  }
});

Deno.test("keep() gives up when its signal says so, even while it waits", async () => {
  const store = countingStore();
  const archive = createArchive({ store });
  const reason = new Error("the association ended");
  await assert.rejects(archive.keep(incoming(dataSetOf(), { signal: AbortSignal.abort(reason) })), reason);
  const controller = new AbortController();
  let cancelled: unknown;
  const silent = new ReadableStream<Uint8Array>({
    start: (stream) => stream.enqueue(dataSetOf().subarray(0, 20)),
    pull: () => queueMicrotask(() => controller.abort(reason)),
    cancel: (why) => void (cancelled = why),
  });
  await assert.rejects(archive.keep(incoming(silent, { signal: controller.signal })), reason);
  assert.equal(cancelled, reason);
  assert.equal(store.pending, 0);
});

Deno.test("keep() waits for a slow store before it pulls on", async () => {
  const memory = createMemoryStore();
  let writing = 0;
  const slow: ObjectStore = {
    ...memory,
    create() {
      const pending = memory.create();
      return {
        async write(bytes) {
          assert.equal(writing++, 0);
          await new Promise((resolve) => setTimeout(resolve));
          await pending.write(bytes);
          writing--;
        },
        read: (start) => pending.read(start),
        commit: (...parameters) => pending.commit(...parameters),
        discard: () => pending.discard(),
      };
    },
  };
  const dataSet = dataSetOf();
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      for (let at = 0; at < dataSet.length; at += 50) controller.enqueue(dataSet.subarray(at, at + 50));
      controller.close();
    },
  });
  await createArchive({ store: slow }).keep(incoming(stream));
});

Deno.test("keep() passes on that the store has no room, and goes on when it has", async () => {
  const store = createMemoryStore({ maxBytes: 4000 });
  const archive = createArchive({ store });
  await refuses(archive.keep(incoming(dataSetOf({}, { pixels: 5000 }))), "out-of-resources");
  await archive.keep(incoming(dataSetOf()));
  const failing: ObjectStore = {
    ...store,
    create: () => ({
      ...store.create(),
      write() {
        throw new InstanceNotKeptError("Cannot write to the archive: no space is left (ENOSPC)", {
          reason: "out-of-resources",
        });
      },
      discard: () => Promise.resolve(),
    }),
  };
  await refuses(createArchive({ store: failing }).keep(incoming(dataSetOf())), "out-of-resources", /ENOSPC/);
});

Deno.test("keep() takes many instances at once, each under its own name", async () => {
  using folder = temporaryFolder();
  await using store = await openFileStore(folder.path, { journalLength: 256 * 1024 });
  const archive = createArchive({ store });
  const uids = Array.from({ length: 40 }, (_, index) => `1.2.3.4.${index}`);
  const dataSets = uids.map((sopInstance, seed) => dataSetOf({ sopInstance }, { pixels: seed * 5000, seed }));
  await Promise.all(uids.map((sopInstanceUid, index) => archive.keep(incoming(dataSets[index]!, { sopInstanceUid }))));
  for (const [index, uid] of uids.entries()) {
    const bytes = await file(archive, `1.2.3/1.2.3.1/${uid}.dcm`);
    assert.deepEqual(bytes.subarray(-dataSets[index]!.length), dataSets[index]);
  }
});
