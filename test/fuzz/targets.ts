/**
 * Everything that is fuzzed.
 *
 * @module
 */

import { dataSetFuzzing } from "./data_set.ts";
import type { Fuzzing } from "./fuzzing.ts";
import { acceptorFuzzing, requestorFuzzing } from "./upper_layer.ts";

/** Everything that is fuzzed. */
export const FUZZINGS: readonly Fuzzing[] = [acceptorFuzzing, requestorFuzzing, dataSetFuzzing];
