/**
 * The archive of a gateway: every service that stores instances shares it, and with it its transactions.
 *
 * @module
 */

import { type Archive, createArchive } from "../archive/archive.ts";
import { countKept, type KeptCounts } from "../archive/kept_counts.ts";
import type { ArchiveRouting } from "../archive/routing.ts";
import type { TasksFor } from "../archive/transaction.ts";
import { Acknowledgements } from "../routing/acknowledgements.ts";
import type { InstanceIndex } from "../index/instance_index.ts";
import type { ObjectStore } from "../objects/object_store.ts";
import type { GatewayContext } from "./module.ts";

/** Where instances go. The host closes the store and the index. */
export interface GatewayArchiveOptions {
  /** Keeps the bytes. */
  readonly store: ObjectStore;
  /** Knows the instances. */
  readonly index: InstanceIndex;
  /** Tasks for each instance that is kept, recorded in one transaction with it. Default: none. */
  readonly tasksFor?: TasksFor | undefined;
  /** Where routes send instances. Default: nowhere. */
  readonly routing?: ArchiveRouting | undefined;
}

/** An archive, and counts of what it was sent. */
export interface GatewayArchive extends GatewayArchiveOptions {
  /** Keeps instances. */
  readonly archive: Archive;
  /** Makes senders wait whose routes ask for that; undefined where routes send instances nowhere. */
  readonly acknowledgements: Acknowledgements | undefined;
  /** Counts of instances, by outcome. */
  readonly kept: KeptCounts;
}

/** Makes the archive as the configuration says. */
export function createGatewayArchive(context: GatewayContext, options: GatewayArchiveOptions): GatewayArchive {
  const { store, index, tasksFor, routing } = options;
  const { config: { dicom, archive: { onExisting, unreadable } }, onError } = context;
  const kept = countKept();
  const archive = createArchive({
    store,
    index,
    onExisting,
    unreadable,
    limits: { maxInstanceLength: dicom.maxDataSetLength },
    observers: [kept.observe, context.notify],
    onError,
    routing,
    ...(tasksFor !== undefined && { tasksFor }),
  });
  const acknowledgements = routing && new Acknowledgements({
    queue: routing.queue,
    within: context.config.routing.acknowledgeWithin,
    maximum: context.config.routing.maxUnacknowledged,
    onError,
  });
  return { ...options, archive, acknowledgements, kept };
}
