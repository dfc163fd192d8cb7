/**
 * The statistics as metrics.
 *
 * @module
 */

import type { MetricFamily, MetricLabels } from "./prometheus.ts";
import type { OutcomeCounts, StatisticsReport } from "./statistics_report.ts";

/** Which Gantry this is, and since when; `startedAt` is in milliseconds since the epoch. */
export function buildMetrics(
  { version, startedAt }: { readonly version: string; readonly startedAt: number },
): MetricFamily[] {
  return [
    { name: "gantry_build_info", type: "gauge", help: "Version of Gantry; always 1.", samples: [[{ version }, 1]] },
    {
      name: "gantry_start_time_seconds",
      type: "gauge",
      help: "When the gateway started, in seconds since the epoch.",
      samples: [
        [{}, startedAt / 1000],
      ],
    },
  ];
}

/** What a report tells, as metrics. */
export function statisticsMetrics({ totals }: StatisticsReport): MetricFamily[] {
  return [
    ...associationMetrics(totals),
    ...troubleMetrics(totals),
    ...trafficMetrics(totals),
    ...operationMetrics(totals),
  ];
}

type Totals = StatisticsReport["totals"];

function associationMetrics({ associations }: Totals): MetricFamily[] {
  return [
    {
      name: "gantry_associations_active",
      type: "gauge",
      help: "Associations that are open now, by role.",
      samples: associations.map(({ role, active }) => [{ role }, active]),
    },
    {
      name: "gantry_associations_opened_total",
      type: "counter",
      help: "Associations whose connection was opened.",
      samples: associations.map(({ role, opened }) => [{ role }, opened]),
    },
    {
      name: "gantry_associations_established_total",
      type: "counter",
      help: "Associations that were accepted.",
      samples: associations.map(({ role, established }) => [{ role }, established]),
    },
    {
      name: "gantry_associations_ended_total",
      type: "counter",
      help: "Associations that ended, by how.",
      samples: associations.flatMap(({ role, released, rejected, aborted }): [MetricLabels, number][] => [
        [{ role, how: "released" }, released],
        [{ role, how: "rejected" }, rejected],
        [{ role, how: "aborted" }, aborted],
      ]),
    },
  ];
}

/** What went otherwise than it should. */
function troubleMetrics(totals: Totals): MetricFamily[] {
  return [
    {
      name: "gantry_association_rejections_total",
      type: "counter",
      help: "A-ASSOCIATE-RJ sent (by local) and received (by peer), by result, source and reason.",
      samples: totals.rejections.map((
        { by, result, source, reason, count },
      ) => [{ by, result, source, reason }, count]),
    },
    {
      name: "gantry_association_aborts_total",
      type: "counter",
      help: "Associations aborted by either side or lost with their connection, by source and reason.",
      samples: totals.aborts.map(({ by, source, reason, count }) => [{ by, source, reason: reason ?? "" }, count]),
    },
    {
      name: "gantry_limits_passed_total",
      type: "counter",
      help: "Limits that were passed, by what came of it: an association rejected or aborted, or an operation failed.",
      samples: totals.limits.map(({ limit, outcome, count }) => [{ limit, outcome }, count]),
    },
    {
      name: "gantry_deadlines_passed_total",
      type: "counter",
      help: "Deadlines that were passed, for which associations were aborted or connections closed, by phase.",
      samples: totals.deadlines.map(({ phase, count }) => [{ phase }, count]),
    },
    {
      name: "gantry_connections_refused_total",
      type: "counter",
      help: "Connections closed before they were accepted, by reason: limit, deadline, proxy (its header), tls, other.",
      samples: totals.refusals.map(({ reason, count }) => [{ reason }, count]),
    },
  ];
}

function trafficMetrics(totals: Totals): MetricFamily[] {
  return [
    {
      name: "gantry_association_duration_seconds",
      type: "histogram",
      help: "From opening to end of associations that ended.",
      samples: [
        [{}, totals.durations],
      ],
    },
    {
      name: "gantry_received_bytes_total",
      type: "counter",
      help: "Bytes of all PDUs received.",
      samples: [[{}, totals.bytesReceived]],
    },
    {
      name: "gantry_sent_bytes_total",
      type: "counter",
      help: "Bytes of all PDUs sent.",
      samples: [[{}, totals.bytesSent]],
    },
  ];
}

function operationMetrics({ operations }: Totals): MetricFamily[] {
  return [
    {
      name: "gantry_operations_running",
      type: "gauge",
      help: "DIMSE operations that have no final status yet.",
      samples: operations.map(({ service, role, running }) => [{ service, role }, running]),
    },
    {
      name: "gantry_operations_total",
      type: "counter",
      help: "DIMSE operations that finished, by status category; unanswered when the association ended first.",
      samples: operations.flatMap(({ service, role, finished }) =>
        categories(finished).map(([category, count]): [MetricLabels, number] => [{ service, role, category }, count])
      ),
    },
    {
      name: "gantry_operation_data_set_bytes_total",
      type: "counter",
      help: "Bytes of the data sets of finished DIMSE operations, both ways.",
      samples: operations.map(({ service, role, bytes }) => [{ service, role }, bytes]),
    },
    {
      name: "gantry_operation_duration_seconds",
      type: "histogram",
      help: "How long finished DIMSE operations took.",
      samples: operations.map(({ service, role, durations }) => [{ service, role }, durations]),
    },
  ];
}

function categories({ success, warning, failure, cancel, unanswered }: OutcomeCounts): [string, number][] {
  return Object.entries({ success, warning, failure, cancel, unanswered });
}
