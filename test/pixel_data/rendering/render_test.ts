import assert from "node:assert/strict";
import { DataSet } from "../../../src/dicom/data_set/data_set.ts";
import * as UID from "../../../src/dicom/generated/uid.ts";
import { FrameCodecs } from "../../../src/pixel_data/frame_codecs.ts";
import {
  drawFrame,
  renderFrame,
  type RenderOptions,
  renderThumbnail,
} from "../../../src/pixel_data/rendering/render.ts";

type Values = ConstructorParameters<typeof DataSet>[0];

/** An image of one row of these stored values, of 16 bits. */
function row(stored: readonly number[], values: Values = {}): DataSet {
  const dataSet = new DataSet({
    ...{ Rows: 1, Columns: stored.length, SamplesPerPixel: 1, PhotometricInterpretation: "MONOCHROME2" },
    ...{ BitsAllocated: 16, BitsStored: 16, HighBit: 15, PixelRepresentation: 0, ...values },
  });
  return dataSet.set("PixelData", Uint16Array.from(stored), { vr: "OW" });
}

async function draw(dataSet: DataSet, options: RenderOptions = {}, frame = 0): Promise<number[]> {
  const instance = { dataSet, transferSyntax: UID.ExplicitVRLittleEndian };
  return [...(await drawFrame(instance, frame, new FrameCodecs(), options)).pixels];
}

Deno.test("a linear window is that of PS3.3 C.11.2.1.2.1, whose example it gives", async () => {
  const values = [0, 1, 1024, 2047, 2048, 2049, 4094, 4095, 5000];
  const shown = await draw(row(values, { WindowCenter: [2048], WindowWidth: [4096] }));
  assert.deepEqual(shown, values.map((x) => Math.round(Math.min(255, x / 4095 * 255))));
  // A width of 1 is a threshold.
  assert.deepEqual(await draw(row([99, 100, 101]), { window: { center: 100.5, width: 1 } }), [0, 0, 255]);
});

Deno.test("other window functions are exact and sigmoid; the caller's window comes first", async () => {
  const values = [0, 40, 50, 60, 100];
  const window = { center: 50, width: 40 };
  const exact = await draw(row(values), { window: { ...window, function: "LINEAR_EXACT" } });
  assert.deepEqual(exact, [0, 64, 128, 191, 255]);
  const sigmoid = row(values, { WindowCenter: [50], WindowWidth: [40], VOILUTFunction: "SIGMOID" });
  assert.deepEqual(await draw(sigmoid), [2, 69, 128, 186, 253]);
  assert.deepEqual(await draw(sigmoid, { window: { ...window, function: "LINEAR_EXACT" } }), exact);
  for (const width of [0, -1, NaN, 0.5]) {
    await assert.rejects(draw(row(values), { window: { center: 1, width } }), { name: "PixelDataError" });
  }
});

Deno.test("rescaling comes before the window, and signed values are signed, wherever their bits are", async () => {
  const rescaled = { RescaleSlope: 2, RescaleIntercept: -1000, WindowCenter: [0.5], WindowWidth: [201] };
  assert.deepEqual(await draw(row([450, 500, 550], rescaled)), [0, 128, 255]);
  const signed = { BitsStored: 12, PixelRepresentation: 1, WindowCenter: [0.5], WindowWidth: [4096] };
  assert.deepEqual(await draw(row([0x800, 0, 0x7ff, 0xf800], { ...signed, HighBit: 11 })), [0, 128, 255, 0]);
  assert.deepEqual(await draw(row([0x8000, 0, 0x7ff0], { ...signed, HighBit: 15 })), [0, 128, 255]);
});

Deno.test("lookup tables of modality and VOI clamp what is outside of them", async () => {
  const modality = {
    ModalityLUTSequence: [{ LUTDescriptor: Uint16Array.of(3, 10, 16), LUTData: Uint16Array.of(0, 500, 1000) }],
  };
  assert.deepEqual(await draw(row([5, 10, 11, 12, 99], { ...modality, WindowCenter: [500.5], WindowWidth: [1001] })), [
    ...[0, 0, 128, 255, 255],
  ]);
  const voi = {
    VOILUTSequence: [{ LUTDescriptor: Uint16Array.of(4, 1, 8), LUTData: Uint16Array.of(255, 100, 50, 0) }],
  };
  assert.deepEqual(await draw(row([0, 1, 2, 3, 4, 9], voi)), [255, 255, 100, 50, 0, 0]);
  const broken = { VOILUTSequence: [{ LUTDescriptor: Uint16Array.of(9, 1, 8), LUTData: Uint16Array.of(1) }] };
  await assert.rejects(draw(row([0], broken)), { message: "Cannot read the LUT: found 1 entries, expected 9" });
});

Deno.test("MONOCHROME1 and the presentation LUT shape decide what is white", async () => {
  const window = { WindowCenter: [50.5], WindowWidth: [101] };
  const of = (values: Values) => draw(row([0, 100], { ...window, ...values }));
  assert.deepEqual(await of({ PhotometricInterpretation: "MONOCHROME1" }), [255, 0]);
  assert.deepEqual(await of({ PhotometricInterpretation: "MONOCHROME1", PresentationLUTShape: "INVERSE" }), [255, 0]);
  assert.deepEqual(await of({ PhotometricInterpretation: "MONOCHROME1", PresentationLUTShape: "IDENTITY" }), [0, 255]);
  assert.deepEqual(await of({ PresentationLUTShape: "INVERSE" }), [255, 0]);
});

Deno.test("padding is black and does not count where no window is given", async () => {
  const padded = { PixelPaddingValue: 9000, PixelPaddingRangeLimit: 9999 };
  assert.deepEqual(await draw(row([9000, 100, 150, 200, 9500], padded)), [0, 0, 128, 255, 0]);
  assert.deepEqual(await draw(row([9000, 9000], padded)), [0, 0]);
  assert.deepEqual(await draw(row([7, 7])), [128, 128]);
});

Deno.test("attributes of one frame come from its functional groups, then from the shared ones", async () => {
  const voi = (center: number) => ({ FrameVOILUTSequence: [{ WindowCenter: [center], WindowWidth: [101] }] });
  const dataSet = row([], {
    ...{ Columns: 1, NumberOfFrames: 2 },
    SharedFunctionalGroupsSequence: [{
      PixelValueTransformationSequence: [{ RescaleSlope: 10, RescaleIntercept: 0 }],
      ...voi(50.5),
    }],
    PerFrameFunctionalGroupsSequence: [{}, voi(1050.5)],
  });
  dataSet.set("PixelData", Uint16Array.of(10, 110), { vr: "OW" });
  assert.deepEqual([await draw(dataSet, {}, 0), await draw(dataSet, {}, 1)], [[255], [255]]);
  dataSet.set("PixelData", Uint16Array.of(5, 105), { vr: "OW" });
  assert.deepEqual([await draw(dataSet, {}, 0), await draw(dataSet, {}, 1)], [[128], [128]]);
  await assert.rejects(draw(dataSet, {}, 2), { message: "Cannot give frame 3: found 2 frames" });
});

Deno.test("single bits are black and white", async () => {
  const dataSet = row([], { Columns: 5, BitsAllocated: 1, BitsStored: 1, HighBit: 0 });
  dataSet.set("PixelData", Uint8Array.of(0b10110, 0), { vr: "OB" });
  assert.deepEqual(await draw(dataSet), [0, 255, 255, 0, 255]);
});

/** A palette of 4 entries from value 10 on. */
const PALETTE: Values = Object.fromEntries(["Red", "Green", "Blue"].flatMap((name, index) => [
  [`${name}PaletteColorLookupTableDescriptor`, Uint16Array.of(4, 10, 16)],
  [`${name}PaletteColorLookupTableData`, Uint16Array.of(0, 0x8000, 0xffff, index * 0x1000)],
]));

Deno.test("PALETTE COLOR goes through its tables, plain ones, of bytes, and segmented", async () => {
  const base = { PhotometricInterpretation: "PALETTE COLOR", BitsStored: 8, HighBit: 7 };
  const expected = [0, 0, 0, 128, 128, 128, 0, 16, 32, 0, 16, 32];
  assert.deepEqual(await draw(row([3, 11, 13, 200], { ...base, ...PALETTE })), expected);
  const table = (name: string, data: Values) => ({
    ...{ [`${name}PaletteColorLookupTableDescriptor`]: Uint16Array.of(6, 0, 8) },
    ...data,
  });
  const bytes = ["Red", "Green", "Blue"].map((name) =>
    table(name, { [`${name}PaletteColorLookupTableData`]: Uint16Array.of(0x0201, 0x0403, 0x0605) })
  );
  assert.deepEqual(await draw(row([0, 5], { ...base, ...Object.assign({}, ...bytes) })), [1, 1, 1, 6, 6, 6]);
  // Discrete 5; linear to 9 in 2 steps; a copy of both.
  const segments = Uint16Array.of(0, 1, 5, 1, 2, 9, 2, 2, 0, 0);
  const segmented = ["Red", "Green", "Blue"].map((name) =>
    table(name, { [`Segmented${name}PaletteColorLookupTableData`]: segments })
  );
  const shown = await draw(row([0, 1, 2, 3, 4, 5], { ...base, ...Object.assign({}, ...segmented) }));
  assert.deepEqual(shown.filter((_, index) => index % 3 === 0), [5, 7, 9, 5, 7, 9]);
  await assert.rejects(draw(row([0], base)), { message: /found a descriptor of 0 values, expected 3/ });
});

Deno.test("segmented tables that point nowhere are refused", async () => {
  const base = { PhotometricInterpretation: "PALETTE COLOR", BitsStored: 8, HighBit: 7 };
  for (const segments of [[1, 2, 9], [0, 9, 1], [2, 1, 99, 0], [7, 1, 1], [2, 1, 0, 0], []]) {
    const values = Object.fromEntries(["Red", "Green", "Blue"].flatMap((name) => [
      [`${name}PaletteColorLookupTableDescriptor`, Uint16Array.of(4, 0, 8)],
      [`Segmented${name}PaletteColorLookupTableData`, Uint16Array.from(segments)],
    ]));
    await assert.rejects(draw(row([0], { ...base, ...values })), { name: "PixelDataError", reason: "malformed" });
  }
});

/** A pixel of three samples. */
function colour(photometricInterpretation: string, bytes: number[], values: Values = {}): DataSet {
  return new DataSet({
    ...{ Rows: 1, Columns: bytes.length / 3, SamplesPerPixel: 3, PlanarConfiguration: 0, PixelRepresentation: 0 },
    ...{ BitsAllocated: 8, BitsStored: 8, HighBit: 7, PhotometricInterpretation: photometricInterpretation, ...values },
  }).set("PixelData", Uint8Array.from([...bytes, ...(bytes.length % 2 === 0 ? [] : [0])]), { vr: "OB" });
}

Deno.test("colours come out as RGB", async () => {
  assert.deepEqual(await draw(colour("RGB", [1, 2, 3])), [1, 2, 3]);
  assert.deepEqual(await draw(colour("RGB", [1, 2, 3, 4, 5, 6], { PlanarConfiguration: 1 })), [1, 3, 5, 2, 4, 6]);
  assert.deepEqual(await draw(colour("YBR_FULL", [76, 85, 255])), [254, 0, 0]);
  assert.deepEqual(
    await draw(
      colour("YBR_PARTIAL_422", [235, 16, 128, 128, 0, 0], { Columns: 2 }).set(
        "PixelData",
        Uint8Array.of(235, 16, 128, 128),
        { vr: "OB" },
      ),
    ),
    [255, 255, 255, 0, 0, 0],
  );
  const deep = colour("RGB", [0, 0, 0], { BitsAllocated: 16, BitsStored: 12, HighBit: 11 });
  deep.set("PixelData", Uint16Array.of(0xfff, 0x800, 0x10), { vr: "OW" });
  assert.deepEqual(await draw(deep), [255, 128, 1]);
  await assert.rejects(draw(colour("CMYK", [1, 2, 3])), {
    message: "Cannot render a frame: found CMYK, expected RGB or YBR",
  });
});

Deno.test("overlays are drawn and shutters closed where that is asked", async () => {
  const dataSet = row([100, 100, 100, 100], { Rows: 2, Columns: 2, WindowCenter: [100.5], WindowWidth: [201] });
  dataSet.set(0x6002_0010, 1, { vr: "US" }).set(0x6002_0011, 3, { vr: "US" });
  dataSet.set(0x6002_0050, [2, 1], { vr: "SS" }).set(0x6002_3000, Uint8Array.of(0b110, 0), { vr: "OB" });
  assert.deepEqual(await draw(dataSet), [128, 128, 128, 128].map(() => 128));
  assert.deepEqual(await draw(dataSet, { overlays: true }), [128, 128, 128, 255]);
  dataSet.set("ShutterShape", ["RECTANGULAR"]).set("ShutterLeftVerticalEdge", 2).set(
    "ShutterPresentationValue",
    0x4000,
  );
  assert.deepEqual(await draw(dataSet, { shutters: true }), [64, 128, 64, 128]);
  dataSet.set("ShutterShape", ["CIRCULAR"]).set("CenterOfCircularShutter", [1, 1]).set("RadiusOfCircularShutter", 1);
  assert.deepEqual(await draw(dataSet, { shutters: true }), [128, 128, 128, 64]);
  dataSet.set("ShutterShape", ["POLYGONAL"]).set("VerticesOfThePolygonalShutter", [0, 0, 0, 9, 9, 0]);
  assert.deepEqual(await draw(dataSet, { shutters: true }), [128, 128, 128, 128]);
  dataSet.set("VerticesOfThePolygonalShutter", [5, 5, 5, 9, 9, 5]);
  assert.deepEqual(await draw(dataSet, { shutters: true }), [64, 64, 64, 64]);
});

Deno.test("an overlay in unused bits of the pixels is drawn", async () => {
  const dataSet = row([0x8000, 0x0000], { BitsStored: 12, HighBit: 11, WindowCenter: [2048], WindowWidth: [4096] });
  dataSet.set(0x6000_0010, 1, { vr: "US" }).set(0x6000_0011, 2, { vr: "US" }).set(0x6000_0102, 15, { vr: "US" });
  assert.deepEqual(await draw(dataSet, { overlays: true }), [255, 0]);
});

Deno.test("a thumbnail is of the frame in the middle, or an icon of what has none", async () => {
  const codecs = new FrameCodecs();
  const type = "image/png";
  const frames = row([], { Columns: 1, NumberOfFrames: 3, WindowCenter: [50.5], WindowWidth: [101] });
  frames.set("PixelData", Uint16Array.of(0, 100, 0), { vr: "OW" });
  const instance = { dataSet: frames, transferSyntax: UID.ExplicitVRLittleEndian };
  const viewport = { width: 64, height: 32 };
  const picture = await renderThumbnail(instance, codecs, { type, viewport });
  assert.deepEqual([picture.width, picture.height], [32, 32]);
  const same = await renderFrame(instance, 1, codecs, { type, viewport });
  assert.deepEqual(picture.bytes, same.bytes);
  const report = new DataSet({ SOPClassUID: UID.BasicTextSRStorage });
  const icon = await renderThumbnail({ dataSet: report, transferSyntax: UID.ExplicitVRLittleEndian }, codecs, { type });
  assert.deepEqual([icon.width, icon.height], [128, 128]);
  const problems: unknown[] = [];
  const broken = { dataSet: row([1], { Rows: 99 }), transferSyntax: UID.ExplicitVRLittleEndian };
  const onProblem = (error: unknown) => problems.push(error);
  assert.equal((await renderThumbnail(broken, codecs, { onProblem })).type, "image/jpeg");
  assert.match(String(problems), /Cannot find the frames/);
  const video = { dataSet: row([1]), transferSyntax: UID.MPEG2MPML };
  await renderThumbnail(video, codecs, { onProblem });
  assert.match(String(problems[1]), /nothing here decodes/);
});
