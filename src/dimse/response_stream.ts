/**
 * The responses of one operation as an async iterable.
 *
 * @module
 */

import { type Deferred, deferred } from "../scheduling/deferred.ts";
import type { ResponseCommand } from "./command_set.ts";
import type { IncomingResponse, InvokeOptions } from "./invoker.ts";

type Further<Command extends ResponseCommand> = Required<Pick<InvokeOptions<Command>, "onPending" | "signal">>;

/**
 * Gives each pending response, then the final one, of what `invoke` invokes. A response is the caller's until the next is
 * asked for; only then is the peer read on. A caller that stops early cancels the operation, and waits for its end.
 */
export async function* responsesOf<Command extends ResponseCommand>(
  invoke: (options: Further<Command>) => Promise<IncomingResponse<Command>>,
  signal?: AbortSignal,
): AsyncGenerator<IncomingResponse<Command>, void, void> {
  const leave = new AbortController();
  let left = false;
  let next = nextOf<Command>();
  let taken = deferred<void>();
  const final = invoke({
    signal: signal === undefined ? leave.signal : AbortSignal.any([signal, leave.signal]),
    onPending(response) {
      if (left) return;
      next.resolve({ response, isFinal: false });
      return taken.promise;
    },
  });
  final.then((response) => next.resolve({ response, isFinal: true }), (error) => next.reject(error));
  let ended = false;
  try {
    while (!ended) {
      const { response, isFinal } = await next.promise;
      ended = isFinal;
      next = nextOf();
      yield response;
      const looked = taken;
      taken = deferred();
      looked.resolve();
    }
  } finally {
    left = true;
    if (!ended) leave.abort(new DOMException("The caller left off", "AbortError"));
    taken.resolve();
    await final.then(({ dataSet }) => dataSet?.cancel()).catch(() => {}); // Its failure has been thrown, or no caller listens.
  }
}

interface Next<Command extends ResponseCommand> {
  readonly response: IncomingResponse<Command>;
  readonly isFinal: boolean;
}

function nextOf<Command extends ResponseCommand>(): Deferred<Next<Command>> {
  const next = deferred<Next<Command>>();
  next.promise.catch(() => {}); // It may fail while the caller looks at the one before.
  return next;
}
