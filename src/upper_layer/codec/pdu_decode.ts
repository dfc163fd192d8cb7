/**
 * Bytes of one whole PDU -> a plain object (PS3.8 9.3).
 *
 * Peers are forgiven what does no harm: AE titles and UIDs padded with spaces or NULs, AE titles that hold what none can,
 * any values in reserved fields, even presentation context IDs, unknown items, items in any order, missing sub-items of
 * User Information. Everything else is a `PduError`.
 *
 * @module
 */

import { PduError } from "../../errors.ts";
import { decodeAssociateAc, decodeAssociateRq } from "./associate_decode.ts";
import type { PDataTf, Pdu, Pdv } from "../pdu.ts";
import { PDU_HEADER_LENGTH, readPduType, uint32At } from "./pdu_header.ts";
import {
  checkPdvFits,
  isCommand,
  isLast,
  PDV_CONTEXT_ID,
  PDV_CONTROL,
  PDV_HEADER_LENGTH,
  pdvDataLength,
} from "./pdv.ts";
import { abortWords, rejectWords } from "./reasons.ts";

/** Any PDU but P-DATA-TF. */
export type ControlPdu = Exclude<Pdu, PDataTf>;

const NO_LIMITS = { maxPduLength: Infinity, maxAssociatePduLength: Infinity };

/**
 * Reads one whole PDU, header included.
 *
 * - AE titles come without their padding and may be empty. What can't be in an AE title comes as U+FFFD, with a warning;
 *   in an A-ASSOCIATE-AC, whose titles are not to be tested (PS3.8 9.3.3), as `?`.
 * - UIDs come without their padding and are printable text of 1 to 64 characters, not necessarily UIDs; the application
 *   context name and the implementation class UID may be empty. A missing maximum length is 0.
 * - Unknown items of the PDU and of User Information are kept, those of a presentation context are passed over.
 * - Reserved codes of A-ASSOCIATE-RJ, A-ABORT and of a presentation context's result are read as the nearest word.
 * - The bytes of PDVs are views into `bytes`; everything else is copied.
 *
 * @throws PduError the bytes are no legal PDU, or more or less than one
 */
export function decodePdu(bytes: Uint8Array): Pdu {
  const length = bytes.length - PDU_HEADER_LENGTH;
  if (length < 0) {
    throw new PduError(
      `Cannot read a PDU: there are ${bytes.length} bytes; expected at least the ${PDU_HEADER_LENGTH} of its header`,
      { reason: "invalid-pdu-parameter-value", offset: bytes.length },
    );
  }
  const type = readPduType(bytes, 0, NO_LIMITS);
  if (uint32At(bytes, 2) !== length) {
    throw new PduError(`Cannot read ${type}: its length field says ${uint32At(bytes, 2)} bytes; there are ${length}`, {
      reason: "invalid-pdu-parameter-value",
      offset: 2,
    });
  }
  return type === "P-DATA-TF" ? decodePData(bytes) : decodeControlPdu(type, bytes);
}

/**
 * Reads one whole PDU that is no P-DATA-TF and whose header has been checked.
 *
 * @throws PduError
 */
export function decodeControlPdu(type: ControlPdu["type"], bytes: Uint8Array): ControlPdu {
  switch (type) {
    case "A-ASSOCIATE-RQ":
      return decodeAssociateRq(bytes);
    case "A-ASSOCIATE-AC":
      return decodeAssociateAc(bytes);
    case "A-ASSOCIATE-RJ":
      return { type, ...rejectWords(bytes[7]!, bytes[8]!, bytes[9]!) };
    case "A-RELEASE-RQ":
    case "A-RELEASE-RP":
      return { type };
    case "A-ABORT":
      return { type, ...abortWords(bytes[8]!, bytes[9]!) };
  }
}

function decodePData(bytes: Uint8Array): PDataTf {
  const pdvs: Pdv[] = [];
  for (let at = PDU_HEADER_LENGTH; at < bytes.length;) {
    const left = bytes.length - at;
    checkPdvFits(left, at);
    const start = at + PDV_HEADER_LENGTH;
    const end = start + pdvDataLength(uint32At(bytes, at), left, at);
    const control = bytes[at + PDV_CONTROL]!;
    pdvs.push({
      contextId: bytes[at + PDV_CONTEXT_ID]!,
      command: isCommand(control),
      last: isLast(control),
      bytes: bytes.subarray(start, end),
    });
    at = end;
  }
  return { type: "P-DATA-TF", pdvs };
}
