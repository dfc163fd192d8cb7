import assert from "node:assert/strict";
import { deflateRawSync } from "node:zlib";
import fc from "fast-check";
import {
  convertTransferSyntax,
  type TransferSyntaxConversionOptions,
} from "../../../src/dicom/conversion/convert_transfer_syntax.ts";
import { SequenceElement, ValueElement } from "../../../src/dicom/data_set/data_element.ts";
import { DataSet } from "../../../src/dicom/data_set/data_set.ts";
import { readDataSet } from "../../../src/dicom/data_set/reading/read_data_set.ts";
import { streamDataSet, writeDataSet } from "../../../src/dicom/data_set/writing/write_data_set.ts";
import { impliedVr } from "../../../src/dicom/implied_vr.ts";
import { readFileHeader } from "../../../src/dicom/part10.ts";
import { uidName } from "../../../src/dicom/uid_registry.ts";
import * as UID from "../../../src/dicom/generated/uid.ts";
import { findTransferSyntax } from "../../../src/dicom/transfer_syntaxes.ts";
import { type Vr, vrDefinition, VRS } from "../../../src/dicom/vr.ts";
import { DataSetError, LimitError } from "../../../src/errors.ts";
import type { LentBytes } from "../../../src/streams/lent_bytes.ts";
import { corpusFiles, corpusIsThere, corpusPath } from "../corpus.ts";
import { outline } from "../data_set/outline.ts";
import {
  BIG_ENDIAN,
  bytesOf,
  element,
  EXPLICIT,
  header,
  IMPLICIT,
  item,
  sequence,
  UNDEFINED,
} from "../encoding/elements.ts";
import { concatenate } from "../../../src/streams/concatenate.ts";
import { pieces } from "../encoding/scanning.ts";

const { ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian } = UID;
const PLAIN = [ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian];
const ALL = [...PLAIN, DeflatedExplicitVRLittleEndian];

/** Lends pieces; each is overwritten when the next one is asked for, as a reader into one buffer does. */
function lent(chunks: Iterable<Uint8Array>): LentBytes & { cancelled: unknown[] } {
  const iterator = chunks[Symbol.iterator]();
  let piece: Uint8Array | undefined;
  const cancelled: unknown[] = [];
  return {
    cancelled,
    read() {
      piece?.fill(0xee);
      piece = iterator.next().value?.slice();
      return Promise.resolve(piece);
    },
    cancel: (reason) => Promise.resolve(void cancelled.push(reason)),
  };
}

async function gather(source: LentBytes): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for (let part = await source.read(); part !== undefined; part = await source.read()) parts.push(part.slice());
  return concatenate(parts);
}

async function convert(
  bytes: Uint8Array,
  options: TransferSyntaxConversionOptions,
  ...sizes: number[]
): Promise<Uint8Array> {
  return await gather(convertTransferSyntax(lent(pieces(bytes, ...(sizes.length > 0 ? sizes : [1 << 20]))), options));
}

/** What a data set means to a reader, whatever its encoding. */
async function meaning(bytes: Uint8Array, transferSyntax: string): Promise<string[]> {
  const dataSet = readDataSet(bytes, { transferSyntax });
  const streamed = await new Response(streamDataSet(dataSet, { transferSyntax: ExplicitVRLittleEndian })).arrayBuffer();
  return outline(readDataSet(new Uint8Array(streamed), { transferSyntax: ExplicitVRLittleEndian }));
}

/** Private tags, and standard ones that the dictionary leaves no choice, and all that it does. */
const privateTags = fc.tuple(fc.integer({ min: 0x0009, max: 0x7fdf }), fc.integer({ min: 0x1000, max: 0xffff }))
  .map(([group, element]) => (group | 1) * 0x1_0000 + element);
const STANDARD = [
  ...[0x0008_0008, 0x0008_0018, 0x0008_0020, 0x0008_0054, 0x0008_1190, 0x0010_0010, 0x0010_1010],
  ...[0x0008_0119, 0x0008_041b, 0x0018_9810, 0x0018_9089, 0x0020_0013, 0x0022_1452, 0x0028_0009, 0x0028_0010],
  ...[0x0028_0103, 0x0028_0106, 0x0028_0120, 0x0028_1101, 0x0028_1200, 0x0028_1201, 0x0028_3002, 0x0028_3006],
  ...[0x0040_9211, 0x0066_0016, 0x0066_0040, 0x0072_0082, 0x0072_0083, 0x5400_0110, 0x6000_3000, 0x7fe0_0001],
  ...[0x7fe0_0008, 0x7fe0_0009, 0x7fe0_0010],
];

function valueOf(vr: Vr): fc.Arbitrary<Uint8Array> {
  const { size, kind } = vrDefinition(vr);
  const unit = kind === "text" ? 2 : Math.max(2, size);
  return fc.uint8Array({ maxLength: 40 }).map((bytes) => bytes.slice(0, bytes.length - bytes.length % unit));
}

const privateElements = fc.tuple(privateTags, fc.constantFrom(...VRS.filter((vr) => vr !== "SQ")));
const standardElements = fc.constantFrom(...STANDARD).map((tag): [number, Vr] => [tag, impliedVr(tag)]);
const valueElements = fc.oneof(privateElements, standardElements).chain(([tag, vr]) => {
  const sign = fc.constantFrom(Uint8Array.of(0, 0), Uint8Array.of(1, 0));
  return fc.tuple(tag === 0x0028_0103 ? sign : valueOf(vr), fc.boolean())
    .map(([bytes, littleEndian]) =>
      new ValueElement(tag, vr, bytes, { littleEndian: littleEndian || tag === 0x0028_0103 })
    );
});
const sequenceTags = fc.oneof(privateTags, fc.constantFrom(0x0008_1140, 0x0028_3000, 0x0040_9096, 0x5200_9230));
const { dataSets } = fc.letrec<{ dataSets: DataSet; sequences: SequenceElement<DataSet> }>((tie) => ({
  dataSets: fc.array(fc.oneof({ weight: 4, arbitrary: valueElements }, tie("sequences")), { maxLength: 8 })
    .map((elements) => elements.reduce((dataSet, element) => dataSet.setElement(element), new DataSet())),
  sequences: fc.tuple(sequenceTags, fc.array(tie("dataSets"), { maxLength: 3, depthIdentifier: "items" }))
    .map(([tag, items]) => new SequenceElement(tag, items)),
}));

async function encode(dataSet: DataSet, transferSyntax: string, form: "defined" | "undefined"): Promise<Uint8Array> {
  return new Uint8Array(await new Response(streamDataSet(dataSet, { transferSyntax, form })).arrayBuffer());
}

Deno.test("convertTransferSyntax() gives what reading and writing gives, in any split, from and to all syntaxes", async () => {
  await fc.assert(
    fc.asyncProperty(
      dataSets,
      fc.constantFrom(...ALL),
      fc.constantFrom(...ALL),
      fc.constantFrom("defined" as const, "undefined" as const),
      fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 5 }),
      async (dataSet, from, to, form, sizes) => {
        const bytes = await encode(dataSet, from, form);
        const read = readDataSet(bytes, { transferSyntax: from });
        const expected = await meaning(await encode(read, to, "undefined"), to);
        const converted = await convert(bytes, { from, to }, ...sizes);
        assert.deepEqual(await meaning(converted, to), expected);
        const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
          start(controller) {
            for (const piece of pieces(bytes, ...sizes)) controller.enqueue(piece.slice());
            controller.close();
          },
        });
        const streamed = await new Response(
          convertTransferSyntax(stream, { from, to }) as ReadableStream<Uint8Array<ArrayBuffer>>,
        ).arrayBuffer();
        if (to !== DeflatedExplicitVRLittleEndian) assert.deepEqual(new Uint8Array(streamed), converted);
        else assert.deepEqual(await meaning(new Uint8Array(streamed), to), expected);
      },
    ),
    { seed: 42, numRuns: 600 },
  );
});

Deno.test("convertTransferSyntax() there and back changes nothing that has a VR and a length of its own", async () => {
  const dataSet = bytesOf(
    element(EXPLICIT, 0x0008_0018, "UI", "1.2.3\0"),
    sequence(
      EXPLICIT,
      0x0008_1140,
      [item(EXPLICIT, element(EXPLICIT, 0x0008_1155, "UI", "1.2.4\0"), "undefined")],
      "undefined",
    ),
    element(EXPLICIT, 0x0028_0103, "US", [1, 0]),
    element(EXPLICIT, 0x0028_0106, "SS", [0xfe, 0xff]),
    element(EXPLICIT, 0x7fe0_0010, "OW", [1, 2, 3, 4]),
  );
  for (const between of [ImplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian]) {
    const there = await convert(dataSet, { from: ExplicitVRLittleEndian, to: between }, 7);
    assert.deepEqual(await convert(there, { from: between, to: ExplicitVRLittleEndian }, 5), dataSet);
  }
});

/** A data set that is converted, and what has to come of it. */
interface Case {
  readonly what: string;
  readonly from: string;
  readonly to: string;
  readonly bytes: Uint8Array;
  readonly expected: Uint8Array;
}

const toExplicit = { from: ImplicitVRLittleEndian, to: ExplicitVRLittleEndian };
const toImplicit = { from: ExplicitVRLittleEndian, to: ImplicitVRLittleEndian };
const fromBigEndian = { from: ExplicitVRBigEndian, to: ExplicitVRLittleEndian };
const long = (length: number) => new Uint8Array(length).fill(0x31);
const uid = (syntax: typeof EXPLICIT) => element(syntax, 0x0008_0018, "UI", "1.2\0");
const inItem = (syntax: typeof EXPLICIT, ...parts: Uint8Array[]) => item(syntax, bytesOf(...parts), "undefined");

const CASES: readonly Case[] = [
  {
    what: "private attributes become UN, their creators LO",
    ...toExplicit,
    bytes: bytesOf(
      element(IMPLICIT, 0x0009_0010, "LO", "ACME"),
      element(IMPLICIT, 0x0009_1001, "US", [1, 0]),
      element(IMPLICIT, 0x0018_fff1, "", "odd!"),
    ),
    expected: bytesOf(
      element(EXPLICIT, 0x0009_0010, "LO", "ACME"),
      element(EXPLICIT, 0x0009_1001, "UN", [1, 0]),
      element(EXPLICIT, 0x0018_fff1, "UN", "odd!"),
    ),
  },
  {
    what: "a value too long for its VR becomes UN, one that just fits doesn't",
    ...toExplicit,
    bytes: bytesOf(
      element(IMPLICIT, 0x0008_0008, "CS", long(0xfffe)),
      element(IMPLICIT, 0x0020_9165, "AT", long(0x1_0000)),
    ),
    expected: bytesOf(
      element(EXPLICIT, 0x0008_0008, "CS", long(0xfffe)),
      element(EXPLICIT, 0x0020_9165, "UN", long(0x1_0000)),
    ),
  },
  {
    what: "LUT Data is US while that is long enough, then OW",
    ...toExplicit,
    bytes: bytesOf(
      sequence(IMPLICIT, 0x0028_3000, [
        inItem(IMPLICIT, element(IMPLICIT, 0x0028_3006, "US", long(256))),
        inItem(IMPLICIT, element(IMPLICIT, 0x0028_3006, "US", long(0x2_0000))),
      ], "defined"),
    ),
    expected: bytesOf(
      sequence(EXPLICIT, 0x0028_3000, [
        inItem(EXPLICIT, element(EXPLICIT, 0x0028_3006, "US", long(256))),
        inItem(EXPLICIT, element(EXPLICIT, 0x0028_3006, "OW", long(0x2_0000))),
      ], "undefined"),
    ),
  },
  ...([[0, "US"], [1, "SS"]] as const).map(([sign, vr]): Case => ({
    what: `US or SS is ${vr} where Pixel Representation is ${sign}, in items too, unless they say otherwise`,
    ...toExplicit,
    bytes: bytesOf(
      element(IMPLICIT, 0x0028_0103, "US", [sign, 0]),
      element(IMPLICIT, 0x0028_0106, "", [9, 0]),
      sequence(IMPLICIT, 0x0028_3000, [
        inItem(IMPLICIT, element(IMPLICIT, 0x0028_3002, "", [9, 0])),
        inItem(
          IMPLICIT,
          element(IMPLICIT, 0x0028_0103, "US", [1 - sign, 0]),
          element(IMPLICIT, 0x0028_3002, "", [9, 0]),
        ),
      ], "defined"),
      element(IMPLICIT, 0x0040_9211, "", [9, 0]),
    ),
    expected: bytesOf(
      element(EXPLICIT, 0x0028_0103, "US", [sign, 0]),
      element(EXPLICIT, 0x0028_0106, vr, [9, 0]),
      sequence(EXPLICIT, 0x0028_3000, [
        inItem(EXPLICIT, element(EXPLICIT, 0x0028_3002, vr, [9, 0])),
        inItem(
          EXPLICIT,
          element(EXPLICIT, 0x0028_0103, "US", [1 - sign, 0]),
          element(EXPLICIT, 0x0028_3002, vr === "US" ? "SS" : "US", [9, 0]),
        ),
      ], "undefined"),
      element(EXPLICIT, 0x0040_9211, vr, [9, 0]),
    ),
  })),
  {
    what: "US or SS is UN while Pixel Representation may still come, and US once it can't",
    ...toExplicit,
    bytes: bytesOf(
      sequence(IMPLICIT, 0x0008_1140, [inItem(IMPLICIT, element(IMPLICIT, 0x0028_0106, "", [9, 0]))], "defined"),
      element(IMPLICIT, 0x0028_0106, "", [9, 0]),
    ),
    expected: bytesOf(
      sequence(EXPLICIT, 0x0008_1140, [inItem(EXPLICIT, element(EXPLICIT, 0x0028_0106, "UN", [9, 0]))], "undefined"),
      element(EXPLICIT, 0x0028_0106, "US", [9, 0]),
    ),
  },
  {
    what: "group lengths and the groups 0000 and 0002 are left out, at whatever length",
    ...toImplicit,
    bytes: bytesOf(
      element(EXPLICIT, 0x0002_0010, "UI", "1.2.840.10008.1.2\0"),
      element(EXPLICIT, 0x0008_0000, "UL", [0x22, 0, 0, 0]),
      uid(EXPLICIT),
      sequence(
        EXPLICIT,
        0x0008_1140,
        [inItem(EXPLICIT, element(EXPLICIT, 0x0008_0000, "UL", [8, 0, 0, 0]))],
        "defined",
      ),
      element(EXPLICIT, 0x7fe0_0000, "UN", long(3000)),
      element(EXPLICIT, 0x7fe0_0010, "OB", [1, 2]),
    ),
    expected: bytesOf(
      uid(IMPLICIT),
      sequence(IMPLICIT, 0x0008_1140, [inItem(IMPLICIT)], "undefined"),
      element(IMPLICIT, 0x7fe0_0010, "OB", [1, 2]),
    ),
  },
  {
    what: "an empty sequence and an empty item stay what they are",
    ...toImplicit,
    bytes: bytesOf(
      sequence(EXPLICIT, 0x0008_1140, [], "defined"),
      sequence(EXPLICIT, 0x0008_1199, [item(EXPLICIT, bytesOf(), "defined")], "undefined"),
    ),
    expected: bytesOf(
      sequence(IMPLICIT, 0x0008_1140, [], "undefined"),
      sequence(IMPLICIT, 0x0008_1199, [item(IMPLICIT, bytesOf(), "undefined")], "undefined"),
    ),
  },
  {
    what: "a sequence encoded as UN of undefined length becomes SQ, with the VRs of the dictionary",
    ...fromBigEndian,
    bytes: bytesOf(
      header(BIG_ENDIAN, 0x0009_1001, "UN", UNDEFINED),
      inItem(IMPLICIT, element(IMPLICIT, 0x0028_0010, "US", [2, 1])),
      header(IMPLICIT, 0xfffe_e0dd, "", 0),
    ),
    expected: sequence(EXPLICIT, 0x0009_1001, [
      inItem(EXPLICIT, element(EXPLICIT, 0x0028_0010, "US", [2, 1])),
    ], "undefined"),
  },
  {
    what: "UN of defined length is Little Endian everywhere, and stays as it is",
    ...fromBigEndian,
    bytes: bytesOf(
      element(BIG_ENDIAN, 0x0009_1001, "UN", [1, 2, 3, 4]),
      element(BIG_ENDIAN, 0x0028_0010, "UN", [2, 1]),
    ),
    expected: bytesOf(
      element(EXPLICIT, 0x0009_1001, "UN", [1, 2, 3, 4]),
      element(EXPLICIT, 0x0028_0010, "UN", [2, 1]),
    ),
  },
  {
    what: "a value of odd length is padded as its VR is",
    ...toImplicit,
    bytes: bytesOf(
      element(EXPLICIT, 0x0008_0018, "UI", "1.2.3"),
      element(EXPLICIT, 0x0010_0010, "PN", "Doe"),
      element(EXPLICIT, 0x7fe0_0010, "OB", [1, 2, 3]),
    ),
    expected: bytesOf(
      element(IMPLICIT, 0x0008_0018, "UI", "1.2.3\0"),
      element(IMPLICIT, 0x0010_0010, "PN", "Doe "),
      element(IMPLICIT, 0x7fe0_0010, "OB", [1, 2, 3, 0]),
    ),
  },
  {
    what: "a VR to come is kept where the byte ordering is, else it is UN or what the dictionary says",
    ...fromBigEndian,
    bytes: bytesOf(uid(BIG_ENDIAN), [0x00, 0x28, 0x00, 0x10, 0x5a, 0x5a, 0, 0, 0, 0, 0, 2, 1, 2], [
      0x00,
      0x09,
      0x10,
      0x01,
      0x5a,
      0x5a,
      0,
      0,
      0,
      0,
      0,
      2,
      1,
      2,
    ]),
    expected: bytesOf(
      uid(EXPLICIT),
      element(EXPLICIT, 0x0028_0010, "US", [2, 1]),
      element(EXPLICIT, 0x0009_1001, "UN", [1, 2]),
    ),
  },
];

for (const { what, from, to, bytes, expected } of CASES) {
  Deno.test(`convertTransferSyntax(): ${what}`, async () => {
    for (const sizes of [[1 << 20], [1], [13, 4096]]) {
      assert.deepEqual((await convert(bytes, { from, to }, ...sizes)).toHex(), expected.toHex());
    }
  });
}

Deno.test("convertTransferSyntax() keeps a VR to come, in the long form, out of a deflated data set", async () => {
  const plain = bytesOf(uid(EXPLICIT), [0x28, 0x00, 0x10, 0x00, 0x5a, 0x5a, 0, 0, 2, 0, 0, 0, 1, 2]);
  const options = { from: DeflatedExplicitVRLittleEndian, to: ExplicitVRLittleEndian };
  assert.deepEqual((await convert(deflateRawSync(plain), options, 3)).toHex(), plain.toHex());
});

Deno.test("convertTransferSyntax() swaps words, longs and doubles across the pieces of a value", async () => {
  for (const [vr, tag, unit] of [["OW", 0x7fe0_0010, 2], ["OF", 0x7fe0_0008, 4], ["OD", 0x7fe0_0009, 8]] as const) {
    const value = Uint8Array.from({ length: 200_000 }, (_, index) => index * 7);
    const swapped = value.map((_, index) => value[index - index % unit + unit - 1 - index % unit]!);
    const bytes = bytesOf(header(BIG_ENDIAN, tag, vr, value.length));
    const whole = new Uint8Array(bytes.length + value.length);
    whole.set(bytes);
    whole.set(value, bytes.length);
    for (const sizes of [[1 << 20], [777, 65_537], [70_001]]) {
      const converted = await convert(whole, fromBigEndian, ...sizes);
      assert.deepEqual(converted.subarray(0, 12), header(EXPLICIT, tag, vr, value.length));
      assert.ok(Buffer.from(converted.subarray(12)).equals(swapped), `${vr} in ${sizes}`);
    }
  }
});

Deno.test("convertTransferSyntax() holds little of a data set, however large or deflated, and waits for who reads", async () => {
  const LENGTH = 64 << 20;
  let read = 0;
  const head = bytesOf(uid(EXPLICIT), header(EXPLICIT, 0x7fe0_0010, "OW", LENGTH));
  const zeros = new Uint8Array(1 << 20);
  const source: LentBytes = {
    read() {
      const piece = read === 0 ? head : read <= LENGTH ? zeros : undefined;
      read += piece === head ? 1 : piece?.length ?? 0;
      return Promise.resolve(piece);
    },
  };
  const converted = convertTransferSyntax(source, { from: ExplicitVRLittleEndian, to: ExplicitVRBigEndian });
  let [given, longest] = [0, 0];
  for (let piece = await converted.read(); piece !== undefined; piece = await converted.read()) {
    given += piece.length;
    longest = Math.max(longest, piece.length);
    assert.ok(read - given <= (1 << 20) + 1000, "no more is read than is asked for");
  }
  assert.equal(given, LENGTH + head.length);
  assert.ok(longest <= 1 << 17, `a piece of ${longest} bytes`);

  const bomb = deflateRawSync(head, { finishFlush: 2 }); // Z_SYNC_FLUSH: more follows.
  const deflated = bytesOf(bomb, deflateRawSync(new Uint8Array(LENGTH)));
  const options = { from: DeflatedExplicitVRLittleEndian, to: ImplicitVRLittleEndian };
  [given, longest] = [0, 0];
  const inflated = convertTransferSyntax(lent([deflated]), options);
  for (let piece = await inflated.read(); piece !== undefined; piece = await inflated.read()) {
    given += piece.length;
    longest = Math.max(longest, piece.length);
  }
  assert.equal(given, LENGTH + 20);
  assert.ok(longest <= 1 << 18, `a piece of ${longest} bytes`);
  await assert.rejects(convert(deflated, { ...options, maxInflatedLength: 1 << 20 }), LimitError);
});

Deno.test("convertTransferSyntax() refuses what it can't convert, and says where bytes are wrong", async () => {
  for (const uid of [UID.JPEGBaseline8Bit, UID.RLELossless, "1.2.840.10008.1.2.4.94", "1.2.3.4"]) {
    for (const options of [{ from: uid, to: ExplicitVRLittleEndian }, { from: ExplicitVRLittleEndian, to: uid }]) {
      const name = uid === "1.2.3.4" ? "the transfer syntax 1.2.3.4" : uidName(uid);
      assert.throws(() => convertTransferSyntax(lent([]), options), {
        name: "DataSetError",
        message: `Cannot convert a data set: found ${name}, expected an uncompressed transfer syntax`,
      });
    }
  }
  const truncated = bytesOf(uid(EXPLICIT), header(EXPLICIT, 0x7fe0_0010, "OW", 100), [1, 2]);
  const encapsulated = bytesOf(
    uid(EXPLICIT),
    header(EXPLICIT, 0x7fe0_0010, "OB", UNDEFINED),
    item(EXPLICIT, bytesOf([1, 2]), "defined"),
  );
  for (
    const [bytes, message] of [[truncated, /its value ends after 2 of 100 bytes/], [
      encapsulated,
      /encapsulated/,
    ]] as const
  ) {
    const source = lent([bytes]);
    await assert.rejects(gather(convertTransferSyntax(source, toImplicit)), (error) => {
      assert.ok(error instanceof DataSetError);
      assert.match(error.message, message);
      assert.deepEqual(source.cancelled, [error]);
      return true;
    });
  }
});

Deno.test("convertTransferSyntax() refuses to take away a VR without which a value would be read as a sequence", async () => {
  const wrong = bytesOf(uid(EXPLICIT), element(EXPLICIT, 0x0008_1140, "LO", "none"));
  await assert.rejects(convert(wrong, toImplicit), {
    name: "DataSetError",
    message:
      "Cannot convert ReferencedImageSequence (0008,1140): its VR is LO, and without a VR it would be read as SQ",
  });
  const empty = bytesOf(uid(EXPLICIT), element(EXPLICIT, 0x0008_1140, "LO", ""));
  assert.deepEqual(
    await convert(empty, toImplicit),
    bytesOf(uid(IMPLICIT), element(IMPLICIT, 0x0008_1140, "LO", "")),
  );
});

Deno.test("convertTransferSyntax() hands back what is in the right transfer syntax already", () => {
  const source = lent([]);
  assert.equal(convertTransferSyntax(source, { from: UID.ExplicitVRBigEndian, to: UID.ExplicitVRBigEndian }), source);
});

Deno.test("convertTransferSyntax() fails and cancels as its source and its reader do", async () => {
  const broken = new ReadableStream<Uint8Array>({ pull: () => Promise.reject(new Error("disk gone")) });
  await assert.rejects(new Response(convertTransferSyntax(broken, toImplicit)).bytes(), /disk gone/);
  const source = lent([uid(EXPLICIT), uid(EXPLICIT)]);
  const converted = convertTransferSyntax(source, toImplicit);
  await converted.read();
  await converted.cancel?.("enough");
  assert.deepEqual(source.cancelled, ["enough"]);
  let cancelled: unknown;
  const stream = new ReadableStream<Uint8Array>({
    pull: (to) => to.enqueue(uid(EXPLICIT)),
    cancel: (reason) => void (cancelled = reason),
  });
  await convertTransferSyntax(stream, toImplicit).cancel("enough");
  assert.equal(cancelled, "enough");
});

Deno.test({
  name: "convertTransferSyntax() converts the corpus as reading and writing does",
  ignore: !corpusIsThere,
  async fn() {
    let converted = 0;
    for (const name of corpusFiles()) {
      const file = Deno.readFileSync(corpusPath(name));
      const from = uncompressed(file);
      if (from === undefined || /truncated|DICOMDIR/.test(name)) continue;
      for (const to of PLAIN.filter((to) => to !== from.transferSyntax)) {
        const options = { from: from.transferSyntax, to };
        const bytes = await convert(from.dataSet, options, 4099);
        const read = readDataSet(from.dataSet, { transferSyntax: from.transferSyntax });
        assert.deepEqual(
          await meaning(bytes, to),
          await meaning(writeDataSet(read, { transferSyntax: to, form: "undefined" }), to),
          name,
        );
        converted++;
      }
    }
    assert.ok(converted > 100);
  },
});

function uncompressed(file: Uint8Array): { dataSet: Uint8Array; transferSyntax: string } | undefined {
  try {
    const { transferSyntax, dataSetOffset } = readFileHeader(file, { ended: true })!;
    if (findTransferSyntax(transferSyntax)?.encapsulated !== false) return undefined;
    return { dataSet: file.subarray(dataSetOffset), transferSyntax };
  } catch {
    return undefined;
  }
}
