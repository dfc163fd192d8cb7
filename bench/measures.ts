/**
 * Measures a comparison: its contenders take turns, so that what else the machine does meets all of them.
 *
 * @module
 */

import type { Comparison, Contender, Target } from "./comparisons.ts";
import { renew } from "./loads.ts";
import { fill } from "./peers.ts";
import { dataFolder, runAll, serve, type Server } from "./processes.ts";

/** What was measured of a contender. */
export interface Measured {
  readonly name: string;
  readonly target: Target;
  readonly isReference?: boolean;
  /** Time of each round, in order. */
  readonly seconds: readonly number[];
  /** Most memory in bytes that it ever had; undefined where the system does not tell. */
  readonly peak: number | undefined;
}

/** Measures so many rounds, after one in which everybody gets warm. */
export async function measure(comparison: Comparison, rounds: number): Promise<Measured[]> {
  await using stack = new AsyncDisposableStack();
  const received = Deno.makeTempDirSync({ dir: dataFolder, prefix: RECEIVED });
  const racing: Racing[] = [];
  for (const [index, contender] of comparison.contenders.entries()) {
    const folder = `${received}/${index}`;
    Deno.mkdirSync(`${folder}/${contender.receiver.keeps}`, { recursive: true });
    const server = stack.use(await serve((port) => contender.receiver.start(port, folder)));
    if (comparison.kept !== undefined) await runAll([fill(server.port, comparison.kept)]);
    racing.push({ contender, folder, server, seconds: [], peaks: [] });
  }
  const warmUps = comparison.once ? 0 : 1;
  for (let round = 0; round < warmUps + (comparison.once ? 1 : rounds); round++) {
    renew(comparison.shares.flat(), round);
    for (const racer of racing) await run(racer, comparison);
  }
  return racing.map(({ contender: { name, target, isReference }, seconds, peaks }) => ({
    name,
    target,
    ...(isReference && { isReference }),
    seconds: seconds.slice(warmUps),
    peak: peaks.reduce((most, peak) => most !== undefined && peak !== undefined ? Math.max(most, peak) : undefined),
  }));
}

const RECEIVED = "received-";

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
  if (receiver.keeps === "nothing") return;
  const kept = `${folder}/${receiver.keeps}`;
  const count = empty(kept);
  if (count !== shares.flat().length) {
    throw new Error(`Cannot measure: ${name} kept ${count} instances, expected ${shares.flat().length}`);
  }
  Deno.renameSync(kept, `${folder}.${seconds.length}`);
  Deno.mkdirSync(kept);
}

/** Frees what files take on the disk. Returns how many there are. */
function empty(folder: string): number {
  let count = 0;
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) count += empty(path);
    else {
      Deno.truncateSync(path);
      count++;
    }
  }
  return count;
}

/**
 * Removes what receivers left. To be done when all is over: for minutes after a removal, making files is many times
 * slower on ext4, which looks at every inode that was freed and passes it over.
 */
export function cleanUp(): void {
  for (const { name } of Deno.readDirSync(dataFolder)) {
    if (name.startsWith(RECEIVED)) Deno.removeSync(`${dataFolder}/${name}`, { recursive: true });
  }
}
