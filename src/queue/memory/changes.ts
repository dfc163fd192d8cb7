/**
 * Changes of the jobs of a queue in memory, by operators and by releases.
 *
 * @module
 */

import {
  CHANGEABLE,
  type ChangedJobs,
  type JobChange,
  type JobEdit,
  type JobFilter,
  type QueuePage,
  type Release,
} from "../job_queue.ts";
import { stateOnceFree, stateOnceReleased } from "../job_rules.ts";
import type { Entries, Entry } from "./entries.ts";

/** Changes a slice. */
export function changeJobs(
  entries: Entries,
  filter: JobFilter,
  change: JobChange,
  { after, limit, now }: QueuePage & { readonly now: number },
): ChangedJobs {
  const possible = CHANGEABLE[change.action];
  const states = (filter.states ?? possible).filter((state) => possible.includes(state));
  const found = entries.select({ ...filter, states }, { after, limit });
  const next = found.length < limit ? undefined : found.at(-1)?.job.id;
  for (const entry of found) apply(entries, entry, change, now);
  return { changed: found.length, next };
}

function apply(entries: Entries, entry: Entry, change: JobChange, now: number): void {
  const { job } = entry;
  switch (change.action) {
    case "retry": {
      const addedAt = job.state === "delivered" ? now : job.addedAt;
      entry.job = { ...job, attempts: 0, refusals: 0, due: 0, addedAt };
      return entries.move(entry, "ready");
    }
    case "resume":
      return entries.move(entry, stateOnceFree(job));
    case "release":
      return release(entries, entry, change, now);
    case "hold":
      return entries.move(entry, "held");
    case "drop":
      return entries.remove(entry);
    case "edit":
      return edit(entries, entry, change);
  }
}

function release(entries: Entries, entry: Entry, change: Release, now: number): void {
  const { job } = entry;
  const { due = 0 } = change;
  const state = stateOnceReleased(job, change, now);
  entry.job = { ...job, awaits: "", due };
  if (state === "delivered") entry.job = { ...entry.job, settledAt: now };
  entries.move(entry, state);
}

function edit(entries: Entries, entry: Entry, change: JobEdit): void {
  const { job } = entry;
  const { lane = job.lane, priority = job.priority, route = job.route, recipe = job.recipe } = change;
  entries.knowLane(lane);
  if (entries.twinOf({ ...job, lane, recipe }) !== undefined) return entries.remove(entry);
  const isOther = lane !== job.lane || recipe !== job.recipe;
  entry.job = { ...job, lane, priority, route, recipe, ...(isOther && { attempts: 0, refusals: 0 }) };
  if (job.state === "ready") entries.tell(lane);
}
