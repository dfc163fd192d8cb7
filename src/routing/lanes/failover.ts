/**
 * Jobs that one of several destinations has to deliver: where each waits.
 *
 * A job stays in its lane while that works, and goes to the one that is liked best of those that work when its own does not.
 * It comes back only when that one fails in turn: a destination that comes and goes moves nothing to and fro. Where none works
 * it stays where it is, and goes to the one that works first. What is being sent is never moved.
 *
 * @module
 */

import type { ChoiceGroup, JobQueue } from "../../queue/job_queue.ts";
import type { Job } from "../../queue/job.ts";
import type { LaneEvent } from "./lane_events.ts";

/** What is asked of a lane. */
export interface ChoosableLane {
  /** Whether it fails: nothing but probes is sent. */
  readonly fails: boolean;
  /** Whether it sends what comes to it at once: it neither fails nor is paused, and it is its time. */
  readonly works: boolean;
  /** Whether it fails, and needs an instance to find out whether it still does. */
  readonly wantsInstance: boolean;
}

/** What failover is over. */
export interface FailoverOptions {
  /** Has the jobs. */
  readonly queue: JobQueue;
  /** The lane of a destination; undefined where none is configured any more, which counts as one that fails. */
  readonly lane: (name: string) => ChoosableLane | undefined;
  /** Hears what was moved. */
  readonly onEvent: (event: LaneEvent) => void;
  /** Hears of what goes wrong with the queue. */
  readonly onError: (error: unknown) => void;
}

/** Jobs that are moved at a time, with others in between. */
const MOVED_AT_ONCE = 100;

/** Moves jobs between lanes. Disposing of it waits for what is being moved. */
export class Failover implements AsyncDisposable {
  readonly #options: FailoverOptions;
  #checking: Promise<void> | undefined;
  #again = false;
  #stopped = false;

  /** Moves nothing before it is asked to look. */
  constructor(options: FailoverOptions) {
    this.#options = options;
  }

  /** The lane for a job that its own can't deliver for good; undefined where none is left that has not tried. */
  next({ lane, choice, refusedBy }: Job): string | undefined {
    if (!choice.includes(lane)) return undefined;
    const left = choice.filter((name) => name !== lane && !refusedBy.includes(name));
    return left.find((name) => this.#options.lane(name)?.works) ?? left[0];
  }

  /** Looks at all lanes that fail, whether something waits there that can go elsewhere. */
  check(): void {
    this.#again = true;
    this.#checking ??= this.#run().catch(this.#options.onError).finally(() => this.#checking = undefined);
  }

  /** Ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    await this.#checking;
  }

  async #run(): Promise<void> {
    while (this.#again && !this.#stopped) {
      this.#again = false;
      for (const { name, counts } of await this.#options.queue.lanes()) {
        if (this.#stopped) return;
        if (counts.ready + counts.waiting > 0 && this.#isLeft(name)) await this.#empty(name);
      }
    }
  }

  /** Whether what can go elsewhere leaves a lane. */
  #isLeft(name: string): boolean {
    const lane = this.#options.lane(name);
    return lane === undefined || (lane.fails && !lane.wantsInstance);
  }

  async #empty(name: string): Promise<void> {
    for (const group of await this.#options.queue.choices(name)) {
      const to = this.#target(name, group);
      if (to !== undefined) await this.#move(name, group, to);
    }
  }

  #target(name: string, { choice, refusedBy }: ChoiceGroup): string | undefined {
    // What an operator has sent elsewhere stays there.
    if (!choice.includes(name)) return undefined;
    return choice.find((other) =>
      other !== name && !refusedBy.includes(other) && this.#options.lane(other)?.works === true
    );
  }

  async #move(name: string, group: ChoiceGroup, to: string): Promise<void> {
    const { queue, lane, onEvent } = this.#options;
    let count = 0;
    for (let after: number | undefined = 0; after !== undefined && !this.#stopped;) {
      if (!this.#isLeft(name) || !lane(to)?.works) break;
      const page: { after: number; limit: number } = { after, limit: MOVED_AT_ONCE };
      const slice = await queue.choose(name, group, to, page);
      count += slice.changed;
      after = slice.next;
      if (after !== undefined) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    if (count > 0) onEvent({ type: "jobs-moved", lane: name, to, count });
  }
}
