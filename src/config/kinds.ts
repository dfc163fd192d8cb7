/**
 * Kinds of values that a configuration holds. Every error message is what was expected.
 *
 * @module
 */

import type * as zod from "zod";
import { DURATION, parseDuration } from "./duration.ts";

/** The validator, which is imported only when there is something to validate. */
export type Zod = typeof zod;

const AE_TITLE = /^(?! )[\x20-\x5b\x5d-\x7e]{1,16}(?<! )$/;
const HOST = /^[A-Za-z0-9._:%-]{1,253}$/;
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const FINGERPRINT = /^([0-9A-Fa-f]{2}:?){31}[0-9A-Fa-f]{2}$/;
// deno-lint-ignore no-control-regex
const LINE = /^[^\0-\x1f\x7f]{1,255}$/;
const TOKEN = /^[\x21-\x7e]{16,}$/;

// Types of zod's are long, and inferred.
/** The kinds. */
export function kinds(z: Zod) {
  const text = (pattern: RegExp, error: string) => z.string({ error }).regex(pattern, { error }).describe(error);
  const durationError = "a duration of at most 24 hours with its unit, such as 500ms, 30s, 5m or 1h";
  return {
    aeTitle: text(AE_TITLE, "1 to 16 printable ASCII characters without \\ and without spaces at the ends"),
    host: text(HOST, "a host name or an IP address (without brackets)"),
    address: z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()], {
      error: "an IP address or a network such as 10.0.0.0/8",
    }),
    fingerprint: text(FINGERPRINT, "a SHA-256 fingerprint, 64 hexadecimal digits with or without colons"),
    /** Such as a username. */
    line: text(LINE, "1 to 255 characters on one line"),
    file: text(/[^\s]/, "a path"),
    name: text(NAME, "a name of letters, digits, dots, dashes and underscores"),
    token: text(TOKEN, "at least 16 visible ASCII characters without spaces"),
    /** Milliseconds. */
    duration: text(DURATION, durationError).transform((value) => parseDuration(value) ?? 0)
      .pipe(z.number().min(1, { error: durationError }).max(86_400_000, { error: durationError })),
    boolean: z.union([z.boolean(), z.enum(["true", "false"]).transform((value) => value === "true")], {
      error: "true or false",
    }),
    oneOf: <const T extends readonly string[]>(...values: T) => z.enum(values, { error: values.join(" or ") }),
    integer(min: number, max: number) {
      const error = `a whole number from ${min} to ${max}`;
      const range = z.int({ error }).min(min, { error }).max(max, { error });
      const digits = z.string().regex(/^\d{1,15}$/).transform(Number).pipe(range);
      return z.union([range, digits], { error }).describe(error);
    },
    /** A mapping with these keys alone. */
    section<T extends zod.core.$ZodLooseShape>(shape: T, expected = "a mapping") {
      return z.strictObject(shape, {
        error: ({ code }) => code === "unrecognized_keys" ? Object.keys(shape).join(", ") : expected,
      });
    },
  };
}
