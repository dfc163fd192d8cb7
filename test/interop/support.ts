/** What the interop tests share. */

import assert from "node:assert/strict";
import type { StatisticsReport } from "../../src/dimse/statistics_report.ts";
import { connectTcp } from "../../src/transport/deno.ts";
import type { ListeningGantry } from "../support/gantry.ts";
import { type MadeInstance, readContent } from "../support/instances.ts";
import { associateRq, ScriptedPeer } from "../support/scripted_peer.ts";

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

/** Releases a peer's association, and sees the connection closed. */
export async function released(peer: ScriptedPeer): Promise<void> {
  await peer.send({ type: "A-RELEASE-RQ" });
  await peer.expect({ type: "A-RELEASE-RP" });
  await peer.expectClose();
}
