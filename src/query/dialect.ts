/**
 * How peers ask and answer, as data: what was negotiated, and what is known of a peer.
 *
 * @module
 */

/** What an association may have negotiated for queries (PS3.4 Table C.5-1), or a request's parameters have asked for. */
export interface MatchingOptions {
  /** Keys of any level without the unique keys above (byte 1). */
  readonly relational: boolean;
  /** A range of dates and one of times are one range of moments (byte 2; PS3.4 C.2.2.2.5). */
  readonly combinedDateTime: boolean;
  /** Each word of a name may be the beginning of any word of the stored name (byte 3). */
  readonly fuzzyNames: boolean;
  /**
   * Answers state their time zone unasked (byte 4). The zone that a query states counts with or without this option: a peer
   * that states a zone means it.
   */
  readonly timezoneAdjustment: boolean;
  /** Two quotation marks match what has no value (byte 6; PS3.4 C.2.2.2.7). */
  readonly emptyValue: boolean;
  /** All values of a key have to be there, not one of them (byte 7; PS3.4 C.2.2.2.8). */
  readonly multipleValue: boolean;
}

/** Nothing was negotiated. */
export const NOTHING_NEGOTIATED: MatchingOptions = Object.freeze({
  relational: false,
  combinedDateTime: false,
  fuzzyNames: false,
  timezoneAdjustment: false,
  emptyValue: false,
  multipleValue: false,
});

/**
 * How a person's name is matched without fuzzy matching: as a whole, wild cards aside; or each component as the beginning
 * of the stored one, so that a family name alone finds all patients with it.
 */
export type NameMatching = "literal" | "component-prefix";

/**
 * How a peer's queries and answers differ from the standard. `DEFAULT_DIALECT` accepts everything that can be understood.
 */
export interface Dialect {
  /** Refuse identifiers that break the hierarchy unless relational queries were negotiated; false by default. */
  readonly strict: boolean;
  /** How names are matched; literally by default. */
  readonly names: NameMatching;
  /**
   * Defined terms of the character set of what it is sent: answers, and queries. `request` by default: that of its request
   * where this has all the characters, else the one that the values were stored with.
   */
  readonly characterSet: "request" | readonly string[];
  /** Take a range of dates and one of times as one range of moments though it wasn't negotiated; false by default. */
  readonly combinedDateTime: boolean;
  /** A lone `*` is universal for every VR, UIDs and dates too; true by default. */
  readonly universalAsterisk: boolean;
  /** Find the level from the keys where (0008,0052) is missing or unknown; true by default. */
  readonly inferLevel: boolean;
  /** Read `2025-01-31`, `202501` and `2025` as what they mean; true by default. They are refused otherwise. */
  readonly lenientDates: boolean;
  /** How to query the peer for any value of a unique key: with no value by default, or with `*`. */
  readonly universalUid: "empty" | "asterisk";
  /** Longest time without a response while it waits for a C-MOVE or C-GET, in milliseconds; 2000. */
  readonly pendingInterval: number;
}

/** Takes whatever can be understood. */
export const DEFAULT_DIALECT: Dialect = Object.freeze({
  strict: false,
  names: "literal",
  characterSet: "request",
  combinedDateTime: false,
  universalAsterisk: true,
  inferLevel: true,
  lenientDates: true,
  universalUid: "empty",
  pendingInterval: 2000,
});
