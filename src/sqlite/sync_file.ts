/**
 * Flushing a file off the event loop.
 *
 * @module
 */

import { closeSync, existsSync, fdatasync, openSync } from "node:fs";

/** Flushes a file off the event loop; does nothing if it does not exist. */
export async function syncIfThere(path: string): Promise<void> {
  if (!existsSync(path)) return;
  const descriptor = openSync(path, "r+");
  try {
    await new Promise<void>((resolve, reject) => fdatasync(descriptor, (error) => error ? reject(error) : resolve()));
  } finally {
    closeSync(descriptor);
  }
}
