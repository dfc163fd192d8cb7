/**
 * Places in rules, and the problems there.
 *
 * @module
 */

import type { RuleProblem } from "./rule_problem.ts";

/** A place in rules. The problems of all places go to one list. */
export class Place {
  /** From the outermost value: keys of mappings and indices of lists. */
  readonly path: readonly PropertyKey[];
  readonly #problems: RuleProblem[];

  /** A place whose problems go to a list. */
  constructor(problems: RuleProblem[], path: readonly PropertyKey[] = []) {
    this.#problems = problems;
    this.path = path;
  }

  /** A place within this one. */
  at(key: string | number): Place {
    return new Place(this.#problems, [...this.path, key]);
  }

  /** Reports what was expected here; answers the value that replaces the wrong one. */
  wrong<Value>(expected: string, instead: Value): Value {
    return this.problem({ expected }, instead);
  }

  /** Reports a problem here; answers the value that replaces the wrong one. */
  problem<Value>(problem: Omit<RuleProblem, "path">, instead: Value): Value {
    this.#problems.push({ path: this.path, ...problem });
    return instead;
  }

  /** The place as text, without the first steps. */
  text(without = 0): string {
    return this.path.slice(without).map((key, index) =>
      typeof key === "number" ? `[${key}]` : index === 0 ? String(key) : `.${String(key)}`
    ).join("");
  }
}
