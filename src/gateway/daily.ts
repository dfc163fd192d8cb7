/**
 * Work that is done once a day.
 *
 * @module
 */

const DAY = 24 * 60 * 60 * 1000;

/** Work that goes on from day to day. */
export interface Daily {
  /** Does it at once, and then every day. Resolves when it was done once. */
  start(): Promise<void>;
  /** Ends that. Resolves when what is being done has ended. */
  stop(): Promise<void>;
}

/** Does some work every day; what goes wrong is told, and does not end that. */
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
