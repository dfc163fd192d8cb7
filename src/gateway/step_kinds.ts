/**
 * What steps of routes need besides their options.
 *
 * @module
 */

import * as UID from "../dicom/generated/uid.ts";
import { DataSetError, LimitError } from "../errors.ts";
import type { Transcoding } from "../services/transcoding.ts";
import { type Change, toChange } from "../transform/change.ts";
import type { CompileOptions, StepKind } from "../transform/change_steps.ts";
import { INSTANCE_FACTS } from "../routing/recipes/instance_facts.ts";
import { about } from "../transform/set_value.ts";

/** What a host gives to the steps of routes. */
export interface RouteStepOptions {
  /**
   * The program's own kinds of steps, by the names that routes use: functions that make a change of the options of a step.
   * The changes run on one instance after the other, and on several at the same time.
   */
  readonly steps?: Readonly<Record<string, StepKind>> | undefined;
  /**
   * The kind of the step `deidentify`: `deidentifyStep(blankingBy(codecs))`, which `startGateway()` passes. Default: routes
   * with such a step are refused.
   */
  readonly deidentify?: StepKind | undefined;
  /** Reads the text of a file that a step names; throws if it cannot be read. Default: steps with files are refused. */
  readonly readText?: ((path: string) => string) | undefined;
  /** Converts instances into other transfer syntaxes, as the step `compress` does. Default: such steps are refused. */
  readonly transcoding?: Transcoding | undefined;
}

/** How the steps of routes are compiled. */
export function compileOptions({ steps = {}, deidentify, readText, transcoding }: RouteStepOptions): CompileOptions {
  return {
    kinds: { ...withoutValues(steps), ...(deidentify !== undefined && { deidentify }) },
    readText,
    facts: INSTANCE_FACTS,
    encodable: transcoding?.into(UID.ExplicitVRLittleEndian),
  };
}

/**
 * Kinds of steps whose errors quote no value: errors stand in the log and in the queue. An error that is not about an
 * attribute gives only its name.
 */
function withoutValues(kinds: Readonly<Record<string, StepKind>>): Record<string, StepKind> {
  return Object.fromEntries(Object.entries(kinds).map(([name, kind]) => [name, quiet(name, kind)]));
}

function quiet(name: string, kind: StepKind): StepKind {
  return (options) => {
    const change = toChange(kind(options));
    const { editTrailing, inspect } = change;
    const quietly = async (work: () => void | Promise<void>) => {
      try {
        await work();
      } catch (error) {
        throw told(name, error);
      }
    };
    const all: Change = {
      edit: (instance) => quietly(() => change.edit(instance)),
      ...(editTrailing !== undefined && {
        editTrailing: (trailing, instance) => quietly(() => editTrailing.call(change, trailing, instance)),
      }),
      ...(inspect !== undefined && {
        inspect(bytes, instance) {
          try {
            inspect.call(change, bytes, instance);
          } catch (error) {
            throw told(name, error);
          }
        },
      }),
    };
    return all;
  };
}

function told(name: string, error: unknown): unknown {
  if (error instanceof LimitError) return error;
  if (!(error instanceof DataSetError)) {
    const kind = error instanceof Error ? error.name : typeof error;
    return new DataSetError(`Cannot change the instance: the step ${name} failed with ${kind}`, { cause: error });
  }
  try {
    about("change", undefined, () => {
      throw error;
    });
  } catch (quietError) {
    return quietError;
  }
}
