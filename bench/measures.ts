/**
 * Measures a comparison: its contenders take turns, so that what else the machine does meets all of them.
 *
 * @module
 */

import type { Comparison, Contender, Target } from "./comparisons.ts";
import { dataFolder, runAll, serve, type Server } from "./processes.ts";

/** What was measured of a contender. */
export interface Measured {
  readonly name: string;
  readonly target: Target;
  /** Time of each round, in order. */
  readonly seconds: readonly number[];
  /** Most memory in bytes that it ever had; undefined where the system does not tell. */
  readonly peak: number | undefined;
}

/** Measures so many rounds, after one in which everybody gets warm. */
export async function measure(comparison: Comparison, rounds: number): Promise<Measured[]> {
  await using stack = new AsyncDisposableStack();
  const received = `${dataFolder}/received`;
  removeFolder(received);
  stack.defer(() => removeFolder(received));
  const racing: Racing[] = [];
  for (const [index, contender] of comparison.contenders.entries()) {
    const folder = `${received}/${index}`;
    Deno.mkdirSync(folder, { recursive: true });
    const server = stack.use(await serve((port) => contender.receiver.start(port, folder)));
    racing.push({ contender, folder, server, seconds: [], peaks: [] });
  }
  const warmUps = comparison.once ? 0 : 1;
  for (let round = 0; round < warmUps + (comparison.once ? 1 : rounds); round++) {
    for (const racer of racing) await run(racer, comparison);
  }
  return racing.map(({ contender: { name, target }, seconds, peaks }) => ({
    name,
    target,
    seconds: seconds.slice(warmUps),
    peak: peaks.reduce((most, peak) => most !== undefined && peak !== undefined ? Math.max(most, peak) : undefined),
  }));
}

interface Racing {
  readonly contender: Contender;
  readonly folder: string;
  readonly server: Server;
  readonly seconds: number[];
  readonly peaks: (number | undefined)[];
}

async function run({ contender, folder, server, seconds, peaks }: Racing, comparison: Comparison): Promise<void> {
  const { name, sender, receiver } = contender;
  const { shares, watched } = comparison;
  const sent = await runAll(shares.map((files) => sender.send(server.port, files)));
  seconds.push(sent.seconds);
  peaks.push(watched === "sender" ? sent.peak : server.peak());
  if (receiver.keeps === undefined) return;
  const kept = countFiles(`${folder}/${receiver.keeps}`);
  if (kept !== shares.flat().length) {
    throw new Error(`Cannot measure: ${name} kept ${kept} instances, expected ${shares.flat().length}`);
  }
  for (const entry of Deno.readDirSync(`${folder}/${receiver.keeps}`)) {
    removeFolder(`${folder}/${receiver.keeps}/${entry.name}`);
  }
}

function countFiles(folder: string): number {
  let count = 0;
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    count += isDirectory ? countFiles(`${folder}/${name}`) : 1;
  }
  return count;
}

function removeFolder(path: string): void {
  try {
    Deno.removeSync(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
