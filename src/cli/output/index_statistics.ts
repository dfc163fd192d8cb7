/**
 * What an index has, as a table.
 *
 * @module
 */

import { uidName } from "../../dicom/uid_registry.ts";
import type { IndexStatistics, InstanceAmount } from "../../index/instance_index.ts";
import { escapeText } from "../../safe_text.ts";
import { formatBytes } from "./units.ts";

const GAP = "  ";

/** Text with the sums first, then a table for each way to count. */
export function renderStatistics(statistics: IndexStatistics): string {
  const { patients, studies, series, instances, bytes, indexBytes } = statistics;
  const sums = Object.entries({ Patients: patients, Studies: studies, Series: series, Instances: instances });
  const rows = sums.map(([name, count]) => [name, String(count)]);
  rows.push(["Size of files", formatBytes(bytes)]);
  if (indexBytes !== undefined) rows.push(["Size of the index", formatBytes(indexBytes)]);
  const parts = [
    aligned(rows),
    byValue("Modality", statistics.modalities, (value) => value),
    byValue("SOP class", statistics.sopClasses, uidName),
    byValue("Transfer syntax", statistics.transferSyntaxes, uidName),
  ];
  return parts.filter((part) => part !== "").join("\n");
}

function byValue(title: string, amounts: readonly InstanceAmount[], nameOf: (value: string) => string): string {
  if (amounts.length === 0) return "";
  return aligned([
    [title, "Series", "Instances", "Size"],
    ...amounts.map(({ value, series, instances, bytes }) => [
      value === "" ? "(none)" : escapeText(nameOf(value)),
      ...[String(series), String(instances), formatBytes(bytes)],
    ]),
  ]);
}

/** The first column to the left, the others to the right. */
function aligned(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map((row) =>
    row.map((text, column) => column === 0 ? text.padEnd(widths[column]!) : text.padStart(widths[column]!)).join(GAP)
  );
  return `${lines.join("\n")}\n`;
}
