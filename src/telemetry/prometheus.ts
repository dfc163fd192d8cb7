/**
 * Metrics in Prometheus text format 0.0.4.
 *
 * Every label has few possible values. AE titles, addresses and UIDs are not among them: a peer chooses those.
 *
 * @module
 */

import type { HistogramReport } from "./statistics_report.ts";

/** Media type of the metrics. */
export const METRICS_MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** Labels of a sample by name. */
export type MetricLabels = Readonly<Record<string, string>>;

/** A metric with all its samples. */
export type MetricFamily =
  & {
    /** Such as `gantry_sent_bytes_total`. */
    readonly name: string;
    /** One sentence. */
    readonly help: string;
  }
  & (
    | { readonly type: "counter" | "gauge"; readonly samples: readonly (readonly [MetricLabels, number])[] }
    | { readonly type: "histogram"; readonly samples: readonly (readonly [MetricLabels, HistogramReport])[] }
  );

/** Families as text. */
export function renderMetrics(families: readonly MetricFamily[]): string {
  return families.flatMap(renderFamily).map((line) => `${line}\n`).join("");
}

function renderFamily(family: MetricFamily): string[] {
  const { name, type, help } = family;
  const head = [`# HELP ${name} ${help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}`, `# TYPE ${name} ${type}`];
  if (family.type === "histogram") {
    return [...head, ...family.samples.flatMap(([labels, report]) => renderHistogram(name, labels, report))];
  }
  return [...head, ...family.samples.map(([labels, value]) => sample(name, labels, value))];
}

function renderHistogram(name: string, labels: MetricLabels, { buckets, count, sum }: HistogramReport): string[] {
  return [
    ...buckets.map(({ upTo, count }) => sample(`${name}_bucket`, { ...labels, le: String(upTo / 1000) }, count)),
    sample(`${name}_bucket`, { ...labels, le: "+Inf" }, count),
    sample(`${name}_sum`, labels, sum / 1000),
    sample(`${name}_count`, labels, count),
  ];
}

function sample(name: string, labels: MetricLabels, value: number): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escapeLabel(text)}"`);
  return `${name}${pairs.length > 0 ? `{${pairs.join(",")}}` : ""} ${value}`;
}

function escapeLabel(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
