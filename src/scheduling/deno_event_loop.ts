/**
 * Turns of the event loop on Deno. There, reading bytes that have arrived already takes no turn: a peer that sends without
 * a pause would keep all others waiting.
 *
 * @module
 */

import { setImmediate } from "node:timers";

/** How long connections go on before a turn is looked for, and then waited for, in milliseconds. */
const LONGEST_RUN = 10;

/** When there was a turn, and since when the next one is looked for. */
let seen = 0;
let missing: number | undefined;
let turn: Promise<void> | undefined;

/** To be waited for after each read that brought something: a turn, when there has been none for long. */
export function yieldToEventLoop(): Promise<void> | undefined {
  const now = performance.now();
  if (missing !== undefined) return now - missing < LONGEST_RUN ? undefined : turn ??= makeTurn();
  if (now - seen < LONGEST_RUN) return undefined;
  missing = now;
  setImmediate(() => {
    missing = undefined;
    seen = performance.now();
  });
  return undefined;
}

/** A timer that isn't due yet makes the event loop look at all sockets. */
async function makeTurn(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 1));
  turn = undefined;
}
