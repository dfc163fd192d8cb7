/**
 * The header of a presentation data value: its length, the presentation context's id and the message control header
 * (PS3.8 9.3.5.1 and Annex E.2).
 *
 * @module
 */

import { PduError } from "../../errors.ts";
import type { Pdv } from "../pdu.ts";

/** Bytes of a PDV in front of its data. */
export const PDV_HEADER_LENGTH = 6;

/** Bytes of the PDV that its own length field counts besides the data: context id and message control header. */
const COUNTED_HEADER_LENGTH = 2;

const COMMAND_BIT = 0x01;
const LAST_BIT = 0x02;

/** Where a PDV header keeps the presentation context's id. */
export const PDV_CONTEXT_ID = 4;

/** Where a PDV header keeps the message control header. */
export const PDV_CONTROL = 5;

/** Whether a message control header announces a piece of a command set. */
export function isCommand(control: number): boolean {
  return (control & COMMAND_BIT) !== 0;
}

/** Whether a message control header announces the last piece of a command set or data set. */
export function isLast(control: number): boolean {
  return (control & LAST_BIT) !== 0;
}

/**
 * Refuses a rest of a PDU that is too short for a PDV.
 *
 * @param left bytes of the PDU from the PDV's first byte on
 * @param offset of the PDV in its PDU
 * @throws PduError
 */
export function checkPdvFits(left: number, offset: number): void {
  if (left < PDV_HEADER_LENGTH) {
    throw new PduError(
      `Cannot read P-DATA-TF: ${left} bytes are left at byte ${offset}; expected at least the ${PDV_HEADER_LENGTH} of a PDV`,
      { reason: "invalid-pdu-parameter-value", offset },
    );
  }
}

/**
 * The number of data bytes of a PDV.
 *
 * @param lengthField its length field
 * @param left bytes of the PDU from the PDV's first byte on
 * @param offset of the PDV in its PDU
 * @throws PduError the length field is below 2 or reaches beyond the PDU
 */
export function pdvDataLength(lengthField: number, left: number, offset: number): number {
  const dataLength = lengthField - COUNTED_HEADER_LENGTH;
  const room = left - PDV_HEADER_LENGTH;
  if (dataLength < 0 || dataLength > room) {
    throw new PduError(
      `Cannot read P-DATA-TF: the PDV at byte ${offset} says ${lengthField} bytes; ` +
        `expected ${COUNTED_HEADER_LENGTH} to ${room + COUNTED_HEADER_LENGTH}, all that its PDU holds`,
      { reason: "invalid-pdu-parameter-value", offset },
    );
  }
  return dataLength;
}

/** Writes a PDV's header at `at`, for `dataLength` bytes of data. */
export function writePdvHeader(bytes: Uint8Array, at: number, pdv: Omit<Pdv, "bytes">, dataLength: number): void {
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(at, dataLength + COUNTED_HEADER_LENGTH);
  bytes[at + PDV_CONTEXT_ID] = pdv.contextId;
  bytes[at + PDV_CONTROL] = (pdv.command ? COMMAND_BIT : 0) | (pdv.last ? LAST_BIT : 0);
}
