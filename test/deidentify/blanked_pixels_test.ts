import assert from "node:assert/strict";
import type { BlankEncapsulated } from "../../src/deidentify/deidentifier.ts";
import type { PixelRule } from "../../src/deidentify/pixel_treatment.ts";
import type { AttributeValues } from "../../src/dicom/data_set/attribute_values.ts";
import { DataSet } from "../../src/dicom/data_set/data_set.ts";
import { readFile } from "../../src/dicom/data_set/reading/read_file.ts";
import { writeDataSet } from "../../src/dicom/data_set/writing/write_data_set.ts";
import * as UID from "../../src/dicom/generated/uid.ts";
import { allOf, fileOf, image, streamOf } from "../transform/support.ts";
import { makeInstance } from "../support/instances.ts";
import { createDeidentifier, deidentifyInstance } from "../../src/deidentify/deidentifier.ts";
import { deidentified, KEY } from "./support.ts";

const bytes = { BitsAllocated: 8, BitsStored: 8, HighBit: 7 };

/** The pixels of an image of bytes after its treatment, in the transfer syntax and with chunks of all sizes. */
async function pixels(
  values: AttributeValues<DataSet>,
  rule: PixelRule["treatment"],
  transferSyntax?: string,
): Promise<number[]> {
  const deidentifier = createDeidentifier({ key: KEY, pixels: [{ treatment: rule }] });
  const file = fileOf(image({ ...bytes, ...values }), transferSyntax);
  let first: number[] | undefined;
  for (const size of [1, 3, 50, Infinity]) {
    const output = readFile(await allOf(await deidentifyInstance(streamOf(file, size), deidentifier)));
    const element = output.dataSet.element(0x7fe0_0010);
    const found = element?.kind === "value" ? [...element.bytes] : [];
    assert.deepEqual(found, first ??= found);
    assert.equal(output.dataSet.get("BurnedInAnnotation"), "NO");
    assert.equal(output.dataSet.get("DeidentificationMethodCodeSequence[1].CodeValue"), "113101");
  }
  return first!;
}

const seven = (count: number) => new Uint8Array(count).fill(7);

Deno.test("rectangles are blanked in every frame, as far as they lie in the image", async () => {
  const values = { Rows: 3, Columns: 4, NumberOfFrames: 2, PixelData: seven(24) };
  const blank = { blank: [{ x: 1, y: 0, width: 2, height: 1 }, { x: 3, y: 2, width: 9, height: 9 }] };
  const frame = [7, 0, 0, 7, 7, 7, 7, 7, 7, 7, 7, 0];
  assert.deepEqual(await pixels(values, blank), [...frame, ...frame]);
});

Deno.test("all but the regions of an ultrasound image is blanked; without regions it is held", async () => {
  const region = (left: number, top: number, right: number, bottom: number) => ({
    RegionLocationMinX0: left,
    RegionLocationMinY0: top,
    RegionLocationMaxX1: right,
    RegionLocationMaxY1: bottom,
  });
  const values = { Modality: "US", Rows: 3, Columns: 4, PixelData: seven(12) };
  const SequenceOfUltrasoundRegions = [region(0, 1, 1, 1), region(1, 1, 2, 2)];
  assert.deepEqual(await pixels({ ...values, SequenceOfUltrasoundRegions }, "ultrasound-regions"), [
    0,
    0,
    0,
    0,
    7,
    7,
    7,
    0,
    0,
    7,
    7,
    0,
  ]);
  await assert.rejects(pixels(values, "ultrasound-regions"), /declares no regions/);
});

Deno.test("blank is black in each photometric interpretation, by pixel and by plane, in 16 bits of both orders", async () => {
  const first = { blank: [{ x: 0, y: 0, width: 1, height: 1 }] };
  const colour = { Rows: 1, Columns: 2, SamplesPerPixel: 3, PlanarConfiguration: 0, PixelData: seven(6) };
  assert.deepEqual(await pixels({ ...colour, PhotometricInterpretation: "RGB" }, first), [0, 0, 0, 7, 7, 7]);
  assert.deepEqual(await pixels({ ...colour, PhotometricInterpretation: "YBR_FULL" }, first), [0, 128, 128, 7, 7, 7]);
  const planes = { ...colour, PhotometricInterpretation: "YBR_FULL", PlanarConfiguration: 1 };
  assert.deepEqual(await pixels(planes, first), [0, 7, 128, 7, 128, 7]);
  const inverse = { Rows: 1, Columns: 2, PhotometricInterpretation: "MONOCHROME1" };
  assert.deepEqual(await pixels({ ...inverse, PixelData: seven(2) }, first), [255, 7]);
  const words = { ...inverse, BitsAllocated: 16, BitsStored: 12, HighBit: 11, PixelData: Uint16Array.of(7, 7) };
  assert.deepEqual(await pixels(words, first), [0xff, 0x0f, 7, 0]);
  const turned = await pixels(words, first, UID.ExplicitVRBigEndian);
  assert.deepEqual(turned, [0x0f, 0xff, 0, 7]);
});

Deno.test("pixels that can't be found by their numbers are held: bits, shared samples, a wrong length, no numbers", async () => {
  const blank = { blank: [{ x: 0, y: 0, width: 1, height: 1 }] };
  const held = async (values: AttributeValues<DataSet>, expected: RegExp) =>
    await assert.rejects(pixels({ PixelData: seven(4), ...values }, blank), {
      name: "DataSetError",
      message: expected,
    });
  await held({ BitsAllocated: 1 }, /1 bits/);
  await held({ PhotometricInterpretation: "YBR_FULL_422" }, /share samples/);
  await held({ PixelData: seven(6) }, /has 6 bytes where its image has 4/);
  await held({ NumberOfFrames: 3 }, /4 bytes where its image has 12/);
  await assert.rejects(pixels({ PixelData: seven(4) }, { blank: [{ x: 0, y: 0, width: 0, height: 1 }] }), /sides/);
});

Deno.test("images that mostly show text are held until something is said of them, whatever they say of themselves", async () => {
  const suspect: AttributeValues<DataSet>[] = [
    { BurnedInAnnotation: "YES" },
    { SOPClassUID: UID.SecondaryCaptureImageStorage },
    { SOPClassUID: UID.UltrasoundMultiFrameImageStorage, BurnedInAnnotation: "NO" },
    { Modality: "US" },
    { Modality: "XC" },
    { ImageType: ["DERIVED", "SECONDARY", "SCREEN SAVE"] },
  ];
  for (const values of suspect) {
    await assert.rejects(deidentified(image(values)), /Cannot de-identify the pixels: .*, expected a treatment/);
    await deidentified(image(values), { pixels: [{ treatment: "keep" }] });
  }
  await deidentified(image());
  const withoutPixels = image({ Modality: "US" });
  withoutPixels.delete("PixelData");
  await deidentified(withoutPixels);
});

Deno.test("the first rule that applies counts; with clean-pixel-data every image needs one that blanks", async () => {
  const pixels: PixelRule[] = [
    {
      when: { Modality: "US", Rows: "2", ImageType: ["A", "B"] },
      treatment: { blank: [{ x: 0, y: 0, width: 1, height: 1 }] },
    },
    { when: { Modality: ["US", "XC"] }, treatment: "keep" },
  ];
  const us = (ImageType: string[]) => image({ ...bytes, Modality: "US", ImageType, PixelData: seven(4) });
  assert.equal((await deidentified(us(["B"]), { pixels })).dataSet.get("BurnedInAnnotation"), "NO");
  assert.equal((await deidentified(us(["C"]), { pixels })).dataSet.has("BurnedInAnnotation"), false);
  await assert.rejects(deidentified(image({ Modality: "ES" }), { pixels }), /its modality, ES/);
  const options = ["clean-pixel-data"];
  await assert.rejects(deidentified(image(), { pixels, options }), /the option clean-pixel-data is given/);
  await assert.rejects(deidentified(us(["C"]), { pixels, options }), /the option clean-pixel-data is given/);
  assert.equal(
    (await deidentified(us(["A"]), { pixels, options })).dataSet.get("DeidentificationMethodCodeSequence[1].CodeValue"),
    "113101",
  );
});

Deno.test("compressed pixels are held without a function that blanks them, and are what it gives with one", async () => {
  const { file } = makeInstance({ transferSyntax: UID.RLELossless, pixelBytes: 4 });
  const pixels: PixelRule[] = [{ treatment: { blank: [{ x: 0, y: 0, width: 1, height: 1 }] } }];
  await assert.rejects(
    deidentified(file, { pixels }),
    /they are compressed, expected native pixel data, or a function/,
  );
  let seen = 0;
  const blankEncapsulated: BlankEncapsulated = async ({ elements, dataSet, transferSyntax }, area) => {
    assert.equal(transferSyntax, UID.RLELossless);
    assert.equal(area.rectangles.length, 1);
    for await (const chunk of elements) seen += chunk.length;
    dataSet.set("LossyImageCompression", "00");
    const encoded = writeDataSet(new DataSet({ PixelData: new Uint8Array(4) }));
    return { transferSyntax: UID.ExplicitVRLittleEndian, elements: new Blob([encoded]).stream() };
  };
  const { dataSet, transferSyntax, meta } = await deidentified(file, { pixels, blankEncapsulated });
  assert.ok(seen > 30);
  assert.equal(transferSyntax, UID.ExplicitVRLittleEndian);
  assert.equal(meta.get("TransferSyntaxUID"), UID.ExplicitVRLittleEndian);
  assert.equal(dataSet.get("LossyImageCompression"), "00");
  assert.equal(dataSet.get("BurnedInAnnotation"), "NO");
  assert.ok(dataSet.element(0x7fe0_0010)?.kind === "value");
  const careless: BlankEncapsulated = () =>
    Promise.resolve({ transferSyntax: UID.ExplicitVRLittleEndian, elements: new Blob([]).stream() });
  await assert.rejects(deidentified(file, { pixels, blankEncapsulated: careless }), /were not read to their end/);
});
