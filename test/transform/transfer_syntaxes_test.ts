/** Steps that change the transfer syntax: which instances go out in which, and that nothing but the compression is another. */

import assert from "node:assert/strict";
import { DataSet } from "../../src/dicom/data_set/data_set.ts";
import * as UID from "../../src/dicom/generated/uid.ts";
import { FrameCodecs } from "../../src/pixel_data/frame_codecs.ts";
import { ENCODABLE } from "../../src/pixel_data/compression.ts";
import { transcodingBy } from "../../src/pixel_data/transcoding/transcoding_by.ts";
import { type ChangeStep, compileChanges } from "../../src/transform/change_steps.ts";
import { transformInstance } from "../../src/transform/transform_instance.ts";
import { allOf, changed, fileOf, image, lentOf, streamOf } from "./support.ts";

const { transcode } = transcodingBy(new FrameCodecs());

const after = (dataSet: DataSet | Uint8Array, steps: readonly ChangeStep[]) =>
  changed(dataSet, compileChanges(steps, { encodable: ENCODABLE }), { transcode });

Deno.test("compress and decompress change the transfer syntax and no sample, whatever is changed besides", async () => {
  const original = image({ NumberOfFrames: 2, PixelData: Uint16Array.of(1, 2, 3, 4, 5, 6, 7, 8) });
  original.set("DataSetTrailingPadding", Uint8Array.of(0, 0));
  for (const named of ["RLELossless", UID.RLELossless]) {
    const rle = await after(original, [{ compress: named }, { set: { PatientID: "NEW" } }]);
    assert.equal(rle.transferSyntax, UID.RLELossless);
    assert.equal(rle.meta.get("TransferSyntaxUID"), UID.RLELossless);
    assert.equal(rle.dataSet.get("PatientID"), "NEW");
    assert.equal(rle.dataSet.element("PixelData")?.kind, "encapsulated");
    const native = await after(fileOf(rle.dataSet, UID.RLELossless), [{ decompress: true }]);
    assert.equal(native.transferSyntax, UID.ExplicitVRLittleEndian);
    assert.deepEqual(native.dataSet.get("PixelData"), original.get("PixelData"));
    const implicit = await after(fileOf(rle.dataSet, UID.RLELossless), [{ decompress: "ImplicitVRLittleEndian" }]);
    assert.equal(implicit.transferSyntax, UID.ImplicitVRLittleEndian);
    assert.deepEqual(implicit.dataSet.get("PixelData"), original.get("PixelData"));
  }
});

Deno.test("what has no pixels is not compressed, what is not compressed stays as it is, and the last of such steps counts", async () => {
  const report = new DataSet({ SOPClassUID: UID.EnhancedSRStorage, SOPInstanceUID: "1.2.3", Modality: "SR" });
  assert.equal((await after(report, [{ compress: "RLELossless" }])).transferSyntax, UID.ExplicitVRLittleEndian);
  const implicit = fileOf(image(), UID.ImplicitVRLittleEndian);
  assert.equal((await after(implicit, [{ decompress: true }])).transferSyntax, UID.ImplicitVRLittleEndian);
  const both = [{ compress: "RLELossless" }, { decompress: true }];
  assert.equal((await after(image(), both)).transferSyntax, UID.ExplicitVRLittleEndian);
  const deflated = fileOf(image(), UID.DeflatedExplicitVRLittleEndian);
  for (const to of ["ExplicitVRLittleEndian", "ImplicitVRLittleEndian"]) {
    assert.equal((await after(deflated, [{ decompress: to }])).dataSet.get("PatientID"), "ID-4711");
  }
});

Deno.test("without what transcodes, or where it can't, the change fails and its source is cancelled", async () => {
  const changes = compileChanges([{ compress: "RLELossless" }], { encodable: ENCODABLE });
  const source = lentOf(fileOf(image()), 100);
  await assert.rejects(transformInstance(source, changes), /no transcoder is configured/);
  assert.ok(source.cancelled > 0);
  const toJpegLs = compileChanges([{ compress: "JPEGLSLossless" }], { encodable: ENCODABLE });
  await assert.rejects(transformInstance(streamOf(fileOf(image())), toJpegLs, { transcode }), {
    name: "PixelDataError",
  });
  const short = fileOf(image({ Rows: 9 }));
  const reading = await transformInstance(streamOf(short), changes, { transcode });
  await assert.rejects(allOf(reading), /expected 1 frames of 36/);
});
