/**
 * Jobs of a queue in memory that one of several lanes has to deliver.
 *
 * @module
 */

import type { ChangedJobs, ChoiceGroup, QueuePage } from "../job_queue.ts";
import { isSameChoice, onceThere, stateOnceChosen } from "../job_rules.ts";
import type { Entries, Entry } from "./entries.ts";

/** The groups of a lane. */
export function readChoices(entries: Entries, lane: string): ChoiceGroup[] {
  const groups = new Map<string, ChoiceGroup>();
  for (const { job: { choice, refusedBy, state, ...job } } of entries) {
    if (job.lane !== lane || choice.length === 0 || (state !== "ready" && state !== "waiting")) continue;
    groups.set([...choice, "", ...refusedBy, "", state].join(" "), { choice, refusedBy, state });
  }
  return [...groups.values()];
}

/** A job's lane could not deliver it, and another one may. */
export function pass(entries: Entries, entry: Entry, to: string): void {
  const { lane, refusedBy } = entry.job;
  const there = entries.twinOf({ ...entry.job, lane: to });
  if (there !== undefined && onceThere(there.state) === "stays") return entries.move(entry, "dead");
  if (there !== undefined) return entries.remove(entry);
  goTo(entries, entry, to, "ready", [...refusedBy, lane]);
}

/** Moves a job to another lane, which does not know how it went in this one. */
function goTo(
  entries: Entries,
  entry: Entry,
  lane: string,
  state: Entry["job"]["state"],
  refusedBy: readonly string[],
): void {
  entries.knowLane(lane);
  entry.job = { ...entry.job, lane, refusedBy, attempts: 0, refusals: 0 };
  entries.move(entry, state);
}

/** Puts a slice of a group into another lane. */
export function choose(
  entries: Entries,
  lane: string,
  { choice, refusedBy, state }: ChoiceGroup,
  to: string,
  { after = 0, limit }: QueuePage,
): ChangedJobs {
  const found = [...entries].filter(({ job }) =>
    job.id > after && job.lane === lane && job.state === state && isSameChoice(job.choice, choice) &&
    isSameChoice(job.refusedBy, refusedBy)
  ).slice(0, limit);
  const next = found.length < limit ? undefined : found.at(-1)?.job.id;
  let changed = 0;
  for (const entry of found) {
    const { job } = entry;
    const there = entries.twinOf({ ...job, lane: to });
    if (there !== undefined && there.state !== "delivered") continue;
    changed++;
    if (there !== undefined) entries.remove(entry);
    else goTo(entries, entry, to, stateOnceChosen(job), job.refusedBy);
  }
  return { changed, next };
}
