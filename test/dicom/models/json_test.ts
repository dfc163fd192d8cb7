import assert from "node:assert/strict";
import {
  EncapsulatedElement,
  ReferencedElement,
  SequenceElement,
  ValueElement,
} from "../../../src/dicom/data_set/data_element.ts";
import { DataSet } from "../../../src/dicom/data_set/data_set.ts";
import { fromJson } from "../../../src/dicom/models/from_json.ts";
import { formatJson } from "../../../src/dicom/models/json_text.ts";
import { toJson } from "../../../src/dicom/models/to_json.ts";
import { DataSetError, LimitError } from "../../../src/errors.ts";

Deno.test("toJson() writes each kind of value as PS3.18 Table F.2.3-1 says", () => {
  const dataSet = new DataSet({
    PatientName: "Yamada^Tarou=山田^太郎=やまだ^たろう",
    SpecificCharacterSet: "ISO_IR 192",
    ImageType: ["ORIGINAL", "PRIMARY"],
    PixelSpacing: ["0.5", "0.25"],
    InstanceNumber: 7,
    Rows: 512,
    FrameIncrementPointer: [0x0018_1063],
    PatientID: null,
    ReferencedSeriesSequence: [{ SeriesInstanceUID: "1.2.3" }, {}],
    DataSetTrailingPadding: Uint8Array.of(1, 2, 3, 4),
  });
  assert.deepEqual(toJson(dataSet), {
    "00080005": { vr: "CS", Value: ["ISO_IR 192"] },
    "00080008": { vr: "CS", Value: ["ORIGINAL", "PRIMARY"] },
    "00081115": { vr: "SQ", Value: [{ "0020000E": { vr: "UI", Value: ["1.2.3"] } }, {}] },
    "00100010": {
      vr: "PN",
      Value: [{ Alphabetic: "Yamada^Tarou", Ideographic: "山田^太郎", Phonetic: "やまだ^たろう" }],
    },
    "00100020": { vr: "LO" },
    "00200013": { vr: "IS", Value: [7] },
    "00280009": { vr: "AT", Value: ["00181063"] },
    "00280010": { vr: "US", Value: [512] },
    "00280030": { vr: "DS", Value: [0.5, 0.25] },
    FFFCFFFC: { vr: "OB", InlineBinary: "AQIDBA==" },
  });
});

Deno.test("toJson() keeps numbers exact that a double cannot hold, and names those that are none", () => {
  const dataSet = new DataSet();
  const text = (value: string) => new TextEncoder().encode(value);
  dataSet.setElement(new ValueElement(0x0018_0050, "DS", text("0.1234567890123456789 ")));
  dataSet.setElement(new ValueElement(0x0018_0088, "DS", text("1\\\\abc")));
  dataSet.setElement(
    new ValueElement(0x0008_9459, "FL", new Uint8Array(Float32Array.of(NaN, Infinity, -Infinity).buffer)),
  );
  dataSet.setElement(new ValueElement(0x0072_0082, "SV", new Uint8Array(BigInt64Array.of(-(2n ** 63n), 5n).buffer)));
  assert.deepEqual(toJson(dataSet), {
    "00089459": { vr: "FL", Value: ["NaN", "inf", "-inf"] },
    "00180050": { vr: "DS", Value: ["0.1234567890123456789"] },
    "00180088": { vr: "DS", Value: [1, null, "abc"] },
    "00720082": { vr: "SV", Value: ["-9223372036854775808", 5] },
  });
});

Deno.test("toJson() writes big endian words in little endian, and leaves group lengths out", () => {
  const dataSet = new DataSet();
  dataSet.setElement(new ValueElement(0x0008_0000, "UL", Uint8Array.of(4, 0, 0, 0)));
  dataSet.setElement(new ValueElement(0x7FE0_0010, "OW", Uint8Array.of(0x12, 0x34), { littleEndian: false }));
  assert.deepEqual(toJson(dataSet), { "7FE00010": { vr: "OW", InlineBinary: btoa("\x34\x12") } });
});

Deno.test("toJson() pads bytes of odd length, however many", () => {
  const dataSet = new DataSet();
  dataSet.setElement(new ValueElement(0x0009_1010, "UN", Uint8Array.of(1)));
  dataSet.setElement(new ValueElement(0x7FE0_0010, "OB", new Uint8Array(1_000_001)));
  const json = toJson(dataSet);
  assert.equal(json["00091010"]?.InlineBinary, btoa("\x01\0"));
  assert.equal(json["7FE00010"]?.InlineBinary, btoa("\0".repeat(1_000_002)));
});

Deno.test("toJson() asks which values stand elsewhere, and refuses those that would be lost", () => {
  const dataSet = new DataSet();
  dataSet.setElement(new EncapsulatedElement(0x7FE0_0010, "OB", [new Uint8Array(0), Uint8Array.of(1, 2)]));
  const asked: string[] = [];
  const bulkDataUri = (
    { element }: { element: { kind: string } },
  ) => (asked.push(element.kind), "https://gantry.example/1");
  assert.deepEqual(toJson(dataSet, { bulkDataUri }), {
    "7FE00010": { vr: "OB", BulkDataURI: "https://gantry.example/1" },
  });
  assert.deepEqual(asked, ["encapsulated"]);
  assert.throws(() => toJson(dataSet), { message: /PixelData \(7FE0,0010\) as JSON: it is encapsulated/ });
  const reference = { length: 2, stream: () => new ReadableStream<Uint8Array>() };
  dataSet.setElement(new ReferencedElement(0x7FE0_0010, "OW", reference));
  assert.throws(() => toJson(dataSet), { message: /it was left in its source/ });
});

Deno.test("formatJson() orders attributes by tag, on one line or indented", () => {
  const json = toJson(new DataSet({ Rows: 512, ReferencedSeriesSequence: [{}, { Columns: 2 }], DVHType: "NATURAL" }));
  const line = formatJson(json);
  assert.equal(
    line,
    '{"00081115":{"vr":"SQ","Value":[{},{"00280011":{"vr":"US","Value":[2]}}]},' +
      '"00280010":{"vr":"US","Value":[512]},"30040001":{"vr":"CS","Value":["NATURAL"]}}',
  );
  assert.deepEqual(JSON.parse(line), json);
  assert.equal(
    formatJson(json, 2),
    `{
  "00081115": { "vr": "SQ", "Value": [
    {},
    {
      "00280011": { "vr": "US", "Value": [2] }
    }
  ] },
  "00280010": { "vr": "US", "Value": [512] },
  "30040001": { "vr": "CS", "Value": ["NATURAL"] }
}`,
  );
});

Deno.test("fromJson() makes a data set in UTF-8 that reads as it was written", () => {
  const dataSet = fromJson({
    "00080018": { vr: "UI", Value: ["1.2.3"] },
    "00081115": { vr: "SQ", Value: [{ "00081030": { vr: "LO", Value: ["Schädel"] } }] },
    "00100010": { vr: "PN", Value: [{ Alphabetic: "Müller^Jörg" }] },
    "00280010": { vr: "US", Value: [512] },
    "00280030": { vr: "DS", Value: [0.5, "0.25"] },
    "00720082": { vr: "SV", Value: ["-9223372036854775808"] },
    "7FE00010": { vr: "OW", InlineBinary: "AQIDBA==" },
  });
  assert.deepEqual(dataSet.getTexts("SpecificCharacterSet"), ["ISO_IR 192"]);
  assert.equal(dataSet.getText("PatientName"), "Müller^Jörg");
  assert.equal(dataSet.getText("ReferencedSeriesSequence[0].StudyDescription"), "Schädel");
  assert.equal(dataSet.getText("PixelSpacing"), "0.5\\0.25");
  assert.deepEqual(dataSet.getAll(0x0072_0082), [-(2n ** 63n)]);
  assert.equal((dataSet.element("PixelData") as ValueElement).length, 4);
});

Deno.test("fromJson() keeps bulk data where it is", async () => {
  const bytes = Uint8Array.of(1, 2, 3, 4);
  const bulkData = (uri: string) => ({ length: 4, stream: () => new Blob([uri, bytes]).stream() });
  const element = fromJson({ "7FE00010": { vr: "OW", BulkDataURI: "u" } }, { bulkData }).element("PixelData");
  assert.ok(element?.kind === "referenced");
  assert.deepEqual(await new Response(element.reference.stream()).bytes(), Uint8Array.of(117, 1, 2, 3, 4));
});

Deno.test("fromJson() says what is wrong, and where", () => {
  const wrong: [unknown, RegExp][] = [
    [[], /the data set is \[\], expected an object/],
    [{ NoSuchKeyword: { vr: "LO" } }, /at NoSuchKeyword: "NoSuchKeyword" is no tag/],
    [{ "00100010": "x" }, /at 00100010: 00100010 is "x", expected an object/],
    [{ "00100010": { vr: "XX" } }, /at 00100010: its vr is "XX"/],
    [{ "00100020": { vr: "LO", Value: "x" } }, /its Value is "x", expected a list/],
    [{ "00100020": { vr: "LO", Value: [1] } }, /it has the value 1, expected a string/],
    [{ "00280010": { vr: "US", Value: ["a"] } }, /it has the value "a", expected a number/],
    [{ "00280010": { vr: "US", Value: [70000] } }, /70000 as US/],
    [{ "7FE00010": { vr: "OW", InlineBinary: "*" } }, /its InlineBinary is no Base64/],
    [{ "7FE00010": { vr: "OW", BulkDataURI: "u" } }, /it is bulk data, expected the option bulkData/],
    [{ "7FE00010": { vr: "OW", BulkDataURI: "u", InlineBinary: "" } }, /it has several values/],
    [
      { "00081115": { vr: "SQ", Value: [{}, { "00080018": { vr: "UI", Value: [{}] } }] } },
      /at 00081115\[1\]\.00080018/,
    ],
  ];
  for (const [json, message] of wrong) {
    assert.throws(
      () => fromJson(json),
      (error) => error instanceof DataSetError && message.test(error.message),
      String(message),
    );
  }
});

Deno.test("fromJson() goes no deeper than its limit", () => {
  let json: unknown = {};
  for (let depth = 0; depth < 70; depth++) json = { "00081115": { vr: "SQ", Value: [json] } };
  assert.throws(() => fromJson(json), LimitError);
  assert.ok(fromJson(json, { maximumDepth: 70 }).element(0x0008_1115) instanceof SequenceElement);
});
