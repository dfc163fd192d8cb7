import assert from "node:assert/strict";
import { parsePath } from "../../../src/dicom/data_set/attribute_path.ts";
import { SequenceElement, ValueElement } from "../../../src/dicom/data_set/data_element.ts";
import { DataSet } from "../../../src/dicom/data_set/data_set.ts";
import type { PersonName } from "../../../src/dicom/values/person_name.ts";
import { DataSetError } from "../../../src/errors.ts";

const encoder = new TextEncoder();

function textElement(tag: number, vr: "LO" | "PN" | "DA" | "CS", text: string): ValueElement {
  return new ValueElement(tag, vr, encoder.encode(text));
}

Deno.test("DataSet gives values in the types of the dictionary", () => {
  const dataSet = new DataSet({
    PatientName: "Adams^John=アダムス",
    SpecificCharacterSet: "ISO_IR 192",
    StudyDate: "20240229",
    Rows: 512,
    PixelSpacing: [0.5, "0.250"],
    ImageType: "ORIGINAL\\PRIMARY",
    FrameIncrementPointer: [0x0018_1063],
    RedPaletteColorLookupTableDescriptor: [256, 0, 16],
  });
  const name: PersonName | undefined = dataSet.get("PatientName");
  assert.equal(name?.alphabetic?.familyName, "Adams");
  assert.equal(name?.ideographic?.familyName, "アダムス");
  const rows: number | undefined = dataSet.get("Rows");
  assert.equal(rows, 512);
  const types: readonly string[] | undefined = dataSet.get("ImageType");
  assert.deepEqual(types, ["ORIGINAL", "PRIMARY"]);
  assert.deepEqual(dataSet.get("StudyDate"), { year: 2024, month: 2, day: 29 });
  assert.deepEqual(dataSet.get("PixelSpacing"), [0.5, 0.25]);
  assert.deepEqual(dataSet.getTexts("PixelSpacing"), ["0.5", "0.250"]);
  assert.deepEqual(dataSet.get("FrameIncrementPointer"), [0x0018_1063]);
  assert.deepEqual(dataSet.get("RedPaletteColorLookupTableDescriptor"), Uint16Array.of(256, 0, 16));
  assert.equal(dataSet.get(0x0028_0010), 512);
  assert.equal(dataSet.get("(0028,0010)"), 512);
});

Deno.test("DataSet tells what is absent from what is empty", () => {
  const dataSet = new DataSet({ PatientID: null, ImageType: [], ReferencedSeriesSequence: [] });
  assert.deepEqual([dataSet.has("PatientID"), dataSet.get("PatientID"), dataSet.getText("PatientID")], [
    true,
    undefined,
    "",
  ]);
  assert.deepEqual([dataSet.has("PatientName"), dataSet.get("PatientName"), dataSet.getText("PatientName")], [
    false,
    undefined,
    undefined,
  ]);
  assert.deepEqual(dataSet.get("ImageType"), []);
  assert.deepEqual(dataSet.get("ReferencedSeriesSequence"), []);
  assert.deepEqual(dataSet.getAll("PatientName"), []);
});

Deno.test("DataSet gives empty values among several as NaN, null or an empty text", () => {
  const dataSet = new DataSet({
    PixelSpacing: ["1", ""],
    DateOfLastCalibration: ["", "20240101"],
    ImageType: ["A", ""],
  });
  assert.deepEqual(dataSet.get("PixelSpacing"), [1, NaN]);
  assert.deepEqual(dataSet.get("DateOfLastCalibration"), [null, { year: 2024, month: 1, day: 1 }]);
  assert.deepEqual(dataSet.get("ImageType"), ["A", ""]);
});

Deno.test("DataSet.attributes shows what is there as properties", () => {
  const dataSet = new DataSet({ PatientID: "1", Rows: 2 });
  const { PatientID, Rows, Columns } = dataSet.attributes;
  assert.deepEqual([PatientID, Rows, Columns], ["1", 2, undefined]);
  assert.deepEqual(Object.keys(dataSet.attributes), ["PatientID", "Rows"]);
  assert.deepEqual({ ...dataSet.attributes }, { PatientID: "1", Rows: 2 });
  assert.ok("Rows" in dataSet.attributes && !("Columns" in dataSet.attributes));
  assert.throws(() => Object.assign(dataSet.attributes, { Rows: 3 }), TypeError);
});

Deno.test("DataSet follows paths into sequences, and makes what is missing on the way", () => {
  const dataSet = new DataSet();
  dataSet.set("ReferencedSeriesSequence[0].SeriesInstanceUID", "1.2");
  dataSet.set("ReferencedSeriesSequence[1].ReferencedImageSequence[0].ReferencedSOPInstanceUID", "1.3");
  assert.equal(dataSet.get("ReferencedSeriesSequence")?.length, 2);
  const uid: string | undefined = dataSet.get("ReferencedSeriesSequence[0].SeriesInstanceUID");
  assert.equal(uid, "1.2");
  assert.equal(dataSet.get("(0008,1115)[1].(0008,1140)[0].(0008,1155)"), "1.3");
  const item: DataSet | undefined = dataSet.get("ReferencedSeriesSequence[1]");
  assert.ok(item?.has("ReferencedImageSequence") && item.parent === dataSet);
  assert.ok(dataSet.has("ReferencedSeriesSequence[1]") && !dataSet.has("ReferencedSeriesSequence[2]"));
  assert.equal(dataSet.get("ReferencedSeriesSequence[7].SeriesInstanceUID"), undefined);
  assert.equal(dataSet.get(parsePath("ReferencedSeriesSequence[0].SeriesInstanceUID")), "1.2");
  assert.throws(() => dataSet.set("ReferencedSeriesSequence[3].SeriesInstanceUID", "1"), {
    expected: "an index of at most 2",
  });
});

Deno.test("DataSet sets and deletes items by path", () => {
  const dataSet = new DataSet();
  dataSet.set("ReferencedSeriesSequence[0]", { SeriesInstanceUID: "1.1" });
  dataSet.set("ReferencedSeriesSequence[1]", new DataSet({ SeriesInstanceUID: "1.2" }));
  dataSet.set("ReferencedSeriesSequence[0]", { SeriesInstanceUID: "1.3" });
  const uids = () => dataSet.get("ReferencedSeriesSequence")?.map((item) => item.get("SeriesInstanceUID"));
  assert.deepEqual(uids(), ["1.3", "1.2"]);
  assert.equal(dataSet.delete("ReferencedSeriesSequence[0]"), true);
  assert.equal(dataSet.delete("ReferencedSeriesSequence[1]"), false);
  assert.deepEqual(uids(), ["1.2"]);
  assert.throws(() => dataSet.set("ReferencedSeriesSequence[5]", {}), /expected an index of at most 1/);
});

Deno.test("parsePath() refuses what names no attribute", () => {
  const wrong = ["PatientNam", "A[0].PatientName", "PatientName.PatientID", "ReferencedSeriesSequence[x]", "", "[0]"];
  for (const text of wrong) assert.throws(() => parsePath(text), DataSetError, text);
});

Deno.test("DataSet gives its elements in the order of their tags, however they came", () => {
  const dataSet = new DataSet();
  for (const tag of [0x0010_0020, 0x0008_0060, 0x0010_0010, 0x0008_0050]) {
    dataSet.setElement(textElement(tag, "LO", "A "));
  }
  const tags = [0x0008_0050, 0x0008_0060, 0x0010_0010, 0x0010_0020];
  assert.deepEqual(Array.from(dataSet, ({ tag }) => tag), tags);
  assert.equal(dataSet.size, 4);
  assert.ok(dataSet.delete("PatientName") && !dataSet.delete("PatientName"));
  assert.deepEqual(Array.from(dataSet, ({ tag }) => tag), tags.filter((tag) => tag !== 0x0010_0010));
  for (const { tag } of dataSet) dataSet.delete(tag);
  assert.equal(dataSet.size, 0);
});

Deno.test("DataSet finds private attributes wherever their creator has its block", () => {
  const dataSet = new DataSet();
  dataSet.setElement(textElement(0x0009_0010, "LO", "OTHER "));
  const block = dataSet.private("ACME 1.1", 0x0009);
  assert.equal(block.reserved, false);
  assert.equal(block.get(0x01), undefined);
  block.set(0x01, ["a", "b"], { vr: "LO" });
  block.set(0x02, 7, { vr: "US" });
  assert.equal(block.tagOf(0x01), 0x0009_1101);
  assert.equal(dataSet.getText(0x0009_0011), "ACME 1.1");
  assert.deepEqual(block.get(0x01), ["a", "b"]);
  assert.deepEqual(block.getAll(0x02), [7]);
  assert.equal(block.getText(0x01), "a\\b");
  block.set(0x01, "c");
  assert.equal(block.element(0x01)?.vr, "LO");
  assert.ok(block.delete(0x01) && !block.has(0x01));
  assert.throws(() => block.set(0x05, "text"), { tag: 0x0009_1105, expected: "a VR among the options" });
  assert.throws(() => dataSet.private("ACME", 0x0008), RangeError);
});

Deno.test("DataSet.set() refuses a value that the VR cannot have, and names tag, keyword and path", () => {
  const dataSet = new DataSet();
  const cases: [() => unknown, string, RegExp][] = [
    [() => dataSet.set("PatientID", "x".repeat(65)), "PatientID", /at most 64 characters/],
    [() => dataSet.set("PatientID", "a\tb"), "PatientID", /control character/],
    [() => dataSet.set("Modality", "ct"), "Modality", /capital letters/],
    [() => dataSet.set("StudyDate", "20240230"), "StudyDate", /YYYYMMDD/],
    [() => dataSet.set("StudyTime", "25"), "StudyTime", /HH/],
    [() => dataSet.set("StudyInstanceUID", "1.02"), "StudyInstanceUID", /a UID/],
    [() => dataSet.set("PatientAge", "18"), "PatientAge", /three digits/],
    [() => dataSet.set("PixelSpacing", ["0.5", "1,5"]), "PixelSpacing", /decimal number/],
    [() => dataSet.set("PixelSpacing", NaN), "PixelSpacing", /finite/],
    [() => dataSet.set("InstanceNumber", 1.5), "InstanceNumber", /integer/],
    [() => dataSet.set("Rows", 65_536), "Rows", /integers from 0 to 65535/],
    [() => dataSet.set("Rows", -1), "Rows", /integers from 0 to 65535/],
    [() => dataSet.set("PatientName", "a^b^c^d^e^f"), "PatientName", /5 components/],
    [() => dataSet.set("PatientName", "Müller"), "PatientName", /U\+00FC/],
    [() => dataSet.set("RetrieveURL", "http://a b"), "RetrieveURL", /URI/],
    [() => dataSet.set("InstitutionAddress", "x".repeat(1025)), "InstitutionAddress", /1024/],
    [() => dataSet.set("ExtendedOffsetTable", [-1n]), "ExtendedOffsetTable", /integers from 0/],
    [() => dataSet.set("RetrieveAETitle", "x".repeat(17)), "RetrieveAETitle", /16/],
    [() => dataSet.set("DoubleFloatPixelData", new Uint8Array(7)), "DoubleFloatPixelData", /multiple of 8/],
  ];
  for (const [set, keyword, expected] of cases) {
    assert.throws(
      set,
      (error) => error instanceof DataSetError && error.keyword === keyword && expected.test(String(error)),
    );
    assert.equal(dataSet.size, 0);
  }
  dataSet.set("ReferencedSeriesSequence", [{}]);
  assert.throws(() => dataSet.set("ReferencedSeriesSequence[0].SeriesInstanceUID", "x"), {
    message: /^Cannot set SeriesInstanceUID \(0020,000E\): cannot write "x" as UI: expected a UID/,
    tag: 0x0020_000e,
    path: "ReferencedSeriesSequence[0].SeriesInstanceUID",
  });
});

Deno.test("DataSet.set() takes the keys of a query", () => {
  const query = new DataSet({ PatientName: "Ad*", StudyDate: "20240101-", StudyTime: "10-12", Modality: "C?" });
  assert.equal(query.getText("StudyDate"), "20240101-");
  assert.equal(query.getText("PatientName"), "Ad*");
});

Deno.test("DataSet.get() refuses a value that is not what its VR says, or the dictionary", () => {
  const dataSet = new DataSet();
  dataSet.setElement(textElement(0x0008_0020, "DA", "2024"));
  dataSet.setElement(textElement(0x0028_0010, "LO", "512 "));
  dataSet.setElement(new ValueElement(0x0028_0011, "US", new Uint8Array(3)));
  assert.throws(() => dataSet.get("StudyDate"), {
    message: 'Cannot read StudyDate (0008,0020): cannot read "2024" as a date: expected YYYYMMDD',
    keyword: "StudyDate",
    expected: "YYYYMMDD",
  });
  assert.equal(dataSet.getText("StudyDate"), "2024");
  assert.throws(() => dataSet.get("Rows"), /its VR is LO, expected US/);
  assert.throws(() => dataSet.get("Columns"), /a multiple of 2 bytes/);
});

Deno.test("DataSet.get() reads another VR of the same kind, and UN, as the dictionary says", () => {
  const dataSet = new DataSet();
  dataSet.setElement(textElement(0x0010_0010, "LO", "Adams^J "));
  dataSet.setElement(new ValueElement(0x0028_0010, "UL", Uint8Array.of(0, 2, 0, 0)));
  dataSet.setElement(new ValueElement(0x0028_0011, "UN", Uint8Array.of(0, 2), { littleEndian: false }));
  assert.equal(dataSet.get("PatientName")?.alphabetic?.givenName, "J");
  assert.equal(dataSet.get("Rows"), 512);
  assert.equal(dataSet.get("Columns"), 512);
});

Deno.test("DataSet gives binary values as views where their place allows it", () => {
  const bytes = new Uint8Array(9);
  const aligned = new ValueElement(0x0028_1201, "OW", bytes, { start: 2, length: 4 });
  const askew = new ValueElement(0x0028_1201, "OW", bytes, { start: 3, length: 4 });
  const dataSet = new DataSet();
  assert.equal(dataSet.setElement(aligned).get("RedPaletteColorLookupTableData")?.buffer, bytes.buffer);
  const copy = dataSet.setElement(askew).get("RedPaletteColorLookupTableData");
  assert.ok(copy?.length === 2 && copy.buffer !== bytes.buffer);
});

Deno.test("DataSet.set() doesn't copy a typed array", () => {
  const pixels = new Uint16Array(8);
  const dataSet = new DataSet({ BitsAllocated: 16, PixelData: pixels });
  const element = dataSet.element("PixelData");
  assert.ok(element?.kind === "value" && element.vr === "OW" && element.bytes.buffer === pixels.buffer);
  assert.equal(new DataSet({ BitsAllocated: 16, PixelData: new Uint8Array(2) }).element("PixelData")?.vr, "OW");
  assert.equal(new DataSet({ BitsAllocated: 8, PixelData: new Uint8Array(2) }).element("PixelData")?.vr, "OB");
});

Deno.test("DataSet.set() chooses US or SS by the value and by Pixel Representation", () => {
  const vrOf = (values: object) => new DataSet(values).element("SmallestImagePixelValue")?.vr;
  assert.equal(vrOf({ SmallestImagePixelValue: -1 }), "SS");
  assert.equal(vrOf({ SmallestImagePixelValue: 1 }), "US");
  assert.equal(vrOf({ SmallestImagePixelValue: 1, PixelRepresentation: 1 }), "SS");
  assert.equal(vrOf({ SmallestImagePixelValue: 40_000, PixelRepresentation: 1 }), "US");
});

Deno.test("DataSet takes items of nobody and copies those of another", () => {
  const one = new DataSet({ ReferencedSeriesSequence: [{ SeriesInstanceUID: "1.2" }] });
  const item = one.get("ReferencedSeriesSequence[0]")!;
  const other = new DataSet({ ReferencedSeriesSequence: [item] });
  const copy = other.get("ReferencedSeriesSequence[0]")!;
  assert.ok(copy !== item && copy.parent === other && item.parent === one);
  copy.set("SeriesInstanceUID", "1.3");
  assert.equal(item.get("SeriesInstanceUID"), "1.2");
  one.set("ReferencedSeriesSequence", [one]);
  assert.equal(one.get("ReferencedSeriesSequence[0].ReferencedSeriesSequence[0].SeriesInstanceUID"), "1.2");
  assert.equal(one.get("ReferencedSeriesSequence[0].ReferencedSeriesSequence[0].ReferencedSeriesSequence"), undefined);
});

Deno.test("DataSet.copy() is independent", () => {
  const dataSet = new DataSet({
    SpecificCharacterSet: "ISO_IR 192",
    ReferencedSeriesSequence: [{ SeriesDescription: "é" }],
  });
  const copy = dataSet.copy();
  copy.set("ReferencedSeriesSequence[0].SeriesDescription", "è");
  assert.equal(dataSet.get("ReferencedSeriesSequence[0].SeriesDescription"), "é");
  const item = dataSet.get("ReferencedSeriesSequence[0]")!.copy();
  assert.deepEqual([item.getText("SpecificCharacterSet"), item.get("SeriesDescription")], ["ISO_IR 192", "é"]);
});

Deno.test("DataSet.setElement() makes the items of a sequence its own", () => {
  const item = new DataSet({ SeriesInstanceUID: "1.2" });
  const dataSet = new DataSet().setElement(new SequenceElement(0x0008_1115, [item]));
  assert.equal(item.parent, dataSet);
});

Deno.test("DataSet's types refuse what the dictionary doesn't know or cannot take", () => {
  const dataSet = new DataSet({ Rows: 1 });
  // @ts-expect-error: no such keyword
  assert.throws(() => dataSet.get("PatientNam"), DataSetError);
  // @ts-expect-error: a number is no text
  assert.throws(() => dataSet.set("PatientID", 1), DataSetError);
  // @ts-expect-error: a text is no number of VR US
  assert.throws(() => dataSet.set("Rows", { rows: 1 }), DataSetError);
  // @ts-expect-error: Rows is a number
  const rows: string | undefined = dataSet.get("Rows");
  assert.equal(rows, 1);
});

Deno.test("set() refuses a number that is no infinity and that 32 bits can't hold", () => {
  const dataSet = new DataSet();
  dataSet.set("RecommendedDisplayFrameRateInFloat", Infinity).set("RecommendedDisplayFrameRateInFloat", 3.4e38);
  for (const number of [1e39, -1e300, Number.MAX_VALUE]) {
    assert.throws(
      () => dataSet.set("RecommendedDisplayFrameRateInFloat", number),
      /as FL: expected numbers that 32 bits can hold/,
    );
  }
});
