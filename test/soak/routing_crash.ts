/**
 * Kills a gateway that sends on what it receives, again and again on the same folder, and looks whether each instance that it
 * had acknowledged has reached each of three destinations: a peer, a folder and a webhook; and a folder and a webhook to which
 * studies go as one.
 *
 * @module
 */

import assert from "node:assert/strict";
import { AssociationAbortedError, TransportError } from "../../src/errors.ts";
import { createScp } from "../../src/services/scp.ts";
import { requestAssociation } from "../../src/services/scu.ts";
import { storage } from "../../src/services/storage.ts";
import { verification } from "../../src/services/verification.ts";
import { connectTcp, listenTcp } from "../../src/transport/deno.ts";
import { temporaryFolder } from "../support/folders.ts";
import { type ListeningGantry, listeningGantry } from "../support/gantry.ts";
import { makeInstance } from "../support/instances.ts";
import { Random } from "../support/random.ts";
import { forgetUnsettled } from "./journal_files.ts";

/** How often to kill. */
export interface RoutingCrashOptions {
  readonly seed: number;
  readonly kills: number;
  /** Told after each kill what was found until then. */
  readonly onProgress?: (report: RoutingCrashReport) => void;
}

/** What was found. */
export interface RoutingCrashReport {
  kills: number;
  /** Of these kills, those after which the index was lost and made anew. */
  indexesLost: number;
  acknowledged: number;
  /** Generations of studies that were complete. */
  studies: number;
  /** Deliveries of what had been delivered before: a kill may come before a delivery is written down. */
  repeated: number;
}

const SENDERS = 4;

/** Each folder is looked at when its kills are over. */
const KILLS_PER_FOLDER = 10;

/** Kills as often as it is told to; throws what doesn't hold. */
export async function routingCrash(
  { seed, kills, onProgress = () => {} }: RoutingCrashOptions,
): Promise<RoutingCrashReport> {
  const random = new Random(seed);
  const report: RoutingCrashReport = { kills: 0, indexesLost: 0, acknowledged: 0, studies: 0, repeated: 0 };
  while (report.kills < kills) {
    using folder = temporaryFolder();
    await using peer = await startPeer();
    await using hook = startHook();
    const data = `${folder.path}/data`;
    const target = `${folder.path}/target`;
    const whole = `${folder.path}/whole`;
    for (const path of [target, whole]) Deno.mkdirSync(path);
    const config = configFor(peer.port, hook.port, { target, whole });
    const acknowledged = new Set<string>();
    const last = Math.min(kills, report.kills + KILLS_PER_FOLDER);
    while (report.kills < last) {
      await using gateway = await listeningGantry({ data, config, logLevel: "info" });
      await sendUntilKilled(gateway, acknowledged, random);
      report.kills++;
      if (random.oneIn(2)) forgetUnsettled(data);
      if (random.oneIn(4)) {
        for (const suffix of ["", "-wal"]) Deno.removeSync(`${data}/index.sqlite${suffix}`);
        report.indexesLost++;
      }
      onProgress(report);
    }
    await using gateway = await listeningGantry({ data, config, logLevel: "info" });
    await drained(gateway);
    for (const uid of acknowledged) {
      assert.ok(peer.received.has(uid), `${uid} has not reached the peer`);
      assert.ok(hook.received.has(uid), `${uid} has not reached the webhook`);
      assert.ok(Deno.statSync(`${target}/${uid}.dcm`).isFile, `${uid} has not reached the folder`);
      assert.ok(Deno.statSync(`${whole}/${uid}.dcm`).isFile, `${uid} has not reached the folder of studies`);
    }
    // Each instance is in one generation of its study, however often the gateway was killed while it was released.
    const ofStudies = [...hook.studies.values()].reduce((sum, count) => sum + count, 0);
    assert.equal(ofStudies, [...Deno.readDirSync(whole)].filter(({ isFile }) => isFile).length);
    report.studies += hook.studies.size;
    // What is in the folder is whole; Pixel Data is last.
    for (const { name, isFile } of Deno.readDirSync(target)) {
      if (!isFile) continue;
      const expected = pixelsFor(name.replace(/\.dcm$/, ""));
      assert.deepEqual(Deno.readFileSync(`${target}/${name}`).subarray(-expected.length), expected);
    }
    report.acknowledged += acknowledged.size;
    for (const times of peer.received.values()) report.repeated += times - 1;
    assert.equal((await gateway.end()).code, 0);
  }
  return report;
}

function configFor(
  peer: number,
  hook: number,
  { target, whole }: { readonly target: string; readonly whole: string },
): string {
  return `
peers: { PEER: { aeTitle: PEER, host: 127.0.0.1, port: ${peer} } }
destinations:
  DISK: { folder: ${JSON.stringify(target)}, name: "{SOPInstanceUID}.dcm" }
  WHOLE: { folder: ${JSON.stringify(whole)}, name: "{SOPInstanceUID}.dcm" }
  HOOK: { webhook: "http://127.0.0.1:${hook}/", secret: "0123456789abcdef" }
  STUDIES: { webhook: "http://127.0.0.1:${hook}/", secret: "0123456789abcdef" }
routing: { units: { quiet: 200ms, cap: 300ms } }
routes:
  - { name: all, to: [PEER, DISK, HOOK] }
  - { name: studies, unit: study, to: [WHOLE, STUDIES] }
`;
}

/** A storage SCP, which counts how often each instance came. */
async function startPeer(): Promise<
  AsyncDisposable & { readonly port: number; readonly received: Map<string, number> }
> {
  const received = new Map<string, number>();
  const scp = createScp({
    services: [
      verification(),
      storage(async ({ sopInstanceUid, dataSet }) => {
        for (let piece = await dataSet.read(); piece !== undefined; piece = await dataSet.read());
        received.set(sopInstanceUid, (received.get(sopInstanceUid) ?? 0) + 1);
      }),
    ],
  });
  const listener = await listenTcp({ hostname: "127.0.0.1", port: 0 });
  const serving = new Set<Promise<void>>();
  const accepting = (async () => {
    for await (const connection of listener) {
      const served: Promise<void> = scp.accept(connection).finally(() => serving.delete(served));
      serving.add(served);
    }
  })();
  return {
    port: listener.addr.port,
    received,
    async [Symbol.asyncDispose]() {
      await listener[Symbol.asyncDispose]();
      await scp[Symbol.asyncDispose]();
      await accepting;
      await Promise.all(serving);
    },
  };
}

/** An HTTP server, which remembers the instances that it heard of, and how many each generation of a study has. */
function startHook(): AsyncDisposable & {
  readonly port: number;
  readonly received: Set<string>;
  readonly studies: Map<string, number>;
} {
  const received = new Set<string>();
  const studies = new Map<string, number>();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    const event = await request.json();
    if (event.type === "gantry.unit.complete") {
      studies.set(`${event.subject} ${event.data.generation}`, event.data.instances);
    } else received.add(event.subject);
    return new Response(null, { status: 204 });
  });
  return { port: server.addr.port, received, studies, [Symbol.asyncDispose]: () => server.shutdown() };
}

/** Has associations send one instance after the other, and kills the gateway after some number of acknowledgements. */
async function sendUntilKilled(gateway: ListeningGantry, acknowledged: Set<string>, random: Random): Promise<void> {
  const responses = random.below(2 ** (1 + random.below(7)));
  let [seen, killed] = [0, false];
  const outcomes = await Promise.allSettled(Array.from({ length: SENDERS }, async () => {
    try {
      await send(gateway.port, (uid) => {
        acknowledged.add(uid);
        if (++seen <= responses || killed) return;
        killed = true;
        gateway.process.kill("SIGKILL");
      }, random);
    } catch (error) {
      if (killed && (error instanceof AssociationAbortedError || error instanceof TransportError)) return;
      throw error;
    }
  }));
  await gateway.process.exited;
  for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
}

let made = 0;

async function send(port: number, acknowledge: (uid: string) => void, random: Random): Promise<never> {
  const { sopClassUid: abstractSyntax, transferSyntax } = makeInstance();
  const association = await requestAssociation(await connectTcp({ hostname: "127.0.0.1", port }), {
    calledAeTitle: "GANTRY",
    callingAeTitle: "SENDER",
    presentationContexts: [{ abstractSyntax, transferSyntaxes: [transferSyntax] }],
  });
  for (;;) {
    const sopInstanceUid = `1.2.3.7.${++made}`;
    const studyInstanceUid = `1.2.3.8.${random.below(5)}`;
    const instance = makeInstance({ sopInstanceUid, studyInstanceUid, pixels: pixelsFor(sopInstanceUid) });
    const { status } = await association.store(instance);
    assert.equal(status, 0x0000);
    acknowledge(sopInstanceUid);
  }
}

/** Pixel Data that an instance can be told by; every eighth goes past the journal. */
function pixelsFor(sopInstanceUid: string): Uint8Array {
  const number = Number(sopInstanceUid.split(".").at(-1));
  return new Uint8Array(number % 8 === 0 ? 200_000 : 512).fill(number % 251);
}

/** Waits until nothing has to be sent any more. */
async function drained({ origin, process }: ListeningGantry): Promise<void> {
  for (const end = Date.now() + 60_000;;) {
    const { lanes } = await (await fetch(`${origin}/lanes`)).json();
    const left = lanes.map(({ jobs: { ready, leased, waiting, held, dead } }: { jobs: Record<string, number> }) =>
      [ready, leased, waiting, held, dead].reduce((sum, count) => sum! + count!, 0)
    );
    if (lanes.length > 0 && left.every((count: number) => count === 0)) return;
    if (Date.now() > end) {
      assert.fail(`after a minute there is left: ${JSON.stringify(lanes)}\n${process.lines.slice(-5)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
