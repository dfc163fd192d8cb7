/**
 * Instances in files: found and identified.
 *
 * @module
 */

import { asciiText } from "../../dicom/ascii.ts";
import { AttributeReader } from "../../dicom/attribute_reader.ts";
import { type FileHeader, readFileHeader } from "../../dicom/part10.ts";
import * as UID from "../../dicom/generated/uid.ts";
import { findTransferSyntax } from "../../dicom/transfer_syntaxes.ts";
import { trimUid } from "../../dicom/uids.ts";
import { errorText } from "../../safe_text.ts";
import { filesBelow } from "./files_below.ts";

/** A file that holds an instance. */
export interface InstanceFile {
  readonly path: string;
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  readonly transferSyntax: string;
  /** Where its data set begins, and its length, in bytes. */
  readonly dataSetOffset: number;
  readonly bytes: number;
}

/** A path that holds none. */
export interface UnsentFile {
  readonly path: string;
  readonly reason: string;
}

/** What is at some paths. */
export interface FoundFiles {
  readonly instances: readonly InstanceFile[];
  /** Bytes of the data sets of all instances. */
  readonly bytes: number;
  /** What lies in a folder and is no instance: other files, a DICOMDIR, pipes and devices. */
  readonly skipped: readonly UnsentFile[];
  /** What should have been an instance: what a user named, what can't be read, and DICOM files that are damaged. */
  readonly failed: readonly UnsentFile[];
}

/** How much of a file is read to identify it, and at most. */
const FIRST_LOOK = 4 * 1024;
const LAST_LOOK = 2 * 1024 * 1024;

const SOP_CLASS_UID = 0x0008_0016;
const SOP_INSTANCE_UID = 0x0008_0018;

/** Finds the instances in files, and in folders with all that is in them, in the order of their names. Never throws. */
export function findInstances(paths: readonly string[]): FoundFiles {
  const [instances, skipped, failed]: [InstanceFile[], UnsentFile[], UnsentFile[]] = [[], [], []];
  for (const { path, named, obstacle } of paths.flatMap((path) => [...filesBelow(path)])) {
    if (obstacle !== undefined) {
      const { kind, reason } = obstacle;
      (named || kind === "unreadable" ? failed : skipped).push({ path, reason });
      continue;
    }
    try {
      instances.push(identify(path));
    } catch (error) {
      const reason = errorText(error);
      (named || !(error instanceof NoInstanceError) ? failed : skipped).push({ path, reason });
    }
  }
  const bytes = instances.reduce((total, { bytes }) => total + bytes, 0);
  return { instances, bytes, skipped, failed };
}

/** The file isn't meant to be an instance. */
class NoInstanceError extends Error {}

/**
 * Reads the identity of an instance: from its data set, else from its meta information. Throws errors meant for the user:
 * `NoInstanceError` unless the file looks like one that is damaged.
 */
function identify(path: string): InstanceFile {
  using file = Deno.openSync(path);
  const { size } = file.statSync();
  if (size === 0) throw new NoInstanceError("It is empty");
  for (let look = FIRST_LOOK;; look *= 8) {
    const head = readFirst(new Uint8Array(Math.min(look, size)), file);
    const ended = head.length >= size || look >= LAST_LOOK;
    const Refusal = hasPrefix(head) ? Error : NoInstanceError;
    const header = readHeader(head, ended, Refusal);
    if (header === undefined) continue;
    const { meta, transferSyntax, dataSetOffset } = header;
    const { sopClassUid, sopInstanceUid } = readIdentity(head.subarray(dataSetOffset), transferSyntax);
    const instance = {
      path,
      sopClassUid: sopClassUid ?? meta.mediaStorageSopClassUid,
      sopInstanceUid: sopInstanceUid ?? meta.mediaStorageSopInstanceUid,
      transferSyntax,
      dataSetOffset,
      bytes: size - dataSetOffset,
    };
    if (meta.mediaStorageSopClassUid === UID.MediaStorageDirectoryStorage) {
      throw new NoInstanceError("It is a DICOMDIR");
    }
    if (size === dataSetOffset) throw new Refusal("It ends before its data set");
    if (isIdentified(instance)) return instance;
    if (ended) throw new Refusal("It has no SOP Class UID or no SOP Instance UID");
  }
}

function readHeader(head: Uint8Array, ended: boolean, Refusal: new (reason: string) => Error): FileHeader | undefined {
  try {
    return readFileHeader(head, { ended });
  } catch (error) {
    throw new Refusal(errorText(error));
  }
}

/** Whether the bytes begin as a DICOM file does, with or without a preamble. */
function hasPrefix(head: Uint8Array): boolean {
  return [128, 0].some((offset) => asciiText(head.subarray(offset, offset + 4)) === "DICM");
}

function isIdentified(
  instance:
    & { readonly sopClassUid?: string | undefined; readonly sopInstanceUid?: string | undefined }
    & Omit<InstanceFile, "sopClassUid" | "sopInstanceUid">,
): instance is InstanceFile {
  return Boolean(instance.sopClassUid && instance.sopInstanceUid);
}

/** What the first bytes of a data set say; nothing when it is deflated, broken or goes on too long before it says it. */
function readIdentity(
  dataSet: Uint8Array,
  transferSyntax: string,
): { sopClassUid?: string | undefined; sopInstanceUid?: string | undefined } {
  if (findTransferSyntax(transferSyntax)?.deflated) return {};
  const tags = new Set([SOP_CLASS_UID, SOP_INSTANCE_UID]);
  const reader = new AttributeReader({ transferSyntax, tags, stopAt: SOP_INSTANCE_UID + 1 });
  try {
    reader.push(dataSet);
  } catch {
    return {}; // The meta information may still say it, and the peer has the last word on the rest.
  }
  const text = (tag: number) => {
    const value = reader.attributes.get(tag)?.bytes;
    return value === undefined ? undefined : trimUid(asciiText(value));
  };
  return { sopClassUid: text(SOP_CLASS_UID), sopInstanceUid: text(SOP_INSTANCE_UID) };
}

/** Fills `into` with the first bytes of a file; returns what there was, less only at the file's end. */
function readFirst(into: Uint8Array, file: Deno.FsFile): Uint8Array {
  file.seekSync(0, Deno.SeekMode.Start);
  let read = 0;
  while (read < into.length) {
    const more = file.readSync(into.subarray(read));
    if (more === null) break;
    read += more;
  }
  return into.subarray(0, read);
}
