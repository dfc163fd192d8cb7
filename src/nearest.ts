/**
 * What somebody meant who mistyped.
 *
 * @module
 */

/** Longest word that is looked at, in characters. */
const LONGEST = 64;

/** The one of `words` that `word` is likely to mean; undefined when none is near. */
export function nearest(word: string, words: Iterable<string>): string | undefined {
  if (word.length > LONGEST) return undefined;
  let limit = Math.max(1, Math.floor(word.length / 3));
  let found: string | undefined;
  for (const candidate of words) {
    if (Math.abs(candidate.length - word.length) > limit) continue;
    const distance = editDistance(word, candidate, limit);
    if (distance > limit) continue;
    found = candidate;
    if (distance === 0) break;
    limit = distance - 1;
  }
  return found;
}

/** Words, those that are nearest to `word` first. */
export function nearestFirst(word: string, words: Iterable<string>): readonly string[] {
  const distances = new Map([...words].map((candidate) => [candidate, editDistance(word, candidate)]));
  return [...distances].sort(([, one], [, other]) => one - other).map(([candidate]) => candidate);
}

/**
 * How many letters to insert, drop, change or swap with their neighbour to turn one word into the other; Infinity where it is
 * certain that they are more than `limit`.
 */
function editDistance(from: string, to: string, limit = Infinity): number {
  const [a, b] = [from.toLowerCase(), to.toLowerCase()];
  let before = new Uint16Array(b.length + 1);
  let last = Uint16Array.from({ length: b.length + 1 }, (_, index) => index);
  let row = new Uint16Array(b.length + 1);
  for (let i = 1; i <= a.length; i++) {
    row[0] = i;
    let least = i;
    for (let j = 1; j <= b.length; j++) {
      const change = last[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swap = isSwap ? before[j - 2]! + 1 : Infinity;
      const distance = Math.min(change, swap, last[j]! + 1, row[j - 1]! + 1);
      row[j] = distance;
      if (distance < least) least = distance;
    }
    // A swap goes on from the row before, at one more.
    if (least > limit + 1) return Infinity;
    [before, last, row] = [last, row, before];
  }
  return last[b.length]!;
}
