/**
 * Errors in multipart messages.
 *
 * @module
 */

/** Bytes that are no multipart message (RFC 2046 5.1), or one that DICOMweb cannot use. */
export class MultipartError extends SyntaxError {
  /** Name of the class. */
  override readonly name = "MultipartError";
  /** Number of the part at fault, from 1 on; undefined if no part is. */
  readonly part: number | undefined;

  /** `detail.part` is the number of the part, `detail.cause` the error behind this one. */
  constructor(message: string, detail: { part?: number | undefined; cause?: unknown } = {}) {
    super(message, detail.cause === undefined ? {} : { cause: detail.cause });
    this.part = detail.part;
  }
}
