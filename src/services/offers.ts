/**
 * What services negotiate. It is apart from how they perform, which takes much more code: an acceptor needs the offers for
 * every association, and the rest for an operation that a peer asks for.
 *
 * @module
 */

import * as UID from "../dicom/generated/uid.ts";
import type { Service } from "../dimse/service.ts";
import { type MatchingOptions, NOTHING_NEGOTIATED } from "../query/dialect.ts";
import { findQuerySopClass, type InformationModel, type QueryOperation } from "../query/levels.ts";
import { anyTransferSyntax, firstSupported } from "../upper_layer/negotiation.ts";
import { takesSopClass } from "./storage.ts";

/** A service without its performance. */
export type Offer = Omit<Service, "perform">;

/** C-FIND in the information models of Query/Retrieve. */
export const findOffer: Offer = {
  performs: ["C-FIND-RQ"],
  transferSyntaxes: (abstractSyntax) => modelOf(abstractSyntax, "find") && identifierSyntax,
  negotiate: (_, proposed) => answerExtendedNegotiation("find", proposed),
};

/** C-MOVE. */
export const moveOffer: Offer = {
  performs: ["C-MOVE-RQ"],
  transferSyntaxes: (abstractSyntax) => modelOf(abstractSyntax, "move") && identifierSyntax,
  negotiate: (_, proposed) => answerExtendedNegotiation("move", proposed),
};

/** C-GET, and the presentation contexts of the instances that go out for it, which give way to those of `storage()`. */
export function getOffers(sopClasses?: "any" | "standard"): readonly [get: Offer, instances: Offer] {
  return [{
    performs: ["C-GET-RQ"],
    transferSyntaxes: (abstractSyntax) => modelOf(abstractSyntax, "get") && identifierSyntax,
    negotiate: (_, proposed) => answerExtendedNegotiation("get", proposed),
    invokes: (sopClassUid) => takesSopClass(sopClassUid, sopClasses),
  }, {
    performs: [],
    catchAll: true,
    transferSyntaxes: (abstractSyntax) => takesSopClass(abstractSyntax, sopClasses) ? anyTransferSyntax : undefined,
  }];
}

/** C-FIND in the Modality Worklist Information Model, where there is no hierarchy for relational queries (PS3.4 K.5). */
export const worklistOffer: Offer = {
  performs: ["C-FIND-RQ"],
  transferSyntaxes: (abstractSyntax) =>
    abstractSyntax === UID.ModalityWorklistInformationModelFind ? identifierSyntax : undefined,
  negotiate: (_, proposed) => answerExtendedNegotiation("find", proposed).map((byte, index) => index === 0 ? 0 : byte),
};

/** N-CREATE, N-SET and N-GET of performed procedure steps. */
export const procedureStepOffer: Offer = {
  performs: ["N-CREATE-RQ", "N-SET-RQ", "N-GET-RQ"],
  transferSyntaxes: (abstractSyntax) => STEPS.has(abstractSyntax) ? identifierSyntax : undefined,
};

const STEPS: ReadonlySet<string> = new Set([
  UID.ModalityPerformedProcedureStep,
  UID.ModalityPerformedProcedureStepRetrieve,
]);

/** N-CREATE of notifications of availability. */
export const availabilityOffer: Offer = {
  performs: ["N-CREATE-RQ"],
  transferSyntaxes: (abstractSyntax) =>
    abstractSyntax === UID.InstanceAvailabilityNotification ? identifierSyntax : undefined,
};

/** Transfer syntaxes of identifiers. */
const identifierSyntax = firstSupported([UID.ExplicitVRLittleEndian, UID.ImplicitVRLittleEndian]);

/** The information models of Query/Retrieve (PS3.4 C.6); that of the worklist has an annex of its own. */
const MODELS: ReadonlySet<InformationModel> = new Set(["patient-root", "study-root", "patient-study-only"]);

/** The information model of an abstract syntax for that operation; undefined for any other abstract syntax. */
function modelOf(abstractSyntax: string, operation: QueryOperation): InformationModel | undefined {
  const sopClass = findQuerySopClass(abstractSyntax);
  return sopClass?.operation === operation && MODELS.has(sopClass.model) ? sopClass.model : undefined;
}

/** What each byte of the service-class-application-information is about (PS3.4 Table C.5-1); nothing where it is refused. */
const FIND_BYTES: readonly (keyof MatchingOptions | undefined)[] = [
  "relational",
  "combinedDateTime",
  "fuzzyNames",
  "timezoneAdjustment",
  undefined, // Enhanced multi-frame image conversion
  "emptyValue",
  "multipleValue",
];
/** The same for retrievals: relational, and enhanced multi-frame image conversion (PS3.4 C.5.2.1). */
const RETRIEVE_BYTES: typeof FIND_BYTES = ["relational", undefined];

function bytesFor(operation: QueryOperation): typeof FIND_BYTES {
  return operation === "find" ? FIND_BYTES : RETRIEVE_BYTES;
}

/** Answers SOP Class Extended Negotiation: all that is asked for, conversion of multi-frame images apart. */
function answerExtendedNegotiation(operation: QueryOperation, proposed: Uint8Array): Uint8Array {
  const bytes = bytesFor(operation);
  return proposed.slice(0, bytes.length).map((byte, index) => byte === 1 && bytes[index] !== undefined ? 1 : 0);
}

/** The result of the negotiation, by the acceptor's answer. */
export function negotiatedOptions(operation: QueryOperation, answer: Uint8Array | undefined): MatchingOptions {
  const bytes = bytesFor(operation);
  const agreed = bytes.flatMap((option, index) => option !== undefined && answer?.[index] === 1 ? [option] : []);
  return { ...NOTHING_NEGOTIATED, ...Object.fromEntries(agreed.map((option) => [option, true])) };
}
