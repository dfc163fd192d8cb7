import assert from "node:assert/strict";
import fc from "fast-check";
import { readJpegHeader } from "../../../src/pixel_data/codestreams/jpeg_header.ts";
import { decodeJpeg } from "../../../src/pixel_data/jpeg/decode_jpeg.ts";
import { encodeLossless, type LosslessImage } from "./lossless_encoder.ts";

const IMAGE: LosslessImage = {
  ...{
    rows: 7,
    columns: 9,
    components: 1,
    precision: 12,
    predictor: 1,
    pointTransform: 0,
    restartRows: 0,
    separate: false,
  },
};

function decode(bytes: Uint8Array): Uint8Array | Uint16Array {
  return decodeJpeg(bytes, readJpegHeader(bytes, "JPEG"));
}

Deno.test("decodeJpeg() gets back what was encoded without loss, by every predictor", () => {
  const images = fc.record({
    rows: fc.integer({ min: 1, max: 9 }),
    columns: fc.integer({ min: 1, max: 20 }),
    components: fc.constantFrom(1, 3),
    precision: fc.integer({ min: 2, max: 16 }),
    predictor: fc.integer({ min: 1, max: 7 }),
    pointTransform: fc.integer({ min: 0, max: 1 }),
    restartRows: fc.integer({ min: 0, max: 3 }),
    separate: fc.boolean(),
  });
  fc.assert(
    fc.property(images, fc.boolean(), fc.infiniteStream(fc.nat(0xffff)), (image, smooth, values) => {
      const { rows, columns, components, precision, pointTransform } = image;
      const limit = 2 ** precision;
      const samples = Array.from(
        { length: rows * columns * components },
        (_, index) => ((smooth ? index * 3 : values.next().value) % limit >> pointTransform) << pointTransform,
      );
      assert.deepEqual(Array.from(decode(encodeLossless(samples, image))), samples);
    }),
    { seed: 42, numRuns: 300 },
  );
});

Deno.test("decodeJpeg() refuses data that end early, wherever that is", () => {
  const samples = Array.from({ length: 63 }, (_, index) => index * 61 % 4096);
  const whole = encodeLossless(samples, IMAGE);
  const start = whole.length - 2;
  const header = 2 + 13 + 36 + 10; // SOI, SOF3, DHT, SOS
  for (let length = header; length < start - 1; length += 3) {
    const cut = Uint8Array.of(...whole.subarray(0, length), 0xff, 0xd9);
    assert.throws(() => decode(cut), { name: "PixelDataError", reason: "malformed" }, `cut after ${length}`);
  }
});

Deno.test("whatever is changed in a JPEG, decodeJpeg() gives samples or a PixelDataError, and soon", () => {
  const samples = Array.from({ length: 7 * 9 * 3 }, (_, index) => index * 61 % 4096);
  const whole = encodeLossless(samples, { ...IMAGE, components: 3, restartRows: 2, predictor: 4 });
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 }),
      (changes) => {
        const bytes = whole.slice();
        for (const [at, value] of changes) bytes[at] = value;
        try {
          const header = readJpegHeader(bytes, "JPEG");
          if (header.rows * header.columns * header.components > 100_000) return;
          const count = header.rows * header.columns * header.components;
          assert.equal(decodeJpeg(bytes, header).length, count);
        } catch (error) {
          assert.equal((error as Error).name, "PixelDataError", (error as Error).stack);
        }
      },
    ),
    { seed: 42, numRuns: 2000 },
  );
});

Deno.test("decodeJpeg() refuses a component that has two scans: each costs time", () => {
  const bytes = encodeLossless(Array(63).fill(5), IMAGE);
  const scan = bytes.subarray(2 + 13 + 36, -2);
  const twice = Uint8Array.of(...bytes.subarray(0, -2), ...scan, 0xff, 0xd9);
  assert.throws(() => decode(twice), { message: /a component in two scans/ });
});
