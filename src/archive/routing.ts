/**
 * What an archive hands over to be sent on: in the one transaction by which an instance comes to be kept.
 *
 * @module
 */

import type { IndexedInstance } from "../index/instance_index.ts";
import type { KeptAttributes } from "../index/kept_attributes.ts";
import type { JobSubject, NewJob } from "../queue/job.ts";
import type { JobQueue } from "../queue/job_queue.ts";

/** How an instance arrived, apart from its sender. Unknown facts are absent. */
export interface InstanceOrigin {
  /** By which service; `other` is for programs that keep instances in an archive themselves. */
  readonly way: "C-STORE" | "STOW-RS" | "other";
  /** AE title that was called. */
  readonly calledAeTitle?: string | undefined;
  /** IP address of the sender. */
  readonly address?: string | undefined;
  /** Subject of its client certificate. */
  readonly certificate?: string | undefined;
  /** User that it identified itself as, or the name of the token over HTTP. */
  readonly user?: string | undefined;
}

/** What is known of an instance when it is decided where it goes. */
export interface RoutedInstance {
  /** The identity of the instance; `sourceAeTitle` is the calling AE title. */
  readonly instance: IndexedInstance;
  /** Attributes that the index keeps of it; undefined where it can't be read. */
  readonly attributes: KeptAttributes | undefined;
  /** What was wanted of it besides, as `AttributeCollector.wanted`; undefined where nothing was, or it can't be read. */
  readonly wanted?: Uint8Array | undefined;
  /** How the instance arrived; undefined if unknown. */
  readonly origin: InstanceOrigin | undefined;
}

/** When a route acknowledges an instance to its sender. */
export interface RouteAcknowledgement {
  /** Name of the route. */
  readonly route: string;
  /** Once the instance has come, is on disk, was delivered to any or all destinations of the route, or was committed to. */
  readonly when: "received" | "durable" | "delivered-any" | "delivered-all" | "committed";
}

/** A job that routes ask for. */
export interface RoutedJob extends NewJob {
  /** The acknowledgements of the routes that the job fulfils; absent if all are the default, `durable`. */
  readonly acknowledges?: readonly RouteAcknowledgement[] | undefined;
}

/**
 * Determines the jobs of an instance. It must return the same jobs for the same instance. If it throws, the archive
 * refuses the instance before storing any of it.
 */
export type JobsFor = (instance: RoutedInstance) => readonly RoutedJob[];

/** Where one instance goes. */
export interface InstanceRouting {
  /** Tags of attributes that have to be read of it, whether they are kept or not. Default: none. */
  readonly wanted?: ReadonlySet<number>;
  /** Says where it has to go. */
  readonly jobsFor: JobsFor;
}

/**
 * Where instances go from an archive. `wanted` and `jobsFor` are read when an instance begins to come: what they are then holds
 * for it to its end.
 */
export interface ArchiveRouting extends InstanceRouting {
  /**
   * Waits until the others can be read, before each instance; undefined where there is nothing to wait for. What it rejects
   * with refuses the instance, before anything of it is read. Default: they always can.
   */
  readonly ready?: (() => Promise<void> | undefined) | undefined;
  /** Remembers what has to be sent; it stays the caller's to close. */
  readonly queue: JobQueue;
  /**
   * Hears of jobs at the very moment in which they were added to the queue; `again` where the instance was there before, and
   * so may they. It must not throw. Default: none.
   */
  readonly onQueued?: ((instance: RoutedInstance, jobs: readonly NewJob[], again: boolean) => void) | undefined;
}

/** Whether all routes of an instance are content with less than that it is on disk. */
export function needsNoFlush(jobs: readonly RoutedJob[]): boolean {
  return jobs.length > 0 &&
    jobs.every(({ acknowledges = [] }) =>
      acknowledges.length > 0 && acknowledges.every(({ when }) => when === "received")
    );
}

/** What a queue has to know of an instance. */
export function subjectOf(instance: IndexedInstance): JobSubject {
  const { sopInstanceUid, studyInstanceUid, serial, receivedAt, size } = instance;
  return { sopInstanceUid, studyInstanceUid, serial, receivedAt, size };
}
