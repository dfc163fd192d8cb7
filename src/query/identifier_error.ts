/**
 * The error of identifiers.
 *
 * @module
 */

/**
 * An identifier of a query or retrieval that can't be answered: it breaks the rules of its information model (PS3.4 C.4), or
 * a key is no value of its VR. A C-FIND, C-MOVE or C-GET answers with status A900.
 */
export class IdentifierError extends SyntaxError {
  /** Name of the class. */
  override readonly name = "IdentifierError";
  /** Tag of the key at fault, when it is one. */
  readonly tag: number | undefined;
  /** What an Error Comment (0000,0902) says of it: at most 64 characters, and no value of the key. */
  readonly comment: string;

  /** `detail.comment` goes to the peer; cut at 64 characters. */
  constructor(message: string, detail: { tag?: number | undefined; comment: string }) {
    super(message);
    this.tag = detail.tag;
    this.comment = detail.comment.slice(0, 64);
  }
}
