/** The strictest of dialects, for tests. */

import { DEFAULT_DIALECT, type Dialect } from "../../src/query/dialect.ts";

/** Takes what the standard allows, and nothing else. */
export const STRICT_DIALECT: Dialect = Object.freeze({
  ...DEFAULT_DIALECT,
  strict: true,
  universalAsterisk: false,
  inferLevel: false,
  lenientDates: false,
});
