/**
 * Lists of referenced instances as storage commitment has them (PS3.4 Tables J.3-1 and J.3-2), read while they come and
 * bounded.
 *
 * @module
 */

import { asciiText } from "../dicom/ascii.ts";
import { ElementScanner } from "../dicom/encoding/element_scanner.ts";
import { trimUid } from "../dicom/uids.ts";
import type { IncomingDataSet } from "../dimse/message_reader.ts";
import { DataSetError, LimitError } from "../errors.ts";

/** A reference to an instance at a peer. */
export interface ReferencedInstance {
  /** Referenced SOP Class UID (0008,1150). */
  readonly sopClassUid: string;
  /** Referenced SOP Instance UID (0008,1155). */
  readonly sopInstanceUid: string;
}

/** An instance that is not committed. */
export interface FailedInstance extends ReferencedInstance {
  /** Failure Reason (0008,1197). */
  readonly reason: number;
}

/** What the data set of an N-ACTION or of an N-EVENT-REPORT says. Text is without padding; a UID may be none. */
export interface ReferenceLists {
  /** Transaction UID (0008,1195); undefined where it is missing, empty where it has no value. */
  readonly transactionUid: string | undefined;
  /** Retrieve AE Title (0008,0054). */
  readonly retrieveAeTitle: string | undefined;
  /** Items of Referenced SOP Sequence (0008,1199); undefined where it is missing. */
  readonly referenced: readonly ReferencedInstance[] | undefined;
  /** Items of Failed SOP Sequence (0008,1198); undefined where it is missing. A reason that is missing is 0x0110. */
  readonly failed: readonly FailedInstance[] | undefined;
}

/** Bounds of what is read. */
export interface ReferenceLimits {
  /** Items of both lists together. */
  readonly maxReferences: number;
}

const TRANSACTION_UID = 0x0008_1195;
const RETRIEVE_AE_TITLE = 0x0008_0054;
const REFERENCED_SEQUENCE = 0x0008_1199;
const FAILED_SEQUENCE = 0x0008_1198;
const SOP_CLASS_UID = 0x0008_1150;
const SOP_INSTANCE_UID = 0x0008_1155;
const FAILURE_REASON = 0x0008_1197;

/** A failure of which nothing more is known (PS3.3 C.14.1.1). */
const PROCESSING_FAILURE = 0x0110;

/** Longest value that is read, in bytes: a UID has 64, and some instances have longer ones. */
const LONGEST_VALUE = 256;

/** Bytes that there may be for each item, and for all else: other attributes are passed over, but not without end. */
const BYTES_FOR_ITEM = 1024;
const BYTES_FOR_REST = 1024 * 1024;

/**
 * Reads a list, which never is in memory but for its UIDs. Throws `DataSetError` for what breaks PS3.5, `LimitError`
 * (`maxReferences`) for too many items.
 */
export async function readReferences(
  dataSet: IncomingDataSet,
  { maxReferences }: ReferenceLimits,
): Promise<ReferenceLists> {
  const reader = new ReferenceReader(dataSet.transferSyntax, maxReferences);
  for await (const piece of dataSet.stream()) reader.push(piece);
  return reader.end();
}

interface Item {
  sopClassUid: string;
  sopInstanceUid: string;
  reason: number;
}

class ReferenceReader {
  readonly #scanner: ElementScanner;
  readonly #maximum: number;
  readonly #texts = new Map<number, string>();
  readonly #lists = new Map<number, Item[]>();
  /** The sequence that is being read, and its current item. */
  #list: Item[] | undefined;
  #item: Item | undefined;
  #count = 0;

  constructor(transferSyntax: string, maximum: number) {
    this.#maximum = maximum;
    const maxLength = BYTES_FOR_REST + maximum * BYTES_FOR_ITEM;
    this.#scanner = new ElementScanner({ transferSyntax, maxLength, maxInflatedLength: maxLength });
  }

  push(chunk: Uint8Array): void {
    const scanner = this.#scanner;
    scanner.push(chunk);
    for (let event; (event = scanner.next()) !== undefined;) {
      if (event === "element") this.#element();
      else if (event === "value") this.#value();
      else if (event === "sequence") this.#sequence();
      else if (event === "item") this.#beginItem();
      else if (event === "item-end") this.#item = undefined;
      else if (event === "sequence-end") this.#list = undefined;
      else if (event === "fragments") scanner.skip();
    }
  }

  end(): ReferenceLists {
    this.#scanner.end();
    return {
      transactionUid: this.#texts.get(TRANSACTION_UID),
      retrieveAeTitle: this.#texts.get(RETRIEVE_AE_TITLE),
      referenced: this.#lists.get(REFERENCED_SEQUENCE)?.map(({ sopClassUid, sopInstanceUid }) => ({
        sopClassUid,
        sopInstanceUid,
      })),
      failed: this.#lists.get(FAILED_SEQUENCE),
    };
  }

  #element(): void {
    const { tag, length } = this.#scanner.element;
    const wanted = this.#item === undefined
      ? tag === TRANSACTION_UID || tag === RETRIEVE_AE_TITLE
      : tag === SOP_CLASS_UID || tag === SOP_INSTANCE_UID || tag === FAILURE_REASON;
    if (!wanted) return;
    if (length > LONGEST_VALUE) {
      const expected = `at most ${LONGEST_VALUE} bytes`;
      throw new DataSetError(`Cannot read a list of instances: a value has ${length} bytes, expected ${expected}`, {
        tag,
        expected,
      });
    }
    this.#scanner.takeValue();
  }

  #value(): void {
    const { element: { tag, littleEndian }, value } = this.#scanner;
    const item = this.#item;
    if (tag === FAILURE_REASON) {
      if (item !== undefined && value.length >= 2) {
        item.reason = new DataView(value.buffer, value.byteOffset).getUint16(0, littleEndian);
      }
    } else if (tag === SOP_CLASS_UID) item!.sopClassUid = trimUid(asciiText(value));
    else if (tag === SOP_INSTANCE_UID) item!.sopInstanceUid = trimUid(asciiText(value));
    else this.#texts.set(tag, trimUid(asciiText(value)).trim());
  }

  #sequence(): void {
    const { tag } = this.#scanner.element;
    if (this.#list === undefined && (tag === REFERENCED_SEQUENCE || tag === FAILED_SEQUENCE)) {
      this.#list = this.#lists.get(tag) ?? [];
      this.#lists.set(tag, this.#list);
    } else this.#scanner.skip();
  }

  #beginItem(): void {
    if (++this.#count > this.#maximum) {
      throw new LimitError(`Cannot read a list of instances: it has more than ${this.#maximum}`, {
        limit: "maxReferences",
        maximum: this.#maximum,
      });
    }
    this.#item = { sopClassUid: "", sopInstanceUid: "", reason: PROCESSING_FAILURE };
    this.#list?.push(this.#item);
  }
}
