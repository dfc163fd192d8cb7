/**
 * Problems with the routes of a configuration.
 *
 * @module
 */

import { ConfigError, type ConfigProblem } from "../config/config_error.ts";
import { keyPathOf } from "../config/tree.ts";

/** Something in a configuration that the gateway cannot use. */
export interface RouteProblem {
  /** Where: keys of mappings and indices of lists. */
  readonly path: readonly (string | number)[];
  /** What was found there. */
  readonly found: string;
  /** What was expected there. */
  readonly expected: string;
}

/** Throws a `ConfigError` with these problems, if any. */
export function refuseRoutes(problems: readonly RouteProblem[]): void {
  if (problems.length === 0) return;
  const described = problems.map(({ path, ...problem }): ConfigProblem => ({ keyPath: keyPathOf(path), ...problem }));
  const lines = described.map(({ keyPath, found, expected }) => `${keyPath}: found ${found}, expected ${expected}`);
  throw new ConfigError(`Cannot use the routes: ${lines.join("; ")}`, described);
}
