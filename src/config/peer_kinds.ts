/**
 * Peers of the configuration by how they are spoken to.
 *
 * @module
 */

import type { PeerConfig } from "./generated/model.ts";

/** A peer that is called by DIMSE. */
export type DimsePeerConfig = PeerConfig & Required<Pick<PeerConfig, "aeTitle" | "host" | "port">>;

/** A peer that is a DICOMweb server. */
export type DicomwebPeerConfig = PeerConfig & Required<Pick<PeerConfig, "url">>;

/** Whether a peer is called by DIMSE: the configuration's rules see to it that it has what that takes. */
export function isDimsePeer(peer: PeerConfig): peer is DimsePeerConfig {
  return peer.url === undefined;
}

/** Whether a peer is a DICOMweb server. */
export function isDicomwebPeer(peer: PeerConfig): peer is DicomwebPeerConfig {
  return peer.url !== undefined;
}

/** Those of the peers that are called by DIMSE, by their names. */
export function dimsePeers(peers: Readonly<Record<string, PeerConfig>>): Readonly<Record<string, DimsePeerConfig>> {
  return Object.fromEntries(
    Object.entries(peers).flatMap(([name, peer]) => isDimsePeer(peer) ? [[name, peer] as const] : []),
  );
}

/** Name of the DICOMweb server that an AE title stands for; undefined where it stands for none. */
export function webPeerCalled(
  peers: Readonly<Record<string, PeerConfig>>,
  aeTitle: string,
): string | undefined {
  return Object.entries(peers).find(([, peer]) => isDicomwebPeer(peer) && peer.aeTitle === aeTitle)?.[0];
}
