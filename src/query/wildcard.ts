/**
 * Wild card matching (PS3.4 C.2.2.2.4): `*` stands for any characters, `?` for one. Its time is bounded by the product of
 * both lengths, whatever the pattern is.
 *
 * @module
 */

/** Tells whether a text has the form that a pattern gives. */
export type TextTest = (text: string) => boolean;

const ANY = 0x2a;
const ONE = 0x3f;

/** Whether a text is a pattern. */
export function isPattern(text: string): boolean {
  return text.includes("*") || text.includes("?");
}

/** Whether a text is asterisks alone, which is universal matching. */
export function isUniversalPattern(text: string): boolean {
  return /^\*+$/.test(text);
}

/** The test that a pattern stands for. */
export function wildcardTest(pattern: string): TextTest {
  return pattern.includes("?") ? codePointTest(pattern) : segmentTest(pattern.split("*"));
}

/** Parts of a text in their order, the first at its beginning, the last at its end. */
function segmentTest(segments: readonly string[]): TextTest {
  if (segments.length === 1) return (text) => text === segments[0];
  const first = segments[0]!;
  const last = segments.at(-1)!;
  const inner = segments.slice(1, -1).filter((segment) => segment !== "");
  return (text) => {
    const end = text.length - last.length;
    if (end < first.length || !text.startsWith(first) || !text.endsWith(last)) return false;
    let at = first.length;
    for (const segment of inner) {
      const found = text.indexOf(segment, at);
      if (found < 0 || found + segment.length > end) return false;
      at = found + segment.length;
    }
    return true;
  };
}

/** As the last `*` can take whatever an earlier one could, only the last is tried again. */
function codePointTest(pattern: string): TextTest {
  const codes = codePoints(pattern);
  return (text) => {
    const units = codePoints(text);
    let at = 0;
    let star = -1;
    let starAt = 0;
    for (let index = 0; index < units.length;) {
      if (codes[at] === ANY) {
        star = at++;
        starAt = index;
      } else if (at < codes.length && (codes[at] === ONE || codes[at] === units[index])) {
        at++;
        index++;
      } else if (star >= 0) {
        at = star + 1;
        index = ++starAt;
      } else return false;
    }
    while (codes[at] === ANY) at++;
    return at === codes.length;
  };
}

function codePoints(text: string): number[] {
  const codes: number[] = [];
  for (let index = 0; index < text.length; index++) {
    const code = text.codePointAt(index)!;
    if (code > 0xffff) index++;
    codes.push(code);
  }
  return codes;
}
