import assert from "node:assert/strict";
import { concat } from "../support/scripted_peer.ts";
import { PDU_VECTORS, PEER_PDU_VECTORS } from "../vectors/pdus.ts";
import { parseStream, serialize } from "../support/field_tree.ts";
import { attempt, type Failure, fuzz, type Fuzzing } from "./fuzzing.ts";
import { mutate } from "./mutations.ts";
import { Random } from "../support/random.ts";
import { readRegressions } from "./regressions.ts";
import { ACCEPTOR_STREAMS, REQUESTOR_STREAMS } from "./seeds.ts";
import { FUZZINGS } from "./targets.ts";

/** What a failed run shows: how to see it again, and why. */
function shown(failures: readonly Failure[]): string[] {
  return failures.map(({ fuzzing, error }) => `deno task fuzz ${fuzzing}: ${Deno.inspect(error)}`);
}

for (const fuzzing of FUZZINGS) {
  Deno.test(`fuzz() finds nothing new in a moment: ${fuzzing.name}`, async () => {
    const { inputs, failures, heap } = await fuzz(fuzzing, { seed: 42, inputs: 2000, milliseconds: 1000 });
    assert.deepEqual(shown(failures), []);
    assert.ok(inputs > 0);
    assert.ok(heap < 512 * 1024 ** 2, `the heap grew to ${heap} bytes`);
  });
}

for (const { file, fuzzing: name, input } of readRegressions()) {
  Deno.test(`What fuzzing found stays mended: ${file}`, async () => {
    const fuzzing = FUZZINGS.find((fuzzing) => fuzzing.name === name);
    assert.ok(fuzzing !== undefined, `nothing is called ${name}`);
    const failure = await attempt(fuzzing, input);
    assert.deepEqual(failure && shown([failure]), undefined);
  });
}

Deno.test("fuzz() tells which inputs fail, and of rejections that nobody handles", async () => {
  const fuzzing: Fuzzing = {
    name: "toy",
    input: (random) => random.bytes(1),
    check: ([byte = 0]) => {
      if (byte === 7) throw new Error("seven");
      if (byte === 8) Promise.reject(new Error("eight"));
    },
  };
  const { inputs, failures } = await fuzz(fuzzing, { seed: 1, inputs: 1000 });
  assert.equal(inputs, 1000);
  const found = failures.map(({ input, error }) => `${input[0]}: ${(error as Error).message}`);
  assert.deepEqual([...new Set(found)].sort(), ["7: seven", "8: eight"]);
});

Deno.test("parseStream() and serialize() keep every PDU as it is", () => {
  for (const { bytes } of [...PDU_VECTORS, ...PEER_PDU_VECTORS]) {
    assert.deepEqual(serialize(parseStream(bytes)), bytes);
  }
  const stream = concat(PDU_VECTORS.map(({ bytes }) => bytes));
  assert.equal(parseStream(stream).length, PDU_VECTORS.length);
});

Deno.test("mutate() gives the same inputs for the same seed, and leaves its seeds as they are", () => {
  const seeds = [...REQUESTOR_STREAMS, ...ACCEPTOR_STREAMS];
  const before = seeds.map(serialize);
  const inputs = () => {
    const random = new Random(7);
    return Array.from({ length: 500 }, () => mutate(seeds, random));
  };
  const first = inputs();
  assert.deepEqual(inputs(), first);
  assert.deepEqual(seeds.map(serialize), before);
  const different = new Set(first.map((input) => input.join())).size;
  assert.ok(different > 400, `${different} different inputs`);
});
