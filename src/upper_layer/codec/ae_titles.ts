/**
 * The AE titles of an A-ASSOCIATE-RQ, and the fields that an A-ASSOCIATE-AC says again as they came (PS3.8 9.3.2, 9.3.3).
 *
 * @module
 */

import type { AAssociateRq } from "../pdu.ts";
import type { FieldReader } from "./field_reader.ts";
import { AE_TITLE_LENGTH } from "./pdu_codes.ts";

/** Length in bytes of the reserved field behind the AE titles. */
const RESERVED_LENGTH = 32;

/** Length in bytes of the AE titles and the reserved field behind them. */
export const TITLE_FIELDS_LENGTH: number = 2 * AE_TITLE_LENGTH + RESERVED_LENGTH;

const SPACE = 0x20;

/** What stands for a byte that no AE title can hold (PS3.5 6.2): nothing that a rule could name. */
const UNUSABLE = "\ufffd";

/** Reads both AE titles and the reserved field. What is wrong with a title becomes a warning, which doesn't repeat it. */
export function readAeTitles(
  fields: FieldReader,
  warnings: string[],
): Pick<AAssociateRq, "calledAeTitle" | "callingAeTitle" | "titleFields"> {
  const called = fields.bytes(AE_TITLE_LENGTH, "the called AE title");
  const calling = fields.bytes(AE_TITLE_LENGTH, "the calling AE title");
  const reserved = fields.bytes(RESERVED_LENGTH, "a reserved field");
  const calledAeTitle = readTitle(called, "called", warnings);
  const callingAeTitle = readTitle(calling, "calling", warnings);
  const titles = { calledAeTitle, callingAeTitle };
  const usual = isPadded(called, calledAeTitle) && isPadded(calling, callingAeTitle) &&
    reserved.every((byte) => byte === 0);
  return usual ? titles : { ...titles, titleFields: Uint8Array.of(...called, ...calling, ...reserved) };
}

/** A NUL ends a title, whatever old memory stands behind it; spaces around it have no meaning. */
function readTitle(bytes: Uint8Array, which: string, warnings: string[]): string {
  const nul = bytes.indexOf(0);
  const end = nul < 0 ? bytes.length : nul;
  if (bytes.subarray(end).some((byte) => byte !== 0 && byte !== SPACE)) {
    warnings.push(`The ${which} AE title has other bytes behind its NUL; they are passed over`);
  }
  const text = String.fromCharCode(...bytes.subarray(0, end));
  const title = text.replaceAll(/[^\x20-\x5b\x5d-\x7e]/g, UNUSABLE);
  if (title !== text) {
    warnings.push(`The ${which} AE title holds bytes that are no printable ASCII without a backslash`);
  }
  return title.replaceAll(/^ +| +$/g, "");
}

/** Whether a title is written as this side would write it. */
function isPadded(bytes: Uint8Array, title: string): boolean {
  return bytes.every((byte, index) => byte === (index < title.length ? title.charCodeAt(index) : SPACE));
}
