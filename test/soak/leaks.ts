/**
 * Has visitors who come to nothing by the thousand, and looks at what a gateway has left of them.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { StatisticsReport } from "../../src/telemetry/statistics_report.ts";
import { type ListeningGantry, listeningGantry } from "../support/gantry.ts";
import { run } from "../support/process.ts";
import { BREAKING_OFF, CONFIG, echo, receive, SENT_AWAY, visitAndStay } from "./visitors.ts";

/** How many visitors. */
export interface LeakOptions {
  /** Who break off, and as many who are sent away; each in two halves. */
  readonly associations: number;
  /** Told now and then how many of both have come. */
  readonly onProgress?: (received: number) => void;
}

/** What a process has. */
export interface Usage {
  /** Open files, sockets among them. */
  readonly files: number;
  readonly sockets: number;
  readonly threads: number;
  /** Resident memory in bytes. */
  readonly memory: number;
}

/** What was found. */
export interface LeakReport {
  /** After a few of each kind. */
  readonly before: Usage;
  /** After the first half of both, and after the second. */
  readonly halfway: Usage;
  readonly after: Usage;
  /** Connections that the gateway counted, and how they ended. */
  readonly opened: number;
  readonly rejected: number;
  readonly aborted: number;
}

/**
 * Every collection is a full one, and young objects get little room: what is resident is then what is in use, from early
 * on. Else it grows for some four thousand associations, to twice as much, while nothing is left of them.
 */
const FULL_COLLECTIONS = "--v8-flags=--gc-global,--single-threaded-gc,--max-semi-space-size=1";

/** What resident memory may grow by while the second half comes, in bytes, however many they are. */
const GROWTH = 8 * 1024 * 1024;

/** How long it all may take, in milliseconds. */
const DEADLINE = 1_800_000;

/** How long sockets may take to be closed, in milliseconds. */
const PATIENCE = 10_000;

/** Has them come, and throws when anything is left of them: a file, a socket, or more memory than `GROWTH`. */
export async function leak({ associations, onProgress = () => {} }: LeakOptions): Promise<LeakReport> {
  await using gateway = await listeningGantry({
    ...{ config: CONFIG, logLevel: "info", timeout: DEADLINE },
    denoOptions: [FULL_COLLECTIONS],
  });
  let received = 0;
  const receiveBoth = async (number: number) => {
    for (const visits of [BREAKING_OFF, SENT_AWAY]) {
      await receive(gateway.port, visits, number, (soFar) => onProgress(received + soFar));
      received += number;
    }
  };

  using staying = await visitAndStay(gateway.port);
  await receiveBoth(100);
  const before = await settled(gateway);
  await receiveBoth(Math.ceil(associations / 2));
  const halfway = await settled(gateway, before);
  await receiveBoth(Math.ceil(associations / 2));
  const after = await settled(gateway, before);

  const growth = after.memory - halfway.memory;
  assert.ok(growth <= GROWTH, `resident memory grew from ${halfway.memory} to ${after.memory} bytes`);

  await echo(staying);
  const { totals: { associations: [totals] } } = await associationsOf(gateway);
  assert.ok(totals !== undefined);
  const { opened, rejected, aborted } = totals;
  assert.deepEqual([opened, rejected + aborted], [received + 1, received]);
  assert.deepEqual([gateway.instances, gateway.unfinished], [[], []]);
  return { before, halfway, after, opened, rejected, aborted };
}

/** Waits until only the visitor who stays has an association, and no more files are open than before; answers what is. */
async function settled(gateway: ListeningGantry, before?: Usage): Promise<Usage> {
  const deadline = performance.now() + PATIENCE;
  for (;;) {
    const { active: { length: active } } = await associationsOf(gateway);
    const usage = await usageOf(gateway.process.id);
    if (active === 1 && (before === undefined || usage.files <= before.files)) return usage;
    assert.ok(performance.now() < deadline, `still there: ${JSON.stringify({ active, before, usage })}`);
  }
}

/** What the sidecar tells. The connection for it is closed at once, else it might count as one that is left. */
async function associationsOf({ origin }: ListeningGantry): Promise<StatisticsReport> {
  using client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
  return await (await fetch(`${origin}/associations`, { client })).json();
}

/** What Linux tells of a process. Deno itself may read that only with every permission, `sh` without. */
async function usageOf(id: number): Promise<Usage> {
  const { stdout } = await run("sh", ["-c", `ls -l /proc/${id}/fd; cat /proc/${id}/status`]);
  const number = (field: string) => Number(new RegExp(`^${field}:\\s+(\\d+)`, "m").exec(stdout)?.[1]);
  return {
    files: stdout.match(/ -> /g)?.length ?? 0,
    sockets: stdout.match(/ -> socket:/g)?.length ?? 0,
    threads: number("Threads"),
    memory: number("VmRSS") * 1024,
  };
}
