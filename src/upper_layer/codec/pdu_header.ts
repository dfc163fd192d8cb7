/**
 * The six bytes that every PDU begins with: type, a reserved byte, length of the rest (PS3.8 9.3.1).
 *
 * @module
 */

import { LimitError, PduError } from "../../errors.ts";
import type { Pdu } from "../pdu.ts";
import { PDU_TYPES } from "./pdu_codes.ts";
import { PDV_HEADER_LENGTH } from "./pdv.ts";
import { strangerName } from "./strangers.ts";

/** Length of a PDU's header in bytes. */
export const PDU_HEADER_LENGTH = 6;

/** Length in bytes of the variable field of A-ASSOCIATE-RJ, A-RELEASE-RQ, A-RELEASE-RP and A-ABORT. */
export const SHORT_PDU_LENGTH = 4;

/** Length in bytes of the fields of A-ASSOCIATE-RQ and A-ASSOCIATE-AC that come before the first item. */
const ASSOCIATE_FIELDS_LENGTH = 68;

/** Longest variable fields that are taken, in bytes. */
export interface PduLimits {
  /** Of P-DATA-TF. */
  readonly maxPduLength: number;
  /** Of A-ASSOCIATE-RQ and A-ASSOCIATE-AC. */
  readonly maxAssociatePduLength: number;
}

/** The big-endian number in the four bytes at `at`. */
export function uint32At(bytes: Uint8Array, at: number): number {
  return bytes[at]! * 0x1000000 + ((bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!);
}

/** Writes a PDU's header at the start of `bytes`. */
export function writePduHeader(bytes: Uint8Array, typeCode: number, length: number): void {
  bytes[0] = typeCode;
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(2, length);
}

/**
 * The type of the PDU whose header is at `at`, if that can be the header of a legal PDU; nothing else of the PDU needs to
 * be there.
 *
 * @throws PduError the type is none of PS3.8 9.3, or the length can't be that of such a PDU or is above its limit
 */
export function readPduType(bytes: Uint8Array, at: number, limits: PduLimits): Pdu["type"] {
  const type = PDU_TYPES[bytes[at]!];
  if (type === undefined) throw unrecognizedPdu(bytes.subarray(at, at + PDU_HEADER_LENGTH));
  const length = uint32At(bytes, at + 2);
  if (type === "P-DATA-TF") {
    if (length > limits.maxPduLength) throw tooLong(type, length, "maxPduLength", limits);
    if (length < PDV_HEADER_LENGTH) throw badLength(type, length, `at least the ${PDV_HEADER_LENGTH} of a PDV`);
  } else if (type === "A-ASSOCIATE-RQ" || type === "A-ASSOCIATE-AC") {
    if (length > limits.maxAssociatePduLength) throw tooLong(type, length, "maxAssociatePduLength", limits);
    if (length < ASSOCIATE_FIELDS_LENGTH) throw badLength(type, length, `at least ${ASSOCIATE_FIELDS_LENGTH}`);
  } else if (length !== SHORT_PDU_LENGTH) {
    throw badLength(type, length, `${SHORT_PDU_LENGTH}`);
  }
  return type;
}

function badLength(type: string, length: number, expected: string, cause?: LimitError): PduError {
  return new PduError(`Cannot read ${type}: its length field says ${length} bytes; expected ${expected}`, {
    reason: "invalid-pdu-parameter-value",
    offset: 2,
    ...(cause !== undefined && { cause }),
  });
}

function tooLong(type: string, length: number, limit: keyof PduLimits, limits: PduLimits): PduError {
  const maximum = limits[limit];
  const cause = new LimitError(`Cannot read ${type}: longer than ${maximum} bytes`, { limit, maximum });
  return badLength(type, length, `at most ${maximum}`, cause);
}

function unrecognizedPdu(header: Uint8Array): PduError {
  const code = header[0]!.toString(16).toUpperCase().padStart(2, "0");
  const stranger = strangerName(header);
  const hint = stranger === undefined ? "" : `; the bytes look like ${stranger}`;
  return new PduError(`Cannot read a PDU: type 0x${code} is not defined in PS3.8${hint}`, {
    reason: "unrecognized-pdu",
    offset: 0,
  });
}
