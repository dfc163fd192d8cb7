/**
 * Where the bytes of instances live, behind one interface.
 *
 * @module
 */

/** What to do when another object already stands under the name. Identical bytes are always kept once. */
export type ExistingPolicy = "replace" | "keep-first";

/** What a commit did. */
export type CommitOutcome = "created" | "identical" | "replaced" | "kept-first";

/** An object that nobody can see yet. It ends with exactly one `commit` or `discard`. */
export interface PendingObject {
  /** Appends; the bytes are the caller's again once it has returned, or the promise it returned has resolved. */
  write(bytes: Uint8Array): void | Promise<void>;
  /**
   * Makes the bytes durable, then visible under `name`, at once and as a whole.
   * `name` is a path of validated segments, such as `study/series/instance.dcm`.
   * `identicalFrom` is the offset at which a comparison with an object that is there begins (what stands before, Part 10
   * meta information, differs by sender and says nothing of the instance).
   */
  commit(name: string, options: { onExisting: ExistingPolicy; identicalFrom?: number }): Promise<CommitOutcome>;
  /** Leaves nothing behind. Never throws. */
  discard(): Promise<void>;
}

/** A place for objects. */
export interface ObjectStore extends AsyncDisposable {
  /** Throws `InstanceNotKeptError` (out-of-resources) when there is no room, as every method here does. */
  create(): Promise<PendingObject>;
  /** Size and content, or undefined when there is none of that name. */
  get(name: string): Promise<{ size: number; stream(): ReadableStream<Uint8Array> } | undefined>;
  /** Whether it can be written to now, and how much room is left, in bytes, when it knows. */
  check(): Promise<{ writable: boolean; freeBytes?: number; problem?: string }>;
}
