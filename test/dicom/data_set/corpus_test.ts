import assert from "node:assert/strict";
import { readDataSet } from "../../../src/dicom/data_set/reading/read_data_set.ts";
import { type DicomFile, readFile, readFileFrom } from "../../../src/dicom/data_set/reading/read_file.ts";
import { streamDataSet, writeDataSet } from "../../../src/dicom/data_set/writing/write_data_set.ts";
import { writeFile } from "../../../src/dicom/data_set/writing/write_file.ts";
import * as UID from "../../../src/dicom/generated/uid.ts";
import { DataSetError } from "../../../src/errors.ts";
import { corpusFiles, corpusIsThere, corpusPath } from "../corpus.ts";
import { pieces } from "../encoding/scanning.ts";
import { outline } from "./outline.ts";

const ignore = !corpusIsThere;

/** The faulty files that cannot be read to their end, and those whose transfer syntax, or length of an item, is a wrong one. */
const UNREADABLE = new Set([
  "MR_truncated.dcm",
  "no_meta.dcm",
  "rtplan_truncated.dcm",
]);
const WRONGLY_DECLARED = new Set(["SC_rgb_jpeg.dcm", "dicomdirtests/DICOMDIR-nooffset"]);

const NATIVE = [UID.ImplicitVRLittleEndian, UID.ExplicitVRLittleEndian, UID.ExplicitVRBigEndian];

function* readable(): Generator<{ name: string; bytes: Uint8Array<ArrayBuffer>; file: DicomFile }> {
  for (const name of corpusFiles()) {
    if (UNREADABLE.has(name)) continue;
    const bytes = Deno.readFileSync(corpusPath(name));
    yield { name, bytes, file: readFile(bytes) };
  }
}

Deno.test({
  name: "files of the corpus are written again byte for byte in their original form",
  ignore,
  async fn() {
    let compared = 0;
    for (const { name, bytes, file } of readable()) {
      if (WRONGLY_DECLARED.has(name)) continue;
      if (file.transferSyntax === UID.DeflatedExplicitVRLittleEndian) {
        // There are many ways to deflate the same.
        const { transferSyntax } = file;
        const again = await new Response(streamDataSet(file.dataSet, { transferSyntax, form: "original" })).bytes();
        assert.deepEqual(outline(readDataSet(again, { transferSyntax })), outline(file.dataSet));
      } else assert.ok(equal(writeFile(file, { form: "original" }), bytes), name);
      compared++;
    }
    assert.ok(compared > 150, `${compared} files`);
  },
});

Deno.test({
  name: "data sets of the corpus come back from every transfer syntax and form",
  ignore,
  fn() {
    for (const { name, file } of readable()) {
      const encapsulated = [...file.dataSet].some(({ kind }) => kind === "encapsulated");
      const expected = writeDataSet(file.dataSet, { transferSyntax: file.transferSyntax.replace(/\.99$/, "") });
      for (const transferSyntax of encapsulated ? [file.transferSyntax] : NATIVE) {
        for (const form of ["defined", "undefined"] as const) {
          const bytes = writeDataSet(file.dataSet, { transferSyntax, form });
          const again = readDataSet(bytes, { transferSyntax });
          assert.ok(equal(writeDataSet(again, { transferSyntax, form }), bytes), `${name} in ${transferSyntax}`);
          if (transferSyntax === UID.ImplicitVRLittleEndian) continue;
          const back = writeDataSet(again, { transferSyntax: file.transferSyntax.replace(/\.99$/, "") });
          assert.ok(equal(back, expected), `${name} back from ${transferSyntax}`);
        }
      }
    }
  },
});

Deno.test({
  name: "files of the corpus are read the same in chunks, and from a Blob without their large values",
  ignore,
  async fn() {
    for (const { name, bytes, file } of readable()) {
      if (bytes.length > 300_000) continue;
      const chunked = await readFileFrom(ReadableStream.from(pieces(bytes, 1021, 13, 257)));
      assert.deepEqual(outline(chunked.dataSet), outline(file.dataSet), name);
      const { dataSet } = await readFileFrom(new Blob([bytes]), { referenceAbove: 1000 });
      const { transferSyntax } = file;
      const written = await new Response(streamDataSet(dataSet, { transferSyntax, form: "original" })).bytes();
      assert.deepEqual(outline(readDataSet(written, { transferSyntax })), outline(file.dataSet), name);
    }
  },
});

Deno.test({
  name: "faulty files of the corpus are read as far as that goes, with warnings that say what is wrong",
  ignore,
  fn() {
    const warnings: string[] = [];
    for (const name of corpusFiles()) {
      const bytes = Deno.readFileSync(corpusPath(name));
      try {
        readFile(bytes, { onWarning: ({ message }) => warnings.push(`${name}: ${message}`) });
        assert.ok(!UNREADABLE.has(name), name);
      } catch (error) {
        assert.ok(
          error instanceof DataSetError && error.offset !== undefined && UNREADABLE.has(name),
          `${name}: ${error}`,
        );
      }
    }
    const all = warnings.join("\n");
    assert.match(all, /SC_rgb_jpeg.dcm: .* not in the transfer syntax that is declared: taken as implicit VR/);
    assert.match(
      all,
      /DICOMDIR-nooffset: .* an item claims 248 bytes where 224 are left of its sequence: it ends there/,
    );
    assert.match(all, /ExplVR_LitEndNoMeta.dcm: .* it has no preamble/);
    assert.match(all, /no_meta_group_length.dcm: .* the group length of its meta information is missing or wrong/);
  },
});

Deno.test({
  name: "values of corpus files are what they should be",
  ignore,
  fn() {
    const read = (name: string) => readFile(Deno.readFileSync(corpusPath(name))).dataSet;
    const ct = read("CT_small.dcm");
    assert.equal(ct.get("PatientName")?.alphabetic?.familyName, "CompressedSamples");
    assert.deepEqual(ct.get("PixelSpacing"), [0.661468, 0.661468]);
    assert.equal(ct.private("GEMS_IDEN_01", 0x0009).getText(0x02), "CT01");
    assert.equal(ct.get("OtherPatientIDsSequence[1].PatientID"), "1234ABCD");
    assert.equal(ct.get("SmallestImagePixelValue"), undefined);
    assert.equal(ct.get("PixelData")?.length, 128 * 128);
    assert.equal(read("UN_sequence.dcm").element(0x4453_100c)?.kind, "sequence");
    const plan = read("rtplan.dcm");
    assert.equal(plan.get("BeamSequence[0].ControlPointSequence[0].NominalBeamEnergy"), 6);
    assert.equal(read("charsets/chrH31.dcm").get("PatientName")?.ideographic?.familyName, "山田");
  },
});

function equal(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}
