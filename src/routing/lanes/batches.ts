/**
 * Which jobs are sent in one go.
 *
 * @module
 */

import type { Job } from "../../queue/job.ts";
import type { Destination } from "../destinations/destination.ts";

/** How fast a lane may send. */
interface BatchSettings {
  /** Instances a second; 0 for no bound. */
  readonly rate?: number | undefined;
  /** Bytes a second; 0 for no bound. */
  readonly bandwidth?: number | undefined;
}

/**
 * What ended an attempt of these classes may have been the instance itself: it goes alone next, so that it costs no others an
 * attempt.
 */
const ALONE: ReadonlySet<string> = new Set(["interrupted", "unreadable", "failed"]);

/**
 * The first of some jobs, of which there is one, that go together: one where the destination takes no more at a time. A lane
 * that is held back sends no more at a time than in a second.
 */
export function jobsTogether(
  jobs: readonly Job[],
  { batch, storeAll }: Pick<Destination, "batch" | "storeAll">,
  { rate = 0, bandwidth = 0 }: BatchSettings,
): readonly Job[] {
  if (batch === undefined || storeAll === undefined || goesAlone(jobs[0])) return jobs.slice(0, 1);
  const most = Math.min(batch.instances, rate || Infinity);
  const mostBytes = Math.min(batch.bytes, bandwidth || Infinity);
  const instances = new Set<string>();
  let bytes = 0;
  const end = jobs.findIndex((job) => {
    bytes += job.size;
    if (instances.size === 0) return void instances.add(job.sopInstanceUid);
    // Of two with the same UID, which have other recipes, nobody could tell the outcomes apart.
    if (instances.size >= most || bytes > mostBytes || goesAlone(job) || instances.has(job.sopInstanceUid)) return true;
    instances.add(job.sopInstanceUid);
    return false;
  });
  return end < 0 ? jobs : jobs.slice(0, end);
}

function goesAlone(job: Job | undefined): boolean {
  return job !== undefined && ALONE.has(job.last.class);
}
