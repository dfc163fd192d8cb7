import assert from "node:assert/strict";
import { inTimeSlices } from "../../src/scheduling/time_slices.ts";

Deno.test("inTimeSlices() gives all bytes in their order, and others their turn in between", async () => {
  const bytes = Uint8Array.from({ length: 100 }, (_, index) => index);
  const seen: number[] = [];
  let turns = 0;
  const others = setInterval(() => turns++);
  await inTimeSlices(bytes, 7, (piece) => {
    assert.ok(piece.length <= 7);
    seen.push(...piece);
    for (const end = performance.now() + 6; performance.now() < end;);
  });
  clearInterval(others);
  assert.deepEqual(Uint8Array.from(seen), bytes);
  assert.ok(turns >= 3, `${turns}`);
});

Deno.test("inTimeSlices() fails as the work does", async () => {
  const work = () => {
    throw new Error("no further");
  };
  await assert.rejects(inTimeSlices(new Uint8Array(10), 3, work), /no further/);
});
