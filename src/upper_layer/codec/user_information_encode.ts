/**
 * The User Information item -> bytes: PS3.8 9.3.2.3 and Annex D, PS3.7 Annex D.3.3.
 *
 * @module
 */

import type { FieldWriter } from "./field_writer.ts";
import type {
  CommonExtendedNegotiation,
  ExtendedNegotiation,
  RoleSelection,
  UserIdentity,
  UserInformation,
} from "../pdu.ts";
import * as ItemType from "./item_types.ts";
import { MAXIMUM_VERSION_NAME_LENGTH, USER_IDENTITY_TYPES } from "./pdu_codes.ts";

/** Writes the value of a User Information item, its sub-items in the order of their types. */
export function encodeUserInformation(writer: FieldWriter, information: UserInformation): void {
  const {
    implementationClassUid,
    implementationVersionName = "",
    asynchronousOperationsWindow,
    userIdentity: identity,
    userIdentityResponse,
  } = information;
  writer.item(ItemType.maximumLength, () => writer.uint32(information.maximumPduLength, "the maximum PDU length"));
  if (implementationClassUid !== "") {
    writer.item(
      ItemType.implementationClassUid,
      () => writer.uid(implementationClassUid, "the implementation class UID"),
    );
  }
  if (asynchronousOperationsWindow !== undefined) {
    writer.item(ItemType.asynchronousOperationsWindow, () => {
      writer.uint16(asynchronousOperationsWindow.invoked, "the maximum number of operations invoked");
      writer.uint16(asynchronousOperationsWindow.performed, "the maximum number of operations performed");
    });
  }
  for (const role of information.roleSelections ?? []) {
    writer.item(ItemType.roleSelection, () => roleSelection(writer, role));
  }
  if (implementationVersionName !== "") {
    writer.item(ItemType.implementationVersionName, () => {
      writer.text(implementationVersionName, MAXIMUM_VERSION_NAME_LENGTH, "the implementation version name");
    });
  }
  for (const negotiation of information.extendedNegotiations ?? []) {
    writer.item(ItemType.extendedNegotiation, () => extendedNegotiation(writer, negotiation));
  }
  for (const negotiation of information.commonExtendedNegotiations ?? []) {
    writer.item(ItemType.commonExtendedNegotiation, () => commonExtendedNegotiation(writer, negotiation));
  }
  if (identity !== undefined) writer.item(ItemType.userIdentity, () => userIdentity(writer, identity));
  if (userIdentityResponse !== undefined) {
    writer.item(ItemType.userIdentityResponse, () => counted(writer, userIdentityResponse, "the server response"));
  }
  for (const item of information.unknownItems ?? []) writer.item(item.itemType, () => writer.bytes(item.bytes));
}

/** PS3.7 D.3.3.4. */
function roleSelection(writer: FieldWriter, role: RoleSelection): void {
  shortUid(writer, role.sopClassUid, "a SOP class UID");
  writer.uint8(role.scuRole ? 1 : 0, "the SCU role");
  writer.uint8(role.scpRole ? 1 : 0, "the SCP role");
}

/** PS3.7 D.3.3.5. */
function extendedNegotiation(writer: FieldWriter, negotiation: ExtendedNegotiation): void {
  shortUid(writer, negotiation.sopClassUid, "a SOP class UID");
  writer.bytes(negotiation.applicationInformation);
}

/** PS3.7 D.3.3.6. */
function commonExtendedNegotiation(writer: FieldWriter, negotiation: CommonExtendedNegotiation): void {
  shortUid(writer, negotiation.sopClassUid, "a SOP class UID");
  shortUid(writer, negotiation.serviceClassUid, "a service class UID");
  writer.counted(() => {
    for (const uid of negotiation.relatedGeneralSopClassUids) {
      shortUid(writer, uid, "a related general SOP class UID");
    }
  }, "the related general SOP classes");
}

/** PS3.7 D.3.3.7.1. */
function userIdentity(writer: FieldWriter, identity: UserIdentity): void {
  writer.uint8(USER_IDENTITY_TYPES.indexOf(identity.type), "the user identity type");
  writer.uint8(identity.positiveResponseRequested ? 1 : 0, "the positive response request");
  counted(writer, identity.primaryField, "the primary field");
  counted(writer, identity.secondaryField, "the secondary field");
}

function counted(writer: FieldWriter, bytes: Uint8Array, field: string): void {
  writer.counted(() => writer.bytes(bytes), field);
}

/** A UID with its length in two bytes in front. */
function shortUid(writer: FieldWriter, uid: string, field: string): void {
  writer.counted(() => writer.uid(uid, field), field);
}
