import assert from "node:assert/strict";
import { acceptAssociation } from "../../src/upper_layer/acceptor.ts";
import type { Association } from "../../src/upper_layer/association.ts";
import { reject } from "../../src/upper_layer/admission.ts";
import { initiateAssociation } from "../../src/upper_layer/requestor.ts";
import type { AssociationSettings } from "../../src/upper_layer/settings.ts";
import { accepted, CONTEXTS, requested, TAKE_ALL, Witness } from "../support/associations.ts";
import { FakeTime, settle } from "../support/fake_time.ts";
import { associateRq, type ScriptedPeer, scriptedPeer } from "../support/scripted_peer.ts";

const MIB = 1024 * 1024;

/** Sends pieces for as long as they are taken; answers how many bytes were. */
async function talkOn(peer: ScriptedPeer, piece: number): Promise<number> {
  let sent = 0;
  for (; sent < 20 * MIB; sent += piece) {
    let taken = false;
    peer.send(new Uint8Array(piece)).then(() => taken = true, () => {});
    await settle();
    if (!taken) break;
  }
  return sent;
}

/** What may have been said last, each on an association or connection of its own. */
const farewells: Readonly<
  Record<string, (settings?: AssociationSettings) => Promise<[ScriptedPeer, closed: Promise<unknown>]>>
> = {
  "an A-ABORT of ours": async (settings) => {
    const { association, peer } = await accepted(settings);
    association.abort();
    await peer.expectType("A-ABORT");
    return [peer, association.closed];
  },
  "an A-ABORT of ours as a requestor": async (settings) => {
    const { association, peer } = await requested(settings);
    association.abort(new Error("enough"));
    await peer.expectType("A-ABORT");
    return [peer, association.closed];
  },
  "an A-ASSOCIATE-RJ": async (settings) => {
    const [connection, peer] = scriptedPeer();
    const accepting = acceptAssociation(connection, { ...TAKE_ALL, ...settings, admit: () => reject() }).catch(
      () => {},
    );
    await peer.send(associateRq());
    await peer.expectType("A-ASSOCIATE-RJ");
    return [peer, accepting];
  },
  "an A-RELEASE-RP": async (settings) => {
    const { association, peer } = await accepted(settings);
    await Promise.all([association.receive(), peer.send({ type: "A-RELEASE-RQ" })]);
    association.acceptRelease();
    await peer.expectType("A-RELEASE-RP");
    return [peer, association.closed];
  },
};

for (const [name, part] of Object.entries(farewells)) {
  Deno.test(`After ${name} at most 1 MiB is read of a peer that goes on talking`, async () => {
    using time = new FakeTime();
    for (const piece of [10_000, 65_536, 256 * 1024]) {
      const [peer, closed] = await part();
      const taken = await talkOn(peer, piece);
      assert.ok(taken <= MIB && taken > MIB - 2 * piece, `${taken} bytes in pieces of ${piece}`);
      await closed; // No time has passed.
      assert.equal(time.pending, 0);
    }
  });
}

Deno.test("A peer that lets a deadline pass has 250 ms more to close", async () => {
  using time = new FakeTime();
  const { association, peer } = await requested({ timeouts: { release: 5_000 } });
  const receiving = association.receive().catch(() => {});
  const releasing = assert.rejects(association.release());
  await peer.expect({ type: "A-RELEASE-RQ" });
  let closed = false;
  association.closed.then(() => closed = true);
  await time.advance(5_000);
  await peer.expectType("A-ABORT");
  assert.equal(association.state, "Sta13");
  await time.advance(249);
  assert.equal(closed, false);
  await time.advance(1);
  assert.equal(closed, true);
  await Promise.all([releasing, receiving]);
  assert.equal(time.pending, 0);
});

const hurried: readonly [name: string, (association: Association, signal: AbortController) => void][] = [
  ["by a signal", (_, signal) => signal.abort()],
  ["by a signal's timeout", (_, signal) => signal.abort(new DOMException("out of time", "TimeoutError"))],
];

for (const [name, end] of hurried) {
  Deno.test(`A peer that is aborted ${name} has a second to close, or less where the configuration says so`, async () => {
    using time = new FakeTime();
    for (const [release, wait] of [[10_000, 1_000], [200, 200], [0, 1_000]] as const) {
      const signal = new AbortController();
      const { association } = await accepted({ signal: signal.signal, timeouts: { release } });
      end(association, signal);
      await time.advance(wait - 1);
      assert.equal(association.state, "Sta13");
      await time.advance(1);
      await association.closed;
      assert.equal(time.pending, 0);
    }
  });
}

for (const [name, part] of Object.entries(farewells)) {
  Deno.test(`After ${name} a peer has a second to close from when a signal says that this side ends`, async () => {
    using time = new FakeTime();
    const signal = new AbortController();
    const [_peer, over] = await part({ signal: signal.signal, timeouts: { release: 60_000 } });
    let closed = false;
    over.then(() => closed = true);
    await time.advance(5_000);
    signal.abort();
    await time.advance(999);
    assert.equal(closed, false);
    await time.advance(1);
    assert.equal(closed, true);
    assert.equal(time.pending, 0);
  });
}

Deno.test("A peer that answers a release, and takes nothing of what was sent before, can't keep the connection", async () => {
  using time = new FakeTime();
  const { association, peer } = await requested({ timeouts: { release: 5_000 } });
  const sending = assert.rejects(association.send(new Uint8Array(100_000)));
  const receiving = association.receive();
  const releasing = association.release();
  await peer.send({ type: "A-RELEASE-RP" });
  let closed = false;
  association.closed.then(() => closed = true);
  await time.advance(4_999);
  assert.equal(closed, false);
  await time.advance(1);
  assert.equal(closed, true);
  await Promise.all([sending, receiving, releasing]);
  assert.equal(time.pending, 0);
});

Deno.test("A peer that rejects a request, and takes nothing of it, can't keep the connection", async () => {
  using time = new FakeTime();
  const [connection, peer] = scriptedPeer();
  const witness = new Witness();
  const options = { presentationContexts: CONTEXTS, calledAeTitle: "PEER", timeouts: { release: 5_000 } };
  const refused = assert.rejects(initiateAssociation(connection, { ...options, observers: [witness.observe] }));
  const { result, source, reason } = reject();
  await peer.send({ type: "A-ASSOCIATE-RJ", result, source, reason });
  await refused;
  await time.advance(5_000);
  assert.equal(witness.end.how, "rejected");
  assert.equal(time.pending, 0);
});
