/**
 * Text from outside, made safe to show.
 *
 * @module
 */

/** What a terminal, a log viewer or a reader could be fooled by: controls, line separators, direction marks. */
// deno-lint-ignore no-control-regex
const UNSAFE = /[\0-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** Longest text that is shown, in characters. */
const MAXIMUM_LENGTH = 1000;

/** Longest word that is left out as a whole where a text is shortened: a UID has 64 characters. */
const LONGEST_WORD = 100;

/** `text` on one line, shortened at a word, with everything escaped that could act on a terminal or mislead a reader. */
export function escapeText(text: string): string {
  const shown = text.length > MAXIMUM_LENGTH ? `${beginning(text)}…` : text;
  return shown.replace(UNSAFE, escapeCharacter);
}

/** As much as may be shown, up to the end of a word. */
function beginning(text: string): string {
  const cut = text.slice(0, MAXIMUM_LENGTH - 1);
  const end = cut.lastIndexOf(" ");
  return /\s/.test(text[MAXIMUM_LENGTH - 1]!) || cut.length - end > LONGEST_WORD ? cut : cut.slice(0, end);
}

/**
 * What an error of the runtime says, without the call that met it. Deno says `Permission denied (os error 13): open 'x'`,
 * Node `EACCES: permission denied, open 'x'`.
 */
export function errorText(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const [, ofNode] = /^E[A-Z0-9]+: (.+), \w+(?: '.*')?$/s.exec(message) ?? [];
  return escapeText(ofNode ?? message.split(" (os error", 1)[0] ?? message);
}

/** JSON on one line, with the same characters escaped. */
export function escapeJson(value: unknown): string {
  return JSON.stringify(value).replace(UNSAFE, escapeCharacter);
}

function escapeCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
