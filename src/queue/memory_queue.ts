// deno-lint-ignore-file require-await -- the interface is asynchronous

/**
 * A queue in memory, for tests and for hosts that store nothing.
 *
 * @module
 */

import { type Delivery, type Job, type JobPriority, type JobSubject, type NewJob, OUTSTANDING } from "./job.ts";
import {
  type AddOptions,
  type ChangedJobs,
  type ChoiceGroup,
  type ClaimOptions,
  type DeliveryFilter,
  type JobChange,
  type JobFilter,
  type JobQueue,
  noJobs,
  type QueuedLane,
  type QueuePage,
  type Settlement,
} from "./job_queue.ts";
import {
  initialState,
  isDue,
  isSameVersion,
  sameJob,
  stateOnceAgain,
  stateOnceFree,
  stateOnceSettled,
  UNTRIED,
} from "./job_rules.ts";
import { changeJobs } from "./memory/changes.ts";
import { choose, pass, readChoices } from "./memory/choices.ts";
import { Entries, type Entry, is } from "./memory/entries.ts";

/** How a queue in memory works. */
export interface MemoryQueueOptions {
  /** Milliseconds since the epoch. Default: `Date.now`. */
  readonly now?: () => number;
}

/** A queue that lives as long as the object, which suits a memory store. It looks at all jobs each time. */
export function createMemoryQueue({ now = Date.now }: MemoryQueueOptions = {}): JobQueue {
  return new MemoryQueue(now);
}

class MemoryQueue implements JobQueue {
  onReady: ((lane: string) => void) | undefined;
  readonly #now: () => number;
  readonly #entries = new Entries((lane) => this.onReady?.(lane));
  readonly #log: Delivery[] = [];
  /** When each unit had its turn. */
  readonly #turns = new Map<string, number>();
  #lastDelivery = 0;
  #turn = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  prepare(): void {}

  add(subject: JobSubject, jobs: readonly NewJob[], options: AddOptions = {}): void {
    for (const added of jobs) {
      this.#entries.knowLane(added.lane);
      const known = this.#entries.of(subject.sopInstanceUid, added.recipe);
      const job = sameJob(known.map(({ job }) => job), added);
      const entry = known.find((entry) => entry.job === job);
      if (entry === undefined) this.#insert(subject, added);
      else {
        const state = stateOnceAgain(entry.job, subject, added, this.#now(), options);
        if (state === undefined) continue;
        const isTaken = known.some((other) => other !== entry && other.job.lane === added.lane);
        const lane = state === "leased" || isTaken ? entry.job.lane : added.lane;
        const unit = state === "leased" ? entry.job : added;
        const { awaits = "", choice = [] } = added;
        const anew = { awaits, choice, lane, state, unit: unit.unit, priority: unit.priority, addedAt: this.#now() };
        entry.job = { ...entry.job, ...subject, ...added, ...UNTRIED, ...anew };
        if (state === "ready") this.#entries.tell(lane);
      }
    }
  }

  #insert(subject: JobSubject, added: NewJob): void {
    const { sopInstanceUid, studyInstanceUid, serial, receivedAt, size } = subject;
    const now = this.#now();
    const state = initialState(added, now);
    const { awaits = "", choice = [] } = added;
    const job = { ...added, awaits, choice, sopInstanceUid, studyInstanceUid, serial, receivedAt, size, ...UNTRIED };
    this.#entries.insert({ ...job, state, addedAt: now, settledAt: 0 });
    const unit = unitOf(added);
    if (!this.#turns.has(unit)) this.#turns.set(unit, this.#turn);
  }

  async sync(): Promise<void> {}

  async claim(lane: string, options: ClaimOptions): Promise<readonly Job[]> {
    const { priorities, limit, worker, now, leaseUntil } = options;
    const entries = [...this.#entries].filter(({ job }) => job.lane === lane);
    for (const entry of entries) {
      const { state } = entry.job;
      if (state === "waiting" && isDue(entry.job, options)) this.#entries.move(entry, "ready");
      const isLost = entry.leaseUntil <= now && entry.worker !== worker;
      if (state === "leased" && isLost) this.#entries.move(entry, stateOnceFree(entry.job));
    }
    for (const priority of priorities) {
      const unit = this.#nextUnit(entries, priority);
      if (unit === undefined) continue;
      this.#turns.set(unit, ++this.#turn);
      const claimed = entries.filter(({ job }) => job.state === "ready" && unitOf(job) === unit).slice(0, limit);
      return claimed.map((entry) => {
        this.#entries.move(entry, "leased");
        Object.assign(entry, { worker, leaseUntil });
        return entry.job;
      });
    }
    return [];
  }

  #nextUnit(entries: readonly Entry[], priority: JobPriority): string | undefined {
    const busy = new Set(entries.filter(({ job }) => job.state === "leased").map(({ job }) => unitOf(job)));
    const units = entries.filter(({ job }) => job.state === "ready" && job.priority === priority)
      .map(({ job }) => unitOf(job)).filter((unit) => !busy.has(unit));
    return units.toSorted((one, other) => (this.#turns.get(one) ?? 0) - (this.#turns.get(other) ?? 0))[0];
  }

  async renew(worker: string, leaseUntil: number): Promise<void> {
    for (const entry of this.#entries) if (entry.worker === worker) entry.leaseUntil = leaseUntil;
  }

  settle(settlements: readonly Settlement[]): void {
    for (const settlement of settlements) {
      const { job, at, due = 0, attempt } = settlement;
      const entry = this.#entries.byId(job.id);
      const attempts = (entry?.job.attempts ?? job.attempts) + (attempt?.counts ? 1 : 0);
      if (attempt !== undefined) this.#append(settlement, attempts + (attempt.counts ? 0 : 1));
      const state = entry && stateOnceSettled({ ...entry.job, worker: entry.worker }, settlement);
      if (entry === undefined || state === undefined) continue;
      const { awaits } = entry.job;
      if (attempt !== undefined) {
        const { class: outcome, status, error } = attempt;
        const refusals = entry.job.refusals + (attempt.refused ? 1 : 0);
        entry.job = { ...entry.job, attempts, refusals, last: { class: outcome, status, error } };
      }
      if (awaits === "") entry.job = { ...entry.job, due };
      if (attempt !== undefined) entry.job = { ...entry.job, settledAt: at };
      if (settlement.to !== undefined && isSameVersion(entry.job, job)) pass(this.#entries, entry, settlement.to);
      else this.#entries.move(entry, state);
    }
  }

  async choices(lane: string): Promise<readonly ChoiceGroup[]> {
    return readChoices(this.#entries, lane);
  }

  async choose(lane: string, group: ChoiceGroup, to: string, page: QueuePage): Promise<ChangedJobs> {
    return choose(this.#entries, lane, group, to, page);
  }

  #append({ job, at, attempt }: Settlement, number: number): void {
    if (attempt === undefined) return;
    const { lane, route, recipe, sopInstanceUid, studyInstanceUid } = job;
    const { class: outcome, status, error, milliseconds, bytes, sentAs } = attempt;
    const about = { job: job.id, lane, route, recipe, sopInstanceUid, studyInstanceUid };
    const how = {
      class: outcome,
      status,
      error,
      milliseconds: Math.round(milliseconds),
      bytes,
      ...(sentAs && { sentAs }),
    };
    this.#log.push({ id: ++this.#lastDelivery, ...about, attempt: number, at, ...how });
  }

  async lanes(): Promise<readonly QueuedLane[]> {
    return [...this.#entries.lanes].toSorted(([one], [other]) => one < other ? -1 : 1).map(([name, paused]) => {
      const counts = noJobs();
      let [oldest, nextDue] = [Infinity, Infinity];
      for (const { job } of this.#entries) {
        if (job.lane !== name) continue;
        counts[job.state]++;
        const hasTime = job.state === "waiting" && job.awaits !== "";
        if (OUTSTANDING.includes(job.state) && !hasTime) oldest = Math.min(oldest, job.addedAt);
        if (job.state === "waiting") nextDue = Math.min(nextDue, job.due);
      }
      return { name, paused, counts, oldest: finite(oldest), nextDue: finite(nextDue) };
    });
  }

  async pause(lane: string, paused: boolean): Promise<void> {
    this.#entries.lanes.set(lane, paused);
  }

  async jobs(filter: JobFilter, page: QueuePage): Promise<readonly Job[]> {
    return this.#entries.select(filter, page).map(({ job }) => job);
  }

  async change(
    filter: JobFilter,
    change: JobChange,
    page: QueuePage & { readonly now: number },
  ): Promise<ChangedJobs> {
    return changeJobs(this.#entries, filter, change, page);
  }

  async awaited(
    { after = "", limit }: { readonly after?: string; readonly limit: number },
  ): Promise<readonly string[]> {
    const all = new Set([...this.#entries].map(({ job }) => job.awaits));
    return [...all].filter((awaits) => awaits > after).toSorted().slice(0, limit);
  }

  async lastAwaiting(awaits: string, lane?: string): Promise<number | undefined> {
    return [...this.#entries].findLast(({ job }) => job.awaits === awaits && is(lane, job.lane))?.job.id;
  }

  async deliveries(filter: DeliveryFilter, { after = 0, limit }: QueuePage): Promise<readonly Delivery[]> {
    const { lane, class: outcome, sopInstanceUid, studyInstanceUid } = filter;
    return this.#log.filter((entry) =>
      entry.id > after && is(lane, entry.lane) && is(outcome, entry.class) &&
      is(sopInstanceUid, entry.sopInstanceUid) && is(studyInstanceUid, entry.studyInstanceUid)
    ).slice(0, limit);
  }

  async isWanted(sopInstanceUid: string): Promise<boolean> {
    return [...this.#entries].some(({ job }) => job.sopInstanceUid === sopInstanceUid && job.state !== "delivered");
  }

  async forget(before: number, limit: number, jobsBefore = before): Promise<number> {
    const jobs = [...this.#entries]
      .filter(({ job }) => job.state === "delivered" && job.settledAt < jobsBefore).slice(0, limit);
    for (const entry of jobs) this.#entries.remove(entry);
    const left = this.#log.slice(0, limit).filter(({ at }) => at >= before);
    const attempts = Math.min(limit, this.#log.length) - left.length;
    this.#log.splice(0, limit, ...left);
    return jobs.length + attempts;
  }

  async forgetInstance(sopInstanceUid: string): Promise<void> {
    for (const entry of this.#entries.select({ sopInstanceUid, states: ["delivered"] }, { limit: Infinity })) {
      this.#entries.remove(entry);
    }
  }

  async check(): Promise<{ readonly usable: boolean }> {
    return { usable: true };
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

function unitOf({ lane, priority, unit }: NewJob): string {
  return `${lane} ${priority} ${unit}`;
}

function finite(moment: number): number | undefined {
  return moment === Infinity ? undefined : moment;
}
