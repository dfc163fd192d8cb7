/**
 * The work of `gantry commit` and of `gantry send --commit`: asks a peer for storage commitment, and waits for its report on
 * the same association, and on a port where the peer calls.
 *
 * @module
 */

import { admitByRules } from "../../access/access_rules.ts";
import type { Config } from "../../config.ts";
import { generateUid } from "../../dicom/uids.ts";
import { TransportError } from "../../errors.ts";
import { denoPlatform } from "../../hosts/deno_platform.ts";
import { listenForDicom } from "../../hosts/listeners.ts";
import { Resources } from "../../hosts/resources.ts";
import { AwaitedReports } from "../../services/awaited_reports.ts";
import { createScp, type Scp } from "../../services/scp.ts";
import { requestAssociation } from "../../services/scu.ts";
import { COMMITMENT_CONTEXT, type CommitmentReport, storageCommitment } from "../../services/storage_commitment.ts";
import { verification } from "../../services/verification.ts";
import { endpointText } from "../../transport/endpoint.ts";
import type { PeerCall } from "../command_line/peer.ts";
import { askRunningGateway } from "./running_gateway.ts";
import type { CommitCall, OpenCommitter } from "./committer.ts";
import { connectTo } from "./connect.ts";

/** Gets ready over the network. */
export const openCommitter: OpenCommitter = async (call) => {
  const { config, port, peer } = call;
  const awaited = new AwaitedReports();
  const { maxReferences } = config.commitment;
  const service = storageCommitment({ onReport: awaited.take, maxReferences });
  const owner = new Resources();
  try {
    const where = await listen(config, port ?? config.dicom.port, [verification(), service], owner);
    return {
      where,
      commit: (wanted) => commitHere(peer, awaited, [service], wanted),
      [Symbol.asyncDispose]: () => owner[Symbol.asyncDispose](),
    };
  } catch (error) {
    await owner[Symbol.asyncDispose]();
    if (!isTaken(error)) throw error;
    if (port !== undefined) throw error;
    return askRunningGateway(call, error as Error);
  }
};

async function listen(
  { dicom, tls }: Config,
  port: number,
  services: Parameters<typeof createScp>[0]["services"],
  owner: Resources,
): Promise<string> {
  const { maxPduLength, timeouts, allow } = dicom;
  const scp: Scp = owner.use(createScp({ services, admit: admitByRules(allow), maxPduLength, timeouts }));
  const configured = { dicom: { ...dicom, port }, ...(tls !== undefined && { tls }) };
  const listener = await listenForDicom(configured, scp, { platform: denoPlatform, onNotice: () => {}, owner });
  (async () => {
    for await (const connection of listener) scp.accept(connection);
  })();
  return endpointText(listener.addr);
}

function isTaken(error: unknown): boolean {
  return error instanceof TransportError && error.cause instanceof Deno.errors.AddrInUse;
}

async function commitHere(
  peer: PeerCall,
  awaited: AwaitedReports,
  services: Parameters<typeof createScp>[0]["services"],
  { instances, timeout, signal }: CommitCall,
): Promise<CommitmentReport> {
  const inTime = AbortSignal.timeout(timeout);
  await using association = await requestAssociation(await connectTo(peer), {
    ...peer,
    presentationContexts: [COMMITMENT_CONTEXT],
    services,
  });
  const request = { transactionUid: generateUid(), instances };
  try {
    return await awaited.commit(association.provider, request, { signal: AbortSignal.any([inTime, signal]) });
  } catch (error) {
    signal.throwIfAborted();
    if (inTime.aborted) throw late(timeout);
    throw error;
  }
}

/** What a user is told when no report has come. */
export function late(timeout: number): Error {
  return new Error(
    `Cannot get commitment: no report came within ${timeout / 1000} s, and this command no longer listens for one`,
  );
}
