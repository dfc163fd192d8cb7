/**
 * Peers that instances are moved to without a C-MOVE: those of the configuration, by their AE titles.
 *
 * @module
 */

import type { Config } from "../../config.ts";
import { nearest } from "../../nearest.ts";
import { type DimsePeerConfig, dimsePeers } from "../../config/peer_kinds.ts";
import type { Terminal } from "../output/terminal.ts";
import { UsageError, type Values } from "./command.ts";
import { callTo, type PeerCall, type peerFlags } from "./peer.ts";

/** The call of the peer that has an AE title. Throws UsageError where none is configured. */
export function callDestination(
  aeTitle: string,
  flags: Values<typeof peerFlags>,
  config: Config,
  env: Terminal["env"],
): PeerCall {
  const local = { aeTitle: flags.aeTitle, timeout: flags.timeout };
  return callTo(destinationOf(aeTitle, config), aeTitle, { ...NO_FLAGS, ...local }, config, env);
}

/** Flags that say how to reach a peer are for the one that was named, and not for a destination. */
export const NO_FLAGS: Values<typeof peerFlags> = {
  config: undefined,
  aeTitle: undefined,
  tls: false,
  ca: undefined,
  certificate: undefined,
  key: undefined,
  serverName: undefined,
  user: undefined,
  passcodeFile: undefined,
  tokenFile: undefined,
  timeout: undefined,
};

function destinationOf(aeTitle: string, config: Config): DimsePeerConfig {
  const peers = Object.values(dimsePeers(config.peers));
  const found = peers.find((peer) => peer.aeTitle === aeTitle);
  if (found !== undefined) return found;
  const meant = nearest(aeTitle, peers.map((peer) => peer.aeTitle));
  const help = meant === undefined ? "" : `; did you mean ${meant}?`;
  throw new UsageError(`Cannot move to ${JSON.stringify(aeTitle)}: no configured peer has this AE title${help}`);
}
