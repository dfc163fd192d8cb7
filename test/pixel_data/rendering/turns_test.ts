import assert from "node:assert/strict";
import { DataSet } from "../../../src/dicom/data_set/data_set.ts";
import { ValueElement } from "../../../src/dicom/data_set/data_element.ts";
import type { DecodedFrame } from "../../../src/pixel_data/frame_codecs.ts";
import { describeFrames } from "../../../src/pixel_data/frame_description.ts";
import { renderColour, renderPalette } from "../../../src/pixel_data/rendering/colour_picture.ts";
import { encodeGif } from "../../../src/pixel_data/rendering/gif.ts";
import { renderGray } from "../../../src/pixel_data/rendering/gray_scale.ts";
import { drawOverlays } from "../../../src/pixel_data/rendering/overlays.ts";
import { encodePng } from "../../../src/pixel_data/rendering/png.ts";
import { applyShutters } from "../../../src/pixel_data/rendering/shutters.ts";
import { inViewport } from "../../../src/pixel_data/rendering/viewport.ts";
import type { Pause } from "../../../src/scheduling/time_slices.ts";

const SIDE = 700;
const PIXELS = SIDE * SIDE;
/** Most pixels between two times that others are let in. */
const BETWEEN = 0x1_0000;

function frameOf(bits: number, samplesPerPixel: number, photometricInterpretation: string): DecodedFrame {
  const bitsAllocated = bits === 1 ? 1 : bits <= 8 ? 8 : bits <= 16 ? 16 : 32;
  const dataSet = new DataSet({
    ...{ Rows: SIDE, Columns: SIDE, SamplesPerPixel: samplesPerPixel, BitsAllocated: bitsAllocated },
    ...{ BitsStored: bits, HighBit: bits - 1, PixelRepresentation: 0 },
    PhotometricInterpretation: photometricInterpretation,
    ...(samplesPerPixel === 3 && { PlanarConfiguration: 0 }),
  });
  const bytes = Uint8Array.from({ length: PIXELS * samplesPerPixel * bitsAllocated / 8 }, (_, at) => at * 31 & 0xff);
  return { bytes, description: describeFrames(dataSet) };
}

const gray = (bits: number) => (pause: Pause) => renderGray(new DataSet(), frameOf(bits, 1, "MONOCHROME2"), 0, pause);
const colour = (bits: number, photometric: string) => (pause: Pause) =>
  renderColour(frameOf(bits, 3, photometric), pause);
const picture = (samples: 1 | 3) => ({
  ...{ width: SIDE, height: SIDE, samples },
  pixels: Uint8Array.from({ length: PIXELS * samples }, (_, at) => at * at >> 7 & 0xff),
});

function palette(pause: Pause) {
  const dataSet = new DataSet();
  for (const name of ["Red", "Green", "Blue"] as const) {
    dataSet.set(`${name}PaletteColorLookupTableDescriptor`, [256, 0, 16]);
    dataSet.set(`${name}PaletteColorLookupTableData`, new Uint8Array(512));
  }
  return renderPalette(dataSet, frameOf(8, 1, "PALETTE COLOR"), pause);
}

function shutter(pause: Pause) {
  const corners = Array.from({ length: 1000 }, (_, index) => index % SIDE + 1);
  const dataSet = new DataSet({ ShutterShape: "POLYGONAL", VerticesOfThePolygonalShutter: corners });
  return applyShutters(picture(1), dataSet, pause);
}

function overlay(pause: Pause) {
  const dataSet = new DataSet();
  dataSet.setElement(new ValueElement(0x6000_0010, "US", Uint8Array.of(SIDE & 0xff, SIDE >> 8)));
  dataSet.setElement(new ValueElement(0x6000_0011, "US", Uint8Array.of(SIDE & 0xff, SIDE >> 8)));
  dataSet.setElement(new ValueElement(0x6000_3000, "OW", new Uint8Array(PIXELS / 8 + 2).fill(0xff)));
  return drawOverlays(picture(1), dataSet, frameOf(8, 1, "MONOCHROME2"), 0, pause);
}

const WORKS: Readonly<Record<string, (pause: Pause) => Promise<unknown>>> = {
  "a gray frame of 1 bit": gray(1),
  "a gray frame of 16 bits": gray(16),
  "a gray frame of 32 bits": gray(32),
  "a frame in RGB of 12 bits": colour(12, "RGB"),
  "a frame in YBR": colour(8, "YBR_FULL"),
  "a frame with a palette": palette,
  "a shutter of many corners": shutter,
  "an overlay": overlay,
  "a part, made smaller": (pause) => inViewport(picture(3), { width: 100, height: 100 }, pause),
  "a part, made larger": (pause) => inViewport(picture(3), { width: 1000, height: 1000 }, pause),
  "a gray PNG": (pause) => encodePng(picture(1), undefined, pause),
  "a PNG in colour": (pause) => encodePng(picture(3), undefined, pause),
  "a gray GIF": (pause) => encodeGif(picture(1), pause),
  "a GIF of many colours": (pause) => encodeGif(picture(3), pause),
};

for (const [name, work] of Object.entries(WORKS)) {
  Deno.test(`a picture lets others have their turn while it is made: ${name}`, async () => {
    let turns = 0;
    await work(() => void turns++);
    assert.ok(turns >= PIXELS / BETWEEN, `${turns} turns`);
    // What waits for its turn holds up the work, too.
    const stop = new Error("no further");
    await assert.rejects(work(() => Promise.reject(stop)), (error) => error === stop);
  });
}
