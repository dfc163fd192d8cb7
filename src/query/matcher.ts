/**
 * The one matcher: which data sets meet what a query demands (PS3.4 C.2.2.2). Every other way to answer a query has to agree
 * with it.
 *
 * @module
 */

import type { DataElement, DataSet } from "../dicom/data_set/data_set.ts";
import { isPrivateTag, privateCreatorTagOf } from "../dicom/tag.ts";
import type {
  Criteria,
  Criterion,
  DateTimeCriterion,
  NameCriterion,
  NumberCriterion,
  PrivateCriterion,
  RangeCriterion,
  SequenceCriterion,
  TextCriterion,
} from "./criterion.ts";
import { nameGroups, nameTest } from "./person_name_key.ts";
import { isWithoutValue, numbersOf, offsetOf, textsOf } from "./stored_values.ts";
import { DAY, isWithin, joinSpans, type MomentRange, shift, type Span, spanOf } from "./temporal.ts";
import { wildcardTest } from "./wildcard.ts";

/** Whether a data set is meant. */
export type DataSetTest = (dataSet: DataSet) => boolean;

/** Whether an element, absent perhaps, of a data set is meant. */
type ElementTest = (element: DataElement | undefined, dataSet: DataSet) => boolean;

/** How to match. */
export interface MatcherOptions {
  /** Minutes east of UTC at which the stored dates and times are where their data set doesn't say; unknown by default. */
  readonly localOffset?: number | undefined;
}

/** What holds for all criteria of a query. */
interface Zone {
  readonly ofQuery: number | undefined;
  readonly local: number | undefined;
}

/** Makes the matcher of a query, once for any number of data sets. It never throws, whatever a data set has in it. */
export function compileMatcher(criteria: Criteria, options: MatcherOptions = {}): DataSetTest {
  return allOf(criteria.all, { ofQuery: criteria.timezoneOffset, local: options.localOffset });
}

function allOf(criteria: readonly Criterion[], zone: Zone): DataSetTest {
  const tests = criteria.map((criterion) => dataSetTest(criterion, zone));
  const [first, second] = tests;
  if (first === undefined) return () => true;
  if (second === undefined) return first;
  return (dataSet) => {
    for (const test of tests) if (!test(dataSet)) return false;
    return true;
  };
}

function dataSetTest(criterion: Criterion, zone: Zone): DataSetTest {
  if (criterion.kind === "date-time") return dateTimeTest(criterion, zone);
  if (criterion.kind === "private") return privateTest(criterion, zone);
  const { tag } = criterion;
  const test = elementTest(criterion, zone);
  return (dataSet) => test(dataSet.element(tag), dataSet);
}

function elementTest(criterion: Exclude<Criterion, DateTimeCriterion | PrivateCriterion>, zone: Zone): ElementTest {
  switch (criterion.kind) {
    case "empty":
      return (element, dataSet) => isWithoutValue(element, "LO", dataSet);
    case "uid": {
      const { values } = criterion;
      return (element, dataSet) => textsOf(element, "UI", dataSet).some((uid) => values.has(uid));
    }
    case "text":
      return textTest(criterion);
    case "name":
      return personNameTest(criterion);
    case "number":
      return numberTest(criterion);
    case "range":
      return rangeTest(criterion, zone);
    case "sequence":
      return sequenceTest(criterion, zone);
  }
}

function textTest({ vr, values, patterns, all }: TextCriterion): ElementTest {
  const tests = patterns.map(wildcardTest);
  if (all) {
    return (element, dataSet) => {
      const texts = textsOf(element, vr, dataSet);
      const there = new Set(texts);
      for (const value of values) if (!there.has(value)) return false;
      return tests.every((test) => texts.some(test));
    };
  }
  const meant = (text: string) => values.has(text) || tests.some((test) => test(text));
  return (element, dataSet) => textsOf(element, vr, dataSet).some(meant);
}

function personNameTest({ names, all }: NameCriterion): ElementTest {
  const tests = names.map(nameTest);
  return (element, dataSet) => {
    const stored = textsOf(element, "PN", dataSet).map(nameGroups);
    if (stored.length === 0) return false;
    const isThere = (test: (groups: readonly string[]) => boolean) => stored.some(test);
    return all ? tests.every(isThere) : tests.some(isThere);
  };
}

/** Tests numbers; those of 64 bits compare with others by their value. */
function numberTest({ vr, values, all }: NumberCriterion): ElementTest {
  const wanted = new Set([...values].map(comparable));
  if (all) {
    return (element, dataSet) => {
      const there = new Set(numbersOf(element, vr, dataSet).map(comparable));
      for (const number of wanted) if (!there.has(number)) return false;
      return true;
    };
  }
  return (element, dataSet) => numbersOf(element, vr, dataSet).some((number) => wanted.has(comparable(number)));
}

function comparable(number: number | bigint): number | bigint {
  if (typeof number === "number") return number;
  const safe = number >= BigInt(Number.MIN_SAFE_INTEGER) && number <= BigInt(Number.MAX_SAFE_INTEGER);
  return safe ? Number(number) : number;
}

function rangeTest({ vr, ranges, tag, counterpart }: RangeCriterion, zone: Zone): ElementTest {
  if (vr === "DT") {
    return (element, dataSet) => {
      const offset = { ofSpan: undefined as number | undefined, ofRange: zone.ofQuery ?? zone.local };
      const spans = spansOf(element, "DT", dataSet);
      if (spans.length > 0) offset.ofSpan = offsetOf(dataSet) ?? zone.local;
      return spans.some((span) => isInOne(span, ranges, offset));
    };
  }
  const inOne = (span: Span) => isInOne(span, ranges, {});
  if (counterpart === undefined) return (element, dataSet) => spansOf(element, vr, dataSet).some(inOne);
  const [dateTag, timeTag] = vr === "DA" ? [tag, counterpart] : [counterpart, tag];
  return (element, dataSet) => {
    const moved = shift(offsetOf(dataSet) ?? zone.local, zone.ofQuery);
    const moment = moved === 0 ? undefined : momentIn(dataSet, dateTag, timeTag, moved);
    if (moment === undefined) return spansOf(element, vr, dataSet).some(inOne);
    return inOne(vr === "DA" ? dayOf(moment) : timeOf(moment));
  };
}

function isInOne(span: Span, ranges: readonly MomentRange[], offset: Parameters<typeof isWithin>[2]): boolean {
  for (const range of ranges) if (isWithin(span, range, offset)) return true;
  return false;
}

function spansOf(element: DataElement | undefined, vr: "DA" | "TM" | "DT", dataSet: DataSet): Span[] {
  const spans: Span[] = [];
  for (const text of textsOf(element, vr, dataSet)) {
    const span = spanOf(text, vr);
    if (span !== undefined) spans.push(span);
  }
  return spans;
}

/** A stored date and time by a clock that is ahead by `moved` microseconds; undefined unless both have a value. */
function momentIn(dataSet: DataSet, dateTag: number, timeTag: number, moved: number): Span | undefined {
  const [date] = spansOf(dataSet.element(dateTag), "DA", dataSet);
  const [time] = spansOf(dataSet.element(timeTag), "TM", dataSet);
  if (date === undefined || time === undefined) return undefined;
  const { first, last } = joinSpans(date, time);
  return { first: first + moved, last: last + moved };
}

function dayOf({ first }: Span): Span {
  const day = Math.floor(first / DAY) * DAY;
  return { first: day, last: day + DAY - 1 };
}

function timeOf({ first, last }: Span): Span {
  const day = Math.floor(first / DAY) * DAY;
  return { first: first - day, last: last - day };
}

function dateTimeTest({ tag, timeTag, range }: DateTimeCriterion, zone: Zone): DataSetTest {
  return (dataSet) => {
    const [date] = spansOf(dataSet.element(tag), "DA", dataSet);
    if (date === undefined) return false;
    const [time] = spansOf(dataSet.element(timeTag), "TM", dataSet);
    const offset = zone.ofQuery === undefined ? {} : { ofSpan: offsetOf(dataSet) ?? zone.local, ofRange: zone.ofQuery };
    return isWithin(joinSpans(date, time), range, offset);
  };
}

function sequenceTest({ items }: SequenceCriterion, zone: Zone): ElementTest {
  const tests = items.map((criteria) => allOf(criteria, zone));
  return (element) => element?.kind === "sequence" && element.items.some((item) => tests.some((test) => test(item)));
}

/** Looks in the block that the creator has in the data set, whatever block it has in the key. */
function privateTest({ tag, creator, criterion }: PrivateCriterion, zone: Zone): DataSetTest {
  if (criterion.kind === "date-time" || criterion.kind === "private") return () => false;
  const test = elementTest(criterion, zone);
  return (dataSet) => test(privateElement(dataSet, tag, creator), dataSet);
}

/** The private attribute of a creator that has the same last two digits as `tag`. */
export function privateElement(dataSet: DataSet, tag: number, creator: string): DataElement | undefined {
  const isOwn = (block: number) => {
    const element = dataSet.element(privateCreatorTagOf(block));
    return textsOf(element, "LO", dataSet)[0] === creator;
  };
  if (!isPrivateTag(tag)) return undefined;
  if (isOwn(tag)) return dataSet.element(tag);
  const group = (tag & 0xffff_0000) >>> 0;
  for (let block = 0x10; block <= 0xff; block++) {
    const candidate = group + block * 0x100 + (tag & 0xff);
    if (isOwn(candidate)) return dataSet.element(candidate);
  }
  return undefined;
}
