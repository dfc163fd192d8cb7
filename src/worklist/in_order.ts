/**
 * Values in order, while they come and go.
 *
 * @module
 */

import { sliceOfTime } from "../scheduling/time_slices.ts";

/** Values that are put in order, or passed by, before others may have their turn. */
const SORTED_AT_ONCE = 500;

/**
 * Keeps values in the order of a text of each; of equals, the one that came first is first. It sorts changed values when
 * a caller asks for the list, in slices of time.
 */
export class InOrder<Value> {
  readonly #textOf: (value: Value) => string;
  #values: readonly Value[] = [];
  #added = new Set<Value>();
  #removed = new Set<Value>();
  #sorting: Promise<void> | undefined;

  /** `textOf` gives the same text of a value whenever it is asked. */
  constructor(textOf: (value: Value) => string) {
    this.#textOf = textOf;
  }

  /** Adds a value, which is none of those that are there. */
  add(value: Value): void {
    this.#added.add(value);
  }

  /** Removes a value. */
  remove(value: Value): void {
    if (!this.#added.delete(value)) this.#removed.add(value);
  }

  /** All values that were there when it was called; of those that come or go meanwhile, some. */
  async values(): Promise<readonly Value[]> {
    await this.#sorting;
    if (this.#added.size + this.#removed.size > 0) {
      await (this.#sorting ??= this.#sort().finally(() => this.#sorting = undefined));
    }
    return this.#values;
  }

  async #sort(): Promise<void> {
    const [added, removed] = [[...this.#added], this.#removed];
    [this.#added, this.#removed] = [new Set(), new Set()];
    const pause = sliceOfTime();
    const compare = (one: Value, other: Value) => compareTexts(this.#textOf(one), this.#textOf(other));
    let runs: (readonly Value[])[] = [];
    for (let at = 0; at < added.length; at += SORTED_AT_ONCE) {
      runs.push(added.slice(at, at + SORTED_AT_ONCE).sort(compare));
      await pause();
    }
    const merge = async (one: readonly Value[], other: readonly Value[]): Promise<readonly Value[]> => {
      const merged: Value[] = [];
      let [first, second] = [0, 0];
      while (first < one.length && second < other.length) {
        merged.push(compare(one[first]!, other[second]!) <= 0 ? one[first++]! : other[second++]!);
        if (merged.length % SORTED_AT_ONCE === 0) await pause();
      }
      return merged.concat(one.slice(first), other.slice(second));
    };
    while (runs.length > 1) {
      const longer: (readonly Value[])[] = [];
      for (let at = 0; at < runs.length; at += 2) longer.push(await merge(runs[at]!, runs[at + 1] ?? []));
      runs = longer;
    }
    const left = removed.size === 0 ? this.#values : this.#values.filter((value) => !removed.has(value));
    this.#values = await merge(left, runs[0] ?? []);
  }
}

function compareTexts(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
