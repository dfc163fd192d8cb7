/**
 * What the index would say of an object that it doesn't know.
 *
 * @module
 */

import { concatenate } from "../streams/concatenate.ts";
import { readFileHeader } from "../dicom/part10.ts";
import { DataSetError, InstanceNotKeptError, LimitError } from "../errors.ts";
import type { IndexedInstance } from "../index/instance_index.ts";
import type { ObjectStore } from "../objects/object_store.ts";
import type { KeptAttributes } from "../index/kept_attributes.ts";
import type { QueryLevel } from "../query/levels.ts";
import { IdentityReader } from "./identity.ts";

/** An instance that came, but for its serial. */
export type NewInstance = Omit<IndexedInstance, "serial">;

/** An instance, and what is kept of it. */
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
    const { meta, transferSyntax, dataSetOffset, identity, attributes } = await readHead(found.stream(), kept);
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

/** As `describeObject()`, for whoever looks at all objects: one that the system doesn't let it read is a problem, too. */
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

async function readHead(stream: ReadableStream<Uint8Array>, kept: ReadonlyMap<number, QueryLevel> | undefined) {
  let head: Uint8Array = new Uint8Array(0);
  let reader: IdentityReader | undefined;
  let header;
  for await (const chunk of stream) {
    if (reader === undefined) {
      head = head.length === 0 ? chunk : concatenate([head, chunk]);
      header = readFileHeader(head);
      if (header === undefined && head.length < LONGEST_HEAD) continue;
      header ??= readFileHeader(head, { ended: true })!;
      reader = readerFor(header.transferSyntax, kept);
      await reader.push(head.subarray(header.dataSetOffset));
    } else await reader.push(chunk);
    if (reader.done) break;
  }
  header ??= readFileHeader(head, { ended: true })!;
  if (reader === undefined) {
    reader = readerFor(header.transferSyntax, kept);
    await reader.push(head.subarray(header.dataSetOffset));
  }
  reader.end();
  const { mediaStorageSopClassUid = "", mediaStorageSopInstanceUid = "" } = header.meta;
  const announced = { sopClassUid: mediaStorageSopClassUid, sopInstanceUid: mediaStorageSopInstanceUid };
  return { ...header, identity: reader.identity(announced), attributes: reader.finish() };
}

function readerFor(transferSyntax: string, kept: ReadonlyMap<number, QueryLevel> | undefined): IdentityReader {
  return new IdentityReader({ transferSyntax, headOnly: true, tolerateUnreadable: true, ...(kept && { kept }) });
}
