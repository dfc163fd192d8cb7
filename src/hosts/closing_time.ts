/**
 * How long a closing server waits for requests.
 *
 * @module
 */

/** Milliseconds that requests get to finish when the server closes, and when everything has to end at once. */
const CLOSING_TIME = 2_000;
const AT_ONCE = 100;

/**
 * Waits for requests to end, but no longer than the closing time, whatever slow clients do; once `enough` is aborted, for only
 * a moment more. Throws what `ended` throws meanwhile.
 */
export async function withinClosingTime(ended: Promise<unknown>, enough?: AbortSignal): Promise<void> {
  const timers: ReturnType<typeof setTimeout>[] = [];
  let hurry = () => {};
  const late = new Promise<void>((resolve) => {
    hurry = () => timers.push(setTimeout(resolve, AT_ONCE));
    timers.push(setTimeout(resolve, CLOSING_TIME));
  });
  if (enough?.aborted) hurry();
  enough?.addEventListener("abort", hurry);
  try {
    await Promise.race([ended, late]);
  } finally {
    for (const timer of timers) clearTimeout(timer);
    enough?.removeEventListener("abort", hurry);
  }
}
