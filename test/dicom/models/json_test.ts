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
    [[], /the data set is a list, expected an object/],
    [{ NoSuchKeyword: { vr: "LO" } }, /at NoSuchKeyword: "NoSuchKeyword" is no tag/],
    [{ "00100010": "x" }, /at 00100010: 00100010 is a string, expected an object/],
    [{ "00100010": { vr: "XX" } }, /at 00100010: its vr is "XX"/],
    [{ "00100020": { vr: "LO", Value: "x" } }, /its Value is a string, expected a list/],
    [{ "00100020": { vr: "LO", Value: [1] } }, /one of its values is a number, expected a string/],
    [{ "00280010": { vr: "US", Value: ["a"] } }, /one of its values is a string, expected a number/],
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

Deno.test("fromJson() never repeats what may be a patient's, and no name at length", () => {
  const wrong = [
    "DOE^JANE",
    ["DOE^JANE"],
    { "00100010": "DOE^JANE" },
    { "00100010": { vr: "DOE^JANE" } },
    { "00100010": { vr: "PN", Value: "DOE^JANE" } },
    { "00100010": { vr: "PN", Value: [["DOE^JANE"]] } },
    { "00100010": { vr: "PN", Value: [{ Alphabetic: { family: "DOE^JANE" } }] } },
    { "00100020": { vr: "LO", Value: [{ id: "DOE^JANE" }] } },
    { "00280010": { vr: "US", Value: ["DOE^JANE"] } },
    { "00100010": { vr: "PN", InlineBinary: ["DOE^JANE"] } },
    { "00100010": { vr: "PN", BulkDataURI: ["DOE^JANE"] } },
    { ["X".repeat(10_000)]: { vr: "LO" } },
  ];
  for (const json of wrong) {
    assert.throws(
      () => fromJson(json),
      ({ message }: Error) => !message.includes("JANE") && message.length < 300,
      JSON.stringify(json).slice(0, 80),
    );
  }
});

Deno.test("fromJson() goes no deeper than its limit", () => {
  let json: unknown = {};
  for (let depth = 0; depth < 70; depth++) json = { "00081115": { vr: "SQ", Value: [json] } };
  assert.throws(() => fromJson(json), LimitError);
  assert.ok(fromJson(json, { maxDepth: 70 }).element(0x0008_1115) instanceof SequenceElement);
});

const bytesOf = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));

/** Paths and messages of what is heard while a text or an object is made. */
function hearing<Result>(work: (onWarning: (warning: DataSetError) => void) => Result): [Result, DataSetError[]] {
  const warnings: DataSetError[] = [];
  return [work((warning) => void warnings.push(warning)), warnings];
}

Deno.test("toJson() leaves out a value that can't be read, and warns with its path", () => {
  for (const [vr, length] of [["US", 3], ["SS", 1], ["UL", 6], ["FD", 7], ["AT", 2], ["SV", 12], ["FL", 5]] as const) {
    const item = new DataSet({ PatientID: "1" });
    item.setElement(new ValueElement(0x0009_1010, vr, new Uint8Array(length)));
    const dataSet = new DataSet({ Rows: 1, ReferencedSeriesSequence: [{}, item] });
    const [json, warnings] = hearing((onWarning) => toJson(dataSet, { onWarning }));
    assert.deepEqual(json, {
      "00081115": { vr: "SQ", Value: [{}, { "00100020": { vr: "LO", Value: ["1"] } }] },
      "00280010": { vr: "US", Value: [1] },
    });
    assert.deepEqual(warnings.map(({ path }) => path), ["ReferencedSeriesSequence[1].(0009,1010)"]);
    assert.match(warnings[0]!.message, new RegExp(`cannot read ${length} bytes as ${vr}: expected a multiple of`));
    assert.deepEqual(toJson(dataSet), json);
  }
  const first = new DataSet().setElement(new ValueElement(0x0028_0010, "US", new Uint8Array(3)));
  assert.deepEqual(toJson(first), {});
  assert.deepEqual(toJson(first.set("Columns", 2)), { "00280011": { vr: "US", Value: [2] } });
});

Deno.test("toJson() warns of text that is not as declared, by default where the data set's reader does", () => {
  const name = (dataSet: DataSet) => dataSet.setElement(new ValueElement(0x0010_0010, "PN", bytesOf("M\xfc")));
  const item = new DataSet().setElement(new ValueElement(0x0008_103e, "LO", bytesOf("\xe9 ")));
  const [, warnings] = hearing((onWarning) =>
    toJson(name(new DataSet({ ReferencedSeriesSequence: [item] })), { onWarning })
  );
  assert.deepEqual(warnings.map(({ path }) => path), ["ReferencedSeriesSequence[0].SeriesDescription", "PatientName"]);
  const [dataSet, own] = hearing((onWarning) => name(new DataSet({}, { onWarning })));
  toJson(dataSet);
  assert.deepEqual(own.map(({ path }) => path), ["PatientName"]);
  const misspelt = new DataSet().setElement(new ValueElement(0x0008_0005, "CS", bytesOf("latin9")));
  const [, declared] = hearing((onWarning) => toJson(misspelt, { onWarning }));
  assert.deepEqual(declared.map(({ path }) => path), ["SpecificCharacterSet"]);
});

Deno.test("toJson() tells a hundred warnings and no more", () => {
  const items = Array.from(
    { length: 300 },
    () => new DataSet().setElement(new ValueElement(0x0028_0010, "US", new Uint8Array(3))),
  );
  const [json, warnings] = hearing((onWarning) =>
    toJson(new DataSet({ ReferencedSeriesSequence: items }), { onWarning })
  );
  assert.equal(json["00081115"]?.Value?.length, 300);
  assert.equal(warnings.length, 100);
});

Deno.test("toJson() reads text by the character set that is assumed", () => {
  const dataSet = new DataSet(undefined, { assumedCharacterSet: "ISO_IR 100" });
  dataSet.setElement(new ValueElement(0x0010_0010, "PN", bytesOf("M\xfcl ")));
  const json = toJson(dataSet);
  assert.deepEqual(json, { "00100010": { vr: "PN", Value: [{ Alphabetic: "Mül" }] } });
  assert.deepEqual(fromJson(json).getTexts("SpecificCharacterSet"), ["ISO_IR 192"]);
});

Deno.test("toJson() has all groups of a name, those that are too many in the last", () => {
  const dataSet = new DataSet().setElement(new ValueElement(0x0010_0010, "PN", bytesOf("A^=^=C=D^=\\=^=")));
  assert.deepEqual(toJson(dataSet)["00100010"]?.Value, [{ Alphabetic: "A", Phonetic: "C=D" }, null]);
});

Deno.test("toJson() writes DS and IS as text where a number would differ", () => {
  const valuesOf = (vr: "DS" | "IS", text: string) =>
    toJson(new DataSet().setElement(new ValueElement(0x0009_1010, vr, bytesOf(text))))["00091010"]?.Value;
  assert.deepEqual(valuesOf("DS", "1.50\\0.1\\-0\\1e3\\+7"), [1.5, 0.1, -0, 1000, 7]);
  const exact = ["0.12345678901234567890", "12345678901234567", "1e400", "9007199254740993", "1,5", "0x10"];
  assert.deepEqual(valuesOf("DS", exact.join("\\")), exact);
  assert.deepEqual(valuesOf("IS", "12\\-7\\99999999999999999999\\x"), [12, -7, "99999999999999999999", "x"]);
});

Deno.test("fromJson() never writes a DS over 16 characters, or an IS over 12", () => {
  const cases: [unknown, string][] = [
    [0.30000000000000004, "0.3"],
    [1 / 3, "0.33333333333333"],
    [-1 / 3, "-0.3333333333333"],
    [-1.2345678901234567e-100, "-1.234567890e-100"],
    [123456789012345680000, "1.234567890123e20"],
    [Number.MAX_VALUE, "1.797693134862e308"],
    ["0.12345678901234567890", "0.12345678901235"],
    ["1.0000000000000000", "1"],
    ["0.5\\0.30000000000000004", "0.5\\0.3"],
    ["1.50", "1.50"],
    [" 1.5 ", "1.5"],
  ];
  for (const [value] of cases) {
    const [dataSet] = hearing((onWarning) => fromJson({ "00280030": { vr: "DS", Value: [value] } }, { onWarning }));
    const texts = dataSet.getTexts("PixelSpacing");
    assert.ok(texts.every((text) => text.length > 0 && text.length <= 16), `${value}: ${texts}`);
    const given = String(value).split("\\").map(Number);
    texts.forEach((text, index) => assert.ok(Math.abs(Number(text) / given[index]! - 1) < 1e-8, `${value}: ${text}`));
  }
  assert.equal(
    fromJson({ "00280030": { vr: "DS", Value: [0.30000000000000004, 2] } }).getText("PixelSpacing"),
    "0.3\\2",
  );
  assert.equal(fromJson({ "00280030": { vr: "DS", Value: ["1.50", "+2"] } }).getText("PixelSpacing"), "1.50\\+2");
  const [shortened, warnings] = hearing((onWarning) =>
    fromJson({
      "00200013": { vr: "IS", Value: ["0000000000000042"] },
      "00280030": { vr: "DS", Value: ["0.12345678901234567890"] },
    }, { onWarning })
  );
  assert.equal(shortened.getText("PixelSpacing"), "0.12345678901235");
  assert.equal(shortened.getText("InstanceNumber"), "42");
  assert.deepEqual(warnings.map(({ path }) => path), ["00200013", "00280030"]);
  for (const value of ["a number that is none", "1e99999999999999999", Infinity]) {
    assert.throws(() => fromJson({ "00280030": { vr: "DS", Value: [value] } }), DataSetError);
  }
});

Deno.test("fromJson() leaves out what it can't read where somebody hears of it, and throws it where nobody does", () => {
  const good = { "00080018": { vr: "UI", Value: ["1.2.3"] }, "00280011": { vr: "US", Value: [2] } };
  const wrong: Record<string, unknown>[] = [
    { vr: "SQ", InlineBinary: "AAE=" },
    { vr: "SQ", BulkDataURI: "u" },
    { vr: "US", Value: ["x"] },
    { vr: "US", Value: [70000] },
    { vr: "US", Value: [null] },
    { vr: "US", InlineBinary: btoa("abc") },
    { vr: "FD", InlineBinary: btoa("abcd") },
    { vr: "OL", InlineBinary: btoa("ab") },
    { vr: "LO", InlineBinary: btoa("\xff") },
    { vr: "FL", Value: [1e300] },
    { vr: "LO", Value: ["\ud800"] },
    { vr: "LO", Value: [{}] },
    { vr: "OW", BulkDataURI: "u" },
    { vr: "SQ", Value: "x" },
    { vr: "XX" },
  ];
  for (const attribute of wrong) {
    const json = { ...good, "00280010": attribute };
    const [dataSet, warnings] = hearing((onWarning) => fromJson(json, { onWarning }));
    assert.deepEqual(toJson(dataSet), good, JSON.stringify(attribute));
    assert.deepEqual(warnings.map(({ path }) => path), ["00280010"], JSON.stringify(attribute));
    assert.throws(() => fromJson(json), DataSetError, JSON.stringify(attribute));
    const nested = { "00081115": { vr: "SQ", Value: [{}, json] } };
    const [around, heard] = hearing((onWarning) => fromJson(nested, { onWarning }));
    assert.deepEqual(toJson(around), { "00081115": { vr: "SQ", Value: [{}, good] } });
    assert.deepEqual(heard.map(({ path }) => path), ["00081115[1].00280010"]);
  }
  assert.throws(() => fromJson([], { onWarning: () => {} }), DataSetError);
  let deep: unknown = {};
  for (let depth = 0; depth < 70; depth++) deep = { "00081115": { vr: "SQ", Value: [deep] } };
  assert.throws(() => fromJson(deep, { onWarning: () => {} }), LimitError);
});

Deno.test("fromJson() takes text and numbers in InlineBinary", () => {
  const dataSet = fromJson({
    "00100020": { vr: "LO", InlineBinary: new TextEncoder().encode("Käse").toBase64() },
    "00280010": { vr: "US", InlineBinary: btoa("\x02\x01") },
    "7FE00010": { vr: "OW", InlineBinary: btoa("abc") },
  });
  assert.equal(dataSet.get("PatientID"), "Käse");
  assert.equal(dataSet.getText("SpecificCharacterSet"), "ISO_IR 192");
  assert.equal(dataSet.get("Rows"), 258);
  assert.deepEqual((dataSet.element("PixelData") as ValueElement).bytes, bytesOf("abc\0"));
});

Deno.test("fromJson() leaves out groups 0000 and 0002, and warns of them", () => {
  const json = {
    "00000002": { vr: "UI", Value: ["1.2"] },
    "00020010": { vr: "UI", Value: ["1.2.840.10008.1.2"] },
    "00080016": { vr: "UI", Value: ["1.2"] },
    "00081115": {
      vr: "SQ",
      Value: [{ "00020000": { vr: "UL", Value: [4] }, "00080018": { vr: "UI", Value: ["1.3"] } }],
    },
  };
  const [dataSet, warnings] = hearing((onWarning) => fromJson(json, { onWarning }));
  const expected = {
    "00080016": { vr: "UI", Value: ["1.2"] },
    "00081115": { vr: "SQ", Value: [{ "00080018": { vr: "UI", Value: ["1.3"] } }] },
  };
  assert.deepEqual(toJson(dataSet), expected);
  assert.deepEqual(warnings.map(({ path }) => path), ["00000002", "00020010", "00081115[0].00020000"]);
  assert.deepEqual(toJson(fromJson(json)), expected);
});
