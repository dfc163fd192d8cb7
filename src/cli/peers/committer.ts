/**
 * What asks a peer for storage commitment on behalf of a command.
 *
 * @module
 */

import type { Config } from "../../config.ts";
import type { CommitmentReport, ReferencedInstance } from "../../services/storage_commitment.ts";
import type { PeerCall } from "../command_line/peer.ts";

/** Whom to ask, and where to wait. */
export interface CommitterCall {
  readonly peer: PeerCall;
  readonly config: Config;
  /** Port to wait on; undefined for the configured one, and for asking the gateway that listens there. */
  readonly port: number | undefined;
  /** Whether the peer is called as the configuration says: only then can a gateway call it as well. */
  readonly asConfigured: boolean;
}

/** How long to wait. */
export interface CommitCall {
  readonly instances: readonly ReferencedInstance[];
  /** In milliseconds. */
  readonly timeout: number;
  /** Gives up. */
  readonly signal: AbortSignal;
}

/** Asks one peer. Disposing of it closes the port. */
export interface Committer extends AsyncDisposable {
  /** Where the report is waited for, in words. */
  readonly where: string;
  /** Asks, and waits for the report. Throws what a user should read. */
  commit(call: CommitCall): Promise<CommitmentReport>;
}

/** Gets ready to ask a peer: before anything is sent, so that it fails early. Throws what a user should read. */
export type OpenCommitter = (call: CommitterCall) => Promise<Committer>;
