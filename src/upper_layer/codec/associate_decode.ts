/**
 * Bytes -> A-ASSOCIATE-RQ (PS3.8 9.3.2) and A-ASSOCIATE-AC (PS3.8 9.3.3).
 *
 * @module
 */

import type { PduError } from "../../errors.ts";
import { readAeTitles } from "./ae_titles.ts";
import { FieldReader } from "./field_reader.ts";
import type {
  AAssociateAc,
  AAssociateRq,
  PresentationContextResult,
  ProposedPresentationContext,
  UnknownItem,
  UserInformation,
} from "../pdu.ts";
import * as ItemType from "./item_types.ts";
import {
  AE_TITLE_LENGTH,
  isItemType,
  itemName,
  MAXIMUM_UID_LENGTH,
  PRESENTATION_CONTEXT_OUTCOMES,
} from "./pdu_codes.ts";
import { PDU_HEADER_LENGTH } from "./pdu_header.ts";
import { decodeUserInformation, keepUnknown } from "./user_information_decode.ts";

/** Reads a whole A-ASSOCIATE-RQ, whose header has been checked. */
export function decodeAssociateRq(bytes: Uint8Array): AAssociateRq {
  const type = "A-ASSOCIATE-RQ";
  const fields = new FieldReader(bytes, { pdu: type, start: PDU_HEADER_LENGTH, end: bytes.length });
  const protocolVersion = fields.uint16("the protocol version");
  fields.skip(2, "a reserved field");
  const warnings: string[] = [];
  const titles = readAeTitles(fields, warnings);
  const items = associateItems(fields, ItemType.proposedPresentationContext, proposedContext);
  const even = items.presentationContexts.filter(({ id }) => id % 2 === 0).map(({ id }) => id);
  if (even.length > 0) warnings.push(`Presentation contexts have even IDs, which should be odd: ${even.join(", ")}`);
  return { type, protocolVersion, ...titles, ...items, ...(warnings.length > 0 && { warnings }) };
}

/** Reads a whole A-ASSOCIATE-AC, whose header has been checked. */
export function decodeAssociateAc(bytes: Uint8Array): AAssociateAc {
  const type = "A-ASSOCIATE-AC";
  const fields = new FieldReader(bytes, { pdu: type, start: PDU_HEADER_LENGTH, end: bytes.length });
  const protocolVersion = fields.uint16("the protocol version");
  fields.skip(2, "a reserved field");
  const calledAeTitle = fields.untestedText(AE_TITLE_LENGTH, AE_TITLE_LENGTH, "the called AE title");
  const callingAeTitle = fields.untestedText(AE_TITLE_LENGTH, AE_TITLE_LENGTH, "the calling AE title");
  fields.skip(32, "a reserved field");
  const items = associateItems(fields, ItemType.presentationContextResult, contextResult);
  return { type, protocolVersion, calledAeTitle, callingAeTitle, ...items };
}

/** What follows the fixed fields of both PDUs. */
interface AssociateItems<Context> {
  readonly applicationContextName: string;
  readonly presentationContexts: readonly Context[];
  readonly userInformation: UserInformation;
  readonly unknownItems?: readonly UnknownItem[];
}

function associateItems<Context extends { readonly id: number }>(
  pdu: FieldReader,
  contextItemType: number,
  decodeContext: (fields: FieldReader) => Context,
): AssociateItems<Context> {
  let applicationContextName: string | undefined;
  let userInformation: UserInformation | undefined;
  const presentationContexts = new Map<number, Context>();
  const unknownItems: UnknownItem[] = [];
  for (const { type, fields } of pdu.items()) {
    if (type === contextItemType) {
      const context = decodeContext(fields);
      if (presentationContexts.has(context.id)) {
        throw fields.invalid(`the presentation context id ${context.id} appears twice`);
      }
      presentationContexts.set(context.id, context);
    } else if (type === ItemType.applicationContext && applicationContextName === undefined) {
      applicationContextName = fields.uidOrEmpty(fields.remaining, "the application context name");
    } else if (type === ItemType.userInformation && userInformation === undefined) {
      userInformation = decodeUserInformation(fields);
    } else if (isItemType(type)) {
      throw fields.unexpected(`${itemName(type)} is not allowed here, or appears twice`);
    } else {
      keepUnknown(unknownItems, type, fields);
    }
  }
  if (applicationContextName === undefined) throw missing(pdu, ItemType.applicationContext);
  if (presentationContexts.size === 0) throw missing(pdu, contextItemType);
  if (userInformation === undefined) throw missing(pdu, ItemType.userInformation);
  const items = { applicationContextName, presentationContexts: [...presentationContexts.values()], userInformation };
  return unknownItems.length > 0 ? { ...items, unknownItems } : items;
}

function missing(fields: FieldReader, itemType: number): PduError {
  return fields.invalid(`${itemName(itemType)} is missing from ${fields.name}`);
}

/** PS3.8 9.3.2.2: one abstract syntax and at least one transfer syntax. An even id is answered as any other. */
function proposedContext(fields: FieldReader): ProposedPresentationContext {
  const id = fields.uint8("the presentation context id");
  fields.skip(3, "a reserved field");
  let abstractSyntax: string | undefined;
  const transferSyntaxes: string[] = [];
  for (const { type, fields: value } of fields.items()) {
    if (type === ItemType.abstractSyntax) {
      if (abstractSyntax !== undefined) throw value.unexpected(`${itemName(type)} appears twice in context ${id}`);
      abstractSyntax = value.uid(value.remaining, "an abstract syntax");
    } else if (type === ItemType.transferSyntax) {
      transferSyntaxes.push(value.uid(value.remaining, "a transfer syntax"));
    }
  }
  if (abstractSyntax === undefined) throw missing(fields, ItemType.abstractSyntax);
  if (transferSyntaxes.length === 0) throw missing(fields, ItemType.transferSyntax);
  return { id, abstractSyntax, transferSyntaxes };
}

/** PS3.8 9.3.3.2: the transfer syntax of a context that wasn't accepted is not significant. */
function contextResult(fields: FieldReader): PresentationContextResult {
  const id = fields.uint8("the presentation context id");
  fields.skip(1, "a reserved field");
  const result = PRESENTATION_CONTEXT_OUTCOMES[fields.uint8("the result")] ?? "no-reason";
  fields.skip(1, "a reserved field");
  let transferSyntax: string | undefined;
  for (const { type, fields: value } of fields.items()) {
    if (type !== ItemType.transferSyntax) continue;
    if (result !== "acceptance") {
      transferSyntax ??= value.untestedText(value.remaining, MAXIMUM_UID_LENGTH, "a transfer syntax");
    } else if (transferSyntax === undefined) {
      transferSyntax = value.uid(value.remaining, "a transfer syntax");
    } else {
      throw value.unexpected(`${itemName(type)} appears twice in context ${id}`);
    }
  }
  if (transferSyntax === undefined && result === "acceptance") throw missing(fields, ItemType.transferSyntax);
  return { id, result, transferSyntax: transferSyntax ?? "" };
}
