/**
 * The error of what has to do with pixels.
 *
 * @module
 */

/**
 * - `malformed`: the frame, or what the data set says of it, breaks the standard, or the two differ;
 * - `unsupported`: it is right as far as one can see, but nothing here decodes, encodes or renders it;
 * - `deadline`: it took longer than it may;
 * - `crashed`: the process of the codec ended;
 * - `unavailable`: no process can be started here;
 * - `busy`: too many frames wait for a process already; later it may work.
 */
export type PixelDataReason = "malformed" | "unsupported" | "deadline" | "crashed" | "unavailable" | "busy";

/** A frame that can't be decoded, encoded or rendered. It costs nothing else: the next frame is worked on as before. */
export class PixelDataError extends Error {
  /** Name of the class. */
  override readonly name = "PixelDataError";
  /** Why. */
  readonly reason: PixelDataReason;

  /** `detail.reason` says of what kind it is, `cause` what was thrown there. */
  constructor(message: string, detail: { reason: PixelDataReason; cause?: unknown }) {
    super(message, detail);
    this.reason = detail.reason;
  }
}

/** The error of a frame that is not as the standard, or its data set, says. */
export function malformed(message: string, cause?: unknown): PixelDataError {
  return new PixelDataError(message, cause === undefined ? { reason: "malformed" } : { reason: "malformed", cause });
}

/** The error of what may be right and is not known here. */
export function unsupported(message: string): PixelDataError {
  return new PixelDataError(message, { reason: "unsupported" });
}
