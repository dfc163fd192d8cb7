import assert from "node:assert/strict";
import { streamOf } from "../../src/streams/stream_of.ts";

/** Pieces, and what was asked of who gives them. */
function watched(count: number) {
  const seen = { given: 0, ended: 0 };
  const pieces = async function* () {
    try {
      for (; seen.given < count; seen.given++) yield new Uint8Array([seen.given]);
    } finally {
      seen.ended++;
    }
  };
  return { seen, pieces: pieces() };
}

Deno.test("streamOf() asks for a piece when one is read, and for no more", async () => {
  const { seen, pieces } = watched(3);
  const reader = streamOf(pieces).getReader();
  await Promise.resolve();
  assert.equal(seen.given, 0);
  const read: number[] = [];
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    assert.equal(seen.given, read.length);
    read.push(...next.value);
  }
  assert.deepEqual([read, seen.ended], [[0, 1, 2], 1]);
});

Deno.test("streamOf() leaves a generator that was begun, and what it holds besides, when it is cancelled", async () => {
  const { seen, pieces } = watched(3);
  const other = watched(1);
  await other.pieces.next();
  const reasons: unknown[] = [];
  const stream = streamOf(pieces, { onCancel: (reason) => reasons.push(reason), held: [other.pieces] });
  const reader = stream.getReader();
  await reader.read();
  await reader.cancel("enough");
  assert.deepEqual([seen.given, seen.ended, other.seen.ended, reasons], [0, 1, 1, ["enough"]]);
});

Deno.test("streamOf() of a stream cancels it, also before its first piece", async () => {
  for (const reads of [0, 1]) {
    const reasons: unknown[] = [];
    const source = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(1)),
      cancel: (reason) => void reasons.push(reason),
    }, { highWaterMark: 0 });
    const reader = streamOf(source).getReader();
    for (let read = 0; read < reads; read++) await reader.read();
    await reader.cancel();
    assert.equal(reasons.length, 1);
  }
});

Deno.test("streamOf() fails as what it is given does", async () => {
  const failing = async function* () {
    yield new Uint8Array(1);
    throw new Error("the disk is gone");
  };
  const reader = streamOf(failing()).getReader();
  await reader.read();
  await assert.rejects(reader.read(), /the disk is gone/);
});
