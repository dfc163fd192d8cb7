/**
 * A-ASSOCIATE-RQ (PS3.8 9.3.2) and A-ASSOCIATE-AC (PS3.8 9.3.3) -> bytes.
 *
 * @module
 */

import { TITLE_FIELDS_LENGTH } from "./ae_titles.ts";
import { FieldWriter } from "./field_writer.ts";
import type { AAssociateAc, AAssociateRq, PresentationContextResult, ProposedPresentationContext } from "../pdu.ts";
import * as ItemType from "./item_types.ts";
import { AE_TITLE_LENGTH, PDU_TYPES, PRESENTATION_CONTEXT_OUTCOMES } from "./pdu_codes.ts";
import { encodeUserInformation } from "./user_information_encode.ts";

/** @throws RangeError */
export function encodeAssociateRq(pdu: AAssociateRq): Uint8Array {
  return encodeAssociate(pdu, (writer) => {
    for (const context of pdu.presentationContexts) {
      writer.item(ItemType.proposedPresentationContext, () => proposedContext(writer, context));
    }
  });
}

/** @throws RangeError */
export function encodeAssociateAc(pdu: AAssociateAc): Uint8Array {
  return encodeAssociate(pdu, (writer) => {
    for (const context of pdu.presentationContexts) {
      writer.item(ItemType.presentationContextResult, () => contextResult(writer, context));
    }
  });
}

function encodeAssociate(
  pdu: AAssociateRq | AAssociateAc,
  encodeContexts: (writer: FieldWriter) => void,
): Uint8Array {
  const writer = new FieldWriter(pdu.type);
  writer.uint16(pdu.protocolVersion, "the protocol version");
  writer.zeros(2);
  titleFields(writer, pdu);
  writer.item(
    ItemType.applicationContext,
    () => writer.uid(pdu.applicationContextName, "the application context name"),
  );
  checkContextIds(writer, pdu);
  encodeContexts(writer);
  writer.item(ItemType.userInformation, () => encodeUserInformation(writer, pdu.userInformation));
  for (const item of pdu.unknownItems ?? []) writer.item(item.itemType, () => writer.bytes(item.bytes));
  return writer.finish(PDU_TYPES.indexOf(pdu.type));
}

function titleFields(writer: FieldWriter, pdu: AAssociateRq | AAssociateAc): void {
  const { titleFields } = pdu;
  if (titleFields === undefined) {
    const aeTitle = pdu.type === "A-ASSOCIATE-RQ" ? ownAeTitle : anyAeTitle;
    aeTitle(writer, pdu.calledAeTitle, "the called AE title");
    aeTitle(writer, pdu.callingAeTitle, "the calling AE title");
    writer.zeros(TITLE_FIELDS_LENGTH - 2 * AE_TITLE_LENGTH);
  } else if (titleFields.length === TITLE_FIELDS_LENGTH) {
    writer.bytes(titleFields);
  } else {
    throw writer.refusal(`titleFields has ${titleFields.length} bytes; expected ${TITLE_FIELDS_LENGTH}`);
  }
}

/** An answer says again what was asked, be it empty. */
function ownAeTitle(writer: FieldWriter, title: string, field: string): void {
  if (title.trim() === "") throw writer.refusal(`${field} is empty; expected 1 to ${AE_TITLE_LENGTH} characters`);
  anyAeTitle(writer, title, field);
}

function anyAeTitle(writer: FieldWriter, title: string, field: string): void {
  if (title.includes("\\")) throw writer.refusal(`${field} is ${JSON.stringify(title)}; expected no backslash in it`);
  writer.text(title, AE_TITLE_LENGTH, field);
  writer.text(" ".repeat(AE_TITLE_LENGTH - title.length), AE_TITLE_LENGTH, field);
}

/** Distinct ids from 0 to 255. This side proposes odd ones only, and answers what was proposed (PS3.8 9.3.2.2). */
function checkContextIds(
  writer: FieldWriter,
  { type, presentationContexts: contexts }: AAssociateRq | AAssociateAc,
): void {
  if (contexts.length === 0) throw writer.refusal("it has no presentation context; expected at least one");
  const seen = new Set<number>();
  for (const { id } of contexts) {
    if (type === "A-ASSOCIATE-RQ" && id % 2 !== 1 || id > 255) {
      throw writer.refusal(`a presentation context id is ${id}; expected an odd number from 1 to 255`);
    }
    if (seen.has(id)) throw writer.refusal(`the presentation context id ${id} appears twice`);
    seen.add(id);
  }
}

function proposedContext(writer: FieldWriter, context: ProposedPresentationContext): void {
  if (context.transferSyntaxes.length === 0) {
    throw writer.refusal(`the presentation context ${context.id} has no transfer syntax; expected at least one`);
  }
  writer.uint8(context.id, "a presentation context id");
  writer.zeros(3);
  writer.item(ItemType.abstractSyntax, () => writer.uid(context.abstractSyntax, "an abstract syntax"));
  for (const transferSyntax of context.transferSyntaxes) {
    writer.item(ItemType.transferSyntax, () => writer.uid(transferSyntax, "a transfer syntax"));
  }
}

/** Every result has a transfer syntax, which may be empty where it isn't significant. */
function contextResult(writer: FieldWriter, context: PresentationContextResult): void {
  writer.uint8(context.id, "a presentation context id");
  writer.zeros(1);
  writer.uint8(PRESENTATION_CONTEXT_OUTCOMES.indexOf(context.result), "a presentation context's result");
  writer.zeros(1);
  writer.item(ItemType.transferSyntax, () => {
    if (context.result === "acceptance" || context.transferSyntax !== "") {
      writer.uid(context.transferSyntax, "a transfer syntax");
    }
  });
}
