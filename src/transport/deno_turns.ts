/**
 * Turns of the event loop on Deno, where reading what has come already takes none: whoever sends without a pause would
 * keep everybody else waiting.
 *
 * @module
 */

import { clearImmediate, setImmediate } from "node:timers";

/** How long connections go on without a turn, in milliseconds. */
const LONGEST_RUN = 20;

/** When it was last seen that there is one. */
let seen = 0;
let turn: Promise<void> | undefined;

/** Reads, and then waits for a turn when there has been none for long and the reading did not wait for one either. */
export async function inTurns<Result>(read: () => Promise<Result>): Promise<Result> {
  if (performance.now() - seen < LONGEST_RUN) return await read();
  let turned = false;
  const probe = setImmediate(() => turned = true);
  try {
    const result = await read();
    if (!turned) await nextTurn();
    return result;
  } finally {
    clearImmediate(probe);
    seen = performance.now();
  }
}

/** A timer that isn't due yet makes the event loop look at all sockets. */
async function nextTurn(): Promise<void> {
  await (turn ??= new Promise((resolve) => setTimeout(resolve, 1)));
  turn = undefined;
}
