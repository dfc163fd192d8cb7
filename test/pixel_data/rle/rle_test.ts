import assert from "node:assert/strict";
import fc from "fast-check";
import { decodeRle } from "../../../src/pixel_data/rle/decode_rle.ts";
import { encodeRle } from "../../../src/pixel_data/rle/encode_rle.ts";
import { frameLength } from "../../../src/pixel_data/frame_description.ts";
import { describe, frameFor } from "../descriptions.ts";

Deno.test("what encodeRle() makes is what decodeRle() gets back, whatever the samples", () => {
  const frames = fc.record({
    rows: fc.integer({ min: 1, max: 6 }),
    columns: fc.integer({ min: 1, max: 300 }),
    samplesPerPixel: fc.constantFrom(1, 3),
    bitsAllocated: fc.constantFrom(8, 16, 32),
  });
  fc.assert(
    fc.property(frames, fc.integer({ min: 0, max: 3 }), fc.infiniteStream(fc.nat(255)), (options, kinds, values) => {
      const description = describe(options);
      // Few kinds of bytes make runs, many make none.
      const frame = new Uint8Array(frameLength(description));
      for (let index = 0; index < frame.length; index++) frame[index] = values.next().value & (4 ** kinds * 4 - 1);
      const encoded = encodeRle(frame, description);
      assert.equal(encoded.length % 2, 0);
      assert.deepEqual(decodeRle(encoded, description), frame);
    }),
    { seed: 42 },
  );
});

Deno.test("encodeRle() encodes each row by itself, the most significant bytes first (PS3.5 G.2, G.3.1)", () => {
  const description = describe({ rows: 2, columns: 3, bitsAllocated: 16 });
  const frame = Uint8Array.of(1, 9, 1, 9, 1, 9, 1, 9, 2, 9, 3, 9);
  const encoded = encodeRle(frame, description);
  assert.deepEqual([...new Uint32Array(encoded.slice(0, 12).buffer)], [2, 64, 68]);
  assert.deepEqual([...encoded.subarray(64)], [254, 9, 254, 9, 254, 1, 2, 1, 2, 3]);
});

Deno.test("decodeRle() passes over a control byte of 128, and takes no more than it needs", () => {
  const description = describe({ rows: 1, columns: 4 });
  const header = new Uint8Array(64);
  header.set([1, 0, 0, 0, 64]);
  const decode = (...data: number[]) => [...decodeRle(Uint8Array.of(...header, ...data), description)];
  assert.deepEqual(decode(128, 1, 5, 6, 128, 255, 7, 0), [5, 6, 7, 7]);
  assert.deepEqual(decode(129, 8), [8, 8, 8, 8]);
  assert.deepEqual(decode(5, 1, 2, 3, 4, 5, 6), [1, 2, 3, 4]);
});

Deno.test("decodeRle() says what is wrong with a frame", () => {
  const description = describe({ bitsAllocated: 16 });
  const encoded = encodeRle(frameFor(description), description);
  const withOffset = (index: number, value: number) => {
    const copy = encoded.slice();
    new DataView(copy.buffer).setUint32(4 * index, value, true);
    return copy;
  };
  const cases: [Uint8Array, RegExp][] = [
    [encoded.subarray(0, 63), /found 63 bytes, expected a header of 64/],
    [withOffset(0, 3), /found 3 segments, expected 2/],
    [withOffset(1, 65), /do not ascend/],
    [withOffset(2, 10), /do not ascend/],
    [withOffset(2, 0xffff_ffff), /do not ascend/],
    [encoded.subarray(0, -20), /found \d+ bytes in segment 2, expected 192/],
  ];
  for (const [bytes, message] of cases) {
    assert.throws(() => decodeRle(bytes, description), { name: "PixelDataError", reason: "malformed", message });
  }
});
