/**
 * A Part 10 file on its way in: its identity, and its data set as the bytes that follow.
 *
 * @module
 */

import { asciiText } from "../dicom/ascii.ts";
import { AttributeReader } from "../dicom/attribute_reader.ts";
import { type FileHeader, readFileHeader } from "../dicom/part10.ts";
import { trimUid } from "../dicom/uids.ts";
import { concatenate } from "../streams/concatenate.ts";
import { lend, type LentBytes } from "../streams/lent_bytes.ts";
import type { SopInstance } from "./store/store_outcome.ts";

/** A file whose header was read. */
export interface OpenedFile extends SopInstance {
  /** Transfer syntax UID of its data set. */
  readonly transferSyntax: string;
  /** The bytes of its data set. */
  readonly dataSet: Required<LentBytes>;
}

const SOP_CLASS_UID = 0x0008_0016;
const SOP_INSTANCE_UID = 0x0008_0018;
const TAGS: ReadonlySet<number> = new Set([SOP_CLASS_UID, SOP_INSTANCE_UID]);
/** Most bytes that are searched for UIDs if the meta information has none. */
const LONGEST_LOOK = 64 * 1024;
/** Bytes to wait for, unless the file ends, before the header is read. */
const SHORTEST_LOOK = 512;

/**
 * Reads all that stands before the data set. If no meta information identifies the instance, the data set does.
 *
 * @throws {DataSetError} on bytes that are no DICOM, {LimitError} on meta information above 1 MiB, and the file's own error
 */
export async function openFile(file: ReadableStream<Uint8Array>): Promise<OpenedFile> {
  const source = new Ahead(lend(file));
  try {
    const { meta, transferSyntax, dataSetOffset } = await readHeader(source);
    source.passOver(dataSetOffset);
    const { mediaStorageSopClassUid: ofClass = "", mediaStorageSopInstanceUid: ofInstance = "" } = meta;
    const announced = { sopClassUid: ofClass, sopInstanceUid: ofInstance };
    const isComplete = ofClass !== "" && ofInstance !== "";
    const instance = isComplete ? announced : await lookForUids(source, transferSyntax, announced);
    return { ...instance, transferSyntax, dataSet: source };
  } catch (error) {
    source.cancel(error).catch(() => {});
    throw error;
  }
}

async function readHeader(source: Ahead): Promise<FileHeader> {
  for (let wanted = SHORTEST_LOOK;; wanted = 2 * source.ahead.length) {
    // Each try doubles the bytes to read, however small the pieces are that come.
    await source.lookAhead(wanted);
    const header = readFileHeader(source.ahead, { ended: source.ended });
    if (header !== undefined) return header;
  }
}

async function lookForUids(source: Ahead, transferSyntax: string, announced: SopInstance): Promise<SopInstance> {
  await source.lookAhead(LONGEST_LOOK);
  const reader = new AttributeReader({ transferSyntax, tags: TAGS, stopAt: SOP_INSTANCE_UID + 1 });
  reader.push(source.ahead.subarray(0, LONGEST_LOOK));
  const uidOf = (tag: number) => {
    const bytes = reader.attributes.get(tag)?.bytes;
    return bytes === undefined ? "" : trimUid(asciiText(bytes));
  };
  return {
    sopClassUid: announced.sopClassUid || uidOf(SOP_CLASS_UID),
    sopInstanceUid: announced.sopInstanceUid || uidOf(SOP_INSTANCE_UID),
  };
}

/** Bytes that can be inspected before they are read. */
class Ahead implements LentBytes {
  ahead: Uint8Array = new Uint8Array(0);
  ended = false;
  readonly #source: Required<LentBytes>;

  constructor(source: Required<LentBytes>) {
    this.#source = source;
  }

  /** Waits until so many bytes have come, or the stream has ended. */
  async lookAhead(length: number): Promise<void> {
    const pieces = [this.ahead];
    let there = this.ahead.length;
    while (there < length && !this.ended) {
      const piece = await this.#source.read();
      if (piece === undefined) this.ended = true;
      else pieces.push(piece.slice()); // The lender reuses a piece once the next one is requested.
      there += piece?.length ?? 0;
    }
    this.ahead = concatenate(pieces);
  }

  passOver(length: number): void {
    this.ahead = this.ahead.subarray(length);
  }

  async read(): Promise<Uint8Array | undefined> {
    if (this.ahead.length === 0) return this.ended ? undefined : await this.#source.read();
    const first = this.ahead;
    this.ahead = this.ahead.subarray(first.length);
    return first;
  }

  async cancel(reason?: unknown): Promise<void> {
    await this.#source.cancel(reason);
  }
}
