/**
 * Values as they are encoded.
 *
 * @module
 */

/** A value field: a part of bytes that it is read from in place. */
export interface EncodedValue {
  /** What the value is a part of. */
  readonly source: Uint8Array;
  /** Where in `source` it begins. */
  readonly start: number;
  /** Bytes of the value, padding included. */
  readonly length: number;
  /** The value alone, padding included: a view, which takes longer to make than a short value to read. */
  readonly bytes: Uint8Array;
}
