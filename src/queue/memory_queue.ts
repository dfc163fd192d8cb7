// deno-lint-ignore-file require-await -- the interface is asynchronous

/**
 * A queue in memory, for tests and for hosts that keep nothing.
 *
 * @module
 */

import { type Delivery, type Job, type JobPriority, type JobSubject, type NewJob, OUTSTANDING } from "./job.ts";
import {
  type AddOptions,
  CHANGEABLE,
  type ChangedJobs,
  type ChoiceGroup,
  type ClaimOptions,
  type DeliveryFilter,
  type JobChange,
  type JobEdit,
  type JobFilter,
  type JobQueue,
  noJobs,
  type QueuedLane,
  type QueuePage,
  type Settlement,
} from "./job_queue.ts";
import {
  baseRecipe,
  initialState,
  isDue,
  isSameChoice,
  isSameVersion,
  mayAwait,
  onceThere,
  sameJob,
  stateOnceAgain,
  stateOnceChosen,
  stateOnceFree,
  stateOnceReleased,
  stateOnceSettled,
  twinOf,
  UNTRIED,
} from "./job_rules.ts";

/** A job that changes. */
interface Entry {
  job: Job;
  worker: string | null;
  leaseUntil: number;
}

/** How a queue in memory works. */
export interface MemoryQueueOptions {
  /** Milliseconds since the epoch. Default: `Date.now`. */
  readonly now?: () => number;
}

/** A queue that lives as long as it does, as right for a memory store. It looks at all jobs each time. */
export function createMemoryQueue({ now = Date.now }: MemoryQueueOptions = {}): JobQueue {
  return new MemoryQueue(now);
}

class MemoryQueue implements JobQueue {
  onReady: ((lane: string) => void) | undefined;
  readonly #now: () => number;
  readonly #entries = new Map<number, Entry>();
  readonly #log: Delivery[] = [];
  readonly #paused = new Map<string, boolean>();
  /** When each unit had its turn. */
  readonly #turns = new Map<string, number>();
  #lastJob = 0;
  #lastDelivery = 0;
  #turn = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  prepare(): void {}

  add(subject: JobSubject, jobs: readonly NewJob[], options: AddOptions = {}): void {
    for (const added of jobs) {
      this.#knowLane(added.lane);
      const known = this.#of(subject.sopInstanceUid, added.recipe);
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
        if (state === "ready") this.#tell(lane);
      }
    }
  }

  #insert(subject: JobSubject, added: NewJob): void {
    const { sopInstanceUid, studyInstanceUid, serial, receivedAt, size } = subject;
    const id = ++this.#lastJob;
    const now = this.#now();
    const state = initialState(added, now);
    const { awaits = "", choice = [] } = added;
    const job = { ...added, awaits, choice, sopInstanceUid, studyInstanceUid, serial, receivedAt, size, ...UNTRIED };
    this.#entries.set(id, { job: { ...job, id, state, addedAt: now, settledAt: 0 }, worker: null, leaseUntil: 0 });
    const unit = unitOf(added);
    if (!this.#turns.has(unit)) this.#turns.set(unit, this.#turn);
    if (state === "ready") this.#tell(added.lane);
  }

  async sync(): Promise<void> {}

  async claim(lane: string, options: ClaimOptions): Promise<readonly Job[]> {
    const { priorities, limit, worker, now, leaseUntil } = options;
    const entries = [...this.#entries.values()].filter(({ job }) => job.lane === lane);
    for (const entry of entries) {
      const { state } = entry.job;
      if (state === "waiting" && isDue(entry.job, options)) this.#move(entry, "ready");
      const isLost = entry.leaseUntil <= now && entry.worker !== worker;
      if (state === "leased" && isLost) this.#move(entry, stateOnceFree(entry.job));
    }
    for (const priority of priorities) {
      const unit = this.#nextUnit(entries, priority);
      if (unit === undefined) continue;
      this.#turns.set(unit, ++this.#turn);
      const claimed = entries.filter(({ job }) => job.state === "ready" && unitOf(job) === unit).slice(0, limit);
      return claimed.map((entry) => {
        this.#move(entry, "leased");
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
    for (const entry of this.#entries.values()) if (entry.worker === worker) entry.leaseUntil = leaseUntil;
  }

  settle(settlements: readonly Settlement[]): void {
    for (const settlement of settlements) {
      const { job, at, due = 0, attempt } = settlement;
      const entry = this.#entries.get(job.id);
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
      if (settlement.to !== undefined && isSameVersion(entry.job, job)) this.#pass(entry, settlement.to);
      else this.#move(entry, state);
    }
  }

  /** Its lane could not deliver it, and another one may. */
  #pass(entry: Entry, to: string): void {
    const { lane, refusedBy } = entry.job;
    const there = this.#twinOf({ ...entry.job, lane: to });
    if (there !== undefined && onceThere(there.state) === "stays") return this.#move(entry, "dead");
    if (there !== undefined) return void this.#entries.delete(entry.job.id);
    this.#goTo(entry, to, "ready", [...refusedBy, lane]);
  }

  #goTo(entry: Entry, lane: string, state: Job["state"], refusedBy: readonly string[]): void {
    this.#knowLane(lane);
    entry.job = { ...entry.job, lane, refusedBy, attempts: 0, refusals: 0 };
    this.#move(entry, state);
  }

  async choices(lane: string): Promise<readonly ChoiceGroup[]> {
    const groups = new Map<string, ChoiceGroup>();
    for (const { job: { choice, refusedBy, state, ...job } } of this.#entries.values()) {
      if (job.lane !== lane || choice.length === 0 || (state !== "ready" && state !== "waiting")) continue;
      groups.set([...choice, "", ...refusedBy, "", state].join(" "), { choice, refusedBy, state });
    }
    return [...groups.values()];
  }

  async choose(lane: string, group: ChoiceGroup, to: string, { after = 0, limit }: QueuePage): Promise<ChangedJobs> {
    const entries = [...this.#entries.values()].filter(({ job }) =>
      job.id > after && job.lane === lane && job.state === group.state && isSameChoice(job.choice, group.choice) &&
      isSameChoice(job.refusedBy, group.refusedBy)
    ).slice(0, limit);
    const next = entries.length < limit ? undefined : entries.at(-1)?.job.id;
    let changed = 0;
    for (const entry of entries) {
      const { job } = entry;
      const there = this.#twinOf({ ...job, lane: to });
      if (there !== undefined && there.state !== "delivered") continue;
      changed++;
      if (there !== undefined) this.#entries.delete(job.id);
      else this.#goTo(entry, to, stateOnceChosen(job), job.refusedBy);
    }
    return { changed, next };
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
    return [...this.#paused].toSorted(([one], [other]) => one < other ? -1 : 1).map(([name, paused]) => {
      const counts = noJobs();
      let [oldest, nextDue] = [Infinity, Infinity];
      for (const { job } of this.#entries.values()) {
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
    this.#paused.set(lane, paused);
  }

  async jobs(filter: JobFilter, { after = 0, limit }: QueuePage): Promise<readonly Job[]> {
    return this.#select(filter, after, limit).map(({ job }) => job);
  }

  async change(
    filter: JobFilter,
    change: JobChange,
    { after = 0, limit, now }: QueuePage & { readonly now: number },
  ): Promise<ChangedJobs> {
    const possible = CHANGEABLE[change.action];
    const states = (filter.states ?? possible).filter((state) => possible.includes(state));
    const entries = this.#select({ ...filter, states }, after, limit);
    const next = entries.length < limit ? undefined : entries.at(-1)?.job.id;
    for (const entry of entries) this.#apply(entry, change, now);
    return { changed: entries.length, next };
  }

  #apply(entry: Entry, change: JobChange, now: number): void {
    const { job } = entry;
    switch (change.action) {
      case "retry":
        entry.job = {
          ...job,
          attempts: 0,
          refusals: 0,
          due: 0,
          addedAt: job.state === "delivered" ? now : job.addedAt,
        };
        return this.#move(entry, "ready");
      case "resume":
        return this.#move(entry, stateOnceFree(job));
      case "release": {
        const { due = 0 } = change;
        const state = stateOnceReleased(job, change, now);
        entry.job = { ...job, awaits: "", due };
        if (state === "delivered") entry.job = { ...entry.job, settledAt: now };
        return this.#move(entry, state);
      }
      case "hold":
        return this.#move(entry, "held");
      case "drop":
        return void this.#entries.delete(job.id);
      case "edit":
        return this.#edit(entry, change);
    }
  }

  #edit(entry: Entry, change: JobEdit): void {
    const { job } = entry;
    const { lane = job.lane, priority = job.priority, route = job.route, recipe = job.recipe } = change;
    this.#knowLane(lane);
    if (this.#twinOf({ ...job, lane, recipe }) !== undefined) {
      this.#entries.delete(job.id);
      return;
    }
    const isOther = lane !== job.lane || recipe !== job.recipe;
    entry.job = { ...job, lane, priority, route, recipe, ...(isOther && { attempts: 0, refusals: 0 }) };
    if (job.state === "ready") this.#tell(lane);
  }

  async awaited(
    { after = "", limit }: { readonly after?: string; readonly limit: number },
  ): Promise<readonly string[]> {
    const all = new Set([...this.#entries.values()].map(({ job }) => job.awaits));
    return [...all].filter((awaits) => awaits > after).toSorted().slice(0, limit);
  }

  async lastAwaiting(awaits: string, lane?: string): Promise<number | undefined> {
    return [...this.#entries.values()].findLast(({ job }) => job.awaits === awaits && is(lane, job.lane))?.job.id;
  }

  async deliveries(filter: DeliveryFilter, { after = 0, limit }: QueuePage): Promise<readonly Delivery[]> {
    const { lane, class: outcome, sopInstanceUid, studyInstanceUid } = filter;
    return this.#log.filter((entry) =>
      entry.id > after && is(lane, entry.lane) && is(outcome, entry.class) &&
      is(sopInstanceUid, entry.sopInstanceUid) && is(studyInstanceUid, entry.studyInstanceUid)
    ).slice(0, limit);
  }

  async isWanted(sopInstanceUid: string): Promise<boolean> {
    return [...this.#entries.values()].some(({ job }) =>
      job.sopInstanceUid === sopInstanceUid && job.state !== "delivered"
    );
  }

  async forget(before: number, limit: number, jobsBefore = before): Promise<number> {
    const jobs = [...this.#entries.values()]
      .filter(({ job }) => job.state === "delivered" && job.settledAt < jobsBefore).slice(0, limit);
    for (const { job } of jobs) this.#entries.delete(job.id);
    const left = this.#log.slice(0, limit).filter(({ at }) => at >= before);
    const attempts = Math.min(limit, this.#log.length) - left.length;
    this.#log.splice(0, limit, ...left);
    return jobs.length + attempts;
  }

  async forgetInstance(sopInstanceUid: string): Promise<void> {
    for (const [id, { job }] of this.#entries) {
      if (job.sopInstanceUid === sopInstanceUid && job.state === "delivered") this.#entries.delete(id);
    }
  }

  async check(): Promise<{ readonly usable: boolean }> {
    return { usable: true };
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  #select(filter: JobFilter, after: number, limit: number): Entry[] {
    const { ids, lane, states, class: outcome, status, sopInstanceUid, studyInstanceUid, awaits, through, recipe } =
      filter;
    return [...this.#entries.values()].filter(({ job }) =>
      job.id > after && (ids?.includes(job.id) ?? true) && is(lane, job.lane) &&
      (states?.includes(job.state) ?? true) &&
      is(outcome, job.last.class) && is(status, job.last.status) && is(sopInstanceUid, job.sopInstanceUid) &&
      is(studyInstanceUid, job.studyInstanceUid) && is(awaits, job.awaits) && is(recipe, job.recipe) &&
      job.id <= (through ?? Infinity)
    ).slice(0, limit);
  }

  #of(sopInstanceUid: string, recipe: string): Entry[] {
    return [...this.#entries.values()].filter(({ job }) =>
      job.sopInstanceUid === sopInstanceUid && baseRecipe(job.recipe) === baseRecipe(recipe)
    );
  }

  #twinOf(job: Job): Job | undefined {
    return twinOf(this.#of(job.sopInstanceUid, job.recipe).map(({ job }) => job), job);
  }

  #move(entry: Entry, state: Job["state"]): void {
    entry.job = { ...entry.job, state, ...(!mayAwait(state) && { awaits: "" }) };
    if (state !== "leased") entry.worker = null;
    if (state === "ready") this.#tell(entry.job.lane);
  }

  #knowLane(lane: string): void {
    if (!this.#paused.has(lane)) this.#paused.set(lane, false);
  }

  /** Not from within: the listener may claim. */
  #tell(lane: string): void {
    queueMicrotask(() => this.onReady?.(lane));
  }
}

function unitOf({ lane, priority, unit }: NewJob): string {
  return `${lane} ${priority} ${unit}`;
}

function is(wanted: string | undefined, found: string): boolean {
  return wanted === undefined || wanted === found;
}

function finite(moment: number): number | undefined {
  return moment === Infinity ? undefined : moment;
}
