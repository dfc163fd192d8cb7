/**
 * Keeps instances as Part 10 files: meta information in front of the very bytes that came.
 *
 * @module
 */

import { isPrintableAscii } from "../dicom/ascii.ts";
import { fileMetaInformation } from "../dicom/part10.ts";
import { DataSetError, InstanceNotKeptError, LimitError } from "../errors.ts";
import type { IndexedInstance, InstanceIndex } from "../index/instance_index.ts";
import { createMemoryIndex } from "../index/memory_index.ts";
import { lend, type LentBytes } from "../streams/lent_bytes.ts";
import type { ByteRange, Crc32, ObjectStore, PendingObject, StoredObject } from "../objects/object_store.ts";
import type { ArchiveEvent, KeptInstance } from "./events.ts";
import { IdentityReader } from "./identity.ts";
import { instanceName } from "./instance_name.ts";
import { isLeft, takeOut } from "./delete_instances.ts";
import type { ArchiveRouting, InstanceOrigin } from "./routing.ts";
import { sweep, Sweeper } from "./sweep.ts";
import { type ExistingPolicy, type TasksFor, Transactions } from "./transaction.ts";

/** Limits of received instances. */
export interface ArchiveLimits {
  /** Bytes of one data set, as it comes. Default: 16 GiB. */
  readonly maxInstanceLength?: number;
  /**
   * Bytes that a deflated data set may inflate to, while it is looked through. Default: `maxInstanceLength`, but no more
   * than 2 GiB.
   */
  readonly maxInflatedLength?: number;
  /** Sequences within sequences. Default: 64. */
  readonly maxDepth?: number;
}

/** How an archive works. */
export interface ArchiveOptions {
  /** The store of the files; the caller closes it. */
  readonly store: ObjectStore;
  /** The index of the instances; the caller closes it. Default: an index in memory, for a store in memory. */
  readonly index?: InstanceIndex;
  /**
   * What to do with an instance whose SOP Instance UID already exists, in any series, with different content. The
   * archive keeps identical instances once. Default: `keep-first`.
   */
  readonly onExisting?: ExistingPolicy;
  /**
   * What to do with a data set that violates PS3.5, or is in an unknown transfer syntax: `keep` its bytes, if UIDs
   * were announced that can name it, or `refuse` it. Default: `keep`.
   */
  readonly unreadable?: "keep" | "refuse";
  /** What is refused for its size or depth. */
  readonly limits?: ArchiveLimits;
  /** What has to be done with an instance that is kept; the tasks are recorded in one transaction with it. */
  readonly tasksFor?: TasksFor;
  /** Where instances go from here; recorded in that transaction as well. Default: nowhere. */
  readonly routing?: ArchiveRouting | undefined;
  /** Observers of instances that are stored. What they throw is ignored. */
  readonly observers?: readonly ((event: ArchiveEvent) => void)[];
  /** Told when something superfluous could not be removed; it is tried again after growing pauses, from 1 s to 1 h. */
  readonly onError?: (error: unknown) => void;
  /** Milliseconds since the epoch. Default: `Date.now`. */
  readonly now?: () => number;
}

/** An instance on its way in. */
export interface IncomingInstance {
  /** SOP Class UID that the data set must have, without padding. */
  readonly sopClassUid: string;
  /** SOP Instance UID that the data set must have, without padding. */
  readonly sopInstanceUid: string;
  /** Transfer syntax UID of the data set. */
  readonly transferSyntax: string;
  /** Study Instance UID that the data set must have, without padding. Default: any, or none. */
  readonly studyInstanceUid?: string;
  /**
   * AE title of the sender, for the index and, where it is one that can be written, for the meta information
   * (0002,0016). Instances that arrive another way may have an address or a user name instead.
   */
  readonly sourceAeTitle?: string;
  /** How the instance arrived; routes decide by it. */
  readonly origin?: InstanceOrigin;
  /** Id of its association, for observers. */
  readonly associationId?: string;
  /** The data set's bytes. */
  readonly dataSet: ReadableStream<Uint8Array> | LentBytes;
  /** Gives up, and cancels the data set. */
  readonly signal?: AbortSignal;
}

/** Where instances live. Disposing of it waits for removals in progress, and does not repeat those that failed. */
export interface Archive extends AsyncDisposable {
  /**
   * Keeps an instance, and resolves when it is safe and in the index. The data set is pulled as fast as the store takes it,
   * and walked over to its end without being decoded.
   *
   * @throws InstanceNotKeptError `data-set-does-not-match-sop-class` when the data set has other UIDs than it should, or is of
   * another study, `invalid-sop-instance` when it can't be named, `cannot-understand` when it breaks PS3.5 or ends early
   * and is not to be kept then, `out-of-resources` when the disk is full or a limit is passed; the error of the stream, or
   * the signal's reason. It then leaves nothing behind and cancels the stream.
   */
  keep(instance: IncomingInstance): Promise<KeptInstance>;
  /** The instance with that SOP Instance UID. */
  find(sopInstanceUid: string): Promise<IndexedInstance | undefined>;
  /** The Part 10 file of that name, or undefined if none has it. */
  get(name: string, range?: ByteRange): Promise<StoredObject | undefined>;
  /**
   * Deletes the instances with these SOP Instance UIDs. Resolves with the deleted ones when index and store no longer
   * have them. After a crash, the next start leaves each instance whole or removes it from both. An instance that
   * arrives again meanwhile may stay. An instance for which `mayGo` is false stays too: it is asked at the very moment,
   * in which no caller can keep that instance.
   *
   * @throws what the index throws, which may have taken out some; what the store throws where it can't remove a file: the
   * instance is gone, and the file goes later
   */
  delete(
    sopInstanceUids: Iterable<string>,
    mayGo?: (instance: IndexedInstance) => boolean | Promise<boolean>,
  ): Promise<readonly IndexedInstance[]>;
}

const DEFAULT_MAXIMUM_LENGTH = 16 * 1024 ** 3;
const LONGEST_INFLATED_BY_DEFAULT = 2 * 1024 ** 3;

/** An archive over a store and its index. */
export function createArchive(options: ArchiveOptions): Archive {
  const { store, index = createMemoryIndex(), onExisting = "keep-first", unreadable = "keep", limits = {} } = options;
  const { tasksFor = () => [], routing, observers = [], onError = () => {}, now = Date.now } = options;
  const { maxInstanceLength = DEFAULT_MAXIMUM_LENGTH } = limits;
  const reading = {
    maxInflatedLength: Math.min(maxInstanceLength, LONGEST_INFLATED_BY_DEFAULT),
    ...limits,
    tolerateUnreadable: unreadable === "keep",
  };
  const transactions = new Transactions({ store, index, onExisting, tasksFor, routing });
  const sweeper = new Sweeper(() => sweep(store, index, transactions.instances), onError);
  // Removals that failed before the last end are tried again.
  sweeper.run().catch(() => {});

  async function keep(incoming: IncomingInstance, source: Required<LentBytes>, pending: PendingObject) {
    const { transferSyntax, sourceAeTitle = "", signal } = incoming;
    const head = fileHead(incoming);
    const ready = routing?.ready?.();
    if (ready !== undefined) await ready;
    const { wanted, jobsFor } = routing ?? {};
    const reader = new IdentityReader({ transferSyntax, kept: index.kept, ...(wanted && { wanted }), ...reading });
    const written = pending.write(head);
    if (written !== undefined) await written;
    const pulled = await pull(source, pending, reader, {
      maximum: maxInstanceLength,
      signal,
      crc32: store.crc32,
      head,
    });
    const identity = reader.check(incoming);
    const instance = {
      ...identity,
      transferSyntax,
      name: await instanceName(identity),
      size: head.length + pulled.length,
      dataSetOffset: head.length,
      receivedAt: now(),
      sourceAeTitle,
      ...(pulled.crc !== undefined && { crc32: pulled.crc }),
    };
    const { associationId, origin } = incoming;
    const attributes = reader.finish();
    const arrival = { instance, attributes, wanted: reader.wanted, origin, jobsFor };
    const transacted = await transactions.keep(pending, arrival);
    const warnings = reader.warnings.map(({ message }) => message);
    return {
      ...transacted,
      name: transacted.instance.name,
      bytes: pulled.length,
      warnings,
      ...(associationId !== undefined && { associationId }),
    };
  }

  return {
    async keep(incoming) {
      const { signal } = incoming;
      const source = lend(incoming.dataSet);
      const giveUp = () => void source.cancel(signal?.reason).catch(() => {}); // A read that waits ends as well.
      signal?.addEventListener("abort", giveUp);
      const pending = store.create();
      try {
        const kept = await keep(incoming, source, pending);
        tell(observers, { type: "instance-kept", kept });
        if (kept.existing !== undefined && kept.existing.name !== kept.instance.name) {
          sweeper.run().catch(() => {});
        }
        return kept;
      } catch (error) {
        source.cancel(error).catch(() => {});
        throw notKept(error);
      } finally {
        await pending.discard();
        signal?.removeEventListener("abort", giveUp);
      }
    },
    find: async (sopInstanceUid) => await index.find(sopInstanceUid),
    get: (name, range) => store.get(name, range),
    async delete(sopInstanceUids, mayGo) {
      const taken = await takeOut(index, transactions.instances, sopInstanceUids, mayGo);
      if (taken.length === 0) return taken;
      try {
        await sweeper.run();
      } catch (error) {
        // Failures to remove other objects are reported, and don't concern these.
        if (await isLeft(taken, store, index)) throw error;
      }
      return taken;
    },
    [Symbol.asyncDispose]: () => sweeper[Symbol.asyncDispose](),
  };
}

function tell(observers: readonly ((event: ArchiveEvent) => void)[], event: ArchiveEvent): void {
  for (const observe of observers) {
    try {
      observe(event);
    } catch {
      // An observer's failure is its own.
    }
  }
}

/** Writes a data set to its end, and has it read on the way. Returns its length, and the CRC-32 of `head` and all of it. */
async function pull(
  source: LentBytes,
  pending: PendingObject,
  identity: IdentityReader,
  { maximum, signal, crc32, head }: {
    readonly maximum: number;
    readonly signal: AbortSignal | undefined;
    readonly crc32: Crc32 | undefined;
    readonly head: Uint8Array;
  },
): Promise<{ readonly length: number; readonly crc: number | undefined }> {
  let length = 0;
  let crc = crc32?.(head);
  for (;;) {
    signal?.throwIfAborted();
    const piece = await source.read();
    signal?.throwIfAborted();
    if (piece === undefined) break;
    length += piece.length;
    if (length > maximum) throw tooLong(maximum);
    crc = crc32?.(piece, crc);
    const read = identity.push(piece);
    if (read !== undefined) await read;
    const written = pending.write(piece);
    if (written !== undefined) await written;
  }
  identity.end();
  return { length, crc };
}

function fileHead({ sopClassUid, sopInstanceUid, transferSyntax, sourceAeTitle = "" }: IncomingInstance): Uint8Array {
  if (sopInstanceUid.trim() === "" || !isPrintableAscii(sopInstanceUid) || sopInstanceUid.length > MAXIMUM_UID_LENGTH) {
    throw new InstanceNotKeptError(
      `Cannot keep the instance: its SOP Instance UID is ${
        sopInstanceUid.trim() === "" ? "empty" : "no text of a UID"
      }`,
      { reason: "invalid-sop-instance" },
    );
  }
  const meta = { sopClassUid, sopInstanceUid, transferSyntax };
  // A title that can't be written is no reason to lose an instance.
  const isTitle = isPrintableAscii(sourceAeTitle) && sourceAeTitle.length <= MAXIMUM_AE_TITLE_LENGTH;
  return fileMetaInformation(isTitle ? { ...meta, sourceAeTitle } : meta);
}

/** Longest value of VR AE, in characters (PS3.5 6.2). */
const MAXIMUM_AE_TITLE_LENGTH = 16;

/** Longest SOP Instance UID that can be written down, in characters; a right one has 64. */
const MAXIMUM_UID_LENGTH = 1024;

function tooLong(maximum: number): LimitError {
  return new LimitError(`Cannot keep the instance: its data set is longer than ${maximum} bytes`, {
    limit: "maxInstanceLength",
    maximum,
  });
}

function notKept(error: unknown): unknown {
  if (error instanceof LimitError) return withReason(error, "out-of-resources");
  if (error instanceof DataSetError) return withReason(error, "cannot-understand");
  return error;
}

function withReason(cause: Error, reason: "out-of-resources" | "cannot-understand"): InstanceNotKeptError {
  return new InstanceNotKeptError(cause.message, { reason, cause });
}
