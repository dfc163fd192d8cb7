/**
 * How long the archive keeps instances that routes have sent on, as the configuration says.
 *
 * @module
 */

import type { Archive } from "../archive/archive.ts";
import type { Config } from "../config.ts";
import type { InstanceIndex } from "../index/instance_index.ts";
import type { ObjectStore } from "../objects/object_store.ts";
import type { JobQueue } from "../queue/job_queue.ts";
import type { Acknowledgements } from "../routing/acknowledgements.ts";
import type { LaneEvent } from "../routing/lanes/lane_events.ts";
import { Retention, type RetentionOptions } from "../routing/retention/retention.ts";
import { RetentionByAge } from "../routing/retention/by_age.ts";
import { RetentionByRoom } from "../routing/retention/by_room.ts";

/** Where local copies are, and what knows of them. */
export interface LocalCopiesOptions {
  readonly store: ObjectStore;
  readonly index: InstanceIndex;
  readonly archive: Pick<Archive, "delete">;
  readonly queue: JobQueue;
  /** Retention keeps instances that senders wait for. */
  readonly acknowledgements: Acknowledgements | undefined;
  readonly onError: (error: unknown) => void;
}

/** Deletes local copies. */
export interface LocalCopies extends AsyncDisposable {
  /** Called with each event of lanes. */
  readonly observe?: (event: LaneEvent) => void;
  /** Looks at a study again after instances of it began to count as delivered without being sent. */
  review?(studyInstanceUid: string): void;
  /** Begins to delete local copies. */
  start(): void;
}

const DAY = 24 * 60 * 60 * 1000;

/** Deletes local copies as the configuration says; undefined where all stay. */
export function localCopies(
  { archive: { retain, retainDays, keepFree } }: Config,
  { store, index, archive, queue, acknowledgements, onError }: LocalCopiesOptions,
): LocalCopies | undefined {
  const options: RetentionOptions = {
    queue,
    remove: (uids, mayGo) =>
      archive.delete(uids, async ({ sopInstanceUid }) => {
        return acknowledgements?.isAwaited(sopInstanceUid) !== true && await mayGo(sopInstanceUid);
      }),
    onError,
  };
  switch (retain) {
    case "always":
      return undefined;
    case "until-delivered":
      return new Retention(options);
    case "for-days":
      return new RetentionByAge({ ...options, list: () => index.list(), age: retainDays * DAY });
    case "while-disk-lasts":
      return new RetentionByRoom({
        ...options,
        room: () => store.room?.(),
        wanted: keepFree,
        has: async (uid) => await index.find(uid) !== undefined,
      });
  }
}

/** How long the queue has to remember delivered jobs, in milliseconds: retention needs them. */
export function keptJobs({ archive: { retain, retainDays }, queue: { keepDays } }: Config): number {
  if (retain === "while-disk-lasts") return Infinity;
  return DAY * (retain === "for-days" ? Math.max(keepDays, retainDays + 1) : keepDays);
}
