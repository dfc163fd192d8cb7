/** What the interop tests share. */

import assert from "node:assert/strict";
import { decodeCommandSet, type ResponseCommand } from "../../src/dimse/command_set.ts";
import type { StatisticsReport } from "../../src/telemetry/statistics_report.ts";
import { connectTcp } from "../../src/transport/deno.ts";
import type { ListeningGantry, LogLine } from "../support/gantry.ts";
import { type MadeInstance, readContent } from "../support/instances.ts";
import { associateRq, commandPdv, echoRq, echoRsp, pData, ScriptedPeer } from "../support/scripted_peer.ts";

/** The only host that the tests talk to. */
export const HERE = "127.0.0.1";

/** Expects that these are kept, each bit for bit, and nothing else. */
export function assertKept(gantry: ListeningGantry, instances: readonly MadeInstance[]): void {
  assert.deepEqual(gantry.instances, instances.map(({ name }) => name).sort());
  for (const { name, dataSet, transferSyntax } of instances) {
    const content = readContent(gantry.read(name));
    assert.equal(content.transferSyntax, transferSyntax, name);
    assert.ok(equalBytes(content.dataSet, dataSet), `${name} differs from what was sent`);
  }
  assert.deepEqual(gantry.unfinished, []);
}

/** Whether two byte arrays are the same; a difference of large ones is not worth a diff. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

/** What the sidecar tells of associations. */
export async function associations(gantry: ListeningGantry): Promise<StatisticsReport> {
  const response = await fetch(`${gantry.origin}/associations`);
  assert.equal(response.status, 200);
  return await response.json();
}

/** Connects to a gateway; nothing is said yet. */
export async function stranger(gantry: ListeningGantry): Promise<ScriptedPeer> {
  return new ScriptedPeer(await connectTcp({ hostname: HERE, port: gantry.port }));
}

/** A scripted peer with an established association: Verification (1), CT Image Storage (3). */
export async function associated(gantry: ListeningGantry): Promise<ScriptedPeer> {
  const peer = await stranger(gantry);
  await peer.send(associateRq());
  await peer.expectType("A-ASSOCIATE-AC");
  return peer;
}

/** Expects that the gateway is none the worse: a C-ECHO is answered, and nothing is kept. */
export async function assertUnharmed(gateway: ListeningGantry): Promise<void> {
  const peer = await associated(gateway);
  await peer.send(pData(commandPdv(1, echoRq(1))));
  await peer.expect(pData(commandPdv(1, echoRsp(1))));
  await peer.release();
  assertKept(gateway, []);
}

/** Has something happen, and a C-ECHO after it; answers the warnings in the log that came of it. */
export async function warnings(gateway: ListeningGantry, happen: () => Promise<void>): Promise<LogLine[]> {
  const before = gateway.log.length;
  await happen();
  await assertUnharmed(gateway);
  return gateway.log.slice(before).filter(({ level }) => level === "warn");
}

/** The next response that a peer gets. */
export async function response(peer: ScriptedPeer): Promise<ResponseCommand> {
  const { pdvs: [pdv] } = await peer.expectType("P-DATA-TF");
  const command = decodeCommandSet(pdv?.bytes ?? new Uint8Array());
  assert.ok("status" in command);
  return command;
}
