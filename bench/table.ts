/**
 * Results as a table for people, and as JSON for programs.
 *
 * @module
 */

import type { Measured } from "./measures.ts";

/** What was measured of a contender, put in relation to the reference. */
export interface Row extends Measured {
  readonly median: number;
  readonly minimum: number;
  /** Median over the rounds of its time divided by the reference's in the same round: the faster one's, of several. */
  readonly ratio: number;
  /** Whether its targets are met; undefined when it has none. */
  readonly met: boolean | undefined;
}

/** Puts contenders in relation to the peers among them: those that are references, or else the first. */
export function toRows(measured: readonly Measured[]): Row[] {
  const marked = measured.filter(({ isReference }) => isReference);
  const references = marked.length > 0 ? marked : measured.slice(0, 1);
  const reference = (measured[0]?.seconds ?? []).map((_, round) =>
    Math.min(...references.map(({ seconds }) => seconds[round] ?? NaN))
  );
  return measured.map((contender) => {
    const { seconds, peak, target } = contender;
    const ratio = median(seconds.map((time, round) => time / (reference[round] ?? NaN)));
    const missed = [
      target.ratio === undefined ? undefined : ratio > target.ratio,
      target.peak === undefined || peak === undefined ? undefined : peak > target.peak,
    ].filter((missed) => missed !== undefined);
    const met = missed.length === 0 ? undefined : !missed.includes(true);
    return { ...contender, median: median(seconds), minimum: Math.min(...seconds), ratio, met };
  });
}

const HEADINGS = ["median", "fastest", "ratio", "memory", "to reach"];

/** The rows of one comparison as text; without memory where it is known of nobody. */
export function formatTable(title: string, rows: readonly Row[]): string {
  const withMemory = rows.some(({ peak }) => peak !== undefined);
  const headings = HEADINGS.filter((heading) => withMemory || heading !== "memory");
  const lines = rows.map((row) => [
    row.name,
    `${row.median.toFixed(3)} s`,
    `${row.minimum.toFixed(3)} s`,
    row.ratio.toFixed(2),
    ...(withMemory ? [row.peak === undefined ? "unknown" : megabytes(row.peak)] : []),
    describeTarget(row),
  ]);
  const cells = [[title, ...headings], ...lines];
  const widths = headings.map((_, column) => Math.max(...cells.map((cell) => cell[column + 1]!.length)));
  const first = Math.max(...lines.map(([name = ""]) => name.length)) + 2;
  const format = ([, ...rest]: string[]) => rest.map((text, column) => text.padStart(widths[column]!)).join("   ");
  return [
    title,
    " ".repeat(first + 2) + format(["", ...headings]),
    ...lines.map((line) => `  ${line[0]!.padEnd(first)}${format(line)}`),
  ].map((line) => line.trimEnd()).join("\n") + "\n";
}

function describeTarget({ target, met }: Row): string {
  if (met === undefined) return "";
  const wanted = [
    ...(target.ratio === undefined ? [] : [`≤ ${target.ratio.toFixed(2)}`]),
    ...(target.peak === undefined ? [] : [`≤ ${megabytes(target.peak)}`]),
  ];
  return `${wanted.join(", ")} ${met ? "yes" : "NO"}`;
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? NaN) + (sorted[Math.ceil(middle)] ?? NaN)) / 2;
}
