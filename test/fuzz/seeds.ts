/**
 * Legal streams to begin with: what a requestor says, and what an acceptor answers.
 *
 * @module
 */

import {
  associateAc,
  associateRq,
  commandPdv,
  concat,
  CT_IMAGE_STORAGE,
  dataPdv,
  echoRq,
  echoRsp,
  findRq,
  pData,
  storeRq,
} from "../support/scripted_peer.ts";
import type { CommandSet } from "../../src/dimse/command_set.ts";
import { encodePdu } from "../../src/upper_layer/codec/pdu_encode.ts";
import type { Pdu } from "../../src/upper_layer/pdu.ts";
import { PDU_VECTORS } from "../vectors/pdus.ts";
import { makeInstance } from "../support/instances.ts";
import { type Field, parseStream } from "../support/field_tree.ts";

/** A small image of what context 3 is for. */
export const INSTANCE = makeInstance({ sopClassUid: CT_IMAGE_STORAGE, sopInstanceUid: "1.2.3", pixelBytes: 16 });
const CT = INSTANCE.dataSet;

const request = associateRq({
  userInformation: { asynchronousOperationsWindow: { invoked: 4, performed: 4 } },
});
const cancel: CommandSet = { type: "C-CANCEL-RQ", messageIdBeingRespondedTo: 2, hasDataSet: false };
const release: Pdu = { type: "A-RELEASE-RQ" };
const abort: Pdu = { type: "A-ABORT", source: "service-user", reason: "reason-not-specified" };

const storeRsp: CommandSet = {
  type: "C-STORE-RSP",
  messageIdBeingRespondedTo: 2,
  status: 0,
  affectedSopClassUid: CT_IMAGE_STORAGE,
  affectedSopInstanceUid: "1.2.3",
  hasDataSet: false,
};

/** A data set in three PDVs, which lie in two PDUs. */
function inPieces(bytes: Uint8Array): Pdu[] {
  const [one, two] = [bytes.length / 3 & ~1, bytes.length / 2 & ~1];
  return [
    pData(commandPdv(3, storeRq(2)), dataPdv(3, bytes.slice(0, one), false)),
    pData(dataPdv(3, bytes.slice(one, two), false), dataPdv(3, bytes.slice(two))),
  ];
}

function tree(...pdus: Pdu[]): Field[] {
  return parseStream(concat(pdus.map((pdu) => encodePdu(pdu))));
}

/** The A-ASSOCIATE-RQ and -AC with every item there is. */
const [everyItemRq, everyItemAc] = PDU_VECTORS.map(({ pdu }) => pdu) as [Pdu, Pdu];

/** Whole associations as a requestor leads them. */
export const REQUESTOR_STREAMS: readonly (readonly Field[])[] = [
  tree(request, pData(commandPdv(1, echoRq(1))), release),
  tree(request, pData(commandPdv(3, storeRq(1)), dataPdv(3, CT)), release),
  tree(request, ...inPieces(CT), pData(commandPdv(1, echoRq(3))), release),
  tree(request, pData(commandPdv(3, storeRq(1))), pData(dataPdv(3, CT)), pData(commandPdv(1, echoRq(2))), abort),
  tree(request, pData(commandPdv(5, findRq(2)), dataPdv(5, new Uint8Array(16))), pData(commandPdv(5, cancel)), release),
  tree(everyItemRq, pData(commandPdv(3, echoRq(1))), release),
];

/** What an acceptor says to one that proposes what `request` does, sends a C-ECHO and a C-STORE, and releases. */
export const ACCEPTOR_STREAMS: readonly (readonly Field[])[] = [
  tree(
    associateAc(request),
    pData(commandPdv(1, echoRsp(1))),
    pData(commandPdv(3, storeRsp)),
    { type: "A-RELEASE-RP" },
  ),
  tree(associateAc(request), pData(commandPdv(1, echoRsp(1, 0x0122))), pData(commandPdv(3, storeRsp)), release, {
    type: "A-RELEASE-RP",
  }),
  tree({ type: "A-ASSOCIATE-RJ", result: "rejected-transient", source: "service-user", reason: "no-reason-given" }),
  tree(associateAc(request), pData(commandPdv(1, echoRsp(1))), abort),
  tree(everyItemAc, pData(commandPdv(1, echoRsp(1))), release),
];

/** What the requestor of `ACCEPTOR_STREAMS` asks for. */
export const PROPOSAL = request;
