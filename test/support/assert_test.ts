import assert from "node:assert/strict";

Deno.test("assert.deepEqual tells where long bytes differ, and takes little memory for it", () => {
  const [bytes, others] = [new Uint8Array(3_000_000), new Uint8Array(3_000_000).fill(1, 2_000_000)];
  const before = Deno.memoryUsage().heapUsed;
  const place =
    /^Bytes\.0\.dataSet differ from byte 2000000 on: 0,0,.*, expected 1,1,.* \(3000000 bytes, expected 3000000\)$/;
  const compare = () => assert.deepEqual([{ dataSet: bytes }], [{ dataSet: others }]);
  assert.throws(compare, (error) => error instanceof assert.AssertionError && place.test(error.message));
  assert.ok(Deno.memoryUsage().heapUsed - before < 100_000_000);
  assert.throws(
    () => assert.deepEqual(bytes, new Uint8Array(5), "the first"),
    /the first: Bytes differ from byte 5 on/,
  );
  assert.throws(() => assert.deepEqual(new Map([["a", bytes]]), new Map([["a", others]])), /Bytes\.a differ from byte/);
  assert.deepEqual({ bytes, others }, { bytes: bytes.slice(), others: others.slice() });
});

Deno.test("assert.deepEqual compares all else as node:assert does", () => {
  assert.deepEqual([1, { a: new Uint8Array(3) }], [1, { a: new Uint8Array(3) }]);
  for (const [one, other] of [[1, "1"], [[1], [2]], [new Uint8Array([1]), new Uint8Array([2])], [{ a: 1 }, {}]]) {
    assert.throws(() => assert.deepEqual(one, other), assert.AssertionError);
  }
  assert(true);
  assert.throws(() => assert(false), assert.AssertionError);
});
