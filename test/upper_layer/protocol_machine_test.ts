import assert from "node:assert/strict";
import { AssociationAbortedError, AssociationStateError, PduError } from "../../src/errors.ts";
import type { AAbort, Pdu } from "../../src/upper_layer/pdu.ts";
import type { Indication } from "../../src/upper_layer/primitives.ts";
import { ProtocolMachine } from "../../src/upper_layer/protocol_machine.ts";
import type { State } from "../../src/upper_layer/state_machine.ts";
import { DEFAULT_TIMEOUTS } from "../../src/upper_layer/timeouts.ts";
import { machineIn, STATES } from "../support/machine_states.ts";
import { associateRq, commandPdv, dataPdv, echoRq, pData, scriptedPeer } from "../support/scripted_peer.ts";

/** States in which the machine reads because somebody receives, or to see the peer close. */
const READING = STATES.filter((state) => state !== "Sta4");

function endedIndication(indication: Indication): { by: string; error: Error | undefined } {
  assert.equal(indication.type, "ended");
  assert.ok(indication.type === "ended");
  return { by: indication.by, error: indication.error };
}

for (const state of READING) {
  Deno.test(`ProtocolMachine in ${state} notices that the peer vanishes`, async () => {
    const { machine, peer } = await machineIn(state);
    const [indication] = await Promise.all([machine.receive(), peer.vanish()]);
    const { error } = endedIndication(indication);
    if (state !== "Sta13") {
      assert.ok(error instanceof AssociationAbortedError);
      assert.equal(error.source, "transport");
      assert.match(error.message, /^Cannot go on: the connection was closed without a release or an abort$/);
    }
    await machine.finished;
    assert.equal(machine.state, "Sta1");
  });

  Deno.test(`ProtocolMachine in ${state} notices that the peer closes`, async () => {
    const { machine, peer } = await machineIn(state);
    const [indication] = await Promise.all([machine.receive(), peer.close()]);
    endedIndication(indication);
    await machine.finished;
    assert.equal(machine.state, "Sta1");
  });

  Deno.test(`ProtocolMachine in ${state} takes an A-ABORT`, async () => {
    const { machine, peer } = await machineIn(state);
    const abort: AAbort = { type: "A-ABORT", source: "service-user", reason: "reason-not-specified" };
    const [indication] = await Promise.all([machine.receive(), peer.send(abort)]);
    // Before the association there is nobody to be told (AA-2), after it nobody listens.
    if (state === "Sta2" || state === "Sta13") endedIndication(indication);
    else assert.deepEqual(indication, abort);
    if (state === "Sta13") await peer.close();
    await machine.finished;
    assert.equal(machine.state, "Sta1");
  });
}

/** What each state says to bytes that are no PDU. */
const ABORT_OF: Readonly<Record<string, AAbort["source"]>> = { Sta2: "service-user" };

for (const state of READING.filter((state) => state !== "Sta13")) {
  const source = ABORT_OF[state] ?? "service-provider";

  Deno.test(`ProtocolMachine in ${state} aborts when the bytes are no PDU`, async () => {
    const { machine, peer } = await machineIn(state);
    const sending = peer.send(new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n"));
    const { by, error } = endedIndication(await machine.receive());
    await sending;
    assert.equal(by, "local");
    assert.ok(error instanceof PduError);
    assert.match(error.message, /type 0x47 is not defined in PS3.8; the bytes look like an HTTP request$/);
    await peer.expectAbort(source, source === "service-user" ? "reason-not-specified" : "unrecognized-pdu");
    await machine.finished;
  });

  Deno.test(`ProtocolMachine in ${state} aborts at a PDU of absurd length as soon as its header is there`, async () => {
    const { machine, peer } = await machineIn(state);
    const sending = peer.send(Uint8Array.of(0x04, 0, 0xFF, 0xFF, 0xFF, 0xFF));
    const { error } = endedIndication(await machine.receive());
    await sending;
    assert.match(
      String(error),
      /Cannot read P-DATA-TF: its length field says 4294967295 bytes; expected at most 16384/,
    );
    await peer.expectAbort(source, source === "service-user" ? "reason-not-specified" : "invalid-pdu-parameter-value");
    await machine.finished;
  });

  if (state === "Sta2") continue;
  Deno.test(`ProtocolMachine in ${state} aborts at an A-ASSOCIATE-RQ`, async () => {
    const { machine, peer } = await machineIn(state);
    const sending = peer.send(associateRq());
    const { error } = endedIndication(await machine.receive());
    await sending;
    assert.equal(error?.message, `Cannot take the A-ASSOCIATE-RQ: it is not expected in ${state}`);
    await peer.expectAbort(source, "unexpected-pdu");
    await machine.finished;
  });
}

for (const state of ["Sta2", "Sta3", "Sta5", "Sta8", "Sta9", "Sta10", "Sta11", "Sta12"] as const) {
  Deno.test(`ProtocolMachine in ${state} aborts at P-DATA-TF`, async () => {
    const { machine, peer } = await machineIn(state);
    const sending = peer.send(pData(commandPdv(1, echoRq(1))));
    const { error } = endedIndication(await machine.receive());
    await sending;
    assert.equal(error?.message, `Cannot take the P-DATA-TF: it is not expected in ${state}`);
    if (state === "Sta2") await peer.expectAbort("service-user");
    else await peer.expectAbort("service-provider", "unexpected-pdu");
    await machine.finished;
  });
}

for (const state of ["Sta6", "Sta7"] as const) {
  Deno.test(`ProtocolMachine in ${state} indicates P-DATA`, async () => {
    const { machine, peer } = await machineIn(state);
    const pdv = dataPdv(1, Uint8Array.of(1, 2));
    const [indication] = await Promise.all([machine.receive(), peer.send(pData(pdv))]);
    assert.deepEqual(indication, { type: "P-DATA-TF", ...pdv });
    assert.equal(machine.state, state);
    machine.abort();
    await Promise.all([peer.expectAbort("service-user"), machine.finished]);
  });
}

for (const state of STATES) {
  Deno.test(`ProtocolMachine in ${state} can be aborted`, async () => {
    const { machine, peer } = await machineIn(state);
    const why = new Error("enough");
    machine.abort(why);
    const { by, error } = endedIndication(await machine.receive());
    assert.equal(by, "local");
    if (state !== "Sta13") assert.equal(error, why);
    // A peer that has not asked for anything yet is owed no A-ABORT, nor one that has already been told.
    if (state === "Sta2" || state === "Sta4" || state === "Sta13") await peer.vanish();
    else await peer.expectAbort("service-user");
    await machine.finished;
    assert.equal(machine.state, "Sta1");
    machine.abort(why); // No harm.
  });
}

Deno.test("ProtocolMachine in Sta13 drops whatever comes until the peer closes", async () => {
  const { machine, peer } = await machineIn("Sta13");
  const late: Pdu[] = [pData(dataPdv(1, new Uint8Array(100))), { type: "A-RELEASE-RQ" }, associateRq()];
  for (const pdu of late) await peer.send(pdu);
  await peer.send(new TextEncoder().encode("no PDU at all"));
  assert.equal(machine.state, "Sta13");
  await peer.expectClose();
  await machine.finished;
  assert.equal(machine.state, "Sta1");
});

/** Service primitives, and where PS3.8 Table 9-10 allows them. */
const PRIMITIVES: readonly [primitive: string, allowed: readonly State[], issue: (machine: ProtocolMachine) => void][] =
  [
    ["A-RELEASE request", ["Sta6"], (machine) => machine.request({ event: "A-RELEASE request" })],
    ["A-RELEASE response", ["Sta8", "Sta9", "Sta12"], (machine) => machine.request({ event: "A-RELEASE response" })],
    ["P-DATA request", ["Sta6", "Sta8"], (machine) => void machine.send(new Uint8Array(0))],
    [
      "A-ASSOCIATE response (reject)",
      ["Sta3"],
      (machine) =>
        machine.request({
          event: "A-ASSOCIATE response (reject)",
          pdu: {
            type: "A-ASSOCIATE-RJ",
            result: "rejected-permanent",
            source: "service-user",
            reason: "no-reason-given",
          },
        }),
    ],
  ];

for (const [primitive, allowed, issue] of PRIMITIVES) {
  Deno.test(`ProtocolMachine takes ${primitive} in ${allowed.join(", ")} and in no other state`, async () => {
    for (const state of STATES) {
      const { machine, peer } = await machineIn(state);
      if (allowed.includes(state)) issue(machine);
      else {
        assert.throws(() => issue(machine), (error) => {
          assert.ok(error instanceof AssociationStateError);
          assert.equal(error.state, state);
          assert.equal(error.message, `Cannot go on with ${primitive}: the association is in ${state}`);
          return true;
        });
        assert.equal(machine.state, state);
      }
      machine.abort();
      await peer.vanish();
      await machine.finished;
    }
  });
}

Deno.test("ProtocolMachine gives the last indication again and again once all is over", async () => {
  const { machine, peer } = await machineIn("Sta6");
  await Promise.all([machine.receive(), peer.vanish()]);
  const again = await machine.receive();
  assert.equal(again, await machine.receive());
  assert.equal(machine.take(), undefined);
  await machine.finished;
});

Deno.test("ProtocolMachine.take() gives what has arrived and leaves all but P-DATA to receive()", async () => {
  const { machine, peer } = await machineIn("Sta6");
  assert.equal(machine.take(), undefined);
  const [first, second] = [dataPdv(1, Uint8Array.of(1)), dataPdv(1, Uint8Array.of(2))];
  const sending = peer.send(pData(first, second), { type: "A-RELEASE-RQ" });
  assert.deepEqual(await machine.receive(), { type: "P-DATA-TF", ...first });
  await sending;
  assert.deepEqual(machine.take(), { type: "P-DATA-TF", ...second });
  assert.equal(machine.take(), undefined);
  assert.equal(machine.state, "Sta6");
  assert.equal(machine.take(), undefined);
  assert.deepEqual(await machine.receive(), { type: "A-RELEASE indication" });
  assert.equal(machine.state, "Sta8");
  await Promise.all([peer.vanish(), machine.receive()]);
  await machine.finished;
});

Deno.test("ProtocolMachine.take() leaves a broken PDU to receive()", async () => {
  const { machine, peer } = await machineIn("Sta6");
  const sending = peer.send(pData(dataPdv(1, Uint8Array.of(1))), Uint8Array.of(0xAB, 0, 0, 0, 0, 0));
  await machine.receive();
  await sending;
  assert.equal(machine.take(), undefined);
  assert.equal(machine.state, "Sta6");
  assert.ok(endedIndication(await machine.receive()).error instanceof PduError);
  await peer.expectAbort("service-provider", "unrecognized-pdu");
  await machine.finished;
});

Deno.test("ProtocolMachine says when a connection is closed in the middle of a PDU", async () => {
  const { machine, peer } = await machineIn("Sta6");
  const sending = peer.send(Uint8Array.of(0x04, 0, 0, 0, 0, 8, 0, 0, 0, 4, 1, 0, 1)).then(() => peer.close());
  assert.deepEqual((await machine.receive()).type, "P-DATA-TF");
  const { by, error } = endedIndication(await machine.receive());
  await sending;
  assert.equal(by, "peer");
  assert.equal(error?.message, "Cannot go on: the connection was closed in the middle of a PDU");
  await machine.finished;
});

Deno.test("ProtocolMachine counts the bytes of all PDUs", async () => {
  const { machine, peer } = await machineIn("Sta6");
  const { bytesReceived, bytesSent } = machine;
  const [, , received] = await Promise.all([
    peer.send(pData(dataPdv(1, new Uint8Array(10)))),
    machine.receive(),
    machine.send(new Uint8Array(30)).then(() => machine.bytesReceived),
    peer.receiveBytes(),
  ]);
  assert.equal(received, bytesReceived + 6 + 6 + 10);
  assert.equal(machine.bytesSent, bytesSent + 30);
  await Promise.all([peer.vanish(), machine.receive()]);
  await machine.finished;
});

Deno.test("ProtocolMachine reads no byte before somebody receives", async () => {
  const [connection, peer] = scriptedPeer();
  const machine = new ProtocolMachine(connection, "acceptor", 16384, DEFAULT_TIMEOUTS);
  let taken = false;
  const sending = peer.send(associateRq()).then(() => taken = true);
  await new Promise((resolve) => setTimeout(resolve, 0));
  assert.equal(taken, false);
  assert.equal((await machine.receive()).type, "A-ASSOCIATE-RQ");
  await sending;
  await Promise.all([peer.vanish(), machine.receive()]);
  await machine.finished;
});
