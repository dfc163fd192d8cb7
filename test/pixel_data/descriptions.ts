/** Frames for tests, and what describes them. */

import type { FrameDescription } from "../../src/pixel_data/frame_description.ts";
import { frameDescription, frameLength } from "../../src/pixel_data/frame_description.ts";

/** A description: 16 columns and 12 rows of unsigned gray of 8 bits, unless something else is said. */
export function describe(options: Partial<FrameDescription> = {}): FrameDescription {
  const { rows = 12, columns = 16, samplesPerPixel = 1, bitsAllocated = 8, bitsStored = bitsAllocated } = options;
  const described = frameDescription({
    ...{ Rows: rows, Columns: columns, SamplesPerPixel: samplesPerPixel },
    ...{ BitsAllocated: bitsAllocated, BitsStored: bitsStored, HighBit: options.highBit ?? bitsStored - 1 },
    ...{ PixelRepresentation: options.signed ? 1 : 0, PlanarConfiguration: options.planarConfiguration ?? 0 },
    PhotometricInterpretation: options.photometricInterpretation,
  });
  return described;
}

/** A frame with a slope, edges and some noise, by a number that says which; its samples use all their bits. */
export function frameFor(description: FrameDescription, seed = 1): Uint8Array {
  const { rows, columns, samplesPerPixel, bitsAllocated, bitsStored, signed } = description;
  const bytes = new Uint8Array(frameLength(description));
  const view = new DataView(bytes.buffer);
  const range = 2 ** bitsStored;
  let noise = seed;
  for (let index = 0; index < rows * columns * samplesPerPixel; index++) {
    noise = (Math.imul(noise, 1103515245) + 12345) >>> 0;
    const pixel = Math.floor(index / samplesPerPixel);
    const slope = ((pixel % columns) * 3 + Math.floor(pixel / columns) * 5 + (index % samplesPerPixel) * 40) / 256;
    const edge = Math.floor(pixel / 7) % 3 === 0 ? 0.4 : 0;
    const value = Math.floor((slope + edge + (noise >>> 16) / 0x1_0000 * 0.05) * range) % range;
    const stored = signed && value >= range / 2 ? value - range : value;
    if (bitsAllocated === 8) view.setUint8(index, stored & 0xff);
    else if (bitsAllocated === 16) view.setUint16(2 * index, stored & 0xffff, true);
    else view.setUint32(4 * index, stored >>> 0, true);
  }
  return bytes;
}
