/**
 * Durations and sizes as people write them.
 *
 * @module
 */

/** An amount and a unit. */
export const DURATION: RegExp = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h)$/;

/** An amount and, unless it counts bytes, a unit. */
export const SIZE: RegExp = /^(\d{1,15}|\d{1,9}\.\d{1,3}(?=[KMGT]))(KiB|MiB|GiB|TiB|)$/;

/** Milliseconds of a duration such as `500ms`, `30s`, `5m` or `1h`; undefined when it is none. */
export function parseDuration(text: string): number | undefined {
  const [, amount, unit = ""] = DURATION.exec(text) ?? [];
  return amount === undefined ? undefined : Number(amount) * ({ ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[unit] ?? 0);
}

/** Bytes of a size such as `131072`, `256MiB` or `1.5GiB`, rounded down; undefined when it is none. */
export function parseSize(text: string): number | undefined {
  const [, amount, unit = ""] = SIZE.exec(text) ?? [];
  if (amount === undefined) return undefined;
  return Math.floor(Number(amount) * 1024 ** ["", "KiB", "MiB", "GiB", "TiB"].indexOf(unit));
}
