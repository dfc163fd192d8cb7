/** What tests of malformed PDUs share. */

import { PduError } from "../../../src/errors.ts";
import { decodePdu } from "../../../src/upper_layer/codec/pdu_decode.ts";
import type { Pdu } from "../../../src/upper_layer/pdu.ts";

/** Reads a PDU that is meant to be one or to be refused as none; any other error fails the test. */
export function decodeHostile(bytes: Uint8Array): Pdu | PduError {
  try {
    return decodePdu(bytes);
  } catch (error) {
    if (error instanceof PduError) return error;
    throw error;
  }
}
