/**
 * What lists say of units: of performed procedure steps, which have what came of each series (PS3.4 Table F.7.2-1), and of
 * requests, which have SOP Instance UIDs alone.
 *
 * @module
 */

import { sliceOfTime } from "../../scheduling/time_slices.ts";
import type { UnitLevel } from "./unit_key.ts";

/** What is looked at of a step. */
export interface PerformedStep {
  /** Its status. */
  readonly status: string;
  /** Steps of the worklist that it refers to. */
  readonly scheduledSteps: readonly { readonly studyInstanceUid: string }[];
  /** Its series. */
  readonly series: readonly { readonly seriesInstanceUid: string; readonly sopInstanceUids: readonly string[] }[];
}

/** What belongs to a study and its series by what somebody has of it. */
export function instancesOfStudy(
  { studyInstanceUid, series }: { readonly studyInstanceUid: string; readonly series: PerformedStep["series"] },
): readonly ListedInstances[] {
  return instancesOfStep({ status: "COMPLETED", scheduledSteps: [{ studyInstanceUid }], series });
}

/** What somebody says belongs to a series or a study. */
export interface ListedInstances {
  readonly level: UnitLevel;
  /** Series or Study Instance UID. */
  readonly uid: string;
  /** SOP Instance UIDs. */
  readonly sopInstanceUids: readonly string[];
}

/**
 * What belongs to the series and studies of a step that is completed. A step of several studies does not say which series is
 * of which: each is given all of them, and so is complete by other evidence.
 */
export function instancesOfStep({ status, scheduledSteps, series }: PerformedStep): readonly ListedInstances[] {
  if (status !== "COMPLETED") return [];
  const all = series.flatMap(({ sopInstanceUids }) => sopInstanceUids);
  const studies = new Set(scheduledSteps.map(({ studyInstanceUid }) => studyInstanceUid));
  const lists: readonly ListedInstances[] = [
    ...series.map(({ seriesInstanceUid: uid, sopInstanceUids }) =>
      ({ level: "series", uid, sopInstanceUids }) as const
    ),
    ...[...studies].map((uid) => ({ level: "study", uid, sopInstanceUids: all }) as const),
  ];
  return lists.filter(({ uid, sopInstanceUids }) => uid !== "" && sopInstanceUids.length > 0);
}

/** Where an instance is; undefined where nobody has it. */
export type FindInstance = (
  sopInstanceUid: string,
) => Promise<FoundInstance | undefined> | FoundInstance | undefined;

/** An instance that somebody has. */
export interface FoundInstance {
  /** Study Instance UID. */
  readonly studyInstanceUid: string;
  /** Series Instance UID. */
  readonly seriesInstanceUid: string;
}

/**
 * What belongs to series and studies by a list that doesn't say which instance is of which. One that nobody has may be of any
 * of them, and is missing in all.
 */
export async function instancesOfList(
  sopInstanceUids: Iterable<string>,
  find: FindInstance,
  pause: () => Promise<void> | undefined = sliceOfTime(),
): Promise<readonly ListedInstances[]> {
  const unknown: string[] = [];
  const known = { series: new Map<string, string[]>(), study: new Map<string, string[]>() };
  for (const uid of sopInstanceUids) {
    const found = await find(uid);
    if (found === undefined) unknown.push(uid);
    else {
      add(known.series, found.seriesInstanceUid, uid);
      add(known.study, found.studyInstanceUid, uid);
    }
    await pause();
  }
  return (["series", "study"] as const).flatMap((level) =>
    [...known[level]].map(([uid, listed]) => ({ level, uid, sopInstanceUids: [...listed, ...unknown] }))
  );
}

function add(lists: Map<string, string[]>, key: string, uid: string): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [uid]);
  else list.push(uid);
}
