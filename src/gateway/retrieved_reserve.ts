/**
 * How much of the disk is left to the archive by what can be retrieved again.
 *
 * @module
 */

import type { Config } from "../config.ts";

/**
 * Bytes of the disk that stay free of what was retrieved: the archive refuses instances at its own reserve, and until then has
 * as much again for those that nobody else may have.
 */
export function retrievedReserve({ archive }: Pick<Config, "archive">): number {
  return 2 * archive.reserve;
}
