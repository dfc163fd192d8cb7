/**
 * Lanes, jobs and attempts, as lines for people.
 *
 * @module
 */

import { escapeText } from "../../safe_text.ts";
import { count, formatDuration } from "./units.ts";

/** A lane, as the HTTP API tells of it. */
export interface ShownLane {
  readonly name: string;
  readonly state: string;
  readonly jobs: Readonly<Record<string, number>>;
  readonly oldestAgeSeconds?: number;
  readonly open?: { readonly why: string; readonly nextProbeAt: string };
  readonly drainedInSeconds?: number;
}

/** How an attempt ended. */
interface ShownOutcome {
  readonly class: string;
  readonly status?: string;
  readonly error?: string;
}

/** A job. */
export interface ShownJob {
  readonly id: number;
  readonly lane: string;
  readonly state: string;
  readonly sopInstanceUid: string;
  readonly attempts: number;
  readonly awaits?: string;
  readonly last?: ShownOutcome;
}

/** An attempt. */
export interface ShownDelivery extends ShownOutcome {
  readonly id: number;
  readonly at: string;
  readonly lane: string;
  readonly sopInstanceUid: string;
  readonly sentAs?: { readonly sopInstanceUid: string };
}

/** `PACS  open  1200 waiting, 1 dead; oldest 5 min 40 s; …` */
export function laneLine({ name, state, jobs, oldestAgeSeconds, open, drainedInSeconds }: ShownLane): string {
  const { ready = 0, leased = 0, waiting = 0, held = 0, dead = 0, delivered = 0 } = jobs;
  const amounts = [
    `${ready + leased + waiting} to send`,
    ...held > 0 ? [`${held} held`] : [],
    ...dead > 0 ? [`${dead} dead`] : [],
    `${delivered} delivered`,
  ].join(", ");
  const more = [
    ...oldestAgeSeconds === undefined ? [] : [`oldest ${formatDuration(1_000 * oldestAgeSeconds)}`],
    ...drainedInSeconds === undefined || drainedInSeconds === 0
      ? []
      : [`done in about ${formatDuration(1_000 * drainedInSeconds)}`],
    ...open === undefined ? [] : [open.why],
  ];
  return escapeText([`${name}  ${state}  ${amounts}`, ...more].join("; "));
}

/** A series or study, as the HTTP API tells of it. */
export interface ShownUnit {
  readonly route: string;
  readonly level: string;
  readonly studyInstanceUid: string;
  readonly seriesInstanceUid?: string;
  readonly open?: {
    readonly generation: number;
    readonly since: string;
    readonly instances: number;
    readonly missing: number;
  };
  readonly closed: readonly {
    readonly generation: number;
    readonly closedBy: string;
    readonly at: string;
    readonly instances: number;
  }[];
}

/** `study  1.2.3  night  #1 412 instances, closed by mpps 2025-03-01T08:04:00.000Z; #2 3 instances since …, 1 missing` */
export function unitLine({ route, level, studyInstanceUid, seriesInstanceUid, open, closed }: ShownUnit): string {
  const generations = [
    ...closed.map(({ generation, closedBy, at, instances }) =>
      `#${generation} ${count(instances, "instance")}, closed by ${closedBy} ${at}`
    ),
    ...open === undefined ? [] : [
      `#${open.generation} ${count(open.instances, "instance")} since ${open.since}` +
      (open.missing > 0 ? `, ${open.missing} missing` : ""),
    ],
  ];
  return escapeText(`${level}  ${seriesInstanceUid ?? studyInstanceUid}  ${route}  ${generations.join("; ")}`);
}

/** `71  PACS  dead  1.2.3  2 attempts, permanent 0xC000: …` */
export function jobLine({ id, lane, state, sopInstanceUid, attempts, awaits, last }: ShownJob): string {
  const tried = last === undefined ? "" : `  ${count(attempts, "attempt")}, ${outcomeText(last)}`;
  const waits = awaits === undefined ? "" : `  awaits ${awaits}`;
  return escapeText(`${id}  ${lane}  ${state}  ${sopInstanceUid}${tried}${waits}`);
}

/** `2025-03-01T08:00:01.000Z  PACS  1.2.3  delivered 0x0000` */
export function deliveryLine(delivery: ShownDelivery): string {
  const { at, lane, sopInstanceUid, sentAs = { sopInstanceUid } } = delivery;
  const as = sentAs.sopInstanceUid === sopInstanceUid ? "" : ` as ${sentAs.sopInstanceUid || "none"}`;
  return escapeText(`${at}  ${lane}  ${sopInstanceUid}${as}  ${outcomeText(delivery)}`);
}

function outcomeText({ class: outcome, status, error }: ShownOutcome): string {
  return `${outcome}${status === undefined ? "" : ` ${status}`}${error === undefined ? "" : `: ${error}`}`;
}
