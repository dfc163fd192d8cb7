/**
 * Plans of destinations: they show, before any destination's code is loaded, which destinations cannot be made.
 *
 * @module
 */

import type { Config, DestinationConfig, PeerConfig } from "../config.ts";
import type { Destination } from "../routing/destinations/destination.ts";
import { destinationsOf } from "../routing/rules/rule.ts";
import { UNROUTED } from "../routing/rules/unrouted.ts";
import { rulesOf } from "./live_routes.ts";

/** Makes a destination of a folder, on a host that has a file system. */
export type MakeFolderDestination = (
  folder: string,
  options: { readonly name?: string | undefined },
) => Destination;

/** A peer that instances are sent to. */
export interface PeerPlan {
  readonly kind: "peer";
  /** Its name in the configuration. */
  readonly name: string;
  readonly peer: PeerConfig;
}

/** What a destination is made of. */
export type DestinationPlan =
  | PeerPlan
  | { readonly kind: "webhook"; readonly url: string; readonly secret: string | undefined }
  | { readonly kind: "folder"; readonly make: () => Destination };

/** A destination of the configuration with its settings, or a peer that routes name themselves. */
export type PlannedDestination =
  | { readonly plan: DestinationPlan; readonly settings: DestinationConfig }
  | { readonly plan: PeerPlan; readonly settings: undefined };

/**
 * Every configured destination, and every peer that routes lead to, by name. The host's own destinations are not among them.
 *
 * @throws Error for a destination that cannot be made
 */
export function planDestinations(
  config: Config,
  hostDestinations: Iterable<string>,
  folder: MakeFolderDestination | undefined,
): ReadonlyMap<string, PlannedDestination> {
  const planned = new Map<string, PlannedDestination>();
  for (const [name, destination] of Object.entries(config.destinations)) {
    planned.set(name, { plan: planOf(config, name, destination, folder), settings: destination });
  }
  const known = new Set([...hostDestinations, ...planned.keys()]);
  if (known.has(UNROUTED)) {
    throw new Error(`Cannot send to ${UNROUTED}: this name stands for instances that no route matches`);
  }
  for (const name of rulesOf(config).routes.flatMap(destinationsOf)) {
    if (!known.has(name)) planned.set(name, { plan: peerPlan(config, name), settings: undefined });
  }
  return planned;
}

/** Names of destinations that get one notice for a series or study: webhooks, and host destinations that ask for it. */
export function lanesThatHearOfUnits(
  planned: ReadonlyMap<string, PlannedDestination>,
  ofHost: Readonly<Record<string, Destination>>,
): readonly string[] {
  return [
    ...[...planned].filter(([, { plan }]) => plan.kind === "webhook").map(([name]) => name),
    ...Object.entries(ofHost).filter(([, { hearsOfUnits = false }]) => hearsOfUnits).map(([name]) => name),
  ];
}

function planOf(
  config: Config,
  name: string,
  { peer, folder, name: template, webhook, secret }: DestinationConfig,
  makeFolder: MakeFolderDestination | undefined,
): DestinationPlan {
  if (peer !== undefined) return peerPlan(config, peer);
  if (webhook !== undefined) return { kind: "webhook", url: webhook, secret };
  if (folder === undefined) throw new Error(`Cannot send to ${name}: it is neither a peer nor a folder nor a webhook`);
  if (makeFolder === undefined) throw new Error(`Cannot send to ${name}: this host has no folders`);
  return { kind: "folder", make: () => makeFolder(folder, { name: template }) };
}

function peerPlan({ peers }: Config, name: string): PeerPlan {
  const peer = Object.hasOwn(peers, name) ? peers[name] : undefined;
  if (peer === undefined) throw new Error(`Cannot send to ${name}: no destination and no peer has this name`);
  return { kind: "peer", name, peer };
}
