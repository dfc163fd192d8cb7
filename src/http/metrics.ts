/**
 * `GET /metrics`: Prometheus text format 0.0.4.
 *
 * Every label has few possible values. AE titles, addresses and UIDs are not among them: a peer chooses those.
 *
 * @module
 */

import type { AssociationsReport, HistogramReport, OutcomeCounts } from "./reports.ts";

/** Media type of the metrics. */
export const METRICS_MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8";

type Labels = Readonly<Record<string, string>>;
type Sample = readonly [labels: Labels, value: number];

/** The report as metrics; `startedAt` is in milliseconds since the epoch. */
export function renderMetrics(
  { totals }: AssociationsReport,
  { version, startedAt }: { readonly version: string; readonly startedAt: number },
): string {
  const { associations, operations } = totals;
  return [
    ...family("gantry_build_info", "gauge", "Version of Gantry; always 1.", [[{ version }, 1]]),
    ...family("gantry_start_time_seconds", "gauge", "When the gateway started, in seconds since the epoch.", [
      [{}, startedAt / 1000],
    ]),
    ...family(
      "gantry_associations_active",
      "gauge",
      "Associations that are open now, by role.",
      associations.map(({ role, active }) => [{ role }, active]),
    ),
    ...family(
      "gantry_associations_opened_total",
      "counter",
      "Associations whose connection was opened.",
      associations.map(({ role, opened }) => [{ role }, opened]),
    ),
    ...family(
      "gantry_associations_established_total",
      "counter",
      "Associations that were accepted.",
      associations.map(({ role, established }) => [{ role }, established]),
    ),
    ...family(
      "gantry_associations_ended_total",
      "counter",
      "Associations that ended, by how.",
      associations.flatMap(({ role, released, rejected, aborted }): Sample[] => [
        [{ role, how: "released" }, released],
        [{ role, how: "rejected" }, rejected],
        [{ role, how: "aborted" }, aborted],
      ]),
    ),
    ...family(
      "gantry_association_rejections_total",
      "counter",
      "A-ASSOCIATE-RJ sent (by local) and received (by peer), by result, source and reason.",
      totals.rejections.map(({ by, result, source, reason, count }) => [{ by, result, source, reason }, count]),
    ),
    ...family(
      "gantry_association_aborts_total",
      "counter",
      "Associations aborted by either side or lost with their connection, by source and reason.",
      totals.aborts.map(({ by, source, reason, count }) => [{ by, source, reason: reason ?? "" }, count]),
    ),
    ...family(
      "gantry_limits_passed_total",
      "counter",
      "Limits that were passed, by what came of it: an association rejected or aborted, or an operation failed.",
      totals.limits.map(({ limit, outcome, count }) => [{ limit, outcome }, count]),
    ),
    ...family(
      "gantry_deadlines_passed_total",
      "counter",
      "Deadlines that were passed, for which associations were aborted or connections closed, by phase.",
      totals.deadlines.map(({ phase, count }) => [{ phase }, count]),
    ),
    ...family(
      "gantry_connections_refused_total",
      "counter",
      "Connections closed before they were accepted, by reason: limit, deadline, proxy (its header), tls, other.",
      totals.refusals.map(({ reason, count }) => [{ reason }, count]),
    ),
    ...histogram("gantry_association_duration_seconds", "From opening to end of associations that ended.", [
      [{}, totals.durations],
    ]),
    ...family("gantry_received_bytes_total", "counter", "Bytes of all PDUs received.", [[{}, totals.bytesReceived]]),
    ...family("gantry_sent_bytes_total", "counter", "Bytes of all PDUs sent.", [[{}, totals.bytesSent]]),
    ...family(
      "gantry_operations_running",
      "gauge",
      "DIMSE operations that have no final status yet.",
      operations.map(({ service, role, running }) => [{ service, role }, running]),
    ),
    ...family(
      "gantry_operations_total",
      "counter",
      "DIMSE operations that finished, by status category; unanswered when the association ended first.",
      operations.flatMap(({ service, role, finished }) =>
        categories(finished).map(([category, count]): Sample => [{ service, role, category }, count])
      ),
    ),
    ...family(
      "gantry_operation_data_set_bytes_total",
      "counter",
      "Bytes of the data sets of finished DIMSE operations, both ways.",
      operations.map(({ service, role, bytes }) => [{ service, role }, bytes]),
    ),
    ...histogram(
      "gantry_operation_duration_seconds",
      "How long finished DIMSE operations took.",
      operations.map(({ service, role, durations }) => [{ service, role }, durations]),
    ),
    "",
  ].join("\n");
}

function categories({ success, warning, failure, cancel, unanswered }: OutcomeCounts): [string, number][] {
  return Object.entries({ success, warning, failure, cancel, unanswered });
}

function family(name: string, type: "counter" | "gauge", help: string, samples: readonly Sample[]): string[] {
  return [...head(name, type, help), ...samples.map(([labels, value]) => sample(name, labels, value))];
}

function histogram(name: string, help: string, series: readonly (readonly [Labels, HistogramReport])[]): string[] {
  return [
    ...head(name, "histogram", help),
    ...series.flatMap(([labels, { buckets, count, sum }]) => [
      ...buckets.map(({ upTo, count }) => sample(`${name}_bucket`, { ...labels, le: String(upTo / 1000) }, count)),
      sample(`${name}_bucket`, { ...labels, le: "+Inf" }, count),
      sample(`${name}_sum`, labels, sum / 1000),
      sample(`${name}_count`, labels, count),
    ]),
  ];
}

function head(name: string, type: string, help: string): string[] {
  return [`# HELP ${name} ${help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}`, `# TYPE ${name} ${type}`];
}

function sample(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escapeLabel(text)}"`);
  return `${name}${pairs.length > 0 ? `{${pairs.join(",")}}` : ""} ${value}`;
}

function escapeLabel(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
