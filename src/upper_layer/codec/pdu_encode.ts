/**
 * A plain object -> bytes of one whole PDU (PS3.8 9.3).
 *
 * @module
 */

import { encodeAssociateAc, encodeAssociateRq } from "./associate_encode.ts";
import type { AAssociateRj, PDataTf, Pdu } from "../pdu.ts";
import { PDU_TYPES } from "./pdu_codes.ts";
import type { ControlPdu } from "./pdu_decode.ts";
import { PDU_HEADER_LENGTH, SHORT_PDU_LENGTH, writePduHeader } from "./pdu_header.ts";
import { PDV_HEADER_LENGTH, writePdvHeader } from "./pdv.ts";
import { abortCodes, rejectCodes } from "./reasons.ts";

const MAXIMUM_LENGTH = 0xffff_ffff;

/**
 * Writes one whole PDU, header included. AE titles are padded with spaces, UIDs are not padded (PS3.8 Annex F). An empty
 * implementation class UID or version name is left out. The reason of a service user's A-ABORT is written as 0.
 *
 * @throws RangeError a value that its field has no room for, or that the standard doesn't allow there
 */
export function encodePdu(pdu: Pdu): Uint8Array {
  return pdu.type === "P-DATA-TF" ? encodePData(pdu) : encodeControlPdu(pdu);
}

/**
 * Writes one whole PDU that is no P-DATA-TF; see `encodePdu`. An association writes those of messages itself.
 *
 * @throws RangeError
 */
export function encodeControlPdu(pdu: ControlPdu): Uint8Array {
  switch (pdu.type) {
    case "A-ASSOCIATE-RQ":
      return encodeAssociateRq(pdu);
    case "A-ASSOCIATE-AC":
      return encodeAssociateAc(pdu);
    case "A-ASSOCIATE-RJ":
      return encodeAssociateRj(pdu);
    case "A-RELEASE-RQ":
    case "A-RELEASE-RP":
      return shortPdu(pdu.type, 0, 0, 0);
    case "A-ABORT": {
      const { source, reason } = abortCodes(pdu);
      return shortPdu(pdu.type, 0, source, reason);
    }
  }
}

function encodeAssociateRj(pdu: AAssociateRj): Uint8Array {
  const { result, source, reason } = rejectCodes(pdu);
  if (reason === undefined) {
    throw new RangeError(
      `Cannot encode ${pdu.type}: the reason is ${pdu.reason}; expected one of source ${pdu.source}`,
    );
  }
  return shortPdu(pdu.type, result, source, reason);
}

/** A PDU whose variable field is a reserved byte and three more. */
function shortPdu(type: Pdu["type"], first: number, second: number, third: number): Uint8Array {
  const bytes = new Uint8Array(PDU_HEADER_LENGTH + SHORT_PDU_LENGTH);
  writePduHeader(bytes, PDU_TYPES.indexOf(type), SHORT_PDU_LENGTH);
  bytes.set([first, second, third], PDU_HEADER_LENGTH + 1);
  return bytes;
}

function encodePData(pdu: PDataTf): Uint8Array {
  if (pdu.pdvs.length === 0) throw new RangeError(`Cannot encode ${pdu.type}: it has no PDV; expected at least one`);
  let length = 0;
  for (const pdv of pdu.pdvs) length += PDV_HEADER_LENGTH + pdv.bytes.length;
  if (length > MAXIMUM_LENGTH) {
    throw new RangeError(
      `Cannot encode ${pdu.type}: its PDVs take ${length} bytes; expected at most ${MAXIMUM_LENGTH}`,
    );
  }
  const bytes = new Uint8Array(PDU_HEADER_LENGTH + length);
  writePduHeader(bytes, PDU_TYPES.indexOf(pdu.type), length);
  let at = PDU_HEADER_LENGTH;
  for (const pdv of pdu.pdvs) {
    if (!Number.isInteger(pdv.contextId) || pdv.contextId < 0 || pdv.contextId > 255) {
      throw new RangeError(
        `Cannot encode ${pdu.type}: a presentation context id is ${pdv.contextId}; expected 0 to 255`,
      );
    }
    writePdvHeader(bytes, at, pdv, pdv.bytes.length);
    bytes.set(pdv.bytes, at + PDV_HEADER_LENGTH);
    at += PDV_HEADER_LENGTH + pdv.bytes.length;
  }
  return bytes;
}
