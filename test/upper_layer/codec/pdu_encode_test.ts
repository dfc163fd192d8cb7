import assert from "node:assert/strict";
import fc from "fast-check";
import type { AAssociateAc, AAssociateRq, Pdu } from "../../../src/upper_layer/pdu.ts";
import { decodePdu } from "../../../src/upper_layer/codec/pdu_decode.ts";
import { encodePdu } from "../../../src/upper_layer/codec/pdu_encode.ts";
import { anyPdu } from "./pdu_arbitraries.ts";

const RQ: AAssociateRq = {
  type: "A-ASSOCIATE-RQ",
  protocolVersion: 1,
  calledAeTitle: "GANTRY",
  callingAeTitle: "TEST",
  applicationContextName: "1.2.840.10008.3.1.1.1",
  presentationContexts: [
    { id: 1, abstractSyntax: "1.2.840.10008.1.1", transferSyntaxes: ["1.2.840.10008.1.2"] },
  ],
  userInformation: { maximumPduLength: 16384, implementationClassUid: "2.25.1" },
};

const AC: AAssociateAc = {
  ...RQ,
  type: "A-ASSOCIATE-AC",
  presentationContexts: [{ id: 1, result: "acceptance", transferSyntax: "1.2.840.10008.1.2" }],
};

const LONG = "1.".repeat(32) + "1";

function rqWithContext(context: Partial<AAssociateRq["presentationContexts"][number]>): AAssociateRq {
  return { ...RQ, presentationContexts: [{ ...RQ.presentationContexts[0]!, ...context }] };
}

Deno.test("decodePdu() gives back what encodePdu() was given", () => {
  fc.assert(fc.property(anyPdu, (pdu) => assert.deepEqual(decodePdu(encodePdu(pdu)), pdu)), {
    seed: 42,
    numRuns: 1000,
  });
});

Deno.test("encodePdu() writes 128 presentation contexts", () => {
  const presentationContexts = Array.from(
    { length: 128 },
    (_, index) => ({ ...RQ.presentationContexts[0]!, id: 2 * index + 1 }),
  );
  const pdu = { ...RQ, presentationContexts };
  assert.deepEqual(decodePdu(encodePdu(pdu)), pdu);
});

const REFUSED: readonly [what: string, pdu: Pdu, message: RegExp][] = [
  ["an AE title of 17 characters", { ...RQ, calledAeTitle: "A".repeat(17) }, /called AE title has 17 .*at most 16$/],
  ["an empty called AE title", { ...RQ, calledAeTitle: "" }, /called AE title is empty/],
  ["a calling AE title of spaces", { ...RQ, callingAeTitle: "   " }, /calling AE title is empty/],
  ["a backslash in an AE title", { ...RQ, callingAeTitle: "A\\B" }, /no backslash/],
  ["a line end in an AE title", { ...RQ, callingAeTitle: "A\nB" }, /"A\\nB"; expected printable ASCII$/],
  ["an umlaut in an AE title", { ...AC, callingAeTitle: "RÖNTGEN" }, /expected printable ASCII$/],
  ["a UID of 65 characters", rqWithContext({ abstractSyntax: LONG }), /has 65 characters; expected at most 64$/],
  ["an empty abstract syntax", rqWithContext({ abstractSyntax: "" }), /an abstract syntax is empty/],
  ["no transfer syntax", rqWithContext({ transferSyntaxes: [] }), /context 1 has no transfer syntax/],
  ["an even context id", rqWithContext({ id: 2 }), /id is 2; expected an odd number from 1 to 255$/],
  ["a context id above 255", rqWithContext({ id: 257 }), /id is 257/],
  ["a negative context id", rqWithContext({ id: -1 }), /id is -1/],
  ["no presentation context", { ...RQ, presentationContexts: [] }, /no presentation context/],
  ["a context id twice", {
    ...RQ,
    presentationContexts: [RQ.presentationContexts[0]!, RQ.presentationContexts[0]!],
  }, /id 1 appears twice$/],
  ["an accepted context without transfer syntax", {
    ...AC,
    presentationContexts: [{ id: 1, result: "acceptance", transferSyntax: "" }],
  }, /a transfer syntax is empty/],
  ["an empty application context name", { ...RQ, applicationContextName: "" }, /application context name is empty/],
  ["a maximum length above 32 bits", {
    ...RQ,
    userInformation: { ...RQ.userInformation, maximumPduLength: 2 ** 32 },
  }, /maximum PDU length is 4294967296; expected a whole number from 0 to 4294967295$/],
  ["a version name of 17 characters", {
    ...RQ,
    userInformation: { ...RQ.userInformation, implementationVersionName: "V".repeat(17) },
  }, /version name has 17 characters/],
  ["an item above 65535 bytes", {
    ...RQ,
    unknownItems: [{ itemType: 0x60, bytes: new Uint8Array(65536) }],
  }, /item \(60H\) takes 65536 bytes; expected at most 65535$/],
  ["items of User Information that are too much together", {
    ...RQ,
    userInformation: {
      ...RQ.userInformation,
      unknownItems: Array.from({ length: 2 }, () => ({ itemType: 0x60, bytes: new Uint8Array(40000) })),
    },
  }, /User Information item \(50H\) takes 80026 bytes/],
  ["a P-DATA-TF without PDVs", { type: "P-DATA-TF", pdvs: [] }, /no PDV/],
  ["a PDV with a context id of nine bits", {
    type: "P-DATA-TF",
    pdvs: [{ contextId: 256, command: false, last: true, bytes: new Uint8Array(1) }],
  }, /id is 256/],
  ["title fields of 63 bytes", { ...AC, titleFields: new Uint8Array(63) }, /titleFields has 63 bytes; expected 64$/],
  ["a reason that isn't the source's", {
    type: "A-ASSOCIATE-RJ",
    result: "rejected-transient",
    source: "service-user",
    reason: "temporary-congestion",
  }, /reason is temporary-congestion; expected one of source service-user$/],
];

for (const [what, pdu, message] of REFUSED) {
  Deno.test(`encodePdu() refuses ${what}`, () => {
    assert.throws(() => encodePdu(pdu), (error) => {
      return error instanceof RangeError && error.message.startsWith(`Cannot encode ${pdu.type}: `) &&
        message.test(error.message);
    });
  });
}

Deno.test("encodePdu() leaves out an empty implementation class UID and version name", () => {
  const userInformation = { maximumPduLength: 0, implementationClassUid: "", implementationVersionName: "" };
  assert.deepEqual(decodePdu(encodePdu({ ...RQ, userInformation })), {
    ...RQ,
    userInformation: { maximumPduLength: 0, implementationClassUid: "" },
  });
});
