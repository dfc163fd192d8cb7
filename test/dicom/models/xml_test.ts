import assert from "node:assert/strict";
import { ReferencedElement, ValueElement } from "../../../src/dicom/data_set/data_element.ts";
import { DataSet } from "../../../src/dicom/data_set/data_set.ts";
import { streamXml, toXml, xmlPieces } from "../../../src/dicom/models/to_xml.ts";
import type { Vr } from "../../../src/dicom/vr.ts";
import type { DataSetError } from "../../../src/errors.ts";

const bytesOf = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));

function dataSetOf(...elements: [number, Vr, string | Uint8Array][]): DataSet {
  const dataSet = new DataSet();
  for (const [tag, vr, value] of elements) {
    dataSet.setElement(new ValueElement(tag, vr, typeof value === "string" ? bytesOf(value) : value));
  }
  return dataSet;
}

/** What stands within the root. */
function bodyOf(dataSet: DataSet, onWarning?: (warning: DataSetError) => void): string {
  const xml = toXml(dataSet, { onWarning });
  return xml.slice(xml.indexOf('"preserve">\n') + 12, xml.indexOf("</NativeDicomModel>")).replaceAll("\n", "");
}

Deno.test("toXml() writes the Native DICOM Model of PS3.19 A.1", () => {
  const dataSet = new DataSet({ PatientName: "Adams^John==", Rows: 512, ReferencedSeriesSequence: [{}] });
  dataSet.set(0x0009_0010, "ACME 1.1", { vr: "LO" });
  dataSet.setElement(new ValueElement(0x0009_1001, "UT", new TextEncoder().encode('a <b> & "c"\x01')));
  assert.equal(
    toXml(dataSet),
    `<?xml version="1.0" encoding="UTF-8"?>
<NativeDicomModel xmlns="http://dicom.nema.org/PS3.19/models/NativeDICOM" xml:space="preserve">
<DicomAttribute tag="00081115" keyword="ReferencedSeriesSequence" vr="SQ">
<Item number="1">
</Item>
</DicomAttribute>
<DicomAttribute tag="00090010" vr="LO">
<Value number="1">ACME 1.1</Value>
</DicomAttribute>
<DicomAttribute tag="00090001" privateCreator="ACME 1.1" vr="UT">
<Value number="1">a &lt;b&gt; &amp; &quot;c&quot;\ufffd</Value>
</DicomAttribute>
<DicomAttribute tag="00100010" keyword="PatientName" vr="PN">
<PersonName number="1">
<Alphabetic>
<FamilyName>Adams</FamilyName>
<GivenName>John</GivenName>
</Alphabetic>
</PersonName>
</DicomAttribute>
<DicomAttribute tag="00280010" keyword="Rows" vr="US">
<Value number="1">512</Value>
</DicomAttribute>
</NativeDicomModel>
`,
  );
});

Deno.test("toXml() keeps decimal and integer strings as they are written (PS3.19)", () => {
  for (const text of ["1.50", "+0.10", "1e3", "-0", "007", "0.30000000000000004", ".5", "1.", "12345678901234567890"]) {
    const xml = bodyOf(dataSetOf([0x0018_0050, "DS", ` ${text} `], [0x0020_0013, "IS", `${text}\\1`]));
    assert.deepEqual([...xml.matchAll(/>([^<>]+)<\/Value>/g)].map(([, value]) => value), [text, text, "1"]);
  }
});

Deno.test("toXml() writes numbers, tags and bytes of each VR", () => {
  const dataSet = new DataSet({ SmallestImagePixelValue: null, FrameIncrementPointer: [0x0018_1063, 0x7fe0_0010] });
  dataSet.setElement(new ValueElement(0x0072_0082, "SV", new Uint8Array(BigInt64Array.of(-(2n ** 63n)).buffer)));
  dataSet.setElement(new ValueElement(0x0008_9459, "FL", new Uint8Array(Float32Array.of(1.5, NaN, Infinity).buffer)));
  dataSet.setElement(new ValueElement(0x0028_0010, "US", Uint8Array.of(2, 0), { littleEndian: false }));
  dataSet.setElement(new ValueElement(0x7fe0_0010, "OW", Uint8Array.of(1, 2, 3, 4), { littleEndian: false }));
  assert.equal(
    bodyOf(dataSet),
    '<DicomAttribute tag="00089459" keyword="RecommendedDisplayFrameRateInFloat" vr="FL"><Value number="1">1.5</Value>' +
      '<Value number="2">NaN</Value><Value number="3">inf</Value></DicomAttribute>' +
      '<DicomAttribute tag="00280009" keyword="FrameIncrementPointer" vr="AT"><Value number="1">00181063</Value>' +
      '<Value number="2">7FE00010</Value></DicomAttribute>' +
      '<DicomAttribute tag="00280010" keyword="Rows" vr="US"><Value number="1">512</Value></DicomAttribute>' +
      '<DicomAttribute tag="00280106" keyword="SmallestImagePixelValue" vr="US"></DicomAttribute>' +
      '<DicomAttribute tag="00720082" keyword="SelectorSVValue" vr="SV">' +
      '<Value number="1">-9223372036854775808</Value></DicomAttribute>' +
      '<DicomAttribute tag="7FE00010" keyword="PixelData" vr="OW"><InlineBinary>AgEEAw==</InlineBinary></DicomAttribute>',
  );
});

Deno.test("toXml() writes all groups and components of names, and loses none that are too many", () => {
  const name = (text: string) => {
    const dataSet = new DataSet({ SpecificCharacterSet: "ISO_IR 192" });
    dataSet.setElement(new ValueElement(0x0010_1001, "PN", new TextEncoder().encode(text)));
    return bodyOf(dataSet).replace(/^.*<DicomAttribute [^>]*>/, "").replace("</DicomAttribute>", "");
  };
  assert.equal(
    name("Yamada^Tarou^M^Dr.^PhD=山田^太郎=やまだ^たろう"),
    '<PersonName number="1"><Alphabetic><FamilyName>Yamada</FamilyName><GivenName>Tarou</GivenName>' +
      "<MiddleName>M</MiddleName><NamePrefix>Dr.</NamePrefix><NameSuffix>PhD</NameSuffix></Alphabetic>" +
      "<Ideographic><FamilyName>山田</FamilyName><GivenName>太郎</GivenName></Ideographic>" +
      "<Phonetic><FamilyName>やまだ</FamilyName><GivenName>たろう</GivenName></Phonetic></PersonName>",
  );
  assert.equal(
    name("A^^^^E^F=\\=I\\==P=Q"),
    '<PersonName number="1"><Alphabetic><FamilyName>A</FamilyName><NameSuffix>E^F</NameSuffix></Alphabetic></PersonName>' +
      '<PersonName number="2"><Ideographic><FamilyName>I</FamilyName></Ideographic></PersonName>' +
      '<PersonName number="3"><Phonetic><FamilyName>P=Q</FamilyName></Phonetic></PersonName>',
  );
  assert.equal(name("A\\\\B").match(/<PersonName number="2"><\/PersonName>/)?.length, 1);
  assert.equal(name("^="), "");
});

Deno.test("toXml() names private attributes by their creator, in items too, and keeps empty values", () => {
  const item = dataSetOf([0x0009_0011, "LO", "B & <C> "], [0x0009_11ff, "CS", "MPG\\\\XR3"], [0x000b_1001, "UN", "ab"]);
  const dataSet = dataSetOf([0x0009_0010, "LO", "ACME"], [0x0009_1002, "SH", "x "])
    .set("ReferencedSeriesSequence", [item, {}]);
  assert.equal(
    bodyOf(dataSet),
    '<DicomAttribute tag="00081115" keyword="ReferencedSeriesSequence" vr="SQ"><Item number="1">' +
      '<DicomAttribute tag="00090011" vr="LO"><Value number="1">B &amp; &lt;C&gt;</Value></DicomAttribute>' +
      '<DicomAttribute tag="000900FF" privateCreator="B &amp; &lt;C&gt;" vr="CS"><Value number="1">MPG</Value>' +
      '<Value number="2"></Value><Value number="3">XR3</Value></DicomAttribute>' +
      '<DicomAttribute tag="000B0001" vr="UN"><InlineBinary>YWI=</InlineBinary></DicomAttribute>' +
      '</Item><Item number="2"></Item></DicomAttribute>' +
      '<DicomAttribute tag="00090010" vr="LO"><Value number="1">ACME</Value></DicomAttribute>' +
      '<DicomAttribute tag="00090002" privateCreator="ACME" vr="SH"><Value number="1">x</Value></DicomAttribute>',
  );
});

Deno.test("toXml() warns of characters that XML 1.0 does not have, and escapes those that would change", () => {
  const paths: (string | undefined)[] = [];
  const dataSet = new DataSet({ SpecificCharacterSet: "ISO_IR 192" })
    .setElement(new ValueElement(0x0010_4000, "LT", new TextEncoder().encode("a\r\nb\tc\fd\x85\u2028\ufffe😀")))
    .set("ReferencedSeriesSequence", [{}, dataSetOf([0x0008_103e, "LO", "\x02x"])]);
  const xml = bodyOf(dataSet, ({ path, message }) => {
    paths.push(path);
    assert.match(message, /characters that XML 1\.0 does not have became U\+FFFD$/);
  });
  assert.ok(xml.includes("a&#13;&#10;b&#9;c\ufffdd\x85\u2028\ufffd😀<"), xml);
  assert.ok(xml.includes(">\ufffdx<"));
  assert.deepEqual(paths, ["ReferencedSeriesSequence[1].SeriesDescription", "PatientComments"]);
});

Deno.test("toXml() leaves out a value that can't be read, and warns with its path", () => {
  const warnings: DataSetError[] = [];
  const dataSet = new DataSet({ PatientID: "1" }).set("ReferencedSeriesSequence", [
    dataSetOf([0x0028_0010, "US", "\x01\x02\x03"], [0x0028_0011, "US", "\x04\0"]),
  ]);
  const xml = bodyOf(dataSet, (warning) => void warnings.push(warning));
  assert.deepEqual([...xml.matchAll(/keyword="(\w+)"/g)].map(([, keyword]) => keyword), [
    "ReferencedSeriesSequence",
    "Columns",
    "PatientID",
  ]);
  assert.deepEqual(warnings.map(({ path }) => path), ["ReferencedSeriesSequence[0].Rows"]);
});

Deno.test("streamXml() gives the document in pieces, however long a value is", async () => {
  const pixels = Uint8Array.from({ length: 1_000_001 }, (_, index) => index);
  const dataSet = dataSetOf([0x0010_0010, "PN", "A^B"], [0x7fe0_0010, "OB", pixels]);
  const pieces = [...xmlPieces(dataSet)];
  assert.ok(Math.max(...pieces.map((piece) => piece.length)) < 0x4000);
  const chunks: Uint8Array[] = [];
  for await (const chunk of streamXml(dataSet)) chunks.push(chunk);
  assert.ok(chunks.length > 10 && chunks.every(({ length }) => length < 0x2_0000));
  const text = await new Response(new Blob(chunks as Uint8Array<ArrayBuffer>[]).stream()).text();
  assert.equal(text, toXml(dataSet));
  const base64 = text.match(/<InlineBinary>(.*)<\/InlineBinary>/)![1]!;
  assert.deepEqual(Uint8Array.fromBase64(base64).subarray(0, -1), pixels);
});

Deno.test("streamXml() fails on a value that the model has no form for, and toXml() names bulk data", async () => {
  const reference = { length: 2, stream: () => new ReadableStream<Uint8Array>() };
  const dataSet = new DataSet().setElement(new ReferencedElement(0x7fe0_0010, "OW", reference));
  await assert.rejects(
    new Response(streamXml(dataSet)).text(),
    /PixelData \(7FE0,0010\) as XML: it was left in its source/,
  );
  const xml = toXml(dataSet, { bulkDataUri: () => "https://gantry.example/1?a&b" });
  assert.ok(xml.includes('<BulkData uri="https://gantry.example/1?a&amp;b"/>'));
});
