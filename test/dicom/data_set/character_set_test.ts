import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { convertToUtf8 } from "../../../src/dicom/data_set/character_set_conversion.ts";
import { ValueElement } from "../../../src/dicom/data_set/data_element.ts";
import { DataSet } from "../../../src/dicom/data_set/data_set.ts";
import { readDataSet } from "../../../src/dicom/data_set/read_data_set.ts";
import { readFile } from "../../../src/dicom/data_set/read_file.ts";
import { corpusFiles, corpusIsThere, corpusPath } from "../corpus.ts";
import { bytesOf, element, EXPLICIT, hex, item, sequence } from "../encoding/elements.ts";

const UTF_8 = "ISO_IR 192";

function bytesAt(dataSet: DataSet, key: "PatientName" | "SeriesDescription"): string {
  const element = dataSet.element(key);
  return element?.kind === "value" ? element.bytes.toHex() : "";
}

Deno.test("items take the character set of what they are in, unless they have one of their own", () => {
  const text = (bytes: number[]) => element(EXPLICIT, 0x0008_103e, "LO", bytes);
  const own = bytesOf(element(EXPLICIT, 0x0008_0005, "CS", `${UTF_8}`), text([0xc3, 0xa9]));
  const nested = sequence(EXPLICIT, 0x0008_1199, [item(EXPLICIT, text([0xe9, 0x20]), "defined")], "defined");
  // The sequence comes before (0008,0005): what counts is what is declared, wherever it stands.
  const early = sequence(EXPLICIT, 0x0006_0001, [item(EXPLICIT, text([0xe9, 0x20]), "defined")], "defined");
  const dataSet = readDataSet(bytesOf(
    early,
    element(EXPLICIT, 0x0008_0005, "CS", "ISO_IR 100"),
    text([0xe9, 0x20]),
    sequence(EXPLICIT, 0x0008_1115, [item(EXPLICIT, own, "defined"), item(EXPLICIT, nested, "undefined")], "undefined"),
  ));
  strictEqual(dataSet.get("SeriesDescription"), "é");
  strictEqual(dataSet.get("(0006,0001)[0].SeriesDescription"), "é");
  strictEqual(dataSet.get("ReferencedSeriesSequence[0].SeriesDescription"), "é");
  strictEqual(dataSet.get("ReferencedSeriesSequence[1].ReferencedSOPSequence[0].SeriesDescription"), "é");
});

Deno.test("setting Specific Character Set encodes the text anew, that of items too", () => {
  const dataSet = new DataSet({
    SpecificCharacterSet: "ISO_IR 100",
    PatientName: "Müller",
    ReferencedSeriesSequence: [{ SeriesDescription: "é" }, { SpecificCharacterSet: UTF_8, SeriesDescription: "é" }],
  });
  strictEqual(bytesAt(dataSet, "PatientName"), "4dfc6c6c6572");
  dataSet.set("SpecificCharacterSet", UTF_8);
  strictEqual(bytesAt(dataSet, "PatientName"), "4dc3bc6c6c657220");
  strictEqual(dataSet.getText("PatientName"), "Müller");
  const [inherits, own] = dataSet.get("ReferencedSeriesSequence")!;
  deepStrictEqual([bytesAt(inherits!, "SeriesDescription"), bytesAt(own!, "SeriesDescription")], ["c3a9", "c3a9"]);
  throws(() => dataSet.delete("SpecificCharacterSet"), {
    name: "DataSetError",
    message: /Cannot delete SpecificCharacterSet .*SeriesDescription \(0008,103E\).*U\+00E9/,
  });
  throws(() => dataSet.set("SpecificCharacterSet", "ISO_IR 144"), /U\+00E9/);
  strictEqual(dataSet.getText("PatientName"), "Müller");
});

Deno.test("an item that is put into another data set takes over its character set", () => {
  const item = new DataSet({ ReferencedSeriesSequence: [{ SeriesDescription: "plain" }] });
  const dataSet = new DataSet({ SpecificCharacterSet: ["", "ISO 2022 IR 87"], ReferencedSeriesSequence: [item] });
  const nested = dataSet.get("ReferencedSeriesSequence[0].ReferencedSeriesSequence[0]")!;
  nested.set("SeriesDescription", "山");
  strictEqual(bytesAt(nested, "SeriesDescription"), "1b24423b331b2842");
  const other = new DataSet({ SpecificCharacterSet: UTF_8, ReferencedSeriesSequence: [nested] });
  strictEqual(other.get("ReferencedSeriesSequence[0].SeriesDescription"), "山");
  strictEqual(bytesAt(nested, "SeriesDescription"), "1b24423b331b2842");
  throws(() => new DataSet({ SpecificCharacterSet: "ISO_IR 100", ReferencedSeriesSequence: [nested] }), /U\+5C71/);
});

Deno.test("Specific Character Set counts whatever VR it was read with", () => {
  const declared = bytesOf(
    element(EXPLICIT, 0x0008_0005, "UN", "ISO_IR 100"),
    element(EXPLICIT, 0x0010_0010, "PN", [0xfc]),
  );
  strictEqual(readDataSet(declared, { resolveUnknown: false }).getText("PatientName"), "ü");
});

Deno.test("setElement() of Specific Character Set says what the bytes have meant all along", () => {
  const dataSet = readDataSet(element(EXPLICIT, 0x0010_0010, "PN", [0x4d, 0xfc]));
  strictEqual(dataSet.getText("PatientName"), "M\ufffd");
  dataSet.setElement(new ValueElement(0x0008_0005, "CS", new TextEncoder().encode("ISO_IR 100")));
  strictEqual(dataSet.getText("PatientName"), "Mü");
});

Deno.test("convertToUtf8() converts all text, and leaves one declaration", () => {
  const japanese = hex("1b24423b331b2842");
  const dataSet = readDataSet(bytesOf(
    element(EXPLICIT, 0x0008_0005, "CS", "ISO_IR 100"),
    sequence(EXPLICIT, 0x0008_1115, [
      item(
        EXPLICIT,
        bytesOf(
          element(EXPLICIT, 0x0008_0005, "CS", "\\ISO 2022 IR 87"),
          element(EXPLICIT, 0x0008_103e, "LO", japanese),
          sequence(
            EXPLICIT,
            0x0008_1199,
            [item(EXPLICIT, element(EXPLICIT, 0x0008_103e, "LO", japanese), "defined")],
            "defined",
          ),
        ),
        "defined",
      ),
      item(EXPLICIT, element(EXPLICIT, 0x0008_103e, "LO", [0xe9, 0x20]), "defined"),
    ], "defined"),
    element(EXPLICIT, 0x0010_0010, "PN", [0x4d, 0xfc]),
  ));
  const warnings: string[] = [];
  convertToUtf8(dataSet, { onWarning: (message) => warnings.push(message) });
  const [first, second] = dataSet.get("ReferencedSeriesSequence")!;
  strictEqual(dataSet.getText("SpecificCharacterSet"), UTF_8);
  strictEqual(first?.has("SpecificCharacterSet"), false);
  strictEqual(bytesAt(first!, "SeriesDescription"), "e5b1b120");
  strictEqual(first?.get("ReferencedSOPSequence[0].SeriesDescription"), "山");
  strictEqual(second?.get("SeriesDescription"), "é");
  strictEqual(bytesAt(dataSet, "PatientName"), "4dc3bc20");
  deepStrictEqual(warnings, []);
});

Deno.test("convertToUtf8() marks what has no character, and warns", () => {
  const dataSet = readDataSet(element(EXPLICIT, 0x0010_0010, "PN", [0x4d, 0xfc]));
  const warnings: string[] = [];
  convertToUtf8(dataSet, { onWarning: (message) => warnings.push(message) });
  strictEqual(dataSet.getText("PatientName"), "M\ufffd");
  strictEqual(warnings.length, 1);
});

Deno.test({
  name: "convertToUtf8() changes no text of the corpus",
  ignore: !corpusIsThere,
  fn() {
    const texts = (dataSet: DataSet): string[] =>
      Array.from(dataSet).flatMap((element) =>
        element.kind === "sequence"
          ? element.items.flatMap(texts)
          : ["PN", "LO", "SH", "UT", "ST", "LT"].includes(element.vr)
          ? [dataSet.getText(element.tag)!]
          : []
      );
    for (const name of corpusFiles("charsets/")) {
      const { dataSet } = readFile(Deno.readFileSync(corpusPath(name)));
      const before = texts(dataSet);
      convertToUtf8(dataSet);
      ok(before.length > 0);
      deepStrictEqual(texts(dataSet), before, name);
    }
  },
});
