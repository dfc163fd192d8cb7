/**
 * Text from outside, made safe to show.
 *
 * @module
 */

/** What a terminal, a log viewer or a reader could be fooled by: controls, line separators, direction marks. */
// deno-lint-ignore no-control-regex
const UNSAFE = /[\0-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** Longest text that is shown, in characters. */
const MAXIMUM_LENGTH = 300;

/** `text` on one line, shortened, with everything escaped that could act on a terminal or mislead a reader. */
export function escapeText(text: string): string {
  const shown = text.length > MAXIMUM_LENGTH ? `${text.slice(0, MAXIMUM_LENGTH - 1)}…` : text;
  return shown.replace(UNSAFE, escapeCharacter);
}

/** What an error of the runtime says, without the call that met it. */
export function errorText(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return escapeText(message.split(" (os error", 1)[0] ?? message);
}

/** JSON on one line, with the same characters escaped. */
export function escapeJson(value: unknown): string {
  return JSON.stringify(value).replace(UNSAFE, escapeCharacter);
}

function escapeCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
