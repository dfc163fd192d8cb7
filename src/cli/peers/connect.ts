/**
 * How the commands reach a peer.
 *
 * @module
 */

import { connect } from "../../hosts/deno_platform.ts";
import type { Connection } from "../../upper_layer/connection.ts";
import type { PeerCall } from "../command_line/peer.ts";

/** Connects to the peer of a call. */
export function connectTo(peer: PeerCall, onSecuring: () => void = () => {}): Promise<Connection> {
  return connect(peer, { timeout: peer.timeouts.connect, signal: new AbortController().signal, onSecuring });
}
