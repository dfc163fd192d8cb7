/**
 * Lists of referenced instances as bytes, some thousand at a time: no other work waits until a long list is made.
 *
 * @module
 */

import * as UID from "../dicom/generated/uid.ts";
import type { EncodableDataSet } from "../dimse/message_writer.ts";
import type { FailedInstance, ReferencedInstance, ReferenceLists } from "./referenced_instances.ts";

/** Items that are made at a time. */
const ITEMS_AT_ONCE = 500;

/** The data set that says so, in Explicit or Implicit VR Little Endian. Empty lists are left out. */
export function encodeReferences(lists: ReferenceLists): EncodableDataSet {
  return {
    encode(transferSyntax) {
      if (transferSyntax !== UID.ExplicitVRLittleEndian && transferSyntax !== UID.ImplicitVRLittleEndian) {
        throw new RangeError(`Cannot encode a list of instances in ${transferSyntax}: it is neither of the two`);
      }
      const pieces = piecesOf(lists, new Writer(transferSyntax === UID.ExplicitVRLittleEndian));
      return {
        read() {
          const next = pieces.next();
          return Promise.resolve(next.done ? undefined : next.value);
        },
      };
    },
  };
}

function* piecesOf(
  { transactionUid, retrieveAeTitle, referenced = [], failed = [] }: ReferenceLists,
  writer: Writer,
): Generator<Uint8Array, void, void> {
  if (retrieveAeTitle !== undefined) writer.text(0x0054, "AE", retrieveAeTitle);
  if (transactionUid !== undefined) writer.text(0x1195, "UI", transactionUid);
  if (failed.length > 0) yield* sequence(0x1198, failed, writer);
  if (referenced.length > 0) yield* sequence(0x1199, referenced, writer);
  yield writer.take();
}

function* sequence(
  element: number,
  items: readonly (ReferencedInstance | FailedInstance)[],
  writer: Writer,
): Generator<Uint8Array, void, void> {
  writer.beginSequence(element);
  for (let index = 0; index < items.length; index++) {
    writer.item(items[index]!);
    if (index % ITEMS_AT_ONCE === ITEMS_AT_ONCE - 1) yield writer.take();
  }
  writer.endSequence();
}

/** Of a header in explicit VR, of an item's, and of the longest item: three elements with UIDs of 64 characters. */
const ROOM = 1024;

const UNDEFINED_LENGTH = 0xffff_ffff;

class Writer {
  readonly #explicit: boolean;
  #bytes = new Uint8Array(16 * ROOM);
  #view = new DataView(this.#bytes.buffer);
  #end = 0;

  constructor(explicit: boolean) {
    this.#explicit = explicit;
  }

  /** What was written since the last time. */
  take(): Uint8Array {
    const taken = this.#bytes.slice(0, this.#end);
    this.#end = 0;
    return taken;
  }

  /** An element of group 0008. */
  text(element: number, vr: "AE" | "UI", value: string): void {
    const length = value.length + value.length % 2;
    this.#header(element, vr, length);
    for (let index = 0; index < value.length; index++) this.#bytes[this.#end + index] = value.charCodeAt(index);
    if (length > value.length) this.#bytes[this.#end + length - 1] = vr === "AE" ? 0x20 : 0;
    this.#end += length;
  }

  beginSequence(element: number): void {
    this.#makeRoom();
    this.#tag(0x0008, element);
    if (this.#explicit) {
      this.#bytes.set([0x53, 0x51, 0, 0], this.#end); // SQ
      this.#end += 4;
    }
    this.#length(UNDEFINED_LENGTH);
  }

  item(item: ReferencedInstance | FailedInstance): void {
    this.#makeRoom();
    this.#tag(0xfffe, 0xe000);
    const lengthAt = this.#end;
    this.#length(0);
    this.text(0x1150, "UI", item.sopClassUid);
    this.text(0x1155, "UI", item.sopInstanceUid);
    if ("reason" in item) {
      this.#header(0x1197, "US", 2);
      this.#view.setUint16(this.#end, item.reason, true);
      this.#end += 2;
    }
    this.#view.setUint32(lengthAt, this.#end - lengthAt - 4, true);
  }

  endSequence(): void {
    this.#makeRoom();
    this.#tag(0xfffe, 0xe0dd);
    this.#length(0);
  }

  #header(element: number, vr: "AE" | "UI" | "US", length: number): void {
    this.#makeRoom();
    this.#tag(0x0008, element);
    if (!this.#explicit) return this.#length(length);
    this.#bytes[this.#end] = vr.charCodeAt(0);
    this.#bytes[this.#end + 1] = vr.charCodeAt(1);
    this.#view.setUint16(this.#end + 2, length, true);
    this.#end += 4;
  }

  #tag(group: number, element: number): void {
    this.#view.setUint16(this.#end, group, true);
    this.#view.setUint16(this.#end + 2, element, true);
    this.#end += 4;
  }

  #length(length: number): void {
    this.#view.setUint32(this.#end, length, true);
    this.#end += 4;
  }

  #makeRoom(): void {
    if (this.#bytes.length - this.#end >= ROOM) return;
    const larger = new Uint8Array(2 * this.#bytes.length);
    larger.set(this.#bytes.subarray(0, this.#end));
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}
