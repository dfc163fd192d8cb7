/**
 * Destinations of the configuration, and of the host.
 *
 * @module
 */

import type { Config, DestinationConfig, PeerConfig } from "../config.ts";
import { isDicomwebPeer, isDimsePeer } from "../config/peer_kinds.ts";
import { webSourceOf } from "../dicomweb/client/peer_client.ts";
import type { Destination } from "../routing/destination.ts";
import { DimseDestination } from "../routing/dimse_destination.ts";
import type { LaneSettings } from "../routing/lane.ts";
import type { ConfiguredDestination } from "../routing/lanes.ts";
import { readSendingHours } from "../routing/sending_hours.ts";
import { WebhookDestination } from "../routing/webhook_destination.ts";
import { destinationsOf } from "../routing/rules/rule.ts";
import { UNROUTED } from "../routing/rules/unrouted.ts";
import type { Transcoding } from "../services/transcoding.ts";
import { rulesOf } from "./live_routes.ts";
import type { GatewayContext } from "./module.ts";
import { configuredPeer } from "./peers.ts";
import { WebDestination } from "./web_destination.ts";

/** How many associations a lane has where nobody says otherwise. */
const PARALLEL = 2;

/** Makes a destination of a folder; its host has a file system. */
export type MakeFolderDestination = (
  folder: string,
  options: { readonly name?: string | undefined },
) => Destination;

/** What the configuration can't make by itself. */
export interface HostDestinations {
  /** Destinations of the host's own, by name. */
  readonly destinations: Readonly<Record<string, Destination>>;
  /** Makes folders; undefined where there is no file system. */
  readonly folder: MakeFolderDestination | undefined;
  /** What brings instances into transfer syntaxes that a peer takes; undefined where nothing does. */
  readonly transcoding: Transcoding | undefined;
}

/**
 * Every destination that routes lead to or that is configured, by name. A peer has a lane where a route leads to it.
 *
 * @throws Error for one that can't be made
 */
export function configuredDestinations(
  context: GatewayContext,
  host: HostDestinations,
): Record<string, ConfiguredDestination> {
  const { config } = context;
  const timeout = config.dicom.timeouts.response;
  const all: Record<string, ConfiguredDestination> = {};
  for (const [name, destination] of Object.entries(host.destinations)) {
    if (name === UNROUTED) {
      throw new Error(`Cannot send to ${name}: this name stands for instances that no route matches`);
    }
    all[name] = { destination, settings: { timeout } };
  }
  for (const [name, destination] of Object.entries(config.destinations)) {
    all[name] = { destination: make(context, name, destination, host), settings: settingsOf(destination, timeout) };
  }
  for (const name of new Set(rulesOf(config).routes.flatMap(destinationsOf))) {
    if (Object.hasOwn(all, name)) continue;
    const peer = peerOf(config, name);
    const parallel = peer.maxAssociations ?? PARALLEL;
    all[name] = { destination: ofPeer(context, peer, parallel, host), settings: { parallel, timeout } };
  }
  return all;
}

function settingsOf({ parallel, rate, bandwidth, hours }: DestinationConfig, timeout: number): LaneSettings {
  return {
    ...{ parallel, rate, bandwidth, timeout },
    hours: hours === undefined ? undefined : readSendingHours(hours),
  };
}

function make(
  context: GatewayContext,
  name: string,
  { peer, folder, name: template, webhook, secret, parallel = PARALLEL }: DestinationConfig,
  host: HostDestinations,
): Destination {
  const { config } = context;
  if (peer !== undefined) return ofPeer(context, peerOf(config, peer), parallel, host);
  if (webhook !== undefined) return new WebhookDestination({ url: webhook, secret, source: `/${config.aeTitle}` });
  if (folder === undefined) throw new Error(`Cannot send to ${name}: it is neither a peer nor a folder nor a webhook`);
  if (host.folder === undefined) throw new Error(`Cannot send to ${name}: this host has no folders`);
  return host.folder(folder, { name: template });
}

function peerOf({ peers }: Config, name: string): PeerConfig {
  const peer = Object.hasOwn(peers, name) ? peers[name] : undefined;
  if (peer === undefined) throw new Error(`Cannot send to ${name}: no destination and no peer has this name`);
  return peer;
}

function ofPeer(
  context: GatewayContext,
  peer: PeerConfig,
  maxAssociations: number,
  { transcoding }: HostDestinations,
): Destination {
  const { response: timeout } = context.config.dicom.timeouts;
  if (isDimsePeer(peer)) {
    return new DimseDestination({ peer: configuredPeer(context, peer, { maxAssociations }), timeout, transcoding });
  }
  if (!isDicomwebPeer(peer)) throw new Error("Cannot send to a peer that has neither a host nor a URL");
  // The lane tries again, and knows of the others that wait.
  return new WebDestination(webSourceOf(peer, { timeout, retries: 0 }));
}
