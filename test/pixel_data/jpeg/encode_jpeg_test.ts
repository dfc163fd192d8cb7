import assert from "node:assert/strict";
import fc from "fast-check";
import { readJpegHeader } from "../../../src/pixel_data/codestreams/jpeg_header.ts";
import { fullToRgb } from "../../../src/pixel_data/colour.ts";
import { decodeJpeg } from "../../../src/pixel_data/jpeg/decode_jpeg.ts";
import { encodeJpeg } from "../../../src/pixel_data/jpeg/encode_jpeg.ts";

function decode(bytes: Uint8Array): Uint8Array {
  const header = readJpegHeader(bytes, "JPEG");
  const samples = decodeJpeg(bytes, header) as Uint8Array;
  if (header.components === 3) fullToRgb(samples);
  return samples;
}

Deno.test("encodeJpeg() keeps pictures of every size, as far as the quality says", () => {
  const pictures = fc.record({
    width: fc.integer({ min: 1, max: 40 }),
    height: fc.integer({ min: 1, max: 40 }),
    samples: fc.constantFrom<1 | 3>(1, 3),
    slope: fc.integer({ min: 0, max: 4 }),
  });
  fc.assert(
    fc.property(pictures, ({ width, height, samples, slope }) => {
      const pixels = Uint8Array.from({ length: width * height * samples }, (_, index) => {
        const pixel = Math.floor(index / samples);
        return Math.min(255, 20 + slope * (pixel % width) + Math.floor(pixel / width) + 30 * (index % samples));
      });
      const decoded = decode(encodeJpeg(pixels, { width, height, samples, quality: 100 }));
      const most = pixels.reduce((most, value, index) => Math.max(most, Math.abs(value - decoded[index]!)), 0);
      assert.ok(most <= (samples === 1 ? 2 : 8), `${most} of difference`);
    }),
    { seed: 42 },
  );
});

Deno.test("encodeJpeg() holds noise, which takes more bytes than it has, and white and black", () => {
  for (const samples of [1, 3] as const) {
    let noise = 1;
    const pixels = Uint8Array.from({ length: 64 * 64 * samples }, () => {
      noise = (Math.imul(noise, 1103515245) + 12345) >>> 0;
      return noise >>> 31 === 0 ? 0 : 255;
    });
    const encoded = encodeJpeg(pixels, { width: 64, height: 64, samples, quality: 100 });
    const decoded = decode(encoded);
    if (samples === 1) {
      assert.ok(encoded.length > pixels.length);
      assert.ok(pixels.every((value, index) => Math.abs(value - decoded[index]!) <= 3));
    }
  }
});

Deno.test("encodeJpeg() makes fewer bytes of a lower quality", () => {
  const pixels = Uint8Array.from({ length: 128 * 128 }, (_, index) => index * 31 % 97 + index % 128);
  const lengths = [1, 30, 60, 90, 100].map((quality) =>
    encodeJpeg(pixels, { width: 128, height: 128, samples: 1, quality }).length
  );
  assert.deepEqual(lengths, lengths.toSorted((a, b) => a - b));
  assert.ok(lengths[0]! * 3 < lengths[4]!);
});

Deno.test("encodeJpeg() refuses what is no picture", () => {
  const refuse = (width: number, height: number, length: number) =>
    assert.throws(() => encodeJpeg(new Uint8Array(length), { width, height, samples: 1, quality: 90 }), {
      name: "PixelDataError",
    });
  refuse(0, 1, 0);
  refuse(1, 65536, 65536);
  refuse(4, 4, 15);
});
