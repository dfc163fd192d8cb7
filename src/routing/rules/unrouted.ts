/**
 * The lane of instances that no route matches and that are held.
 *
 * @module
 */

/** Its name; no destination can have it. */
export const UNROUTED = "unrouted";
