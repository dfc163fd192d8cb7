/**
 * What is wrong with a multipart message.
 *
 * @module
 */

/** Bytes that are no multipart message (RFC 2046 5.1), or one that DICOMweb has no use for. */
export class MultipartError extends SyntaxError {
  /** Name of the class. */
  override readonly name = "MultipartError";
  /** Number of the part at fault, from 1 on; undefined where it is in none. */
  readonly part: number | undefined;

  /** `detail.part` is where; `cause` what was thrown there. */
  constructor(message: string, detail: { part?: number | undefined; cause?: unknown } = {}) {
    super(message, detail.cause === undefined ? {} : { cause: detail.cause });
    this.part = detail.part;
  }
}
