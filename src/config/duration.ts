/**
 * Durations as people write them.
 *
 * @module
 */

/** An amount and a unit. */
export const DURATION: RegExp = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h)$/;

/** Milliseconds of a duration such as `500ms`, `30s`, `5m` or `1h`; undefined when it is none. */
export function parseDuration(text: string): number | undefined {
  const [, amount, unit = ""] = DURATION.exec(text) ?? [];
  return amount === undefined ? undefined : Number(amount) * ({ ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[unit] ?? 0);
}
