/**
 * Rules that can be replaced while instances come.
 *
 * @module
 */

import { type CompiledRules, compileRules } from "./compiled_rules.ts";
import type { RoutingRules } from "./rule.ts";

/** What became of an attempt to replace rules. */
export type RulesReplaced =
  | { readonly replaced: true; readonly rules: CompiledRules }
  /** What is wrong with the new ones; the old ones stay. */
  | { readonly replaced: false; readonly error: Error };

/** How rules are read. */
export interface LiveRulesOptions {
  /** Reads and checks a text, such as a configuration. Rejects where it is wrong. */
  readonly read: (text: string) => Promise<RoutingRules>;
}

/**
 * The rules that hold now. Whoever asks about an instance takes `current` when the instance begins to come, and asks that to
 * its end: then what is read of the instance is what those rules need.
 */
export class LiveRules {
  readonly #read: LiveRulesOptions["read"];
  #current: CompiledRules;
  #turn: Promise<unknown> = Promise.resolve();

  /** Rules to begin with. Throws `RoutingRulesError`. */
  constructor(rules: RoutingRules, { read }: LiveRulesOptions) {
    this.#current = compileRules(rules);
    this.#read = read;
  }

  /** The rules that hold now. */
  get current(): CompiledRules {
    return this.#current;
  }

  /**
   * Replaces the rules by those of a text; where that is wrong, nothing changes. Never rejects. Of several calls the last one
   * counts, whichever is read first.
   */
  replaceRules(text: string): Promise<RulesReplaced> {
    const replaced = this.#turn.then(async (): Promise<RulesReplaced> => {
      try {
        const rules = compileRules(await this.#read(text));
        this.#current = rules;
        return { replaced: true, rules };
      } catch (error) {
        return { replaced: false, error: error instanceof Error ? error : new Error(String(error)) };
      }
    });
    this.#turn = replaced;
    return replaced;
  }
}
