/**
 * Established associations with a scripted peer, in either role.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { DimseEvent } from "../../src/dimse/events.ts";
import { acceptAssociation, type AcceptorOptions } from "../../src/upper_layer/acceptor.ts";
import { accept } from "../../src/upper_layer/admission.ts";
import type { Association } from "../../src/upper_layer/association.ts";
import type { AssociationEnd, Observer } from "../../src/upper_layer/events.ts";
import { anyTransferSyntax } from "../../src/upper_layer/negotiation.ts";
import type { AAssociateAc, AAssociateRq } from "../../src/upper_layer/pdu.ts";
import { initiateAssociation, type RequestorOptions } from "../../src/upper_layer/requestor.ts";
import {
  associateAc,
  associateRq,
  CT_IMAGE_STORAGE,
  EXPLICIT_LITTLE_ENDIAN,
  IMPLICIT_LITTLE_ENDIAN,
  type ScriptedPeer,
  scriptedPeer,
  STUDY_ROOT_FIND,
  VERIFICATION,
} from "./scripted_peer.ts";

/** Keeps events for a test to look at. */
export class Witness {
  readonly events: DimseEvent[] = [];
  readonly observe: Observer<DimseEvent> = (event) => void this.events.push(event);

  /** Types of the events, in order. */
  get types(): string[] {
    return this.events.map(({ type }) => type);
  }

  /** How the one association ended; fails unless exactly one has. */
  get end(): AssociationEnd {
    const ends = this.events.flatMap((event) => event.type === "association-ended" ? [event.end] : []);
    assert.equal(ends.length, 1, `${ends.length} associations have ended`);
    return ends[0]!;
  }

  /** How the one association was aborted. */
  get abort(): Extract<AssociationEnd, { readonly how: "aborted" }> {
    const { end } = this;
    assert.ok(end.how === "aborted", `the association was ${end.how}`);
    return end;
  }

  /** Status and error of each operation that has ended. */
  get outcomes(): { status: number | undefined; error: string | undefined }[] {
    return this.events.flatMap((event) =>
      event.type === "operation-ended" ? [{ status: event.outcome.status, error: event.outcome.error?.message }] : []
    );
  }
}

/** An acceptor that takes everything. */
export const TAKE_ALL: AcceptorOptions = { admit: () => accept(), offer: () => anyTransferSyntax };

/** What `associateRq` proposes. */
export const CONTEXTS: RequestorOptions["presentationContexts"] = [
  { abstractSyntax: VERIFICATION, transferSyntaxes: [IMPLICIT_LITTLE_ENDIAN] },
  { abstractSyntax: CT_IMAGE_STORAGE, transferSyntaxes: [EXPLICIT_LITTLE_ENDIAN, IMPLICIT_LITTLE_ENDIAN] },
  { abstractSyntax: STUDY_ROOT_FIND, transferSyntaxes: [IMPLICIT_LITTLE_ENDIAN] },
];

/** An association in the role of the acceptor. */
export async function accepted(
  options: Partial<AcceptorOptions> = {},
  request: AAssociateRq = associateRq(),
): Promise<{ association: Association; peer: ScriptedPeer; answer: AAssociateAc; witness: Witness }> {
  const [connection, peer] = scriptedPeer();
  const witness = new Witness();
  const [association, answer] = await Promise.all([
    acceptAssociation(connection, { ...TAKE_ALL, observers: [witness.observe], ...options }),
    peer.send(request).then(() => peer.expectType("A-ASSOCIATE-AC")),
  ]);
  return { association, peer, answer, witness };
}

/** An association in the role of the requestor. */
export async function requested(
  options: Partial<RequestorOptions> = {},
  answer: Parameters<typeof associateAc>[1] = {},
): Promise<{ association: Association; peer: ScriptedPeer; request: AAssociateRq; witness: Witness }> {
  const [connection, peer] = scriptedPeer();
  const witness = new Witness();
  const respond = async () => {
    const request = await peer.expectType("A-ASSOCIATE-RQ");
    await peer.send(associateAc(request, answer));
    return request;
  };
  const [association, request] = await Promise.all([
    initiateAssociation(connection, {
      calledAeTitle: "PEER",
      presentationContexts: CONTEXTS,
      observers: [witness.observe],
      ...options,
    }),
    respond(),
  ]);
  return { association, peer, request, witness };
}
