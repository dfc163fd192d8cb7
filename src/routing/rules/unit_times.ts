/**
 * How long units are waited for.
 *
 * @module
 */

import type { RoutingRules } from "./rule.ts";

const QUIET = 60_000;
const CAP = 3_600_000;

/** What rules say of it, and what they leave out. */
export function unitTimes(
  { units = {} }: Pick<RoutingRules, "units">,
): { readonly quiet: number; readonly cap: number } {
  const { quiet = QUIET, cap = CAP } = units;
  return { quiet, cap };
}
