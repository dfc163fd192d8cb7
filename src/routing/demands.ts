/**
 * What routes ask for before a sender is told that all is well, and whether that holds.
 *
 * @module
 */

import type { RouteAcknowledgement, RoutedJob } from "../archive/routing.ts";
import type { Job } from "../queue/job.ts";
import { baseRecipe, isSameChoice } from "../queue/job_rules.ts";

/** What one route asks for. */
export interface RouteDemand {
  /** Its name. */
  readonly route: string;
  /** How much. */
  readonly when: Exclude<RouteAcknowledgement["when"], "received" | "durable">;
  /** What does it justice. */
  readonly jobs: readonly RoutedJob[];
}

/** How a demand stands; `delivered` are the jobs that were. */
export interface Verdict {
  readonly verdict: "holds" | "waits" | "failed";
  readonly delivered: readonly Job[];
}

/** What routes ask for that a sender has to wait for. */
export function demandsOf(jobs: readonly RoutedJob[]): readonly RouteDemand[] {
  const demands = new Map<string, { route: string; when: RouteDemand["when"]; jobs: RoutedJob[] }>();
  for (const job of jobs) {
    for (const { route, when } of job.acknowledges ?? []) {
      if (when === "received" || when === "durable") continue;
      const known = demands.get(route);
      if (known === undefined) demands.set(route, { route, when, jobs: [job] });
      else known.jobs.push(job);
    }
  }
  return [...demands.values()];
}

/**
 * Whether a demand holds by what the queue knows of the instance: by jobs of the version with this serial, or of any version
 * where it is undefined.
 */
export function verdictOn(
  { when, jobs }: RouteDemand,
  known: readonly Job[],
  serial: number | undefined,
): Verdict {
  // A destination may have an earlier version by a route that leads there no more.
  const rows = serial === undefined ? known : known.filter((row) => row.serial === serial);
  const found = jobs.map((job) => rows.filter((row) => isOf(row, job)));
  const delivered = found.flatMap((rows) => rows.filter(({ state }) => state === "delivered").slice(0, 1));
  const isHopeless = (rows: readonly Job[]) => rows.every(({ state }) => state === "dead" || state === "held");
  if (when === "delivered-any") {
    const verdict = delivered.length > 0 ? "holds" : found.every(isHopeless) ? "failed" : "waits";
    return { verdict, delivered };
  }
  const verdict = delivered.length === found.length ? "holds" : found.some(isHopeless) ? "failed" : "waits";
  return { verdict, delivered };
}

/** Whether a job in the queue is the one that was asked for; of several destinations, any may have it by another route. */
function isOf(row: Job, { lane, recipe, choice = [] }: RoutedJob): boolean {
  if (baseRecipe(row.recipe) !== baseRecipe(recipe)) return false;
  if (choice.length === 0) return row.lane === lane;
  return isSameChoice(row.choice, choice) || choice.includes(row.lane);
}
