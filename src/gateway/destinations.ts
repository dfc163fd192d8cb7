/**
 * Destinations of the configuration, and of the host.
 *
 * @module
 */

import type { DestinationConfig } from "../config.ts";
import { isDicomwebPeer, isDimsePeer } from "../config/peer_kinds.ts";
import { webClientOf } from "../dicomweb/client/peer_client.ts";
import type { Destination } from "../routing/destinations/destination.ts";
import { DimseDestination } from "../routing/destinations/dimse_destination.ts";
import type { LaneSettings } from "../routing/lanes/lane.ts";
import type { ConfiguredDestination } from "../routing/lanes/lanes.ts";
import { readSendingHours } from "../routing/lanes/sending_hours.ts";
import { WebhookDestination } from "../routing/destinations/webhook_destination.ts";
import type { Transcoding } from "../services/transcoding.ts";
import { CommitmentBatches } from "./commitment_batches.ts";
import type { CommitmentScu } from "./commitment_scu.ts";
import {
  type DestinationPlan,
  type MakeFolderDestination,
  type PeerPlan,
  planDestinations,
} from "./destination_plans.ts";
import type { GatewayContext } from "./module.ts";
import { configuredPeer } from "./peers.ts";
import { WebDestination } from "./web_destination.ts";

/** How many associations a lane has where the configuration doesn't say. */
const PARALLEL = 2;

/** What the configuration cannot make without the host. */
export interface HostDestinations {
  /** The host's own destinations, by name. */
  readonly destinations: Readonly<Record<string, Destination>>;
  /** Makes destinations of folders; undefined where the host has no file system. */
  readonly folder: MakeFolderDestination | undefined;
  /** Converts instances into transfer syntaxes that a peer takes; undefined where the host has no codecs for that. */
  readonly transcoding: Transcoding | undefined;
  /** Asks a peer of the configuration for storage commitment. */
  readonly commit: CommitmentScu["commit"];
}

/**
 * Every destination that is configured or that routes lead to, by name. A peer has a lane when a route leads to it.
 *
 * @throws Error for a destination that cannot be made
 */
export function configuredDestinations(
  context: GatewayContext,
  host: HostDestinations,
): Record<string, ConfiguredDestination> {
  const { config } = context;
  const timeout = config.dicom.timeouts.response;
  const all: Record<string, ConfiguredDestination> = {};
  for (const [name, destination] of Object.entries(host.destinations)) {
    all[name] = { destination, settings: { timeout } };
  }
  for (const [name, { plan, settings }] of planDestinations(config, Object.keys(host.destinations), host.folder)) {
    if (settings === undefined) {
      const parallel = plan.peer.maxAssociations ?? PARALLEL;
      all[name] = { destination: ofPeer(context, plan, parallel, host), settings: { parallel, timeout } };
    } else {
      const destination = make(context, plan, settings.parallel ?? PARALLEL, host);
      all[name] = { destination, settings: settingsOf(settings, timeout) };
    }
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
  plan: DestinationPlan,
  parallel: number,
  host: HostDestinations,
): Destination {
  switch (plan.kind) {
    case "peer":
      return ofPeer(context, plan, parallel, host);
    case "webhook":
      return new WebhookDestination({ url: plan.url, secret: plan.secret, source: `/${context.config.aeTitle}` });
    case "folder":
      return plan.make();
  }
}

function ofPeer(
  context: GatewayContext,
  { name, peer }: PeerPlan,
  maxAssociations: number,
  { transcoding, commit }: HostDestinations,
): Destination {
  const { dicom: { timeouts: { response: timeout } }, commitment: { maxReferences }, routing } = context.config;
  if (isDimsePeer(peer)) {
    const commitments = new CommitmentBatches({
      commit: (instances, options) => commit(name, instances, options),
      within: routing.acknowledgeWithin,
      maximum: maxReferences,
    });
    const options = { peer: configuredPeer(context, peer, { maxAssociations }), timeout, transcoding, commitments };
    return new DimseDestination(options);
  }
  if (!isDicomwebPeer(peer)) throw new Error("Cannot send to a peer that has neither a host nor a URL");
  // The lane tries again itself, and knows which other instances wait.
  const { maxBatch: instances, maxBatchBytes: bytes, conflict } = peer;
  return new WebDestination(webClientOf(peer, { timeout, retries: 0 }), { instances, bytes, conflict });
}
