/**
 * Kills a gateway while eight senders send, again and again on the same folder, and looks for what was acknowledged, and
 * whether the index says the same.
 *
 * @module
 */

import assert from "node:assert/strict";
import { auditIndex } from "../../src/archive/audit.ts";
import { openFileArchive } from "../../src/archive/file_archive.ts";
import { AssociationAbortedError, TransportError } from "../../src/errors.ts";
import { requestAssociation } from "../../src/services/scu.ts";
import { connectTcp } from "../../src/transport/deno.ts";
import type { Connection } from "../../src/upper_layer/connection.ts";
import { filesBelow, temporaryFolder } from "../support/folders.ts";
import { type ListeningGantry, listeningGantry, startListening } from "../support/gantry.ts";
import { makeInstance } from "../support/instances.ts";
import { Random } from "../support/random.ts";
import { forgetUnsettled, journalRecords } from "./journal_files.ts";
import { Ledger } from "./ledger.ts";

/** How often to kill. */
export interface CrashOptions {
  readonly seed: number;
  readonly kills: number;
  /** Told after each kill what was found until then. */
  readonly onProgress?: (report: CrashReport) => void;
}

/** What was found. Each number says that the test was one. */
export interface CrashReport {
  kills: number;
  /** Of these kills, those of a gateway that was about to start on what the one before it had left. */
  killsInStartUp: number;
  acknowledged: number;
  /** Transfers that had begun to be written when the gateway was killed. */
  unfinished: number;
  /** Instances that only the journal had, as after the loss of power. */
  replayed: number;
  /** Instances that were found in files and index alike, each as often as it was looked for. */
  audited: number;
}

const CONFIG = "archive: { onExisting: replace }";

const SENDERS = 8;

/** A folder gets fuller with each kill, and each time all of it is looked at. */
const KILLS_PER_FOLDER = 10;

/** Kills as often as it is told to; throws what doesn't hold. The moments depend on the seed as far as events do. */
export async function crash({ seed, kills, onProgress = () => {} }: CrashOptions): Promise<CrashReport> {
  const random = new Random(seed);
  const report: CrashReport = { kills: 0, killsInStartUp: 0, acknowledged: 0, unfinished: 0, replayed: 0, audited: 0 };
  while (report.kills < kills) {
    using folder = temporaryFolder();
    const data = `${folder.path}/data`;
    const ledger = new Ledger(random);
    const last = Math.min(kills, report.kills + KILLS_PER_FOLDER);
    while (report.kills < last) {
      {
        await using gateway = await startClean(data, ledger);
        await sendUntilKilled(gateway, ledger, random);
        report.kills++;
      }
      report.unfinished += filesBelow(`${data}/incoming`).length;
      if (random.oneIn(2)) report.replayed += forgetUnsettled(data);
      if (random.oneIn(3) && report.kills < last) {
        await killInStartUp(data, random);
        report.kills++;
        report.killsInStartUp++;
      }
      if (random.oneIn(3) && report.kills < last) {
        await killAfterStart(data, ledger);
        report.audited += await audit(data);
        report.kills++;
      }
      onProgress(report);
    }
    await using gateway = await startClean(data, ledger);
    report.acknowledged += ledger.acknowledged;
    assert.equal((await gateway.end()).code, 0);
    ledger.check(data);
    report.audited += await audit(data);
  }
  return report;
}

/** Starts a gateway, and expects it to have put everything in order before it listens. */
async function startClean(data: string, ledger: Ledger): Promise<ListeningGantry> {
  const gateway = await listeningGantry({ data, config: CONFIG, logLevel: "info" });
  assert.deepEqual(gateway.unfinished, []);
  assert.equal(journalRecords(data).length, 0);
  ledger.check(data);
  return gateway;
}

/** Starts a gateway, and kills it as soon as it listens: what it has put in order by then is there to stay. */
async function killAfterStart(data: string, ledger: Ledger): Promise<void> {
  await using gateway = await startClean(data, ledger);
  gateway.process.kill("SIGKILL");
  await gateway.process.exited;
}

/** Expects index and files to say the same, and nothing in the journal that is news; answers how many instances there are. */
async function audit(data: string): Promise<number> {
  await using archive = await openFileArchive(data, { rebuild: "refuse" });
  assert.equal(archive.recovered, 0);
  const { entries } = await auditIndex(archive.store, archive.index, {
    onDifference: (difference) => assert.fail(JSON.stringify(difference)),
  });
  return entries;
}

/** Has eight associations send one instance after the other, and kills the gateway at a moment of its own choice. */
async function sendUntilKilled(gateway: ListeningGantry, ledger: Ledger, random: Random): Promise<void> {
  let killed = false;
  const kill = () => {
    killed = true;
    gateway.process.kill("SIGKILL");
  };
  // Any number of bytes, or of acknowledgements, and as likely a small one as a large one.
  const moment = random.oneIn(2)
    ? { bytes: random.below(2 ** (12 + random.below(16))), responses: Infinity }
    : { bytes: Infinity, responses: random.below(2 ** (1 + random.below(10))) };
  const seen = { bytes: 0, responses: 0 };
  const count = (what: keyof typeof seen, amount: number) => {
    seen[what] += amount;
    if (!killed && seen[what] > moment[what]) kill();
  };
  const outcomes = await Promise.allSettled(Array.from({ length: SENDERS }, async (_, sender) => {
    try {
      await send(gateway.port, ledger, sender, count);
    } catch (error) {
      if (killed && (error instanceof AssociationAbortedError || error instanceof TransportError)) return;
      kill();
      throw error;
    }
  }));
  await gateway.process.exited;
  for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
}

/** Sends instances of a ledger until it fails. */
async function send(
  port: number,
  ledger: Ledger,
  sender: number,
  count: (what: "bytes" | "responses", amount: number) => void,
): Promise<never> {
  const connection = await connectTcp({ hostname: "127.0.0.1", port });
  const { sopClassUid: abstractSyntax, transferSyntax } = makeInstance();
  const association = await requestAssociation(counted(connection, (bytes) => count("bytes", bytes)), {
    calledAeTitle: "GANTRY",
    callingAeTitle: `SENDER${sender}`,
    presentationContexts: [{ abstractSyntax, transferSyntaxes: [transferSyntax] }],
  });
  for (;;) {
    const { instance, acknowledge } = ledger.next(sender);
    const { status } = await association.store(instance);
    assert.equal(status, 0x0000);
    acknowledge();
    count("responses", 1);
  }
}

/** The same connection; tells the length of each piece that is written to it. */
function counted(connection: Connection, count: (bytes: number) => void): Connection {
  const writer = connection.writable.getWriter();
  const writable = new WritableStream<Uint8Array>({
    write(bytes) {
      count(bytes.length);
      return writer.write(bytes);
    },
    close: () => writer.close(),
    abort: (reason) => writer.abort(reason),
  });
  return { ...connection, writable };
}

/** Starts a gateway, and kills it when it has changed some number of things in its folder, if not when it listens. */
async function killInStartUp(data: string, random: Random): Promise<void> {
  using watcher = Deno.watchFs(data);
  await using child = startListening({ data });
  const changes = random.below(2 ** random.below(9));
  const changed = (async () => {
    let seen = 0;
    for await (const _ of watcher) if (++seen > changes) return;
  })();
  await Promise.race([changed, child.line(/"event":"listening"/)]);
}
