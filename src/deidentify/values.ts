/**
 * Values in place of others: dummies, dates that were moved, ages that are no longer rare.
 *
 * @module
 */

import type { DataElement, DataSet } from "../dicom/data_set/data_set.ts";
import { dictionaryVr } from "../dicom/implied_vr.ts";
import { daysIn, formatDate, parseDate, parseDateTime } from "../dicom/values/date_time.ts";
import { type Vr, vrDefinition } from "../dicom/vr.ts";

/** What stands in place of text. */
export const DUMMY = "ANONYMIZED";

const DUMMIES: Partial<Record<Vr, string | number>> = {
  AS: "000Y",
  AT: 0,
  DA: "19000101",
  DS: "0",
  DT: "19000101000000",
  FD: 0,
  FL: 0,
  IS: "0",
  SL: 0,
  SS: 0,
  TM: "000000",
  UI: "2.25.0",
  UL: 0,
  UR: "urn:anonymized",
  US: 0,
};

/** The VR to write an attribute with: its own where it may have that, else that of the dictionary. */
function rightVr({ tag, vr }: DataElement): Vr {
  return mayHave(tag, vr) ? vr : firstVr(tag, vr);
}

/** Whether the dictionary gives an attribute this VR. A private one may have any. */
export function mayHave(tag: number, vr: Vr): boolean {
  const known = dictionaryVr(tag);
  return known !== undefined && (known === "UN" || known.split(" or ").includes(vr));
}

function firstVr(tag: number, otherwise: Vr): Vr {
  const known = dictionaryVr(tag)?.split(" or ")[0];
  return known === undefined || known === "NONE" ? otherwise : known as Vr;
}

/** Puts a dummy in the place of an element that is no sequence. */
export function setDummy(dataSet: DataSet, element: DataElement): void {
  const vr = rightVr(element);
  if (vr === "SQ") return void dataSet.set(element.tag, [], { vr });
  const { kind, size } = vrDefinition(vr);
  const dummy = DUMMIES[vr] ?? (kind === "text" ? DUMMY : new Uint8Array(Math.max(size, 2)));
  dataSet.set(element.tag, dummy, { vr });
}

/** Gives an element zero length. */
export function setEmpty(dataSet: DataSet, element: DataElement): void {
  dataSet.set(element.tag, null, { vr: rightVr(element) });
}

/** A date or a date with a time, earlier by whole days, as precise as it was. Undefined for what is none. */
export function shiftedDate(text: string, vr: "DA" | "DT", days: number): string | undefined {
  try {
    if (vr === "DA") {
      const { year, month, day } = parseDate(text);
      return formatDate(dayOf(year, month, day, days));
    }
    const { year, month, day } = parseDateTime(text);
    // Without a day or a month the middle of what is written is moved.
    const moved = dayOf(year, month ?? 7, day ?? (month === undefined ? 1 : 15), days);
    const written = month === undefined ? 4 : day === undefined ? 6 : 8;
    return formatDate(moved).slice(0, written) + text.trim().slice(written);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function dayOf(year: number, month: number, day: number, days: number): { year: number; month: number; day: number } {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, Math.min(day, daysIn(year, month)) - days);
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}

/** An age of which there are many: above 89 years it is 90. */
export function commonAge(text: string): string {
  const years = /^(\d{3})Y$/.exec(text)?.[1];
  return years !== undefined && Number(years) > 89 ? "090Y" : text;
}

/** What values of VRs that are text with a form may look like. Longer ones could hold more than they say. */
const FORMS: Partial<Record<Vr, RegExp>> = {
  AE: /^[\x20-\x7e]{0,16}$/,
  AS: /^(?:\d{3}[DWMY])?$/,
  CS: /^[\x20-\x7e]{0,16}$/,
  DA: /^(?:\d{4}\.?\d\d\.?\d\d)?$/,
  DS: /^[\d+\-.eE ]{0,24}$/,
  DT: /^[\d+\-.]{0,26}$/,
  IS: /^[\d+\- ]{0,16}$/,
  TM: /^[\d.:]{0,16}$/,
  UI: /^[\d.]{0,64}$/,
};

/** Whether a value that is to be kept is what its VR says, and nothing hides in it. */
export function hasForm(texts: readonly string[], vr: Vr): boolean {
  const form = FORMS[vr];
  // deno-lint-ignore no-control-regex
  return texts.every((text) => form === undefined ? !/[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]/.test(text) : form.test(text));
}
