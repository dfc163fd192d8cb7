/**
 * Messages into P-DATA-TF PDUs (PS3.7 6.3, PS3.8 9.3.5 and Annex E).
 *
 * @module
 */

import { AssociationAbortedError, DataSetError } from "../errors.ts";
import { lend, type LentBytes } from "../streams/lent_bytes.ts";
import type { Association } from "../upper_layer/association.ts";

/** The bytes of a data set to be sent: all of them, or piece by piece. What is not read to its end is cancelled. */
export type OutgoingBytes = Uint8Array | ReadableStream<Uint8Array> | LentBytes;

/** What has its bytes made when the transfer syntax is known: a `DataSet`. */
export interface EncodableDataSet {
  /** The bytes in a transfer syntax. */
  encode(transferSyntax: string): OutgoingBytes;
}

/** A data set to be sent: its bytes in the transfer syntax of the presentation context, or a `DataSet`. */
export type OutgoingDataSet = OutgoingBytes | EncodableDataSet;

/** The bytes of a data set in a transfer syntax; bytes as they are. Throws what encoding throws. */
export function bytesOf(dataSet: OutgoingDataSet | undefined, transferSyntax: string): OutgoingBytes | undefined {
  return dataSet !== undefined && "encode" in dataSet ? dataSet.encode(transferSyntax) : dataSet;
}

/** A P-DATA-TF's type, reserved byte and length, and the length, context id and control of the one PDV in it. */
const HEADER_LENGTH = 12;
/** What of those counts as the PDU's variable field, which is what a maximum PDU length limits. */
const PDV_HEADER_LENGTH = 6;
/** What a message with little or no data set needs. */
const SMALL_BUFFER = 4096;
/** How much is gathered before it is written, unless the message ends first. */
const LARGE_BUFFER = 256 * 1024;
/** No PDU is begun in the rest of a buffer when less than this, and less than a whole PDU, would fit. */
const WORTHWHILE_FRAGMENT = 16 * 1024;

/** Message control header (PS3.8 E.2). */
const COMMAND = 0x01;
const LAST = 0x02;

/**
 * Writes the messages of one association, one after the other, never one inside another. Command and data set go out
 * together, in as few writes as the gathering buffer allows.
 */
export class MessageWriter {
  readonly #association: Association;
  readonly #maximumFragment: number;
  #buffer = new Uint8Array(SMALL_BUFFER);
  #view = new DataView(this.#buffer.buffer);
  /** End of what was gathered. */
  #end = 0;
  /** Where the PDU that is being filled begins, and where it is full. */
  #pduStart = 0;
  #pduLimit = 0;
  /** Settles when the message before has been written. */
  #previous: Promise<unknown> = Promise.resolve();

  constructor(association: Association) {
    this.#association = association;
    const maximum = Math.min(association.maximumSendLength - PDV_HEADER_LENGTH, LARGE_BUFFER - HEADER_LENGTH);
    this.#maximumFragment = maximum - maximum % 2;
  }

  /**
   * Writes one message. Resolves with the data set's length in bytes when the transport has taken all of it. Rejects
   * when the association is gone, and when `dataSet` fails or has another length than `announced`: a message that can't
   * be ended ends the association.
   */
  write(
    contextId: number,
    command: Uint8Array,
    dataSet?: OutgoingBytes,
    announced?: number,
  ): Promise<number> {
    const written = this.#previous.then(() => this.#write(contextId, command, dataSet, announced));
    this.#previous = written.catch(() => {});
    return written;
  }

  async #write(
    contextId: number,
    command: Uint8Array,
    dataSet: OutgoingBytes | undefined,
    announced: number | undefined,
  ): Promise<number> {
    this.#end = 0;
    let length = 0;
    try {
      this.#beginPdu(contextId, COMMAND);
      if (!this.#fits(command)) await this.#fill(contextId, COMMAND, command);
      this.#endPdu(LAST);
      if (dataSet !== undefined) {
        if (this.#lacksRoom(dataSet)) await this.#flush();
        this.#beginPdu(contextId, 0);
        if (dataSet instanceof Uint8Array) {
          length = dataSet.length;
          if (length !== (announced ?? length)) throw wrongLength(length, announced);
          if (!this.#fits(dataSet)) await this.#fill(contextId, 0, dataSet);
        } else {
          length = await this.#fillFrom(contextId, dataSet, announced);
        }
        checkFragmentable(length);
        this.#endPdu(LAST);
      }
    } catch (error) {
      await cancelUnread(dataSet, error);
      if (!(error instanceof AssociationAbortedError)) {
        this.#association.abort(error instanceof Error ? error : undefined);
      }
      throw error;
    }
    await this.#flush();
    return length;
  }

  /** Adds `bytes` to the open PDU if it can hold them all. */
  #fits(bytes: Uint8Array): boolean {
    if (bytes.length > this.#pduLimit - this.#end) return false;
    this.#buffer.set(bytes, this.#end);
    this.#end += bytes.length;
    return true;
  }

  /** Adds `bytes`, ending PDUs and writing as they get full. */
  async #fill(contextId: number, control: number, bytes: Uint8Array): Promise<void> {
    for (let offset = 0; offset < bytes.length;) {
      if (this.#end === this.#pduLimit) {
        this.#endPdu(0);
        if (this.#lacksRoom(bytes)) await this.#flush();
        this.#beginPdu(contextId, control);
      }
      const piece = bytes.subarray(offset, offset + this.#pduLimit - this.#end);
      this.#buffer.set(piece, this.#end);
      this.#end += piece.length;
      offset += piece.length;
    }
  }

  /** Adds all of a source and returns its length in bytes; one that gets stuck doesn't outlive the association. */
  async #fillFrom(
    contextId: number,
    dataSet: Exclude<OutgoingBytes, Uint8Array>,
    announced: number | undefined,
  ): Promise<number> {
    const most = announced ?? Infinity;
    const { signal } = this.#association;
    const source = lend(dataSet);
    const stop = () => void source.cancel(signal.reason).catch(() => {});
    signal.addEventListener("abort", stop);
    let length = 0;
    try {
      signal.throwIfAborted();
      for (let bytes = await source.read(); bytes !== undefined; bytes = await source.read()) {
        length += bytes.length;
        if (length > most) throw wrongLength(length, announced);
        if (!this.#fits(bytes)) await this.#fill(contextId, 0, bytes);
      }
      signal.throwIfAborted(); // Which is how a cancelled stream ends.
      if (length !== (announced ?? length)) throw wrongLength(length, announced);
      return length;
    } catch (error) {
      await source.cancel(error).catch(() => {});
      throw error;
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }

  /** Whether what is left of the buffer is too little for a worthwhile PDU; a small buffer is exchanged on the way. */
  #lacksRoom(dataSet: OutgoingBytes): boolean {
    const room = this.#buffer.length - this.#end - HEADER_LENGTH;
    if (dataSet instanceof Uint8Array && dataSet.length <= room) return false;
    if (this.#buffer.length < LARGE_BUFFER) this.#enlarge();
    return this.#buffer.length - this.#end - HEADER_LENGTH < Math.min(this.#maximumFragment, WORTHWHILE_FRAGMENT);
  }

  #enlarge(): void {
    const larger = new Uint8Array(LARGE_BUFFER);
    larger.set(this.#buffer.subarray(0, this.#end));
    this.#buffer = larger;
    this.#view = new DataView(larger.buffer);
  }

  #beginPdu(contextId: number, control: number): void {
    this.#pduStart = this.#end;
    this.#view.setUint16(this.#end, 0x0400);
    this.#buffer[this.#end + 10] = contextId;
    this.#buffer[this.#end + 11] = control;
    this.#end += HEADER_LENGTH;
    this.#pduLimit = Math.min(this.#end + this.#maximumFragment, this.#buffer.length);
  }

  #endPdu(control: number): void {
    const length = this.#end - this.#pduStart;
    this.#view.setUint32(this.#pduStart + 2, length - 6);
    this.#view.setUint32(this.#pduStart + 6, length - 10);
    this.#buffer[this.#pduStart + 11]! |= control;
  }

  async #flush(): Promise<void> {
    await this.#association.send(this.#buffer.subarray(0, this.#end));
    this.#end = 0;
  }
}

/** Lets go of a data set that won't be sent. */
export async function cancelUnread(dataSet: OutgoingBytes | undefined, reason: unknown): Promise<void> {
  if (dataSet === undefined || dataSet instanceof Uint8Array) return;
  if (!(dataSet instanceof ReadableStream)) await dataSet.cancel?.(reason).catch(() => {});
  else if (!dataSet.locked) await dataSet.cancel(reason).catch(() => {});
}

/** Every fragment has an even length (PS3.8 E.1), and so has what they are fragments of. Throws DataSetError. */
function checkFragmentable(length: number): void {
  if (length % 2 === 0) return;
  throw new DataSetError(`Cannot send the data set: its length is odd, ${length} bytes`, {
    expected: "an even length",
  });
}

/** A source that has changed since it was measured, such as a file that another program writes to. */
export function wrongLength(length: number, announced: number | undefined): DataSetError {
  const found = length > (announced ?? 0) ? `at least ${length}` : `${length}`;
  return new DataSetError(
    `Cannot send the data set: its source gave ${found} bytes where ${announced} were announced`,
    {
      expected: `${announced} bytes`,
    },
  );
}
