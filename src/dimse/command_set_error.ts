/**
 * The error of command sets.
 *
 * @module
 */

/** A command set that breaks PS3.7 section 6.3 or Annex E. */
export class CommandSetError extends SyntaxError {
  /** Name of the class. */
  override readonly name = "CommandSetError";
}
