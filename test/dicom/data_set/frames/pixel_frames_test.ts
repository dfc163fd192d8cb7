import assert from "node:assert/strict";
import { framesOf } from "./frames.ts";
import { EncapsulatedElement, ReferencedElement } from "../../../../src/dicom/data_set/data_element.ts";
import { type ByteSource, referenceInto } from "../../../../src/dicom/data_set/reading/byte_source.ts";
import { DataSet } from "../../../../src/dicom/data_set/data_set.ts";
import {
  type OffsetTable,
  pixelFrames,
  setEncapsulatedFrames,
} from "../../../../src/dicom/data_set/frames/pixel_frames.ts";
import { readFile } from "../../../../src/dicom/data_set/reading/read_file.ts";
import { readDataSet } from "../../../../src/dicom/data_set/reading/read_data_set.ts";
import { writeDataSet } from "../../../../src/dicom/data_set/writing/write_data_set.ts";
import * as UID from "../../../../src/dicom/generated/uid.ts";
import { corpusIsThere, corpusPath } from "../../corpus.ts";
import { hex } from "../../encoding/elements.ts";

const PIXEL_DATA = 0x7fe0_0010;

const IMAGE = { Rows: 2, Columns: 3, SamplesPerPixel: 1, BitsAllocated: 8, NumberOfFrames: 2 };

function encapsulated(fragments: Uint8Array[], frames: number): DataSet {
  return new DataSet({ NumberOfFrames: frames }).setElement(new EncapsulatedElement(PIXEL_DATA, "OB", fragments));
}

/** A source that gives its bytes in chunks of `size`. */
function inPieces(bytes: Uint8Array, size: number): ByteSource {
  return {
    size: bytes.length,
    slice: (start, end) => ({
      stream: () =>
        new ReadableStream({
          start(controller) {
            for (let at = start; at < end; at += size) controller.enqueue(bytes.slice(at, Math.min(end, at + size)));
            controller.close();
          },
        }),
    }),
  };
}

Deno.test("pixelFrames() gives native frames as views", () => {
  const pixels = Uint8Array.from({ length: 12 }, (_, index) => index);
  const dataSet = new DataSet({ ...IMAGE, PixelData: pixels });
  const frames = pixelFrames(dataSet);
  assert.deepEqual(frames.map((frame) => [...frame.bytes()]), [[0, 1, 2, 3, 4, 5], [6, 7, 8, 9, 10, 11]]);
  assert.equal(frames[1]!.bytes().buffer, pixels.buffer);
  assert.equal(pixelFrames(new DataSet(IMAGE)).length, 0);
});

Deno.test("pixelFrames() counts samples, bits and subsampling", () => {
  const lengthOf = (values: object, length: number) =>
    pixelFrames(new DataSet({ ...IMAGE, ...values, PixelData: new Uint8Array(length) })).map(({ length }) => length);
  assert.deepEqual(lengthOf({ SamplesPerPixel: 3 }, 36), [18, 18]);
  assert.deepEqual(lengthOf({ BitsAllocated: 16 }, 24), [12, 12]);
  assert.deepEqual(lengthOf({ SamplesPerPixel: 3, PhotometricInterpretation: "YBR_FULL_422" }, 24), [12, 12]);
  assert.deepEqual(lengthOf({ BitsAllocated: 1, Columns: 4 }, 2), [1, 1]);
  assert.deepEqual(lengthOf({ BitsAllocated: 1, NumberOfFrames: 1 }, 2), [1]);
  assert.deepEqual(lengthOf({ BitsAllocated: 1 }, 2), [1, 1]);
  assert.throws(() => lengthOf({}, 10), {
    message: "Cannot find the frames of PixelData (7FE0,0010): it has 10 bytes, expected 2 frames of 6 bytes",
  });
});

Deno.test("pixelFrames() takes frames of single bits out of the bytes that they share, at hand or not", async () => {
  for (const [rows, columns, frames] of [[2, 3, 2], [3, 3, 7], [5, 5, 9], [1, 1, 13], [3, 7, 8]] as const) {
    const bits = Array.from({ length: rows * columns * frames }, (_, index) => index * index % 7 % 2);
    const pack = (bits: number[]) => {
      const bytes = new Uint8Array(Math.ceil(bits.length / 8));
      bits.forEach((bit, index) => bytes[index >> 3]! |= bit << index % 8);
      return bytes;
    };
    const image = { ...IMAGE, BitsAllocated: 1, Rows: rows, Columns: columns, NumberOfFrames: frames };
    const found = pixelFrames(new DataSet({ ...image, PixelData: pack(bits) })).map((frame) => frame.bytes());
    const count = rows * columns;
    const expected = Array.from({ length: frames }, (_, index) => pack(bits.slice(index * count, (index + 1) * count)));
    assert.deepEqual(found, expected);
    for (const size of [1, 3, 1000]) {
      const source = referenceInto(inPieces(pack(bits), size), 0, pack(bits).length);
      const left = new DataSet(image).setElement(new ReferencedElement(PIXEL_DATA, "OB", source));
      const streams = pixelFrames(left).map((frame) => new Response(frame.stream()).bytes());
      assert.deepEqual(await Promise.all(streams), expected);
      assert.deepEqual(pixelFrames(left).map(({ length }) => length), expected.map(({ length }) => length));
    }
  }
});

Deno.test("a frame of single bits fails when its source gives less than it should", async () => {
  const short = { length: 2, stream: () => new Blob([new Uint8Array(1)]).stream() };
  const reference = { ...short, slice: () => short };
  const image = new DataSet({ ...IMAGE, BitsAllocated: 1, Rows: 3, Columns: 3 });
  image.setElement(new ReferencedElement(PIXEL_DATA, "OB", { ...reference, length: 4 }));
  await assert.rejects(new Response(pixelFrames(image)[0]!.stream()).bytes(), /it gave 1 bytes, expected 2 bytes/);
});

Deno.test("pixelFrames() gives frames of a value that was left in its source", async () => {
  const pixels = Uint8Array.from({ length: 12 }, (_, index) => index);
  const reference = referenceInto(new Blob([new Uint8Array(5), pixels]), 5, 12);
  const dataSet = new DataSet(IMAGE).setElement(new ReferencedElement(PIXEL_DATA, "OB", reference));
  const [, second] = pixelFrames(dataSet);
  assert.deepEqual(new Uint8Array(await new Response(second!.stream()).arrayBuffer()), pixels.subarray(6));
  assert.throws(() => second!.bytes(), /they were left in their source/);
});

Deno.test("pixelFrames() finds encapsulated frames by the Basic Offset Table", () => {
  // Frames begin at fragments 0 and 2: at offset 0, and behind two headers of 8 bytes and 2 + 4 bytes.
  const table = hex("00000000 16000000");
  const fragments = [table, hex("0102"), hex("03040506"), hex("0708")];
  assert.deepEqual(framesOf(encapsulated(fragments, 2)), ["010203040506", "0708"]);
});

Deno.test("pixelFrames() finds encapsulated frames by the Extended Offset Table, without padding", () => {
  const dataSet = encapsulated([new Uint8Array(0), hex("0102"), hex("0300")], 2);
  dataSet.set("ExtendedOffsetTable", [0n, 10n]).set("ExtendedOffsetTableLengths", [2, 1]);
  assert.deepEqual(framesOf(dataSet), ["0102", "03"]);
});

Deno.test("pixelFrames() finds encapsulated frames without a table, or with a wrong one", () => {
  const none = new Uint8Array(0);
  assert.deepEqual(framesOf(encapsulated([none, hex("01"), hex("02"), hex("03")], 1)), ["010203"]);
  assert.deepEqual(framesOf(encapsulated([none, hex("01"), hex("02")], 2)), ["01", "02"]);
  assert.deepEqual(framesOf(encapsulated([hex("00000000 09000000"), hex("0102"), hex("0304")], 2)), ["0102", "0304"]);
  const jpeg = [none, hex("ffd80102"), hex("0304"), hex("ffd80506")];
  assert.deepEqual(framesOf(encapsulated(jpeg, 2)), ["ffd801020304", "ffd80506"]);
  assert.throws(() => framesOf(encapsulated([none, hex("01"), hex("02"), hex("03")], 2)), {
    message:
      "Cannot find the frames of PixelData (7FE0,0010): its 3 fragments have no usable offset table, expected 2 frames",
  });
});

Deno.test("setEncapsulatedFrames() writes what pixelFrames() reads, with each offset table", () => {
  const frames = [hex("0102030405"), hex("06"), hex("0708")];
  const padded = ["010203040500", "0600", "0708"];
  const tables: [OffsetTable, string[]][] = [
    ["basic", padded],
    ["none", padded],
    ["extended", frames.map((frame) => frame.toHex())],
  ];
  for (const [offsetTable, expected] of tables) {
    const dataSet = new DataSet({ NumberOfFrames: 3 });
    setEncapsulatedFrames(dataSet, frames, { offsetTable });
    const transferSyntax = UID.JPEG2000Lossless;
    const read = readDataSet(writeDataSet(dataSet, { transferSyntax }), { transferSyntax });
    assert.deepEqual(framesOf(read), expected);
    assert.equal(read.has("ExtendedOffsetTable"), offsetTable === "extended");
    const pixelData = read.element(PIXEL_DATA);
    assert.equal(
      pixelData?.kind === "encapsulated" && pixelData.fragments[0]?.length,
      offsetTable === "basic" ? 12 : 0,
    );
  }
});

Deno.test({
  name: "pixelFrames() finds the frames of corpus files",
  ignore: !corpusIsThere,
  fn() {
    const lengths = (name: string) =>
      pixelFrames(readFile(Deno.readFileSync(corpusPath(name))).dataSet).map(({ length }) => length);
    assert.deepEqual(lengths("CT_small.dcm"), [32_768]);
    assert.equal(lengths("rtdose.dcm").length, 15);
    assert.equal(lengths("rtdose_rle.dcm").length, 15);
    assert.equal(lengths("SC_rgb_rle_2frame.dcm").length, 2);
    assert.equal(lengths("examples_ybr_color.dcm").length, 30);
    assert.equal(lengths("JPEG2000.dcm").length, 1);
  },
});
