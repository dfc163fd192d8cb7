import assert from "node:assert/strict";
import fc from "fast-check";
import { ValueElement } from "../../../src/dicom/data_set/data_element.ts";
import { DataSet } from "../../../src/dicom/data_set/data_set.ts";
import { formatJson } from "../../../src/dicom/models/json_text.ts";
import { toPersonName } from "../../../src/dicom/models/person_names.ts";
import { toJson, toJsonText } from "../../../src/dicom/models/to_json.ts";
import { isExactNumber } from "../../../src/dicom/values/decimal.ts";
import { type Vr, vrDefinition, VRS } from "../../../src/dicom/vr.ts";

/** Private, so that it may have any VR. */
const TAG = 0x0009_1010;

const CHARACTER_SETS = ["", "ISO_IR 100", "ISO_IR 13", "ISO_IR 192", "GB18030", "\\ISO 2022 IR 87"];

/** Bytes, of which many mean something to JSON, to DICOM or in numbers. */
const value = fc.array(
  fc.oneof(
    { arbitrary: fc.constantFrom(...'\\\\\\  \0"=^.-+e0123456789AZaz~\n\x1b'.split("")), weight: 9 },
    { arbitrary: fc.integer({ min: 0, max: 255 }).map((byte) => String.fromCharCode(byte)), weight: 1 },
  ),
  { maxLength: 40 },
).map((characters) => Uint8Array.from(characters, (character) => character.charCodeAt(0)));

function dataSetOf(vr: Vr, bytes: Uint8Array, characterSet: string): DataSet {
  const dataSet = new DataSet();
  dataSet.setElement(new ValueElement(0x0008_0005, "CS", new TextEncoder().encode(characterSet)));
  return dataSet.setElement(new ValueElement(TAG, vr, bytes));
}

/** What a text becomes that is one value of its VR. */
function expected(text: string, vr: Vr): string | number | null {
  if (text === "") return null;
  return (vr === "DS" || vr === "IS") && isExactNumber(text) ? Number(text) : text;
}

for (const vr of VRS.filter((vr) => vrDefinition(vr).kind === "text" && vr !== "PN")) {
  Deno.test(`toJson() has the texts of any value of VR ${vr}, in every character set`, () => {
    const property = fc.property(value, fc.constantFrom(...CHARACTER_SETS), (bytes, characterSet) => {
      const dataSet = dataSetOf(vr, bytes, characterSet);
      const texts = dataSet.getTexts(TAG);
      const values = texts.map((text) => expected(text, vr));
      assert.deepEqual(toJson(dataSet)["00091010"], texts.length === 0 ? { vr } : { vr, Value: values });
    });
    fc.assert(property, { seed: 42, numRuns: 300 });
  });
}

Deno.test("toJson() has the groups of any person names, in every character set", () => {
  const plain = fc.array(fc.constantFrom(...'Ab^^==\\\\  ~\0"'), { maxLength: 12 })
    .map((characters) => Uint8Array.from(characters, (character) => character.charCodeAt(0)));
  const names = fc.oneof(value, plain);
  const property = fc.property(names, fc.constantFrom(...CHARACTER_SETS), (bytes, characterSet) => {
    const dataSet = dataSetOf("PN", bytes, characterSet);
    const expected = dataSet.getTexts(TAG).map(toPersonName);
    const isEmpty = expected.length === 0 || (expected.length === 1 && expected[0] === null);
    assert.deepEqual(toJson(dataSet)["00091010"], isEmpty ? { vr: "PN" } : { vr: "PN", Value: expected });
  });
  fc.assert(property, { seed: 42, numRuns: 1000 });
});

Deno.test("toJsonText() can be called while another data set is being written", () => {
  const inner = new DataSet({ PatientID: "INNER" });
  const outer = new DataSet({
    PatientID: "OUTER",
    PixelData: Uint8Array.of(1, 2),
    DataSetTrailingPadding: Uint8Array.of(3),
  });
  const uris: string[] = [];
  const bulkDataUri = () => `x:${uris.push(toJsonText(inner))}`;
  const written = JSON.parse(toJsonText(outer, { bulkDataUri }));
  assert.deepEqual(uris.map((uri) => JSON.parse(uri)["00100020"].Value), [["INNER"], ["INNER"]]);
  assert.deepEqual([written["00100020"].Value, written["7FE00010"].BulkDataURI], [["OUTER"], "x:1"]);
});

Deno.test("toJsonText() says what formatJson() does, numbers as they were written", () => {
  const dataSet = new DataSet({
    ReferencedSeriesSequence: [{ SeriesInstanceUID: "1.2.3", ReferencedInstanceSequence: [{}, {}] }, {}],
    SourceImageSequence: [],
    PatientName: "Adams^John",
    PatientComments: 'a "quoted" \\ text,\r\nin two lines',
    Rows: 512,
    PixelSpacing: ["0.50", "0.250"],
    FrameIncrementPointer: [0x0018_1063],
    PixelData: Uint8Array.of(1, 2, 3, 4, 5),
    DVHType: "NATURAL",
  });
  assert.equal(toJsonText(dataSet), formatJson(toJson(dataSet)).replace("0.5,0.25", "0.50,0.250"));
  assert.equal(toJsonText(new DataSet()), "{}");
});

Deno.test("toJsonText() takes values longer than what it gathers, and keeps a byte order mark", () => {
  const long = '\ufeff"Ä" '.repeat(20_000) + "x";
  const bytes = Uint8Array.from({ length: 100_001 }, (_, index) => index);
  const dataSet = new DataSet({ SpecificCharacterSet: "ISO_IR 192", PatientComments: "\ufeffÄ", PixelData: bytes });
  dataSet.setElement(new ValueElement(TAG, "UT", new TextEncoder().encode(long)));
  const json = JSON.parse(toJsonText(dataSet));
  assert.equal(json["00091010"].Value[0], long);
  assert.equal(json["00104000"].Value[0], "\ufeffÄ");
  const base64 = btoa(String.fromCharCode(...bytes.subarray(0, 50_000), ...bytes.subarray(50_000)) + "\0");
  assert.equal(json["7FE00010"].InlineBinary, base64);
});
