/**
 * DIMSE providers with a scripted peer, and small services for them.
 *
 * @module
 */

import assert from "node:assert/strict";
import {
  type CEchoRq,
  type CFindRq,
  type CommandSet,
  type CStoreRq,
  decodeCommandSet,
} from "../../src/dimse/command_set.ts";
import type { InvokeOptions } from "../../src/dimse/invoker.ts";
import type { DimseProvider, Unnumbered } from "../../src/dimse/provider.ts";
import { serveAssociation } from "../../src/dimse/serve_association.ts";
import type { PerformRequest, PerformResponse, Service } from "../../src/dimse/service.ts";
import type { AcceptorOptions } from "../../src/upper_layer/acceptor.ts";
import type { Association } from "../../src/upper_layer/association.ts";
import { anyTransferSyntax } from "../../src/upper_layer/negotiation.ts";
import type { AAssociateRq, PDataTf } from "../../src/upper_layer/pdu.ts";
import type { RequestorOptions } from "../../src/upper_layer/requestor.ts";
import { accepted, requested, type Witness } from "./associations.ts";
import {
  associateRq,
  commandPdv,
  concat,
  CT_IMAGE_STORAGE,
  dataPdv,
  echoRq,
  findRq,
  pData,
  type ScriptedPeer,
  storeRq,
  STUDY_ROOT_FIND,
  VERIFICATION,
} from "./scripted_peer.ts";

/** A provider at work, and who is on the other end. */
export interface Conversation extends AsyncDisposable {
  readonly provider: DimseProvider;
  readonly association: Association;
  readonly peer: ScriptedPeer;
  readonly witness: Witness;
}

const RESPONSE_TIMEOUT = 60_000;

/** A provider that performs `services` for a requestor. */
export async function performing(
  services: readonly Service[],
  options: Partial<AcceptorOptions> = {},
  request: AAssociateRq = associateRq(),
): Promise<Conversation> {
  const { association, peer, witness } = await accepted(options, request);
  return converse(association, peer, witness, services);
}

/** A provider that invokes operations, on an association that it asked for. */
export async function invoking(
  options: Partial<RequestorOptions> = {},
  answer: Parameters<typeof requested>[1] = {},
  services: readonly Service[] = [],
): Promise<Conversation> {
  const { association, peer, witness } = await requested(options, answer);
  return converse(association, peer, witness, services);
}

function converse(
  association: Association,
  peer: ScriptedPeer,
  witness: Witness,
  services: readonly Service[],
): Conversation {
  const provider = serveAssociation(association, {
    services,
    observers: [witness.observe],
    responseTimeout: RESPONSE_TIMEOUT,
  });
  const stop = async () => {
    association.abort();
    await peer.vanish().catch(() => {});
    await association.closed;
  };
  return { provider, association, peer, witness, [Symbol.asyncDispose]: stop };
}

/** Invokes a C-ECHO. */
export function invokeEcho({ provider }: Pick<Conversation, "provider">, options?: InvokeOptions) {
  const request: Unnumbered<CEchoRq> = { type: "C-ECHO-RQ", affectedSopClassUid: VERIFICATION };
  return provider.invoke(provider.context(VERIFICATION), request, options);
}

/** Invokes a C-STORE. */
export function invokeStore({ provider }: Conversation, options?: InvokeOptions) {
  const request: Unnumbered<CStoreRq> = {
    type: "C-STORE-RQ",
    affectedSopClassUid: CT_IMAGE_STORAGE,
    affectedSopInstanceUid: "1.2.3",
    priority: "medium",
  };
  return provider.invoke(provider.context(CT_IMAGE_STORAGE), request, { dataSet: DATA, ...options });
}

/** Invokes a C-FIND. */
export function invokeFind({ provider }: Conversation, options?: InvokeOptions) {
  const request: Unnumbered<CFindRq> = { type: "C-FIND-RQ", affectedSopClassUid: STUDY_ROOT_FIND, priority: "medium" };
  return provider.invoke(provider.context(STUDY_ROOT_FIND), request, { dataSet: DATA, ...options });
}

/** A message as the peer sees it. */
export interface Seen {
  readonly contextId: number;
  readonly command: CommandSet;
  readonly dataSet: Uint8Array | undefined;
}

/** The next whole message that the peer gets. */
export async function nextMessage(peer: ScriptedPeer): Promise<Seen> {
  const commandPieces: Uint8Array[] = [];
  const dataPieces: Uint8Array[] = [];
  let command: CommandSet | undefined;
  for (;;) {
    const { pdvs } = await peer.expectType("P-DATA-TF");
    for (const { contextId, command: ofCommand, last, bytes } of pdvs) {
      (ofCommand ? commandPieces : dataPieces).push(bytes);
      if (!last) continue;
      if (ofCommand) command = decodeCommandSet(concat(commandPieces));
      assert.ok(command !== undefined, "a data set without a command set");
      if (ofCommand && command.hasDataSet) continue;
      return { contextId, command, dataSet: ofCommand ? undefined : concat(dataPieces) };
    }
  }
}

/** Expects a whole message without a data set. */
export async function expectMessage(peer: ScriptedPeer, command: CommandSet): Promise<void> {
  assert.deepEqual((await nextMessage(peer)).command, command);
}

/** What messages of tests carry. */
export const DATA = Uint8Array.from({ length: 1000 }, (_, index) => index);

/** A C-STORE-RQ and its data set, in one PDU. */
export function storeMessage(messageId: number): PDataTf {
  return pData(commandPdv(3, storeRq(messageId)), dataPdv(3, DATA));
}

/** A C-FIND-RQ and its identifier, in one PDU. */
export function findMessage(messageId: number): PDataTf {
  return pData(commandPdv(5, findRq(messageId)), dataPdv(5, DATA));
}

/** A C-ECHO-RQ. */
export function echoMessage(messageId: number): PDataTf {
  return pData(commandPdv(1, echoRq(messageId)));
}

/** All of a data set. */
export async function readAll({ dataSet }: Pick<PerformRequest, "dataSet">): Promise<Uint8Array> {
  return concat(await Array.fromAsync(dataSet?.stream() ?? []));
}

/** Something that a test lets go on when it likes. */
export function gate(): { open: () => void; passed: Promise<void> } {
  const { promise: passed, resolve: open } = Promise.withResolvers<void>();
  return { open, passed };
}

/** A service for C-STORE of CT images. */
export function storeService(perform: (request: PerformRequest) => Promise<PerformResponse>): Service {
  return service("C-STORE-RQ", CT_IMAGE_STORAGE, perform);
}

/** A service for C-FIND of the study root. */
export function findService(
  perform: (request: PerformRequest) => AsyncIterable<PerformResponse> | Promise<PerformResponse>,
): Service {
  return service("C-FIND-RQ", STUDY_ROOT_FIND, perform);
}

function service(performs: Service["performs"][number], sopClass: string, perform: Service["perform"]): Service {
  const transferSyntaxes = (abstractSyntax: string) => abstractSyntax === sopClass ? anyTransferSyntax : undefined;
  return { performs: [performs], transferSyntaxes, perform };
}

/** The response to a C-STORE-RQ of `storeRq`. */
export function storeRsp(messageId: number, status: number, errorComment?: string): CommandSet {
  return {
    type: "C-STORE-RSP",
    messageIdBeingRespondedTo: messageId,
    affectedSopClassUid: CT_IMAGE_STORAGE,
    affectedSopInstanceUid: "1.2.3",
    status,
    ...(errorComment !== undefined && { errorComment }),
    hasDataSet: false,
  };
}

/** The response to a C-FIND-RQ of `findRq`. */
export function findRsp(messageId: number, status: number, hasDataSet = false): CommandSet {
  return {
    type: "C-FIND-RSP",
    messageIdBeingRespondedTo: messageId,
    affectedSopClassUid: STUDY_ROOT_FIND,
    status,
    hasDataSet,
  };
}

/** A C-CANCEL-RQ. */
export function cancelRq(messageId: number): CommandSet {
  return { type: "C-CANCEL-RQ", messageIdBeingRespondedTo: messageId, hasDataSet: false };
}
