/**
 * Promises that others settle.
 *
 * @module
 */

/** A promise, and what settles it. */
export interface Deferred<Value> {
  /** The promise. */
  readonly promise: Promise<Value>;
  /** Fulfills it. */
  readonly resolve: (value: Value) => void;
  /** Rejects it. */
  readonly reject: (reason: unknown) => void;
}

/** What `Promise.withResolvers` gives, which Node 20 lacks. */
export function deferred<Value>(): Deferred<Value> {
  let resolve!: (value: Value) => void;
  let reject!: (reason: unknown) => void;
  const promise = new Promise<Value>((...settle) => [resolve, reject] = settle);
  return { promise, resolve, reject };
}
