/**
 * Which jobs a lane sends in one go.
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
 * Classes of attempts that the instance itself may have ended. It goes alone next, so that it costs no other instance an
 * attempt.
 */
const ALONE: ReadonlySet<string> = new Set(["interrupted", "unreadable", "failed"]);

/**
 * The jobs from the beginning of a list, which has at least one, that go together: one where the destination takes single
 * instances. A lane with a bound on its speed sends no more at a time than in a second.
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
    // The outcomes of two jobs with the same UID and different recipes would look the same.
    if (instances.size >= most || bytes > mostBytes || goesAlone(job) || instances.has(job.sopInstanceUid)) return true;
    instances.add(job.sopInstanceUid);
    return false;
  });
  return end < 0 ? jobs : jobs.slice(0, end);
}

function goesAlone(job: Job | undefined): boolean {
  return job !== undefined && ALONE.has(job.last.class);
}
