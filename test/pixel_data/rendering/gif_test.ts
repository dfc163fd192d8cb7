import assert from "node:assert/strict";
import fc from "fast-check";
import { encodeGif } from "../../../src/pixel_data/rendering/gif.ts";
import type { Picture } from "../../../src/pixel_data/rendering/picture.ts";
import { readGif } from "./read_gif.ts";

/** The picture as RGB. */
function coloursOf({ samples, pixels }: Picture): Uint8Array {
  return samples === 3
    ? pixels
    : Uint8Array.from({ length: 3 * pixels.length }, (_, at) => pixels[Math.floor(at / 3)]!);
}

/** Numbers that look like chance. */
function* noise(seed = 1): Generator<number, never> {
  for (let value = seed;;) {
    value = Math.imul(value, 1_103_515_245) + 12_345 >>> 0;
    yield value >>> 16 & 0xff;
  }
}

function picture(width: number, height: number, samples: 1 | 3, valueAt: (at: number) => number): Picture {
  return {
    width,
    height,
    samples,
    pixels: Uint8Array.from({ length: width * height * samples }, (_, at) => valueAt(at)),
  };
}

Deno.test("encodeGif() keeps gray, and up to 256 colours, as they are", async () => {
  const random = noise();
  const pictures: readonly Picture[] = [
    picture(1, 1, 1, () => 7),
    picture(300, 200, 1, (at) => at % 251),
    picture(200, 150, 1, () => random.next().value),
    picture(512, 512, 1, () => 0),
    picture(3, 2, 3, (at) => at * 10),
    picture(64, 64, 3, (at) => Math.floor(at / 3) % 16 * 16),
  ];
  for (const one of pictures) {
    const { width, height, pixels } = readGif(await encodeGif(one));
    assert.deepEqual([width, height], [one.width, one.height]);
    assert.deepEqual(pixels, coloursOf(one));
  }
});

Deno.test("encodeGif() keeps any gray picture, whatever codes it takes", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 40 }),
      fc.uint8Array({ minLength: 1, maxLength: 3000 }),
      async (width, pixels) => {
        const height = Math.max(1, Math.floor(pixels.length / width));
        const cut = Uint8Array.from({ length: width * height }, (_, at) => pixels[at] ?? 0);
        assert.deepEqual(
          readGif(await encodeGif({ width, height, samples: 1, pixels: cut })).pixels,
          coloursOf({ width, height, samples: 1, pixels: cut }),
        );
      },
    ),
    { seed: 42 },
  );
});

Deno.test("encodeGif() gives colours that are near where there are too many", async () => {
  const gradient = picture(256, 256, 3, (at) => {
    const [x, y] = [Math.floor(at / 3) % 256, Math.floor(at / 768)];
    return [x, y, 128][at % 3]!;
  });
  const { pixels } = readGif(await encodeGif(gradient));
  const differences = pixels.map((value, at) => Math.abs(value - gradient.pixels[at]!));
  assert.ok(Math.max(...differences.subarray(0, 50_000)) <= 24);
  assert.ok(differences.reduce((sum, one) => sum + one, 0) / differences.length < 6);
});
