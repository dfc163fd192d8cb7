/**
 * Keeps instances as Part 10 files: meta information in front of the very bytes that came.
 *
 * @module
 */

import { isPrintableAscii } from "../dicom/ascii.ts";
import { fileMetaInformation, readFileHeader } from "../dicom/part10.ts";
import { DataSetError, InstanceNotKeptError, LimitError } from "../errors.ts";
import { lend, type LentBytes } from "../lent_bytes.ts";
import { IdentityReader } from "./identity.ts";
import { instanceName } from "./instance_name.ts";
import type { CommitOutcome, ExistingPolicy, ObjectStore, PendingObject, StoredObject } from "./object_store.ts";

/** Bounds of what is taken in. */
export interface ArchiveLimits {
  /** Bytes of one data set, as it comes. Default: 16 GiB. */
  readonly maximumInstanceLength?: number;
  /**
   * Bytes that a deflated data set may inflate to, while it is looked through. Default: `maximumInstanceLength`, but no more
   * than 2 GiB.
   */
  readonly maximumInflatedLength?: number;
  /** Sequences within sequences. Default: 64. */
  readonly maximumDepth?: number;
}

/** How an archive works. */
export interface ArchiveOptions {
  /** Where the files go. */
  readonly store: ObjectStore;
  /**
   * What to do with an instance whose SOP Instance UID is there, in the same series, with other content. Identical ones
   * are kept once. Default: `replace`.
   */
  readonly onExisting?: ExistingPolicy;
  /** What is refused for its size or depth. */
  readonly limits?: ArchiveLimits;
}

/** An instance on its way in. */
export interface IncomingInstance {
  /** SOP Class UID that the data set must have, without padding. */
  readonly sopClassUid: string;
  /** SOP Instance UID that the data set must have, without padding. */
  readonly sopInstanceUid: string;
  /** Transfer syntax UID of the data set. */
  readonly transferSyntax: string;
  /** AE title of who sends it, for the meta information (0002,0016). */
  readonly sourceAeTitle?: string;
  /** The data set's bytes. */
  readonly dataSet: ReadableStream<Uint8Array> | LentBytes;
  /** Gives up, and cancels the data set. */
  readonly signal?: AbortSignal;
}

/** An instance that is kept. */
export interface KeptInstance {
  /** What became of it. */
  readonly outcome: CommitOutcome;
  /** Name in the store. */
  readonly name: string;
  /** Length of the data set in bytes. */
  readonly bytes: number;
}

/** Where instances live. */
export interface Archive {
  /**
   * Keeps an instance, and resolves when it is safe. The data set is pulled as fast as the store takes it, and walked
   * over to its end without being decoded.
   *
   * @throws InstanceNotKeptError `data-set-does-not-match-sop-class` when the data set has other UIDs than it should,
   * `cannot-understand` when it breaks PS3.5 or ends early, `out-of-resources` when there is no room or a limit is passed;
   * what the stream fails with, or the signal's reason. Nothing is left behind then, and the stream is cancelled.
   */
  keep(instance: IncomingInstance): Promise<KeptInstance>;
  /** The Part 10 file of that name, or undefined when there is none. */
  get(name: string): Promise<StoredObject | undefined>;
}

const DEFAULT_MAXIMUM_LENGTH = 16 * 1024 ** 3;
const LONGEST_INFLATED_BY_DEFAULT = 2 * 1024 ** 3;

/** An archive over a store, which stays the caller's to close. */
export function createArchive({ store, onExisting = "replace", limits = {} }: ArchiveOptions): Archive {
  const { maximumInstanceLength = DEFAULT_MAXIMUM_LENGTH } = limits;
  const bounds = { maximumInflatedLength: Math.min(maximumInstanceLength, LONGEST_INFLATED_BY_DEFAULT), ...limits };
  return {
    async keep(instance) {
      const { dataSet, signal, transferSyntax } = instance;
      const source = lend(dataSet);
      const giveUp = () => void source.cancel(signal?.reason).catch(() => {}); // A read that waits ends as well.
      signal?.addEventListener("abort", giveUp);
      const pending = store.create();
      try {
        const head = fileHead(instance);
        const identity = new IdentityReader({ transferSyntax, ...bounds });
        const written = pending.write(head);
        if (written !== undefined) await written;
        const bytes = await pull(source, pending, identity, maximumInstanceLength, signal);
        const name = await instanceName(identity.check(instance));
        const compared = { start: head.length, startInExisting: findDataSet(transferSyntax) };
        return { outcome: await pending.commit(name, { onExisting, compared }), name, bytes };
      } catch (error) {
        source.cancel(error).catch(() => {});
        await pending.discard();
        throw notKept(error);
      } finally {
        signal?.removeEventListener("abort", giveUp);
      }
    },
    get: (name) => store.get(name),
  };
}

/** Writes a data set to its end, and has it read on the way. Returns its length. */
async function pull(
  source: LentBytes,
  pending: PendingObject,
  identity: IdentityReader,
  maximum: number,
  signal: AbortSignal | undefined,
): Promise<number> {
  let length = 0;
  for (;;) {
    signal?.throwIfAborted();
    const piece = await source.read();
    signal?.throwIfAborted();
    if (piece === undefined) break;
    length += piece.length;
    if (length > maximum) throw tooLong(maximum);
    const read = identity.push(piece);
    if (read !== undefined) await read;
    const written = pending.write(piece);
    if (written !== undefined) await written;
  }
  identity.end();
  return length;
}

function fileHead({ sopClassUid, sopInstanceUid, transferSyntax, sourceAeTitle = "" }: IncomingInstance): Uint8Array {
  const meta = { sopClassUid, sopInstanceUid, transferSyntax };
  // A title that can't be written is no reason to lose an instance.
  return fileMetaInformation(isPrintableAscii(sourceAeTitle) ? { ...meta, sourceAeTitle } : meta);
}

/** Finds the data set in a file; the same bytes in another transfer syntax are another data set. */
function findDataSet(transferSyntax: string): (head: Uint8Array) => number | undefined {
  return (head) => {
    try {
      const header = readFileHeader(head, { ended: true });
      return header?.transferSyntax === transferSyntax ? header.dataSetOffset : undefined;
    } catch {
      return undefined;
    }
  };
}

function tooLong(maximum: number): LimitError {
  return new LimitError(`Cannot keep the instance: its data set is longer than ${maximum} bytes`, {
    limit: "maximumInstanceLength",
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
