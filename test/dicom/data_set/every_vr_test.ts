import assert from "node:assert/strict";
import type { SettableFor } from "../../../src/dicom/data_set/attribute_values.ts";
import { DataSet } from "../../../src/dicom/data_set/data_set.ts";
import { readDataSet } from "../../../src/dicom/data_set/reading/read_data_set.ts";
import { streamDataSet, writeDataSet } from "../../../src/dicom/data_set/writing/write_data_set.ts";
import { findAttribute } from "../../../src/dicom/dictionary.ts";
import * as UID from "../../../src/dicom/generated/uid.ts";
import { VRS } from "../../../src/dicom/vr.ts";
import { BIG_ENDIAN, element, EXPLICIT, IMPLICIT, item, sequence, type Syntax } from "../encoding/elements.ts";
import { GOLDEN } from "./golden.ts";

const SYNTAXES: readonly (readonly [Syntax, string])[] = [
  [IMPLICIT, UID.ImplicitVRLittleEndian],
  [EXPLICIT, UID.ExplicitVRLittleEndian],
  [BIG_ENDIAN, UID.ExplicitVRBigEndian],
];

/** As `writeDataSet()` leaves out group lengths by default. */
const FORM = { form: "original" } as const;

Deno.test("GOLDEN has every VR but SQ, with an attribute of that VR", () => {
  assert.deepEqual(GOLDEN.map(({ vr }) => vr), VRS.filter((vr) => vr !== "SQ"));
  for (const { tag, vr } of GOLDEN) assert.equal(findAttribute(tag)?.vr, vr);
});

for (const [syntax, transferSyntax] of SYNTAXES) {
  for (const golden of GOLDEN) {
    const { vr, tag, value } = golden;
    const bytes = element(syntax, tag, vr, syntax.little ? golden.little : golden.big);
    const name = `${vr} in ${transferSyntax}`;

    Deno.test(`readDataSet() and get() read ${name}`, () => {
      const dataSet = readDataSet(bytes, { transferSyntax });
      assert.equal(dataSet.element(tag)?.vr, vr);
      assert.deepEqual(dataSet.get(tag), value);
    });

    Deno.test(`set() and writeDataSet() write ${name}`, () => {
      const dataSet = new DataSet();
      dataSet.set(tag, (golden.given ?? value) as SettableFor<number, DataSet>, { vr });
      assert.deepEqual(writeDataSet(dataSet, { transferSyntax, ...FORM }), bytes);
    });
  }

  Deno.test(`SQ in ${transferSyntax} is read and written in both length forms`, () => {
    const uid = element(syntax, 0x0020_000e, "UI", "1.2.3\0");
    for (const form of ["defined", "undefined"] as const) {
      const bytes = sequence(
        syntax,
        0x0008_1115,
        [item(syntax, uid, form), item(syntax, new Uint8Array(0), form)],
        form,
      );
      const dataSet = readDataSet(bytes, { transferSyntax });
      assert.equal(dataSet.get("ReferencedSeriesSequence")?.length, 2);
      assert.equal(dataSet.get("ReferencedSeriesSequence[0].SeriesInstanceUID"), "1.2.3");
      assert.deepEqual(writeDataSet(dataSet, { transferSyntax, form }), bytes);
      assert.deepEqual(writeDataSet(dataSet, { transferSyntax, form: "original" }), bytes);
    }
  });

  Deno.test(`a data set of every VR goes from ${transferSyntax} to each other and back`, () => {
    const bytes = Uint8Array.from(
      GOLDEN.toSorted((one, other) => one.tag - other.tag)
        .flatMap(({ tag, vr, little, big }) => [...element(syntax, tag, vr, syntax.little ? little : big)]),
    );
    const dataSet = readDataSet(bytes, { transferSyntax });
    assert.equal(dataSet.size, GOLDEN.length);
    for (const [, other] of SYNTAXES) {
      const there = readDataSet(writeDataSet(dataSet, { transferSyntax: other, ...FORM }), { transferSyntax: other });
      for (const { tag, value } of GOLDEN) assert.deepEqual(there.get(tag), value);
      assert.deepEqual(writeDataSet(there, { transferSyntax, ...FORM }), bytes);
    }
  });
}

Deno.test("a deflated data set of every VR is written and read", async () => {
  const transferSyntax = UID.DeflatedExplicitVRLittleEndian;
  const dataSet = new DataSet();
  for (const { tag, vr, value, given } of GOLDEN) {
    dataSet.set(tag, (given ?? value) as SettableFor<number, DataSet>, { vr });
  }
  const bytes = new Uint8Array(await new Response(streamDataSet(dataSet, { transferSyntax, ...FORM })).arrayBuffer());
  assert.equal(bytes.length % 2, 0);
  const read = readDataSet(bytes, { transferSyntax });
  for (const { tag, value } of GOLDEN) assert.deepEqual(read.get(tag), value);
});
