/**
 * From the identifier of a C-FIND-RQ, C-MOVE-RQ or C-GET-RQ to a query (PS3.4 C.4.1.1.3, C.4.2.1.4, C.4.3.1.3).
 *
 * @module
 */

import type { DataSet } from "../dicom/data_set/data_set.ts";
import { nameTag } from "../dicom/names.ts";
import { IdentifierError } from "./identifier_error.ts";
import type { QueryWarning } from "./criterion.ts";
import { DEFAULT_DIALECT, type Dialect, type MatchingOptions } from "./dialect.ts";
import { findKey, levelOfAttribute } from "./keys.ts";
import {
  type InformationModel,
  isBelow,
  levelsOf,
  QUERY_LEVELS,
  type QueryLevel,
  type QueryOperation,
  UNIQUE_KEYS,
} from "./levels.ts";
import { createQuery, isAboutQuery, type Query, QUERY_RETRIEVE_LEVEL, SPECIFIC_CHARACTER_SET } from "./query.ts";
import { isWithoutValue, textsOf } from "./stored_values.ts";
import { isPattern, isUniversalPattern } from "./wildcard.ts";

/** How to read an identifier. */
export interface IdentifierOptions {
  /** The information model, which follows from the abstract syntax. */
  readonly model: InformationModel;
  /** What it is for; `find` by default. */
  readonly operation?: QueryOperation;
  /** What was negotiated; nothing by default. */
  readonly matching?: Partial<MatchingOptions>;
  /** The dialect of the peer; `DEFAULT_DIALECT` by default. */
  readonly dialect?: Partial<Dialect>;
}

/** What an identifier asks for. */
export interface ReadIdentifier {
  /** The query; its keys are the identifier itself. */
  readonly query: Query;
  /** What was read as what it was likely to mean. */
  readonly warnings: readonly QueryWarning[];
}

/** Values of (0008,0052) that mean a level, and aren't its name. */
const ALSO_LEVELS: ReadonlyMap<string, QueryLevel> = new Map([["INSTANCE", "IMAGE"], ["COMPOSITE", "IMAGE"]]);

/**
 * Reads an identifier. Keys are read by `compileQuery()`.
 *
 * @throws {IdentifierError} on a level or a hierarchy that the dialect doesn't take, and on a retrieval of no unique key
 */
export function readIdentifier(identifier: DataSet, options: IdentifierOptions): ReadIdentifier {
  const { model, operation = "find", matching = {} } = options;
  const dialect = { ...DEFAULT_DIALECT, ...options.dialect };
  const warnings: QueryWarning[] = [];
  const warn = (tag: number, message: string) => void warnings.push({ tag, message: `${nameTag(tag)}: ${message}` });
  if (model === "worklist") {
    return { query: createQuery({ model, level: "WORKLIST", keys: identifier, matching, dialect }), warnings };
  }
  const level = readLevel(identifier, model, dialect, warn);
  if (dialect.strict && !matching.relational) checkHierarchy(identifier, model, level);
  else warnOfMissingKeys(identifier, model, level, warn);
  if (operation !== "find") checkSelection(identifier, level, dialect);
  return { query: createQuery({ model, level, keys: identifier, matching, dialect }), warnings };
}

type Warn = (tag: number, message: string) => void;

function readLevel(identifier: DataSet, model: InformationModel, dialect: Dialect, warn: Warn): QueryLevel {
  const text = textsOf(identifier.element(QUERY_RETRIEVE_LEVEL), "CS", identifier).join("\\");
  const level = QUERY_LEVELS.find((level) => level === text);
  const known = levelsOf(model);
  if (level !== undefined && (known.includes(level) || !dialect.strict)) {
    if (!known.includes(level)) {
      warn(QUERY_RETRIEVE_LEVEL, `${level} is no level of ${model}, and is answered all the same`);
    }
    return level;
  }
  if (level !== undefined) throw noLevel(`${level} is no level of ${model}`, `${level} not in this model`);
  if (!dialect.inferLevel) {
    throw text === "" ? noLevel("it is missing", "missing") : noLevel("its value is no level", "unknown level");
  }
  const meant = text.toUpperCase();
  const inferred = QUERY_LEVELS.find((level) => level === meant) ?? ALSO_LEVELS.get(meant) ??
    inferLevel(identifier, model);
  warn(
    QUERY_RETRIEVE_LEVEL,
    `${text === "" ? "it is missing" : "its value is no level"}, and is taken for ${inferred}`,
  );
  return inferred;
}

function noLevel(problem: string, comment: string): IdentifierError {
  const expected = "expected PATIENT, STUDY, SERIES or IMAGE";
  return new IdentifierError(`Cannot read ${nameTag(QUERY_RETRIEVE_LEVEL)}: ${problem}, ${expected}`, {
    tag: QUERY_RETRIEVE_LEVEL,
    comment: `${nameTag(QUERY_RETRIEVE_LEVEL)}: ${comment}`,
  });
}

/** The level of the deepest unique key, or else of the deepest key that a table names. */
function inferLevel(identifier: DataSet, model: InformationModel): QueryLevel {
  const upwards = [...levelsOf(model)].reverse();
  const unique = upwards.find((level) => identifier.has(UNIQUE_KEYS[level]));
  if (unique !== undefined) return unique;
  const present = new Set<QueryLevel | undefined>();
  for (const { tag } of identifier) if (findKey(tag) !== undefined) present.add(levelOfAttribute(tag));
  return upwards.find((level) => present.has(level)) ?? levelsOf(model)[0]!;
}

/**
 * Without relational queries, each level above has to be named by one value of its unique key, and no other keys of another
 * level may be there (PS3.4 C.4.1.2.1 and C.4.1.3.1). In the Study Root the patient's are those of the study.
 */
function checkHierarchy(identifier: DataSet, model: InformationModel, level: QueryLevel): void {
  const levels = levelsOf(model);
  for (const above of levels.slice(0, levels.indexOf(level))) {
    const tag = UNIQUE_KEYS[above];
    const values = textsOf(identifier.element(tag), "LO", identifier).filter((text) => text !== "");
    if (values.length !== 1 || isPattern(values[0]!)) {
      throw wrongHierarchy(tag, `expected one value of the ${above} above`, `one value needed`);
    }
  }
  for (const { tag } of identifier) {
    const own = isAboutQuery(tag) || tag === SPECIFIC_CHARACTER_SET ? undefined : findKey(tag)?.level;
    if (own === undefined) continue;
    const at = levels.includes(own) ? own : levels[0]!;
    if (at === level || (isBelow(level, at) && tag === UNIQUE_KEYS[at])) continue;
    throw wrongHierarchy(tag, `it is no key of the ${level} level`, `no key at ${level}`);
  }
}

function wrongHierarchy(tag: number, problem: string, comment: string): IdentifierError {
  return new IdentifierError(
    `Cannot match ${nameTag(tag)}: ${problem}, and relational queries were not negotiated`,
    {
      tag,
      comment: `${nameTag(tag)}: ${comment}`,
    },
  );
}

function warnOfMissingKeys(identifier: DataSet, model: InformationModel, level: QueryLevel, warn: Warn): void {
  const levels = levelsOf(model);
  for (const above of levels.slice(0, Math.max(0, levels.indexOf(level)))) {
    const tag = UNIQUE_KEYS[above];
    if (!isWithoutValue(identifier.element(tag), "LO", identifier)) continue;
    warn(tag, `it has no value at the ${level} level, and the query is answered relationally`);
  }
}

/** A retrieval names what it wants: without a unique key it would be of everything. */
function checkSelection(identifier: DataSet, level: QueryLevel, { strict }: Dialect): void {
  const candidates = strict ? [level] : QUERY_LEVELS.filter((other) => !isBelow(other, level));
  const named = candidates.filter((other) => {
    const values = textsOf(identifier.element(UNIQUE_KEYS[other]), "LO", identifier);
    return values.some((text) => text !== "" && !isUniversalPattern(text));
  });
  if (named.length === 0) {
    const tag = UNIQUE_KEYS[level];
    throw new IdentifierError(`Cannot retrieve: ${nameTag(tag)} has no value, expected one or a list`, {
      tag,
      comment: `${nameTag(tag)}: missing`,
    });
  }
  const id = textsOf(identifier.element(UNIQUE_KEYS.PATIENT), "LO", identifier);
  if (id.some((text) => isPattern(text) && !isUniversalPattern(text))) {
    throw new IdentifierError(`Cannot retrieve: ${nameTag(UNIQUE_KEYS.PATIENT)} has wild cards, expected none`, {
      tag: UNIQUE_KEYS.PATIENT,
      comment: `${nameTag(UNIQUE_KEYS.PATIENT)}: no wild cards here`,
    });
  }
}
