/**
 * Ctrl-C, for commands that can end in an orderly way.
 *
 * @module
 */

/** What Ctrl-C does while it lasts. */
export interface Interruption extends Disposable {
  /** Aborted by the first Ctrl-C. The second ends the process. */
  readonly signal: AbortSignal;
}

/** Exit code of a process that SIGINT ended, by the custom of shells. */
const INTERRUPTED = 130;

/** Listens for Ctrl-C until it is disposed of. */
export function listenForInterruption(): Interruption {
  const controller = new AbortController();
  const interrupt = () => {
    if (controller.signal.aborted) Deno.exit(INTERRUPTED);
    controller.abort(new Error("Cannot go on: it was cancelled (Ctrl-C)"));
  };
  Deno.addSignalListener("SIGINT", interrupt);
  return { signal: controller.signal, [Symbol.dispose]: () => Deno.removeSignalListener("SIGINT", interrupt) };
}
