/**
 * What has to be asked of a peer to have the instances of a selection: C-FINDs from level to level, then C-GETs.
 *
 * @module
 */

import { DataSet } from "../dicom/data_set/data_set.ts";
import { DataSetError, LimitError } from "../errors.ts";
import type { Match } from "../query/instance_source.ts";
import { isBelow, levelsOf, QUERY_LEVELS, type QueryLevel, UNIQUE_KEYS } from "../query/levels.ts";
import type { Query } from "../query/query.ts";
import { setUidKey } from "../query/uid_key.ts";
import { storageSopClasses } from "../dicom/sop_classes.ts";
import { MAXIMUM_PRESENTATION_CONTEXTS } from "../upper_layer/negotiation.ts";

/** Unique keys of an entity and of those above it, as far as they are known. */
export type EntityKeys = Readonly<Partial<Record<QueryLevel, string>>>;

/** An instance that a peer says it has. */
export interface FoundInstance {
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  /** Its unique keys and those of what is around it. */
  readonly keys: EntityKeys;
}

const KEYWORDS = {
  PATIENT: "PatientID",
  STUDY: "StudyInstanceUID",
  SERIES: "SeriesInstanceUID",
  IMAGE: "SOPInstanceUID",
} as const satisfies Record<QueryLevel, string>;

/**
 * A selection in a model that goes down to instances, at one of its levels: Patient/Study Only stops at studies, and the Study
 * Root has the patient's attributes at the STUDY level.
 */
export function hierarchical(selection: Query): Query {
  const model = selection.model === "patient-study-only" ? "patient-root" : selection.model;
  const levels: readonly string[] = levelsOf(model);
  return { ...selection, model, level: levels.includes(selection.level) ? selection.level : "STUDY" };
}

/** Most answers that are taken: all that is found is in memory, and a peer may never end. */
const MOST_ANSWERS = 1_000_000;
/** Most characters of a unique key, which no legal one comes near. */
const LONGEST_KEY = 1_024;

/**
 * The instances of a hierarchical selection. Each level is asked for with the unique keys of all those above, as the hierarchy
 * demands: not every peer answers relational queries. Throws `LimitError` when a peer gives too many answers, and
 * `DataSetError` for a unique key that is none.
 */
export async function findInstances(
  selection: Query,
  ask: (query: Query) => AsyncIterable<Match>,
  most = MOST_ANSWERS,
): Promise<readonly FoundInstance[]> {
  let answers = 0;
  const find = async function* (query: Query) {
    for await (const match of ask(query)) {
      if (++answers > most) {
        const problem = `Cannot find instances: the peer gave more than ${most} answers`;
        throw new LimitError(problem, { limit: "answers", maximum: most });
      }
      yield match;
    }
  };
  const { level, model } = selection;
  const found: FoundInstance[] = [];
  const keys = selection.keys.copy();
  for (const above of levelsOf(model)) {
    if (!isBelow(above, level as QueryLevel) && !keys.has(UNIQUE_KEYS[above])) keys.set(KEYWORDS[above], null);
  }
  if (level === "IMAGE") keys.set("SOPClassUID", null);
  await descend({ ...selection, keys }, {}, find, found);
  return found;
}

async function descend(
  query: Query,
  around: EntityKeys,
  find: (query: Query) => AsyncIterable<Match>,
  found: FoundInstance[],
): Promise<void> {
  const level = query.level as QueryLevel;
  const entities: EntityKeys[] = [];
  for await (const { attributes } of find(query)) {
    const keys = { ...around, ...keysOf(attributes, level) };
    if (level !== "IMAGE") entities.push(keys);
    else found.push({ ...instanceOf(attributes), keys });
  }
  const below = QUERY_LEVELS[QUERY_LEVELS.indexOf(level) + 1];
  if (below === undefined) return;
  for (const keys of entities) {
    await descend({ ...query, level: below, keys: keysBelow(query, keys, below) }, keys, find, found);
  }
}

function keysOf(attributes: DataSet, level: QueryLevel): EntityKeys {
  const known = QUERY_LEVELS.filter((above) => !isBelow(above, level)).flatMap((above) => {
    const value = keyOf(attributes, KEYWORDS[above]);
    return value === "" ? [] : [[above, value] as const];
  });
  return Object.fromEntries(known);
}

function instanceOf(attributes: DataSet): Omit<FoundInstance, "keys"> {
  return {
    sopClassUid: keyOf(attributes, "SOPClassUID"),
    sopInstanceUid: keyOf(attributes, "SOPInstanceUID"),
  };
}

function keyOf(attributes: DataSet, keyword: (typeof KEYWORDS)[QueryLevel] | "SOPClassUID"): string {
  const value = attributes.getText(keyword) ?? "";
  if (value.length <= LONGEST_KEY) return value;
  throw new DataSetError(`Cannot read an answer: its ${keyword} has ${value.length} characters`);
}

function keysBelow({ model }: Query, around: EntityKeys, level: QueryLevel): DataSet {
  const keys = new DataSet();
  for (const above of levelsOf(model)) if (around[above] !== undefined) setKey(keys, above, [around[above]]);
  keys.set(KEYWORDS[level], null);
  if (level === "IMAGE") keys.set("SOPClassUID", null);
  return keys;
}

function setKey(keys: DataSet, level: QueryLevel, values: readonly string[]): void {
  if (level === "PATIENT") keys.set(KEYWORDS[level], values);
  else setUidKey(keys, UNIQUE_KEYS[level], values);
}

/** A C-GET, and the SOP classes of what it brings. */
export interface PlannedRetrieval {
  readonly identifier: DataSet;
  readonly sopClassUids: readonly string[];
}

/** UIDs in a list: as many as fit into a value of an explicit VR, whatever they are. */
const LONGEST_LIST = 500;

/**
 * The C-GETs that bring these instances. One a study or series where an association has room for all SOP classes, at
 * `contexts` presentation contexts each; otherwise lists of instances by SOP class.
 */
export function planRetrievals(
  selection: Query,
  found: readonly FoundInstance[],
  contexts: number,
): PlannedRetrieval[] {
  const sopClassUids = sopClassesOf(found);
  if (inChunks(sopClassUids, contexts).length <= 1 && selection.level !== "IMAGE") {
    const level = selection.level === "SERIES" ? "SERIES" : "STUDY";
    return [...groupsOf(found, level).values()].map(([{ keys }]) => ({
      identifier: identifierOf(selection, level, keys, [keys[level] ?? ""]),
      sopClassUids,
    }));
  }
  return planLists(selection, found, contexts);
}

/** The C-GETs that list these instances, by as many SOP classes as an association has room for, at `contexts` contexts each. */
export function planLists(
  selection: Query,
  found: readonly FoundInstance[],
  contexts: number,
): PlannedRetrieval[] {
  return inChunks(sopClassesOf(found), contexts).flatMap((some) => {
    const ofThese = found.filter(({ sopClassUid }) => some.includes(sopClassUid));
    return listRetrievals(selection, ofThese).map((identifier) => ({ identifier, sopClassUids: some }));
  });
}

function sopClassesOf(found: readonly FoundInstance[]): string[] {
  return [...new Set(found.map(({ sopClassUid }) => sopClassUid))].filter((uid) => uid !== "");
}

/** The identifiers of C-GETs that list these instances, series by series. */
export function listRetrievals(selection: Query, found: readonly FoundInstance[]): DataSet[] {
  return [...groupsOf(found, "SERIES").values()].flatMap((group) => {
    const identifiers: DataSet[] = [];
    for (let at = 0; at < group.length; at += LONGEST_LIST) {
      const uids = group.slice(at, at + LONGEST_LIST).map(({ sopInstanceUid }) => sopInstanceUid);
      identifiers.push(identifierOf(selection, "IMAGE", group[0].keys, uids));
    }
    return identifiers;
  });
}

/** SOP classes that most archives have most of. */
const FREQUENT: readonly string[] = [
  ...["1", "1.1", "1.1.1", "1.2", "1.3", "2", "2.1", "3.1", "4", "4.1", "6.1", "7", "7.1", "7.2", "7.3", "7.4"],
  ...["11.1", "12.1", "12.2", "20", "66.4", "77.1.4.1", "88.11", "88.22", "88.33", "88.59", "88.67", "104.1", "128"],
  ...["481.1", "481.2", "481.3", "481.5"],
].map((end) => `1.2.840.10008.5.1.4.1.1.${end}`);

/** Storage SOP classes, the frequent ones first. */
export function likelySopClasses(which: "all" | "frequent"): readonly string[] {
  return which === "frequent" ? FREQUENT : [...new Set([...FREQUENT, ...storageSopClasses()])];
}

/** As many SOP classes at a time as one association has room for, at so many presentation contexts each. */
export function inChunks(sopClassUids: readonly string[], contexts: number): string[][] {
  const most = Math.max(1, Math.floor((MAXIMUM_PRESENTATION_CONTEXTS - 1) / contexts));
  const count = Math.ceil(sopClassUids.length / most);
  return Array.from({ length: count }, (_, index) => sopClassUids.slice(index * most, (index + 1) * most));
}

function groupsOf(
  found: readonly FoundInstance[],
  level: QueryLevel,
): Map<string, [FoundInstance, ...FoundInstance[]]> {
  const groups = new Map<string, [FoundInstance, ...FoundInstance[]]>();
  for (const instance of found) {
    const key = `${instance.keys.STUDY} ${level === "STUDY" ? "" : instance.keys.SERIES}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [instance]);
    else group.push(instance);
  }
  return groups;
}

function identifierOf(
  { model }: Query,
  level: QueryLevel,
  around: EntityKeys,
  values: readonly string[],
): DataSet {
  const keys = new DataSet();
  for (const above of levelsOf(model)) {
    if (isBelow(level, above) && around[above] !== undefined) setKey(keys, above, [around[above]]);
  }
  setKey(keys, level, values);
  keys.set("QueryRetrieveLevel", level);
  return keys;
}
