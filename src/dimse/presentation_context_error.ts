/**
 * The error of what no presentation context was accepted for.
 *
 * @module
 */

/** No presentation context was accepted for what should be sent (PS3.8 7.1.1.14). */
export class PresentationContextError extends RangeError {
  /** Name of the class. */
  override readonly name = "PresentationContextError";
  /** UID of the abstract syntax, which is a SOP Class UID mostly. */
  readonly abstractSyntax: string;
  /** Transfer syntax UID, when one was asked for. */
  readonly transferSyntax: string | undefined;

  /** `detail` says what should have been accepted. */
  constructor(message: string, detail: { abstractSyntax: string; transferSyntax?: string }) {
    super(message);
    this.abstractSyntax = detail.abstractSyntax;
    this.transferSyntax = detail.transferSyntax;
  }
}
