/**
 * What the archive asks the routes about each instance.
 *
 * @module
 */

import type { ArchiveRouting, InstanceRouting } from "../archive/routing.ts";
import type { JobQueue } from "../queue/job_queue.ts";
import type { LiveRoutes } from "./live_routes.ts";

const NOTHING: ReadonlySet<number> = new Set();

/**
 * The routing that the archive asks; undefined where the gateway has no routes, so that it costs nothing. `onError` gets the
 * reason when routes cannot be loaded.
 */
export function archiveRouting(
  routes: LiveRoutes,
  queue: JobQueue,
  onQueued: ArchiveRouting["onQueued"],
  onError: (error: unknown) => void,
): ArchiveRouting | undefined {
  if (!routes.any) return undefined;
  const current = (): InstanceRouting => {
    if (routes.current === undefined) throw new Error("Cannot say where an instance goes: its routes are not loaded");
    return routes.current;
  };
  return {
    queue,
    onQueued,
    ready: () =>
      routes.ready()?.catch((error) => {
        onError(error);
        throw error;
      }),
    get wanted() {
      return current().wanted ?? NOTHING;
    },
    get jobsFor() {
      return current().jobsFor;
    },
  };
}
