/**
 * The queue, its lanes, and what sending on costs: `deno task bench:routing [--jobs N] [--quick]`.
 *
 * Measured are jobs a second that are added, and claimed and settled, alone and beside a lane in which a million wait; how
 * much slower instances are received with three routes than without; and how long instances take through a gateway to a
 * peer, beside receiving alone and sending alone.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { parseConfig } from "../src/config.ts";
import * as UID from "../src/dicom/generated/uid.ts";
import { startGateway } from "../src/hosts/deno.ts";
import type { NewJob } from "../src/queue/job.ts";
import type { JobQueue } from "../src/queue/job_queue.ts";
import { openSqliteQueue } from "../src/queue/sqlite_queue.ts";
import { createScp } from "../src/services/scp.ts";
import { requestAssociation } from "../src/services/scu.ts";
import { storage } from "../src/services/storage.ts";
import { verification } from "../src/services/verification.ts";
import { connectTcp, listenTcp } from "../src/transport/deno.ts";
import { type MadeInstance, makeInstance } from "../test/support/instances.ts";
import { dataFolder } from "./processes.ts";

const { values } = parseArgs({
  options: {
    jobs: { type: "string", default: "1000000" },
    quick: { type: "boolean", default: false },
  },
});
const waiting = values.quick ? 20_000 : Number(values.jobs);
const scale = values.quick ? 0.1 : 1;

await queueAlone();
await receivingAndSending();

/** What a queue does, alone and beside many jobs of another lane. */
async function queueAlone(): Promise<void> {
  using folder = makeFolder();
  await using queue = openSqliteQueue(`${folder.path}/queue.sqlite`);
  const count = Math.round(20_000 * scale);
  row(
    "add, flushed every 64",
    await perSecond(count, async () => {
      for (let number = 0; number < count; number++) {
        add(queue, number, { lane: "UP" });
        if (number % 64 === 63) await queue.sync();
      }
      await queue.sync();
    }),
  );
  row("claim by 16 and settle", await perSecond(count, () => drain(queue, "UP")));
  for (let number = 0; number < waiting; number++) add(queue, number, { lane: "DOWN", unit: `1.${number % 1_000}` });
  await queue.sync();
  for (let number = 0; number < count; number++) add(queue, 10_000_000 + number, { lane: "UP" });
  const beside = await perSecond(count, () => drain(queue, "UP"));
  row(`the same beside ${waiting} ready jobs of another lane`, beside);
  const times: number[] = [];
  for (let number = 0; number < 1_000; number++) {
    add(queue, 20_000_000 + number, { lane: "UP" });
    const begun = performance.now();
    await drain(queue, "UP");
    times.push(performance.now() - begun);
  }
  times.sort((one, other) => one - other);
  console.log(`one job beside them: median ${times[500]!.toFixed(2)} ms, p99 ${times[990]!.toFixed(2)} ms`);
}

/** A folder beside the others' of benchmarks: a temporary one may be in memory. */
function makeFolder(): Disposable & { readonly path: string } {
  Deno.mkdirSync(dataFolder, { recursive: true });
  const path = Deno.makeTempDirSync({ dir: dataFolder, prefix: "routing-" });
  return { path, [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }) };
}

function add(queue: JobQueue, number: number, options: Partial<NewJob>): void {
  const uids = { sopInstanceUid: `1.2.840.113619.2.55.3.283116435.${number}`, studyInstanceUid: `1.${number % 100}` };
  const job = {
    recipe: "",
    unit: uids.studyInstanceUid,
    priority: "medium",
    route: "all",
    due: 0,
    lane: "",
    ...options,
  };
  queue.add({ ...uids, serial: number, receivedAt: 1, size: 4096 }, [job as NewJob]);
}

async function drain(queue: JobQueue, lane: string): Promise<void> {
  for (;;) {
    const call = { priorities: ["medium"], limit: 16, worker: "w", now: Date.now(), leaseUntil: Infinity } as const;
    const jobs = await queue.claim(lane, { ...call, leaseUntil: Date.now() + 30_000 });
    if (jobs.length === 0) return;
    const attempt = { class: "delivered", status: "0x0000", error: "", counts: true, refused: false };
    queue.settle(jobs.map((job) => ({
      ...{ job, worker: "w", at: Date.now(), state: "delivered" as const },
      attempt: { ...attempt, milliseconds: 1, bytes: 4096 },
    })));
  }
}

/** Instances of two sizes: received, sent, and sent on. */
async function receivingAndSending(): Promise<void> {
  for (const [count, pixelBytes] of [[2_000, 4_096], [400, 512 * 1024]] as const) {
    const number = Math.max(20, Math.round(count * scale));
    const instances = Array.from({ length: number }, () => makeInstance({ pixelBytes }));
    await using peer = await startPeer();
    const receiving = await through(instances, "");
    const sending = await seconds(() => send(peer.port, "PEER", instances));
    const peers = `peers: { PEER: { aeTitle: PEER, host: 127.0.0.1, port: ${peer.port} } }\n`;
    const routed = await through(instances, `${peers}routes: [{ name: all, to: [PEER] }]\n`, peer);
    const sinks = ["A", "B", "C"].map((name) => `${name}: { aeTitle: ${name}, host: 127.0.0.1, port: 1 }`).join(", ");
    const three = await through(instances, `peers: { ${sinks} }\nroutes: [{ name: all, to: [A, B, C] }]\n`);
    const slower = Math.max(receiving, sending);
    console.log(
      `${number} instances of ${pixelBytes / 1024} KiB: receiving ${receiving.toFixed(2)} s, with three routes ` +
        `${three.toFixed(2)} s (${percent(three / receiving)} of it); sending ${
          sending.toFixed(2)
        } s; through to a peer ` +
        `${routed.toFixed(2)} s (${percent(routed / slower)} of the slower); ` +
        `${Math.round(Deno.memoryUsage().rss / 1024 ** 2)} MiB`,
    );
  }
}

/** How long a gateway takes instances for; with a peer, until all have reached it. */
async function through(instances: readonly MadeInstance[], yaml: string, peer?: CountingPeer): Promise<number> {
  using folder = makeFolder();
  const ports = "dicom: { host: 127.0.0.1, port: 0 }\nhttp: { port: 0 }\n";
  const config = await parseConfig(`${ports}archive: { path: ${JSON.stringify(folder.path)} }\n${yaml}`);
  await using gateway = await startGateway(config);
  const before = peer?.count ?? 0;
  return await seconds(async () => {
    await send(gateway.dicom.port, "GANTRY", instances);
    await peer?.reaches(before + instances.length);
  });
}

async function send(port: number, calledAeTitle: string, instances: readonly MadeInstance[]): Promise<void> {
  const transferSyntaxes = [UID.ExplicitVRLittleEndian];
  await using association = await requestAssociation(await connectTcp({ hostname: "127.0.0.1", port }), {
    calledAeTitle,
    callingAeTitle: "BENCH",
    presentationContexts: [{ abstractSyntax: instances[0]!.sopClassUid, transferSyntaxes }],
  });
  for (const instance of instances) await association.store(instance);
}

/** A storage SCP that keeps nothing, and counts. */
interface CountingPeer extends AsyncDisposable {
  readonly port: number;
  readonly count: number;
  reaches(count: number): Promise<void>;
}

async function startPeer(): Promise<CountingPeer> {
  let count = 0;
  let told = () => {};
  const receive = storage(async ({ dataSet }) => {
    for (let piece = await dataSet.read(); piece !== undefined; piece = await dataSet.read());
    count++;
    told();
  });
  const scp = createScp({ services: [verification(), receive] });
  const listener = await listenTcp({ hostname: "127.0.0.1", port: 0 });
  (async () => {
    for await (const connection of listener) scp.accept(connection);
  })();
  return {
    port: listener.addr.port,
    get count() {
      return count;
    },
    async reaches(wanted) {
      while (count < wanted) await new Promise<void>((resolve) => told = resolve);
    },
    async [Symbol.asyncDispose]() {
      await listener[Symbol.asyncDispose]();
      await scp[Symbol.asyncDispose]();
    },
  };
}

async function seconds(work: () => Promise<void>): Promise<number> {
  const begun = performance.now();
  await work();
  return (performance.now() - begun) / 1_000;
}

async function perSecond(count: number, work: () => Promise<void>): Promise<number> {
  return count / await seconds(work);
}

function row(what: string, rate: number): void {
  console.log(`${what}: ${Math.round(rate).toLocaleString("en")} jobs/s`);
}

function percent(ratio: number): string {
  return `${Math.round(100 * ratio)} %`;
}
