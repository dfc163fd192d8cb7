/**
 * How much of the disk instances that can be retrieved again leave to the archive.
 *
 * @module
 */

import type { Config } from "../config.ts";

/**
 * Bytes of the disk that retrieved instances leave free: twice the reserve at which the archive refuses instances. So the
 * archive has as much again for instances that may exist nowhere else.
 */
export function retrievedReserve({ archive }: Pick<Config, "archive">): number {
  return 2 * archive.reserve;
}
