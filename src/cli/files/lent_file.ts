/**
 * Files as lent bytes.
 *
 * @module
 */

import type { LentBytes } from "../../streams/lent_bytes.ts";

/** Bytes that are read at a time. */
const PIECE = 256 * 1024;

/** Opens a file, to be read piece by piece in one buffer. It is closed at its end, when it fails, or when it is cancelled. */
export function openLentFile(path: string, onBytes: (length: number) => void): Required<LentBytes> {
  const file = Deno.openSync(path);
  const buffer = new Uint8Array(PIECE);
  let open = true;
  const close = () => {
    if (open) file.close();
    open = false;
  };
  return {
    // deno-lint-ignore require-await -- the interface is asynchronous
    async read() {
      if (!open) return undefined;
      try {
        const length = file.readSync(buffer);
        if (length !== null) {
          onBytes(length);
          return buffer.subarray(0, length);
        }
      } catch (error) {
        close();
        throw error;
      }
      close();
    },
    // deno-lint-ignore require-await
    cancel: async () => close(),
  };
}
