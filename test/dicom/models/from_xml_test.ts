import assert from "node:assert/strict";
import { ReferencedElement, ValueElement } from "../../../src/dicom/data_set/data_element.ts";
import { DataSet } from "../../../src/dicom/data_set/data_set.ts";
import { readDataSet } from "../../../src/dicom/data_set/reading/read_data_set.ts";
import { fromJson } from "../../../src/dicom/models/from_json.ts";
import { fromXml } from "../../../src/dicom/models/from_xml.ts";
import { toJson } from "../../../src/dicom/models/to_json.ts";
import { toXml } from "../../../src/dicom/models/to_xml.ts";
import { readFileHeader } from "../../../src/dicom/part10.ts";
import { isPrivateTag } from "../../../src/dicom/tag.ts";
import { DataSetError, LimitError } from "../../../src/errors.ts";
import { corpusFiles, corpusIsThere, corpusPath } from "../corpus.ts";

const model = (body: string) => `<NativeDicomModel>${body}</NativeDicomModel>`;

Deno.test("fromXml() reads what toXml() writes", () => {
  const dataSet = new DataSet({
    SpecificCharacterSet: "ISO_IR 192",
    ImageType: ["ORIGINAL", "", "AXIAL"],
    PatientName: "Yamada^Tarou=山田^太郎=やまだ^たろう",
    PatientComments: " a <b> &\r\n\tc ]]> 'd' ",
    Rows: 512,
    SliceThickness: 1.5,
    FrameIncrementPointer: [0x0018_1063],
    ReferencedSeriesSequence: [{ SeriesInstanceUID: "1.2.3" }, {}],
  });
  dataSet.set(0x0009_0010, "ACME 1.1", { vr: "LO" });
  dataSet.set(0x0009_1001, "private", { vr: "LO" });
  dataSet.setElement(new ValueElement(0x7fe0_0010, "OW", Uint8Array.of(1, 2, 3, 4)));
  assert.deepEqual(toJson(fromXml(toXml(dataSet))), toJson(dataSet));
});

Deno.test({
  name: "fromXml() reads the corpus as toXml() writes it, as fromJson() reads it",
  ignore: !corpusIsThere,
  fn() {
    let read = 0;
    for (const name of corpusFiles()) {
      const file = Deno.readFileSync(corpusPath(name));
      const options = { bulkDataUri: () => "x:" };
      const expected = attempt(() => {
        const { dataSetOffset, transferSyntax } = readFileHeader(file, { ended: true })!;
        const dataSet = readDataSet(file.subarray(dataSetOffset), { transferSyntax });
        return { xml: toXml(dataSet, options), json: toJson(dataSet, options) };
      });
      if (expected === undefined) continue;
      const bulkData = { bulkData: () => ({ length: 0, stream: () => new ReadableStream<Uint8Array>() }) };
      const ofJson = attempt(() => fromJson(expected.json, { ...bulkData, onWarning: () => {} }));
      if (ofJson === undefined) continue;
      const ofXml = fromXml(expected.xml, { ...bulkData, onWarning: () => {} });
      assert.deepEqual(publicOf(ofXml), publicOf(ofJson), name);
      read++;
    }
    assert(read > 50, `${read} files were read`);
  },
});

/** The model does not say which block of two with the same creator a private attribute is in: those are left out. */
function publicOf(dataSet: DataSet): string[] {
  return [...dataSet].filter(({ tag }) => !isPrivateTag(tag)).map(({ tag, vr, kind }) => `${tag} ${vr} ${kind}`);
}

function attempt<Value>(make: () => Value): Value | undefined {
  try {
    return make();
  } catch (error) {
    if (error instanceof DataSetError || error instanceof LimitError) return undefined;
    throw error;
  }
}

Deno.test("fromXml() reads comments, CDATA, references, prefixes and single quotes", () => {
  const xml = `\ufeff<?xml version='1.0'?><!-- <a> --><d:NativeDicomModel xmlns:d='x'>
    <d:DicomAttribute tag = '00104000' vr="LT" >
      <d:Value number="1">a&#x41;&#66;&amp;<![CDATA[<&]]><!-- b -->c</d:Value>
    </d:DicomAttribute><d:DicomAttribute tag="00100020" vr="LO"/></d:NativeDicomModel>\n`;
  const dataSet = fromXml(xml);
  assert.equal(dataSet.getText("PatientComments"), "aAB&<&c");
  assert.equal(dataSet.element("PatientID")?.kind, "value");
});

Deno.test("fromXml() gives private attributes a block that is free", () => {
  const attribute = (tag: string, creator: string, value: string) =>
    `<DicomAttribute tag="${tag}" vr="LO" privateCreator="${creator}"><Value number="1">${value}</Value></DicomAttribute>`;
  const dataSet = fromXml(model(
    attribute("00090001", "B", "b") +
      `<DicomAttribute tag="00090010" vr="LO"><Value number="1">A</Value></DicomAttribute>` +
      attribute("00090001", "A", "a"),
  ));
  assert.equal(dataSet.getText(0x0009_0010), "A");
  assert.equal(dataSet.getText(0x0009_1001), "a");
  assert.equal(dataSet.getText(0x0009_0011), "B");
  assert.equal(dataSet.getText(0x0009_1101), "b");
});

Deno.test("fromXml() asks for bulk data by its URI", () => {
  const asked: string[] = [];
  const dataSet = fromXml(model(`<DicomAttribute tag="7FE00010" vr="OW"><BulkData uri="a&amp;b"/></DicomAttribute>`), {
    bulkData(uri) {
      asked.push(uri);
      return { length: 4, stream: () => new ReadableStream() };
    },
  });
  assert.deepEqual(asked, ["a&b"]);
  assert(dataSet.element("PixelData") instanceof ReferencedElement);
});

const attribute = (inner: string, vr = "LO") =>
  model(`<DicomAttribute tag="00100020" vr="${vr}">${inner}</DicomAttribute>`);

const REFUSED: readonly (readonly [xml: string, problem: RegExp])[] = [
  ["", /it has no element/],
  ["hello", /text stands outside/],
  ["<a>", /ends within the element a/],
  ["<a></b>", /end tag that does not match the open element/],
  ["<a/><b/>", /more than one outermost element/],
  ["<a b=c/>", /a tag that is not well-formed/],
  ["<a>&nbsp;</a>", /begins no reference/],
  ["<a>&#0;</a>", /begins no reference/],
  ["<a>& b</a>", /begins no reference/],
  ["<a><!-- b", /nothing ends what begins with <!--/],
  [`<!DOCTYPE a [<!ENTITY b "${"c".repeat(100)}">]><a>&b;</a>`, /document type declaration/],
  ['<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', /document type declaration/],
  ["<other/>", /expected NativeDicomModel/],
  [model("<b/>"), /stands where attributes do/],
  [model('<DicomAttribute tag="1" vr="LO"/>'), /expected 8 hexadecimal digits/],
  [attribute('<Value number="1">a</Value><BulkData uri="b"/>'), /Value and something else/],
  [attribute('<Value number="1000000">a</Value>'), /number of a value is not valid/],
  [attribute("<Other/>"), /has the element Other/],
  [attribute("<Value>x</Value>", "US"), /expected a number/],
  [attribute("<Value>x</Value>", "ZZ"), /expected one of the VRs/],
];

Deno.test("fromXml() refuses what is no model", () => {
  for (const [xml, problem] of REFUSED) {
    assert.throws(() => fromXml(xml), (error) => error instanceof DataSetError && problem.test(error.message), xml);
  }
});

Deno.test("fromXml() refuses sequences that are nested deeper than maxDepth", () => {
  const deep = (depth: number): string =>
    depth === 0 ? "" : `<DicomAttribute tag="00081115" vr="SQ"><Item>${deep(depth - 1)}</Item></DicomAttribute>`;
  fromXml(model(deep(64)));
  assert.throws(() => fromXml(model(deep(65))), LimitError);
  assert.throws(() => fromXml(model("<a>".repeat(100_000))), LimitError);
});
