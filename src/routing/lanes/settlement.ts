/**
 * What becomes of a job after an attempt.
 *
 * @module
 */

import type { Job } from "../../queue/job.ts";
import type { Settlement } from "../../queue/job_queue.ts";
import type { AttemptResult } from "./attempt.ts";
import { pauseAfter } from "./backoff.ts";
import type { SettledState } from "./lane_events.ts";
import { type OutcomeClass, OUTCOMES } from "../destinations/outcomes.ts";

/** What else it depends on. */
export interface SettlementOptions {
  /** Who has leased the job. */
  readonly worker: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** From 0 to 1. */
  readonly random: number;
  /** How long the attempt took, in milliseconds. */
  readonly milliseconds: number;
  /**
   * Whether the destination has answered a probe since it failed last, and nothing was delivered after that. Should an
   * instance fail then, others are tried before it: it may be the reason itself.
   */
  readonly isProven: boolean;
  /** The lane that may deliver it where this one can't for good; undefined where none is left. */
  readonly next: () => string | undefined;
}

/** A settlement after an attempt. */
export type AttemptSettlement = Settlement & { readonly state: SettledState };

/** Outcomes that are no destination's fault: another one would fare no better. */
const OURS: readonly OutcomeClass[] = ["unreadable", "gone"];

/** Decides by the table of outcomes. */
export function settlementOf(job: Job, result: AttemptResult, options: SettlementOptions): AttemptSettlement {
  const { worker, now, random, milliseconds, isProven, next } = options;
  const { done, counts, deadAfter, held } = OUTCOMES[result.class];
  const refused = result.class === "permanent";
  const tries = refused ? job.refusals + 1 : job.attempts + 1;
  const isDead = counts && tries >= deadAfter;
  const failed = held ? "held" : isDead ? "dead" : counts || isProven ? "waiting" : "ready";
  const to = failed === "dead" && !done && !OURS.includes(result.class) ? next() : undefined;
  const state = done ? "delivered" : to === undefined ? failed : "ready";
  const due = state === "waiting" ? now + pauseAfter(job.attempts + 1, random, result.retryAfter) : 0;
  const { class: outcome, status, error, bytes, sentAs } = result;
  return {
    ...{ job, worker, at: now, state, due },
    ...(to !== undefined && { to }),
    attempt: { class: outcome, status, error, counts, refused, milliseconds, bytes, ...(sentAs && { sentAs }) },
  };
}
