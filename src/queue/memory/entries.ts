/**
 * The jobs of a queue in memory, one by one: found, moved and taken out.
 *
 * @module
 */

import type { Job } from "../job.ts";
import type { JobFilter, QueuePage } from "../job_queue.ts";
import { baseRecipe, mayAwait, twinOf } from "../job_rules.ts";

/** A job that changes. */
export interface Entry {
  job: Job;
  worker: string | null;
  leaseUntil: number;
}

/** The jobs of one queue, and its lanes. */
export class Entries {
  /** Lanes, and whether each is paused. */
  readonly lanes: Map<string, boolean> = new Map();
  readonly #entries = new Map<number, Entry>();
  readonly #onReady: (lane: string) => void;
  #last = 0;

  /** `onReady` is called with each lane that has a new ready job. */
  constructor(onReady: (lane: string) => void) {
    this.#onReady = onReady;
  }

  /** All of them, the first of them first. */
  [Symbol.iterator](): Iterator<Entry> {
    return this.#entries.values();
  }

  /** A job. */
  byId(id: number): Entry | undefined {
    return this.#entries.get(id);
  }

  /** The jobs of an instance and recipe, with or without edits of their own. */
  of(sopInstanceUid: string, recipe: string): Entry[] {
    return [...this].filter(({ job }) =>
      job.sopInstanceUid === sopInstanceUid && baseRecipe(job.recipe) === baseRecipe(recipe)
    );
  }

  /** The other job that does what this one does. */
  twinOf(job: Job): Job | undefined {
    return twinOf(this.of(job.sopInstanceUid, job.recipe).map(({ job }) => job), job);
  }

  /** The jobs of a filter, the first of them first. */
  select(filter: JobFilter, { after = 0, limit }: QueuePage): Entry[] {
    const { ids, lane, states, class: outcome, status, sopInstanceUid, studyInstanceUid, awaits, through, recipe } =
      filter;
    return [...this].filter(({ job }) =>
      job.id > after && (ids?.includes(job.id) ?? true) && is(lane, job.lane) &&
      (states?.includes(job.state) ?? true) &&
      is(outcome, job.last.class) && is(status, job.last.status) && is(sopInstanceUid, job.sopInstanceUid) &&
      is(studyInstanceUid, job.studyInstanceUid) && is(awaits, job.awaits) && is(recipe, job.recipe) &&
      job.id <= (through ?? Infinity)
    ).slice(0, limit);
  }

  /** Puts a job in. */
  insert(job: Omit<Job, "id">): void {
    const id = ++this.#last;
    this.#entries.set(id, { job: { ...job, id }, worker: null, leaseUntil: 0 });
    if (job.state === "ready") this.tell(job.lane);
  }

  /** Changes the state of a job. */
  move(entry: Entry, state: Job["state"]): void {
    entry.job = { ...entry.job, state, ...(!mayAwait(state) && { awaits: "" }) };
    if (state !== "leased") entry.worker = null;
    if (state === "ready") this.tell(entry.job.lane);
  }

  /** Takes a job out. */
  remove({ job }: Entry): void {
    this.#entries.delete(job.id);
  }

  /** Remembers a lane. */
  knowLane(lane: string): void {
    if (!this.lanes.has(lane)) this.lanes.set(lane, false);
  }

  /** Tells the listener of a lane with a ready job, but only after the present call: the listener may claim. */
  tell(lane: string): void {
    queueMicrotask(() => this.#onReady(lane));
  }
}

/** Whether a value is the one that a filter wants. */
export function is(wanted: string | undefined, found: string): boolean {
  return wanted === undefined || wanted === found;
}
