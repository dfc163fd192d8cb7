import assert from "node:assert/strict";
import { type AbortReason, PduError } from "../../../src/errors.ts";
import type { AAssociateAc, AAssociateRq } from "../../../src/upper_layer/pdu.ts";
import { decodePdu } from "../../../src/upper_layer/codec/pdu_decode.ts";
import { annotated } from "../../vectors/annotated.ts";

const HEADER_LENGTH = 6;

/** The parts of a small A-ASSOCIATE PDU, in annotated bytes. */
const PARTS = {
  called: `"GANTRY          "`,
  calling: `"TEST            "`,
  applicationContext: `10 00 0015 "1.2.840.10008.3.1.1.1"`,
  contexts: `20 00 002e 01 00 00 00 30 00 0011 "1.2.840.10008.1.1" 40 00 0011 "1.2.840.10008.1.2"`,
  results: `21 00 0019 01 00 00 00 40 00 0011 "1.2.840.10008.1.2"`,
  userInformation: `50 00 0008 51 00 0004 00004000`,
  after: "",
};

function associatePdu(type: string, fields: string, items: readonly string[]): Uint8Array {
  const { bytes } = annotated(`${type} 00 00000000 ${fields} ${items.join(" ")}`);
  new DataView(bytes.buffer).setUint32(2, bytes.length - HEADER_LENGTH);
  return bytes;
}

function rq(changes: Partial<typeof PARTS> = {}): Uint8Array {
  const parts = { ...PARTS, ...changes };
  const fields = `0001 0000 ${parts.called} ${parts.calling} 00 *31`;
  return associatePdu("01", fields, [parts.applicationContext, parts.contexts, parts.userInformation, parts.after]);
}

function ac(changes: Partial<typeof PARTS> = {}): Uint8Array {
  const parts = { ...PARTS, ...changes };
  const fields = `0001 0000 ${parts.called} ${parts.calling} 00 *31`;
  return associatePdu("02", fields, [parts.applicationContext, parts.results, parts.userInformation, parts.after]);
}

/** A User Information item around its sub-items. */
function userInformation(subItems: string): string {
  const { length } = annotated(subItems).bytes;
  return `50 00 ${length.toString(16).padStart(4, "0")} ${subItems}`;
}

function decodeRq(bytes: Uint8Array): AAssociateRq {
  const pdu = decodePdu(bytes);
  if (pdu.type !== "A-ASSOCIATE-RQ") throw new TypeError(`Cannot go on: ${pdu.type}`);
  return pdu;
}

function decodeAc(bytes: Uint8Array): AAssociateAc {
  const pdu = decodePdu(bytes);
  if (pdu.type !== "A-ASSOCIATE-AC") throw new TypeError(`Cannot go on: ${pdu.type}`);
  return pdu;
}

Deno.test("decodePdu() takes AE titles padded with spaces or NULs, and spaces before them", () => {
  assert.equal(decodeRq(rq({ called: `"GANTRY" 00 *9` })).calledAeTitle, "GANTRY");
  assert.equal(decodeRq(rq({ called: `"  GANTRY  " 00 *5` })).calledAeTitle, "GANTRY");
  assert.equal(decodeRq(rq({ called: `"A CT OF ROOM 123"` })).calledAeTitle, "A CT OF ROOM 123");
  assert.equal(decodeRq(rq({ calling: `20 *15` })).callingAeTitle, "");
  assert.equal(decodeRq(rq({ calling: `00 *15` })).callingAeTitle, "");
});

const UNUSABLE = "holds bytes that are no printable ASCII without a backslash";
const STRAY = "has other bytes behind its NUL; they are passed over";

const odd: readonly [what: string, field: string, title: string, warning: string | undefined][] = [
  ["old memory behind a NUL", `"GANTRY" 00 01 7f "AB" 00 *4`, "GANTRY", STRAY],
  ["another title behind a NUL", `"GANTRY" 00 "OTHER" 20 *3`, "GANTRY", STRAY],
  ["bytes above 127 behind a NUL", `"A" 00 ff *13`, "A", STRAY],
  ["a NUL and rubbish from the first byte on", `00 "GANTRY" 20 *8`, "", STRAY],
  ["a NUL behind spaces", `"A  " 00 "B" 20 *10`, "A", STRAY],
  ["NULs and spaces behind a NUL", `"GANTRY" 00 20 *8`, "GANTRY", undefined],
  ["bytes above 127", `"R" d6 "NTGEN" 20 *8`, "R\ufffdNTGEN", UNUSABLE],
  ["nothing but bytes above 127", `ff *15`, "\ufffd".repeat(16), UNUSABLE],
  ["a line end", `"GANTRY" 0a 20 *8`, "GANTRY\ufffd", UNUSABLE],
  ["a delete character", `"A" 7f 20 *13`, "A\ufffd", UNUSABLE],
  ["a backslash", `"A\\B" 20 *12`, "A\ufffdB", UNUSABLE],
];

for (const [what, field, title, warning] of odd) {
  Deno.test(`decodePdu() takes an AE title with ${what} for what it can be, and keeps its bytes`, () => {
    const { bytes } = annotated(field);
    assert.equal(bytes.length, 16);
    for (const which of ["called", "calling"] as const) {
      const request = decodeRq(rq({ [which]: field }));
      assert.equal(request[`${which}AeTitle`], title);
      const expected = warning === undefined ? undefined : [`The ${which} AE title ${warning}`];
      assert.deepEqual(request.warnings, expected);
      const start = which === "called" ? 0 : 16;
      assert.deepEqual(request.titleFields?.subarray(start, start + 16), bytes);
      assert.equal(request.titleFields.length, 64);
    }
  });
}

Deno.test("decodePdu() takes even context ids, with a warning", () => {
  const context = (id: string) => `20 00 002e ${id} 000000 ${ABSTRACT} ${TRANSFER} `;
  const request = decodeRq(rq({ after: context("02") + context("00") + context("fe") + context("ff") }));
  assert.deepEqual(request.presentationContexts.map(({ id }) => id), [1, 2, 0, 254, 255]);
  assert.deepEqual(request.warnings, ["Presentation contexts have even IDs, which should be odd: 2, 0, 254"]);
});

Deno.test("decodePdu() takes UIDs padded with NULs or spaces", () => {
  const { applicationContextName, presentationContexts } = decodeRq(rq({
    applicationContext: `10 00 0016 "1.2.840.10008.3.1.1.1" 00`,
    contexts: `20 00 0031 01 00 00 00 30 00 0012 "1.2.840.10008.1.1 " 40 00 0013 "1.2.840.10008.1.2" 00 00`,
  }));
  assert.equal(applicationContextName, "1.2.840.10008.3.1.1.1");
  assert.deepEqual(presentationContexts, decodeRq(rq()).presentationContexts);
});

Deno.test("decodePdu() takes any protocol version and any value in reserved fields", () => {
  const bytes = rq();
  bytes.set([0xff, 0xff, 0xaa, 0xaa], HEADER_LENGTH);
  bytes.fill(0xaa, HEADER_LENGTH + 36, HEADER_LENGTH + 68);
  bytes[1] = 0xaa;
  const titleFields = bytes.slice(HEADER_LENGTH + 4, HEADER_LENGTH + 68);
  assert.deepEqual(decodePdu(bytes), { ...decodeRq(rq()), protocolVersion: 0xffff, titleFields });
});

Deno.test("decodePdu() keeps unknown items, and takes items in any order", () => {
  const { presentationContexts, userInformation: information, unknownItems } = decodeRq(rq({
    applicationContext: userInformation(`5a 00 0001 07 51 00 0004 00004000 5a 00 0000`),
    userInformation: `10 00 0001 "1"`,
    after: `60 00 0002 0102`,
  }));
  assert.equal(presentationContexts.length, 1);
  assert.deepEqual(unknownItems, [{ itemType: 0x60, bytes: Uint8Array.of(1, 2) }]);
  assert.deepEqual(information.unknownItems, [
    { itemType: 0x5a, bytes: Uint8Array.of(7) },
    { itemType: 0x5a, bytes: new Uint8Array(0) },
  ]);
});

Deno.test("decodePdu() keeps the first 128 unknown items of a list, and passes over the others", () => {
  const many = (item: string) => item.repeat(10_000);
  const { userInformation: information, unknownItems } = decodeRq(rq({
    userInformation: userInformation(`${many("5a 00 0000 ")} 58 00 0001 09 52 00 0003 "1.2"`),
    after: many("60 00 0000 "),
  }));
  assert.equal(unknownItems?.length, 128);
  assert.equal(information.unknownItems?.length, 128);
  assert.equal(information.implementationClassUid, "1.2");
});

Deno.test("decodePdu() passes over unknown items of presentation contexts", () => {
  const contexts = `20 00 0035 01 00 00 00 99 00 0003 "abc" 30 00 0011 "1.2.840.10008.1.1" ` +
    `40 00 0011 "1.2.840.10008.1.2"`;
  assert.deepEqual(decodePdu(rq({ contexts })), decodePdu(rq()));
  const results = `21 00 0022 01 00 00 00 30 00 0005 "1.2.3" 40 00 0011 "1.2.840.10008.1.2"`;
  assert.deepEqual(decodePdu(ac({ results })), decodePdu(ac()));
});

Deno.test("decodePdu() takes User Information without sub-items", () => {
  assert.deepEqual(decodeRq(rq({ userInformation: "50 00 0000" })).userInformation, {
    maximumPduLength: 0,
    implementationClassUid: "",
  });
});

Deno.test("decodePdu() makes an implementation version name fit to be shown", () => {
  const information = userInformation(`55 00 0014 "A" 0a "B" 80 "5678901234567890"`);
  assert.equal(
    decodeRq(rq({ userInformation: information })).userInformation.implementationVersionName,
    "A?B?567890123456",
  );
});

Deno.test("decodePdu() keeps a user identity of a type that the standard doesn't know as an unknown item", () => {
  const { userInformation: information } = decodeRq(rq({
    userInformation: userInformation(`58 00 0008 09 01 0002 "ab" 0000`),
  }));
  assert.equal(information.userIdentity, undefined);
  assert.deepEqual(information.unknownItems, [
    { itemType: 0x58, bytes: Uint8Array.of(9, 1, 0, 2, 0x61, 0x62, 0, 0) },
  ]);
});

Deno.test("decodePdu() keeps what only the other side sends as an unknown item", () => {
  const response = userInformation(`59 00 0003 0001 "x"`);
  assert.deepEqual(decodeRq(rq({ userInformation: response })).userInformation, {
    maximumPduLength: 0,
    implementationClassUid: "",
    unknownItems: [{ itemType: 0x59, bytes: Uint8Array.of(0, 1, 0x78) }],
  });
  const identity = userInformation(`58 00 0006 01 00 0000 0000`);
  assert.equal(decodeAc(ac({ userInformation: identity })).userInformation.userIdentity, undefined);
});

Deno.test("decodePdu() passes over what a later version adds to SOP Class Common Extended Negotiation", () => {
  const information = userInformation(`57 01 000e 0003 "1.2" 0001 "1" 0000 ffffffff`);
  assert.deepEqual(decodeRq(rq({ userInformation: information })).userInformation.commonExtendedNegotiations, [
    { sopClassUid: "1.2", serviceClassUid: "1", relatedGeneralSopClassUids: [] },
  ]);
});

Deno.test("decodePdu() takes rejected contexts with no, an empty or any transfer syntax", () => {
  const expected = { id: 1, result: "user-rejection", transferSyntax: "" };
  const result = (results: string) => decodeAc(ac({ results })).presentationContexts[0];
  assert.deepEqual(result(`21 00 0004 01 00 01 00`), expected);
  assert.deepEqual(result(`21 00 0008 01 00 01 00 40 00 0000`), expected);
  assert.deepEqual(result(`21 00 000a 01 00 01 00 40 00 0002 0a 41`), { ...expected, transferSyntax: "?A" });
});

Deno.test("decodePdu() reads a reserved result of a presentation context as no-reason", () => {
  const results = `21 00 0019 01 00 05 00 40 00 0011 "1.2.840.10008.1.2"`;
  assert.equal(decodeAc(ac({ results })).presentationContexts[0]?.result, "no-reason");
});

Deno.test("decodePdu() doesn't test the AE titles of an A-ASSOCIATE-AC, but makes them fit to be shown", () => {
  const { calledAeTitle, callingAeTitle } = decodeAc(ac({ called: `0a *15`, calling: `"A\\B" 00 *12` }));
  assert.equal(calledAeTitle, "?".repeat(16));
  assert.equal(callingAeTitle, "A?B");
});

Deno.test("decodePdu() gives the bytes of PDVs as views, and copies all else", () => {
  const { bytes } = annotated(`04 00 00000008 00000004 01 02 0102`);
  const data = decodePdu(bytes);
  assert.ok(data.type === "P-DATA-TF" && data.pdvs[0]?.bytes.buffer === bytes.buffer);
  const request = rq({ after: `60 00 0001 07` });
  assert.ok(decodeRq(request).unknownItems?.[0]?.bytes.buffer !== request.buffer);
});

const INVALID: AbortReason = "invalid-pdu-parameter-value";
const UNEXPECTED: AbortReason = "unexpected-pdu-parameter";

/** An abstract syntax and a transfer syntax, 17 + 4 bytes each. */
const ABSTRACT = `30 00 0011 "1.2.840.10008.1.1"`;
const TRANSFER = `40 00 0011 "1.2.840.10008.1.2"`;

const REFUSED: readonly [what: string, bytes: Uint8Array, reason: AbortReason, offset: number, message: RegExp][] = [
  ["no bytes", new Uint8Array(0), INVALID, 0, /^Cannot read a PDU: there are 0 bytes/],
  [
    "an unknown type",
    annotated(`08 00 00000004 00000000`).bytes,
    "unrecognized-pdu",
    0,
    /type 0x08 is not defined in PS3\.8$/,
  ],
  ["less than its length says", annotated(`05 00 00000004 0000`).bytes, INVALID, 2, /says 4 bytes; there are 2$/],
  ["more than its length says", annotated(`05 00 00000004 00000000 00`).bytes, INVALID, 2, /says 4 .*there are 5$/],
  [
    "an A-RELEASE-RQ of 5 bytes",
    annotated(`05 00 00000005 00000000 00`).bytes,
    INVALID,
    2,
    /says 5 bytes; expected 4$/,
  ],
  ["an A-ASSOCIATE-RQ of 67 bytes", annotated(`01 00 00000043 00 *66`).bytes, INVALID, 2, /expected at least 68$/],
  ["a P-DATA-TF without PDVs", annotated(`04 00 00000000`).bytes, INVALID, 2, /at least the 6 of a PDV$/],
  [
    "a PDV without header",
    annotated(`04 00 0000000b 00000002 01 00 00000002 01`).bytes,
    INVALID,
    12,
    /5 bytes are left/,
  ],
  [
    "a PDV length below 2",
    annotated(`04 00 00000006 00000001 01 00`).bytes,
    INVALID,
    6,
    /says 1 bytes; expected 2 to 2/,
  ],
  ["a PDV beyond its PDU", annotated(`04 00 00000007 00000004 01 00 00`).bytes, INVALID, 6, /says 4 .*expected 2 to 3/],
  ["no application context", rq({ applicationContext: "" }), INVALID, 6, /Application Context item \(10H\) is missing/],
  ["no presentation context", rq({ contexts: "" }), INVALID, 6, /Presentation Context item \(20H\) is missing/],
  ["no user information", rq({ userInformation: "" }), INVALID, 6, /User Information item \(50H\) is missing/],
  [
    "two application contexts",
    rq({ after: `10 00 0001 "1"` }),
    UNEXPECTED,
    165,
    /Application Context item \(10H\) is not allowed here/,
  ],
  [
    "two user informations",
    rq({ after: `50 00 0000` }),
    UNEXPECTED,
    165,
    /User Information item \(50H\) is not allowed here/,
  ],
  [
    "the contexts of an A-ASSOCIATE-AC",
    rq({ after: PARTS.results }),
    UNEXPECTED,
    165,
    /item \(21H\) is not allowed here/,
  ],
  ["a context id twice", rq({ after: PARTS.contexts }), INVALID, 165, /id 1 appears twice$/],
  [
    "a context without abstract syntax",
    rq({ contexts: `20 00 0019 01 000000 ${TRANSFER}` }),
    INVALID,
    103,
    /\(30H\) is missing from/,
  ],
  [
    "a context with two abstract syntaxes",
    rq({ contexts: `20 00 0043 01 000000 ${ABSTRACT} ${ABSTRACT} ${TRANSFER}` }),
    UNEXPECTED,
    132,
    /Abstract Syntax item \(30H\) appears twice in context 1$/,
  ],
  [
    "a context without transfer syntax",
    rq({ contexts: `20 00 0019 01 000000 ${ABSTRACT}` }),
    INVALID,
    103,
    /\(40H\) is missing/,
  ],
  [
    "an empty abstract syntax",
    rq({ contexts: `20 00 001d 01 000000 30 00 0000 ${TRANSFER}` }),
    INVALID,
    111,
    /is empty/,
  ],
  ["a UID of 65 characters", rq({ applicationContext: `10 00 0041 31 *64` }), INVALID, 78, /has 65 characters/],
  ["a line end in a UID", rq({ applicationContext: `10 00 0003 "1" 0a "2"` }), INVALID, 78, /character 0x0A/],
  [
    "an accepted context without transfer syntax",
    ac({ results: `21 00 0004 01 000000` }),
    INVALID,
    103,
    /\(40H\) is missing/,
  ],
  [
    "an accepted context with two",
    ac({ results: `21 00 002e 01 000000 ${TRANSFER} ${TRANSFER}` }),
    UNEXPECTED,
    132,
    /twice/,
  ],
  [
    "an item beyond its PDU",
    rq({ after: `60 00 0001` }),
    INVALID,
    165,
    /needs 1 bytes at byte 165, but the PDU has only 0/,
  ],
  ["half an item header", rq({ after: `60 00` }), INVALID, 163, /length of the unknown item \(60H\) needs 2 bytes/],
  [
    "a sub-item longer than its fields",
    rq({ userInformation: userInformation(`51 00 0005 00004000 00`) }),
    INVALID,
    157,
    /the Maximum Length item \(51H\) is 1 bytes longer than its fields$/,
  ],
  [
    "a maximum length twice",
    rq({ userInformation: userInformation(`51 00 0004 00004000 51 00 0004 00004000`) }),
    UNEXPECTED,
    165,
    /Maximum Length item \(51H\) appears twice$/,
  ],
  [
    "a UID longer than its sub-item",
    rq({ userInformation: userInformation(`54 00 0004 0005 0101`) }),
    INVALID,
    159,
    /the SOP class UID needs 5 bytes at byte 159, but the SCP\/SCU Role Selection item \(54H\) has only 2 left$/,
  ],
];

for (const [what, bytes, reason, offset, message] of REFUSED) {
  Deno.test(`decodePdu() refuses ${what}`, () => {
    assert.throws(() => decodePdu(bytes), (error) => {
      assert.ok(error instanceof PduError, String(error));
      assert.equal(error.reason, reason);
      assert.ok(message.test(error.message), error.message);
      assert.equal(error.offset, offset);
      return true;
    });
  });
}
