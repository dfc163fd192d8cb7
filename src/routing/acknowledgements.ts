/**
 * Senders that get a success only once their instances have been delivered.
 *
 * The gateway looks at a waiting sender again when an attempt to deliver its instance has ended, and when an operator has
 * changed jobs. It does not poll the queue in between.
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

/** What acknowledgements need. */
export interface AcknowledgementsOptions {
  /** The queue, which knows what has been delivered. */
  readonly queue: Pick<JobQueue, "jobs">;
  /** The longest time that a sender waits, in milliseconds. */
  readonly within: number;
  /** Most senders that wait at the same time. */
  readonly maximum: number;
  /** Called with each error of the queue. */
  readonly onError: (error: unknown) => void;
}

/** An instance that the archive has kept, and its jobs. */
export type AcknowledgedInstance = Pick<KeptInstance, "outcome" | "instance" | "jobs">;

/** Most jobs of one instance that are read: an instance has at most one job for each destination. */
const MOST_JOBS = 1_000;

/**
 * The status for an instance that is kept, but not delivered as its routes ask. On this status senders keep the instance and
 * send it again later (PS3.4 Table B.2-1, Refused: Out of resources).
 */
const STATUS = Status.OutOfResources;

/** Resolves when the destination of a job that was delivered answers for the instance; rejects when it doesn't. */
export type Confirm = (job: Job, signal: AbortSignal) => Promise<void>;

/** Keeps senders waiting. Disposing of it lets all of them go, with a failure. */
export class Acknowledgements implements Disposable {
  readonly #options: AcknowledgementsOptions;
  readonly #waiting = new Map<string, Set<Waiting>>();
  /** Asks a destination to answer for an instance that it has. Set it before the first instance comes. */
  confirm: Confirm = () => Promise.reject(new Error("Cannot confirm: the destination can't be queried"));
  #count = 0;
  #stopped = false;

  /** No sender waits yet. */
  constructor(options: AcknowledgementsOptions) {
    this.#options = options;
  }

  /** How many senders wait. */
  get count(): number {
    return this.#count;
  }

  /** Whether a sender waits for deliveries of an instance. */
  isAwaited(sopInstanceUid: string): boolean {
    return this.#waiting.has(sopInstanceUid);
  }

  /**
   * Resolves once an instance has been delivered as its routes ask; undefined where no route asks for that. Rejects with
   * `DimseStatusError` (0xA700) when the delivery has become impossible or takes too long, and with the reason of the signal.
   * The instance stays kept, and its jobs go on. When the sender sends it again, the state of these jobs decides the answer.
   */
  wait(kept: AcknowledgedInstance, signal?: AbortSignal): Promise<void> | undefined {
    const demands = kept.outcome === "kept-first" ? [] : demandsOf(kept.jobs ?? []);
    if (demands.length === 0) return undefined;
    return this.#wait(kept, demands, signal);
  }

  /** Call it with each event of lanes. */
  readonly observe = (event: LaneEvent): void => {
    if (event.type !== "job-attempted") return;
    for (const waiting of this.#waiting.get(event.job.sopInstanceUid) ?? []) void waiting.look();
  };

  /** Call it when an operator has changed jobs. */
  changed(): void {
    for (const all of this.#waiting.values()) for (const waiting of all) void waiting.look();
  }

  /** Lets all senders go, with a failure. */
  [Symbol.dispose](): void {
    this.#stopped = true;
    const error = notAcknowledged("the gateway ends", "Kept, but not yet delivered: the gateway ends");
    for (const all of [...this.#waiting.values()]) for (const waiting of [...all]) waiting.end(error);
  }

  async #wait(kept: AcknowledgedInstance, demands: readonly RouteDemand[], signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const { maximum, within } = this.#options;
    if (this.#stopped) throw notAcknowledged("the gateway ends", "Kept, but not yet delivered: the gateway ends");
    if (this.#count >= maximum) {
      const limit = new LimitError(`Cannot wait for deliveries: ${maximum} senders wait already`, {
        limit: "maxUnacknowledged",
        maximum,
      });
      throw notAcknowledged(
        "too many senders wait already",
        "Kept, but not yet delivered: too many senders wait",
        limit,
      );
    }
    const waiting = new Waiting(kept, demands, {
      ...this.#options,
      confirm: (job, signal) => this.confirm(job, signal),
    });
    const giveUp = () => waiting.end(signal?.reason);
    signal?.addEventListener("abort", giveUp);
    const late = setTimeout(() => {
      waiting.end(notAcknowledged(`it was not delivered within ${within} ms`, "Kept, but not delivered in time"));
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

/** A sender that waits. */
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

  /** Resolves once every demand is met; rejects with the reason when one can't be met. */
  get ended(): Promise<void> {
    return this.#end.promise;
  }

  /** Lets the sender go, with a failure. */
  end(reason: unknown): void {
    this.#end.reject(reason);
    this.#abort.abort(reason);
  }

  /** Looks at the state of the jobs. Never rejects. */
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

  /** Whether every demand is met. Throws where one can't be met any more. */
  async #isAllWell(): Promise<boolean> {
    const rows = await this.#options.queue.jobs({ sopInstanceUid: this.sopInstanceUid }, { limit: MOST_JOBS });
    const { instance: { serial }, outcome } = this.#kept;
    // The instance that came again is the stored one, so jobs of any version count.
    const version = outcome === "identical" ? undefined : serial;
    if (version !== undefined && rows.some((row) => row.serial > version)) {
      throw notAcknowledged("another instance has taken its place", "Another instance has taken its place");
    }
    const verdicts = this.#demands.map((demand) => ({ demand, ...verdictOn(demand, rows, version) }));
    const failed = verdicts.find(({ verdict }) => verdict === "failed");
    if (failed !== undefined) {
      throw notAcknowledged(
        `route ${failed.demand.route} asks for more than what can be delivered`,
        "Kept, but could not be delivered",
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
