/**
 * `deno task soak`: kills and associations by the hundred and the thousand.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { crash } from "./crash.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "42" },
    kills: { type: "string", default: "300" },
    associations: { type: "string", default: "10000" },
  },
});
const seed = Number(values.seed);

function progress(text: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`\r${text}`));
}

const begun = performance.now();
const report = await crash({
  seed,
  kills: Number(values.kills),
  onProgress: ({ kills }) => progress(`${kills} of ${values.kills} kills`),
});
console.log(
  `\r${report.kills} kills (${report.killsInStartUp} in start-up) in ${seconds(begun)}, seed ${seed}: ` +
    `${report.acknowledged} instances acknowledged and there, ${report.unfinished} unfinished and removed, ` +
    `${report.replayed} replayed from the journal`,
);

function seconds(begun: number): string {
  return `${((performance.now() - begun) / 1000).toFixed(0)} s`;
}
