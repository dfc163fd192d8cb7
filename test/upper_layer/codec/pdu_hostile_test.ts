import assert from "node:assert/strict";
import fc from "fast-check";
import { PduError } from "../../../src/errors.ts";
import type { IncomingPdu, Pdu } from "../../../src/upper_layer/pdu.ts";
import { decodePdu } from "../../../src/upper_layer/codec/pdu_decode.ts";
import { encodePdu } from "../../../src/upper_layer/codec/pdu_encode.ts";
import { PduReader } from "../../../src/upper_layer/codec/pdu_reader.ts";
import { type Field, parseStream, serialize } from "../../support/field_tree.ts";
import type { LengthField } from "../../vectors/annotated.ts";
import { decodeHostile } from "./decode_hostile.ts";
import { PDU_VECTORS, PEER_PDU_VECTORS } from "../../vectors/pdus.ts";

const HEADER_LENGTH = 6;
const ALL_VECTORS = [...PDU_VECTORS, ...PEER_PDU_VECTORS];

for (const { name, bytes } of ALL_VECTORS) {
  Deno.test(`decodePdu() refuses ${name} that ends early`, () => {
    for (let length = 0; length < bytes.length; length++) {
      const cut = bytes.slice(0, length);
      assert.ok(decodeHostile(cut) instanceof PduError);
      if (length < HEADER_LENGTH) continue;
      new DataView(cut.buffer).setUint32(2, length - HEADER_LENGTH);
      const outcome = decodeHostile(cut);
      const endsBetweenPdvs = !(outcome instanceof PduError) && outcome.type === "P-DATA-TF";
      assert.ok(outcome instanceof PduError || endsBetweenPdvs, `${length} bytes`);
    }
  });
}

/** What PduReader makes of bytes that may be wrong, and have no others behind them. */
function readHostile(bytes: Uint8Array, pieceLength: number): IncomingPdu[] | PduError {
  const reader = new PduReader({ maxPduLength: 0 });
  const pdus: IncomingPdu[] = [];
  try {
    for (let at = 0; at < bytes.length; at += pieceLength) {
      reader.push(bytes.subarray(at, at + pieceLength));
      for (let pdu = reader.next(); pdu !== undefined; pdu = reader.next()) pdus.push(pdu);
    }
    reader.end();
    return pdus;
  } catch (error) {
    if (error instanceof PduError) return error;
    throw error;
  }
}

/** Every length field of a PDU, PDV, item, sub-item and counted string, in their order; those of command sets apart. */
function lengthFieldsOf(fields: readonly Field[], start = 0): LengthField[] {
  let offset = start;
  return fields.flatMap((field) => {
    const head = field.kind === "sized" ? field.head.length : 0;
    const at = offset + head;
    offset += serialize([field]).length;
    if (field.kind === "bytes" || field.length === "32-little") return [];
    const size = field.length === "16" ? 2 : 4;
    return [{ offset: at, size } as const, ...lengthFieldsOf(field.children, at + size)];
  });
}

for (const { name, bytes, lengthFields } of ALL_VECTORS) {
  Deno.test(`decodePdu() and PduReader refuse ${name} with a wrong length`, () => {
    assert.deepEqual(lengthFields, lengthFieldsOf(parseStream(bytes)));
    for (const { offset, size } of lengthFields) {
      const view = new DataView(bytes.buffer);
      const length = size === 2 ? view.getUint16(offset) : view.getUint32(offset);
      const maximum = 256 ** size - 1;
      for (const wrong of [length - 1, length + 1, 0, maximum]) {
        if (wrong < 0 || wrong === length) continue;
        const changed = bytes.slice();
        if (size === 2) new DataView(changed.buffer).setUint16(offset, wrong);
        else new DataView(changed.buffer).setUint32(offset, wrong);
        const outcome = decodeHostile(changed);
        const what = `length ${wrong} at byte ${offset}`;
        assert.ok(outcome instanceof PduError || isOtherSplit(bytes, offset, wrong), what);
        for (const pieceLength of [changed.length, 1]) {
          const read = readHostile(changed, pieceLength);
          if (outcome instanceof PduError) assert.ok(read instanceof PduError, what);
          else assert.deepEqual(read, [outcome], what);
        }
      }
    }
  });
}

/**
 * Whether a wrong length is legal: the UID of a SOP Class Extended Negotiation may end one character earlier, because any
 * bytes may follow it; and so may the list that ends a SOP Class Common Extended Negotiation.
 */
function isOtherSplit(bytes: Uint8Array, offset: number, wrong: number): boolean {
  const ctImageStorage = 25;
  const storageServiceClass = 17;
  const listOffset = 4 + 2 + ctImageStorage + 2 + storageServiceClass;
  return (bytes[offset - 4] === 0x56 && wrong === ctImageStorage - 1) ||
    (bytes[offset - listOffset] === 0x57 && wrong === 0);
}

Deno.test("decodePdu() gives a PDU that can be written back, or a PduError, whatever the bytes", () => {
  const vectors = ALL_VECTORS.map(({ bytes }) => bytes);
  const change = fc.record({
    at: fc.nat(),
    value: fc.integer({ min: 0, max: 255 }),
    remove: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(8) }),
  });
  let written = 0;
  fc.assert(
    fc.property(fc.constantFrom(...vectors), fc.array(change, { minLength: 1, maxLength: 4 }), (bytes, changes) => {
      const mutated = Array.from(bytes);
      for (const { at, value, remove } of changes) mutated.splice(at % mutated.length, remove, value);
      const whole = Uint8Array.from(mutated);
      if (whole.length >= HEADER_LENGTH) new DataView(whole.buffer).setUint32(2, whole.length - HEADER_LENGTH);
      const pdu = decodeHostile(whole);
      if (pdu instanceof PduError || !canBeWritten(pdu)) return;
      assert.deepEqual(decodePdu(encodePdu(pdu)), pdu);
      written++;
    }),
    { seed: 42, numRuns: 5000 },
  );
  assert.ok(written > 100, `${written}`);
});

/** What is read but never written: empty names, ids that DIMSE refuses, reasons that the standard reserves. */
function canBeWritten(pdu: Pdu): boolean {
  switch (pdu.type) {
    case "A-ASSOCIATE-RQ":
      return pdu.calledAeTitle !== "" && pdu.callingAeTitle !== "" && pdu.applicationContextName !== "";
    case "A-ASSOCIATE-AC":
      return pdu.applicationContextName !== "";
    case "A-ASSOCIATE-RJ":
      return pdu.source !== "service-provider-presentation" || pdu.reason !== "no-reason-given";
    case "P-DATA-TF":
      return pdu.pdvs.every(({ contextId }) => contextId % 2 === 1);
    default:
      return true;
  }
}
