import assert from "node:assert/strict";
import { encodeCommandSet } from "../../src/dimse/command_set.ts";
import { MAXIMUM_COMMAND_SET_LENGTH } from "../../src/dimse/message_reader.ts";
import type { PerformRequest, PerformResponse } from "../../src/dimse/service.ts";
import * as Status from "../../src/dimse/status.ts";
import type { AbortReason } from "../../src/errors.ts";
import type { Pdu } from "../../src/upper_layer/pdu.ts";
import { settle } from "../support/fake_time.ts";
import { DATA, performing, readAll, storeService } from "../support/providers.ts";
import { associateAc, associateRq, commandPdv, dataPdv, echoRq, pData, storeRq } from "../support/scripted_peer.ts";

const success: PerformResponse = { status: Status.Success };

const untouched = storeService(() => assert.fail("the handler was called"));

/** What a peer may do wrong in the middle of an association, the A-ABORT for it, and what an operator reads. */
const wrongs: readonly [name: string, pdus: (Pdu | Uint8Array)[], reason: AbortReason | undefined, error: RegExp][] = [
  ["a second A-ASSOCIATE-RQ", [associateRq()], "unexpected-pdu", /A-ASSOCIATE-RQ: it is not expected in Sta6/],
  ["an A-ASSOCIATE-AC", [associateAc(associateRq())], "unexpected-pdu", /A-ASSOCIATE-AC: it is not expected in Sta6/],
  ["an A-RELEASE-RP", [{ type: "A-RELEASE-RP" }], "unexpected-pdu", /A-RELEASE-RP: it is not expected in Sta6/],
  ["HTTP", [new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n")], "unrecognized-pdu", /look like an HTTP request/],
  ["TLS", [Uint8Array.of(0x16, 3, 1, 2, 0, 1, 0)], "unrecognized-pdu", /look like a TLS handshake/],
  ["random bytes", [Uint8Array.of(0x99, 1, 2, 3, 4, 5, 6, 7)], "unrecognized-pdu", /type 0x99 is not defined in PS3.8/],
  [
    "a PDU of absurd length",
    [Uint8Array.of(4, 0, 0x7F, 0xFF, 0xFF, 0xFF)],
    "invalid-pdu-parameter-value",
    /its length field says 2147483647 bytes; expected at most 131072/,
  ],
  [
    "a PDV that is longer than its PDU",
    [Uint8Array.of(4, 0, 0, 0, 0, 8, 0, 0, 0, 99, 1, 3, 0, 0)],
    "invalid-pdu-parameter-value",
    /the PDV at byte 6 says 99 bytes/,
  ],
  [
    "a PDV of a context that was not accepted",
    [pData(commandPdv(9, storeRq(1)))],
    "invalid-pdu-parameter-value",
    /presentation context 9 was not accepted/,
  ],
  [
    "a data set before any command",
    [pData(dataPdv(3, DATA))],
    "unexpected-pdu-parameter",
    /a data set fragment came where a command set was expected/,
  ],
  [
    "a command set that is too long",
    [pData(commandPdv(3, new Uint8Array(MAXIMUM_COMMAND_SET_LENGTH + 2)))],
    undefined,
    /command set: longer than 65536 bytes/,
  ],
  [
    "a command set without its required elements",
    [pData(commandPdv(3, encodeCommandSet(storeRq(1)).slice(0, 60)))],
    undefined,
    /^Cannot read/,
  ],
  [
    "a release inside a command set",
    [pData(commandPdv(3, encodeCommandSet(storeRq(1)), false)), { type: "A-RELEASE-RQ" }],
    undefined,
    /the peer released the association in the middle of it/,
  ],
];

for (const [name, pdus, reason, error] of wrongs) {
  Deno.test(`DimseProvider aborts at ${name}, and no handler is called`, async () => {
    await using conversation = await performing([untouched]);
    const { peer, witness, association } = conversation;
    const sending = peer.send(...pdus);
    await peer.expectAbort(reason === undefined ? "service-user" : "service-provider", reason);
    await Promise.all([sending, association.closed]);
    assert.deepEqual([witness.abort.by, witness.abort.reason], ["local", reason]);
    assert.match(witness.abort.error?.message ?? "", error);
    assert.ok(!witness.types.includes("operation-started"));
  });
}

/** What may go wrong inside a data set; the handler is there and must be told. */
const wrongsInside: readonly [name: string, pdus: Pdu[], reason: AbortReason | undefined, error: RegExp][] = [
  [
    "a command set",
    [pData(commandPdv(1, echoRq(2)))],
    "unexpected-pdu-parameter",
    /a command set fragment came inside a data set/,
  ],
  [
    "a fragment of another context",
    [pData(dataPdv(5, DATA))],
    "unexpected-pdu-parameter",
    /a fragment of presentation context 5 came inside one of presentation context 3/,
  ],
  ["an A-ASSOCIATE-RQ", [associateRq()], "unexpected-pdu", /it is not expected in Sta6/],
  ["a release", [{ type: "A-RELEASE-RQ" }], undefined, /the peer released the association in the middle of it/],
];

for (const [name, pdus, reason, error] of wrongsInside) {
  for (const reads of [true, false]) {
    const handler = reads ? "that reads" : "that does not read";
    Deno.test(`DimseProvider aborts at ${name} inside a data set, with a handler ${handler} it`, async () => {
      let failure: unknown;
      const perform = async (request: PerformRequest) => {
        if (reads) await readAll(request).catch((error) => failure = error);
        return success;
      };
      await using conversation = await performing([storeService(perform)]);
      const { peer, witness, association } = conversation;
      const sending = peer.send(pData(commandPdv(3, storeRq(1)), dataPdv(3, DATA, false)), ...pdus);
      await peer.expectAbort(reason === undefined ? "service-user" : "service-provider", reason);
      await Promise.all([sending, association.closed]);
      await settle();
      assert.match(witness.abort.error?.message ?? "", error);
      if (reads) assert.match(String(failure), error);
      assert.equal(witness.outcomes[0]?.status, undefined);
      assert.ok(witness.outcomes[0]?.error !== undefined);
    });
  }
}
