/**
 * The numbers behind the words of PS3.8 section 9.3, PS3.8 Annex D and PS3.7 Annex D.3.
 *
 * @module
 */

import * as ItemType from "./item_types.ts";
import type { Pdu, PresentationContextOutcome, UserIdentity } from "../pdu.ts";

/** Length in bytes of the field of an AE title, which is padded with spaces. */
export const AE_TITLE_LENGTH = 16;

/** Longest UID in characters (PS3.5 9.1). */
export const MAXIMUM_UID_LENGTH = 64;

/** Longest implementation version name in characters (PS3.7 D.3.3.2.3). */
export const MAXIMUM_VERSION_NAME_LENGTH = 16;

/** PDU types; a type's code is its index (PS3.8 9.3.1). */
export const PDU_TYPES: readonly (Pdu["type"] | undefined)[] = [
  undefined,
  "A-ASSOCIATE-RQ",
  "A-ASSOCIATE-AC",
  "A-ASSOCIATE-RJ",
  "P-DATA-TF",
  "A-RELEASE-RQ",
  "A-RELEASE-RP",
  "A-ABORT",
];

/** Results of a presentation context; a result's code is its index (PS3.8 Table 9-18). */
export const PRESENTATION_CONTEXT_OUTCOMES: readonly PresentationContextOutcome[] = [
  "acceptance",
  "user-rejection",
  "no-reason",
  "abstract-syntax-not-supported",
  "transfer-syntaxes-not-supported",
];

/** User identity types; a type's code is its index (PS3.7 Table D.3-14). */
export const USER_IDENTITY_TYPES: readonly (UserIdentity["type"] | undefined)[] = [
  undefined,
  "username",
  "username-and-passcode",
  "kerberos",
  "saml",
  "jwt",
];

const ITEM_NAMES: ReadonlyMap<number, string> = new Map([
  [ItemType.applicationContext, "Application Context"],
  [ItemType.proposedPresentationContext, "Presentation Context"],
  [ItemType.presentationContextResult, "Presentation Context"],
  [ItemType.abstractSyntax, "Abstract Syntax"],
  [ItemType.transferSyntax, "Transfer Syntax"],
  [ItemType.userInformation, "User Information"],
  [ItemType.maximumLength, "Maximum Length"],
  [ItemType.implementationClassUid, "Implementation Class UID"],
  [ItemType.asynchronousOperationsWindow, "Asynchronous Operations Window"],
  [ItemType.roleSelection, "SCP/SCU Role Selection"],
  [ItemType.implementationVersionName, "Implementation Version Name"],
  [ItemType.extendedNegotiation, "SOP Class Extended Negotiation"],
  [ItemType.commonExtendedNegotiation, "SOP Class Common Extended Negotiation"],
  [ItemType.userIdentity, "User Identity"],
  [ItemType.userIdentityResponse, "User Identity response"],
]);

/** Whether the standard has items of this type. */
export function isItemType(type: number): boolean {
  return ITEM_NAMES.has(type);
}

/** Names that were asked for; a hostile PDU may hold tens of thousands of items. */
const knownNames: string[] = [];

/** An item's name for a message, such as `the Abstract Syntax item (30H)`. */
export function itemName(itemType: number): string {
  return knownNames[itemType] ??= composeItemName(itemType);
}

function composeItemName(itemType: number): string {
  const code = itemType.toString(16).toUpperCase().padStart(2, "0");
  return `the ${ITEM_NAMES.get(itemType) ?? "unknown"} item (${code}H)`;
}

/**
 * Most items of unknown types that are kept of one list of items. A PDU holds tens of thousands of empty ones, each of which
 * takes a hundred times as much memory as it is long; those beyond are passed over, as PS3.8 9.3.1 has it for all of them.
 */
export const MAXIMUM_UNKNOWN_ITEMS = 128;
