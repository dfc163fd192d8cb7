/**
 * `deno task soak:clinic [--minutes N] [--seed N] [--share N]`: the week of a small clinic, 330 studies with 7 GB, in ten
 * minutes. Prints how long requests of each kind took, and how much memory the gateway had. The exit code is 1 where a request
 * failed or took more than a second, or memory grew.
 *
 * `--share 0.2` has a fifth of the studies come, for fewer minutes at the same pace.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { clinic, type ClinicReport } from "./clinic.ts";

/** Longest request, in milliseconds. */
const LONGEST = 1_000;
/** What memory may grow by from the middle to the end: a tenth, and so many bytes. */
const GROWTH = 32 * 1024 * 1024;

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "10" },
    seed: { type: "string", default: "42" },
    share: { type: "string", default: "1" },
  },
});
const report = await clinic({
  ...{ seconds: 60 * Number(values.minutes), seed: Number(values.seed), share: Number(values.share) },
  onProgress: (studies, all) => progress(`${studies} of ${all} studies`),
});
progress("");
show(report);
const faults = faultsOf(report);
for (const fault of faults) console.log(fault);
Deno.exit(faults.length > 0 ? 1 : 0);

function show({ studies, instances, bytes, seconds, times, memory }: ClinicReport): void {
  const rate = `${(bytes / seconds / 1e6).toFixed(1)} MB/s`;
  console.log(`${studies} studies, ${instances} instances, ${gigabytes(bytes)} in ${seconds.toFixed(0)} s (${rate})\n`);
  console.log(`${"".padEnd(30)}${["requests", "median", "99 %", "longest"].map((one) => one.padStart(12)).join("")}`);
  for (const { kind, count, ...found } of times.toSorted((one, other) => one.kind < other.kind ? -1 : 1)) {
    const cells = [found.median, found.most, found.longest].map((time) => `${time.toFixed(1)} ms`.padStart(12));
    console.log(`${kind.padEnd(30)}${String(count).padStart(12)}${cells.join("")}`);
  }
  const { first, middle, last } = memory;
  console.log(
    `\nmemory: ${megabytes(first)} at first, ${megabytes(middle)} in the middle, ${megabytes(last)} at the end`,
  );
}

function faultsOf({ times, memory, failures }: ClinicReport): string[] {
  const { middle, last } = memory;
  return [
    ...failures.slice(0, 10).map((failure) => `Failed: ${failure}`),
    ...(failures.length > 10 ? [`Failed: ${failures.length - 10} more`] : []),
    ...times.filter(({ longest }) => longest > LONGEST).map(({ kind, longest }) =>
      `Too long: ${kind} took ${longest.toFixed(0)} ms, expected at most ${LONGEST} ms`
    ),
    ...(last > 1.1 * middle + GROWTH ? [`Memory grew from ${megabytes(middle)} to ${megabytes(last)}`] : []),
  ];
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}

function progress(text: string): void {
  if (Deno.stderr.isTerminal()) Deno.stderr.writeSync(new TextEncoder().encode(`\r${text}\x1b[K`));
}
