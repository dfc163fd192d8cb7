/**
 * Waiting for what nothing tells of.
 *
 * @module
 */

import assert from "node:assert/strict";

/** How long to wait. */
export interface UntilOptions {
  /** Milliseconds after which the test fails; default half a minute. */
  readonly within?: number;
  /** Milliseconds between two looks; default 1. */
  readonly every?: number;
}

/** Looks again and again until something holds; fails with `what` when it does not in time. */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  { within = 30_000, every = 1 }: UntilOptions = {},
): Promise<void> {
  for (const end = Date.now() + within; !await holds();) {
    assert.ok(Date.now() < end, `Cannot go on: not within ${within} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, every));
  }
}
