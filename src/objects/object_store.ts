/**
 * Named bytes, behind one interface: files, memory, later object storage. Nothing here knows of DICOM, and nothing decides
 * what may take whose place.
 *
 * @module
 */

/** Adds bytes to the CRC-32 (that of ISO 3309, zlib and PNG) of those before them; 0 is that of none. */
export type Crc32 = (bytes: Uint8Array, before?: number) => number;

/** What a commit is told besides the name. */
export interface CommitOptions {
  /**
   * What the account of the objects, such as an index, has to know of this one: at most 32 KiB of
   * UTF-8. It is as durable as the object. A store that was opened for an account gives it back after a crash, until the
   * account has said that it has what it was told. Default: nothing.
   */
  readonly note?: string;
  /**
   * Whether to wait until it is durable. Without that it survives the end of the process at once, and the loss of power soon
   * after, which `persist` waits for. Not for what takes the place of another object. Default: true.
   */
  readonly flush?: boolean;
  /** Called when the object is in its place, and before the note may be forgotten. What it throws, `commit` throws. */
  readonly whenInPlace?: () => void | Promise<void>;
}

/** An object that is not visible yet. It ends with exactly one `commit` or `discard`. */
export interface PendingObject {
  /** Appends; the bytes are the caller's again once it has returned, or the promise it returned has resolved. */
  write(bytes: Uint8Array): void | Promise<void>;
  /** What was written, from the byte `start` on, piece by piece. Nothing may be written, committed or discarded meanwhile. */
  read(start: number): AsyncIterable<Uint8Array>;
  /**
   * Makes the bytes durable, and then atomically visible under `name`, replacing an existing object. A crash leaves
   * either the old object or the new one. Commits of one name take turns.
   *
   * @param name Path of segments that `checkObjectName` accepts, such as `study/series/instance.dcm`
   */
  commit(name: string, options?: CommitOptions): Promise<void>;
  /** Leaves nothing behind. Never throws; does nothing after a commit. */
  discard(): Promise<void>;
}

/** Which bytes of an object. */
export interface ByteRange {
  /** The first byte. Default: 0. */
  readonly start?: number;
  /** The byte behind the last. Default, and at most: the end of the object. */
  readonly end?: number;
}

/** An object as it was found. */
export interface StoredObject {
  /** Its length in bytes, whatever range was asked for. */
  readonly size: number;
  /**
   * The bytes that were asked for, in pieces that are the reader's to keep. The object is opened when the first piece is
   * asked for, and closed after the last one, when the reader leaves, and when reading fails. Fails if the object was
   * removed or replaced before it was opened.
   */
  read(): AsyncIterable<Uint8Array>;
}

/** An object in a list. */
export interface ListedObject {
  /** Its whole name. */
  readonly name: string;
  /** Its length in bytes. */
  readonly size: number;
  /** When it was written, in milliseconds since the epoch. */
  readonly writtenAt: number;
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
  /** The object of that name, or undefined if none has it. */
  get(name: string, range?: ByteRange): Promise<StoredObject | undefined>;
  /**
   * All objects whose names begin with `prefix`, in no order, found while it goes on; default all. One that comes or goes
   * meanwhile may be there or not.
   */
  list(prefix?: string): AsyncIterable<ListedObject>;
  /** Removes an object so that no crash brings it back; does nothing if it does not exist. */
  delete(name: string): Promise<void>;
  /** Makes an existing object as durable as a commit does: it may come from a time without durability. */
  persist(name: string): Promise<void>;
  /** Tries whether it can be written to now. Never throws. */
  check(): Promise<StoreCheck>;
  /** CRC-32 of the received bytes, if the platform computes it at low cost. */
  readonly crc32?: Crc32;
  /** Free space in bytes; undefined if unknown. Default: unknown. */
  room?(): number | undefined;
  /** Why it takes no new objects at the moment, where it is short of room; quick to tell. Default: it never is. */
  shortage?(): string | undefined;
}

/** An object of which a crash may have kept the account from hearing. */
export interface UnsettledObject {
  /** As it was committed. */
  readonly name: string;
  /** As it was committed; empty when it came without. */
  readonly note: string;
}

/** Keeps account of a store's objects. */
export interface ObjectAccount {
  /**
   * Told once, when the store is opened, of objects whose notes may be news; all are in their places. What it makes of them
   * must be durable when it resolves.
   */
  catchUp(store: ObjectStore, unsettled: readonly UnsettledObject[]): Promise<void>;
  /** Makes durable all that it was told by `whenInPlace`; the notes are forgotten then. */
  sync(): Promise<void>;
}

/** Longest note of an object, in bytes of UTF-8. */
export const MAXIMUM_NOTE = 32 * 1024;

/** Whether a store takes a note of that length. */
export function isShortNote(note: string): boolean {
  return 3 * note.length <= MAXIMUM_NOTE || new TextEncoder().encode(note).length <= MAXIMUM_NOTE;
}

/** Longest segment of a name, in characters. */
const MAXIMUM_SEGMENT = 128;

/** Most segments in a name. */
const MAXIMUM_DEPTH = 8;

/** Whether `checkObjectName` accepts a name. */
export function isObjectName(name: string): boolean {
  const segments = name.split("/", MAXIMUM_DEPTH + 1);
  return segments.length <= MAXIMUM_DEPTH &&
    segments.every((segment) => segment.length <= MAXIMUM_SEGMENT && /^[A-Za-z0-9_-][A-Za-z0-9._-]*$/.test(segment));
}

/**
 * Refuses a name that could mean anything but one object below the store's root: each segment is ASCII letters, digits,
 * `.`, `_` and `-`, begins with no dot, and has at most 128 characters.
 *
 * @throws TypeError
 */
export function checkObjectName(name: string): void {
  if (!isObjectName(name)) {
    throw new TypeError(
      `Cannot name an object ${JSON.stringify(name.slice(0, 200))}: expected up to ${MAXIMUM_DEPTH} segments of ` +
        `ASCII letters, digits, ".", "_" and "-", each of at most ${MAXIMUM_SEGMENT} characters with no dot first`,
    );
  }
}

/** A range within an object of `size` bytes. */
export function clampRange({ start = 0, end = Infinity }: ByteRange, size: number): { start: number; end: number } {
  const last = Math.min(end, size);
  return { start: Math.min(Math.max(0, start), last), end: last };
}
