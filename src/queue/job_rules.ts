/**
 * What becomes of a job: the rules that every queue follows.
 *
 * @module
 */

import type { Job, JobState, JobSubject, NewJob } from "./job.ts";
import { type AddOptions, CHANGEABLE, type ClaimOptions, type Release, type Settlement } from "./job_queue.ts";

/** Where a new job begins. */
export function initialState({ due, awaits = "", held = false }: NewJob, now: number): JobState {
  if (held) return "held";
  return due > now || awaits !== "" ? "waiting" : "ready";
}

/** The longest that a job waits that was tried, in milliseconds. */
export const LONGEST_PAUSE = 3_600_000;

/** The clocks that a claim goes by; both tell milliseconds since the epoch. */
type Clocks = Pick<ClaimOptions, "now" | "steady">;

/**
 * Whether the time of a job has come that waits. What was tried waits no longer than it ever does, also when the clock was set
 * back; what awaits something does not go before its time when the clock jumps forth.
 */
export function isDue({ due, awaits, last }: Pick<Job, "due" | "awaits" | "last">, clocks: Clocks): boolean {
  const { now, steady = now } = clocks;
  if (awaits !== "") return due <= Math.min(now, steady);
  return due <= now || (last.class !== "" && due > now + LONGEST_PAUSE);
}

/** Where a job stands that nobody sends or holds any more. */
export function stateOnceFree({ awaits }: Pick<Job, "awaits">): JobState {
  return awaits === "" ? "ready" : "waiting";
}

/** Whether a job can go on to await something in this state. */
export function mayAwait(state: JobState): boolean {
  return CHANGEABLE.release.includes(state);
}

/** Where a job stands once it is released. */
export function stateOnceReleased(
  { id, lane, state }: Pick<Job, "id" | "lane" | "state">,
  { due = 0, standIns = {} }: Release,
  now: number,
): JobState {
  if (state !== "waiting") return state;
  if (Object.hasOwn(standIns, lane) && standIns[lane] !== id) return "delivered";
  return due > now ? "waiting" : "ready";
}

/** What tells one version of an instance from the next. */
type Version = Pick<JobSubject, "serial" | "receivedAt">;

/** Whether a job is about the version of an instance that came. */
export function isSameVersion(job: Version, subject: Version): boolean {
  return job.serial === subject.serial && job.receivedAt === subject.receivedAt;
}

/** Where a job stands once its instance has come again; undefined when nothing changes. */
export function stateOnceAgain(
  job: JobSubject & { readonly state: JobState },
  subject: JobSubject,
  added: NewJob,
  now: number,
  { ifAbsent = false }: AddOptions,
): JobState | undefined {
  if (ifAbsent || isSameVersion(job, subject)) return undefined;
  return job.state === "leased" || job.state === "held" ? job.state : initialState(added, now);
}

/** Where a job stands once its lease has ended; undefined when the lease was somebody else's by then. */
export function stateOnceSettled(
  job: Version & Pick<Job, "state" | "awaits"> & { readonly worker: string | null },
  { worker, state, job: claimed }: Settlement,
): JobState | undefined {
  if (job.state !== "leased" || job.worker !== worker) return undefined;
  // Another version came while this one was sent.
  return isSameVersion(job, claimed) ? state : stateOnceFree(job);
}

/** A recipe without what was done to a job alone. */
export function baseRecipe(recipe: string): string {
  return recipe.slice(recipe.indexOf("/") + 1);
}

/** What was known of a job before it is tried anew. */
export const UNTRIED: Pick<Job, "attempts" | "refusals" | "refusedBy" | "last"> = {
  attempts: 0,
  refusals: 0,
  refusedBy: [],
  last: { class: "", status: "", error: "" },
};

/**
 * The job of an instance and recipe that a new one is the same as: it has the same lanes to choose from, or is in the same
 * lane. Of several, the one that nothing was done to alone.
 */
export function sameJob<Known extends Pick<Job, "choice" | "recipe"> & { readonly lane: number | string }>(
  known: readonly Known[],
  { lane, choice = [], recipe }: Pick<NewJob, "choice" | "recipe"> & Pick<Known, "lane">,
): Known | undefined {
  const first = (jobs: readonly Known[]) => jobs.find((job) => job.recipe === recipe) ?? jobs[0];
  const chosen = choice.length === 0 ? [] : known.filter((job) => isSameChoice(job.choice, choice));
  return first(chosen) ?? first(known.filter((job) => job.lane === lane));
}

/**
 * The other job that does in a lane what this one would do there: it sends the same instance with the same recipe. One that
 * has something done to it alone does something else.
 */
export function twinOf<Known extends { readonly id: number; readonly lane: number | string; readonly recipe: string }>(
  known: readonly Known[],
  { id, lane, recipe }: Pick<Known, "id" | "lane" | "recipe">,
): Known | undefined {
  return known.find((other) => other.id !== id && other.lane === lane && other.recipe === recipe);
}

/** Whether two jobs have the same lanes to choose from. */
export function isSameChoice(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((lane, index) => lane === other[index]);
}

/**
 * What becomes of a job that would go to another lane, which has one of the same instance and recipe in this state: it `joins`
 * that one and is no more, or `stays` where it is.
 */
export function onceThere(state: JobState): "joins" | "stays" {
  return state === "dead" || state === "held" ? "stays" : "joins";
}

/** Where a job stands once it was put into another lane: what was never tried may still have to wait. */
export function stateOnceChosen({ state, awaits, last }: Pick<Job, "state" | "awaits" | "last">): JobState {
  return state === "waiting" && awaits === "" && last.class !== "" ? "ready" : state;
}
