/**
 * Metrics of lanes, which have the names of the configuration.
 *
 * @module
 */

import type { LaneStatisticsReport } from "../../routing/lanes/lane_statistics.ts";
import type { LaneReport } from "../../routing/lanes/lanes.ts";
import type { MetricFamily } from "../../telemetry/prometheus.ts";

/** Metrics of lanes as they stood a moment ago. */
export function routingMetrics(
  lanes: readonly LaneReport[],
  { attempts, opened, moved }: LaneStatisticsReport,
  unacknowledged: number,
  now: number,
): MetricFamily[] {
  return [
    {
      name: "gantry_jobs",
      type: "gauge",
      help: "Jobs by lane and state.",
      samples: lanes.flatMap(({ name: lane, counts }) =>
        Object.entries(counts).map(([state, count]) => [{ lane, state }, count] as const)
      ),
    },
    {
      name: "gantry_lane_oldest_job_age_seconds",
      type: "gauge",
      help: "Age of the oldest unsent job, not counting jobs that wait for their unit; 0 without one.",
      samples: lanes.map((
        { name: lane, oldest },
      ) => [{ lane }, oldest === undefined ? 0 : Math.max(0, now - oldest) / 1_000]),
    },
    {
      name: "gantry_lane_open",
      type: "gauge",
      help: "Whether the destination of a lane fails, so that it is only probed.",
      samples: lanes.map(({ name: lane, open }) => [{ lane }, open === undefined ? 0 : 1]),
    },
    {
      name: "gantry_lane_opened_total",
      type: "counter",
      help: "How often the destination of a lane began to fail.",
      samples: opened.map(([lane, count]) => [{ lane }, count]),
    },
    {
      name: "gantry_unacknowledged",
      type: "gauge",
      help: "Instances whose senders wait until they are delivered.",
      samples: [[{}, unacknowledged]],
    },
    {
      name: "gantry_jobs_moved_total",
      type: "counter",
      help: "Jobs that went to another lane since the destination failed, or could not have them.",
      samples: moved.map(([lane, to, count]) => [{ lane, to }, count]),
    },
    {
      name: "gantry_deliveries_total",
      type: "counter",
      help: "Attempts to deliver an instance, by lane and class of outcome.",
      samples: attempts.map(([lane, outcome, count]) => [{ lane, class: outcome }, count]),
    },
  ];
}
