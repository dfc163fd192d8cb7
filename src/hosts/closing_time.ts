/**
 * How long a server that is closed waits for requests.
 *
 * @module
 */

/** Milliseconds that requests have for their ends when the server is closed, and when everything has to end at once. */
const CLOSING_TIME = 2_000;
const AT_ONCE = 100;

/**
 * Waits for requests to end, but not longer than a client that sends or reads slowly is waited for; once `enough` is aborted
 * that is not long. Throws what `ended` throws meanwhile.
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
