/**
 * A query as data: its level, its information model, and its keys.
 *
 * @module
 */

import { ValueElement } from "../dicom/data_set/data_element.ts";
import type { DataSet } from "../dicom/data_set/data_set.ts";
import { vrDefinition } from "../dicom/vr.ts";
import { DEFAULT_DIALECT, type Dialect, type MatchingOptions, NOTHING_NEGOTIATED } from "./dialect.ts";
import { type EntityLevel, type InformationModel, UNIQUE_KEYS } from "./levels.ts";

/** A question to a source of instances, or to a worklist. */
export interface Query {
  /** The information model. */
  readonly model: InformationModel;
  /** What the answers are: entities of this level. */
  readonly level: EntityLevel;
  /**
   * The keys to match, and those to return, which have no value. Specific Character Set (0008,0005) and Timezone Offset From
   * UTC (0008,0201) are not matched: they say what the keys mean.
   */
  readonly keys: DataSet;
  /** What was negotiated, or asked for by other means. */
  readonly matching: MatchingOptions;
  /** Dialect of the peer that asks. */
  readonly dialect: Dialect;
}

/** A query in the making. */
export interface QueryInit {
  /** The information model; `study-root` by default. */
  readonly model?: InformationModel;
  /** What the answers are. */
  readonly level: EntityLevel;
  /** The keys. */
  readonly keys: DataSet;
  /** Nothing negotiated by default. */
  readonly matching?: Partial<MatchingOptions>;
  /** `DEFAULT_DIALECT` by default. */
  readonly dialect?: Partial<Dialect>;
}

/** A query of these keys. */
export function createQuery({ model = "study-root", level, keys, matching, dialect }: QueryInit): Query {
  return {
    model,
    level,
    keys,
    matching: { ...NOTHING_NEGOTIATED, ...matching },
    dialect: { ...DEFAULT_DIALECT, ...dialect },
  };
}

/** Specific Character Set. */
export const SPECIFIC_CHARACTER_SET = 0x0008_0005;
/** Query/Retrieve Level. */
export const QUERY_RETRIEVE_LEVEL = 0x0008_0052;
/** Query/Retrieve View. */
const QUERY_RETRIEVE_VIEW = 0x0008_0053;
/** Retrieve AE Title. */
export const RETRIEVE_AE_TITLE = 0x0008_0054;
/** Instance Availability. */
export const INSTANCE_AVAILABILITY = 0x0008_0056;
/** Retrieve URL. */
export const RETRIEVE_URL = 0x0008_1190;
/** Timezone Offset From UTC. */
export const TIMEZONE_OFFSET_FROM_UTC = 0x0008_0201;

const LENGTH_TO_END = 0x0008_0001;
const DATA_SET_TRAILING_PADDING = 0xfffc_fffc;

/** Attributes that say how to ask, and are neither matched nor returned. */
export function isAboutQuery(tag: number): boolean {
  return (tag & 0xffff) === 0 || tag === QUERY_RETRIEVE_LEVEL || tag === QUERY_RETRIEVE_VIEW ||
    tag === LENGTH_TO_END || tag === DATA_SET_TRAILING_PADDING || tag >>> 16 <= 0x0002;
}

/**
 * The identifier of a C-FIND-RQ, C-MOVE-RQ or C-GET-RQ, in the dialect of the peer: with the level, and text in its
 * character set.
 *
 * @throws {DataSetError} on text that the peer's character set does not have
 */
export function toIdentifier(query: Query): DataSet {
  const { level, keys, dialect } = query;
  const identifier = keys.copy();
  if (dialect.characterSet !== "request") identifier.set("SpecificCharacterSet", [...dialect.characterSet]);
  if (identifier.getText(SPECIFIC_CHARACTER_SET) === "") identifier.delete(SPECIFIC_CHARACTER_SET);
  if (level === "WORKLIST") return identifier;
  identifier.set("QueryRetrieveLevel", level);
  if (dialect.universalUid === "asterisk") writeAsterisks(identifier);
  return identifier;
}

/** Puts `*` in the place of no value in the unique keys: as an element, for `*` is no UID. */
function writeAsterisks(identifier: DataSet): void {
  for (const tag of Object.values(UNIQUE_KEYS)) {
    const element = identifier.element(tag);
    if (element?.kind !== "value" || element.length > 0) continue;
    const { vr } = element;
    identifier.setElement(new ValueElement(tag, vr, Uint8Array.of(ASTERISK, vrDefinition(vr).padding)));
  }
}

const ASTERISK = 0x2a;
