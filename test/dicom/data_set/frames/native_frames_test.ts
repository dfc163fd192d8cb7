import assert from "node:assert/strict";
import { framesOf } from "./frames.ts";
import { referenceInto } from "../../../../src/dicom/data_set/reading/byte_source.ts";
import { ReferencedElement, ValueElement } from "../../../../src/dicom/data_set/data_element.ts";
import { DataSet } from "../../../../src/dicom/data_set/data_set.ts";
import { pixelFrames } from "../../../../src/dicom/data_set/frames/pixel_frames.ts";
import { readDataSet } from "../../../../src/dicom/data_set/reading/read_data_set.ts";
import { readFile } from "../../../../src/dicom/data_set/reading/read_file.ts";
import { writeDataSet } from "../../../../src/dicom/data_set/writing/write_data_set.ts";
import * as UID from "../../../../src/dicom/generated/uid.ts";
import type { Vr } from "../../../../src/dicom/vr.ts";
import type { DataSetError } from "../../../../src/errors.ts";
import { corpusIsThere, corpusPath } from "../../corpus.ts";
import { hex } from "../../encoding/elements.ts";

const PIXEL_DATA = 0x7fe0_0010;
const TWO_FRAMES = { Rows: 3, Columns: 3, BitsAllocated: 8, NumberOfFrames: 2 };

const transferSyntax = UID.ExplicitVRBigEndian;

function warningsOf(dataSet: DataSet): string[] {
  const warnings: DataSetError[] = [];
  pixelFrames(dataSet, { onWarning: (warning) => void warnings.push(warning) });
  return warnings.map(({ message }) => message);
}

function bigEndian(values: object, vr: Vr, bytes: Uint8Array): DataSet {
  return new DataSet(values).setElement(new ValueElement(PIXEL_DATA, vr, bytes, { littleEndian: false }));
}

Deno.test("pixelFrames() takes 8-bit frames out of Big Endian words, which frames may share", () => {
  const words = hex("0201 0403 0605 0807 0a09 0c0b 0e0d 100f 1211");
  assert.deepEqual(framesOf(bigEndian(TWO_FRAMES, "OW", words)), ["010203040506070809", "0a0b0c0d0e0f101112"]);
  // An odd number of bytes in all: the last word is padded.
  const one = bigEndian({ ...TWO_FRAMES, NumberOfFrames: 1 }, "OW", hex("0201 0403 0605 0807 0009"));
  assert.deepEqual(framesOf(one), ["010203040506070809"]);
  const colour = { ...TWO_FRAMES, Rows: 1, Columns: 1, SamplesPerPixel: 3 };
  assert.deepEqual(framesOf(bigEndian(colour, "OW", hex("0201 0403 0605"))), ["010203", "040506"]);
  // Bytes have no order.
  assert.deepEqual(framesOf(bigEndian(colour, "OB", hex("010203040506"))), ["010203", "040506"]);
});

Deno.test("pixelFrames() gives the words of each VR in Little Endian", () => {
  const image = { Rows: 1, Columns: 2, NumberOfFrames: 2 };
  const cases: [Vr, number, string, string[]][] = [
    ["OW", 16, "0102 0304 0506 0708", ["02010403", "06050807"]],
    // PS3.5 7.3 swaps words of 16 bits; a pixel of 32 has the lower one first.
    ["OW", 32, "0304 0102 0708 0506 0b0c 090a 0f10 0d0e", ["0403020108070605", "0c0b0a09100f0e0d"]],
    ["OL", 32, "01020304 05060708 090a0b0c 0d0e0f10", ["0403020108070605", "0c0b0a09100f0e0d"]],
    ["OF", 32, "01020304 05060708 090a0b0c 0d0e0f10", ["0403020108070605", "0c0b0a09100f0e0d"]],
    ["UN", 16, "0102 0304 0506 0708", ["01020304", "05060708"]],
  ];
  for (const [vr, BitsAllocated, bytes, expected] of cases) {
    assert.deepEqual(
      framesOf(bigEndian({ ...image, BitsAllocated }, vr, hex(bytes))),
      expected,
      `${vr} ${BitsAllocated}`,
    );
  }
  const doubles = new DataSet({ Rows: 1, Columns: 1, BitsAllocated: 64 });
  doubles.setElement(new ValueElement(0x7fe0_0009, "OD", hex("0102030405060708"), { littleEndian: false }));
  assert.deepEqual(framesOf(doubles), ["0807060504030201"]);
});

Deno.test("pixelFrames() says that the order of Big Endian words in larger pixels is not sure", () => {
  const image = { Rows: 1, Columns: 1, BitsAllocated: 32 };
  assert.deepEqual(warningsOf(bigEndian(image, "OW", new Uint8Array(4))), [
    "Cannot be sure of PixelData (7FE0,0010): its pixels of 32 bits are Big Endian words of OW, the lower word first",
  ]);
  assert.deepEqual(warningsOf(bigEndian(image, "OL", new Uint8Array(4))), []);
  assert.deepEqual(warningsOf(bigEndian({ ...image, BitsAllocated: 16 }, "OW", new Uint8Array(2))), []);
});

Deno.test("pixelFrames() takes single bits out of Big Endian words", () => {
  // Two frames of 3 × 3 bits: 101010101 and 110011001, the first in the lowest bit.
  const image = { ...TWO_FRAMES, BitsAllocated: 1 };
  const little = new DataSet({ ...image, PixelData: hex("5567 0200") });
  const big = bigEndian(image, "OW", hex("6755 0002"));
  assert.deepEqual(framesOf(little), ["5501", "3301"]);
  assert.deepEqual(framesOf(big), framesOf(little));
});

Deno.test("pixelFrames() turns round what was left in its source as it is read, with frames that share words", async () => {
  const words = hex("0201 0403 0605 0807 0a09 0c0b 0e0d 100f 1211");
  const reference = referenceInto(new Blob([new Uint8Array(3), words]), 3, words.length);
  const dataSet = new DataSet(TWO_FRAMES)
    .setElement(new ReferencedElement(PIXEL_DATA, "OW", reference, { littleEndian: false }));
  const frames = await Promise.all(
    pixelFrames(dataSet).map(async (frame) => new Uint8Array(await new Response(frame.stream()).arrayBuffer()).toHex()),
  );
  assert.deepEqual(frames, ["010203040506070809", "0a0b0c0d0e0f101112"]);
});

Deno.test("pixelFrames() gives the same of a data set whatever byte ordering it was written in", () => {
  for (const BitsAllocated of [1, 8, 16]) {
    for (const [Rows, Columns, NumberOfFrames] of [[1, 1, 2], [3, 5, 3], [2, 4, 5]] as const) {
      const length = Math.ceil(Rows * Columns * NumberOfFrames * BitsAllocated / 16) * 2;
      const dataSet = new DataSet({ Rows, Columns, NumberOfFrames, BitsAllocated });
      const pixels = Uint8Array.from({ length }, (_, index) => index * 37 + 11);
      dataSet.setElement(new ValueElement(PIXEL_DATA, "OW", pixels));
      const read = readDataSet(writeDataSet(dataSet, { transferSyntax }), { transferSyntax });
      assert.deepEqual(
        framesOf(read),
        framesOf(dataSet),
        `${Rows} × ${Columns} × ${NumberOfFrames}, ${BitsAllocated} bits`,
      );
    }
  }
});

Deno.test("pixelFrames() refuses pixels that are said to share their chrominance and do not", () => {
  const image = { Rows: 2, Columns: 2, SamplesPerPixel: 3, BitsAllocated: 8 };
  for (const PhotometricInterpretation of ["YBR_FULL_422", "YBR_PARTIAL_422"]) {
    for (const NumberOfFrames of [1, 3]) {
      const values = { ...image, PhotometricInterpretation, NumberOfFrames };
      assert.throws(() => pixelFrames(new DataSet({ ...values, PixelData: new Uint8Array(12 * NumberOfFrames) })), {
        message:
          `Cannot find the frames of PixelData (7FE0,0010): it has ${12 * NumberOfFrames} bytes, as many as if no ` +
          `pixels shared their chrominance (YBR_FULL), expected ${NumberOfFrames} frames of 8 bytes, which are ` +
          PhotometricInterpretation,
      });
      assert.equal(
        pixelFrames(new DataSet({ ...values, PixelData: new Uint8Array(8 * NumberOfFrames) })).length,
        NumberOfFrames,
      );
    }
  }
  // Once it says what it is, its frames are there.
  const corrected = new DataSet({ ...image, PhotometricInterpretation: "YBR_FULL", PixelData: new Uint8Array(12) });
  assert.equal(pixelFrames(corrected)[0]!.length, 12);
});

Deno.test("pixelFrames() takes one frame where Number of Frames has no number", () => {
  const dataSet = new DataSet({ Rows: 1, Columns: 2, BitsAllocated: 8, PixelData: hex("0102") });
  for (const text of ["", "\\\\", "0", "-2"]) {
    dataSet.setElement(new ValueElement(0x0028_0008, "IS", new TextEncoder().encode(text)));
    assert.deepEqual(framesOf(dataSet), ["0102"], text);
  }
});

Deno.test("pixelFrames() warns of Pixel Data that is longer than its frames", () => {
  const image = { Rows: 3, Columns: 3, BitsAllocated: 8 };
  assert.deepEqual(warningsOf(new DataSet({ ...image, PixelData: new Uint8Array(10) })), []);
  assert.deepEqual(warningsOf(new DataSet({ ...image, PixelData: new Uint8Array(12) })), [
    "Cannot find the frames of PixelData (7FE0,0010): it has 12 bytes, expected 1 frames of 9 bytes",
  ]);
});

Deno.test({
  name: "pixelFrames() gives the same of corpus files in either byte ordering, and of pixels that share chrominance",
  ignore: !corpusIsThere,
  fn() {
    const read = (name: string) => framesOf(readFile(Deno.readFileSync(corpusPath(name))).dataSet);
    assert.deepEqual(read("SC_rgb_small_odd_big_endian.dcm"), read("SC_rgb_small_odd.dcm"));
    assert.deepEqual(read("MR_small_bigendian.dcm"), read("MR_small.dcm"));
    assert.deepEqual(read("liver_expb_1frame.dcm"), read("liver_1frame.dcm"));
    assert.equal(read("SC_ybr_full_422_uncompressed.dcm")[0]!.length, 2 * 100 * 100 * 2);
  },
});
