/**
 * Peers that commands query and retrieve from.
 *
 * @module
 */

import { Peer } from "../../services/peer.ts";
import { PeerSource } from "../../services/peer_source.ts";
import { connect } from "../../hosts/deno_platform.ts";
import type { PeerCall } from "../command_line/peer.ts";

/** A peer, and what it has. */
export interface QueriedPeer extends AsyncDisposable {
  readonly peer: Peer;
  readonly source: PeerSource;
}

/** The peer of a call. */
export function queriedPeer(call: PeerCall): QueriedPeer {
  const { calledAeTitle, callingAeTitle, timeouts, userIdentity, dialect } = call;
  const peer = new Peer({
    calledAeTitle,
    callingAeTitle,
    timeouts,
    ...(userIdentity !== undefined && { userIdentity }),
    connect: ({ signal = new AbortController().signal }) =>
      connect(call, { timeout: timeouts.connect, signal, onSecuring: () => {} }),
  });
  const source = new PeerSource({ peer, aeTitle: calledAeTitle, ...(dialect !== undefined && { dialect }) });
  return { peer, source, [Symbol.asyncDispose]: () => peer[Symbol.asyncDispose]() };
}
