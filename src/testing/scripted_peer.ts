/**
 * A peer that does what a test says, PDU by PDU.
 *
 * @module
 */

import { PduError } from "../errors.ts";
import { decodePdu } from "../upper_layer/codec/pdu_decode.ts";
import { encodePdu } from "../upper_layer/codec/pdu_encode.ts";
import type { Connection } from "../upper_layer/connection.ts";
import type { Pdu } from "../upper_layer/pdu.ts";

/** Bytes of the header of a PDU: type, reserved, length (PS3.8 9.3.1). */
const HEADER_LENGTH = 6;

/** Longest PDU that is gathered, in bytes: the peer of a test has no use for longer ones. */
const MAXIMUM_LENGTH = 2 ** 24;

/** What a PduError says that the A-ABORT would give as its reason. */
const reason = "reason-not-specified";

/**
 * Reads and writes whole PDUs on one end of a connection, in whatever order a test wants, also a wrong one. It reads
 * nothing before a test receives. It follows no state machine and has no timeouts.
 *
 * @example
 * ```ts
 * import { connectionPair, ScriptedPeer } from "@gantry/dicom/testing";
 * import { createScp, verification } from "@gantry/dicom";
 *
 * const [here, there] = connectionPair();
 * createScp({ services: [verification()] }).accept(there);
 * const peer = new ScriptedPeer(here);
 * await peer.send(new Uint8Array([0x00, 0, 0, 0, 0, 0])); // no such PDU
 * console.log((await peer.receive())?.type); // "A-ABORT"
 * ```
 */
export class ScriptedPeer {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  #unread = new Uint8Array(0);

  /** Takes over a connection: nothing else may read from it or write to it. */
  constructor({ readable, writable }: Connection) {
    this.#reader = readable.getReader();
    this.#writer = writable.getWriter();
  }

  /** Sends bytes, or PDUs in one piece. Resolves when the other side has taken them. */
  send(...pdus: (Pdu | Uint8Array)[]): Promise<void> {
    return this.#writer.write(concat(pdus.map((pdu) => pdu instanceof Uint8Array ? pdu : encodePdu(pdu))));
  }

  /**
   * The next PDU; undefined when the other side has closed. Throws PduError for what is none, for more than 16 MiB, and
   * when the connection ends inside a PDU.
   */
  async receive(): Promise<Pdu | undefined> {
    if (!await this.#gather(HEADER_LENGTH)) return undefined;
    const { buffer, byteOffset } = this.#unread;
    const length = HEADER_LENGTH + new DataView(buffer, byteOffset).getUint32(2);
    if (length > MAXIMUM_LENGTH) {
      throw new PduError(`Cannot receive a PDU of ${length} bytes: expected at most ${MAXIMUM_LENGTH}`, { reason });
    }
    if (!await this.#gather(length)) {
      throw new PduError(`Cannot receive a PDU of ${length} bytes: the connection ended after ${this.#unread.length}`, {
        reason,
      });
    }
    const pdu = decodePdu(this.#unread.slice(0, length));
    this.#unread = this.#unread.subarray(length);
    return pdu;
  }

  /** Takes some bytes as they come; undefined when the other side has closed. */
  async receiveBytes(): Promise<Uint8Array | undefined> {
    return (await this.#reader.read()).value;
  }

  /** Says that nothing more will be sent. */
  close(): Promise<void> {
    return this.#writer.close();
  }

  /** Takes no more bytes, but may still send. */
  stopReading(): Promise<void> {
    return this.#reader.cancel();
  }

  /** Breaks the connection off, without an A-ABORT. */
  async vanish(): Promise<void> {
    await this.#writer.abort(new Error("The peer vanished"));
  }

  async #gather(length: number): Promise<boolean> {
    while (this.#unread.length < length) {
      const { value } = await this.#reader.read().catch(() => ({ value: undefined }));
      if (value === undefined) return false;
      this.#unread = concat([this.#unread, value]);
    }
    return true;
  }
}

function concat(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let offset = 0;
  for (const piece of pieces) {
    joined.set(piece, offset);
    offset += piece.length;
  }
  return joined;
}
