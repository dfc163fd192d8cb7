import assert from "node:assert/strict";
import { ValueElement } from "../../../../src/dicom/data_set/data_element.ts";
import { DataSet } from "../../../../src/dicom/data_set/data_set.ts";
import { readDataSet } from "../../../../src/dicom/data_set/reading/read_data_set.ts";
import * as UID from "../../../../src/dicom/generated/uid.ts";
import type { DataSetError } from "../../../../src/errors.ts";
import { bytesOf, element, EXPLICIT, IMPLICIT } from "../../encoding/elements.ts";

const CREATOR = 0x0009_0010;
const TEXT = 0x0009_1001;
const NUMBERS = 0x0009_1002;
const DECIMALS = 0x0009_1003;

const dataSet = readDataSet(
  bytesOf(
    element(IMPLICIT, 0x0008_0005, "CS", "ISO_IR 100"),
    element(IMPLICIT, CREATOR, "LO", "ACME 1.1"),
    element(IMPLICIT, TEXT, "LO", "K\xe4se\\two  "),
    element(IMPLICIT, NUMBERS, "US", [1, 0, 2, 1]),
    element(IMPLICIT, DECIMALS, "DS", "1.50\\-2e3 "),
  ),
  { transferSyntax: UID.ImplicitVRLittleEndian },
);

Deno.test("get(), getAll(), getText() and getTexts() take the VR of a private value that was read without one", () => {
  assert.deepEqual(dataSet.get(TEXT, { vr: "LO" }), ["Käse", "two"]);
  assert.deepEqual(dataSet.get(TEXT, { vr: "UT" }), ["Käse\\two"]);
  assert.deepEqual(dataSet.getTexts(TEXT, { vr: "SH" }), ["Käse", "two"]);
  assert.equal(dataSet.getText(TEXT, { vr: "LO" }), "Käse\\two");
  assert.deepEqual(dataSet.get("(0009,1001)", { vr: "LO" }), ["Käse", "two"]);
  assert.deepEqual(dataSet.getAll(NUMBERS, { vr: "US" }), [1, 258]);
  assert.deepEqual(dataSet.get(NUMBERS, { vr: "US" }), Uint16Array.of(1, 258));
  assert.equal(dataSet.getText(NUMBERS, { vr: "UL" }), String(0x0102_0001));
  assert.equal(dataSet.getText(NUMBERS, { vr: "AT" }), "00010102");
  assert.deepEqual(dataSet.getAll(DECIMALS, { vr: "DS" }), [1.5, -2000]);
  assert.equal(dataSet.getText(DECIMALS, { vr: "DS" }), "1.50\\-2e3");
  assert.throws(() => dataSet.getText(TEXT), /its VR is UN, which has no text/);
  assert.throws(() => dataSet.get(TEXT, { vr: "SQ" }), /its items were not read, expected another VR than SQ/);
  assert.throws(() => dataSet.getAll(TEXT, { vr: "UL" }), /10 bytes as UL: expected a multiple of 4 bytes/);
});

Deno.test("a PrivateBlock takes the VR, too", () => {
  const block = dataSet.private("ACME 1.1", 0x0009);
  assert.deepEqual(block.get(0x01, { vr: "LO" }), ["Käse", "two"]);
  assert.deepEqual(block.getAll(0x02, { vr: "US" }), [1, 258]);
  assert.deepEqual(block.getTexts(0x03, { vr: "DS" }), ["1.50", "-2e3"]);
  assert.equal(block.getText(0x01, { vr: "LO" }), "Käse\\two");
  assert.deepEqual(block.getTexts(0x04), []);
});

Deno.test("a VR that is given does not overrule one that is known", () => {
  const known = readDataSet(bytesOf(element(EXPLICIT, 0x0010_0010, "PN", "A^B ")));
  assert.equal(known.getText("PatientName", { vr: "US" }), "A^B");
  assert.equal(known.get("PatientName", { vr: "US" })?.alphabetic?.familyName, "A");
});

Deno.test("an attribute of the dictionary that was left as UN has its text without a VR being given", () => {
  const bytes = bytesOf(element(EXPLICIT, 0x0010_0010, "UN", "A^B "), element(EXPLICIT, 0x0028_0010, "UN", [0, 2]));
  const unresolved = readDataSet(bytes, { resolveUnknown: false });
  assert.equal(unresolved.getText("PatientName"), "A^B");
  assert.equal(unresolved.getText("Rows"), "512");
});

Deno.test("what is not as declared in a private value is a warning with its path", () => {
  const paths: (string | undefined)[] = [];
  const undeclared = new DataSet(undefined, { onWarning: ({ path }: DataSetError) => void paths.push(path) });
  undeclared.setElement(new ValueElement(TEXT, "UN", Uint8Array.of(0xe4, 0x20)));
  assert.deepEqual(undeclared.get(TEXT, { vr: "LO" }), ["\ufffd"]);
  assert.deepEqual(paths, ["(0009,1001)"]);
});

Deno.test("private() passes over a creator that is no text", () => {
  const damaged = new DataSet().setElement(new ValueElement(CREATOR, "OB", Uint8Array.of(1, 2)));
  damaged.setElement(new ValueElement(0x0009_0011, "UN", new TextEncoder().encode("ACME")));
  assert.equal(damaged.private("ACME", 0x0009).tagOf(0x01), 0x0009_1101);
  assert.equal(damaged.private("OTHER", 0x0009).reserved, false);
});
