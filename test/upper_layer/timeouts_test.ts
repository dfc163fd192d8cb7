import assert from "node:assert/strict";
import { AssociationAbortedError, DeadlineError, type Phase } from "../../src/errors.ts";
import { acceptAssociation } from "../../src/upper_layer/acceptor.ts";
import { reject } from "../../src/upper_layer/admission.ts";
import { initiateAssociation } from "../../src/upper_layer/requestor.ts";
import { StallWatch, Timer, type TrafficSample } from "../../src/upper_layer/timeouts.ts";
import { accepted, CONTEXTS, requested, TAKE_ALL, Witness } from "../support/associations.ts";
import { FakeTime, settle } from "../support/fake_time.ts";
import { machineIn } from "../support/machine_states.ts";
import { associateRq, dataPdv, pData, scriptedPeer } from "../support/scripted_peer.ts";
import type { Association } from "../../src/upper_layer/association.ts";
import { hex } from "../dicom/encoding/elements.ts";
import { encodePdu } from "../../src/upper_layer/codec/pdu_encode.ts";

function assertDeadline(witness: Witness, phase: Phase, milliseconds: number): void {
  const { error } = witness.abort;
  const deadline = error instanceof AssociationAbortedError ? error.cause : error;
  assert.ok(deadline instanceof DeadlineError, String(error));
  assert.deepEqual([deadline.phase, deadline.milliseconds], [phase, milliseconds]);
  assert.equal(witness.abort.by, "local");
}

Deno.test("Timer runs once, when it is due, unless it is stopped or restarted", async () => {
  using time = new FakeTime();
  const timer = new Timer();
  let expired = 0;
  timer.start(100, () => expired++);
  await time.advance(99);
  assert.equal(expired, 0);
  timer.start(100, () => expired++);
  await time.advance(99);
  assert.equal(expired, 0);
  await time.advance(1);
  assert.equal(expired, 1);
  timer.start(100, () => expired++);
  timer.stop();
  timer.start(0, () => expired++);
  await time.advance(1000);
  assert.equal(expired, 1);
  assert.equal(time.pending, 0);
});

async function receiveAll(association: Association): Promise<void> {
  while (await association.receive() !== undefined);
}

/** A watch of 1,000 ms that looks at what the test says. */
function watching() {
  const sight: { -readonly [Key in keyof TrafficSample]: TrafficSample[Key] } = {
    bytesReceived: 0,
    bytesSent: 0,
    owed: "anything",
    sending: false,
  };
  const expired: string[] = [];
  const watch = new StallWatch(1000, () => ({ ...sight }), (came) => expired.push(came));
  watch.start();
  return { sight, expired, [Symbol.dispose]: () => watch.stop() };
}

Deno.test("StallWatch notices silence after its limit, and at most a quarter later", async () => {
  using time = new FakeTime();
  {
    using watch = watching();
    const { sight, expired } = watch;
    await time.advance(1000);
    assert.deepEqual(expired, []);
    await time.advance(250);
    assert.deepEqual(expired, ["nothing came"]);
    for (let ticks = 0; ticks < 20; ticks++) {
      sight[ticks % 2 === 0 ? "bytesReceived" : "bytesSent"]++;
      await time.advance(500);
    }
    assert.equal(expired.length, 1);
    sight.owed = "nothing";
    await time.advance(10_000);
    assert.equal(expired.length, 1);
    // The time in which nothing was owed does not count.
    sight.owed = "anything";
    await time.advance(750);
    assert.equal(expired.length, 1);
    await time.advance(250);
    assert.equal(expired.length, 2);
  }
  assert.equal(time.pending, 0);
});

Deno.test("StallWatch tells a peer that takes nothing from one that says nothing", async () => {
  using time = new FakeTime();
  for (const owed of ["nothing", "anything", "progress"] as const) {
    using watch = watching();
    Object.assign(watch.sight, { owed, sending: true });
    await time.advance(1250);
    assert.deepEqual(watch.expired, ["nothing was taken"]);
  }
});

const TRICKLES: Readonly<
  Record<string, [Partial<TrafficSample>, (sight: { bytesReceived: number; bytesSent: number }) => void]>
> = {
  "in a message": [{ owed: "progress" }, (sight) => sight.bytesReceived += 24],
  "in a message, whatever is sent meanwhile": [{ owed: "progress" }, (sight) => {
    sight.bytesReceived += 24;
    sight.bytesSent += 10_000;
  }],
  "in a write": [{ owed: "nothing", sending: true }, (sight) => sight.bytesSent += 24],
  "in a write, whatever comes meanwhile": [{ owed: "anything", sending: true }, (sight) => {
    sight.bytesReceived += 10_000;
  }],
};

for (const [name, [expected, pass]] of Object.entries(TRICKLES)) {
  Deno.test(`StallWatch takes less than 100 bytes a second for silence: ${name}`, async () => {
    using time = new FakeTime();
    using watch = watching();
    const { sight, expired } = watch;
    Object.assign(sight, expected);
    for (let tick = 0; tick < 5; tick++) {
      pass(sight);
      await time.advance(250);
    }
    assert.deepEqual(expired, []);
    pass(sight);
    await time.advance(250);
    assert.deepEqual(expired, [expected.sending ? "too little was taken" : "too little came"]);
  });
}

Deno.test("StallWatch lets 100 bytes a second pass for progress, and a pause for what it is", async () => {
  using time = new FakeTime();
  using watch = watching();
  const { sight, expired } = watch;
  Object.assign(sight, { owed: "progress", sending: true });
  for (let tick = 0; tick < 40; tick++) {
    sight.bytesReceived += 25;
    sight.bytesSent += 25;
    await time.advance(250);
  }
  for (let pause = 0; pause < 10; pause++) {
    sight.bytesReceived++; // A few bytes just before a tick, and then just less silence than is allowed.
    sight.bytesSent++;
    await time.advance(1000);
    sight.bytesReceived += 25;
    sight.bytesSent += 25;
    await time.advance(250);
  }
  assert.deepEqual(expired, []);
});

Deno.test("An acceptor waits 30 s for an A-ASSOCIATE-RQ (ARTIM), then closes without a word", async () => {
  using time = new FakeTime();
  const [connection, peer] = scriptedPeer();
  const witness = new Witness();
  const accepting = assert.rejects(
    acceptAssociation(connection, { ...TAKE_ALL, observers: [witness.observe] }),
    /too little came in the associate phase for 30000 ms/,
  );
  // One byte a second does not help.
  const request = encodePdu(associateRq());
  for (let second = 0; second < 29; second++) {
    await Promise.all([peer.send(request.subarray(second, second + 1)), time.advance(1000)]);
  }
  assert.deepEqual(witness.types, ["association-opened"]);
  await time.advance(1000);
  await accepting;
  assert.equal(await peer.receive(), undefined);
  assertDeadline(witness, "associate", 30_000);
  assert.equal(time.pending, 0);
});

Deno.test("A requestor waits 30 s for the answer, then aborts", async () => {
  using time = new FakeTime();
  const [connection, peer] = scriptedPeer();
  const witness = new Witness();
  const options = { calledAeTitle: "PEER", presentationContexts: CONTEXTS, observers: [witness.observe] };
  const requesting = assert.rejects(
    initiateAssociation(connection, options),
    (error) => error instanceof AssociationAbortedError && error.cause instanceof DeadlineError,
  );
  await peer.expectType("A-ASSOCIATE-RQ");
  await time.advance(29_999);
  assert.deepEqual(witness.types, ["association-opened"]);
  await time.advance(1);
  await requesting;
  await peer.expectAbort("service-user");
  await settle();
  assertDeadline(witness, "associate", 30_000);
  assert.equal(time.pending, 0);
});

Deno.test("The time for an association can be set, or be endless", async () => {
  using time = new FakeTime();
  for (const associate of [500, 0]) {
    const [connection, peer] = scriptedPeer();
    let ended = false;
    const accepting = acceptAssociation(connection, { ...TAKE_ALL, timeouts: { associate } })
      .then(() => {}, () => ended = true);
    await time.advance(1_000_000);
    assert.equal(ended, associate > 0);
    await Promise.all([peer.vanish().catch(() => {}), accepting]);
  }
});

Deno.test("A rejected peer has 10 s to close the connection", async () => {
  using time = new FakeTime();
  const [connection, peer] = scriptedPeer();
  const witness = new Witness();
  const accepting = assert.rejects(
    acceptAssociation(connection, { ...TAKE_ALL, admit: () => reject(), observers: [witness.observe] }),
  );
  await peer.send(associateRq());
  await peer.expectType("A-ASSOCIATE-RJ");
  assert.equal(await peer.receive(), undefined);
  await time.advance(9_999);
  assert.deepEqual(witness.types, ["association-opened"]);
  await time.advance(1);
  await accepting;
  assert.equal(witness.end.how, "rejected");
  await assert.rejects(peer.send(Uint8Array.of(0)));
  assert.equal(time.pending, 0);
});

Deno.test("An aborted peer has 10 s to close the connection, whatever else it says", async () => {
  using time = new FakeTime();
  const { association, peer, witness } = await accepted();
  association.abort();
  await peer.expect({ type: "A-ABORT", source: "service-user", reason: "reason-not-specified" });
  for (let second = 0; second < 9; second++) {
    await Promise.all([peer.send(new Uint8Array(100)), time.advance(1000)]);
  }
  assert.equal(association.state, "Sta13");
  await time.advance(1000);
  await association.closed;
  assert.equal(association.state, "Sta1");
  assert.equal(witness.abort.by, "local");
  assert.equal(time.pending, 0);
});

Deno.test("A peer that was granted its release has 10 s to close the connection", async () => {
  using time = new FakeTime();
  const { association, peer, witness } = await accepted();
  await Promise.all([association.receive(), peer.send({ type: "A-RELEASE-RQ" })]);
  association.acceptRelease();
  await peer.expect({ type: "A-RELEASE-RP" });
  await time.advance(9_999);
  assert.equal(association.state, "Sta13");
  await time.advance(1);
  assert.deepEqual(await association.closed, { how: "released", by: "peer" });
  assert.equal(witness.end.how, "released");
  assert.equal(time.pending, 0);
});

Deno.test("A peer has 10 s to answer an A-RELEASE-RQ", async () => {
  using time = new FakeTime();
  const { association, peer, witness } = await requested();
  const receiving = assert.rejects(association.receive());
  const releasing = assert.rejects(
    association.release(),
    (error) => error instanceof AssociationAbortedError && error.cause instanceof DeadlineError,
  );
  await peer.expect({ type: "A-RELEASE-RQ" });
  await time.advance(9_999);
  assert.equal(association.state, "Sta7");
  await time.advance(1);
  await peer.expectAbort("service-user");
  await Promise.all([releasing, receiving]);
  assertDeadline(witness, "release", 10_000);
  assert.equal(time.pending, 0);
});

Deno.test("An association on which the peer is silent for 60 s is aborted", async () => {
  using time = new FakeTime();
  const { association, peer, witness } = await accepted();
  const receiving = assert.rejects(association.receive(), /nothing came in the idle phase for 60000 ms/);
  await time.advance(60_000);
  assert.equal(association.state, "Sta6");
  await time.advance(15_000);
  await peer.expectAbort("service-user");
  await receiving;
  await association.closed;
  assertDeadline(witness, "idle", 60_000);
  assert.equal(time.pending, 0);
});

Deno.test("Any message resets the time of silence", async () => {
  using time = new FakeTime();
  const { association, peer } = await accepted();
  for (let message = 0; message < 10; message++) {
    const receiving = association.receive();
    await time.advance(55_000);
    assert.equal(association.state, "Sta6");
    await peer.send(pData(dataPdv(1, Uint8Array.of(message))));
    assert.deepEqual((await receiving)?.bytes, Uint8Array.of(message));
  }
  association.abort();
  await peer.expectAbort("service-user");
});

const FRAGMENT = encodePdu(pData(dataPdv(1, Uint8Array.of(7), false)));

/** What is begun, and what trickles then, again and again. */
const BEGUN: Readonly<Record<string, { pdu: Uint8Array; trickle: Uint8Array; insideMessage: boolean }>> = {
  "a PDU": { pdu: hex("04 00 00001000 00000ffc 01 00"), trickle: Uint8Array.of(7), insideMessage: false },
  "a message, in whole PDUs": { pdu: FRAGMENT, trickle: FRAGMENT, insideMessage: true },
};

for (const [name, { pdu, trickle, insideMessage }] of Object.entries(BEGUN)) {
  Deno.test(`An association on which one byte a second comes in the middle of ${name} is aborted`, async () => {
    using time = new FakeTime();
    const { association, peer, witness } = await accepted();
    association.insideMessage = () => insideMessage;
    const receiving = assert.rejects(receiveAll(association), /too little came in the idle phase for 60000 ms/);
    await peer.send(pdu);
    let seconds = 0;
    for (; association.state === "Sta6" && seconds < 100; seconds++) {
      await peer.send(trickle.subarray(seconds % trickle.length, seconds % trickle.length + 1));
      await time.advance(1000);
    }
    assert.ok(seconds >= 60 && seconds <= 90, `it took ${seconds} s`);
    await peer.expectAbort("service-user");
    await receiving;
    await association.closed;
    assertDeadline(witness, "idle", 60_000);
    assert.equal(time.pending, 0);
  });
}

Deno.test("Silence does not count while nobody receives", async () => {
  using time = new FakeTime();
  const { association, peer } = await accepted();
  await time.advance(1_000_000);
  assert.equal(association.state, "Sta6");
  association.abort();
  await peer.expectAbort("service-user");
});

Deno.test("Silence does not count while the peer owes nothing, unless it is inside a PDU", async () => {
  using time = new FakeTime();
  const { association, peer } = await accepted();
  association.peerOwes = () => false;
  const receiving = assert.rejects(association.receive(), /idle phase/);
  await time.advance(900_000);
  assert.equal(association.state, "Sta6");
  await peer.send(Uint8Array.of(4));
  await time.advance(75_000);
  await peer.expectAbort("service-user");
  await receiving;
  await association.closed;
});

Deno.test("A peer that takes nothing of what is sent to it is given up, however much it says", async () => {
  using time = new FakeTime();
  const { association, peer, witness } = await accepted();
  const sending = assert.rejects(association.send(new Uint8Array(100)), AssociationAbortedError);
  const receiving = assert.rejects(receiveAll(association));
  let seconds = 0;
  for (; association.state === "Sta6" && seconds < 100; seconds++) {
    await peer.send(pData(dataPdv(1, new Uint8Array(1000))));
    await time.advance(1000);
  }
  assert.ok(seconds >= 60 && seconds <= 90, `it took ${seconds} s`);
  await time.advance(10_000);
  await Promise.all([sending, receiving, association.closed]);
  assertDeadline(witness, "idle", 60_000);
  assert.equal(time.pending, 0);
});

Deno.test("A peer that takes nothing of what is sent to it for 60 s is given up", async () => {
  using time = new FakeTime();
  const { association, peer, witness } = await requested();
  association.peerOwes = () => false;
  const sending = assert.rejects(
    association.send(new Uint8Array(100)),
    (error) => error instanceof AssociationAbortedError && error.cause instanceof DeadlineError,
  );
  const receiving = assert.rejects(association.receive());
  await time.advance(60_000);
  assert.equal(association.state, "Sta6");
  await time.advance(15_000);
  // It can't be told: the connection is dropped when the time to close is over.
  await time.advance(10_000);
  await Promise.all([sending, receiving, association.closed]);
  assertDeadline(witness, "idle", 60_000);
  await assert.rejects(peer.send(Uint8Array.of(0)));
  assert.equal(time.pending, 0);
});

Deno.test("ARTIM starts anew when a state is entered, and no timer outlives the connection", async () => {
  using time = new FakeTime();
  const { machine, peer } = await machineIn("Sta13", { release: 300 });
  await time.advance(299);
  assert.equal(machine.state, "Sta13");
  assert.equal(time.pending, 1);
  await peer.close();
  await machine.finished;
  assert.equal(time.pending, 0);
});
