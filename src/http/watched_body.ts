/**
 * Tells when a client has read the body of an answer to its end, or has left.
 *
 * @module
 */

/** Longest time in milliseconds for which a client may read nothing of an answer. */
const STALL = 60_000;

/**
 * A response with the same content, which it reads one piece ahead of the client. `onEnd` is called once: when the client has
 * read the body to its end, when the body was cancelled or failed, or when the client has read nothing for a minute; the body
 * then fails, and its source is cancelled.
 */
export function watchBody(response: Response, onEnd: () => void): Response {
  const { body } = response;
  if (body === null) {
    onEnd();
    return response;
  }
  return new Response(watched(body.getReader(), onEnd), response);
}

function watched(reader: ReadableStreamDefaultReader<Uint8Array>, onEnd: () => void): ReadableStream<Uint8Array> {
  reader.closed.catch(() => {}); // Every read reports it.
  let timer: ReturnType<typeof setTimeout> | undefined;
  /** Since when the client has read nothing; undefined while it waits for a piece. */
  let idleSince: number | undefined;
  let ahead: ReturnType<typeof reader.read> | undefined;
  const end = () => {
    clearTimeout(timer);
    onEnd();
  };
  const wait = (controller: ReadableStreamDefaultController<Uint8Array>) => {
    idleSince = performance.now();
    timer ??= setTimeout(() => look(controller), STALL);
  };
  // One timer for many pieces: making one for each would take as long as reading a small piece.
  const look = (controller: ReadableStreamDefaultController<Uint8Array>) => {
    timer = undefined;
    if (idleSince === undefined) return;
    const left = idleSince + STALL - performance.now();
    if (left > 0) return void (timer = setTimeout(() => look(controller), left));
    const error = new Error(`Cannot go on with the answer: its client has read nothing for ${STALL} ms`);
    controller.error(error);
    reader.cancel(error).catch(() => {});
    onEnd();
  };
  return new ReadableStream({
    start: wait,
    async pull(controller) {
      idleSince = undefined;
      try {
        const { value, done } = await (ahead ?? reader.read());
        if (done) {
          controller.close();
          return end();
        }
        ahead = reader.read();
        ahead.catch(() => {}); // The next pull reports it.
        controller.enqueue(value);
        wait(controller);
      } catch (error) {
        end();
        throw error;
      }
    },
    async cancel(reason) {
      end();
      await reader.cancel(reason);
    },
  }, { highWaterMark: 0 });
}

/**
 * A response whose body is one piece, with that piece as its body: it then states its length, and needs no stream. Other
 * responses keep their content.
 */
export async function settleShort(response: Response): Promise<Response> {
  const { body, headers } = response;
  if (body === null || headers.has("content-length")) return response;
  const reader = body.getReader();
  const first = await reader.read();
  const second = first.done ? first : await reader.read();
  if (second.done) return new Response(first.value ?? "", response);
  const pieces = [first.value!, second.value];
  const rest = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const piece = pieces.shift();
      if (piece !== undefined) return controller.enqueue(piece);
      const { value, done } = await reader.read();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
  return new Response(rest, response);
}
