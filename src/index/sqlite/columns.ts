/**
 * The attributes that SQL can look for, and what stands in their columns.
 *
 * A column has one value, in the form that is compared. An entity that has several values for one of its columns, or text
 * that SQL would not compare as we do, is `odd`: it is looked at by itself.
 *
 * @module
 */

import type { DataSet } from "../../dicom/data_set/data_set.ts";
import type { Vr } from "../../dicom/vr.ts";
import type { QueryLevel } from "../../query/levels.ts";
import { nameGroups } from "../../query/person_name_key.ts";
import { numbersOf, textsOf } from "../../query/stored_values.ts";
import { DAY, type Span, spanOf } from "../../query/temporal.ts";

/** How an attribute is compared, which says what its columns have: those of `COLUMN_SUFFIXES`. */
export type ColumnKind = "text" | "name" | "date" | "time" | "number";

/** An attribute with columns. */
export interface Column {
  readonly tag: number;
  readonly vr: Vr;
  readonly kind: ColumnKind;
  /** Its name; that of its columns are this and a suffix. */
  readonly name: string;
}

/** Columns of each kind: names have one a component group, and times their first and last microsecond. */
export const COLUMN_SUFFIXES: Readonly<Record<ColumnKind, readonly string[]>> = {
  text: [""],
  name: ["_alphabetic", "_ideographic", "_phonetic"],
  /** The number of the day from 1970-01-01. */
  date: [""],
  time: ["_first", "_last"],
  number: [""],
};

const column = (tag: number, vr: Vr, kind: ColumnKind, name: string): Column => ({ tag, vr, kind, name });

/** What SQL can look for at each level; the study has the patient's as well. */
export const COLUMNS: Readonly<Record<Exclude<QueryLevel, "IMAGE">, readonly Column[]>> = {
  PATIENT: [
    column(0x0010_0020, "LO", "text", "patient_id"),
    column(0x0010_0021, "LO", "text", "issuer"),
    column(0x0010_0010, "PN", "name", "patient_name"),
    column(0x0010_0030, "DA", "date", "birth_date"),
    column(0x0010_0040, "CS", "text", "sex"),
  ],
  STUDY: [
    column(0x0008_0020, "DA", "date", "study_date"),
    column(0x0008_0030, "TM", "time", "study_time"),
    column(0x0008_0050, "SH", "text", "accession_number"),
    column(0x0020_0010, "SH", "text", "study_id"),
    column(0x0008_1030, "LO", "text", "study_description"),
    column(0x0008_0090, "PN", "name", "referring_name"),
  ],
  SERIES: [
    column(0x0008_0060, "CS", "text", "modality"),
    column(0x0020_0011, "IS", "number", "series_number"),
    column(0x0008_103e, "LO", "text", "series_description"),
    column(0x0018_0015, "CS", "text", "body_part"),
    column(0x0018_1030, "LO", "text", "protocol"),
    column(0x0008_1010, "SH", "text", "station"),
    column(0x0008_0080, "LO", "text", "institution"),
    column(0x0008_0021, "DA", "date", "series_date"),
  ],
};

/** Names of the columns of attributes, in their order. */
export function columnNames(columns: readonly Column[]): string[] {
  return columns.flatMap(({ kind, name }) => COLUMN_SUFFIXES[kind].map((suffix) => name + suffix));
}

/** As `create table` has them. */
export function columnDefinitions(columns: readonly Column[]): string {
  return columns.flatMap(({ kind, name }) => {
    const type = kind === "text" || kind === "name" ? "text" : "integer";
    return COLUMN_SUFFIXES[kind].map((suffix) => `  ${name}${suffix} ${type},\n`);
  }).join("");
}

/** A value of a column; null where no search can find one. */
export type ColumnValue = string | number | null;

/** What stands in the columns of an entity. */
export interface ColumnValues {
  /** In the order of `columnNames()`. */
  readonly values: readonly ColumnValue[];
  /** Whether they don't tell all. */
  readonly odd: boolean;
}

/** What stands in the columns of an entity with these attributes. */
export function columnValues(attributes: DataSet, columns: readonly Column[]): ColumnValues {
  const values: ColumnValue[] = [];
  let odd = false;
  for (const { tag, vr, kind } of columns) {
    const found = read(attributes, tag, vr, kind);
    if (found === "odd") odd = true;
    for (let index = 0; index < COLUMN_SUFFIXES[kind].length; index++) {
      const value = found === "odd" ? undefined : found?.[index];
      values.push(value === undefined || value === "" ? null : value);
    }
  }
  return { values, odd };
}

function read(attributes: DataSet, tag: number, vr: Vr, kind: ColumnKind): readonly ColumnValue[] | "odd" | undefined {
  const element = attributes.element(tag);
  if (element === undefined) return undefined;
  switch (kind) {
    case "text":
      return one(textsOf(element, vr, attributes), (text) => isComparable(text) ? [text] : "odd");
    case "name":
      return one(textsOf(element, vr, attributes), (text) => isComparable(text) ? nameGroups(text) : "odd");
    case "number":
      return one(numbersOf(element, vr, attributes), (number) => typeof number === "number" ? [number] : "odd");
    case "date":
      return one(spansOf(attributes, tag, "DA"), ({ first }) => [Math.floor(first / DAY)]);
    case "time":
      return one(spansOf(attributes, tag, "TM"), ({ first, last }) => [first, last]);
  }
}

function one<T>(
  values: readonly T[],
  make: (value: T) => readonly ColumnValue[] | "odd",
): readonly ColumnValue[] | "odd" | undefined {
  return values.length > 1 ? "odd" : values.length === 0 ? undefined : make(values[0]!);
}

function spansOf(attributes: DataSet, tag: number, vr: "DA" | "TM"): Span[] {
  const spans: Span[] = [];
  for (const text of textsOf(attributes.element(tag), vr, attributes)) {
    const span = spanOf(text, vr);
    if (span !== undefined) spans.push(span);
  }
  return spans;
}

/** Whether SQL sees the characters that we see: none is NUL, half of a pair, or beyond all that prefixes are looked for. */
export function isComparable(text: string): boolean {
  return !text.includes("\0") && !/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(text) &&
    !text.includes("\u{10ffff}");
}
