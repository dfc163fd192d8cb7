/**
 * From the keys of a query to what they demand.
 *
 * @module
 */

import { type SequenceElement, ValueElement } from "../dicom/data_set/data_element.ts";
import type { DataElement, DataSet } from "../dicom/data_set/data_set.ts";
import { readTextField } from "../dicom/data_set/element_values.ts";
import { findAttribute, findAttributeByKeyword } from "../dicom/dictionary.ts";
import { isPrivateCreatorTag, isPrivateTag, privateCreatorTagOf } from "../dicom/tag.ts";
import { nameTag } from "../dicom/names.ts";
import { parseUtcOffset } from "../dicom/values/date_time.ts";
import { IdentifierError } from "./identifier_error.ts";
import type {
  Criteria,
  Criterion,
  DateTimeCriterion,
  QueryWarning,
  RangeCriterion,
  UnmatchedKey,
} from "./criterion.ts";
import { tagInEntity } from "./keys.ts";
import type { EntityLevel } from "./levels.ts";
import { isAboutQuery, type Query, SPECIFIC_CHARACTER_SET, TIMEZONE_OFFSET_FROM_UTC } from "./query.ts";
import { hasNoValue, type KeyRules, readKey, vrOfKey } from "./read_key.ts";
import { DAY, type Moment } from "./temporal.ts";

/** Most keys of a query, those in sequences included: the dictionary has about five thousand. */
const MAXIMUM_KEYS = 8192;
/** Most items of a key that is a sequence; the standard has one. */
const MAXIMUM_ITEMS = 64;
/** Deepest sequence. */
const MAXIMUM_DEPTH = 16;
/** The most warnings that are kept for one query. */
const MAXIMUM_WARNINGS = 100;

/**
 * What a query demands.
 *
 * @throws {IdentifierError} on a key whose value is none of its VR, and on more keys, items or values than are taken
 */
export function readCriteria(query: Query): Criteria {
  const reading = new Reading(query);
  const all = reading.dataSet(query.keys, query.level, 0);
  const { unmatched, warnings, timezoneOffset } = reading;
  return { all, unmatched, warnings, ...(timezoneOffset === undefined ? {} : { timezoneOffset }) };
}

/** Offset that a query states; undefined where it states none, or none that can be read. */
function statedOffset(keys: DataSet, rules: KeyRules): number | undefined {
  const element = keys.element(TIMEZONE_OFFSET_FROM_UTC);
  if (element === undefined || hasNoValue(element)) return undefined;
  try {
    return parseUtcOffset(keys.getText(TIMEZONE_OFFSET_FROM_UTC) ?? "");
  } catch {
    const comment = `${nameTag(TIMEZONE_OFFSET_FROM_UTC)}: not &ZZXX`;
    if (rules.strict) {
      const message = `Cannot match ${nameTag(TIMEZONE_OFFSET_FROM_UTC)}: its value is no offset from UTC`;
      throw new IdentifierError(message, { tag: TIMEZONE_OFFSET_FROM_UTC, comment });
    }
    rules.warn(TIMEZONE_OFFSET_FROM_UTC, "the value is no offset from UTC, and is ignored");
    return undefined;
  }
}

class Reading {
  readonly unmatched: UnmatchedKey[] = [];
  readonly warnings: QueryWarning[] = [];
  readonly timezoneOffset: number | undefined;
  readonly #rules: KeyRules;
  readonly #combined: boolean;
  #keys = 0;

  constructor({ keys, matching, dialect }: Query) {
    this.#rules = {
      names: matching.fuzzyNames ? "fuzzy" : dialect.names,
      emptyValue: matching.emptyValue,
      multipleValue: matching.multipleValue,
      universalAsterisk: dialect.universalAsterisk,
      lenientDates: dialect.lenientDates,
      strict: dialect.strict,
      warn: (tag, message) => {
        if (this.warnings.length < MAXIMUM_WARNINGS) {
          this.warnings.push({ tag, message: `${nameTag(tag)}: ${message}` });
        }
      },
    };
    this.#combined = matching.combinedDateTime || dialect.combinedDateTime;
    this.timezoneOffset = statedOffset(keys, this.#rules);
  }

  /** What the keys of a data set demand; below the top there are no levels. */
  dataSet(keys: DataSet, level: EntityLevel | undefined, depth: number): Criterion[] {
    const criteria: Criterion[] = [];
    for (const element of keys) {
      const { tag } = element;
      if (isAboutQuery(tag) || tag === SPECIFIC_CHARACTER_SET || tag === TIMEZONE_OFFSET_FROM_UTC) continue;
      if (isPrivateCreatorTag(tag)) continue;
      if (++this.#keys > MAXIMUM_KEYS) {
        throw new IdentifierError(`Cannot match so many keys: expected at most ${MAXIMUM_KEYS}`, {
          comment: `More than ${MAXIMUM_KEYS} keys`,
        });
      }
      const criterion = this.#key(element, keys, level, depth);
      if (criterion !== undefined) criteria.push(criterion);
    }
    return cheapestFirst(this.#inZone(this.#combined ? combine(criteria) : criteria));
  }

  #key(element: DataElement, keys: DataSet, level: EntityLevel | undefined, depth: number): Criterion | undefined {
    const { tag } = element;
    const creator = isPrivateTag(tag) ? creatorOf(keys, tag) : undefined;
    const inEntity = level === undefined || level === "WORKLIST" ? tag : tagInEntity(tag, level);
    const criterion = element.kind === "sequence"
      ? this.#sequence(element, inEntity ?? tag, depth)
      : this.#value(element, keys, inEntity ?? tag);
    if (inEntity === undefined) {
      if (criterion !== undefined) this.unmatched.push({ tag, reason: "below-level" });
      return undefined;
    }
    return creator === undefined || criterion === undefined ? criterion : { kind: "private", tag, creator, criterion };
  }

  #value(element: Exclude<DataElement, SequenceElement>, keys: DataSet, tag: number): Criterion | undefined {
    if (hasNoValue(element)) return undefined;
    if (vrOfKey(element) === "SQ") {
      const message = `Cannot match ${nameTag(element.tag)}: it is no sequence`;
      throw new IdentifierError(message, { tag: element.tag, comment: `${nameTag(element.tag)}: not SQ` });
    }
    const criterion = element instanceof ValueElement ? readKey(element, keys, tag, this.#rules) : "unmatched";
    if (criterion !== "unmatched") return criterion;
    this.unmatched.push({ tag: element.tag, reason: "not-matchable" });
    return undefined;
  }

  #sequence({ tag, items }: SequenceElement<DataSet>, inEntity: number, depth: number): Criterion | undefined {
    if (items.length === 0) return undefined;
    if (items.length > MAXIMUM_ITEMS || depth >= MAXIMUM_DEPTH) {
      const found = items.length > MAXIMUM_ITEMS ? `${items.length} items` : "sequences that are too deep";
      throw new IdentifierError(`Cannot match ${nameTag(tag)}: found ${found}`, {
        tag,
        comment: `${nameTag(tag)}: too many items, or too deep`,
      });
    }
    if (items.length > 1) this.#severalItems(tag, items.length);
    const demands = items.map((item) => this.dataSet(item, undefined, depth + 1));
    return demands.some((demand) => demand.length === 0)
      ? undefined
      : { kind: "sequence", tag: inEntity, items: demands };
  }

  #severalItems(tag: number, count: number): void {
    if (this.#rules.strict) {
      throw new IdentifierError(`Cannot match ${nameTag(tag)}: found ${count} items, expected one`, {
        tag,
        comment: `${nameTag(tag)}: more than one item`,
      });
    }
    this.#rules.warn(tag, `the key has ${count} items, of which one has to match`);
  }

  /** Lets ranges of DA and TM be of the time zone that the query states. */
  #inZone(criteria: readonly Criterion[]): readonly Criterion[] {
    if (this.timezoneOffset === undefined) return criteria;
    return criteria.map((criterion): Criterion => {
      if (criterion.kind !== "range" || criterion.vr === "DT") return criterion;
      const counterpart = counterpartOf(criterion.tag);
      return counterpart === undefined ? criterion : { ...criterion, counterpart };
    });
  }
}

function creatorOf(keys: DataSet, tag: number): string | undefined {
  const creator = keys.element(privateCreatorTagOf(tag));
  return creator?.kind === "value" ? readTextField(creator, "LO", keys)[0] : undefined;
}

/** The time of a date, and the date of a time, by their keywords: Study Time for Study Date. */
function counterpartOf(tag: number): number | undefined {
  const attribute = findAttribute(tag);
  const isDate = attribute?.vr === "DA";
  const keyword = attribute?.keyword.replace(isDate ? "Date" : "Time", isDate ? "Time" : "Date");
  const found = findAttributeByKeyword(keyword ?? "");
  return found?.vr === (isDate ? "TM" : "DA") ? found.tag : undefined;
}

/** Makes one of a date and its time where both are ranges of the same form: `a-b`, `a-` or `-b`. */
function combine(criteria: readonly Criterion[]): readonly Criterion[] {
  const times = new Set<Criterion>();
  const combined = criteria.map((date) => {
    if (date.kind !== "range" || date.vr !== "DA") return date;
    const timeTag = counterpartOf(date.tag);
    const time = criteria.find((other) => other.tag === timeTag && other.kind === "range");
    const joined = time?.kind === "range" ? join(date, time) : undefined;
    if (time === undefined || joined === undefined) return date;
    times.add(time);
    return joined;
  });
  return combined.filter((criterion) => !times.has(criterion));
}

function join(date: RangeCriterion, time: RangeCriterion): DateTimeCriterion | undefined {
  const [dates] = date.ranges;
  const [times] = time.ranges;
  if (!dates || !times || date.ranges.length > 1 || time.ranges.length > 1) return undefined;
  const sameForm = !dates.single && !times.single && !dates.from === !times.from && !dates.to === !times.to;
  if (!sameForm) return undefined;
  return {
    kind: "date-time",
    tag: date.tag,
    timeTag: time.tag,
    range: {
      ...(dates.from && times.from && { from: onDayOf(dates.from, times.from) }),
      ...(dates.to && times.to && { to: onDayOf(dates.to, times.to) }),
    },
  };
}

/** A time of day on the day that a moment is of. */
function onDayOf({ at }: Moment, time: Moment): Moment {
  return { at: Math.floor(at / DAY) * DAY + time.at };
}

const COST: Readonly<Record<Criterion["kind"], number>> = {
  "uid": 0,
  "number": 1,
  "range": 1,
  "empty": 1,
  "text": 2,
  "date-time": 2,
  "name": 3,
  "private": 4,
  "sequence": 5,
};

function cheapestFirst(criteria: readonly Criterion[]): Criterion[] {
  return [...criteria].sort((one, other) => COST[one.kind] - COST[other.kind]);
}
