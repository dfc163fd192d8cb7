/**
 * The index entry for an object that the index doesn't know.
 *
 * @module
 */

import { concatenate } from "../streams/concatenate.ts";
import { type FileHeader, readFileHeader } from "../dicom/part10.ts";
import { DataSetError, InstanceNotKeptError, LimitError } from "../errors.ts";
import type { IndexedInstance } from "../index/instance_index.ts";
import type { ObjectStore } from "../objects/object_store.ts";
import type { KeptAttributes } from "../index/kept_attributes.ts";
import type { QueryLevel } from "../query/levels.ts";
import { IdentityReader, type InstanceIdentity } from "./identity.ts";

/** An instance that came, but for its serial. */
export type NewInstance = Omit<IndexedInstance, "serial">;

/** An instance, and the attributes that the index keeps of it. */
export interface DescribedInstance {
  readonly instance: NewInstance;
  readonly attributes: KeptAttributes | undefined;
}

/** An object that is no instance, or can't be read, and why. */
export interface NoInstance {
  readonly problem: string;
}

/** Bytes of a file that are read to find its meta information. */
const LONGEST_HEAD = 2 * 1024 * 1024;

/**
 * Reads an object's meta information, and its data set as far as it says what it is. Undefined when it has gone. `kept` are
 * the attributes to keep.
 */
export async function describeObject(
  store: ObjectStore,
  { name, writtenAt }: { readonly name: string; readonly writtenAt: number },
  kept?: ReadonlyMap<number, QueryLevel>,
): Promise<DescribedInstance | NoInstance | undefined> {
  const found = await store.get(name);
  if (found === undefined) return undefined;
  try {
    const { meta, transferSyntax, dataSetOffset, identity, attributes } = await readHead(found.read(), { kept });
    const { sourceApplicationEntityTitle: sourceAeTitle = "" } = meta;
    const instance = {
      ...identity,
      transferSyntax,
      name,
      size: found.size,
      dataSetOffset,
      receivedAt: Math.round(writtenAt),
      sourceAeTitle,
    };
    return { instance, attributes };
  } catch (error) {
    if (error instanceof DataSetError || error instanceof LimitError || error instanceof InstanceNotKeptError) {
      return { problem: error.message };
    }
    throw error;
  }
}

/** As `describeObject()`, for callers that look at all objects: one that the system doesn't let them read is a problem, too. */
export async function describeIfReadable(
  ...parameters: Parameters<typeof describeObject>
): ReturnType<typeof describeObject> {
  try {
    return await describeObject(...parameters);
  } catch (error) {
    const { message, code } = error as Error & { readonly code?: unknown };
    if (typeof code === "string" && OF_ONE_FILE.has(code)) return { problem: message };
    throw error;
  }
}

/**
 * Codes of what a system has against one file. Any other, such as too many open files, may be about all of them: to go on
 * would leave them out of an index.
 */
const OF_ONE_FILE: ReadonlySet<string> = new Set(["EACCES", "EPERM", "EIO", "EBADMSG", "EISDIR", "ELOOP", "ENXIO"]);

/** What is read of a file. */
export interface HeadOptions {
  /** The attributes to keep. Default: `keptLevels()`. */
  readonly kept?: ReadonlyMap<number, QueryLevel> | undefined;
  /** Attributes that are wanted besides. Default: none. */
  readonly wanted?: ReadonlySet<number> | undefined;
}

/** The head of a file: its meta information, and its data set as far as it says what it is. */
export interface FileHead extends FileHeader {
  /** The identity of the instance. */
  readonly identity: InstanceIdentity;
  /** What is kept of it; undefined where it can't be read. */
  readonly attributes: KeptAttributes | undefined;
  /** As `AttributeCollector.wanted`. */
  readonly wanted: Uint8Array | undefined;
}

/**
 * Reads the head of a file, as an archive would on the way in. Throws `DataSetError`, `LimitError` and `InstanceNotKeptError` for
 * what is no instance.
 */
export async function readHead(
  stream: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  options: HeadOptions = {},
): Promise<FileHead> {
  let head: Uint8Array = new Uint8Array(0);
  let reader: IdentityReader | undefined;
  let header;
  for await (const chunk of stream) {
    if (reader === undefined) {
      head = head.length === 0 ? chunk : concatenate([head, chunk]);
      header = readFileHeader(head);
      if (header === undefined && head.length < LONGEST_HEAD) continue;
      header ??= readFileHeader(head, { ended: true })!;
      reader = readerFor(header.transferSyntax, options);
      await reader.push(head.subarray(header.dataSetOffset));
    } else await reader.push(chunk);
    if (reader.done) break;
  }
  header ??= readFileHeader(head, { ended: true })!;
  if (reader === undefined) {
    reader = readerFor(header.transferSyntax, options);
    await reader.push(head.subarray(header.dataSetOffset));
  }
  reader.end();
  const { mediaStorageSopClassUid = "", mediaStorageSopInstanceUid = "" } = header.meta;
  const announced = { sopClassUid: mediaStorageSopClassUid, sopInstanceUid: mediaStorageSopInstanceUid };
  const identity = reader.identity(announced);
  const attributes = reader.finish();
  return { ...header, identity, attributes, wanted: reader.wanted };
}

function readerFor(transferSyntax: string, { kept, wanted }: HeadOptions): IdentityReader {
  const given = { ...(kept && { kept }), ...(wanted && { wanted }) };
  return new IdentityReader({ transferSyntax, headOnly: true, tolerateUnreadable: true, ...given });
}
