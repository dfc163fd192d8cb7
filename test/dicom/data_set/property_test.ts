import assert from "node:assert/strict";
import fc from "fast-check";
import { EncapsulatedElement, SequenceElement, ValueElement } from "../../../src/dicom/data_set/data_element.ts";
import { DataSet } from "../../../src/dicom/data_set/data_set.ts";
import { DataSetReader } from "../../../src/dicom/data_set/reading/data_set_reader.ts";
import { readDataSet } from "../../../src/dicom/data_set/reading/read_data_set.ts";
import { streamDataSet, writeDataSet } from "../../../src/dicom/data_set/writing/write_data_set.ts";
import * as UID from "../../../src/dicom/generated/uid.ts";
import { type Vr, vrDefinition, VRS } from "../../../src/dicom/vr.ts";
import { pieces } from "../encoding/scanning.ts";
import { outline } from "./outline.ts";

const SYNTAXES = [UID.ExplicitVRLittleEndian, UID.ExplicitVRBigEndian, UID.ImplicitVRLittleEndian];

/** Private tags: they are of no VR that would be known, and of none that writing would leave out. */
const tags = fc.tuple(fc.integer({ min: 0x0009, max: 0x7fdf }), fc.integer({ min: 0x1000, max: 0xffff }))
  .map(([group, element]) => (group | 1) * 0x1_0000 + element);

const valueVrs = fc.constantFrom(...VRS.filter((vr) => vr !== "SQ"));

function values(vr: Vr): fc.Arbitrary<Uint8Array> {
  const { size, kind } = vrDefinition(vr);
  const unit = kind === "text" ? 2 : Math.max(2, size);
  return fc.uint8Array({ maxLength: 40 }).map((bytes) => bytes.slice(0, bytes.length - bytes.length % unit));
}

const valueElements = fc.tuple(tags, valueVrs).chain(([tag, vr]) =>
  fc.tuple(values(vr), fc.boolean()).map(([bytes, littleEndian]) => new ValueElement(tag, vr, bytes, { littleEndian }))
);

const encapsulatedElements = fc.tuple(tags, fc.array(fc.uint8Array({ maxLength: 9 }), { minLength: 1, maxLength: 4 }))
  .map(([tag, fragments]) => new EncapsulatedElement(tag, "OB", fragments.map((part) => part.slice(part.length % 2))));

const { dataSets } = fc.letrec<{ dataSets: DataSet; sequences: SequenceElement<DataSet> }>((tie) => ({
  dataSets: fc.array(fc.oneof({ weight: 4, arbitrary: valueElements }, tie("sequences")), { maxLength: 6 })
    .map((elements) => {
      const dataSet = new DataSet();
      for (const element of elements) dataSet.setElement(element);
      return dataSet;
    }),
  sequences: fc.tuple(tags, fc.array(tie("dataSets"), { maxLength: 3, depthIdentifier: "items" }))
    .map(([tag, items]) => new SequenceElement(tag, items)),
}));

const forms = fc.constantFrom("defined", "undefined", "original");

/** As `outline()`, with values in Little Endian. */
function meaning(dataSet: DataSet): string[] {
  return outline(
    readDataSet(writeDataSet(dataSet), { transferSyntax: UID.ExplicitVRLittleEndian, resolveUnknown: false }),
  );
}

Deno.test("what writeDataSet() writes, DataSetReader reads, in any transfer syntax, form and split", () => {
  fc.assert(
    fc.property(
      dataSets,
      fc.constantFrom(...SYNTAXES),
      forms,
      fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 5 }),
      (dataSet, transferSyntax, form, sizes) => {
        const bytes = writeDataSet(dataSet, { transferSyntax, form: form as "defined" });
        const reader = new DataSetReader({ transferSyntax });
        for (const piece of pieces(bytes, ...sizes)) reader.push(piece);
        reader.end();
        // Private attributes have no VR in Implicit VR Little Endian: there the bytes have to be the same.
        if (transferSyntax !== UID.ImplicitVRLittleEndian) assert.deepEqual(meaning(reader.dataSet), meaning(dataSet));
        assert.deepEqual(writeDataSet(reader.dataSet, { transferSyntax, form: "original" }), bytes);
      },
    ),
    { seed: 42, numRuns: 1000 },
  );
});

Deno.test("encapsulated values are read as they were written", () => {
  const transferSyntax = UID.RLELossless;
  fc.assert(
    fc.property(encapsulatedElements, valueElements, fc.integer({ min: 1, max: 40 }), (element, another, size) => {
      const dataSet = new DataSet().setElement(another).setElement(element);
      const reader = new DataSetReader({ transferSyntax });
      for (const piece of pieces(writeDataSet(dataSet, { transferSyntax }), size)) reader.push(piece);
      reader.end();
      assert.deepEqual(writeDataSet(reader.dataSet, { transferSyntax }), writeDataSet(dataSet, { transferSyntax }));
      if (another.tag !== element.tag) assert.deepEqual(reader.dataSet.element(element.tag), element);
    }),
    { seed: 42 },
  );
});

Deno.test("streamDataSet() gives what writeDataSet() gives", async () => {
  await fc.assert(
    fc.asyncProperty(dataSets, fc.constantFrom(...SYNTAXES), async (dataSet, transferSyntax) => {
      const streamed = await new Response(streamDataSet(dataSet, { transferSyntax })).arrayBuffer();
      assert.deepEqual(new Uint8Array(streamed), writeDataSet(dataSet, { transferSyntax }));
    }),
    { seed: 42, numRuns: 50 },
  );
});
