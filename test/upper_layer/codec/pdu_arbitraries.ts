/**
 * Any PDU that can be written, for property tests.
 *
 * @module
 */

import fc from "fast-check";
import type {
  AAssociateAc,
  AAssociateRq,
  Pdu,
  PresentationContextResult,
  ProposedPresentationContext,
  UserInformation,
} from "../../../src/upper_layer/pdu.ts";
import { PRESENTATION_CONTEXT_OUTCOMES } from "../../../src/upper_layer/codec/pdu_codes.ts";
import { rejectWords } from "../../../src/upper_layer/codec/reasons.ts";

/** Objects that compare with those that are read. */
const PLAIN = { noNullPrototype: true };

const uid = fc.stringMatching(/^[0-9](\.?[0-9]){0,30}$/).filter((text) => text.length <= 64);
const text16 = fc.stringMatching(/^[!-[\]-~]([ -[\]-~]{0,14}[!-[\]-~])?$/);
const bytes = fc.uint8Array({ maxLength: 40 });
const contextIds = fc.uniqueArray(fc.integer({ min: 0, max: 127 }).map((index) => 2 * index + 1), {
  minLength: 1,
  maxLength: 6,
});
const unknownItems = fc.array(fc.record({ itemType: fc.constantFrom(0x00, 0x11, 0x5a, 0x60, 0xff), bytes }, PLAIN), {
  minLength: 1,
  maxLength: 3,
});
const uint16 = fc.integer({ min: 0, max: 0xffff });

function some<T>(item: fc.Arbitrary<T>): fc.Arbitrary<T[]> {
  return fc.array(item, { minLength: 1, maxLength: 3 });
}

const userInformationOfBoth = {
  maximumPduLength: fc.integer({ min: 0, max: 0xffff_ffff }),
  implementationClassUid: fc.oneof(uid, fc.constant("")),
  implementationVersionName: text16,
  asynchronousOperationsWindow: fc.record({ invoked: uint16, performed: uint16 }, PLAIN),
  roleSelections: some(fc.record({ sopClassUid: uid, scuRole: fc.boolean(), scpRole: fc.boolean() }, PLAIN)),
  extendedNegotiations: some(fc.record({ sopClassUid: uid, applicationInformation: bytes }, PLAIN)),
  unknownItems,
};

const required: ["maximumPduLength", "implementationClassUid"] = ["maximumPduLength", "implementationClassUid"];

const userInformationOfRq: fc.Arbitrary<UserInformation> = fc.record({
  ...userInformationOfBoth,
  commonExtendedNegotiations: some(
    fc.record({
      sopClassUid: uid,
      serviceClassUid: uid,
      relatedGeneralSopClassUids: fc.array(uid, { maxLength: 3 }),
    }, PLAIN),
  ),
  userIdentity: fc.record({
    type: fc.constantFrom("username", "username-and-passcode", "kerberos", "saml", "jwt"),
    positiveResponseRequested: fc.boolean(),
    primaryField: bytes,
    secondaryField: bytes,
  }, PLAIN),
}, { ...PLAIN, requiredKeys: required });

const userInformationOfAc: fc.Arbitrary<UserInformation> = fc.record({
  ...userInformationOfBoth,
  userIdentityResponse: bytes,
}, { ...PLAIN, requiredKeys: required });

function contexts<Context>(context: (id: number) => fc.Arbitrary<Context>): fc.Arbitrary<Context[]> {
  return contextIds.chain((ids) => fc.tuple(...ids.map(context)));
}

function proposedContext(id: number): fc.Arbitrary<ProposedPresentationContext> {
  return fc.record({ id: fc.constant(id), abstractSyntax: uid, transferSyntaxes: some(uid) }, PLAIN);
}

function contextResult(id: number): fc.Arbitrary<PresentationContextResult> {
  return fc.constantFrom(...PRESENTATION_CONTEXT_OUTCOMES).chain((result) =>
    fc.record({
      id: fc.constant(id),
      result: fc.constant(result),
      transferSyntax: result === "acceptance" ? uid : fc.oneof(uid, fc.constant("")),
    }, PLAIN)
  );
}

const requiredOfAssociate: (keyof Omit<AAssociateRq, "unknownItems" | "titleFields" | "warnings">)[] = [
  "type",
  "protocolVersion",
  "calledAeTitle",
  "callingAeTitle",
  "applicationContextName",
  "presentationContexts",
  "userInformation",
];

/** Any A-ASSOCIATE-RQ. */
export const associateRq: fc.Arbitrary<AAssociateRq> = fc.record({
  type: fc.constant("A-ASSOCIATE-RQ"),
  protocolVersion: uint16,
  calledAeTitle: text16,
  callingAeTitle: text16,
  applicationContextName: uid,
  presentationContexts: contexts(proposedContext),
  userInformation: userInformationOfRq,
  unknownItems,
}, { ...PLAIN, requiredKeys: requiredOfAssociate });

/** Any A-ASSOCIATE-AC. */
export const associateAc: fc.Arbitrary<AAssociateAc> = fc.record({
  type: fc.constant("A-ASSOCIATE-AC"),
  protocolVersion: uint16,
  calledAeTitle: fc.oneof(text16, fc.constant("")),
  callingAeTitle: text16,
  applicationContextName: uid,
  presentationContexts: contexts(contextResult),
  userInformation: userInformationOfAc,
  unknownItems,
}, { ...PLAIN, requiredKeys: requiredOfAssociate });

const pData: fc.Arbitrary<Pdu> = fc.record({
  type: fc.constant("P-DATA-TF"),
  pdvs: fc.array(
    fc.record({
      contextId: fc.integer({ min: 0, max: 127 }).map((index) => 2 * index + 1),
      command: fc.boolean(),
      last: fc.boolean(),
      bytes,
    }, PLAIN),
    { minLength: 1, maxLength: 8 },
  ),
}, PLAIN);

const associateRj: fc.Arbitrary<Pdu> = fc.tuple(
  fc.integer({ min: 1, max: 2 }),
  fc.constantFrom([1, 1], [1, 2], [1, 3], [1, 7], [2, 1], [2, 2], [3, 1], [3, 2]),
).map(([result, [source, reason]]) => ({ type: "A-ASSOCIATE-RJ", ...rejectWords(result, source!, reason!) }));

const abort: fc.Arbitrary<Pdu> = fc.oneof(
  fc.constant<Pdu>({ type: "A-ABORT", source: "service-user", reason: "reason-not-specified" }),
  fc.constantFrom(
    "reason-not-specified",
    "unrecognized-pdu",
    "unexpected-pdu",
    "unrecognized-pdu-parameter",
    "unexpected-pdu-parameter",
    "invalid-pdu-parameter-value",
  ).map((reason): Pdu => ({ type: "A-ABORT", source: "service-provider", reason })),
);

/** Any PDU. */
export const anyPdu: fc.Arbitrary<Pdu> = fc.oneof(
  associateRq,
  associateAc,
  pData,
  associateRj,
  abort,
  fc.constant<Pdu>({ type: "A-RELEASE-RQ" }),
  fc.constant<Pdu>({ type: "A-RELEASE-RP" }),
);
