/**
 * De-identification as a step of a route, as it stands in a configuration.
 *
 * @module
 */

import type { StepKind } from "../transform/change_steps.ts";
import { type BlankEncapsulated, createDeidentifier } from "./deidentifier.ts";
import { readKey } from "./key.ts";
import type { PixelRule } from "./pixel_treatment.ts";

/** What the step takes. */
export interface DeidentifyStep {
  /** The profile; `basic` is the only one. */
  readonly profile?: "basic";
  /** Options of the profile; none by default. */
  readonly options?: readonly string[];
  /** The secret, at least 16 bytes. A configuration names a variable of the environment here. */
  readonly key: string;
  /** What to do with pixels that may show text. */
  readonly pixels?: readonly PixelRule[];
  /** Words that cleaned descriptions may keep. */
  readonly words?: readonly string[];
  /** The most days by which dates are moved to the past; 3650. */
  readonly maxDays?: number;
}

const NAMES: ReadonlySet<string> = new Set(["profile", "options", "key", "pixels", "words", "maxDays"]);

/**
 * The kind of step for `compileChanges(steps, { kinds: { deidentify: deidentifyStep() } })`. `blankEncapsulated` blanks
 * compressed pixel data; without it instances that need it are held.
 */
export function deidentifyStep(blankEncapsulated?: BlankEncapsulated): StepKind {
  return (options: DeidentifyStep) => {
    const unknown = Object.keys(options).find((name) => !NAMES.has(name));
    if (unknown !== undefined) {
      throw new TypeError(`Cannot take ${JSON.stringify(unknown)}: expected ${[...NAMES].join(", ")}`);
    }
    const { key, ...rest } = options;
    if (typeof key !== "string") throw new TypeError("Cannot de-identify without a key: expected a text");
    return createDeidentifier({ ...rest, key: readKey(key), blankEncapsulated });
  };
}
