/**
 * Problems of rules.
 *
 * @module
 */

/** A problem at one place of a set of rules. */
export interface RuleProblem {
  /** Where, from the outermost value: keys of mappings and indices of lists. */
  readonly path: readonly PropertyKey[];
  /** What was found, where the value itself doesn't show it. */
  readonly found?: string;
  /** What was expected there. */
  readonly expected: string;
  /** An unknown word, and the known ones, of which one may be meant. */
  readonly unknown?: { readonly word: string; readonly known: Iterable<string> };
}

/** The error for rules that can't be used. */
export class RoutingRulesError extends TypeError {
  /** Name of the class. */
  override readonly name = "RoutingRulesError";
  /** All problems, at least one. */
  readonly problems: readonly RuleProblem[];

  /** An error whose message has all problems. */
  constructor(problems: readonly RuleProblem[]) {
    const sentences = problems.map(({ path, found, expected }) => {
      const place = path.map((key) => typeof key === "number" ? `[${key}]` : `.${String(key)}`).join("");
      return `${place.replace(/^\./, "")}: ${found === undefined ? "" : `found ${found}, `}expected ${expected}`;
    });
    super(`Cannot use the rules: ${sentences.join("; ")}`);
    this.problems = problems;
  }
}
