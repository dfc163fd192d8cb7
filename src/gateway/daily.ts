/**
 * Work that runs once a day.
 *
 * @module
 */

const DAY = 24 * 60 * 60 * 1000;

/** Work that runs from day to day. */
export interface Daily {
  /** Runs the work at once, and then every day. Resolves after the first run. */
  start(): Promise<void>;
  /** Ends the daily runs. Resolves when a run that is under way has ended. */
  stop(): Promise<void>;
}

/** Runs some work every day. A failed run is reported to `onError`; the next day's run still comes. */
export function daily(work: () => Promise<void>, onError: (error: unknown) => void): Daily {
  let timer: ReturnType<typeof setInterval> | undefined;
  let working = Promise.resolve();
  const run = () => working = work().catch(onError);
  return {
    start() {
      timer = setInterval(run, DAY);
      return run();
    },
    async stop() {
      clearInterval(timer);
      await working;
    },
  };
}
