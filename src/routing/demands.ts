/**
 * What routes demand before a sender gets a success, and whether these demands are met.
 *
 * @module
 */

import type { RouteAcknowledgement, RoutedJob } from "../archive/routing.ts";
import type { Job } from "../queue/job.ts";
import { baseRecipe, isSameChoice } from "../queue/job_rules.ts";

/** The demand of one route. */
export interface RouteDemand {
  /** Name of the route. */
  readonly route: string;
  /** How much it demands. */
  readonly when: Exclude<RouteAcknowledgement["when"], "received" | "durable">;
  /** The jobs that meet the demand. */
  readonly jobs: readonly RoutedJob[];
}

/** How a demand stands; `delivered` has the jobs that have been delivered. */
export interface Verdict {
  readonly verdict: "holds" | "waits" | "failed";
  readonly delivered: readonly Job[];
}

/** The demands of routes that a sender has to wait for. */
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
 * Whether a demand is met, by the jobs that the queue has of the instance: those of the version with this serial, or of any
 * version where `serial` is undefined.
 */
export function verdictOn(
  { when, jobs }: RouteDemand,
  known: readonly Job[],
  serial: number | undefined,
): Verdict {
  // A destination may have an earlier version by a route that no longer leads there.
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

/** Whether a job in the queue is the one that a route asks for. Of several destinations, any may have it by another route. */
function isOf(row: Job, { lane, recipe, choice = [] }: RoutedJob): boolean {
  if (baseRecipe(row.recipe) !== baseRecipe(recipe)) return false;
  if (choice.length === 0) return row.lane === lane;
  return isSameChoice(row.choice, choice) || choice.includes(row.lane);
}
