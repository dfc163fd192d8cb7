/**
 * What somebody meant who mistyped.
 *
 * @module
 */

/** The one of `words` that `word` is likely to mean; undefined when none is near. */
export function nearest(word: string, words: Iterable<string>): string | undefined {
  const limit = Math.max(1, Math.floor(word.length / 3));
  const near = [...words].map((candidate) => ({ candidate, distance: editDistance(word, candidate) }));
  return near.filter(({ distance }) => distance <= limit).sort((a, b) => a.distance - b.distance)[0]?.candidate;
}

/** Words, those that are nearest to `word` first. */
export function nearestFirst(word: string, words: Iterable<string>): readonly string[] {
  const distances = new Map([...words].map((candidate) => [candidate, editDistance(word, candidate)]));
  return [...distances].sort(([, one], [, other]) => one - other).map(([candidate]) => candidate);
}

/** How many letters to insert, drop, change or swap with their neighbour to turn one word into the other. */
function editDistance(from: string, to: string): number {
  const [a, b] = [from.toLowerCase(), to.toLowerCase()];
  const rows = [Array.from({ length: b.length + 1 }, (_, index) => index)];
  const cell = (i: number, j: number) => rows[i]?.[j] ?? Infinity;
  for (let i = 1; i <= a.length; i++) {
    rows[i] = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = cell(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swap = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? cell(i - 2, j - 2) + 1 : Infinity;
      rows[i]?.push(Math.min(change, swap, cell(i - 1, j) + 1, cell(i, j - 1) + 1));
    }
  }
  return cell(a.length, b.length);
}
