/**
 * Lists of units for people: those that are coming, and those that were closed.
 *
 * @module
 */

import { type ClosedUnits, documentKey, type Generation, readDocumentKey } from "./closed_units.ts";
import type { OpenRoutingUnit } from "./unit_collector.ts";
import { readUnitKey, type UnitLevel } from "./unit_key.ts";

/** Which units. */
export interface UnitFilter {
  /** Those of this study. */
  readonly studyInstanceUid?: string | undefined;
  /** `open`: those that are coming; `closed`: those that have been complete at least once. */
  readonly state?: "open" | "closed" | undefined;
}

/** A unit, with all that is known of it. */
export interface ListedUnit {
  /** The place of the list behind it. */
  readonly cursor: string;
  /** Name of the route. */
  readonly route: string;
  /** What it is. */
  readonly level: UnitLevel;
  /** Study Instance UID. */
  readonly studyInstanceUid: string;
  /** Series Instance UID; empty for a study. */
  readonly seriesInstanceUid: string;
  /** The generation that is coming; undefined where none is. */
  readonly open:
    | (Pick<OpenRoutingUnit, "since" | "instances" | "missing"> & { readonly generation: number })
    | undefined;
  /** Generations that are complete, the last one last. */
  readonly closed: readonly Generation[];
}

/** Units in the order of their studies, those behind `after` alone. */
export async function* listUnits(
  { open, closed }: { readonly open: Iterable<OpenRoutingUnit>; readonly closed: ClosedUnits },
  { studyInstanceUid, state }: UnitFilter,
  after?: string,
): AsyncGenerator<ListedUnit> {
  const start = studyInstanceUid === undefined ? "" : documentKey(studyInstanceUid, "");
  const from = after !== undefined && after > start ? after : start;
  const isMeant = (key: string) => key > from && key.startsWith(start);
  const coming = new Map(
    [...open].map((unit) => [documentKey(unit.studyInstanceUid, unit.key), unit] as const).filter(([key]) =>
      isMeant(key)
    )
      .sort(([one], [other]) => one < other ? -1 : 1),
  );
  if (state !== "open") {
    for await (const { key, document } of closed.closed.list({ after: from })) {
      if (!isMeant(key)) break;
      for (const [cursor, unit] of coming) {
        if (cursor >= key) break;
        coming.delete(cursor);
        if (state === undefined) yield* listed(cursor, unit, []);
      }
      yield* listed(key, coming.get(key), document.generations);
      coming.delete(key);
    }
  }
  if (state === "closed") return;
  for (const [cursor, unit] of coming) {
    yield* listed(cursor, unit, state === "open" ? (await closed.closed.get(cursor))?.generations ?? [] : []);
  }
}

function* listed(
  cursor: string,
  unit: OpenRoutingUnit | undefined,
  closed: readonly Generation[],
): Generator<ListedUnit> {
  const [studyInstanceUid, key] = readDocumentKey(cursor);
  const name = readUnitKey(key);
  if (name === undefined) return;
  const { route, level, uid } = name;
  const seriesInstanceUid = level === "study" ? "" : uid;
  const generation = (closed.at(-1)?.generation ?? 0) + 1;
  const open = unit && { generation, since: unit.since, instances: unit.instances, missing: unit.missing };
  yield { cursor, route, level, studyInstanceUid, seriesInstanceUid, open, closed };
}
