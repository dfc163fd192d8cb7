import assert from "node:assert/strict";
import * as UID from "../../src/dicom/generated/uid.ts";
import type { CStoreRq } from "../../src/dimse/commands.ts";
import type { AAbort } from "../../src/upper_layer/pdu.ts";
import { hex } from "../dicom/encoding/elements.ts";
import { listeningGantry } from "../support/gantry.ts";
import { joined, type MadeInstance, makeInstance } from "../support/instances.ts";
import {
  associateRq,
  commandPdv,
  dataPdv,
  echoRq,
  findRq,
  pData,
  type ScriptedPeer,
  storeRq,
} from "../support/scripted_peer.ts";
import { associated, response, warnings } from "./support.ts";

/** A CT image as `storeRq` announces it, in Explicit VR Little Endian. */
function ctImage(): MadeInstance {
  return makeInstance({ sopClassUid: UID.CTImageStorage, sopInstanceUid: "1.2.3", pixelBytes: 4000 });
}

/** A command set in Implicit VR Little Endian (PS3.7 6.3.1), from its elements after the group length. */
function commandSet(elements: string): Uint8Array {
  const bytes = hex(elements);
  const length = new Uint8Array(12);
  length.set(hex("0000 0000 04000000"));
  new DataView(length.buffer).setUint32(8, bytes.length, true);
  return joined(length, bytes);
}

/** A P-DATA-TF in which lengths say what they are told to. */
function pdu(pduLength: number, pdvLength: number, rest: Uint8Array): Uint8Array {
  const head = new Uint8Array(10);
  head[0] = 0x04;
  new DataView(head.buffer).setUint32(2, pduLength);
  new DataView(head.buffer).setUint32(6, pdvLength);
  return joined(head, rest);
}

interface Fault {
  /** Causes it, on an association for Verification (1) and CT Image Storage (3). */
  cause(peer: ScriptedPeer): Promise<void>;
  readonly source: AAbort["source"];
  readonly reason?: AAbort["reason"];
  readonly told: RegExp;
}

const faults: Readonly<Record<string, Fault>> = {
  "a P-DATA-TF longer than was announced": {
    cause: (peer) => peer.send(pdu(0x7fff_ffff, 0x7fff_fff0, new Uint8Array(100))),
    source: "service-provider",
    reason: "invalid-pdu-parameter-value",
    told: /Cannot read P-DATA-TF: its length field says 2147483647 bytes; expected at most 131072$/,
  },
  "a PDV that reaches beyond its PDU": {
    cause: (peer) => peer.send(pdu(20, 200, new Uint8Array(16))),
    source: "service-provider",
    reason: "invalid-pdu-parameter-value",
    told: /the PDV at byte 6 says 200 bytes; expected 2 to 16, all that its PDU holds$/,
  },
  "a PDV too short for its header": {
    cause: (peer) => peer.send(pdu(6, 1, new Uint8Array(2))),
    source: "service-provider",
    reason: "invalid-pdu-parameter-value",
    told: /the PDV at byte 6 says 1 bytes/,
  },
  "a PDV of a context that was not accepted": {
    cause: (peer) => peer.send(pData(commandPdv(99, findRq(1)))),
    source: "service-provider",
    reason: "invalid-pdu-parameter-value",
    told: /Cannot take a PDV: presentation context 99 was not accepted$/,
  },
  "a second A-ASSOCIATE-RQ": {
    cause: (peer) => peer.send(associateRq()),
    source: "service-provider",
    reason: "unexpected-pdu",
    told: /A-ASSOCIATE-RQ/,
  },
  "bytes that are no PDU, after an association": {
    cause: (peer) => peer.send(hex("ff 00 00000004 00000000")),
    source: "service-provider",
    reason: "unrecognized-pdu",
    told: /type 0xFF is not defined in PS3\.8/,
  },
  "a data set without a command set": {
    cause: (peer) => peer.send(pData(dataPdv(3, new Uint8Array(10)))),
    source: "service-provider",
    reason: "unexpected-pdu-parameter",
    told: /a data set fragment came where a command set was expected$/,
  },
  "a command set inside a data set": {
    cause: (peer) =>
      peer.send(
        pData(commandPdv(3, storeRq(1))),
        pData(dataPdv(3, new Uint8Array(10), false)),
        pData(commandPdv(1, echoRq(2))),
      ),
    source: "service-provider",
    reason: "unexpected-pdu-parameter",
    told: /a command set fragment came inside a data set$/,
  },
  "a data set in another context than its command set": {
    cause: (peer) => peer.send(pData(commandPdv(3, storeRq(1))), pData(dataPdv(1, new Uint8Array(10)))),
    source: "service-provider",
    reason: "unexpected-pdu-parameter",
    told: /a fragment of presentation context 1 came inside one of presentation context 3$/,
  },
  "a command set without its command": {
    // (0000,0110) Message ID 1
    cause: (peer) => peer.send(pData(commandPdv(1, commandSet("0000 1001 02000000 0100")))),
    source: "service-user",
    told: /Cannot read the command set: /,
  },
  "a C-STORE-RQ without a message ID": {
    // (0000,0002) Affected SOP Class UID 1.2, (0000,0100) C-STORE-RQ, (0000,0700) Priority medium, (0000,0800) with data
    // set
    cause: (peer) =>
      peer.send(pData(commandPdv(
        3,
        commandSet(
          "0000 0200 04000000 312e3200  0000 0001 02000000 0100  " +
            "0000 0007 02000000 0000  0000 0008 02000000 0100",
        ),
      ))),
    source: "service-user",
    told: /C-STORE-RQ without Message ID/,
  },
  "an endless command set": {
    async cause(peer) {
      const piece = pData(commandPdv(1, new Uint8Array(16_000), false));
      for (let times = 0; times < 5; times++) await peer.send(piece);
    },
    source: "service-user",
    told: /Cannot read the command set: longer than 65536 bytes$/,
  },
  "a release in the middle of a data set": {
    cause: (peer) =>
      peer.send(
        pData(commandPdv(3, storeRq(1))),
        pData(dataPdv(3, ctImage().dataSet.subarray(0, 1000), false)),
        { type: "A-RELEASE-RQ" },
      ),
    source: "service-user",
    told: /the peer released the association in the middle of it$/,
  },
};

Deno.test("faults on an association get the standard's A-ABORT, and a line in the log that names them", async (t) => {
  await using gateway = await listeningGantry();
  for (const [name, { cause, source, reason, told }] of Object.entries(faults)) {
    await t.step(name, async () => {
      const found = await warnings(gateway, async () => {
        const peer = await associated(gateway);
        await cause(peer);
        await peer.expectAbort(source, reason);
      });
      const message = found.find(({ event }) => event === "association-ended")?.message ?? "";
      assert.match(message, /^Association aborted by this gateway: Cannot /);
      assert.match(message, told);
    });
  }
});

interface Refusal {
  readonly command?: Partial<CStoreRq>;
  readonly dataSet: Uint8Array;
  readonly status: number;
  readonly told: RegExp;
}

const whole = ctImage();
const afterPixelHeader = whole.dataSet.length - 4000;

const refusals: Readonly<Record<string, Refusal>> = {
  "a data set that ends inside its last element": {
    dataSet: whole.dataSet.subarray(0, -100),
    status: 0xC000,
    told: /PixelData \(7FE0,0010\)/,
  },
  "a data set that ends inside an element's header": {
    dataSet: whole.dataSet.subarray(0, afterPixelHeader - 3),
    status: 0xC000,
    told: /Cannot read the data set: /,
  },
  "an element that says 4 GB": {
    dataSet: joined(whole.dataSet.subarray(0, afterPixelHeader - 4), hex("f0ffffff"), new Uint8Array(4000)),
    status: 0xC000,
    told: /PixelData \(7FE0,0010\)/,
  },
  "a data set of random bytes": {
    dataSet: new Uint8Array(3000).map((_, index) => index * 167 + 13),
    status: 0xC000,
    told: /Cannot read the data set: /,
  },
  "an empty data set": {
    dataSet: new Uint8Array(),
    status: 0xA900,
    told: /SOP Class UID is none in its data set/,
  },
  "another SOP instance than announced": {
    dataSet: makeInstance({ sopClassUid: UID.CTImageStorage, sopInstanceUid: "1.2.4" }).dataSet,
    status: 0xA900,
    told: /SOP Instance UID is "?1\.2\.4"? in its data set/,
  },
  "another SOP class than announced": {
    dataSet: makeInstance({ sopClassUid: UID.MRImageStorage, sopInstanceUid: "1.2.3" }).dataSet,
    status: 0xA900,
    told: /SOP Class UID is /,
  },
  "a SOP instance that can't name a file": {
    command: { affectedSopInstanceUid: "../1.2.3" },
    dataSet: whole.dataSet,
    status: 0x0117,
    told: /Affected SOP Instance UID holds characters that can't name an instance/,
  },
  "another SOP class than its presentation context": {
    command: { affectedSopClassUid: UID.MRImageStorage },
    dataSet: makeInstance({ sopClassUid: UID.MRImageStorage, sopInstanceUid: "1.2.3" }).dataSet,
    status: 0x0122,
    told: /came in a context for 1\.2\.840\.10008\.5\.1\.4\.1\.1\.2/,
  },
};

Deno.test("data sets at fault get a C-STORE-RSP with the standard's status, and the association goes on", async (t) => {
  await using gateway = await listeningGantry({ config: "archive: { unreadable: refuse }" });
  const peer = await associated(gateway);
  let messageId = 0;
  for (const [name, { command, dataSet, status, told }] of Object.entries(refusals)) {
    await t.step(name, async () => {
      const [fault, ...others] = await warnings(gateway, async () => {
        const request = { ...storeRq(++messageId), ...command } as CStoreRq;
        await peer.send(pData(commandPdv(3, request)), pData(dataPdv(3, dataSet)));
        const answer = await response(peer);
        assert.deepEqual([answer.type, answer.messageIdBeingRespondedTo], ["C-STORE-RSP", messageId]);
        assert.equal(answer.status.toString(16), status.toString(16));
      });
      assert.equal(fault?.event, "operation-ended");
      assert.match(fault?.message ?? "", told);
      assert.deepEqual(others, []);
    });
  }
  await peer.release();
});

Deno.test("data sets that can't be read are kept as they came by default, with a warning", async () => {
  await using gateway = await listeningGantry();
  const peer = await associated(gateway);
  const unreadable = Object.values(refusals).filter(({ status }) => status === 0xC000);
  assert.ok(unreadable.length > 2);
  for (const [index, refusal] of unreadable.entries()) {
    const affectedSopInstanceUid = `1.2.${3 + index}`;
    // Its own UID in its data set too: none is a second version of another.
    const dataSet = refusal.dataSet.slice();
    const at = new TextDecoder("latin1").decode(dataSet).indexOf("1.2.3\0");
    if (at >= 0) dataSet.set(new TextEncoder().encode(affectedSopInstanceUid), at);
    const request = { ...storeRq(index + 1), affectedSopInstanceUid } as CStoreRq;
    await peer.send(pData(commandPdv(3, request)), pData(dataPdv(3, dataSet)));
    assert.equal((await response(peer)).status, 0x0000);
    const line = gateway.log.findLast(({ event }) => event === "irregular");
    assert.match(line?.message ?? "", /^Stored unchanged despite irregularities: Cannot read the data set: /);
  }
  await peer.release();
});

Deno.test("a command that the context has no service for is answered, and the association goes on", async () => {
  await using gateway = await listeningGantry();
  const peer = await associated(gateway);
  await peer.send(pData(commandPdv(1, { ...storeRq(1), hasDataSet: true })), pData(dataPdv(1, ctImage().dataSet)));
  assert.equal((await response(peer)).status, 0x0211);
  await peer.release();
});
