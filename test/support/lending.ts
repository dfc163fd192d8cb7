/**
 * A connection that lends its bytes, and spoils them as soon as it may.
 *
 * @module
 */

import type { Connection } from "../../src/upper_layer/connection.ts";

/** The same connection; each piece that it gives is overwritten when the next one is asked for. */
export function lending(connection: Connection): Connection {
  const reader = connection.readable.getReader();
  reader.closed.catch(() => {}); // Every read tells it.
  let piece: Uint8Array | undefined;
  const lent = {
    async read() {
      piece?.fill(0xee);
      return piece = (await reader.read()).value?.slice();
    },
  };
  const cancelled = new ReadableStream<Uint8Array>({ cancel: (reason) => reader.cancel(reason) });
  return { ...connection, readable: Object.assign(cancelled, { lent }) };
}
