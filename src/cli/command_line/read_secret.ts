/**
 * Secrets in files.
 *
 * @module
 */

import { errorText, escapeText } from "../../safe_text.ts";
import { UsageError } from "./command.ts";

/** The first line of a file. Throws UsageError if it is empty or can't be read. */
export function readSecret(file: string, what: "passcode" | "token"): string {
  const shown = escapeText(file);
  let line: string | undefined;
  try {
    [line] = Deno.readTextFileSync(file).split(/\r?\n/, 1);
  } catch (error) {
    throw new UsageError(`Cannot read the ${what} in ${shown}: ${errorText(error)}`);
  }
  if (line) return line;
  throw new UsageError(`Cannot read the ${what} in ${shown}: its first line is empty`);
}
