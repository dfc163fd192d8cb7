/**
 * A Part 10 file on its way in: who it is, and its data set as the bytes that follow.
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
/** Bytes that are looked through for UIDs which the meta information doesn't have. */
const LONGEST_LOOK = 64 * 1024;
/** Bytes that are waited for, unless the file ends, before the header is looked at. */
const SHORTEST_LOOK = 512;

/**
 * Reads what stands before the data set. Where no meta information says which instance it is, the data set does.
 *
 * @throws {DataSetError} on what is no DICOM, {LimitError} on meta information above 1 MiB, and what the file fails with
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
    // It is read anew with twice as many bytes each time, however small the pieces are that they come in.
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

/** Bytes of which some were looked at before they are read. */
class Ahead implements LentBytes {
  ahead: Uint8Array = new Uint8Array(0);
  ended = false;
  readonly #source: Required<LentBytes>;

  constructor(source: Required<LentBytes>) {
    this.#source = source;
  }

  /** Waits until so many bytes are there, or there are no more. */
  async lookAhead(length: number): Promise<void> {
    const pieces = [this.ahead];
    let there = this.ahead.length;
    while (there < length && !this.ended) {
      const piece = await this.#source.read();
      if (piece === undefined) this.ended = true;
      else pieces.push(piece.slice()); // What is lent is somebody else's when the next is asked for.
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
