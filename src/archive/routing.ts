/**
 * What an archive hands over to be sent on: in the one transaction by which an instance comes to be kept.
 *
 * @module
 */

import type { IndexedInstance } from "../index/instance_index.ts";
import type { KeptAttributes } from "../index/kept_attributes.ts";
import type { JobSubject, NewJob } from "../queue/job.ts";
import type { JobQueue } from "../queue/job_queue.ts";

/** How an instance came in, besides who sent it. What nobody knows is absent. */
export interface InstanceOrigin {
  /** By which service. */
  readonly way: "C-STORE" | "STOW-RS" | "other";
  /** AE title that was called. */
  readonly calledAeTitle?: string | undefined;
  /** IP address of the sender. */
  readonly address?: string | undefined;
  /** Subject of its client certificate. */
  readonly certificate?: string | undefined;
  /** User that it identified itself as. */
  readonly user?: string | undefined;
}

/** What is known of an instance when it is decided where it goes. */
export interface RoutedInstance {
  /** Who it is; `sourceAeTitle` is the calling AE title. */
  readonly instance: IndexedInstance;
  /** Attributes that the index keeps of it; undefined where it can't be read. */
  readonly attributes: KeptAttributes | undefined;
  /** How it came; undefined where nobody said. */
  readonly origin: InstanceOrigin | undefined;
}

/** Says where an instance has to go. It must answer the same whenever it is asked the same. */
export type JobsFor = (instance: RoutedInstance) => readonly NewJob[];

/** Where instances go from an archive. */
export interface ArchiveRouting {
  /** Remembers what has to be sent; it stays the caller's to close. */
  readonly queue: JobQueue;
  /** Says where an instance has to go. */
  readonly jobsFor: JobsFor;
}

/** What a queue has to know of an instance. */
export function subjectOf(instance: IndexedInstance): JobSubject {
  const { sopInstanceUid, studyInstanceUid, serial, receivedAt, size } = instance;
  return { sopInstanceUid, studyInstanceUid, serial, receivedAt, size };
}
