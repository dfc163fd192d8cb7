/**
 * Answers by the page, in the same order for all clients: the latest study first.
 *
 * @module
 */

import type { DataSet } from "../dicom/data_set/data_set.ts";
import { LimitError } from "../errors.ts";
import { IdentifierError } from "./identifier_error.ts";
import type { InstanceSource, Match, Page, PageRequest } from "./instance_source.ts";
import { type EntityLevel, QUERY_LEVELS, UNIQUE_KEYS } from "./levels.ts";
import type { Query } from "./query.ts";
import { spanOf } from "./temporal.ts";
import { textsOf } from "./stored_values.ts";

const STUDY_DATE = 0x0008_0020;
const STUDY_TIME = 0x0008_0030;

/** Most answers that are held to be put in order, of a source that gives them in another. */
const MAXIMUM_HELD = 100_000;

/**
 * A page of the matches of a source. From a source without pages it takes all matches, and holds them meanwhile.
 *
 * @throws {IdentifierError} on a cursor that is none, and as `InstanceSource.find()` does
 * @throws {LimitError} `maxAnswers`, when a source without pages finds more than 100,000
 */
export function findPage(source: InstanceSource, query: Query, request: PageRequest = {}): Promise<Page> {
  if (source.page !== undefined) return source.page(query, request);
  return pageOf(source.find(withOrderingKeys(query), request), query.level, request);
}

/** A page of matches that come in any order. Throws as `findPage()` does. */
export async function pageOf(
  found: AsyncIterable<Match> | Iterable<Match>,
  level: EntityLevel,
  { offset = 0, limit = Infinity, after }: PageRequest,
): Promise<Page> {
  const behind = after === undefined ? undefined : readCursor(after, KINDS);
  const all: { readonly place: Place; readonly match: Match }[] = [];
  for await (const match of found) {
    if (all.length === MAXIMUM_HELD) {
      throw new LimitError(`Cannot put so many answers in order: expected at most ${MAXIMUM_HELD}`, {
        limit: "maxAnswers",
        maximum: MAXIMUM_HELD,
      });
    }
    all.push({ place: placeOf(match.attributes, level), match });
  }
  all.sort((one, other) => comparePlaces(one.place, other.place));
  for (let index = 1; index < all.length; index++) {
    const [{ place: [date, time, uids, number] }, { place, match }] = [all[index - 1]!, all[index]!];
    if (comparePlaces(place, [date, time, uids, 0]) === 0) {
      all[index] = { place: [date, time, uids, number + 1], match };
    }
  }
  const first = behind === undefined ? 0 : all.findIndex(({ place }) => comparePlaces(place, behind as Place) > 0);
  const rest = first < 0 ? [] : all.slice(first);
  const page = rest.slice(offset, offset + limit);
  const last = rest.length > offset + limit ? page.at(-1) : undefined;
  return {
    total: all.length,
    ...(last !== undefined && { next: writeCursor(last.place) }),
    matches: (async function* () {
      for (const { match } of page) yield match;
    })(),
  };
}

/** Date and time of the study, null where they are unknown, the UIDs, and a number where nothing else tells answers apart. */
type Place = readonly [date: number | null, time: number | null, uids: string, number: number];

const KINDS = ["number", "number", "string", "number"] as const;

function placeOf(attributes: DataSet, level: EntityLevel): Place {
  const moment = (tag: number, vr: "DA" | "TM") => {
    const [text] = textsOf(attributes.element(tag), vr, attributes);
    return text === undefined ? null : spanOf(text, vr)?.first ?? null;
  };
  const levels = level === "WORKLIST" ? [] : QUERY_LEVELS.slice(1, QUERY_LEVELS.indexOf(level) + 1);
  const uids = levels.map((level) => attributes.getText(UNIQUE_KEYS[level]) ?? "");
  const key = level === "PATIENT" ? attributes.getText(UNIQUE_KEYS.PATIENT) ?? "" : uids.join("\\");
  return [moment(STUDY_DATE, "DA"), moment(STUDY_TIME, "TM"), key, 0];
}

function comparePlaces(one: Place, other: Place): number {
  for (const index of [0, 1] as const) {
    const [left, right] = [one[index] ?? -Infinity, other[index] ?? -Infinity];
    if (left !== right) return left > right ? -1 : 1;
  }
  return one[2] < other[2] ? -1 : one[2] > other[2] ? 1 : one[3] - other[3];
}

/** What tells the order has to be among the answers. */
function withOrderingKeys(query: Query): Query {
  const { level } = query;
  const levels = level === "WORKLIST" ? [] : QUERY_LEVELS.slice(1, QUERY_LEVELS.indexOf(level) + 1);
  const tags = [STUDY_DATE, STUDY_TIME, ...levels.map((level) => UNIQUE_KEYS[level])];
  if (tags.every((tag) => query.keys.has(tag))) return query;
  const keys = query.keys.copy();
  for (const tag of tags) if (!keys.has(tag)) keys.set(tag, null);
  return { ...query, keys };
}

/** A place in the order as text for URLs. */
export function writeCursor(place: readonly (number | string | null)[]): string {
  return btoa(JSON.stringify(place).replace(/[^\x20-\x7e]/g, "?")).replaceAll("+", "-").replaceAll("/", "_")
    .replace(/=+$/, "");
}

/** The place that a cursor names, of values of these kinds or null. Throws `IdentifierError` for a text that is no cursor. */
export function readCursor(
  text: string,
  kinds: readonly ("number" | "string")[],
): readonly (number | string | null)[] {
  let place: unknown;
  try {
    place = JSON.parse(atob(text.replaceAll("-", "+").replaceAll("_", "/")));
  } catch {
    // It is none.
  }
  const isPlace = Array.isArray(place) && place.length === kinds.length &&
    place.every((value, index) => value === null || typeof value === kinds[index]);
  if (isPlace) return place as (number | string | null)[];
  throw new IdentifierError("Cannot continue the answers: found no cursor, expected one from an earlier answer", {
    comment: "Cursor is not valid",
  });
}
