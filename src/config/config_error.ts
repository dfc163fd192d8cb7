/**
 * The error of configurations.
 *
 * @module
 */

/** One thing that is wrong in a configuration. */
export interface ConfigProblem {
  /** Line in the YAML text, from 1; absent when the value came from elsewhere. */
  readonly line?: number;
  /** Such as `peers.PACS.port`; empty for the whole file. */
  readonly keyPath: string;
  /** The value in the configuration, shortened; never a secret. */
  readonly found: string;
  /** What may stand there. */
  readonly expected: string;
}

/** A configuration that cannot be used; lists every problem, not only the first. */
export class ConfigError extends TypeError {
  /** Name of the class. */
  override readonly name = "ConfigError";
  /** Everything that is wrong. */
  readonly problems: readonly ConfigProblem[];

  /** `problems` are at least one, in the order of their lines. */
  constructor(message: string, problems: readonly ConfigProblem[]) {
    super(message);
    this.problems = problems;
  }
}
