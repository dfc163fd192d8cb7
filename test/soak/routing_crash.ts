/**
 * Kills a gateway that sends on what it receives, again and again on the same folder, and looks whether each instance that it
 * had acknowledged has reached each of its destinations, and is the same however often it came.
 *
 * @module
 */

import assert from "node:assert/strict";
import { AssociationAbortedError, TransportError } from "../../src/errors.ts";
import { requestAssociation } from "../../src/services/scu.ts";
import { connectTcp } from "../../src/transport/deno.ts";
import { type ListeningGantry, listeningGantry } from "../support/gantry.ts";
import { makeInstance } from "../support/instances.ts";
import { Random } from "../support/random.ts";
import { type Acknowledged, CrashDestinations, instanceFor } from "./crash_destinations.ts";
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
  /** Of these instances, those that came while there was a route that every second gateway has. */
  sometimes: number;
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
  const report = { kills: 0, indexesLost: 0, acknowledged: 0, sometimes: 0, studies: 0, repeated: 0 };
  while (report.kills < kills) {
    await using destinations = await CrashDestinations.start();
    const { data } = destinations;
    const acknowledged = new Map<string, Acknowledged>();
    const last = Math.min(kills, report.kills + KILLS_PER_FOLDER);
    while (report.kills < last) {
      const sometimes = report.kills % 2 === 0;
      const config = destinations.config(sometimes);
      await using gateway = await listeningGantry({ data, config, logLevel: "info" });
      await sendUntilKilled(gateway, (uid) => void acknowledged.set(uid, { sometimes }), random);
      report.kills++;
      if (random.oneIn(2)) forgetUnsettled(data);
      if (random.oneIn(4)) {
        for (const suffix of ["", "-wal"]) Deno.removeSync(`${data}/index.sqlite${suffix}`);
        report.indexesLost++;
      }
      onProgress(report);
    }
    // What has come by the route that comes and goes is sent without it all the same.
    await using gateway = await listeningGantry({ data, config: destinations.config(false), logLevel: "info" });
    await drained(gateway);
    destinations.check(acknowledged);
    report.acknowledged += acknowledged.size;
    report.sometimes += [...acknowledged.values()].filter(({ sometimes }) => sometimes).length;
    report.studies += destinations.hook.studies.size;
    report.repeated += destinations.repeated;
    assert.equal((await gateway.end()).code, 0);
  }
  return report;
}

/** Has associations send one instance after the other, and kills the gateway after some number of acknowledgements. */
async function sendUntilKilled(
  gateway: ListeningGantry,
  acknowledge: (uid: string) => void,
  random: Random,
): Promise<void> {
  const responses = random.below(2 ** (1 + random.below(7)));
  let [seen, killed] = [0, false];
  const outcomes = await Promise.allSettled(Array.from({ length: SENDERS }, async () => {
    try {
      await send(gateway.port, (uid) => {
        acknowledge(uid);
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
    const { status } = await association.store(instanceFor(sopInstanceUid, studyInstanceUid));
    assert.equal(status, 0x0000);
    acknowledge(sopInstanceUid);
  }
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
