/**
 * When a job is tried again.
 *
 * @module
 */

import { LONGEST_PAUSE } from "../../queue/job_rules.ts";

/** The first pause at most, in milliseconds. */
const SHORTEST = 5_000;

/** Milliseconds until the next try after so many attempts, from half of it to all by chance; longer where that was asked for. */
export function pauseAfter(attempts: number, random: number, retryAfter = 0): number {
  const pause = Math.min(LONGEST_PAUSE, SHORTEST * 2 ** Math.min(Math.max(attempts - 1, 0), 30));
  return Math.round(Math.max(retryAfter, pause / 2 + random * pause / 2));
}
