/**
 * The state that a job gets after an attempt.
 *
 * @module
 */

import type { Job } from "../../queue/job.ts";
import type { Settlement } from "../../queue/job_queue.ts";
import type { AttemptResult } from "./attempt.ts";
import { pauseAfter } from "./backoff.ts";
import type { SettledState } from "./lane_events.ts";
import { type OutcomeClass, OUTCOMES } from "../destinations/outcomes.ts";

/** What a settlement depends on besides the job and the result. */
export interface SettlementOptions {
  /** Name of the worker that has leased the job. */
  readonly worker: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** From 0 to 1. */
  readonly random: number;
  /** How long the attempt took, in milliseconds. */
  readonly milliseconds: number;
  /**
   * Whether the destination has answered a probe since its last failure, and no instance has been delivered after that. If an
   * instance fails then, others are tried before it: the instance itself may be the reason.
   */
  readonly isProven: boolean;
  /** The lane that may deliver a job which this lane can never deliver; undefined where none is left. */
  readonly next: () => string | undefined;
}

/** A settlement after an attempt. */
export type AttemptSettlement = Settlement & { readonly state: SettledState };

/** Outcomes that no destination has caused: another destination would get the same. */
const OURS: readonly OutcomeClass[] = ["unreadable", "gone"];

/** The settlement of a job, by the table of outcomes. */
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
