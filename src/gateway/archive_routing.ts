/**
 * What the archive asks the routes for each instance.
 *
 * @module
 */

import type { ArchiveRouting } from "../archive/routing.ts";
import type { JobQueue } from "../queue/job_queue.ts";
import type { LiveRoutes } from "./live_routes.ts";

const NOTHING: ReadonlySet<number> = new Set();

/** What it asks; undefined where no route leads anywhere, so that it costs nothing. */
export function archiveRouting(
  routes: LiveRoutes,
  queue: JobQueue,
  onQueued: ArchiveRouting["onQueued"],
): ArchiveRouting | undefined {
  const { current } = routes;
  if (current === undefined) return undefined;
  return {
    queue,
    onQueued,
    get wanted() {
      return (routes.current ?? current).wanted ?? NOTHING;
    },
    get jobsFor() {
      return (routes.current ?? current).jobsFor;
    },
  };
}
