import assert from "node:assert/strict";
import { isSameContent } from "../../src/archive/same_content.ts";

/** Bytes as a stream of pieces of that length, each of which begins `offset` bytes into its buffer. */
function pieces(bytes: Uint8Array, length: number, offset = 0): ReadableStream<Uint8Array> {
  const all = [];
  for (let at = 0; at < bytes.length; at += length) {
    const piece = bytes.subarray(at, at + length);
    const buffer = new Uint8Array(offset + piece.length);
    buffer.set(piece, offset);
    all.push(buffer.subarray(offset));
  }
  return ReadableStream.from<Uint8Array>(all);
}

const BYTES = Uint8Array.from({ length: 103 }, (_, index) => index * 31);

Deno.test("isSameContent() finds the same bytes in whatever pieces they come, and every byte that differs", async () => {
  for (const [one, other, offset] of [[103, 103, 0], [16, 16, 1], [7, 12, 0], [64, 5, 3], [1, 103, 4]] as const) {
    assert.equal(await isSameContent(pieces(BYTES, one), pieces(BYTES, other, offset)), true);
    for (let at = 0; at < BYTES.length; at++) {
      const changed = BYTES.slice();
      changed[at]! ^= 0x80;
      assert.equal(await isSameContent(pieces(BYTES, one), pieces(changed, other, offset)), false, `byte ${at}`);
    }
  }
});

Deno.test("isSameContent() takes a beginning for something else", async () => {
  for (const length of [0, 1, 100, 102]) {
    assert.equal(await isSameContent(pieces(BYTES, 16), pieces(BYTES.subarray(0, length), 16)), false);
    assert.equal(await isSameContent(pieces(BYTES.subarray(0, length), 16), pieces(BYTES, 16)), false);
  }
  assert.equal(await isSameContent(pieces(BYTES, 16), pieces(BYTES, 16)), true);
  const nothing = new Uint8Array(0);
  assert.equal(await isSameContent(pieces(nothing, 16), pieces(nothing, 16)), true);
});

Deno.test("isSameContent() lets go of both streams, when one fails as well", async () => {
  const letGo: string[] = [];
  const stream = (name: string, pull: (controller: ReadableStreamDefaultController<Uint8Array>) => void) =>
    new ReadableStream<Uint8Array>({ pull, cancel: () => void letGo.push(name) }, { highWaterMark: 0 });
  const endless = (name: string, value: number) =>
    stream(name, (controller) => controller.enqueue(new Uint8Array([value])));
  assert.equal(await isSameContent(endless("one", 1), endless("other", 2)), false);
  assert.deepEqual(letGo.sort(), ["one", "other"]);
  const failing = stream("failing", (controller) => controller.error(new Error("the disk is gone")));
  await assert.rejects(isSameContent(endless("third", 1), failing), /the disk is gone/);
  assert.ok(letGo.includes("third"));
});
