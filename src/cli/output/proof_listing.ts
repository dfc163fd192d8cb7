/**
 * Where a study is and is not, as text and as JSON.
 *
 * @module
 */

import { escapeJson, escapeText } from "../../safe_text.ts";
import type { DifferenceKind, StudyDifference, StudyJob, StudyPlace, StudyProof } from "../proofs/compare_study.ts";
import { count } from "./units.ts";

const KINDS: Readonly<Record<DifferenceKind, string>> = {
  "not-arrived": "the source has it, the archive does not",
  "not-queued": "no job for this destination",
  "not-delivered": "not delivered",
  "not-there": "confirmed, but missing there",
};

/** A table of places, then a line for each difference, and a verdict. */
export function proofText({ places, differences, proved }: StudyProof): string {
  const rows = places.map((place) => [place.role, place.name, placeText(place)]);
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = [
    ...rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ").trimEnd()),
    ...differences.map((difference) => `  ${differenceText(difference)}`),
    proved ? "Proved" : `Not proved: ${verdict(places, differences)}`,
  ];
  return `${lines.map(escapeText).join("\n")}\n`;
}

function placeText({ found, confirmed, queued, problem, pending, note }: StudyPlace): string {
  const parts = [
    ...confirmed === undefined ? [] : [`${confirmed} of ${queued} confirmed`],
    ...found === undefined ? [] : [`${found} found`],
    ...problem === undefined ? [] : [`not asked: ${problem}`],
    ...pending === undefined ? [] : [pending],
    ...note === undefined ? [] : [note],
  ];
  return parts.join("; ");
}

function differenceText({ kind, place, sopInstanceUid, job }: StudyDifference): string {
  const what = kind === "not-delivered" && job !== undefined
    ? `${KINDS[kind]}: ${jobText(job)}`
    : kind === "not-there" && job?.sentAs !== undefined
    ? `confirmed as ${job.sentAs.sopInstanceUid}, but missing there`
    : KINDS[kind];
  return `${sopInstanceUid}  ${place}  ${what}`;
}

function jobText({ id, state, last }: StudyJob): string {
  const outcome = last === undefined ? [] : [last.class, last.status, last.error].filter(Boolean);
  return `job ${id} is ${state}${outcome.length === 0 ? "" : ` (${outcome.join(" ")})`}`;
}

function verdict(places: readonly StudyPlace[], differences: readonly StudyDifference[]): string {
  const unasked = places.filter(({ problem }) => problem !== undefined).length;
  const parts = [
    ...differences.length > 0 ? [count(differences.length, "difference")] : [],
    ...places.some(({ pending }) => pending !== undefined) ? ["it is still arriving"] : [],
    ...unasked > 0 ? [`${count(unasked, "place")} did not answer`] : [],
    ...places.some(({ role, found }) => role === "archive" && found === 0) ? ["the archive has no such study"] : [],
  ];
  return parts.join(", ");
}

/** A line for each place and difference, and a summary. */
export function proofJson({ places, differences, proved }: StudyProof): string {
  const lines = [
    ...places.map((place) => ({ type: "place", ...place })),
    ...differences.map(({ job, ...difference }) => ({
      ...{ type: "difference", ...difference },
      ...(job !== undefined && {
        ...{ job: job.id, state: job.state },
        ...(job.last && { last: job.last }),
        ...(job.sentAs && { sentAs: job.sentAs }),
      }),
    })),
    { type: "summary", proved, differences: differences.length },
  ];
  return lines.map((line) => `${escapeJson(line)}\n`).join("");
}
