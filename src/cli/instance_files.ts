/**
 * Instances in files: found and identified.
 *
 * @module
 */

import { asciiText } from "../dicom/ascii.ts";
import { AttributeReader } from "../dicom/attribute_reader.ts";
import { readFileHeader } from "../dicom/part10.ts";
import { findTransferSyntax, trimUid, UID } from "../dicom/uids.ts";
import { errorText, escapeText } from "./escape.ts";

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

/** A file that holds none. */
export interface SkippedFile {
  readonly path: string;
  readonly reason: string;
}

/** How much of a file is read to identify it, and at most. */
const FIRST_LOOK = 4 * 1024;
const LAST_LOOK = 2 * 1024 * 1024;

const SOP_CLASS_UID = 0x0008_0016;
const SOP_INSTANCE_UID = 0x0008_0018;

/** Finds the instances in files, and in folders with all that is in them, in the order of their names. */
export function findInstances(paths: readonly string[]): { instances: InstanceFile[]; skipped: SkippedFile[] } {
  const instances: InstanceFile[] = [];
  const skipped: SkippedFile[] = [];
  for (const root of paths) {
    for (const path of filesBelow(root)) {
      try {
        instances.push(identify(path));
      } catch (error) {
        skipped.push({ path, reason: errorText(error) });
      }
    }
  }
  return { instances, skipped };
}

/**
 * The files at and below a path; links that lead nowhere are among them. A link to a folder below it is not followed: it
 * could lead round in circles. Throws what a user should read when there is no such path, or a folder can't be read.
 */
export function* filesBelow(path: string): Generator<string> {
  const entries = entriesOf(path);
  if (entries === undefined) return yield path;
  for (const { name, isDirectory, isFile, isSymlink } of entries) {
    const below = `${path.replace(/\/+$/, "")}/${name}`;
    if (isDirectory) yield* filesBelow(below);
    else if (isFile || (isSymlink && !leadsElsewhere(below))) yield below;
  }
}

/** What is in a folder, in the order of the names; undefined when it is none. */
function entriesOf(path: string): Deno.DirEntry[] | undefined {
  try {
    if (!Deno.statSync(path).isDirectory) return undefined;
    return [...Deno.readDirSync(path)].sort((a, b) => a.name < b.name ? -1 : 1);
  } catch (error) {
    throw new Error(`Cannot read ${escapeText(path)}: ${errorText(error)}`);
  }
}

/** Whether a link is to a folder, a pipe or the like, which is no file to be read. */
function leadsElsewhere(link: string): boolean {
  try {
    return !Deno.statSync(link).isFile;
  } catch {
    return false; // Reading it says what is wrong.
  }
}

/** Reads who an instance is: from its data set, else from its meta information. Throws what a user should read. */
function identify(path: string): InstanceFile {
  using file = Deno.openSync(path);
  const { size } = file.statSync();
  for (let look = FIRST_LOOK;; look *= 8) {
    const head = readFirst(new Uint8Array(Math.min(look, size)), file);
    const ended = head.length >= size || look >= LAST_LOOK;
    const header = readFileHeader(head, { ended });
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
    if (meta.mediaStorageSopClassUid === UID.MediaStorageDirectoryStorage) throw new Error("It is a DICOMDIR");
    if (isIdentified(instance)) return instance;
    if (ended) throw new Error("It has no SOP Class UID or no SOP Instance UID");
  }
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
