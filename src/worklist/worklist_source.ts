/**
 * A worklist as a source of answers to C-FIND.
 *
 * @module
 */

import type { DataSet } from "../dicom/data_set/data_set.ts";
import { itemsOf } from "../dicom/data_set/items.ts";
import { compileQuery } from "../query/compile.ts";
import type { AskOptions, HeldInstance, InstanceSource, Match } from "../query/instance_source.ts";
import type { MatcherOptions } from "../query/matcher.ts";
import type { Query } from "../query/query.ts";
import { isWithoutValue } from "../query/stored_values.ts";
import { sliceOfTime } from "../scheduling/time_slices.ts";
import { hasEnded, type Worklist } from "./worklist.ts";
import { SCHEDULED_STEPS } from "./worklist_item.ts";

/** How a worklist answers. */
export interface WorklistSourceOptions extends MatcherOptions {
  /** Whether to offer ended steps too. A query for a status always finds them. Default: false. */
  readonly offerEnded?: boolean;
}

const STEP_STATUS = 0x0040_0020;

/** Answers queries by the matcher, step by step in the order of their start, yielding to other work in between. */
export class WorklistSource implements InstanceSource {
  readonly #worklist: Worklist;
  readonly #options: WorklistSourceOptions;

  /** A source of the steps of a worklist. */
  constructor(worklist: Worklist, options: WorklistSourceOptions = {}) {
    this.#worklist = worklist;
    this.#options = options;
  }

  /** The steps that a query means. Throws `IdentifierError` for a query that can't be answered. */
  async *find(query: Query, { signal }: AskOptions = {}): AsyncGenerator<Match> {
    const { matches, criteria } = compileQuery(withoutZero(query), this.#options);
    const unmatched = criteria.unmatched.map(({ tag }) => tag);
    const withEnded = this.#options.offerEnded || asksForStatus(query.keys);
    const pause = sliceOfTime();
    for (const step of await this.#worklist.steps()) {
      signal?.throwIfAborted();
      if ((withEnded || !hasEnded(step)) && matches(step.attributes)) yield { attributes: step.attributes, unmatched };
      await pause();
    }
  }

  /** A worklist has no instances. */
  async *retrieve(): AsyncGenerator<HeldInstance> {
    // There is nothing to give.
  }
}

/** Pregnancy Status is 1 to 4 (PS3.3 C.7.2.3): peers that write no value of an US as 0 ask for any. */
const PREGNANCY_STATUS = 0x0010_21c0;

function withoutZero(query: Query): Query {
  const element = query.keys.element(PREGNANCY_STATUS);
  if (element?.kind !== "value" || !element.bytes.every((byte) => byte === 0)) return query;
  const keys = query.keys.copy();
  keys.set(PREGNANCY_STATUS, null);
  return { ...query, keys };
}

function asksForStatus(keys: DataSet): boolean {
  return [keys, ...itemsOf(keys, SCHEDULED_STEPS)].some((dataSet) =>
    !isWithoutValue(dataSet.element(STEP_STATUS), "CS", dataSet)
  );
}
