/**
 * What the keys of a query demand, as data: every other form of a query, such as SQL, is made from this.
 *
 * @module
 */

import type { Vr } from "../dicom/vr.ts";
import type { NameKey } from "./person_name_key.ts";
import type { MomentRange, TemporalVr } from "./temporal.ts";

/** What one key demands of the attribute with its tag. `kind` tells which type of matching it is. */
export type Criterion =
  | EmptyCriterion
  | UidCriterion
  | TextCriterion
  | NameCriterion
  | NumberCriterion
  | RangeCriterion
  | DateTimeCriterion
  | SequenceCriterion
  | PrivateCriterion;

/** What all have. */
export interface CriterionBase {
  /** The attribute, as it stands in what is matched: a private one by the block that the key has. */
  readonly tag: number;
}

/** Empty Value Matching (PS3.4 C.2.2.2.7): the attribute is absent or has no value. */
export interface EmptyCriterion extends CriterionBase {
  /** Tells it from the others. */
  readonly kind: "empty";
}

/** List of UID Matching, and Single Value Matching of a UID (PS3.4 C.2.2.2.2). */
export interface UidCriterion extends CriterionBase {
  /** Tells it from the others. */
  readonly kind: "uid";
  /** One of them is there. */
  readonly values: ReadonlySet<string>;
}

/** Single Value and Wild Card Matching of text, case-sensitive (PS3.4 C.2.2.2.1, C.2.2.2.4). */
export interface TextCriterion extends CriterionBase {
  /** Tells it from the others. */
  readonly kind: "text";
  /** Its VR. */
  readonly vr: Vr;
  /** Values as they stand, without padding. */
  readonly values: ReadonlySet<string>;
  /** Values with wild cards. */
  readonly patterns: readonly string[];
  /** Whether all have to be there (PS3.4 C.2.2.2.8); else one is enough. */
  readonly all: boolean;
}

/** Matching of person names. */
export interface NameCriterion extends CriterionBase {
  /** Tells it from the others. */
  readonly kind: "name";
  /** The names. */
  readonly names: readonly NameKey[];
  /** Whether all have to be there; else one is enough. */
  readonly all: boolean;
}

/** Single Value Matching of numbers by their value, in whatever notation (PS3.4 C.2.2.2.1). */
export interface NumberCriterion extends CriterionBase {
  /** Tells it from the others. */
  readonly kind: "number";
  /** Its VR. */
  readonly vr: Vr;
  /** The numbers. */
  readonly values: ReadonlySet<number | bigint>;
  /** Whether all have to be there (AT alone has that); else one is enough. */
  readonly all: boolean;
}

/** Range and Single Value Matching of dates and times (PS3.4 C.2.2.2.5). */
export interface RangeCriterion extends CriterionBase {
  /** Tells it from the others. */
  readonly kind: "range";
  /** Its VR. */
  readonly vr: TemporalVr;
  /** A value is in one of them. */
  readonly ranges: readonly MomentRange[];
  /**
   * For DA and TM where the query states a time zone: the other half of the moment, with which a stored value goes over to
   * that zone.
   */
  readonly counterpart?: number;
}

/** A date and a time of day as one range of moments (PS3.4 C.2.2.2.5, combined date-time matching). */
export interface DateTimeCriterion extends CriterionBase {
  /** Tells it from the others. */
  readonly kind: "date-time";
  /** The attribute of the time; `tag` is that of the date. */
  readonly timeTag: number;
  /** The moments. */
  readonly range: MomentRange;
}

/** Sequence Matching (PS3.4 C.2.2.2.6): some item meets all that some list demands. */
export interface SequenceCriterion extends CriterionBase {
  /** Tells it from the others. */
  readonly kind: "sequence";
  /** A list for each item of the key; the standard has one. */
  readonly items: readonly (readonly Criterion[])[];
}

/** A private attribute, found by its creator whatever block this has reserved (PS3.5 7.8). */
export interface PrivateCriterion extends CriterionBase {
  /** Tells it from the others. */
  readonly kind: "private";
  /** The Private Creator. */
  readonly creator: string;
  /** What is demanded of the attribute, whose tag is that in the data set that is matched. */
  readonly criterion: Criterion;
}

/** A key that is not matched although it has a value. */
export interface UnmatchedKey {
  /** The key. */
  readonly tag: number;
  /** Why. */
  readonly reason: "below-level" | "not-matchable";
}

/** Something in a query that was read as what it was likely to mean. No values are named. */
export interface QueryWarning {
  /** The key, when it is one. */
  readonly tag?: number;
  /** What was found, and what became of it. */
  readonly message: string;
}

/** What a whole query demands. */
export interface Criteria {
  /** All of them have to be met. */
  readonly all: readonly Criterion[];
  /** Keys that are returned and not matched: a C-FIND says so with status 0xFF01 on each answer. */
  readonly unmatched: readonly UnmatchedKey[];
  /** What was read as what it was likely to mean. */
  readonly warnings: readonly QueryWarning[];
  /** Minutes east of UTC that the query states, where it does. */
  readonly timezoneOffset?: number;
}
