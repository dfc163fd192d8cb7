import assert from "node:assert/strict";
import { framesOf } from "./frames.ts";
import { EncapsulatedElement } from "../../../../src/dicom/data_set/data_element.ts";
import { DataSet } from "../../../../src/dicom/data_set/data_set.ts";
import { readDataSet } from "../../../../src/dicom/data_set/reading/read_data_set.ts";
import { streamDataSet, writeDataSet } from "../../../../src/dicom/data_set/writing/write_data_set.ts";
import * as UID from "../../../../src/dicom/generated/uid.ts";
import { hex } from "../../encoding/elements.ts";

const PIXEL_DATA = 0x7fe0_0010;
const transferSyntax = UID.RLELossless;

function encapsulated(frames: number, table: number[], fragments: string[]): DataSet {
  const basic = new Uint8Array(Uint32Array.from(table).buffer);
  const items = [basic, ...fragments.map(hex)];
  return new DataSet({ NumberOfFrames: frames }).setElement(new EncapsulatedElement(PIXEL_DATA, "OB", items));
}

function tableOf(dataSet: DataSet): number[] {
  const element = dataSet.element(PIXEL_DATA);
  const table = element?.kind === "encapsulated" ? element.fragments[0] as Uint8Array : new Uint8Array(0);
  return [...new Uint32Array(table.slice().buffer)];
}

function writtenAndRead(dataSet: DataSet): DataSet {
  return readDataSet(writeDataSet(dataSet, { transferSyntax }), { transferSyntax });
}

Deno.test("the Basic Offset Table follows fragments that are padded", () => {
  // Frames of two fragments and one: offsets 0 and (8 + 3) + (8 + 3).
  const dataSet = encapsulated(2, [0, 22], ["010203", "050607", "0404"]);
  const read = writtenAndRead(dataSet);
  assert.deepEqual(tableOf(read), [0, 24]);
  assert.deepEqual(framesOf(read), ["0102030005060700", "0404"]);
  assert.deepEqual(framesOf(dataSet), ["010203050607", "0404"]);
  // What was read is not changed.
  assert.deepEqual(tableOf(dataSet), [0, 22]);
});

Deno.test("the Basic Offset Table stays where nothing is padded, where it is of padded fragments, or where it is wrong", () => {
  const cases: [number[], string[]][] = [
    [[0, 20], ["0102", "0304", "0506"]],
    [[0, 24], ["010203", "050607", "0404"]],
    [[0, 21], ["010203", "050607", "0404"]],
    [[], ["010203", "050607"]],
  ];
  for (const [table, fragments] of cases) {
    assert.deepEqual(tableOf(writtenAndRead(encapsulated(2, table, fragments))), table, fragments.join());
  }
});

Deno.test("the Basic Offset Table stays as it was in the original form", () => {
  const dataSet = encapsulated(2, [0, 22], ["010203", "050607", "0404"]);
  const options = { transferSyntax, form: "original" } as const;
  const read = readDataSet(writeDataSet(dataSet, options), { transferSyntax, onWarning: () => {} });
  assert.deepEqual(tableOf(read), [0, 22]);
  assert.deepEqual(framesOf(read), ["010203050607", "0404"]);
});

Deno.test("the Basic Offset Table of Pixel Data in an item follows too, and in a stream", async () => {
  const dataSet = new DataSet({ IconImageSequence: [encapsulated(2, [0, 9], ["01", "02"])] });
  const bytes = await new Response(streamDataSet(dataSet, { transferSyntax })).bytes();
  assert.deepEqual(bytes, writeDataSet(dataSet, { transferSyntax }));
  assert.deepEqual(tableOf(readDataSet(bytes, { transferSyntax }).get("IconImageSequence[0]")!), [0, 10]);
});

Deno.test("the Extended Offset Table follows fragments that are padded, its lengths do not count the padding", () => {
  const dataSet = encapsulated(3, [], ["010203", "05", "0404"]);
  dataSet.set("ExtendedOffsetTable", [0n, 11n, 20n]).set("ExtendedOffsetTableLengths", [3n, 1n, 2n]);
  const read = writtenAndRead(dataSet);
  assert.deepEqual([...read.get("ExtendedOffsetTable")!], [0n, 12n, 22n]);
  assert.deepEqual([...read.get("ExtendedOffsetTableLengths")!], [3n, 1n, 2n]);
  assert.deepEqual(framesOf(read), ["010203", "05", "0404"]);
  assert.equal([...dataSet.get("ExtendedOffsetTable")!].join(), "0,11,20");
});

Deno.test("a table of padded fragments finds frames before they are padded", () => {
  assert.deepEqual(framesOf(encapsulated(2, [0, 24], ["010203", "050607", "0404"])), ["010203050607", "0404"]);
});
