import assert from "node:assert/strict";
import type { PerformResponse, Service } from "../../src/dimse/service.ts";
import * as Status from "../../src/dimse/status.ts";
import { LimitError } from "../../src/errors.ts";
import { createScp, type ScpOptions, type Shortage } from "../../src/services/scp.ts";
import { verification } from "../../src/services/verification.ts";
import { accept, reject } from "../../src/upper_layer/admission.ts";
import type { Connection } from "../../src/upper_layer/connection.ts";
import type { AssociationEnd } from "../../src/upper_layer/events.ts";
import type { AAssociateRj } from "../../src/upper_layer/pdu.ts";
import { Witness } from "../support/associations.ts";
import { FakeTime, settle } from "../support/fake_time.ts";
import {
  echoMessage,
  expectMessage,
  gate,
  readAll,
  storeMessage,
  storeRsp,
  storeService,
} from "../support/providers.ts";
import { associateRq, echoRsp, type ScriptedPeer, scriptedPeer } from "../support/scripted_peer.ts";

/** An SCP, what it tells, and how to meet it. */
function scpOf(options: Partial<ScpOptions> = {}) {
  const witness = new Witness();
  const scp = createScp({ services: [verification()], observers: [witness.observe], ...options });
  const connect = () => {
    const [connection, peer] = scriptedPeer();
    return { peer, served: scp.accept(connection) };
  };
  const associate = async () => {
    const met = connect();
    await met.peer.send(associateRq());
    await met.peer.expectType("A-ASSOCIATE-AC");
    return met;
  };
  const refused = async () => {
    const { peer, served } = connect();
    await peer.send(associateRq());
    const { type: _, ...rejection } = await peer.expectType("A-ASSOCIATE-RJ");
    await peer.expectClose();
    await served;
    return rejection;
  };
  return { scp, witness, connect, associate, refused };
}

const congestion: Omit<AAssociateRj, "type"> = {
  result: "rejected-transient",
  source: "service-provider-presentation",
  reason: "temporary-congestion",
};
const full = { ...congestion, reason: "local-limit-exceeded" };

Deno.test("createScp() serves a connection to its end", async () => {
  const { scp, witness, associate } = scpOf();
  const { peer, served } = await associate();
  await peer.send(echoMessage(1));
  await expectMessage(peer, echoRsp(1));
  assert.deepEqual(scp.associations.map(({ callingAeTitle, state }) => [callingAeTitle, state]), [["PEER", "Sta6"]]);
  await peer.release();
  await served;
  assert.deepEqual(scp.associations, []);
  assert.deepEqual(witness.types, [
    "association-opened",
    "association-established",
    "operation-started",
    "operation-ended",
    "association-ended",
  ]);
});

Deno.test("createScp() takes the presentation contexts of its services, each in its own way", async () => {
  const { witness, connect } = scpOf({
    services: [verification(), { ...storeService(() => assert.fail()), transferSyntaxes: () => (list) => list.at(-1) }],
  });
  const { peer, served } = connect();
  await peer.send(associateRq());
  const { presentationContexts } = await peer.expectType("A-ASSOCIATE-AC");
  assert.deepEqual(presentationContexts.map(({ id, result, transferSyntax }) => [id, result, transferSyntax]), [
    [1, "acceptance", "1.2.840.10008.1.2"],
    [3, "acceptance", "1.2.840.10008.1.2"],
    [5, "acceptance", "1.2.840.10008.1.2"],
  ]);
  await peer.release();
  await served;
  assert.equal(witness.end.how, "released");
});

Deno.test("createScp() serves several at once, none of which disturbs another", async () => {
  const { scp, associate, connect } = scpOf();
  const [first, second] = [await associate(), await associate()];
  const stranger = connect();
  await stranger.peer.send(new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n"));
  await stranger.peer.expectAbort("service-user");
  await stranger.served;
  await first.peer.vanish();
  await first.served;
  await second.peer.send(echoMessage(1));
  await expectMessage(second.peer, echoRsp(1));
  assert.equal(scp.associations.length, 1);
  await second.peer.release();
  await second.served;
});

Deno.test("createScp() asks admission, and tells who is there", async () => {
  const { refused } = scpOf({ admit: () => Promise.resolve(reject("called-ae-title-not-recognized")) });
  assert.deepEqual(await refused(), {
    result: "rejected-permanent",
    source: "service-user",
    reason: "called-ae-title-not-recognized",
  });
});

Deno.test("createScp() rejects as called-ae-title-not-recognized what calls another AE title than its own", async () => {
  const { refused } = scpOf({ aeTitle: "SOMEBODY" });
  assert.deepEqual(await refused(), {
    result: "rejected-permanent",
    source: "service-user",
    reason: "called-ae-title-not-recognized",
  });
});

Deno.test("createScp() rejects as local-limit-exceeded what is too many, until there is room again", async () => {
  const { associate, refused } = scpOf({ maxAssociations: 2 });
  const [first, second] = [await associate(), await associate()];
  assert.deepEqual(await refused(), full);
  await first.peer.release();
  await first.served;
  const third = await associate();
  assert.deepEqual(await refused(), full);
  await Promise.all([second, third].map(({ peer, served }) => Promise.all([peer.vanish(), served])));
});

/** A connection from an address, and its peer. */
function from(hostname: string): [Connection, ScriptedPeer] {
  const [connection, peer] = scriptedPeer();
  return [{ ...connection, remote: { hostname, port: 50_000 } }, peer];
}

function lastEnd({ events }: Witness): AssociationEnd {
  const last = events.findLast(({ type }) => type === "association-ended");
  assert.ok(last?.type === "association-ended");
  return last.end;
}

Deno.test("createScp() limits associations with one calling AE title, and from one address", async () => {
  const { scp, witness } = scpOf({ maxAssociationsPerAeTitle: 2, maxAssociationsPerAddress: 3 });
  const ask = async (hostname: string, callingAeTitle: string) => {
    const [connection, peer] = from(hostname);
    const served = scp.accept(connection);
    await peer.send(associateRq({ callingAeTitle }));
    return { peer, served };
  };
  const accepted = async (hostname: string, callingAeTitle: string) => {
    const asked = await ask(hostname, callingAeTitle);
    await asked.peer.expectType("A-ASSOCIATE-AC");
    return asked;
  };
  const rejected = async (hostname: string, callingAeTitle: string) => {
    const { peer, served } = await ask(hostname, callingAeTitle);
    const { type: _, ...rejection } = await peer.expectType("A-ASSOCIATE-RJ");
    assert.deepEqual(rejection, full);
    await peer.expectClose();
    await served;
    const end = lastEnd(witness);
    return end.how === "rejected" ? end.detail : end.how;
  };
  const open = [await accepted("10.0.0.1", "CT1"), await accepted("10.0.0.2", "CT1")];
  assert.equal(await rejected("10.0.0.3", "CT1"), "maxAssociationsPerAeTitle is 2");
  open.push(await accepted("10.0.0.1", "CT2"), await accepted("10.0.0.1", "CT3"));
  assert.equal(await rejected("10.0.0.1", "CT4"), "maxAssociationsPerAddress is 3");
  await open[0]?.peer.vanish();
  await open.shift()?.served;
  open.push(await accepted("10.0.0.1", "CT1"));
  await Promise.all(open.map(({ peer, served }) => Promise.all([peer.vanish(), served])));
});

Deno.test("createScp() takes the first 64 bits of an IPv6 address for the host", async () => {
  const { scp } = scpOf({ maxAssociationsPerAddress: 1 });
  const ask = async (hostname: string) => {
    const [connection, peer] = from(hostname);
    const served = scp.accept(connection);
    await peer.send(associateRq());
    const answer = await peer.receive();
    return { type: answer?.type, end: () => Promise.all([peer.vanish(), served]) };
  };
  const hosts = [
    ["2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:0DB8:1:2:0:0:0:3"],
    ["2001:db8:1::1", "2001:db8:1:0:5::"],
    ["::1", "::2"],
    ["fe80::1%eth0", "fe80::2%eth1"],
    ["::ffff:10.0.0.1"],
    ["::ffff:10.0.0.2", "::ffff:a00:2", "10.0.0.2"],
    ["ct1.example"],
  ];
  const open: (() => Promise<unknown>)[] = [];
  for (const [first = "", ...others] of hosts) {
    const taken = await ask(first);
    assert.equal(taken.type, "A-ASSOCIATE-AC", first);
    open.push(taken.end);
    for (const other of others) {
      const refused = await ask(other);
      assert.equal(refused.type, "A-ASSOCIATE-RJ", other);
      open.push(refused.end);
    }
  }
  await Promise.all(open.map((end) => end()));
});

Deno.test("createScp() closes connections when too many have no association, in all or from one address", async () => {
  const { scp, witness } = scpOf({ maxUnassociated: 3, maxUnassociatedPerAddress: 2 });
  const enter = (hostname: string) => {
    const [connection, peer] = from(hostname);
    return { peer, served: scp.accept(connection) };
  };
  const closed = async (hostname: string) => {
    const { peer, served } = enter(hostname);
    assert.equal(await peer.receive(), undefined);
    await served;
    const end = lastEnd(witness);
    assert.ok(end.how === "aborted" && end.error instanceof LimitError);
    return end.error.limit;
  };
  const first = enter("10.0.0.1");
  const second = enter("10.0.0.1");
  assert.equal(await closed("10.0.0.1"), "maxUnassociatedPerAddress");
  const third = enter("10.0.0.2");
  assert.equal(await closed("10.0.0.3"), "maxUnassociated");
  await first.peer.send(associateRq());
  await first.peer.expectType("A-ASSOCIATE-AC");
  const fourth = enter("10.0.0.1");
  await Promise.all([first, second, third, fourth].map(({ peer, served }) => Promise.all([peer.vanish(), served])));
  const fifth = enter("10.0.0.1");
  await fifth.peer.send(associateRq());
  await fifth.peer.expectType("A-ASSOCIATE-AC");
  await fifth.peer.release();
  await fifth.served;
});

Deno.test("createScp() rejects as temporary-congestion while it is short of something", async () => {
  let shortage: Shortage | undefined = { limit: "reserve", detail: "the disk is nearly full" };
  const { refused, associate, witness } = scpOf({ shortage: () => shortage });
  assert.deepEqual(await refused(), congestion);
  assert.equal(witness.end.how === "rejected" && witness.end.detail, "the disk is nearly full");
  shortage = undefined;
  const { peer, served } = await associate();
  await peer.release();
  await served;
});

Deno.test("createScp() counts an association while admission decides, and no longer when it is rejected", async () => {
  const slow = gate();
  let asked = 0;
  const { connect, associate, refused } = scpOf({
    maxAssociations: 1,
    admit: async () => {
      if (asked++ > 0) return accept();
      await slow.passed;
      throw new Error("no database");
    },
  });
  const first = connect();
  await first.peer.send(associateRq());
  await settle();
  assert.deepEqual(await refused(), full);
  assert.equal(asked, 1);
  slow.open();
  // The rejected peer does not close, and takes up no room all the same.
  await first.peer.expectType("A-ASSOCIATE-RJ");
  const second = await associate();
  await second.peer.release();
  await first.peer.expectClose();
  await Promise.all([first.served, second.served]);
});

Deno.test("createScp() has served a rejected peer when its connection is closed, not before", async () => {
  using time = new FakeTime();
  const { connect } = scpOf({ admit: () => reject() });
  const { peer, served } = connect();
  let done = false;
  served.then(() => done = true);
  await peer.send(associateRq());
  await peer.expectType("A-ASSOCIATE-RJ");
  await time.advance(9_999);
  assert.equal(done, false);
  await time.advance(1);
  assert.equal(done, true);
  assert.equal(time.pending, 0);
});

/** Services and admission that are wrong in themselves. */
const broken: Readonly<Record<string, Partial<ScpOptions>>> = {
  "a service that can't choose a transfer syntax": {
    services: [{
      ...verification(),
      transferSyntaxes: () => {
        throw new Error("no");
      },
    }],
  },
  "an admission that mixes source and reason": {
    admit: () => ({
      type: "reject",
      result: "rejected-transient",
      source: "service-user",
      reason: "temporary-congestion",
    }),
  },
  "an identity response that is too long": {
    admit: () => accept({ userIdentityResponse: new Uint8Array(70_000) }),
  },
};

for (const [name, options] of Object.entries(broken)) {
  Deno.test(`createScp() aborts, and goes on, with ${name}`, async () => {
    const { connect, witness } = scpOf(options);
    const { peer, served } = connect();
    const userIdentity = {
      type: "username",
      positiveResponseRequested: true,
      primaryField: Uint8Array.of(0x61),
      secondaryField: new Uint8Array(0),
    } as const;
    await peer.send(associateRq({ userInformation: { userIdentity } }));
    await peer.expectAbort("service-user");
    await served;
    assert.equal(witness.abort.by, "local");
    assert.ok(witness.abort.error instanceof Error);
  });
}

Deno.test("createScp() aborts one association by its id", async () => {
  const { scp, associate } = scpOf();
  const [first, second] = [await associate(), await associate()];
  const id = scp.associations[0]?.id ?? "";
  assert.equal(scp.abort("nobody"), false);
  assert.equal(scp.abort(id), true);
  await first.peer.expectAbort("service-user");
  await first.served;
  assert.equal(scp.abort(id), false);
  await second.peer.send(echoMessage(1));
  await expectMessage(second.peer, echoRsp(1));
  await second.peer.release();
  await second.served;
});

/** A service that answers when it is let go. */
function slowStore(passed: Promise<void>): Service {
  return storeService(async (request): Promise<PerformResponse> => {
    await readAll(request);
    await passed;
    return { status: Status.Success };
  });
}

Deno.test("Scp.drain() lets associations finish, rejects new ones, and drops who has asked for nothing", async () => {
  const slow = gate();
  const { scp, associate, connect, refused } = scpOf({ services: [slowStore(slow.passed)] });
  const silent = connect();
  const working = await associate();
  await working.peer.send(storeMessage(1));
  let drained = false;
  const draining = scp.drain().then(() => drained = true);
  assert.equal(scp.draining, true);
  assert.equal(await silent.peer.receive(), undefined);
  await silent.served;
  assert.deepEqual(await refused(), congestion);
  slow.open();
  await expectMessage(working.peer, storeRsp(1, Status.Success));
  await settle();
  assert.equal(drained, false);
  await working.peer.release();
  await draining;
  await working.served;
});

Deno.test("Scp.drain() aborts what still runs when its signal says so", async () => {
  const { scp, associate, witness } = scpOf({ services: [slowStore(Promise.withResolvers<void>().promise)] });
  const { peer, served } = await associate();
  await peer.send(storeMessage(1));
  const enough = new AbortController();
  const draining = scp.drain(enough.signal);
  await settle();
  enough.abort(new Error("out of time"));
  await peer.expectAbort("service-user");
  await Promise.all([draining, served]);
  assert.match(witness.abort.error?.message ?? "", /out of time/);
});

Deno.test("Scp.drain() says to the operator why it rejects", async () => {
  const { scp, associate, refused, witness } = scpOf();
  const { peer, served } = await associate();
  const draining = scp.drain();
  assert.deepEqual(await refused(), congestion);
  const end = witness.end;
  assert.ok(end.how === "rejected");
  assert.equal(end.detail, "it is ending and takes no new associations");
  await peer.release();
  await Promise.all([draining, served]);
});

Deno.test("Scp.drain() drops who comes when even running associations have been aborted", async () => {
  const { scp, associate, connect } = scpOf();
  const { peer, served } = await associate();
  const enough = new AbortController();
  const draining = scp.drain(enough.signal);
  await settle();
  enough.abort(new Error("out of time"));
  const late = connect();
  assert.equal(await late.peer.receive(), undefined);
  await late.served;
  await peer.expectAbort("service-user");
  await Promise.all([draining, served]);
});

Deno.test("Scp.drain() waits for nobody who came meanwhile and asks for nothing", async () => {
  using time = new FakeTime();
  const { scp, associate, connect } = scpOf();
  const { peer, served } = await associate();
  const draining = scp.drain();
  await settle();
  const late = connect();
  await peer.release();
  await served;
  await draining; // No time has passed.
  assert.equal(await late.peer.receive(), undefined);
  await late.served;
  assert.equal(time.pending, 0);
});

Deno.test("Scp.drain() is done at once when nobody is there", async () => {
  const { scp } = scpOf();
  await scp.drain();
  await scp.drain(AbortSignal.abort());
});

Deno.test("An SCP that is disposed of aborts everything and waits until all is closed", async () => {
  const { scp, associate, witness } = scpOf();
  const { peer, served } = await associate();
  const closing = scp[Symbol.asyncDispose]();
  await peer.expectAbort("service-user");
  await Promise.all([closing, served]);
  assert.equal(witness.abort.by, "local");
  assert.deepEqual(scp.associations, []);
});
