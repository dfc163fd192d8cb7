/**
 * Which lane has a job that one of several destinations has to deliver.
 *
 * A job stays in its lane while that lane works. When it fails, the job goes to the preferred lane of those that work, and
 * comes back only when that one fails in turn, so a destination that comes and goes moves no jobs to and fro. Where no lane
 * works, the job stays where it is, and goes to the first lane that works. A job that is being sent never moves.
 *
 * @module
 */

import type { ChoiceGroup, JobQueue } from "../../queue/job_queue.ts";
import type { Job } from "../../queue/job.ts";
import type { LaneEvent } from "./lane_events.ts";

/** What failover needs to know of a lane. */
export interface ChoosableLane {
  /** Whether its destination fails: the lane sends only probes. */
  readonly fails: boolean;
  /** Whether it sends a new job at once: it neither fails nor is paused, and it is within its hours. */
  readonly works: boolean;
  /** Whether it fails, and needs an instance to find out whether it works again. */
  readonly wantsInstance: boolean;
}

/** What failover needs. */
export interface FailoverOptions {
  /** Has the jobs. */
  readonly queue: JobQueue;
  /** The lane of a destination; undefined for one that is no longer configured, which counts as failing. */
  readonly lane: (name: string) => ChoosableLane | undefined;
  /** Called with an event when jobs were moved. */
  readonly onEvent: (event: LaneEvent) => void;
  /** Called with each error of the queue. */
  readonly onError: (error: unknown) => void;
}

/** Jobs that are moved in one transaction, so that other work gets its turn in between. */
const MOVED_AT_ONCE = 100;

/** Moves jobs between lanes. Disposing of it waits for the move that is under way. */
export class Failover implements AsyncDisposable {
  readonly #options: FailoverOptions;
  #checking: Promise<void> | undefined;
  #again = false;
  #stopped = false;

  /** Moves no jobs before `check()` is called. */
  constructor(options: FailoverOptions) {
    this.#options = options;
  }

  /** The next lane for a job that its own lane can never deliver; undefined where every lane of its choice has tried. */
  next({ lane, choice, refusedBy }: Job): string | undefined {
    if (!choice.includes(lane)) return undefined;
    const left = choice.filter((name) => name !== lane && !refusedBy.includes(name));
    return left.find((name) => this.#options.lane(name)?.works) ?? left[0];
  }

  /** Looks at all lanes that fail for jobs that can go elsewhere. */
  check(): void {
    this.#again = true;
    this.#checking ??= this.#run().catch(this.#options.onError).finally(() => this.#checking = undefined);
  }

  /** Ends the failover. */
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

  /** Whether jobs that can go elsewhere leave a lane. */
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
    // A job that an operator has sent elsewhere stays there.
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
