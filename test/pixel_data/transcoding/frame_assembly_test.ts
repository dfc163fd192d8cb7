import assert from "node:assert/strict";
import { EncapsulatedFrames } from "../../../src/pixel_data/transcoding/frame_assembly.ts";

const NO_BYTES = new Uint8Array(0);

function assembly(count: number, offsets: number[] = [], maxFrameLength = 0x1000_0000) {
  const frames: Uint8Array[] = [];
  const options = { codec: "jpeg-2000", count, offsets, maxFrameLength } as const;
  return { frames, assembly: new EncapsulatedFrames(options, (frame) => void frames.push(frame)) };
}

Deno.test("a frame of millions of fragments takes the memory of its bytes", () => {
  const { frames, assembly: one } = assembly(1);
  one.push(NO_BYTES, 0);
  const before = Deno.memoryUsage().heapUsed;
  for (let number = 0; number < 2_000_000; number++) {
    one.push(number % 2 === 0 ? Uint8Array.of(number & 0xff, 7) : new Uint8Array(0), 8 + number * 10);
  }
  assert.ok(Deno.memoryUsage().heapUsed - before < 64 * 1024 * 1024);
  one.end();
  assert.equal(frames[0]!.length, 2_000_000);
  assert.deepEqual([...frames[0]!.subarray(-4)], [0x7c, 7, 0x7e, 7]);
  assert.deepEqual([frames[0]![0], frames[0]![1], frames[0]![2]], [0, 7, 2]);
});

Deno.test("a frame's fragments are joined, and are no longer than a frame may be", () => {
  const { frames, assembly: two } = assembly(2, [0, 27], 10);
  two.push(NO_BYTES, 0);
  for (const [index, bytes] of [[1, 2, 3], [4], [5, 6, 7, 8, 9]].entries()) {
    two.push(Uint8Array.from(bytes), 8 + [0, 11, 27][index]!);
  }
  two.end();
  assert.deepEqual(frames, [Uint8Array.of(1, 2, 3, 4), Uint8Array.of(5, 6, 7, 8, 9)]);
  const long = assembly(1, [], 10).assembly;
  long.push(NO_BYTES, 0);
  long.push(new Uint8Array(6), 8);
  assert.throws(() => long.push(new Uint8Array(5), 22), /more than 10 bytes/);
});
