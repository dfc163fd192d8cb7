/**
 * A peer that does what a test says, PDU by PDU, on the far end of a connection in memory.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type CommandSet, encodeCommandSet } from "../../src/dimse/command_set.ts";
import { ScriptedPeer as Peer } from "../../src/testing/scripted_peer.ts";
import { connectionPair } from "../../src/transport/memory.ts";
import type { Connection } from "../../src/upper_layer/connection.ts";
import type { AAbort, AAssociateAc, AAssociateRq, PDataTf, Pdu, Pdv } from "../../src/upper_layer/pdu.ts";
import { lending } from "./lending.ts";

export const VERIFICATION = "1.2.840.10008.1.1";
export const CT_IMAGE_STORAGE = "1.2.840.10008.5.1.4.1.1.2";
export const STUDY_ROOT_FIND = "1.2.840.10008.5.1.4.1.2.2.1";
export const IMPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2";
export const EXPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2.1";
export const APPLICATION_CONTEXT = "1.2.840.10008.3.1.1.1";

/** Reads and writes whole PDUs, and expects what a test says. */
export class ScriptedPeer extends Peer {
  /** Expects PDUs, in that order. */
  async expect(...pdus: Pdu[]): Promise<void> {
    for (const pdu of pdus) assert.deepEqual(await this.receive(), pdu);
  }

  /** Expects a PDU of that type and returns it. */
  async expectType<Type extends Pdu["type"]>(type: Type): Promise<Extract<Pdu, { readonly type: Type }>> {
    const pdu = await this.receive();
    assert.equal(pdu?.type, type);
    return pdu as Extract<Pdu, { readonly type: Type }>;
  }

  /** Expects that the other side closes, and closes too, unless that has closed both directions. */
  async expectClose(): Promise<void> {
    assert.equal(await this.receive(), undefined);
    await this.close().catch(() => {});
  }

  /** Releases the association, and expects that the other side agrees and closes. */
  async release(): Promise<void> {
    await this.send({ type: "A-RELEASE-RQ" });
    await this.expect({ type: "A-RELEASE-RP" });
    await this.expectClose();
  }

  /** Expects an A-ABORT and what follows it. */
  async expectAbort(source: AAbort["source"], reason: AAbort["reason"] = "reason-not-specified"): Promise<void> {
    await this.expect({ type: "A-ABORT", source, reason });
    await this.expectClose();
  }
}

/** A connection, and a scripted peer on the other end of it. What the connection lends, it spoils. */
export function scriptedPeer(): [Connection, ScriptedPeer] {
  const [near, far] = connectionPair();
  return [lending(near), new ScriptedPeer(far)];
}

/** An A-ASSOCIATE-RQ for Verification (1), CT Image Storage (3) and Study Root FIND (5). */
export function associateRq(
  { userInformation, ...changes }: Partial<Omit<AAssociateRq, "userInformation">> & {
    readonly userInformation?: Partial<AAssociateRq["userInformation"]>;
  } = {},
): AAssociateRq {
  return {
    type: "A-ASSOCIATE-RQ",
    protocolVersion: 1,
    calledAeTitle: "GANTRY",
    callingAeTitle: "PEER",
    applicationContextName: APPLICATION_CONTEXT,
    presentationContexts: [
      { id: 1, abstractSyntax: VERIFICATION, transferSyntaxes: [IMPLICIT_LITTLE_ENDIAN] },
      { id: 3, abstractSyntax: CT_IMAGE_STORAGE, transferSyntaxes: [EXPLICIT_LITTLE_ENDIAN, IMPLICIT_LITTLE_ENDIAN] },
      { id: 5, abstractSyntax: STUDY_ROOT_FIND, transferSyntaxes: [IMPLICIT_LITTLE_ENDIAN] },
    ],
    ...changes,
    userInformation: {
      maximumPduLength: 16384,
      implementationClassUid: "1.2.3.4",
      implementationVersionName: "SCRIPT_1",
      ...userInformation,
    },
  };
}

/** An A-ASSOCIATE-AC that takes everything that a request proposes, in the first transfer syntax. */
export function associateAc(
  request: AAssociateRq,
  { userInformation, ...changes }: Partial<Omit<AAssociateAc, "userInformation">> & {
    readonly userInformation?: Partial<AAssociateAc["userInformation"]>;
  } = {},
): AAssociateAc {
  return {
    type: "A-ASSOCIATE-AC",
    protocolVersion: 1,
    calledAeTitle: request.calledAeTitle,
    callingAeTitle: request.callingAeTitle,
    applicationContextName: APPLICATION_CONTEXT,
    presentationContexts: request.presentationContexts.map(({ id, transferSyntaxes }) => ({
      id,
      result: "acceptance",
      transferSyntax: transferSyntaxes[0] ?? "",
    })),
    ...changes,
    userInformation: { maximumPduLength: 16384, implementationClassUid: "1.2.3.4", ...userInformation },
  };
}

/** A PDV of a command set; the last one unless told otherwise. */
export function commandPdv(contextId: number, bytes: Uint8Array | CommandSet, last = true): Pdv {
  return { contextId, command: true, last, bytes: bytes instanceof Uint8Array ? bytes : encodeCommandSet(bytes) };
}

/** A PDV of a data set; the last one unless told otherwise. */
export function dataPdv(contextId: number, bytes: Uint8Array, last = true): Pdv {
  return { contextId, command: false, last, bytes };
}

/** A P-DATA-TF of these PDVs. */
export function pData(...pdvs: Pdv[]): PDataTf {
  return { type: "P-DATA-TF", pdvs };
}

/** A C-ECHO-RQ. */
export function echoRq(messageId: number): CommandSet {
  return { type: "C-ECHO-RQ", messageId, affectedSopClassUid: VERIFICATION, hasDataSet: false };
}

/** The response to it. */
export function echoRsp(messageId: number, status = 0): CommandSet {
  return {
    type: "C-ECHO-RSP",
    messageIdBeingRespondedTo: messageId,
    affectedSopClassUid: VERIFICATION,
    status,
    hasDataSet: false,
  };
}

/** A C-STORE-RQ of a CT image. */
export function storeRq(messageId: number, affectedSopInstanceUid = "1.2.3"): CommandSet {
  return {
    type: "C-STORE-RQ",
    messageId,
    affectedSopClassUid: CT_IMAGE_STORAGE,
    affectedSopInstanceUid,
    priority: "medium",
    hasDataSet: true,
  };
}

/** A C-FIND-RQ of the study root. */
export function findRq(messageId: number): CommandSet {
  return { type: "C-FIND-RQ", messageId, affectedSopClassUid: STUDY_ROOT_FIND, priority: "medium", hasDataSet: true };
}

/** These bytes one after the other. */
export function concat(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let offset = 0;
  for (const piece of pieces) {
    joined.set(piece, offset);
    offset += piece.length;
  }
  return joined;
}
