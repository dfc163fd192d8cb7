/**
 * Tests of values by their VR: as text, names, numbers, dates and times, or ages.
 *
 * @module
 */

import { parseTag } from "../../dicom/dictionary.ts";
import { type Vr, vrDefinition } from "../../dicom/vr.ts";
import { nameTest, parseNameKey } from "../../query/person_name_key.ts";
import { isBackwards, isWithin, type MomentRange, parseMomentRange, readLooseDateRange } from "../../query/temporal.ts";
import type { TemporalVr } from "../../query/temporal.ts";
import { isUniversalPattern, wildcardTest } from "../../query/wildcard.ts";
import { regexTest } from "./regex/linear_regex.ts";
import type { Plain, ValueRange } from "./rule.ts";
import type { SubjectValues } from "./subject_values.ts";

/** Whether one of the values meets a demand. */
export type ValueTest = (values: SubjectValues) => boolean;

/** A demand that doesn't fit a VR; `expected` says which demands do. */
export class UnfitValueError extends TypeError {
  override readonly name = "UnfitValueError";
  /** What was expected. */
  readonly expected: string;

  /** An error that says what was expected. */
  constructor(expected: string) {
    super(`Cannot test a value: expected ${expected}`);
    this.expected = expected;
  }
}

const LONGEST_PATTERN = 1024;

type Compared = "text" | "name" | "number" | "moment" | "bytes";

function comparedAs(vr: Vr): Compared {
  if (vr === "PN") return "name";
  if (vr === "DS" || vr === "IS") return "number";
  if (isTemporal(vr)) return "moment";
  const { kind } = vrDefinition(vr);
  return kind === "binary" ? "number" : kind === "text" ? "text" : "bytes";
}

function isTemporal(vr: Vr): vr is TemporalVr {
  return vr === "DA" || vr === "TM" || vr === "DT";
}

/** Whether a value is one of these. Throws `UnfitValueError`, as all here. */
export function equalityTest(wanted: readonly Plain[], vr: Vr): ValueTest {
  switch (comparedAs(vr)) {
    case "text": {
      const texts = new Set(wanted.map((plain) => textOf(plain, vr)));
      return ({ texts: stored }) => stored.some((text) => texts.has(text));
    }
    case "name": {
      const texts = wanted.map((plain) => textOf(plain, vr));
      if (texts.some((text) => /[*?]/.test(text))) {
        throw new UnfitValueError("a name without wild cards; glob has them");
      }
      return anyOf(texts.map(nameGlob));
    }
    case "number": {
      const numbers = new Set(wanted.map((plain) => numberOf(plain, vr)));
      return ({ numbers: stored }) => stored.some((number) => numbers.has(Number(number)));
    }
    case "moment":
      return momentTest(wanted.map((plain) => momentsOf(plain, vr as TemporalVr)), vr as TemporalVr);
    case "bytes":
      throw onlyPresent(vr);
  }
}

/** Whether a value has a form. */
export function globTest(glob: string, vr: Vr): ValueTest {
  checkPattern(glob, vr);
  const compared = comparedAs(vr);
  if (compared === "number") throw new UnfitValueError(`a number, or a range: ${vr} has no text`);
  if (compared === "bytes") throw onlyPresent(vr);
  if (compared === "name") return nameGlob(glob);
  if (isUniversalPattern(glob)) return ({ texts }) => texts.some((text) => text !== "");
  const test = wildcardTest(glob);
  return ({ texts }) => texts.some(test);
}

/** Whether an expression is found in a value. */
export function expressionTest(expression: string, vr: Vr): ValueTest {
  const compared = comparedAs(vr);
  if (compared === "number") throw new UnfitValueError(`equals, in or range: ${vr} has no text`);
  if (compared === "bytes") throw onlyPresent(vr);
  const test = compileRegex(expression);
  return ({ texts }) => texts.some(test);
}

function compileRegex(expression: string): (text: string) => boolean {
  try {
    return regexTest(expression);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new UnfitValueError(`a regular expression of the documented kind: ${error.message}`);
  }
}

/** Whether a value lies between two. */
export function rangeTest(range: ValueRange, vr: Vr): ValueTest {
  if (vr === "AS") return ageRange(range);
  const { from, to } = range;
  const compared = comparedAs(vr);
  if (compared === "number") {
    const [least, most] = [
      from === undefined ? -Infinity : numberOf(from, vr),
      to === undefined ? Infinity : numberOf(to, vr),
    ];
    if (least > most) throw backwards();
    return ({ numbers }) => numbers.some((number) => number >= least && number <= most);
  }
  if (compared !== "moment") {
    throw new UnfitValueError(`equals, in, glob or regex: ${vr} has no order, numbers, dates, times and ages have`);
  }
  const temporal = vr as TemporalVr;
  const first = from === undefined ? undefined : momentsOf(from, temporal).from;
  const last = to === undefined ? undefined : momentsOf(to, temporal).to;
  const moments: MomentRange = { ...(first && { from: first }), ...(last && { to: last }) };
  if (isBackwards(moments)) throw backwards();
  return momentTest([moments], temporal);
}

function momentTest(ranges: readonly MomentRange[], vr: TemporalVr): ValueTest {
  return (values) =>
    values.spans(vr).some(({ span, offset }) => ranges.some((range) => isWithin(span, range, { ofSpan: offset })));
}

function nameGlob(text: string): ValueTest {
  const key = parseNameKey(text, "literal");
  if (key === undefined) return ({ names }) => names.some((groups) => groups.length > 0);
  const test = nameTest(key);
  return ({ names }) => names.some(test);
}

function anyOf(tests: readonly ValueTest[]): ValueTest {
  return (values) => tests.some((test) => test(values));
}

function textOf(plain: Plain, vr: Vr): string {
  if (typeof plain === "string") return vr === "AS" ? ageOf(plain) : checkPattern(plain, vr);
  throw new UnfitValueError(`text in quotation marks, such as "${plain}": ${vr} is text, and 007 is not 7`);
}

function checkPattern(text: string, vr: Vr): string {
  if (text.length > LONGEST_PATTERN) throw new UnfitValueError(`at most ${LONGEST_PATTERN} characters`);
  // A value of CS has capitals alone, so a rule with small letters would never match.
  if (vr === "CS" && /[a-z]/.test(text)) {
    throw new UnfitValueError(
      `"${text.toUpperCase()}", since CS has no small letters (a regex matches files that break this)`,
    );
  }
  return text;
}

const DECIMAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[Ee][+-]?\d+)?$/;

function numberOf(plain: Plain, vr: Vr): number {
  if (vr === "AT") {
    const tag = parseTag(String(plain));
    if (tag !== undefined) return tag;
    throw new UnfitValueError("a tag such as (0018,1063), or a keyword");
  }
  if (typeof plain === "number" ? Number.isFinite(plain) : DECIMAL.test(plain.trim())) return Number(plain);
  throw new UnfitValueError(`a number: ${vr} has no text`);
}

const EXAMPLES: Readonly<Record<TemporalVr, string>> = {
  DA: 'a date such as "20250131" or "2025-01-31"',
  TM: 'a time in quotation marks such as "0830" or "083059"',
  DT: 'a date with a time such as "202501310830"',
};

/** The time span that a value stands for. */
function momentsOf(plain: Plain, vr: TemporalVr): MomentRange {
  const text = String(plain).trim();
  try {
    const range = parseMomentRange(text, vr);
    if (range.single) return range;
  } catch {
    const loose = vr === "DA" ? readLooseDateRange(text) : undefined;
    if (loose?.single) return loose;
  }
  throw new UnfitValueError(EXAMPLES[vr]);
}

/** Days in what the letters of AS stand for; those of a month and a year on average. */
const DAYS: Readonly<Record<string, number>> = { D: 1, W: 7, M: 365.25 / 12, Y: 365.25 };
const AGE_EXAMPLES = 'an age such as "018Y", "006M", "002W" or "010D"';
const AGE = /^(\d{1,3})([DWMY])$/;

function daysOf(text: string): number | undefined {
  const age = AGE.exec(text);
  return age === null ? undefined : Number(age[1]) * DAYS[age[2]!]!;
}

/** An age as it is stored, with three digits. */
function ageOf(text: string): string {
  if (AGE.test(text)) return text.padStart(4, "0");
  throw new UnfitValueError(AGE_EXAMPLES);
}

function ageRange({ from, to }: ValueRange): ValueTest {
  const [least, most] = [from, to].map((plain) => {
    const days = plain === undefined ? undefined : daysOf(String(plain));
    if (plain !== undefined && days === undefined) {
      throw new UnfitValueError(AGE_EXAMPLES);
    }
    return days;
  });
  if ((least ?? 0) > (most ?? Infinity)) throw backwards();
  return ({ texts }) =>
    texts.some((text) => {
      const days = daysOf(text);
      return days !== undefined && days >= (least ?? 0) && days <= (most ?? Infinity);
    });
}

function backwards(): UnfitValueError {
  return new UnfitValueError("a range that does not end before it begins");
}

function onlyPresent(vr: Vr): UnfitValueError {
  return new UnfitValueError(`present: true or false, since ${vr} has no values to compare`);
}
