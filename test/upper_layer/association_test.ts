import assert from "node:assert/strict";
import { AssociationAbortedError, AssociationStateError, PduError } from "../../src/errors.ts";
import type { Association } from "../../src/upper_layer/association.ts";
import { encodePdu } from "../../src/upper_layer/codec/pdu_encode.ts";
import type { PdvFragment } from "../../src/upper_layer/pdu.ts";
import { accepted, requested } from "../support/associations.ts";
import { settle } from "../support/fake_time.ts";
import {
  associateRq,
  commandPdv,
  CT_IMAGE_STORAGE,
  dataPdv,
  echoRq,
  EXPLICIT_LITTLE_ENDIAN,
  pData,
} from "../support/scripted_peer.ts";

const roles = { acceptor: accepted, requestor: requested } as const;

/** Receives to the end, and answers a release. */
async function serve(association: Association): Promise<PdvFragment[]> {
  const received: PdvFragment[] = [];
  for (;;) {
    const fragment = association.take() ?? await association.receive();
    if (fragment === undefined) break;
    received.push(fragment);
  }
  association.acceptRelease();
  return received;
}

for (const [role, establish] of Object.entries(roles)) {
  Deno.test(`Association as ${role} passes P-DATA both ways, and is released by the peer`, async () => {
    const { association, peer, witness } = await establish();
    const serving = serve(association);
    await peer.send(pData(commandPdv(1, echoRq(1)), dataPdv(3, Uint8Array.of(1, 2), false)));
    await peer.send(pData(dataPdv(3, Uint8Array.of(3))));
    const reply = pData(dataPdv(1, Uint8Array.of(9)));
    await Promise.all([association.send(encodePdu(reply)), peer.expect(reply)]);
    await peer.release();
    const received = await serving;
    assert.deepEqual(received.map(({ contextId, command, last }) => [contextId, command, last]), [
      [1, true, true],
      [3, false, false],
      [3, false, true],
    ]);
    const end = { how: "released", by: "peer" } as const;
    assert.deepEqual(await association.closed, end);
    assert.deepEqual(witness.types, ["association-opened", "association-established", "association-ended"]);
    assert.deepEqual(witness.end, end);
    assert.equal(association.state, "Sta1");
    assert.equal(association.signal.aborted, false);
  });

  Deno.test(`Association as ${role} is released by this side, and takes P-DATA until the peer agrees`, async () => {
    const { association, peer, witness } = await establish();
    const serving = serve(association);
    const releasing = association.release();
    await peer.expect({ type: "A-RELEASE-RQ" });
    await peer.send(pData(dataPdv(1, Uint8Array.of(1))));
    await peer.send({ type: "A-RELEASE-RP" });
    await releasing;
    await peer.expectClose();
    assert.equal((await serving).length, 1);
    assert.deepEqual(witness.end, { how: "released", by: "local" });
    assert.equal(association.signal.aborted, false);
  });

  Deno.test(`Association as ${role} comes out of a release collision`, async () => {
    const { association, peer, witness } = await establish();
    const serving = serve(association);
    const releasing = association.release();
    await peer.expect({ type: "A-RELEASE-RQ" });
    await peer.send({ type: "A-RELEASE-RQ" });
    if (role === "requestor") {
      // The requestor answers first (AR-9), then gets its own answer (AR-3).
      await peer.expect({ type: "A-RELEASE-RP" });
      await peer.send({ type: "A-RELEASE-RP" });
    } else {
      // The acceptor waits for its answer (AR-10) before it gives one (AR-4).
      await settle();
      assert.equal(association.state, "Sta10");
      await peer.send({ type: "A-RELEASE-RP" });
      await peer.expect({ type: "A-RELEASE-RP" });
    }
    await peer.expectClose();
    await releasing;
    assert.deepEqual(await serving, []);
    assert.deepEqual(witness.end, { how: "released", by: "local" });
  });

  Deno.test(`Association as ${role} can be aborted by this side`, async () => {
    const { association, peer, witness } = await establish();
    const receiving = assert.rejects(association.receive(), AssociationAbortedError);
    association.abort(new Error("disk on fire"));
    await peer.expectAbort("service-user");
    await receiving;
    const end = await association.closed;
    assert.equal(witness.end, end);
    assert.deepEqual([witness.abort.by, witness.abort.source, witness.abort.reason], [
      "local",
      "service-user",
      undefined,
    ]);
    assert.equal(witness.abort.error?.message, "disk on fire");
    const { reason } = association.signal;
    assert.ok(reason instanceof AssociationAbortedError);
    assert.equal(reason.message, "Cannot go on: this side aborted the association (disk on fire)");
    assert.equal(reason.by, "local");
    association.abort(); // No harm.
    assert.equal(witness.events.length, 3);
  });

  Deno.test(`Association as ${role} aborts as service provider for what the peer got wrong`, async () => {
    const { association, peer, witness } = await establish();
    association.abort(new PduError("Cannot take it: wrong", { reason: "unexpected-pdu-parameter" }));
    await peer.expectAbort("service-provider", "unexpected-pdu-parameter");
    await association.closed;
    assert.deepEqual([witness.abort.by, witness.abort.source, witness.abort.reason], [
      "local",
      "service-provider",
      "unexpected-pdu-parameter",
    ]);
  });

  Deno.test(`Association as ${role} tells of the peer's abort`, async () => {
    const { association, peer, witness } = await establish();
    const receiving = assert.rejects(association.receive(), {
      name: "AssociationAbortedError",
      message: "Cannot go on: the peer aborted the association (service-provider, invalid-pdu-parameter-value)",
      by: "peer",
      source: "service-provider",
      reason: "invalid-pdu-parameter-value",
    });
    await peer.send({ type: "A-ABORT", source: "service-provider", reason: "invalid-pdu-parameter-value" });
    await receiving;
    await association.closed;
    assert.deepEqual(witness.end, {
      how: "aborted",
      by: "peer",
      source: "service-provider",
      reason: "invalid-pdu-parameter-value",
    });
    assert.equal(association.signal.aborted, true);
  });

  Deno.test(`Association as ${role} ends when the peer vanishes`, async () => {
    const { association, peer, witness } = await establish();
    const receiving = assert.rejects(association.receive(), /the connection was closed without a release or an abort/);
    await peer.vanish();
    await receiving;
    await association.closed;
    assert.deepEqual([witness.abort.by, witness.abort.source], ["peer", "transport"]);
  });

  Deno.test(`Association as ${role} aborts at an A-ASSOCIATE-RQ`, async () => {
    const { association, peer, witness } = await establish();
    const receiving = assert.rejects(association.receive(), /Cannot take the A-ASSOCIATE-RQ: it is not expected/);
    await peer.send(associateRq());
    await peer.expectAbort("service-provider", "unexpected-pdu");
    await receiving;
    await association.closed;
    assert.equal(witness.abort.reason, "unexpected-pdu");
    assert.equal(witness.abort.by, "local");
  });

  Deno.test(`Association as ${role} aborts at a PDU that is longer than what it announced`, async () => {
    const { association, peer } = await establish({ maxPduLength: 64 });
    const receiving = assert.rejects(association.receive(), /its length field says 66 bytes; expected at most 64/);
    await peer.send(pData(dataPdv(3, new Uint8Array(60))));
    await peer.expectAbort("service-provider", "invalid-pdu-parameter-value");
    await receiving;
  });

  Deno.test(`Association as ${role} takes a PDU of just the length that it announced`, async () => {
    const { association, peer } = await establish({ maxPduLength: 64 });
    const [fragment] = await Promise.all([
      association.receive(),
      peer.send(pData(dataPdv(3, new Uint8Array(58)))),
    ]);
    assert.equal(fragment?.bytes.length, 58);
    association.abort();
    await peer.expectAbort("service-user");
  });

  Deno.test(`Association as ${role} takes any length of PDU when it announced 0`, async () => {
    const { association, peer } = await establish({ maxPduLength: 0 });
    const [fragment] = await Promise.all([
      association.receive(),
      peer.send(pData(dataPdv(3, new Uint8Array(1_000_000)))),
    ]);
    assert.equal(fragment?.bytes.length, 1_000_000);
    association.abort();
    await peer.expectAbort("service-user");
  });

  Deno.test(`Association as ${role} is released when it is disposed of`, async () => {
    const { association, peer, witness } = await establish();
    const serving = serve(association);
    const disposing = association[Symbol.asyncDispose]();
    await peer.expect({ type: "A-RELEASE-RQ" });
    await peer.send({ type: "A-RELEASE-RP" });
    await Promise.all([disposing, serving, peer.expectClose()]);
    assert.equal(witness.end.how, "released");
    await association[Symbol.asyncDispose](); // Once more does no harm.
  });

  Deno.test(`Association as ${role} is disposed of when the peer aborts instead of releasing`, async () => {
    const { association, peer, witness } = await establish();
    const serving = assert.rejects(serve(association));
    const disposing = association[Symbol.asyncDispose]();
    await peer.expect({ type: "A-RELEASE-RQ" });
    await peer.send({ type: "A-ABORT", source: "service-user", reason: "reason-not-specified" });
    await Promise.all([disposing, serving]);
    assert.equal(witness.abort.by, "peer");
  });

  Deno.test(`Association as ${role} fails to release when the peer vanishes`, async () => {
    const { association, peer } = await establish();
    const serving = assert.rejects(serve(association));
    const releasing = assert.rejects(association.release(), AssociationAbortedError);
    await peer.expect({ type: "A-RELEASE-RQ" });
    await peer.vanish();
    await Promise.all([releasing, serving]);
  });
}

Deno.test("Association.release() is refused when a release is going on already", async () => {
  const { association, peer } = await requested();
  const serving = serve(association);
  const releasing = association.release();
  await assert.rejects(association.release(), AssociationStateError);
  await peer.expect({ type: "A-RELEASE-RQ" });
  await peer.send({ type: "A-RELEASE-RP" });
  await Promise.all([releasing, serving]);
  await assert.rejects(association.release(), AssociationStateError);
});

Deno.test("Association can be aborted while it waits for the peer to agree to a release", async () => {
  const stop = new AbortController();
  const { association, peer, witness } = await requested({ signal: stop.signal });
  const serving = assert.rejects(serve(association), /closing time/);
  const releasing = assert.rejects(association.release(), /closing time/);
  await peer.expect({ type: "A-RELEASE-RQ" });
  stop.abort(new Error("closing time"));
  await peer.expectAbort("service-user");
  await Promise.all([releasing, serving]);
  assert.equal(witness.abort.by, "local");
});

Deno.test("Association.acceptRelease() does nothing when nobody asked", async () => {
  const { association, peer } = await accepted();
  association.acceptRelease();
  assert.equal(association.state, "Sta6");
  association.abort();
  await peer.expectAbort("service-user");
});

Deno.test("Association sends what is still to be said after the peer asked for a release", async () => {
  const { association, peer } = await accepted();
  await Promise.all([association.receive(), peer.send({ type: "A-RELEASE-RQ" })]);
  assert.equal(association.state, "Sta8");
  const reply = pData(dataPdv(1, Uint8Array.of(9)));
  await Promise.all([association.send(encodePdu(reply)), peer.expect(reply)]);
  association.acceptRelease();
  await peer.expect({ type: "A-RELEASE-RP" });
  await peer.expectClose();
});

Deno.test("Association.send() is refused once this side has asked for a release", async () => {
  const { association, peer } = await requested();
  const serving = serve(association);
  const releasing = association.release();
  await assert.rejects(association.send(new Uint8Array(0)), AssociationStateError);
  await peer.expect({ type: "A-RELEASE-RQ" });
  await peer.send({ type: "A-RELEASE-RP" });
  await Promise.all([releasing, serving]);
});

Deno.test("Association.send() fails with the reason of the abort, even in the middle of a write", async () => {
  const { association, peer } = await requested();
  const receiving = assert.rejects(association.receive());
  const sending = assert.rejects(association.send(new Uint8Array(100)), (error) => error === association.signal.reason);
  await peer.send({ type: "A-ABORT", source: "service-user", reason: "reason-not-specified" });
  await Promise.all([sending, receiving]);
  assert.ok(association.signal.reason instanceof AssociationAbortedError);
  await assert.rejects(association.send(new Uint8Array(1)), (error) => error === association.signal.reason);
});

Deno.test("Association.send() fails when the connection takes no more bytes", async () => {
  const { association, peer } = await requested();
  await peer.stopReading();
  await assert.rejects(association.send(new Uint8Array(100)), {
    name: "AssociationAbortedError",
    message: "Cannot send: the connection accepts no more data",
    by: "peer",
    source: "transport",
  });
  association.abort();
  await Promise.all([peer.close(), association.closed]);
});

Deno.test("Association.abort() overtakes what the peer does not read", async () => {
  const { association, peer } = await requested({ timeouts: { release: 1 } });
  const sending = assert.rejects(association.send(new Uint8Array(100)), AssociationAbortedError);
  association.abort(new Error("enough"));
  // Nobody reads on the other side, so the A-ABORT can't get there: the time to close runs out.
  await Promise.all([sending, association.closed]);
  await assert.rejects(peer.send(Uint8Array.of(0)));
});

Deno.test("Association.context() finds accepted contexts only", async () => {
  const { association, peer } = await accepted();
  assert.deepEqual(association.context(3).abstractSyntax, CT_IMAGE_STORAGE);
  assert.deepEqual(association.context(3).transferSyntax, EXPLICIT_LITTLE_ENDIAN);
  for (const id of [0, 2, 7, 255]) {
    assert.throws(() => association.context(id), {
      name: "PduError",
      reason: "invalid-pdu-parameter-value",
      message: `Cannot take a PDV: presentation context ${id} was not accepted`,
    });
  }
  association.abort();
  await peer.expectAbort("service-user");
});

Deno.test("Association tells how it stands, live", async () => {
  const { association, peer } = await accepted({}, associateRq({ callingAeTitle: "CT1" }));
  const { info } = association;
  assert.match(info.id, /^[0-9a-z]+$/);
  assert.deepEqual([info.role, info.transport, info.callingAeTitle, info.state], ["acceptor", "memory", "CT1", "Sta6"]);
  assert.ok((info.establishedAt ?? 0) >= info.openedAt);
  const { bytesReceived } = info;
  await Promise.all([association.receive(), peer.send(pData(dataPdv(1, new Uint8Array(88))))]);
  assert.equal(info.bytesReceived, bytesReceived + 100);
  association.abort();
  assert.equal(info.state, "Sta13");
  await peer.expectAbort("service-user");
  await association.closed;
  assert.equal(info.state, "Sta1");
});

Deno.test("Association and its other observers go on when an observer throws", async () => {
  const seen: string[] = [];
  const fail = () => {
    throw new Error("observer");
  };
  const failLater = () => Promise.reject(new Error("observer, later"));
  const { association, peer } = await accepted({ observers: [fail, failLater, ({ type }) => seen.push(type)] });
  association.abort();
  await peer.expectAbort("service-user");
  await association.closed;
  assert.deepEqual(seen, ["association-opened", "association-established", "association-ended"]);
});
