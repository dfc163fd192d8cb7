import assert from "node:assert/strict";
import { constants, deflateRawSync } from "node:zlib";
import fc from "fast-check";
import { Inflater } from "../../../src/dicom/encoding/inflater.ts";
import { DataSetError, LimitError } from "../../../src/errors.ts";
import { bytesOf, hex } from "./elements.ts";
import { pieces } from "./scanning.ts";

function inflate(chunks: Iterable<Uint8Array>, maxLength = Infinity): { bytes: Uint8Array; trailing: number } {
  const inflater = new Inflater({ maxLength });
  const out: Uint8Array[] = [];
  for (const chunk of chunks) {
    const buffer = chunk.slice();
    inflater.push(buffer);
    for (let bytes; (bytes = inflater.next()) !== undefined;) out.push(bytes);
    buffer.fill(0xee);
  }
  inflater.end();
  const bytes = new Uint8Array(out.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const piece of out) {
    bytes.set(piece, offset);
    offset += piece.length;
  }
  return { bytes, trailing: inflater.trailing };
}

/** Bytes that deflate to blocks of every kind: repetitions near and far, and noise. */
function sample(length: number): Uint8Array {
  let state = 7;
  return new Uint8Array(length).map((_, index) => {
    state = (state * 1103515245 + 12345) & 0x7fffffff;
    return index % 50_000 < 20_000 ? index % 251 >> 2 : index % 3 === 0 ? state >> 16 : 0;
  });
}

Deno.test("Inflater inflates a stored, a fixed and a dynamic block", () => {
  assert.equal(new TextDecoder().decode(inflate([hex("01 0300 fcff 616263")]).bytes), "abc"); // last, stored, 3 bytes
  assert.equal(new TextDecoder().decode(inflate([hex("4b 4c 4a 06 00")]).bytes), "abc"); // last, fixed codes
  const dynamic = new Uint8Array(deflateRawSync(sample(40_000)));
  assert.equal((dynamic[0]! >> 1) & 3, 2); // dynamic codes
  assert.deepEqual(inflate([dynamic]).bytes, sample(40_000));
});

Deno.test("Inflater inflates what zlib deflates, with every strategy, in any split", () => {
  const strategies = [
    ...[{ level: 0 }, { level: 1 }, { level: 9 }],
    ...[{ strategy: constants.Z_FIXED }, { strategy: constants.Z_HUFFMAN_ONLY }, { strategy: constants.Z_RLE }],
  ];
  for (const length of [0, 1, 1000, 300_000]) {
    const bytes = sample(length);
    for (const options of strategies) {
      const deflated = new Uint8Array(deflateRawSync(bytes, options));
      assert.deepEqual(inflate(pieces(deflated, 65_536)).bytes, bytes);
      assert.deepEqual(inflate(pieces(deflated, length > 1000 ? 777 : 1, 3, 4096)).bytes, bytes);
    }
  }
});

Deno.test("Inflater round trips any bytes in any split", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.integer({ min: 1, max: 400 })), {
        maxLength: 20,
      }),
      fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 10 }),
      (runs, sizes) => {
        const bytes = bytesOf(...runs.flatMap(([run, times]) => new Array<Uint8Array>(times).fill(run)));
        assert.deepEqual(inflate(pieces(new Uint8Array(deflateRawSync(bytes)), ...sizes)).bytes, bytes);
      },
    ),
    { seed: 42 },
  );
});

Deno.test("Inflater counts what comes after the end", () => {
  const deflated = new Uint8Array(deflateRawSync(sample(500)));
  assert.equal(inflate([deflated]).trailing, 0);
  assert.equal(inflate([bytesOf(deflated, [0])]).trailing, 1);
  assert.equal(inflate(pieces(bytesOf(deflated, [1, 2, 3, 4, 5, 6, 7, 8]), 3)).trailing, 8);
});

Deno.test("Inflater refuses an end that is missing, wherever it is cut", () => {
  const deflated = new Uint8Array(deflateRawSync(sample(3000)));
  for (let length = 0; length < deflated.length; length++) {
    assert.throws(() => inflate([deflated.subarray(0, length)]), DataSetError, `${length} bytes`);
  }
});

Deno.test("Inflater refuses what is not deflated", () => {
  assert.throws(() => inflate([hex("07")]), /no block type 3/);
  assert.throws(() => inflate([hex("01 0300 0000 616263")]), /length is not told twice/);
  assert.throws(() => inflate([hex("03 02 00")]), /a copy begins before the first byte/); // last, fixed codes, length 3, distance 1
  assert.throws(() => inflate([new Uint8Array(100).fill(0xff)]), DataSetError);
});

Deno.test("Inflater inflates no more than it may, and little at a time", () => {
  const bomb = new Uint8Array(deflateRawSync(new Uint8Array(50_000_000)));
  const inflater = new Inflater({ maxLength: 1_000_000 });
  inflater.push(bomb);
  let total = 0;
  assert.throws(
    () => {
      for (let bytes; (bytes = inflater.next()) !== undefined;) {
        assert.ok(bytes.length <= 131_072);
        total += bytes.length;
      }
    },
    (error) => error instanceof LimitError && error.maximum === 1_000_000,
  );
  assert.ok(total <= 1_000_000);
});

Deno.test("Inflater neither hangs nor throws anything else on changed bytes", () => {
  const base = new Uint8Array(deflateRawSync(sample(2000)));
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(base.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 1, max: 2000 }),
      (changes, size) => {
        const bytes = base.slice();
        for (const [index, byte] of changes) bytes[index] = byte;
        try {
          inflate(pieces(bytes, size), 10_000_000);
        } catch (error) {
          assert.ok(error instanceof DataSetError || error instanceof LimitError, String(error));
        }
      },
    ),
    { seed: 42, numRuns: 1000 },
  );
});
