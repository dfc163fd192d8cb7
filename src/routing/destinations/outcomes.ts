/**
 * Outcomes of attempts: their classes, and the consequences of each.
 *
 * @module
 */

/** How an attempt ended. */
export type OutcomeClass =
  | "delivered"
  | "duplicate"
  | "transport"
  | "configuration"
  | "interrupted"
  | "transient"
  | "permanent"
  | "unchangeable"
  | "unreadable"
  | "gone"
  | "failed";

/** The consequence of an outcome. */
export interface Consequence {
  /** What the outcome means, for people. */
  readonly meaning: string;
  /** Whether the instance is where it should be. */
  readonly done: boolean;
  /**
   * What the outcome says about the lane: it works; its breaker opens until a probe succeeds, with short pauses or the longest;
   * it works unless the outcome comes many times in a row; or nothing.
   */
  readonly lane: "works" | "opens" | "opens-for-long" | "suspect" | "unknown";
  /** Whether the outcome costs the job an attempt. One that isn't the job's fault does not. */
  readonly counts: boolean;
  /** How many such outcomes make the job dead; Infinity for never. */
  readonly deadAfter: number;
  /** Whether the job is held for an operator, because a retry would fail the same way. */
  readonly held: boolean;
}

/** The consequence of each class. */
export const OUTCOMES: Readonly<Record<OutcomeClass, Consequence>> = {
  delivered: { meaning: "Delivered", done: true, lane: "works", counts: true, deadAfter: Infinity, held: false },
  duplicate: { meaning: "Delivered before", done: true, lane: "works", counts: true, deadAfter: Infinity, held: false },
  transport: {
    meaning: "The destination can't be reached, or takes no associations at the moment",
    done: false,
    lane: "opens",
    counts: false,
    deadAfter: Infinity,
    held: false,
  },
  configuration: {
    meaning: "The destination refuses this gateway",
    done: false,
    lane: "opens-for-long",
    counts: false,
    deadAfter: Infinity,
    held: false,
  },
  // The instance itself may be the reason: so others come first, and it is not tried for ever.
  interrupted: {
    meaning: "The connection was lost while this instance was sent",
    done: false,
    lane: "opens",
    counts: true,
    deadAfter: 10,
    held: false,
  },
  transient: {
    meaning: "The destination can't take it now",
    done: false,
    lane: "suspect",
    counts: true,
    deadAfter: Infinity,
    held: false,
  },
  permanent: {
    meaning: "The destination does not take it",
    done: false,
    lane: "works",
    counts: true,
    deadAfter: 2,
    held: false,
  },
  unchangeable: {
    meaning: "It can't be changed as its route says",
    done: false,
    lane: "unknown",
    counts: true,
    deadAfter: Infinity,
    held: true,
  },
  unreadable: {
    meaning: "The archive can't read it",
    done: false,
    lane: "unknown",
    counts: true,
    deadAfter: 10,
    held: false,
  },
  gone: {
    meaning: "The archive does not have it any more",
    done: false,
    lane: "unknown",
    counts: true,
    deadAfter: 1,
    held: false,
  },
  failed: {
    meaning: "It failed for a reason of its own",
    done: false,
    lane: "suspect",
    counts: true,
    deadAfter: 10,
    held: false,
  },
};

/** Outcomes whose errors are in the words of a destination. */
const IN_THEIR_WORDS: ReadonlySet<OutcomeClass> = new Set(["permanent", "transient", "failed"]);

/** The error for alerts and events, which go anywhere: never in the words of a destination, which may name a patient. */
export function toldError({ class: outcome, error }: { readonly class: OutcomeClass; readonly error: string }): string {
  return error !== "" && IN_THEIR_WORDS.has(outcome) ? OUTCOMES[outcome].meaning : error;
}

/** All classes. */
export const OUTCOME_CLASSES = Object.keys(OUTCOMES) as OutcomeClass[];

/** Why an instance was not delivered, in a destination's own words. A sink that throws anything else has `failed`. */
export class DeliveryError extends Error {
  /** Name of the class. */
  override readonly name = "DeliveryError";
  /** Class of the outcome. */
  readonly class: OutcomeClass;
  /** Status of the destination's answer, such as `0xA700` or `503`; empty without an answer. */
  readonly status: string;
  /** Milliseconds that the destination asked to wait before the next attempt, if it did. */
  readonly retryAfter: number | undefined;

  /** `detail.class` is the class of the outcome. */
  constructor(
    message: string,
    detail: {
      readonly class: Exclude<OutcomeClass, "delivered" | "duplicate">;
      readonly status?: string | undefined;
      readonly retryAfter?: number | undefined;
      readonly cause?: unknown;
    },
  ) {
    super(message, { cause: detail.cause });
    this.class = detail.class;
    this.status = detail.status ?? "";
    this.retryAfter = detail.retryAfter;
  }
}
