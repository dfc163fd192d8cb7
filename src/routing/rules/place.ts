/**
 * Where something stands that is read, and what is wrong there.
 *
 * @module
 */

import type { RuleProblem } from "./rule_problem.ts";

/** A place in rules that are read; problems go to one list. */
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

  /** Says what was expected here; answers what is to be taken instead. */
  wrong<Value>(expected: string, instead: Value): Value {
    return this.problem({ expected }, instead);
  }

  /** Says what is wrong here; answers what is to be taken instead. */
  problem<Value>(problem: Omit<RuleProblem, "path">, instead: Value): Value {
    this.#problems.push({ path: this.path, ...problem });
    return instead;
  }

  /** As it is written, without the first steps. */
  text(without = 0): string {
    return this.path.slice(without).map((key, index) =>
      typeof key === "number" ? `[${key}]` : index === 0 ? String(key) : `.${String(key)}`
    ).join("");
  }
}
