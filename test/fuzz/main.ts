/**
 * `deno task fuzz`: fuzzes as long as it is told to, and keeps every input that fails as a regression test.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { type Failure, fuzz } from "./fuzzing.ts";
import { keepRegression } from "./regressions.ts";
import { FUZZINGS } from "./targets.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: "string", default: "42" },
    inputs: { type: "string", default: "500000" },
    seconds: { type: "string", default: "1800" },
  },
});

let failed = 0;
for (const fuzzing of FUZZINGS) {
  if (positionals.length > 0 && !positionals.includes(fuzzing.name)) continue;
  const [seed, inputs] = [Number(values.seed), Number(values.inputs)];
  const begun = performance.now();
  const result = await fuzz(fuzzing, {
    seed,
    inputs,
    milliseconds: Number(values.seconds) * 1000,
    onProgress: (tried) => tried % 6400 === 0 && Deno.stderr.writeSync(progress(fuzzing.name, tried, inputs)),
  });
  const seconds = (performance.now() - begun) / 1000;
  const heap = Math.round(result.heap / 1024 ** 2);
  console.log(
    `\r${fuzzing.name}: ${result.inputs} inputs in ${seconds.toFixed(0)} s, heap up to ${heap} MiB, seed ${seed}`,
  );
  for (const failure of result.failures) console.log(describe(failure));
  failed += result.failures.length;
}
if (failed > 0) Deno.exit(1);

function progress(name: string, tried: number, inputs: number): Uint8Array {
  return new TextEncoder().encode(`\r${name}: ${tried} of ${inputs}`);
}

function describe(failure: Failure): string {
  return `${keepRegression(failure)}\n${Deno.inspect(failure.error)}`;
}
