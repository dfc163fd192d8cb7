/**
 * Senders that are told that all is well once instances have been delivered.
 *
 * Whoever waits is looked at again when an attempt to deliver that instance has ended, and when an operator has changed jobs:
 * nobody asks the queue in between.
 *
 * @module
 */

import type { KeptInstance } from "../archive/events.ts";
import * as Status from "../dimse/status.ts";
import { DimseStatusError, LimitError } from "../errors.ts";
import type { Job } from "../queue/job.ts";
import type { JobQueue } from "../queue/job_queue.ts";
import { type Deferred, deferred } from "../scheduling/deferred.ts";
import { demandsOf, type RouteDemand, verdictOn } from "./demands.ts";
import type { LaneEvent } from "./lanes/lane_events.ts";

/** What acknowledging is over. */
export interface AcknowledgementsOptions {
  /** Knows what has been delivered. */
  readonly queue: Pick<JobQueue, "jobs">;
  /** Longest time in which a sender is kept waiting, in milliseconds. */
  readonly within: number;
  /** Most senders that wait at the same time. */
  readonly maximum: number;
  /** Hears of what goes wrong with the queue. */
  readonly onError: (error: unknown) => void;
}

/** An instance that was kept, and what is to be done with it. */
export type AcknowledgedInstance = Pick<KeptInstance, "outcome" | "instance" | "jobs">;

/** Jobs of one instance that are looked at: there are no more than destinations. */
const MOST_JOBS = 1_000;

/**
 * What the sender is told where an instance is kept, and not delivered as its routes ask: the status on which senders keep an
 * instance and send it again later (PS3.4 Table B.2-1, Refused: Out of resources).
 */
const STATUS = Status.OutOfResources;

/** Resolves when the destination of a job that was delivered answers for the instance; rejects when it doesn't. */
export type Confirm = (job: Job, signal: AbortSignal) => Promise<void>;

/** Keeps senders waiting. Disposing of it lets all of them go, with a failure. */
export class Acknowledgements implements Disposable {
  readonly #options: AcknowledgementsOptions;
  readonly #waiting = new Map<string, Set<Waiting>>();
  /** How destinations are asked to answer for what they have; to be set before the first instance comes. */
  confirm: Confirm = () => Promise.reject(new Error("Cannot confirm: the destination can't be queried"));
  #count = 0;
  #stopped = false;

  /** Keeps nobody waiting yet. */
  constructor(options: AcknowledgementsOptions) {
    this.#options = options;
  }

  /** How many wait. */
  get count(): number {
    return this.#count;
  }

  /** Whether somebody waits for deliveries of an instance. */
  isAwaited(sopInstanceUid: string): boolean {
    return this.#waiting.has(sopInstanceUid);
  }

  /**
   * Resolves once an instance has been delivered as its routes ask; undefined where none asks for it. Rejects with
   * `DimseStatusError` (0xA700) when that can't be any more, or takes too long, and with the reason of the signal. The instance
   * stays kept, and its jobs go on: when it comes again, it is answered for by what has become of them.
   */
  wait(kept: AcknowledgedInstance, signal?: AbortSignal): Promise<void> | undefined {
    const demands = kept.outcome === "kept-first" ? [] : demandsOf(kept.jobs ?? []);
    if (demands.length === 0) return undefined;
    return this.#wait(kept, demands, signal);
  }

  /** To be called with each event of lanes. */
  readonly observe = (event: LaneEvent): void => {
    if (event.type !== "job-attempted") return;
    for (const waiting of this.#waiting.get(event.job.sopInstanceUid) ?? []) void waiting.look();
  };

  /** To be called when somebody has changed jobs. */
  changed(): void {
    for (const all of this.#waiting.values()) for (const waiting of all) void waiting.look();
  }

  /** Lets all go. */
  [Symbol.dispose](): void {
    this.#stopped = true;
    const error = notAcknowledged("the gateway ends", "Kept, and not yet delivered: the gateway ends");
    for (const all of [...this.#waiting.values()]) for (const waiting of [...all]) waiting.end(error);
  }

  async #wait(kept: AcknowledgedInstance, demands: readonly RouteDemand[], signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const { maximum, within } = this.#options;
    if (this.#stopped) throw notAcknowledged("the gateway ends", "Kept, and not yet delivered: the gateway ends");
    if (this.#count >= maximum) {
      const limit = new LimitError(`Cannot wait for deliveries: ${maximum} senders wait already`, {
        limit: "maxUnacknowledged",
        maximum,
      });
      throw notAcknowledged("too many senders wait already", "Kept, and not yet delivered: too many wait", limit);
    }
    const waiting = new Waiting(kept, demands, {
      ...this.#options,
      confirm: (job, signal) => this.confirm(job, signal),
    });
    const giveUp = () => waiting.end(signal?.reason);
    signal?.addEventListener("abort", giveUp);
    const late = setTimeout(() => {
      waiting.end(notAcknowledged(`it was not delivered within ${within} ms`, "Kept, and not delivered in time"));
    }, within);
    this.#enter(waiting);
    try {
      void waiting.look();
      await waiting.ended;
    } finally {
      clearTimeout(late);
      signal?.removeEventListener("abort", giveUp);
      this.#leave(waiting);
    }
  }

  #enter(waiting: Waiting): void {
    const { sopInstanceUid } = waiting;
    let all = this.#waiting.get(sopInstanceUid);
    if (all === undefined) this.#waiting.set(sopInstanceUid, all = new Set());
    all.add(waiting);
    this.#count++;
  }

  #leave(waiting: Waiting): void {
    const all = this.#waiting.get(waiting.sopInstanceUid);
    all?.delete(waiting);
    if (all?.size === 0) this.#waiting.delete(waiting.sopInstanceUid);
    this.#count--;
  }
}

/** One sender that waits. */
class Waiting {
  readonly sopInstanceUid: string;
  readonly #kept: AcknowledgedInstance;
  readonly #demands: readonly RouteDemand[];
  readonly #options: AcknowledgementsOptions & { readonly confirm: Confirm };
  readonly #abort = new AbortController();
  readonly #confirmed = new Map<number, Promise<void>>();
  readonly #end: Deferred<void> = deferred();
  #looking = false;
  #again = false;

  constructor(
    kept: AcknowledgedInstance,
    demands: readonly RouteDemand[],
    options: AcknowledgementsOptions & { readonly confirm: Confirm },
  ) {
    this.sopInstanceUid = kept.instance.sopInstanceUid;
    this.#kept = kept;
    this.#demands = demands;
    this.#options = options;
  }

  /** Resolves once all is well; rejects with why it is not. */
  get ended(): Promise<void> {
    return this.#end.promise;
  }

  /** Lets the sender go, with a failure. */
  end(reason: unknown): void {
    this.#end.reject(reason);
    this.#abort.abort(reason);
  }

  /** Looks at what has become of the jobs. Never rejects. */
  async look(): Promise<void> {
    this.#again = true;
    if (this.#looking) return;
    this.#looking = true;
    try {
      while (this.#again && !this.#abort.signal.aborted) {
        this.#again = false;
        if (await this.#isAllWell()) this.#end.resolve();
      }
    } catch (error) {
      if (!this.#abort.signal.aborted && !(error instanceof DimseStatusError)) this.#options.onError(error);
      this.end(error);
    } finally {
      this.#looking = false;
    }
  }

  /** Throws where it can't be any more. */
  async #isAllWell(): Promise<boolean> {
    const rows = await this.#options.queue.jobs({ sopInstanceUid: this.sopInstanceUid }, { limit: MOST_JOBS });
    const { instance: { serial }, outcome } = this.#kept;
    // What came again is what is there, whatever version its jobs were made for.
    const version = outcome === "identical" ? undefined : serial;
    if (version !== undefined && rows.some((row) => row.serial > version)) {
      throw notAcknowledged("another instance has taken its place", "Another instance has taken its place");
    }
    const verdicts = this.#demands.map((demand) => ({ demand, ...verdictOn(demand, rows, version) }));
    const failed = verdicts.find(({ verdict }) => verdict === "failed");
    if (failed !== undefined) {
      throw notAcknowledged(
        `route ${failed.demand.route} asks for more than what can be delivered`,
        "Kept, and could not be delivered",
      );
    }
    if (verdicts.some(({ verdict }) => verdict === "waits")) return false;
    const toConfirm = verdicts.flatMap(({ demand, delivered }) => demand.when === "committed" ? delivered : []);
    await Promise.all(toConfirm.map((job) => this.#confirm(job)));
    return true;
  }

  #confirm(job: Job): Promise<void> {
    let confirmed = this.#confirmed.get(job.id);
    if (confirmed === undefined) {
      confirmed = this.#options.confirm(job, this.#abort.signal).catch((cause: unknown) => {
        throw notAcknowledged(
          `${job.lane} does not answer for it`,
          "Kept and delivered, and the destination does not commit to it",
          cause,
        );
      });
      this.#confirmed.set(job.id, confirmed);
    }
    return confirmed;
  }
}

function notAcknowledged(why: string, comment: string, cause?: unknown): DimseStatusError {
  const error = new DimseStatusError(`Cannot acknowledge the instance, which is kept: ${why}`, {
    status: STATUS,
    comment,
  });
  return cause === undefined ? error : Object.assign(error, { cause });
}
