/**
 * How long the gateway waits for units.
 *
 * @module
 */

import type { RoutingRules } from "./rule.ts";

const QUIET = 60_000;
const CAP = 3_600_000;

/** The times of the rules, with defaults for those that they leave out. */
export function unitTimes(
  { units = {} }: Pick<RoutingRules, "units">,
): { readonly quiet: number; readonly cap: number } {
  const { quiet = QUIET, cap = CAP } = units;
  return { quiet, cap };
}
