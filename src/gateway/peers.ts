/**
 * Peers of the configuration, as a gateway calls them.
 *
 * @module
 */

import { usernameIdentity } from "../access/user_identity.ts";
import type { Config } from "../config.ts";
import type { DimsePeerConfig } from "../config/peer_kinds.ts";
import type { Dialect } from "../query/dialect.ts";
import { Peer, type PeerOptions } from "../services/peer.ts";
import type { GatewayContext } from "./module.ts";

/** Settings of a peer that the configuration leaves open. */
export type ConfiguredPeerOptions = Pick<PeerOptions, "keepOpen" | "maxAssociations" | "services">;

/** Makes a peer, which the caller disposes of. */
export function configuredPeer(
  { connect, observers, config: { aeTitle, dicom: { timeouts } } }: GatewayContext,
  { host, port, tls, user, passcode, ...config }: DimsePeerConfig,
  options: ConfiguredPeerOptions,
): Peer {
  return new Peer({
    ...options,
    calledAeTitle: config.aeTitle,
    callingAeTitle: config.callingAeTitle ?? aeTitle,
    timeouts,
    observers,
    ...(user !== undefined && { userIdentity: usernameIdentity(user, passcode) }),
    connect: ({ signal = new AbortController().signal }) =>
      connect({ host, port, ...(tls !== undefined && { tls }) }, {
        timeout: timeouts.connect,
        signal,
        onSecuring: () => {},
      }),
  });
}

/** The dialect that the configuration gives to a peer, by the AE title that it calls with. */
export function dialectOf({ peers }: Config, callingAeTitle: string): Partial<Dialect> | undefined {
  return Object.values(peers).find(({ aeTitle }) => aeTitle === callingAeTitle)?.dialect;
}
