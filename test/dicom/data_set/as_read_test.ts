import assert from "node:assert/strict";
import { readDataSet } from "../../../src/dicom/data_set/reading/read_data_set.ts";
import { readFile, readFileFrom } from "../../../src/dicom/data_set/reading/read_file.ts";
import { streamDataSet, writeDataSet } from "../../../src/dicom/data_set/writing/write_data_set.ts";
import { writeFile } from "../../../src/dicom/data_set/writing/write_file.ts";
import { fromJson } from "../../../src/dicom/models/from_json.ts";
import { fileMetaInformation } from "../../../src/dicom/part10.ts";
import * as UID from "../../../src/dicom/generated/uid.ts";
import {
  BIG_ENDIAN,
  bytesOf,
  element,
  EXPLICIT,
  header,
  IMPLICIT,
  item,
  sequence,
  type Syntax,
} from "../encoding/elements.ts";
import { outline } from "./outline.ts";

const SYNTAXES: readonly (readonly [Syntax, string])[] = [
  [IMPLICIT, UID.ImplicitVRLittleEndian],
  [EXPLICIT, UID.ExplicitVRLittleEndian],
  [BIG_ENDIAN, UID.ExplicitVRBigEndian],
];

/** Out of order at the top level, and in the second item of a sequence. */
function outOfOrder(syntax: Syntax): Uint8Array {
  const code = element(syntax, 0x0008_0100, "SH", "CODE");
  const meaning = element(syntax, 0x0008_0104, "LO", "MEANING ");
  return bytesOf(
    element(syntax, 0x0020_0010, "SH", "S1"),
    element(syntax, 0x0008_0018, "UI", "1.2.3\0"),
    sequence(syntax, 0x0040_a730, [
      item(syntax, bytesOf(code, meaning), "defined"),
      item(syntax, bytesOf(meaning, code), "undefined"),
    ], "undefined"),
    element(syntax, 0x0010_0010, "PN", "A^B "),
    element(syntax, 0x7fe0_0010, "OW", new Uint8Array(100_000)),
    element(syntax, 0x0008_0060, "CS", "OT"),
  );
}

Deno.test("elements out of order are read with a warning each, and written as they came in the original form", async () => {
  for (const [syntax, transferSyntax] of SYNTAXES) {
    const bytes = outOfOrder(syntax);
    const warnings: string[] = [];
    const onWarning = ({ message }: Error) => void warnings.push(message);
    const read = readDataSet(bytes, { transferSyntax, onWarning });
    assert.deepEqual(
      warnings.map((warning) => /Cannot rely on (\w+) .*: it is not in the order of tags$/.exec(warning)?.[1]),
      [
        "SOPInstanceUID",
        "CodeValue",
        "PatientName",
        "Modality",
      ],
    );
    assert.deepEqual(Array.from(read, ({ tag }) => tag).toSorted((a, b) => a - b), Array.from(read, ({ tag }) => tag));
    assert.deepEqual(writeDataSet(read, { transferSyntax, form: "original" }), bytes);
    const meta = fileMetaInformation({ sopClassUid: "1.2", sopInstanceUid: "1.2.3", transferSyntax });
    const file = bytesOf(meta, bytes);
    const lazy = await readFileFrom(new Blob([file]));
    assert.equal(lazy.dataSet.element("PixelData")?.kind, "referenced");
    const again = await new Response(streamDataSet(lazy.dataSet, { transferSyntax, form: "original" })).bytes();
    assert.deepEqual(again, bytes);
    assert.deepEqual(writeFile(readFile(file), { form: "original" }), file);
    // Every other form is in order.
    const quiet = readDataSet(writeDataSet(read, { transferSyntax }), {
      transferSyntax,
      onWarning: () => assert.ok(false),
    });
    assert.deepEqual(outline(quiet), outline(read));
  }
});

Deno.test("what is set, changed and deleted after reading out of order is written too, what is new at the end", () => {
  const bytes = bytesOf(element(EXPLICIT, 0x0020_0010, "SH", "S1"), element(EXPLICIT, 0x0010_0020, "LO", "ID"));
  const read = readDataSet(bytes).set("StudyID", "S2").set("Modality", "CT");
  assert.deepEqual(
    writeDataSet(read, { form: "original" }),
    bytesOf(
      element(EXPLICIT, 0x0020_0010, "SH", "S2"),
      element(EXPLICIT, 0x0010_0020, "LO", "ID"),
      element(EXPLICIT, 0x0008_0060, "CS", "CT"),
    ),
  );
  read.delete("StudyID");
  assert.equal(writeDataSet(read, { form: "original" }).length, bytes.length);
});

Deno.test("groups 0000 and 0002 of a data set are never written, on any way, in any form", async () => {
  for (const [syntax, transferSyntax] of SYNTAXES) {
    const foreign = bytesOf(
      element(syntax, 0x0000_0002, "UI", "1.2\0"),
      element(syntax, 0x0002_0010, "UI", "1.2.840.10008.1.2\0"),
    );
    const own = element(syntax, 0x0010_0020, "LO", "ID");
    const bytes = bytesOf(
      foreign,
      element(syntax, 0x0008_0018, "UI", "1.2.3\0"),
      sequence(syntax, 0x0040_a730, [item(syntax, bytesOf(foreign, own), "defined")], "defined"),
    );
    const expected = bytesOf(
      element(syntax, 0x0008_0018, "UI", "1.2.3\0"),
      sequence(syntax, 0x0040_a730, [item(syntax, own, "defined")], "defined"),
    );
    const warnings: string[] = [];
    const read = readDataSet(bytes, { transferSyntax, onWarning: ({ message }) => warnings.push(message) });
    assert.equal(
      warnings.filter((warning) => /its group stands in no data set, so it will not be/.test(warning)).length,
      4,
    );
    for (const form of ["defined", "original"] as const) {
      assert.deepEqual(writeDataSet(read, { transferSyntax, form }), expected);
      assert.deepEqual(await new Response(streamDataSet(read, { transferSyntax, form })).bytes(), expected);
    }
  }
  const given = fromJson({
    "00020010": { vr: "UI", Value: ["1.2.840.10008.1.2"] },
    "00080016": { vr: "UI", Value: ["1.2"] },
    "00080018": { vr: "UI", Value: ["1.3"] },
  });
  for (const form of ["defined", "undefined", "original"] as const) {
    const file = readFile(writeFile({ dataSet: given }, { form }));
    assert.equal(file.transferSyntax, UID.ExplicitVRLittleEndian);
    assert.deepEqual(Array.from(file.dataSet, ({ tag }) => tag), [0x0008_0016, 0x0008_0018]);
  }
});

Deno.test("a file whose transfer syntax is wrongly declared comes out again in the original form, else with the right one", () => {
  const identity = (syntax: Syntax) =>
    bytesOf(element(syntax, 0x0008_0016, "UI", "1.2\0"), element(syntax, 0x0008_0018, "UI", "1.2.3\0"));
  for (const [syntax, own] of SYNTAXES) {
    for (const declared of [...SYNTAXES.map(([, uid]) => uid), UID.JPEGBaseline8Bit, "1.2.840.113619.5.2"]) {
      const meta = fileMetaInformation({ sopClassUid: "1.2", sopInstanceUid: "1.2.3", transferSyntax: declared });
      const bytes = bytesOf(meta, identity(syntax));
      assert.deepEqual(writeFile(readFile(bytes), { form: "original" }), bytes, `${own} declared as ${declared}`);
      const repaired = readFile(writeFile(readFile(bytes)), { onWarning: () => assert.ok(false) });
      assert.equal(repaired.meta.getText("TransferSyntaxUID"), readFile(bytes).transferSyntax);
      assert.deepEqual(outline(repaired.dataSet), outline(readFile(bytes).dataSet));
    }
  }
});

Deno.test("encapsulated Pixel Data in implicit VR comes out again in the original form, else in the declared one", () => {
  const fragments = [header(IMPLICIT, 0xfffe_e000, "", 0), header(IMPLICIT, 0xfffe_e000, "", 2), [0xff, 0xd9]];
  const bytes = bytesOf(
    fileMetaInformation({ sopClassUid: "1.2", sopInstanceUid: "1.2.3", transferSyntax: UID.JPEGBaseline8Bit }),
    element(IMPLICIT, 0x0008_0016, "UI", "1.2\0"),
    element(IMPLICIT, 0x0008_0018, "UI", "1.2.3\0"),
    sequence(IMPLICIT, 0x7fe0_0010, [bytesOf(...fragments)], "undefined"),
  );
  const warnings: string[] = [];
  const file = readFile(bytes, { onWarning: ({ message }) => warnings.push(message) });
  assert.match(warnings[0]!, /taken as implicit VR, little endian/);
  assert.equal(file.transferSyntax, UID.JPEGBaseline8Bit);
  assert.deepEqual(writeFile(file, { form: "original" }), bytes);
  assert.deepEqual(
    outline(readFile(writeFile(file), { onWarning: () => assert.ok(false) }).dataSet),
    outline(file.dataSet),
  );
});
