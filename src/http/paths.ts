/**
 * Paths of requests.
 *
 * @module
 */

/** Whether a path is `root`, or below it. */
export function isBelow(path: string, root: string): boolean {
  return path === root || path.startsWith(`${root}/`);
}
