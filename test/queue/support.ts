/**
 * Queues to test, and jobs for them.
 *
 * @module
 */

import type { Job, JobSubject, NewJob } from "../../src/queue/job.ts";
import type { ClaimOptions, JobQueue, Settlement } from "../../src/queue/job_queue.ts";

/** An instance. */
export function subject(number: number, options: Partial<JobSubject> = {}): JobSubject {
  const uids = { sopInstanceUid: `1.2.3.${number}`, studyInstanceUid: "1.2" };
  return { ...uids, serial: number, receivedAt: 1000 + number, size: 100, ...options };
}

/** A job. */
export function newJob(options: Partial<NewJob> = {}): NewJob {
  return { lane: "PACS", recipe: "", unit: "1.2", priority: "medium", route: "all", due: 0, ...options };
}

/** Claims as worker `w` at the moment 2000. */
export function claim(
  queue: JobQueue,
  options: Partial<ClaimOptions> & { lane?: string } = {},
): Promise<readonly Job[]> {
  const { lane = "PACS", ...rest } = options;
  const usual = {
    priorities: ["high", "medium", "low"],
    limit: 10,
    worker: "w",
    now: 2000,
    leaseUntil: 32_000,
  } as const;
  return queue.claim(lane, { ...usual, ...rest });
}

/** A job that was delivered. */
export function delivered(job: Job, options: Partial<Settlement> = {}): Settlement {
  const attempt = { class: "delivered", status: "0x0000", error: "", counts: true, refused: false };
  return {
    job,
    worker: "w",
    at: 3000,
    state: "delivered",
    attempt: { ...attempt, milliseconds: 5, bytes: 100 },
    ...options,
  };
}

/** A job that failed. */
export function failed(job: Job, options: Partial<Settlement> = {}): Settlement {
  const attempt = { class: "transient", status: "0xA700", error: "no room", counts: true, refused: false };
  const usual = {
    worker: "w",
    at: 3000,
    state: "waiting",
    due: 9000,
    attempt: { ...attempt, milliseconds: 5, bytes: 0 },
  };
  return { job, ...usual, ...options } as Settlement;
}

/** SOP Instance UIDs, by their last numbers. */
export function numbers(jobs: readonly Job[]): number[] {
  return jobs.map(({ sopInstanceUid }) => Number(sopInstanceUid.split(".").at(-1)));
}
