/**
 * Lists of the instances of units: those of performed procedure steps, which list instances by series (PS3.4 Table F.7.2-1),
 * and those of requests, which have only SOP Instance UIDs.
 *
 * @module
 */

import { sliceOfTime } from "../../scheduling/time_slices.ts";
import type { UnitLevel } from "./unit_key.ts";

/** The parts of a performed procedure step that count here. */
export interface PerformedStep {
  /** Its status. */
  readonly status: string;
  /** Steps of the worklist that it refers to. */
  readonly scheduledSteps: readonly { readonly studyInstanceUid: string }[];
  /** Its series. */
  readonly series: readonly { readonly seriesInstanceUid: string; readonly sopInstanceUids: readonly string[] }[];
}

/** The instances of a study and its series, by the instances that a peer has of it. */
export function instancesOfStudy(
  { studyInstanceUid, series }: { readonly studyInstanceUid: string; readonly series: PerformedStep["series"] },
): readonly ListedInstances[] {
  return instancesOfStep({ status: "COMPLETED", scheduledSteps: [{ studyInstanceUid }], series });
}

/** Instances that a peer has listed for a series or a study. */
export interface ListedInstances {
  readonly level: UnitLevel;
  /** Series or Study Instance UID. */
  readonly uid: string;
  /** SOP Instance UIDs. */
  readonly sopInstanceUids: readonly string[];
}

/**
 * The instances of the series and studies of a completed step. A step of several studies does not say which series belongs to
 * which study. Each study then gets all series, and so needs other evidence to be complete.
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

/** Finds an instance; undefined where the archive does not have it. */
export type FindInstance = (
  sopInstanceUid: string,
) => Promise<FoundInstance | undefined> | FoundInstance | undefined;

/** An instance that was found. */
export interface FoundInstance {
  /** Study Instance UID. */
  readonly studyInstanceUid: string;
  /** Series Instance UID. */
  readonly seriesInstanceUid: string;
}

/**
 * The instances of series and studies by a list that doesn't say which instance belongs to which. An instance that can't be
 * found may belong to any of them, and is missing in all.
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
