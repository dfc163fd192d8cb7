import assert from "node:assert/strict";
import { decodePdu } from "../../../src/upper_layer/codec/pdu_decode.ts";
import { encodePdu } from "../../../src/upper_layer/codec/pdu_encode.ts";
import { PDU_VECTORS, PEER_PDU_VECTORS } from "../../vectors/pdus.ts";

for (const { name, bytes, pdu } of [...PDU_VECTORS, ...PEER_PDU_VECTORS]) {
  Deno.test(`decodePdu() reads ${name}`, () => assert.deepEqual(decodePdu(bytes), pdu));
}

for (const { name, bytes, pdu } of PDU_VECTORS) {
  Deno.test(`encodePdu() writes ${name}`, () => assert.deepEqual(encodePdu(pdu), bytes));
}
