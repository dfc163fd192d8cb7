/**
 * What is wrong with rules.
 *
 * @module
 */

/** A problem at one place of a set of rules. */
export interface RuleProblem {
  /** Where, from the outermost value: keys of mappings and indices of lists. */
  readonly path: readonly PropertyKey[];
  /** What was found, where the value itself doesn't say it. */
  readonly found?: string;
  /** What was expected there. */
  readonly expected: string;
  /** A word that is none of those that are known, and those: one of them may be meant. */
  readonly unknown?: { readonly word: string; readonly known: Iterable<string> };
}

/** Rules that can't be used. `problems` has everything that is wrong. */
export class RoutingRulesError extends TypeError {
  /** Name of the class. */
  override readonly name = "RoutingRulesError";
  /** What is wrong, at least one thing. */
  readonly problems: readonly RuleProblem[];

  /** An error that tells of all problems. */
  constructor(problems: readonly RuleProblem[]) {
    const sentences = problems.map(({ path, found, expected }) => {
      const place = path.map((key) => typeof key === "number" ? `[${key}]` : `.${String(key)}`).join("");
      return `${place.replace(/^\./, "")}: ${found === undefined ? "" : `found ${found}, `}expected ${expected}`;
    });
    super(`Cannot use the rules: ${sentences.join("; ")}`);
    this.problems = problems;
  }
}
