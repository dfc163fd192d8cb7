/**
 * Work that is done at once, and then every so often.
 *
 * @module
 */

/** How often, and the handler of errors. */
export interface RepeatedOptions {
  /** Milliseconds from one time to the next. A time that comes while the work is still being done is passed over. */
  readonly every: number;
  /** Hears of what goes wrong; that doesn't end the work. */
  readonly onError: (error: unknown) => void;
}

/** Work that goes on. */
export interface Repeated {
  /** Does it at once, and then every so often. Resolves when it was done once. */
  start(): Promise<void>;
  /** Ends the repetition, and aborts the signal of the run in progress. Resolves when that has ended. */
  stop(): Promise<void>;
}

/** Repeats some work, never twice at the same time. */
export function repeated(work: (signal: AbortSignal) => Promise<void>, { every, onError }: RepeatedOptions): Repeated {
  const stopped = new AbortController();
  let timer: ReturnType<typeof setInterval> | undefined;
  let working: Promise<void> | undefined;
  const run = () => working ??= work(stopped.signal).catch(onError).finally(() => working = undefined);
  return {
    start() {
      timer = setInterval(run, every);
      return run();
    },
    async stop() {
      stopped.abort();
      clearInterval(timer);
      await working;
    },
  };
}
