/**
 * Text in XML 1.0.
 *
 * @module
 */

/** Characters that XML 1.0 does not have (its production 2), not even as references. */
// deno-lint-ignore no-control-regex -- they are what is looked for
const ILLEGAL = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|\p{Surrogate}/u;
const ALL_ILLEGAL = new RegExp(ILLEGAL, "gu");

/** What needs a second look: all but printable ASCII, and what has a meaning. */
const UNUSUAL = /[^ !#-%'-;=?-~]/;

/** Whether text has characters that XML does not have. */
export function hasIllegal(text: string): boolean {
  return UNUSUAL.test(text) && ILLEGAL.test(text);
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\r": "&#13;",
  "\n": "&#10;",
  "\t": "&#9;",
};

/**
 * Text as it stands in the content of an element or in the value of an attribute. Line breaks are kept from being made into
 * others; characters that XML does not have become U+FFFD.
 */
export function escapeXml(text: string): string {
  if (!UNUSUAL.test(text)) return text;
  return text.replace(ALL_ILLEGAL, "\ufffd").replace(/[&<>"\r\n\t]/g, (character) => ENTITIES[character]!);
}
