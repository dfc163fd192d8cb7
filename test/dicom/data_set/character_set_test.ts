import assert from "node:assert/strict";
import { convertToUtf8 } from "../../../src/dicom/data_set/character_set_conversion.ts";
import { ValueElement } from "../../../src/dicom/data_set/data_element.ts";
import { DataSet } from "../../../src/dicom/data_set/data_set.ts";
import { textWarnings } from "../../../src/dicom/data_set/element_text.ts";
import { readDataSet } from "../../../src/dicom/data_set/reading/read_data_set.ts";
import { readFile } from "../../../src/dicom/data_set/reading/read_file.ts";
import type { DataSetError } from "../../../src/errors.ts";
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
  assert.equal(dataSet.get("SeriesDescription"), "é");
  assert.equal(dataSet.get("(0006,0001)[0].SeriesDescription"), "é");
  assert.equal(dataSet.get("ReferencedSeriesSequence[0].SeriesDescription"), "é");
  assert.equal(dataSet.get("ReferencedSeriesSequence[1].ReferencedSOPSequence[0].SeriesDescription"), "é");
});

Deno.test("setting Specific Character Set encodes the text anew, that of items too", () => {
  const dataSet = new DataSet({
    SpecificCharacterSet: "ISO_IR 100",
    PatientName: "Müller",
    ReferencedSeriesSequence: [{ SeriesDescription: "é" }, { SpecificCharacterSet: UTF_8, SeriesDescription: "é" }],
  });
  assert.equal(bytesAt(dataSet, "PatientName"), "4dfc6c6c6572");
  dataSet.set("SpecificCharacterSet", UTF_8);
  assert.equal(bytesAt(dataSet, "PatientName"), "4dc3bc6c6c657220");
  assert.equal(dataSet.getText("PatientName"), "Müller");
  const [inherits, own] = dataSet.get("ReferencedSeriesSequence")!;
  assert.deepEqual([bytesAt(inherits!, "SeriesDescription"), bytesAt(own!, "SeriesDescription")], ["c3a9", "c3a9"]);
  assert.throws(() => dataSet.delete("SpecificCharacterSet"), {
    name: "DataSetError",
    message: /Cannot delete SpecificCharacterSet .*SeriesDescription \(0008,103E\).*U\+00E9/,
  });
  assert.throws(() => dataSet.set("SpecificCharacterSet", "ISO_IR 144"), /U\+00E9/);
  assert.equal(dataSet.getText("PatientName"), "Müller");
});

Deno.test("an item that is put into another data set takes over its character set", () => {
  const item = new DataSet({ ReferencedSeriesSequence: [{ SeriesDescription: "plain" }] });
  const dataSet = new DataSet({ SpecificCharacterSet: ["", "ISO 2022 IR 87"], ReferencedSeriesSequence: [item] });
  const nested = dataSet.get("ReferencedSeriesSequence[0].ReferencedSeriesSequence[0]")!;
  nested.set("SeriesDescription", "山");
  assert.equal(bytesAt(nested, "SeriesDescription"), "1b24423b331b2842");
  const other = new DataSet({ SpecificCharacterSet: UTF_8, ReferencedSeriesSequence: [nested] });
  assert.equal(other.get("ReferencedSeriesSequence[0].SeriesDescription"), "山");
  assert.equal(bytesAt(nested, "SeriesDescription"), "1b24423b331b2842");
  assert.throws(
    () => new DataSet({ SpecificCharacterSet: "ISO_IR 100", ReferencedSeriesSequence: [nested] }),
    /U\+5C71/,
  );
});

Deno.test("Specific Character Set counts whatever VR it was read with", () => {
  const declared = bytesOf(
    element(EXPLICIT, 0x0008_0005, "UN", "ISO_IR 100"),
    element(EXPLICIT, 0x0010_0010, "PN", [0xfc]),
  );
  assert.equal(readDataSet(declared, { resolveUnknown: false }).getText("PatientName"), "ü");
});

Deno.test("setElement() of Specific Character Set says what the bytes have meant all along", () => {
  const dataSet = readDataSet(element(EXPLICIT, 0x0010_0010, "PN", [0x4d, 0xfc]));
  assert.equal(dataSet.getText("PatientName"), "M\ufffd");
  dataSet.setElement(new ValueElement(0x0008_0005, "CS", new TextEncoder().encode("ISO_IR 100")));
  assert.equal(dataSet.getText("PatientName"), "Mü");
});

Deno.test("declareCharacterSet() leaves the bytes, set() encodes them anew or not at all", () => {
  const undeclared = () =>
    readDataSet(bytesOf(
      sequence(EXPLICIT, 0x0008_1115, [
        item(EXPLICIT, element(EXPLICIT, 0x0008_103e, "LO", [0xe9, 0x20]), "defined"),
      ], "defined"),
      element(EXPLICIT, 0x0010_0010, "PN", [0x4d, 0xfc, 0x6c, 0x20]),
    ));
  const dataSet = undeclared();
  for (const terms of ["ISO_IR 192", "ISO_IR 100", "GB18030"]) {
    assert.throws(() => dataSet.set("SpecificCharacterSet", terms), {
      name: "DataSetError",
      message: /^Cannot set SpecificCharacterSet .*expected its character set, given to declareCharacterSet\(\)$/,
    });
  }
  assert.equal(dataSet.has("SpecificCharacterSet"), false);
  assert.equal(bytesAt(dataSet, "PatientName"), "4dfc6c20");
  dataSet.declareCharacterSet("ISO_IR 100");
  assert.equal(bytesAt(dataSet, "PatientName"), "4dfc6c20");
  assert.equal(dataSet.get("ReferencedSeriesSequence[0].SeriesDescription"), "é");
  dataSet.set("SpecificCharacterSet", UTF_8);
  assert.equal(bytesAt(dataSet, "PatientName"), "4dc3bc6c");
  assert.equal(dataSet.getText("PatientName"), "Mül");
  // A declaration that is wrong is corrected in the same way: it was Cyrillic.
  const cyrillic = readDataSet(bytesOf(
    element(EXPLICIT, 0x0008_0005, "CS", "ISO_IR 100"),
    element(EXPLICIT, 0x0010_0010, "PN", [0xbb, 0x20]),
  ));
  assert.equal(cyrillic.declareCharacterSet(["ISO_IR 144"]).getText("PatientName"), "Л");
  assert.equal(cyrillic.declareCharacterSet([]).has("SpecificCharacterSet"), false);
  assert.equal(bytesAt(cyrillic, "PatientName"), "bb20");
  assert.throws(() => undeclared().declareCharacterSet("ISO_IR 999"), /"ISO_IR 999" is no defined term/);
  assert.equal(
    undeclared().declareCharacterSet(["", "ISO 2022 IR 87"]).getText("SpecificCharacterSet")?.includes("87"),
    true,
  );
});

Deno.test("text that can't be decoded is not destroyed on other ways either", () => {
  const undecodable = readDataSet(element(EXPLICIT, 0x0010_0010, "PN", [0x4d, 0xfc]));
  assert.throws(
    () => new DataSet({ SpecificCharacterSet: UTF_8 }).set("ReferencedSeriesSequence", [undecodable]),
    /cannot decode its text/,
  );
  const wrong = readDataSet(bytesOf(
    element(EXPLICIT, 0x0008_0005, "CS", UTF_8),
    element(EXPLICIT, 0x0010_0010, "PN", [0x4d, 0xfc]),
  ));
  assert.throws(() => wrong.delete("SpecificCharacterSet"), /bytes that are no ISO_IR 192/);
  assert.equal(bytesAt(wrong, "PatientName"), "4dfc");
});

Deno.test("an assumed character set holds where none is declared, and isn't taken for a declaration", () => {
  const text = element(EXPLICIT, 0x0008_103e, "LO", [0xe9, 0x20]);
  const name = element(EXPLICIT, 0x0010_0010, "PN", [0x4d, 0xfc, 0x6c, 0x20]);
  const own = bytesOf(
    element(EXPLICIT, 0x0008_0005, "CS", "ISO_IR 144"),
    element(EXPLICIT, 0x0008_103e, "LO", [0xbb, 0x20]),
  );
  const items = sequence(EXPLICIT, 0x0008_1115, [
    item(EXPLICIT, text, "defined"),
    item(EXPLICIT, own, "defined"),
  ], "defined");
  const options = { assumedCharacterSet: "ISO_IR 100" };
  const dataSet = readDataSet(bytesOf(items, name), options);
  assert.equal(dataSet.getText("PatientName"), "Mül");
  assert.equal(dataSet.get("ReferencedSeriesSequence[0].SeriesDescription"), "é");
  assert.equal(dataSet.get("ReferencedSeriesSequence[1].SeriesDescription"), "Л");
  assert.equal(dataSet.copy().getText("PatientName"), "Mül");
  assert.equal(dataSet.get("ReferencedSeriesSequence[0]")!.copy().get("SeriesDescription"), "é");
  // Nobody could know what such text is in.
  assert.throws(() => dataSet.set("PatientName", "Jörg"), /U\+00F6.*ISO-IR 6/);
  dataSet.set("SpecificCharacterSet", UTF_8);
  assert.equal(bytesAt(dataSet, "PatientName"), "4dc3bc6c");
  // An empty declaration is none, any other counts.
  const declared = (terms: string) =>
    readDataSet(bytesOf(element(EXPLICIT, 0x0008_0005, "CS", terms), name), options).getText("PatientName");
  assert.equal(declared(""), "Mül");
  assert.equal(declared("  "), "Mül");
  assert.equal(declared("ISO_IR 144"), "Mќl");
  assert.equal(readDataSet(name, { assumedCharacterSet: ["ISO_IR 148"] }).getText("PatientName"), "Mül");
  assert.throws(() => readDataSet(name, { assumedCharacterSet: "latin" }), /"latin" is no defined term/);
  assert.throws(() => new DataSet({}, { assumedCharacterSet: "ISO_IR 999" }), { name: "DataSetError" });
});

Deno.test("text of items is not encoded in what is only assumed", () => {
  const latin1 = element(EXPLICIT, 0x0008_103e, "LO", [0xe9, 0x20]);
  const options = { assumedCharacterSet: "ISO_IR 100" };
  const items = sequence(EXPLICIT, 0x0008_1115, [item(EXPLICIT, latin1, "defined")], "defined");
  const dataSet = readDataSet(items, options);
  const declared = new DataSet({ SpecificCharacterSet: UTF_8, ReferencedSeriesSequence: [{ SeriesDescription: "é" }] });
  const foreign = declared.get("ReferencedSeriesSequence")![0]!;
  assert.throws(() => dataSet.set("ReferencedSeriesSequence[1]", foreign), /U\+00E9.*ISO-IR 6/);
  // What is in it already stays as it is, wherever it is put.
  dataSet.set("ReferencedStudySequence", dataSet.get("ReferencedSeriesSequence")!);
  assert.equal(bytesAt(dataSet.get("ReferencedStudySequence[0]")!, "SeriesDescription"), "e920");
  const own = readDataSet(
    sequence(EXPLICIT, 0x0008_1115, [
      item(
        EXPLICIT,
        bytesOf(element(EXPLICIT, 0x0008_0005, "CS", UTF_8), element(EXPLICIT, 0x0008_103e, "LO", [0xc3, 0xa9])),
        "defined",
      ),
    ], "defined"),
    options,
  );
  assert.throws(() => own.delete("ReferencedSeriesSequence[0].SpecificCharacterSet"), /U\+00E9/);
  // Where something is declared around it, it is encoded in that.
  declared.set("ReferencedSeriesSequence", dataSet.get("ReferencedSeriesSequence")!);
  assert.equal(bytesAt(declared.get("ReferencedSeriesSequence[0]")!, "SeriesDescription"), "c3a9");
});

Deno.test("text that is not as declared is a warning with its path wherever it is read", () => {
  const warnings: DataSetError[] = [];
  const onWarning = (warning: DataSetError) => void warnings.push(warning);
  const told = () => warnings.splice(0).map(({ path }) => path);
  const dataSet = readDataSet(
    bytesOf(
      element(EXPLICIT, 0x0008_0008, "CS", [0xc4, 0x20]),
      sequence(EXPLICIT, 0x0008_1115, [
        item(EXPLICIT, bytesOf(), "defined"),
        item(EXPLICIT, element(EXPLICIT, 0x0008_103e, "LO", [0xe9, 0x20]), "defined"),
      ], "defined"),
      element(EXPLICIT, 0x0010_0010, "PN", [0x4d, 0xfc]),
      element(EXPLICIT, 0x0010_0020, "LO", "plain "),
    ),
    { onWarning },
  );
  assert.deepEqual(told(), []);
  const nested = "ReferencedSeriesSequence[1].SeriesDescription";
  assert.equal(dataSet.getText("PatientName"), "M\ufffd");
  assert.equal(
    warnings[0]?.message,
    "Cannot rely on the text of PatientName (0010,0010): bytes that have no character in ISO-IR 6 became U+FFFD: " +
      "1, the first 0xFC at offset 1",
  );
  assert.deepEqual(told(), ["PatientName"]);
  dataSet.get("PatientName");
  dataSet.getAll("PatientName");
  dataSet.getTexts(nested);
  dataSet.get("PatientID");
  assert.equal(dataSet.attributes.ImageType?.[0], "\ufffd");
  assert.deepEqual(told(), ["PatientName", "PatientName", nested, "ImageType"]);
  assert.deepEqual(Array.from(textWarnings(dataSet), ({ path }) => path), ["ImageType", nested, "PatientName"]);
  assert.deepEqual(told(), []);
  // Whoever asks may listen for himself.
  const own: DataSetError[] = [];
  dataSet.getText("PatientName", { onWarning: (warning) => void own.push(warning) });
  assert.deepEqual([own.length, told().length], [1, 0]);
  assert.equal(readDataSet(element(EXPLICIT, 0x0010_0010, "PN", [0x4d, 0xfc])).getText("PatientName"), "M\ufffd");
});

Deno.test("textWarnings() tells of declarations that mean nothing, and nothing of text that is right", () => {
  const name = (declared: string) =>
    readDataSet(
      bytesOf(element(EXPLICIT, 0x0008_0005, "CS", declared), element(EXPLICIT, 0x0010_0010, "PN", [0x4d, 0xfc])),
    );
  assert.deepEqual(Array.from(textWarnings(name("ISO_IR 100"))), []);
  assert.deepEqual(
    Array.from(
      textWarnings(name("ISO_IR 999")),
      ({ path, message }) => [path, /no (defined term|character)/.exec(message)?.[1]],
    ),
    [["SpecificCharacterSet", "defined term"], ["PatientName", "character"]],
  );
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
  const warnings: DataSetError[] = [];
  convertToUtf8(dataSet, { onWarning: (warning) => void warnings.push(warning) });
  const [first, second] = dataSet.get("ReferencedSeriesSequence")!;
  assert.equal(dataSet.getText("SpecificCharacterSet"), UTF_8);
  assert.equal(first?.has("SpecificCharacterSet"), false);
  assert.equal(bytesAt(first!, "SeriesDescription"), "e5b1b120");
  assert.equal(first?.get("ReferencedSOPSequence[0].SeriesDescription"), "山");
  assert.equal(second?.get("SeriesDescription"), "é");
  assert.equal(bytesAt(dataSet, "PatientName"), "4dc3bc20");
  assert.deepEqual(warnings, []);
});

Deno.test("convertToUtf8() marks what has no character, and warns", () => {
  const dataSet = readDataSet(element(EXPLICIT, 0x0010_0010, "PN", [0x4d, 0xfc]));
  assert.throws(() => convertToUtf8(dataSet), {
    name: "DataSetError",
    message:
      "Cannot convert PatientName (0010,0010): cannot decode its text: bytes that have no character in ISO-IR 6 " +
      "became U+FFFD: 1, the first 0xFC at offset 1, expected its character set, given to declareCharacterSet()",
  });
  assert.equal(bytesAt(dataSet, "PatientName"), "4dfc");
  const warnings: DataSetError[] = [];
  convertToUtf8(dataSet, { onWarning: (warning) => void warnings.push(warning) });
  assert.equal(dataSet.getText("PatientName"), "M\ufffd");
  assert.deepEqual(warnings.map(({ path }) => path), ["PatientName"]);
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
      assert.ok(before.length > 0);
      assert.deepEqual(texts(dataSet), before, name);
    }
  },
});
