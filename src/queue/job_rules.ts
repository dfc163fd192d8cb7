/**
 * The rules of job states that every queue follows.
 *
 * @module
 */

import type { Job, JobState, JobSubject, NewJob } from "./job.ts";
import { type AddOptions, CHANGEABLE, type ClaimOptions, type Release, type Settlement } from "./job_queue.ts";

/** The first state of a new job. */
export function initialState({ due, awaits = "", held = false }: NewJob, now: number): JobState {
  if (held) return "held";
  return due > now || awaits !== "" ? "waiting" : "ready";
}

/** The longest time that a job waits after an attempt, in milliseconds. */
export const LONGEST_PAUSE = 3_600_000;

/** The clocks that a claim goes by; both tell milliseconds since the epoch. */
type Clocks = Pick<ClaimOptions, "now" | "steady">;

/**
 * Whether a waiting job is due. After an attempt a job waits at most `LONGEST_PAUSE`, also when the clock was set back. A job
 * that awaits a unit does not go before its time, also when the clock jumps forth.
 */
export function isDue({ due, awaits, last }: Pick<Job, "due" | "awaits" | "last">, clocks: Clocks): boolean {
  const { now, steady = now } = clocks;
  if (awaits !== "") return due <= Math.min(now, steady);
  return due <= now || (last.class !== "" && due > now + LONGEST_PAUSE);
}

/** The state of a job whose lease or hold has ended. */
export function stateOnceFree({ awaits }: Pick<Job, "awaits">): JobState {
  return awaits === "" ? "ready" : "waiting";
}

/** Whether a job in this state can still await a unit. */
export function mayAwait(state: JobState): boolean {
  return CHANGEABLE.release.includes(state);
}

/** The state of a job once it is released. */
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

/** The state of a job once its instance has come again; undefined when nothing changes. */
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

/** The state of a job once its lease has ended; undefined when another worker had the lease by then. */
export function stateOnceSettled(
  job: Version & Pick<Job, "state" | "awaits"> & { readonly worker: string | null },
  { worker, state, job: claimed }: Settlement,
): JobState | undefined {
  if (job.state !== "leased" || job.worker !== worker) return undefined;
  // Another version came while this one was sent.
  return isSameVersion(job, claimed) ? state : stateOnceFree(job);
}

/** A recipe without the edits of a single job. */
export function baseRecipe(recipe: string): string {
  return recipe.slice(recipe.indexOf("/") + 1);
}

/** The history of a job that was never tried. */
export const UNTRIED: Pick<Job, "attempts" | "refusals" | "refusedBy" | "last"> = {
  attempts: 0,
  refusals: 0,
  refusedBy: [],
  last: { class: "", status: "", error: "" },
};

/**
 * The job of an instance and recipe that a new one equals: it has the same lanes to choose from, or is in the same lane. Of
 * several, the one without an edit of its own.
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
 * The other job that does in a lane what this one would do there: it sends the same instance with the same recipe. A job with
 * an edit of its own does something else.
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
 * What happens to a job that would go to another lane which has a job of the same instance and recipe in this state: it `joins`
 * that job and is removed, or `stays` where it is.
 */
export function onceThere(state: JobState): "joins" | "stays" {
  return state === "dead" || state === "held" ? "stays" : "joins";
}

/** The state of a job once it was moved to another lane: one that was never tried may still have to wait. */
export function stateOnceChosen({ state, awaits, last }: Pick<Job, "state" | "awaits" | "last">): JobState {
  return state === "waiting" && awaits === "" && last.class !== "" ? "ready" : state;
}
