/**
 * Gantry beside real peers: `deno task bench [--only NAME] [--rounds N] [--quick] [--json]`.
 *
 * Measured is the time from the start of the sending processes to the end of the last one. Receivers run throughout, and
 * have to have kept everything. Each comparison begins with a round that does not count.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { comparisons } from "./comparisons.ts";
import { cleanUp, measure } from "./measures.ts";
import { dataFolder, requireProgram } from "./processes.ts";
import { formatTable, toRows } from "./table.ts";

const USAGE = `Usage: deno task bench [--only NAME] [--rounds N] [--quick] [--json]

  --only NAME   Comparisons whose name begins so, such as receive-ct or send,echo
  --rounds N    How often each is measured (default 7)
  --quick       Three rounds, and nothing that takes gigabytes
  --json        A JSON object for each comparison

Comparisons: ${Object.keys(comparisons).join(", ")}
`;

async function main(): Promise<number> {
  const { only, rounds: times, quick, json, help } = parseArgs(Deno.args, {
    string: ["only", "rounds"],
    boolean: ["quick", "json", "help"],
  });
  const rounds = Number(times ?? (quick ? 3 : 7));
  const starts = only === undefined ? undefined : String(only).split(",");
  const names = Object.keys(comparisons).filter((name) =>
    starts?.some((start) => name.startsWith(start)) ?? !(quick && name.endsWith("huge"))
  );
  if (help || names.length === 0 || !(rounds >= 1)) {
    console.log(USAGE);
    return help ? 0 : 2;
  }
  for (const program of ["storescp", "dcmsend", "echoscu"]) requireProgram(program);
  Deno.mkdirSync(dataFolder, { recursive: true });
  const { build: { os, arch }, version: { deno } } = Deno;
  if (!json) console.log(`${os} ${arch}, ${navigator.hardwareConcurrency} cores, Deno ${deno}\n`);
  try {
    for (const name of names) {
      const comparison = comparisons[name]!();
      const rows = toRows(await measure(comparison, rounds));
      console.log(json ? JSON.stringify({ name, title: comparison.title, rows }) : formatTable(comparison.title, rows));
    }
  } finally {
    cleanUp();
  }
  return 0;
}

Deno.exit(await main());
