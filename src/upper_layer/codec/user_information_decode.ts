/**
 * Bytes -> the User Information item: PS3.8 9.3.2.3 and Annex D, PS3.7 Annex D.3.3.
 *
 * @module
 */

import type { FieldReader } from "./field_reader.ts";
import type {
  CommonExtendedNegotiation,
  ExtendedNegotiation,
  RoleSelection,
  UnknownItem,
  UserIdentity,
  UserInformation,
} from "../pdu.ts";
import * as ItemType from "./item_types.ts";
import { MAXIMUM_UNKNOWN_ITEMS, MAXIMUM_VERSION_NAME_LENGTH, USER_IDENTITY_TYPES } from "./pdu_codes.ts";

/** The sub-items that may be there more than once: one for each SOP class. */
const REPEATABLE: ReadonlySet<number> = new Set([
  ItemType.roleSelection,
  ItemType.extendedNegotiation,
  ItemType.commonExtendedNegotiation,
]);

/** The sub-items that only one side sends (PS3.7 D.3.3.6 and D.3.3.7). From the other side they are unknown items. */
const SENT_ONLY_IN: ReadonlyMap<number, string> = new Map([
  [ItemType.commonExtendedNegotiation, "A-ASSOCIATE-RQ"],
  [ItemType.userIdentity, "A-ASSOCIATE-RQ"],
  [ItemType.userIdentityResponse, "A-ASSOCIATE-AC"],
]);

type Draft = { -readonly [Key in keyof UserInformation]: UserInformation[Key] };

/**
 * Reads a User Information item. What is missing is empty, or 0 for the maximum length.
 *
 * @throws PduError
 */
export function decodeUserInformation(item: FieldReader): UserInformation {
  const draft: Draft = { maximumPduLength: 0, implementationClassUid: "" };
  const roleSelections: RoleSelection[] = [];
  const extendedNegotiations: ExtendedNegotiation[] = [];
  const commonExtendedNegotiations: CommonExtendedNegotiation[] = [];
  const unknownItems: UnknownItem[] = [];
  const seen = new Set<number>();
  for (const { type, fields } of item.items()) {
    if ((SENT_ONLY_IN.get(type) ?? item.pdu) !== item.pdu) {
      keepUnknown(unknownItems, type, fields);
      continue;
    }
    const again = seen.has(type) && !REPEATABLE.has(type);
    seen.add(type);
    switch (type) {
      case ItemType.roleSelection:
        roleSelections.push(roleSelection(fields));
        break;
      case ItemType.extendedNegotiation:
        extendedNegotiations.push(extendedNegotiation(fields));
        break;
      case ItemType.commonExtendedNegotiation:
        commonExtendedNegotiations.push(commonExtendedNegotiation(fields));
        break;
      default:
        if (!decodeSingle(type, fields, draft)) keepUnknown(unknownItems, type, fields);
        else if (again) throw fields.unexpected(`${fields.name} appears twice`);
    }
    fields.end();
  }
  if (roleSelections.length > 0) draft.roleSelections = roleSelections;
  if (extendedNegotiations.length > 0) draft.extendedNegotiations = extendedNegotiations;
  if (commonExtendedNegotiations.length > 0) draft.commonExtendedNegotiations = commonExtendedNegotiations;
  if (unknownItems.length > 0) draft.unknownItems = unknownItems;
  return draft;
}

/** Reads an item of an unknown type to its end, and keeps it unless there are enough of them. */
export function keepUnknown(items: UnknownItem[], itemType: number, fields: FieldReader): void {
  if (items.length < MAXIMUM_UNKNOWN_ITEMS) items.push({ itemType, bytes: fields.whole() });
  else fields.skip(fields.remaining, "an unknown item");
}

/** Reads a sub-item that may be there only once into `draft`; false when this version doesn't know it. */
function decodeSingle(type: number, fields: FieldReader, draft: Draft): boolean {
  switch (type) {
    case ItemType.maximumLength:
      draft.maximumPduLength = fields.uint32("the maximum length");
      return true;
    case ItemType.implementationClassUid:
      draft.implementationClassUid = fields.uidOrEmpty(fields.remaining, "the implementation class UID");
      return true;
    case ItemType.asynchronousOperationsWindow:
      draft.asynchronousOperationsWindow = {
        invoked: fields.uint16("the maximum number of operations invoked"),
        performed: fields.uint16("the maximum number of operations performed"),
      };
      return true;
    case ItemType.implementationVersionName: {
      const field = "the implementation version name";
      const name = fields.untestedText(fields.remaining, MAXIMUM_VERSION_NAME_LENGTH, field);
      if (name !== "") draft.implementationVersionName = name;
      return true;
    }
    case ItemType.userIdentity: {
      const identity = userIdentity(fields);
      if (identity !== undefined) draft.userIdentity = identity;
      return identity !== undefined;
    }
    case ItemType.userIdentityResponse:
      draft.userIdentityResponse = fields.bytes(fields.uint16("the length of the server response"), "the response");
      return true;
    default:
      return false;
  }
}

/** PS3.7 D.3.3.4. */
function roleSelection(fields: FieldReader): RoleSelection {
  const sopClassUid = shortUid(fields, "the SOP class UID");
  const scuRole = fields.uint8("the SCU role") === 1;
  const scpRole = fields.uint8("the SCP role") === 1;
  return { sopClassUid, scuRole, scpRole };
}

/** PS3.7 D.3.3.5. */
function extendedNegotiation(fields: FieldReader): ExtendedNegotiation {
  const sopClassUid = shortUid(fields, "the SOP class UID");
  return { sopClassUid, applicationInformation: fields.bytes(fields.remaining, "the application information") };
}

/** PS3.7 D.3.3.6; what later versions add at its end is passed over. */
function commonExtendedNegotiation(fields: FieldReader): CommonExtendedNegotiation {
  const sopClassUid = shortUid(fields, "the SOP class UID");
  const serviceClassUid = shortUid(fields, "the service class UID");
  const listLength = fields.uint16("the length of the related general SOP classes");
  const list = fields.part(listLength, "the related general SOP classes");
  const relatedGeneralSopClassUids: string[] = [];
  while (list.remaining > 0) relatedGeneralSopClassUids.push(shortUid(list, "a related general SOP class UID"));
  fields.skip(fields.remaining, "a reserved field");
  return { sopClassUid, serviceClassUid, relatedGeneralSopClassUids };
}

/** PS3.7 D.3.3.7.1; undefined when its type is none of the standard's. */
function userIdentity(fields: FieldReader): UserIdentity | undefined {
  const type = USER_IDENTITY_TYPES[fields.uint8("the user identity type")];
  if (type === undefined) return undefined;
  const positiveResponseRequested = fields.uint8("the positive response request") === 1;
  const primaryField = fields.bytes(fields.uint16("the length of the primary field"), "the primary field");
  const secondaryField = fields.bytes(fields.uint16("the length of the secondary field"), "the secondary field");
  return { type, positiveResponseRequested, primaryField, secondaryField };
}

/** A UID with its length in two bytes in front. */
function shortUid(fields: FieldReader, field: string): string {
  return fields.uid(fields.uint16(`the length of ${field}`), field);
}
