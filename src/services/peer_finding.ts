/**
 * Questions to peers that keep to the hierarchy, or match fewer keys than they are asked to.
 *
 * @module
 */

import { ValueElement } from "../dicom/data_set/data_element.ts";
import type { DataSet } from "../dicom/data_set/data_set.ts";
import type { Vr } from "../dicom/vr.ts";
import { DimseStatusError, LimitError } from "../errors.ts";
import { compileQuery } from "../query/compile.ts";
import { IdentifierError } from "../query/identifier_error.ts";
import type { Match } from "../query/instance_source.ts";
import { findKey, levelOfAttribute, tagInEntity } from "../query/keys.ts";
import { isBelow, levelsOf, type QueryLevel, UNIQUE_KEYS } from "../query/levels.ts";
import {
  isAboutQuery,
  type Query,
  QUERY_RETRIEVE_LEVEL,
  SPECIFIC_CHARACTER_SET,
  TIMEZONE_OFFSET_FROM_UTC,
} from "../query/query.ts";
import { hasNoValue, vrOfKey } from "../query/read_key.ts";

/** Asks the peer one question. */
export type Ask = (query: Query) => AsyncIterable<Match>;

/** Most studies, or series, whose contents are asked for one after the other. */
const MOST_PARENTS = 2_000;

/** Whether a query leaves a unique key above its level open, or asks for attributes of a level above: not all peers answer it. */
export function isRelational({ model, level, keys }: Query): boolean {
  const levels = levelsOf(model);
  if (!levels.includes(level as QueryLevel)) return false;
  const above = levels.filter((one) => isBelow(level as QueryLevel, one));
  return above.some((one) => !isSingle(keys, UNIQUE_KEYS[one])) ||
    [...keys].some(({ tag }) => {
      const own = levelIn(levels, tag);
      return own !== undefined && isBelow(level as QueryLevel, own) && tag !== UNIQUE_KEYS[own];
    });
}

/** Whether a peer says by this error that it doesn't take the question as it is (PS3.4 Table C.4-1: A900, Cxxx). */
export function isRefusal(error: unknown): boolean {
  return error instanceof DimseStatusError && (error.status === 0xa900 || error.status >>> 12 === 0xc);
}

/**
 * What a relational query means, asked from level to level as the hierarchy demands (PS3.4 C.4.1.2.1). Answers have the
 * attributes of the levels above as well.
 *
 * @throws LimitError `answers` where too many studies or series would have to be looked into
 */
export async function* findByLevels(query: Query, ask: Ask): AsyncGenerator<Match> {
  yield* below(query, 0, undefined, { ask, parents: 0 });
}

async function* below(
  query: Query,
  depth: number,
  around: Match | undefined,
  asking: { readonly ask: Ask; parents: number },
): AsyncGenerator<Match> {
  const levels = levelsOf(query.model);
  const level = levels[depth]!;
  const isLast = level === query.level;
  const keys = keysAt(query, level, around?.attributes);
  const found = !isLast && isKnown(keys, level, levels) ? [unasked(keys)] : asking.ask({ ...query, level, keys });
  for await (const match of found) {
    const merged = around === undefined ? match : within(match, around);
    if (isLast) {
      yield merged;
      continue;
    }
    if (++asking.parents > MOST_PARENTS) {
      const problem = `the peer wants one question for each study and series, and there are more than ${MOST_PARENTS}`;
      throw new LimitError(`Cannot find: ${problem}`, { limit: "answers", maximum: MOST_PARENTS });
    }
    yield* below(query, depth + 1, merged, asking);
  }
}

/** Keys of a level, and the unique keys of those above it. */
function keysAt({ model, level: lowest, keys }: Query, level: QueryLevel, around: DataSet | undefined): DataSet {
  const levels = levelsOf(model);
  const own = keys.copy();
  for (const { tag } of keys) {
    const itsLevel = levelIn(levels, tag);
    const isOwn = itsLevel === undefined ? level === lowest : itsLevel === level;
    if (!isOwn && !isOfEvery(tag)) own.delete(tag);
  }
  for (const above of levels.filter((one) => isBelow(level, one))) {
    const element = around?.element(UNIQUE_KEYS[above]);
    if (element !== undefined) own.setElement(element);
  }
  if (!own.has(UNIQUE_KEYS[level])) own.set(UNIQUE_KEYS[level], null);
  return own;
}

/** What the patient is, the Study Root has at the STUDY level. */
function levelIn(levels: readonly QueryLevel[], tag: number): QueryLevel | undefined {
  const level = levelOfAttribute(tag);
  return level === "PATIENT" && !levels.includes("PATIENT") ? "STUDY" : level;
}

function isOfEvery(tag: number): boolean {
  return isAboutQuery(tag) || tag === SPECIFIC_CHARACTER_SET || tag === TIMEZONE_OFFSET_FROM_UTC;
}

/** Whether there is nothing to ask: the entity is named, and nothing else of it is wanted. */
function isKnown(keys: DataSet, level: QueryLevel, levels: readonly QueryLevel[]): boolean {
  const unique = new Set(levels.map((one) => UNIQUE_KEYS[one]));
  return isSingle(keys, UNIQUE_KEYS[level]) && [...keys].every(({ tag }) => unique.has(tag) || isOfEvery(tag));
}

function unasked(keys: DataSet): Match {
  return { attributes: keys, unmatched: [] };
}

function isSingle(keys: DataSet, tag: number): boolean {
  const values = keys.getTexts(tag);
  return values.length === 1 && /^[^*?]+$/.test(values[0]!);
}

/** A match with what is known of the levels above it. */
function within(match: Match, around: Match): Match {
  const { attributes } = match;
  for (const element of around.attributes) {
    const { tag } = element;
    const itsOwn = tag === QUERY_RETRIEVE_LEVEL || tag === SPECIFIC_CHARACTER_SET || attributes.has(tag);
    if (!itsOwn && element.kind === "value" && around.attributes.characterSet === attributes.characterSet) {
      attributes.setElement(element);
    } else if (!itsOwn) attributes.set(tag, around.attributes.get(tag) as never);
  }
  const unmatched = [...new Set([...around.unmatched, ...match.unmatched])];
  return { ...match, attributes, unmatched };
}

/** VRs whose values are compared as they are, so that two sides can't be of two minds about them. */
const EXACT: ReadonlySet<Vr> = new Set<Vr>(["CS", "DA", "TM", "UI", "IS", "US", "UL", "SS", "SL"]);

/**
 * Checks answers for optional keys, which a peer need not match (PS3.4 C.2.2.1.3): one whose value is plainly another is no
 * answer (undefined), and a key without a value in an answer was not matched.
 */
export function optionalKeysOf(query: Query): (match: Match) => Match | undefined {
  const tags = demandedOf(query).filter((tag) => (findKey(tag)?.type ?? "optional") === "optional");
  if (tags.length === 0) return (match) => match;
  const exact = tags.filter((tag) => EXACT.has(vrOfKey(query.keys.element(tag)!)));
  const ofExact = query.keys.copy();
  for (const { tag } of query.keys) if (!exact.includes(tag)) ofExact.delete(tag);
  const { matches } = compileQuery({ ...query, keys: ofExact });
  return (match) => {
    const without = tags.filter((tag) => isEmpty(match.attributes, tag));
    // The matcher takes a value that is not there for another one.
    const isTold = exact.length > 0 && exact.every((tag) => !without.includes(tag));
    if (isTold && !matches(match.attributes)) return undefined;
    return without.length === 0 ? match : { ...match, unmatched: [...new Set([...match.unmatched, ...without])] };
  };
}

/** Keys that leave something out: neither universal ones nor those for what has no value. */
function demandedOf(query: Query): number[] {
  try {
    const { all } = compileQuery(query).criteria;
    const tags = all.flatMap((one) => one.kind === "empty" || one.kind === "date-time" ? [] : [one.tag]);
    return tags.filter((tag) => query.keys.has(tag));
  } catch (error) {
    // The peer may understand what the matcher does not.
    if (error instanceof IdentifierError) return [];
    throw error;
  }
}

function isEmpty(attributes: DataSet, tag: number): boolean {
  const element = attributes.element(tag);
  return element === undefined || (element.kind === "value" && element.length === 0) ||
    (element.kind === "sequence" && element.items.length === 0);
}

/** At the STUDY level an attribute of what is below a study is asked for by the name that it has there, such as Modalities in Study. */
export function withNamesOfLevel(query: Query): Query {
  if (query.level !== "STUDY") return query;
  let keys = query.keys;
  for (const element of query.keys) {
    const there = tagInEntity(element.tag, "STUDY");
    if (there === undefined || there === element.tag || hasNoValue(element) || element.kind !== "value") continue;
    if (keys === query.keys) keys = query.keys.copy();
    const { vr, source, start, length } = element;
    keys.setElement(new ValueElement(there, vr, source, { start, length }));
    keys.delete(element.tag);
  }
  return keys === query.keys ? query : { ...query, keys };
}
