import assert from "node:assert/strict";
import { AssociationAbortedError, PduError } from "../../src/errors.ts";
import { AssociationRejectedError, type RejectReason } from "../../src/upper_layer/association_rejected_error.ts";
import { acceptAssociation, type AcceptorOptions } from "../../src/upper_layer/acceptor.ts";
import { accept, type Admission, type Admit, reject } from "../../src/upper_layer/admission.ts";
import { DEFAULT_TIMEOUTS } from "../../src/upper_layer/timeouts.ts";
import type { AAssociateRj, AAssociateRq } from "../../src/upper_layer/pdu.ts";
import { accepted, TAKE_ALL, Witness } from "../support/associations.ts";
import { FakeTime } from "../support/fake_time.ts";
import { associateRq, dataPdv, pData, scriptedPeer } from "../support/scripted_peer.ts";

/** What a peer gets that asks with `request` and then closes; the caller and the observers are told that, and `detail`. */
async function refused(options: Partial<AcceptorOptions>, request: AAssociateRq = associateRq(), detail?: string) {
  const [connection, peer] = scriptedPeer();
  const witness = new Witness();
  const accepting = assert.rejects(
    acceptAssociation(connection, { ...TAKE_ALL, observers: [witness.observe], ...options }),
    AssociationRejectedError,
  );
  await peer.send(request);
  const { type: _, ...rejection } = await peer.expectType("A-ASSOCIATE-RJ");
  await peer.expectClose();
  await accepting;
  assert.deepEqual(witness.types, ["association-opened", "association-ended"]);
  const told = { ...rejection, ...(detail !== undefined && { detail }) };
  assert.deepEqual(witness.end, { how: "rejected", by: "local", ...told });
  return rejection;
}

/** Result and source that belong to each reason (PS3.8 9.3.4). */
const REJECTIONS: Readonly<Record<RejectReason, Pick<AAssociateRj, "result" | "source">>> = {
  "no-reason-given": { result: "rejected-permanent", source: "service-user" },
  "application-context-name-not-supported": { result: "rejected-permanent", source: "service-user" },
  "calling-ae-title-not-recognized": { result: "rejected-permanent", source: "service-user" },
  "called-ae-title-not-recognized": { result: "rejected-permanent", source: "service-user" },
  "protocol-version-not-supported": { result: "rejected-permanent", source: "service-provider-acse" },
  "temporary-congestion": { result: "rejected-transient", source: "service-provider-presentation" },
  "local-limit-exceeded": { result: "rejected-transient", source: "service-provider-presentation" },
};

for (const [reason, { result, source }] of Object.entries(REJECTIONS)) {
  Deno.test(`acceptAssociation() rejects with ${reason}`, async () => {
    const rejection = await refused({ admit: () => reject(reason as RejectReason) });
    assert.deepEqual(rejection, { result, source, reason });
  });
}

Deno.test("acceptAssociation() rejects with the result that admission asks for", async () => {
  const { result } = await refused({ admit: () => reject("calling-ae-title-not-recognized", "rejected-transient") });
  assert.equal(result, "rejected-transient");
});

Deno.test("acceptAssociation() rejects when admission does not decide in time, whatever it says later", async () => {
  using time = new FakeTime();
  const asked = Promise.withResolvers<void>();
  const decision = Promise.withResolvers<Admission>();
  const admit = () => (asked.resolve(), decision.promise);
  const timeouts = { ...DEFAULT_TIMEOUTS, associate: 5_000 };
  const refusal = refused({ admit, timeouts }, associateRq(), "Cannot decide: admission took longer than 5000 ms");
  await asked.promise;
  await time.advance(5_000);
  assert.deepEqual(await refusal, transient);
  decision.resolve(accept());
});

const transient = { result: "rejected-transient", source: "service-user", reason: "no-reason-given" };

Deno.test("acceptAssociation() rejects when admission fails: nobody gets in by an error", async () => {
  const fail = () => {
    throw new Error("no users");
  };
  assert.deepEqual(await refused({ admit: fail }, associateRq(), "no users"), transient);
  const reject = () => Promise.reject(new Error("no users"));
  assert.deepEqual(await refused({ admit: reject }, associateRq(), "no users"), transient);
});

Deno.test("acceptAssociation() rejects another protocol version before admission", async () => {
  const rejection = await refused({ admit: unasked }, associateRq({ protocolVersion: 0b10 }));
  assert.deepEqual(rejection, {
    result: "rejected-permanent",
    source: "service-provider-acse",
    reason: "protocol-version-not-supported",
  });
});

Deno.test("acceptAssociation() rejects another application context before admission", async () => {
  const rejection = await refused({ admit: unasked }, associateRq({ applicationContextName: "1.2.3" }));
  assert.deepEqual(rejection, {
    result: "rejected-permanent",
    source: "service-user",
    reason: "application-context-name-not-supported",
  });
});

Deno.test("acceptAssociation() aborts when no PDV fits into what the peer announces", async () => {
  const [connection, peer] = scriptedPeer();
  const witness = new Witness();
  const accepting = assert.rejects(
    acceptAssociation(connection, { ...TAKE_ALL, observers: [witness.observe] }),
    AssociationAbortedError,
  );
  await peer.send(associateRq({ userInformation: { maximumPduLength: 7 } }));
  await peer.expectAbort("service-provider", "invalid-pdu-parameter-value");
  await accepting;
  assert.equal(witness.abort.reason, "invalid-pdu-parameter-value");
  assert.match(witness.abort.error?.message ?? "", /the peer receives 7 bytes a PDU, expected 0 or at least 8/);
});

/** What is no A-ASSOCIATE-RQ, what is answered, and what the operator reads. */
const STRANGERS: readonly [name: string, bytes: Uint8Array, problem: RegExp][] = [
  ["HTTP", new TextEncoder().encode("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), /the bytes look like an HTTP request/],
  ["TLS", Uint8Array.of(0x16, 3, 1, 2, 0, 1, 0, 1, 0xFC, 3), /the bytes look like a TLS handshake/],
  ["random bytes", Uint8Array.from({ length: 64 }, (_, index) => 0x80 + index), /type 0x80 is not defined in PS3.8/],
  ["an absurd length", Uint8Array.of(1, 0, 0xFF, 0xFF, 0xFF, 0xFF), /length field says 4294967295 bytes/],
  ["an A-ASSOCIATE-RQ that is too short", Uint8Array.of(1, 0, 0, 0, 0, 4, 0, 1, 0, 0), /length field says 4 bytes/],
];

for (const [name, bytes, problem] of STRANGERS) {
  Deno.test(`acceptAssociation() aborts at ${name}, without asking admission`, async () => {
    const [connection, peer] = scriptedPeer();
    const witness = new Witness();
    const accepting = assert.rejects(
      acceptAssociation(connection, { ...TAKE_ALL, admit: unasked, observers: [witness.observe] }),
      (error) => error instanceof AssociationAbortedError && error.by === "local" && problem.test(error.message),
    );
    await peer.send(bytes);
    // PS3.8 Table 9-10 answers in Sta2 as service-user, whose A-ABORT has no reason.
    await peer.expectAbort("service-user");
    await accepting;
    assert.equal(witness.abort.by, "local");
    assert.match(witness.abort.error?.message ?? "", problem);
    assert.ok(witness.abort.error instanceof PduError);
  });
}

Deno.test("acceptAssociation() aborts at P-DATA-TF before the association", async () => {
  const [connection, peer] = scriptedPeer();
  const witness = new Witness();
  const accepting = assert.rejects(
    acceptAssociation(connection, { ...TAKE_ALL, admit: unasked, observers: [witness.observe] }),
    /Cannot take the P-DATA-TF: it is not expected in Sta2/,
  );
  await peer.send(pData(dataPdv(1, new Uint8Array(10))));
  await peer.expectAbort("service-user");
  await accepting;
  assert.equal(witness.abort.reason, "unexpected-pdu");
});

Deno.test("acceptAssociation() tells of a peer that connects and goes", async () => {
  const [connection, peer] = scriptedPeer();
  const witness = new Witness();
  const accepting = assert.rejects(
    acceptAssociation(connection, { ...TAKE_ALL, admit: unasked, observers: [witness.observe] }),
    (error) => error instanceof AssociationAbortedError && error.source === "transport" && error.by === "peer",
  );
  await peer.vanish();
  await accepting;
  assert.deepEqual([witness.abort.by, witness.abort.source], ["peer", "transport"]);
  assert.equal(witness.events[0]?.association.callingAeTitle, "");
});

Deno.test("acceptAssociation() tells of a peer that goes while admission decides", async () => {
  const [connection, peer] = scriptedPeer();
  const witness = new Witness();
  const admit: Admit = async () => {
    await peer.vanish();
    return accept();
  };
  const [association] = await Promise.all([
    acceptAssociation(connection, { ...TAKE_ALL, admit, observers: [witness.observe] }),
    peer.send(associateRq()),
  ]);
  await assert.rejects(association.receive(), /the connection was closed without a release or an abort/);
  await association.closed;
  assert.deepEqual([witness.abort.by, witness.abort.source], ["peer", "transport"]);
});

Deno.test("acceptAssociation() can be aborted before it starts", async () => {
  const [connection, peer] = scriptedPeer();
  const witness = new Witness();
  const signal = AbortSignal.abort(new Error("closing time"));
  await assert.rejects(
    acceptAssociation(connection, { ...TAKE_ALL, admit: unasked, observers: [witness.observe], signal }),
    (error) => error instanceof AssociationAbortedError && error.by === "local" && /closing time/.test(error.message),
  );
  await assert.rejects(peer.send(associateRq()));
  assert.deepEqual([witness.abort.by, witness.abort.source], ["local", "service-user"]);
});

Deno.test("acceptAssociation() can be aborted while it waits for the request", async () => {
  const [connection, peer] = scriptedPeer();
  const stop = new AbortController();
  const accepting = assert.rejects(
    acceptAssociation(connection, { ...TAKE_ALL, admit: unasked, signal: stop.signal }),
    /closing time/,
  );
  stop.abort(new Error("closing time"));
  await accepting;
  await assert.rejects(peer.send(associateRq()));
});

Deno.test("acceptAssociation() can be aborted while admission decides", async () => {
  const [connection, peer] = scriptedPeer();
  const stop = new AbortController();
  const witness = new Witness();
  const admit: Admit = () => {
    stop.abort(new Error("closing time"));
    return accept();
  };
  const accepting = assert.rejects(
    acceptAssociation(connection, { ...TAKE_ALL, admit, signal: stop.signal, observers: [witness.observe] }),
    (error) => error instanceof AssociationAbortedError && error.by === "local" && /closing time/.test(error.message),
  );
  await peer.send(associateRq());
  await peer.expectAbort("service-user");
  await accepting;
  assert.equal(witness.abort.by, "local");
});

Deno.test("acceptAssociation() can be aborted once the association is there", async () => {
  const stop = new AbortController();
  const { association, peer, witness } = await accepted({ signal: stop.signal });
  stop.abort(new Error("closing time"));
  await peer.expectAbort("service-user");
  await association.closed;
  assert.match(witness.abort.error?.message ?? "", /closing time/);
});

Deno.test("acceptAssociation() leaves no listener on its signal", async () => {
  const { signal } = new AbortController();
  let listeners = 0;
  const counted: Pick<AbortSignal, "addEventListener" | "removeEventListener"> = {
    addEventListener: () => listeners++,
    removeEventListener: () => listeners--,
  };
  Object.assign(signal, counted);
  const { association, peer } = await accepted({ signal });
  assert.equal(listeners, 1);
  association.abort();
  await peer.expectAbort("service-user");
  await association.closed;
  assert.equal(listeners, 0);
});

Deno.test("acceptAssociation() fails when its answer can't be written, and aborts", async () => {
  const [connection, peer] = scriptedPeer();
  const witness = new Witness();
  const accepting = assert.rejects(
    acceptAssociation(connection, {
      ...TAKE_ALL,
      observers: [witness.observe],
      admit: () => ({
        type: "reject",
        result: "rejected-permanent",
        source: "service-user",
        reason: "temporary-congestion",
      }),
    }),
    RangeError,
  );
  await peer.send(associateRq());
  await peer.expectAbort("service-user");
  await accepting;
  assert.match(witness.abort.error?.message ?? "", /^Cannot encode A-ASSOCIATE-RJ/);
});

function unasked(): never {
  throw new Error("nobody should have asked");
}
