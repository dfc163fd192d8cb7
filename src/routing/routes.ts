/**
 * Which instance goes where.
 *
 * @module
 */

import type { JobsFor, RoutedInstance } from "../archive/routing.ts";
import type { JobPriority, NewJob } from "../queue/job.ts";

/** A route. */
export interface Route {
  /** Its name, which jobs carry. */
  readonly name: string;
  /** What has to hold; without it the route is for every instance. */
  readonly when?: RouteCondition | undefined;
  /** How urgent instances are that go this way. */
  readonly priority: JobPriority;
  /** Names of destinations. */
  readonly to: readonly string[];
}

/** All that is written has to hold. */
export interface RouteCondition {
  /** AE title of who sent it. */
  readonly callingAeTitle?: string | undefined;
  /** AE title that was called. */
  readonly calledAeTitle?: string | undefined;
}

/** Says where instances go: every route that matches counts, and the first of them where two lead to one destination. */
export function routeFor(routes: readonly Route[]): JobsFor {
  return (routed) => {
    const jobs = new Map<string, NewJob>();
    for (const { name, when, priority, to } of routes) {
      if (when !== undefined && !holds(when, routed)) continue;
      for (const lane of to) {
        if (jobs.has(lane)) continue;
        jobs.set(lane, { lane, recipe: "", unit: routed.instance.studyInstanceUid, priority, route: name, due: 0 });
      }
    }
    return [...jobs.values()];
  };
}

function holds({ callingAeTitle, calledAeTitle }: RouteCondition, { instance, origin }: RoutedInstance): boolean {
  return (callingAeTitle === undefined || callingAeTitle === instance.sourceAeTitle) &&
    (calledAeTitle === undefined || calledAeTitle === origin?.calledAeTitle);
}
