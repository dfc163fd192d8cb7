/**
 * Events of an archive.
 *
 * @module
 */

import type { IndexedInstance } from "../index/instance_index.ts";
import type { RoutedJob } from "./routing.ts";

/**
 * What became of an instance that came and was taken: `created` anew, `identical` to the one that was there, `replaced`
 * that one, or `kept-first`, so that the other content that came is not there.
 */
export type KeepOutcome = "created" | "identical" | "replaced" | "kept-first";

/** All outcomes. */
export const KEEP_OUTCOMES: readonly KeepOutcome[] = ["created", "identical", "replaced", "kept-first"];

/** An instance that is safe. */
export interface KeptInstance {
  /** The outcome. */
  readonly outcome: KeepOutcome;
  /** Name in the store of the instance that is stored now. */
  readonly name: string;
  /** The instance as it came; with `identical` and `kept-first`, the archive has `existing`. */
  readonly instance: IndexedInstance;
  /** The instance that was there before. */
  readonly existing?: IndexedInstance;
  /** Length of the data set that came, in bytes. */
  readonly bytes: number;
  /** What was wrong with it and is kept as it came, in words without any value. */
  readonly warnings: readonly string[];
  /** Where it has to go; absent where nothing goes anywhere. */
  readonly jobs?: readonly RoutedJob[];
  /** Id of the association that it came on, where it came on one. */
  readonly associationId?: string;
}

/** Moments in the life of an archive. */
export type ArchiveEvent = { readonly type: "instance-kept"; readonly kept: KeptInstance };
