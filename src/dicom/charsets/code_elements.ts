/**
 * What the decoder and the encoder of ISO 2022 share: the code elements of a character set, and how faults are told.
 *
 * @module
 */

import { DataSetError } from "../../errors.ts";
import type { Designation } from "./terms.ts";

/** Code elements that (0008,0005) declares. */
export interface CodeElements {
  /** Active at the start of each value, line and component: those of the first value of (0008,0005). */
  readonly initial: { readonly g0: Designation; readonly g1?: Designation };
  /** All that may be designated, the initial ones among them. */
  readonly declared: readonly Designation[];
}

/** Says which of `\ ^ =` bring back the initial code elements, as control characters always do (PS3.5 6.1.2.5.3). */
export type IsDelimiter = (code: number) => boolean;

/**
 * Takes a sentence about something that was read although it is not right. `lossy` says that bytes had no character and became
 * U+FFFD.
 */
export type Warn = (message: string, lossy: boolean) => void;

/** The names of the declared sets, for messages. */
export function namesOf(elements: CodeElements): string {
  return [...new Set(elements.declared.map((designation) => designation.set))].join(", ");
}

/** The error for a character that a character set does not have. */
export function notInRepertoire(character: string, index: number, repertoire: string): DataSetError {
  const code = `U+${hex(character.codePointAt(0) ?? 0, 4)}`;
  return new DataSetError(
    `Cannot encode text: ${JSON.stringify(character)} (${code}) at index ${index} is not in ${repertoire}`,
    { expected: `characters of ${repertoire}` },
  );
}

/** `value` in hexadecimal, with at least that many digits. */
export function hex(value: number, digits: number): string {
  return value.toString(16).toUpperCase().padStart(digits, "0");
}
