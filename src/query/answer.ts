/**
 * Answers for the keys that a query asks for (PS3.4 C.2.2.3, C.4.1.1.3.2).
 *
 * @module
 */

import { characterSet } from "../dicom/charsets/character_set.ts";
import { SequenceElement, ValueElement } from "../dicom/data_set/data_element.ts";
import { type DataElement, DataSet } from "../dicom/data_set/data_set.ts";
import { encodeElement } from "../dicom/data_set/encode_element.ts";
import { isPrivateCreatorTag, isPrivateTag, privateCreatorTagOf } from "../dicom/tag.ts";
import { formatUtcOffset } from "../dicom/values/date_time.ts";
import type { Vr } from "../dicom/vr.ts";
import { answerText, withCharacterSet } from "./answer_text.ts";
import type { Criteria, Criterion } from "./criterion.ts";
import { tagInEntity } from "./keys.ts";
import type { EntityLevel } from "./levels.ts";
import { compileMatcher, type DataSetTest, type MatcherOptions, privateElement } from "./matcher.ts";
import {
  INSTANCE_AVAILABILITY,
  isAboutQuery,
  type Query,
  QUERY_RETRIEVE_LEVEL,
  RETRIEVE_AE_TITLE,
  RETRIEVE_URL,
  SPECIFIC_CHARACTER_SET,
  TIMEZONE_OFFSET_FROM_UTC,
} from "./query.ts";
import { vrOfKey } from "./read_key.ts";
import { offsetOf, textsOf } from "./stored_values.ts";

/** How fast instances can be retrieved (PS3.3 C.4.23.1.1). */
export type InstanceAvailability = "ONLINE" | "NEARLINE" | "OFFLINE" | "UNAVAILABLE";

/** What a source knows of an answer besides its attributes. */
export interface AnswerDetail {
  /** AE titles that the instances can be retrieved from; returned whether it was asked for or not. */
  readonly retrieveAeTitles?: readonly string[] | undefined;
  /** How fast the instances can be retrieved; returned even if the query does not ask for it. */
  readonly availability?: InstanceAvailability | undefined;
  /** Where they can be retrieved over HTTP; returned whether it was asked for or not. */
  readonly retrieveUrl?: string | undefined;
}

/** How answers are made. */
export interface AnswerOptions extends MatcherOptions {
  /** Whether answers state their level, as those of C-FIND do (PS3.4 C.4.1.1.3.2), and those of QIDO-RS don't. Default: true. */
  readonly statesLevel?: boolean | undefined;
}

/** Makes the identifier of a response out of the attributes that an entity has. Never throws, whatever they are. */
export type AnswerMaker = (entity: DataSet, detail?: AnswerDetail) => DataSet;

const DEFAULT_REPERTOIRE = characterSet();
const NOTHING = new Uint8Array(0);

/** Gives the element of an answer, if there is one to give. */
type Step = (entity: DataSet, answer: DataSet, detail: AnswerDetail) => DataElement | undefined;

/** What to return for the keys of a data set. */
type Plan = readonly Step[];

/** Makes what answers a query, once for any number of entities. */
export function compileAnswer(query: Query, criteria: Criteria, options: AnswerOptions = {}): AnswerMaker {
  const steps = new Map<number, Step>();
  const planner = new Planner(criteria, options);
  planner.addKeys(steps, query.keys, criteria.all, query.level);
  if (query.level !== "WORKLIST") addStatements(steps, query.level, options);
  if (query.matching.timezoneAdjustment) steps.set(TIMEZONE_OFFSET_FROM_UTC, timezoneStep(options.localOffset));
  const plan = inOrder(steps);
  const text = answerText(query.dialect.characterSet, query.keys);
  return (entity, detail = {}) => {
    const answer = new DataSet();
    return withCharacterSet(answer, collect(plan, entity, answer, detail), entity, text);
  };
}

/** What every answer of a hierarchy says of itself. */
function addStatements(
  steps: Map<number, Step>,
  level: EntityLevel,
  { statesLevel = true }: AnswerOptions,
): void {
  const element = encodeElement(QUERY_RETRIEVE_LEVEL, "CS", level, DEFAULT_REPERTOIRE);
  if (statesLevel) steps.set(QUERY_RETRIEVE_LEVEL, () => element);
  const stated = (tag: number, vr: Vr, valueOf: (detail: AnswerDetail) => string | readonly string[] | undefined) => {
    const otherwise = steps.get(tag);
    // It is the same for answer after answer.
    let last: { readonly value: string | readonly string[]; readonly element: DataElement | undefined } | undefined;
    steps.set(tag, (entity, answer, detail) => {
      const value = valueOf(detail);
      if (value !== undefined && last?.value !== value) last = { value, element: statement(tag, vr, value) };
      return (value === undefined ? undefined : last?.element) ?? otherwise?.(entity, answer, detail);
    });
  };
  stated(RETRIEVE_AE_TITLE, "AE", ({ retrieveAeTitles }) => retrieveAeTitles);
  stated(INSTANCE_AVAILABILITY, "CS", ({ availability }) => availability);
  stated(RETRIEVE_URL, "UR", ({ retrieveUrl }) => retrieveUrl);
}

/** Most AE titles that an answer states. */
const MAXIMUM_AE_TITLES = 100;
const AE_TITLE = /^[\x20-\x5b\x5d-\x7e]{1,16}$/;

/** What is stated, without AE titles that can't be written: peers state, and call, whatever they like. */
function statement(tag: number, vr: Vr, value: string | readonly string[]): DataElement | undefined {
  if (typeof value === "string") return encodeElement(tag, vr, value, DEFAULT_REPERTOIRE);
  const titles = value.filter((title) => AE_TITLE.test(title)).slice(0, MAXIMUM_AE_TITLES);
  return titles.length === 0 ? undefined : encodeElement(tag, vr, titles, DEFAULT_REPERTOIRE);
}

function inOrder(steps: ReadonlyMap<number, Step>): Plan {
  return [...steps].sort(([one], [other]) => one - other).map(([, step]) => step);
}

function collect(plan: Plan, entity: DataSet, answer: DataSet, detail: AnswerDetail): DataElement[] {
  const elements: DataElement[] = [];
  for (const step of plan) {
    const element = step(entity, answer, detail);
    if (element !== undefined) elements.push(element);
  }
  return elements;
}

class Planner {
  readonly #criteria: Criteria;
  readonly #options: MatcherOptions;

  constructor(criteria: Criteria, options: MatcherOptions) {
    this.#criteria = criteria;
    this.#options = options;
  }

  addKeys(
    steps: Map<number, Step>,
    keys: DataSet,
    criteria: readonly Criterion[],
    level: EntityLevel | undefined,
  ): void {
    for (const element of keys) {
      const { tag } = element;
      if (isAboutQuery(tag) || tag === SPECIFIC_CHARACTER_SET) continue;
      const step = tag === TIMEZONE_OFFSET_FROM_UTC
        ? timezoneStep(this.#options.localOffset)
        : isPrivateCreatorTag(tag)
        ? creatorStep(element)
        : this.#keyStep(element, keys, criteria, level);
      if (step !== undefined) steps.set(tag, step);
    }
  }

  #keyStep(
    element: DataElement,
    keys: DataSet,
    criteria: readonly Criterion[],
    level: EntityLevel | undefined,
  ): Step {
    const { tag } = element;
    const find = finder(tag, keys, level);
    const vr = vrOfKey(element);
    if (element.kind !== "sequence") return (entity) => valueElement(find(entity), tag, vr);
    if (element.items.every((item) => item.size === 0)) {
      return (entity, answer) => copiedSequence(find(entity), tag, answer);
    }
    return this.#itemsStep(element, find, criteria);
  }

  /** Items that match, with the attributes that are asked for. */
  #itemsStep({ tag, items }: SequenceElement<DataSet>, find: Finder, criteria: readonly Criterion[]): Step {
    const criterion = sequenceCriterion(criteria, tag);
    const wanted = items.map((item, index) => {
      const demands = criterion?.kind === "sequence" ? criterion.items[index] ?? [] : [];
      const steps = new Map<number, Step>();
      this.addKeys(steps, item, demands, undefined);
      return { matches: this.#matcher(demands), plan: inOrder(steps) };
    });
    return (entity, answer, detail) => {
      const stored = find(entity);
      const chosen: DataSet[] = [];
      for (const item of stored?.kind === "sequence" ? stored.items : []) {
        const match = wanted.find(({ matches }) => matches(item));
        if (match !== undefined) chosen.push(partOf(item, match.plan, answer, detail));
      }
      return new SequenceElement(tag, chosen);
    };
  }

  #matcher(all: readonly Criterion[]): DataSetTest {
    return compileMatcher({ ...this.#criteria, all }, this.#options);
  }
}

function sequenceCriterion(criteria: readonly Criterion[], tag: number): Criterion | undefined {
  for (const criterion of criteria) {
    if (criterion.tag !== tag) continue;
    return criterion.kind === "private" ? criterion.criterion : criterion;
  }
  return undefined;
}

/** Finds what an entity has for a key. */
type Finder = (entity: DataSet) => DataElement | undefined;

function finder(tag: number, keys: DataSet, level: EntityLevel | undefined): Finder {
  const stored = level === undefined || level === "WORKLIST" ? tag : tagInEntity(tag, level);
  if (stored === undefined) return () => undefined;
  const creator = isPrivateTag(tag) ? textsOf(keys.element(privateCreatorTagOf(tag)), "LO", keys)[0] : undefined;
  return creator === undefined
    ? (entity) => entity.element(stored)
    : (entity) => privateElement(entity, stored, creator);
}

/** The element under the tag of its key; one of zero length where there is no value to give. */
function valueElement(stored: DataElement | undefined, tag: number, vr: Vr): DataElement {
  if (stored?.kind !== "value") {
    return vr === "SQ" ? new SequenceElement(tag, []) : new ValueElement(tag, vr, NOTHING);
  }
  return stored.tag === tag ? stored : new ValueElement(tag, stored.vr, stored.source, stored);
}

/** The creator of private keys. It is text of the client's request, so only ASCII is sure to be understood. */
function creatorStep(element: DataElement): Step | undefined {
  const isAscii = element.kind === "value" && element.bytes.every((byte) => byte >= 0x20 && byte < 0x7f);
  return isAscii ? () => element : undefined;
}

/** Timezone Offset From UTC says what dates and times mean: an answer has it with a value, or not at all. */
function timezoneStep(localOffset: number | undefined): Step {
  return (entity) => {
    const offset = offsetOf(entity) ?? localOffset;
    if (offset === undefined) return undefined;
    return encodeElement(TIMEZONE_OFFSET_FROM_UTC, "SH", formatUtcOffset(offset), DEFAULT_REPERTOIRE);
  };
}

/** The attributes of an item that are asked for. */
function partOf(item: DataSet, plan: Plan, parent: DataSet, detail: AnswerDetail): DataSet {
  const part = new DataSet(undefined, { parent });
  const declared = item.element(SPECIFIC_CHARACTER_SET);
  const elements = collect(plan, item, part, detail);
  if (declared !== undefined) elements.unshift(declared);
  for (const element of elements) part.setElement(element);
  return part;
}

/** A whole sequence, its values as they were stored. */
function copiedSequence(stored: DataElement | undefined, tag: number, parent: DataSet): DataElement {
  if (stored?.kind === "value") return valueElement(stored, tag, "SQ");
  const items = stored?.kind === "sequence" ? stored.items : [];
  return new SequenceElement(tag, items.map((item) => copiedItem(item, parent)));
}

function copiedItem(item: DataSet, parent: DataSet): DataSet {
  const copy = new DataSet(undefined, { parent });
  for (const element of item) {
    copy.setElement(element.kind === "sequence" ? copiedSequence(element, element.tag, copy) : element);
  }
  return copy;
}
