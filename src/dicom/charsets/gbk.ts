/**
 * What GB18030 has and GBK has not (PS3.5 Annex J).
 *
 * @module
 */

/** Codes of two bytes, first to last, that GB18030 added. Those of four bytes are all its own. */
const ADDED: readonly (readonly [first: number, last: number])[] = [
  [0xA2E3, 0xA2E3],
  [0xA6D9, 0xA6DF],
  [0xA6EC, 0xA6ED],
  [0xA6F3, 0xA6F3],
  [0xA8BC, 0xA8BC],
  [0xA8BF, 0xA8BF],
  [0xA989, 0xA995],
  [0xFE50, 0xFEA0],
];

/** Whether a code of two bytes is one of GBK too. */
export function isInGbk(first: number, second: number): boolean {
  const code = first << 8 | second;
  return !ADDED.some(([from, to]) => code >= from && code <= to);
}

/** Whether text in GB18030 has codes that are none of GBK. */
export function hasMoreThanGbk(bytes: Uint8Array): boolean {
  for (let index = 0; index < bytes.length; index++) {
    const first = bytes[index] as number;
    if (first < 0x81) continue;
    const second = bytes[++index] ?? 0;
    if (second >= 0x30 && second <= 0x39) return true;
    if (second >= 0x40 && !isInGbk(first, second)) return true;
  }
  return false;
}
