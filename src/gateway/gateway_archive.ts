/**
 * The archive of a gateway: all ways in share it, and with it its transactions.
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

/** Where instances go; both stay the host's to close. */
export interface GatewayArchiveOptions {
  /** Takes the bytes. */
  readonly store: ObjectStore;
  /** Knows the instances. */
  readonly index: InstanceIndex;
  /** What has to be done with each instance that is kept; recorded in one transaction with it. Default: nothing. */
  readonly tasksFor?: TasksFor | undefined;
  /** Where instances go from here. Default: nowhere. */
  readonly routing?: ArchiveRouting | undefined;
}

/** An archive, and what was kept in it. */
export interface GatewayArchive extends GatewayArchiveOptions {
  /** Keeps instances. */
  readonly archive: Archive;
  /** Has senders wait whose routes want that; undefined where nothing goes anywhere. */
  readonly acknowledgements: Acknowledgements | undefined;
  /** How many, by what became of them. */
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
