/**
 * Ends the process in time, whatever peers, clients and disks do.
 *
 * @module
 */

import { LAST_WAIT } from "../upper_layer/timeouts.ts";

/**
 * Milliseconds that are reserved for the end: for aborted peers to close, for the archive to write its last entries to the
 * disk, and for the process to exit.
 */
const FOR_PEERS = LAST_WAIT.afterSignal;
const FOR_ARCHIVE = 900;
const FOR_EXIT = 100;

/**
 * Waits for `ended`, but no longer than the drain timeout, and aborts a little before that passes. Resolves with whether it
 * has ended; if not, only the end of the process can stop the rest. Throws what `ended` throws in time.
 */
export async function withinDrainTimeout(
  milliseconds: number,
  abort: AbortController,
  ended: Promise<void>,
): Promise<boolean> {
  const last = Math.max(milliseconds - FOR_EXIT, FOR_EXIT);
  const enough = Math.max(last - Math.min(FOR_PEERS + FOR_ARCHIVE, milliseconds / 2), 0);
  const timers: ReturnType<typeof setTimeout>[] = [];
  const late = new Promise<boolean>((resolve) => {
    const tooLate = () => abort.abort(new DOMException("The drain timeout has passed", "TimeoutError"));
    timers.push(setTimeout(tooLate, enough), setTimeout(() => resolve(false), last));
  });
  try {
    return await Promise.race([ended.then(() => true), late]);
  } finally {
    for (const timer of timers) clearTimeout(timer);
  }
}
