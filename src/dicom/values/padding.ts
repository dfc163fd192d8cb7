/**
 * What pads values that are text (PS3.5 6.2).
 *
 * @module
 */

const NUL = 0;
const SPACE = 0x20;

/**
 * The text, or its part from `start` to before `end`, without the spaces and NULs behind it, and without the spaces before it
 * unless they count.
 */
export function trimPadding(text: string, leadingSpacesCount: boolean, start = 0, end = text.length): string {
  while (end > start && (text.charCodeAt(end - 1) === SPACE || text.charCodeAt(end - 1) === NUL)) end--;
  while (!leadingSpacesCount && start < end && text.charCodeAt(start) === SPACE) start++;
  return end - start === text.length ? text : text.slice(start, end);
}
