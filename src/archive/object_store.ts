/**
 * Where the bytes of instances live, behind one interface.
 *
 * @module
 */

/** What to do when another object already stands under the name. Identical content is always kept once. */
export type ExistingPolicy = "replace" | "keep-first";

/** What a commit did. */
export type CommitOutcome = "created" | "identical" | "replaced" | "kept-first";

/**
 * Which part of an object counts when two are compared: what stands before it (Part 10 meta information) differs by
 * sender and says nothing of the instance. It reaches to the end of the object.
 */
export interface ComparedContent {
  /** Where it begins in the pending object, in bytes. */
  readonly start: number;
  /**
   * Where it begins in the existing object, whose first bytes (at most 64 KiB) are given; undefined when these alone
   * show that the two differ.
   */
  startInExisting(head: Uint8Array): number | undefined;
}

/** How to commit. */
export interface CommitOptions {
  /** What to do when another object stands under the name. */
  readonly onExisting: ExistingPolicy;
  /** Default: the whole object. */
  readonly compared?: ComparedContent;
}

/** An object that nobody can see yet. It ends with exactly one `commit` or `discard`. */
export interface PendingObject {
  /** Appends; the bytes are the caller's again once it has returned, or the promise it returned has resolved. */
  write(bytes: Uint8Array): void | Promise<void>;
  /**
   * Makes the bytes durable, then visible under `name`, at once and as a whole; a commit that throws leaves nothing
   * behind. Commits of one name take turns.
   *
   * @param name Path of segments that `checkObjectName` accepts, such as `study/series/instance.dcm`
   */
  commit(name: string, options: CommitOptions): Promise<CommitOutcome>;
  /** Leaves nothing behind. Never throws; does nothing after a commit. */
  discard(): Promise<void>;
}

/** An object as it was found. */
export interface StoredObject {
  /** Its length in bytes. */
  readonly size: number;
  /** Its bytes; fails when the object was removed or replaced since it was found. */
  stream(): ReadableStream<Uint8Array>;
}

/** Whether a store can take objects. */
export interface StoreCheck {
  /** Whether a trial write went well. */
  readonly writable: boolean;
  /** Room that is left, in bytes, where the store can tell. */
  readonly freeBytes?: number;
  /** Why it is not writable. */
  readonly problem?: string;
}

/** A place for objects. Where there is no room, its methods throw `InstanceNotKeptError` (`out-of-resources`). */
export interface ObjectStore extends AsyncDisposable {
  /** Begins an object; takes no room before its first `write`. */
  create(): PendingObject;
  /** The object of that name, or undefined when there is none. */
  get(name: string): Promise<StoredObject | undefined>;
  /** Tries whether it can be written to now. Never throws. */
  check(): Promise<StoreCheck>;
  /** Why it takes no new objects at the moment, where it is short of room; quick to tell. Default: it never is. */
  shortage?(): string | undefined;
}

/** Longest segment of a name, in characters. */
const MAXIMUM_SEGMENT = 128;

/** Most segments in a name. */
const MAXIMUM_DEPTH = 8;

/**
 * Refuses a name that could mean anything but one object below the store's root: each segment is ASCII letters, digits,
 * `.`, `_` and `-`, begins with no dot, and has at most 128 characters.
 *
 * @throws TypeError
 */
export function checkObjectName(name: string): void {
  const segments = name.split("/", MAXIMUM_DEPTH + 1);
  const good = segments.length <= MAXIMUM_DEPTH &&
    segments.every((segment) => segment.length <= MAXIMUM_SEGMENT && /^[A-Za-z0-9_-][A-Za-z0-9._-]*$/.test(segment));
  if (!good) {
    throw new TypeError(
      `Cannot name an object ${JSON.stringify(name.slice(0, 200))}: expected up to ${MAXIMUM_DEPTH} segments of ` +
        `ASCII letters, digits, ".", "_" and "-", each of at most ${MAXIMUM_SEGMENT} characters with no dot first`,
    );
  }
}
