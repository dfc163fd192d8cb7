import assert from "node:assert/strict";
import { connectionPair } from "../../src/transport/memory.ts";
import { type AccessOptions, type AccessRule, admitByRules } from "../../src/access/access_rules.ts";
import type { Admission } from "../../src/upper_layer/admission.ts";
import type { TlsInfo } from "../../src/upper_layer/connection.ts";
import { type Identify, usernameIdentity } from "../../src/access/user_identity.ts";
import { associateRq } from "../support/scripted_peer.ts";

/** Who asks. Calling AE title, called AE title, address, what TLS says, user. */
interface Caller {
  readonly calling?: string;
  readonly called?: string;
  readonly address?: string;
  readonly tls?: TlsInfo;
  readonly user?: string;
}

async function ask(rules: readonly AccessRule[], caller: Caller, options: AccessOptions = {}): Promise<Admission> {
  const { calling = "CT1", called = "GANTRY", address, tls, user } = caller;
  const [connection] = connectionPair();
  const request = associateRq({
    callingAeTitle: calling,
    calledAeTitle: called,
    userInformation: user === undefined ? {} : { userIdentity: usernameIdentity(user, "passcode") },
  });
  return await admitByRules(rules, options)(request, {
    ...connection,
    ...(address !== undefined && { remote: { hostname: address, port: 50_000 } }),
    ...(tls !== undefined && { tls }),
  });
}

/** `accept`, or the reason of the rejection. */
async function outcome(rules: readonly AccessRule[], caller: Caller, options?: AccessOptions): Promise<string> {
  const admission = await ask(rules, caller, options);
  if (admission.type === "accept") return "accept";
  assert.deepEqual([admission.result, admission.source], ["rejected-permanent", "service-user"]);
  return admission.reason;
}

const CALLING = "calling-ae-title-not-recognized";
const CALLED = "called-ae-title-not-recognized";

const fingerprint = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
const certificate: TlsInfo = {
  peerFingerprint: fingerprint,
  peerSubject: "CT1",
  peerNames: ["ct1.example", "10.0.0.7", "fd00:0:0:0:0:0:0:7"],
};

/** What the rules are, who asks, and what is answered. */
const CASES: Readonly<Record<string, [AccessRule[], Caller, string]>> = {
  "takes anybody without rules": [[], {}, "accept"],
  "takes a calling AE title": [[{ aeTitle: "CT1" }], {}, "accept"],
  "refuses another calling AE title": [[{ aeTitle: "CT2" }], {}, CALLING],
  "tells upper from lower case": [[{ aeTitle: "ct1" }], {}, CALLING],
  "names no title that holds what none can": [[{ aeTitle: "CT?" }], { calling: "CT\ufffd" }, CALLING],
  "refuses another called AE title": [[{ aeTitle: "CT1", calledAeTitle: "MAIN" }], {}, CALLED],
  "takes whom the second rule fits": [[{ aeTitle: "CT2" }, { calledAeTitle: "GANTRY" }], {}, "accept"],
  "blames the caller when both are wrong": [[{ aeTitle: "CT2", calledAeTitle: "MAIN" }], {}, CALLING],
  "takes an address": [[{ address: "192.0.2.7" }], { address: "192.0.2.7" }, "accept"],
  "takes an address of a network": [[{ address: "10.0.0.0/8" }], { address: "10.255.0.1" }, "accept"],
  "refuses an address outside it": [[{ address: "10.0.0.0/8" }], { address: "11.0.0.1" }, CALLING],
  "takes IPv4 within IPv6": [[{ address: "10.0.0.0/8" }], { address: "::ffff:10.0.0.1" }, "accept"],
  "takes an IPv6 network": [[{ address: "fd00::/8" }], { address: "fd12::1" }, "accept"],
  "refuses IPv4 where IPv6 is allowed": [[{ address: "::/0" }], { address: "10.0.0.1" }, CALLING],
  "refuses a connection without an address": [[{ address: "0.0.0.0/0" }], {}, CALLING],
  "takes a certificate by subject": [[{ certificate: { subject: "CT1" } }], { tls: certificate }, "accept"],
  "refuses another subject": [[{ certificate: { subject: "CT2" } }], { tls: certificate }, CALLING],
  "takes a certificate by name": [[{ certificate: { name: "CT1.example" } }], { tls: certificate }, "accept"],
  "takes a certificate by address": [[{ certificate: { name: "10.0.0.7" } }], { tls: certificate }, "accept"],
  "takes a certificate by an IPv6 address, however it is written": [
    [{ certificate: { name: "FD00::7" } }],
    { tls: certificate },
    "accept",
  ],
  "refuses a part of a name": [[{ certificate: { name: "example" } }], { tls: certificate }, CALLING],
  "takes a fingerprint": [[{ certificate: { fingerprint } }], { tls: certificate }, "accept"],
  "takes a fingerprint with colons in upper case": [
    [{ certificate: { fingerprint: fingerprint.toUpperCase().replace(/..(?!$)/g, "$&:") } }],
    { tls: certificate },
    "accept",
  ],
  "refuses another fingerprint": [
    [{ certificate: { fingerprint: fingerprint.replace("0", "1") } }],
    { tls: certificate },
    CALLING,
  ],
  "refuses TLS without a certificate": [[{ certificate: { subject: "CT1" } }], { tls: {} }, CALLING],
  "refuses a connection without TLS": [[{ certificate: { subject: "CT1" } }], {}, CALLING],
  "refuses a certificate with an AE title that it isn't bound to": [
    [{ aeTitle: "CT1", certificate: { subject: "CT1" } }],
    { calling: "CT2", tls: certificate },
    CALLING,
  ],
  "wants all of a certificate's rule": [
    [{ certificate: { subject: "CT1", name: "ct2.example" } }],
    { tls: certificate },
    CALLING,
  ],
};

for (const [what, [rules, caller, expected]] of Object.entries(CASES)) {
  Deno.test(`admitByRules() ${what}`, async () => assert.equal(await outcome(rules, caller), expected));
}

Deno.test("admitByRules() wants the called AE title that every request must call", async () => {
  assert.equal(await outcome([], {}, { calledAeTitle: "GANTRY" }), "accept");
  assert.equal(await outcome([], { called: "gantry" }, { calledAeTitle: "GANTRY" }), CALLED);
});

Deno.test("admitByRules() refuses rules that make no sense", () => {
  for (const address of ["10.0.0.300", "10.0.0.0/33", "host", ""]) {
    assert.throws(() => admitByRules([{ address }]), TypeError, address);
  }
  for (const fingerprint of ["", "0011", "g".repeat(64), "0".repeat(40)]) {
    assert.throws(() => admitByRules([{ certificate: { fingerprint } }]), TypeError, fingerprint);
  }
});

/** Believes everybody but `mallory`. */
const identify: Identify = ({ primaryField }) => {
  const name = new TextDecoder().decode(primaryField);
  return name === "mallory" ? undefined : { name, response: Uint8Array.of(1, 2) };
};

Deno.test("admitByRules() wants a user where a rule says so", async () => {
  const any: AccessRule[] = [{ users: "any" }];
  assert.equal(await outcome(any, {}, { identify }), "no-reason-given");
  assert.equal(await outcome(any, { user: "mallory" }, { identify }), "no-reason-given");
  assert.equal(await outcome(any, { user: "alice" }, { identify }), "accept");
  assert.equal(await outcome(any, { user: "alice" }), "no-reason-given", "nobody checks users");

  const some: AccessRule[] = [{ aeTitle: "CT1", users: ["alice", "bob"] }, { aeTitle: "MR1" }];
  assert.equal(await outcome(some, { user: "bob" }, { identify }), "accept");
  assert.equal(await outcome(some, { user: "carol" }, { identify }), "no-reason-given");
  assert.equal(await outcome(some, { calling: "MR1" }, { identify }), "accept");
});

Deno.test("admitByRules() believes no wrong user identity, even where none is needed", async () => {
  assert.equal(await outcome([], { user: "mallory" }, { identify }), "no-reason-given");
  assert.equal(await outcome([], { user: "mallory" }), "accept", "nobody checks users");
});

Deno.test("admitByRules() tells the operator what was wrong with the user", async () => {
  const detail = async (caller: Caller) => {
    const admission = await ask([{ users: ["alice"] }], caller, { identify });
    return admission.type === "reject" ? admission.detail : undefined;
  };
  assert.equal(await detail({}), "it needs a user identity");
  assert.equal(await detail({ user: "bob" }), "the user is not allowed in");
  assert.match(await detail({ user: "mallory" }) ?? "", /^the user identity is wrong/);
});

Deno.test("admitByRules() gives the user and the server's response", async () => {
  assert.deepEqual(await ask([{ users: "any" }], { user: "alice" }, { identify }), {
    type: "accept",
    user: "alice",
    userIdentityResponse: Uint8Array.of(1, 2),
  });
  assert.deepEqual(await ask([], {}, { identify }), { type: "accept" });
});

Deno.test("admitByRules() identifies nobody whom the rest of the rules refuse", async () => {
  const identify = () => assert.fail("somebody was identified");
  const caller = { user: "alice" };
  assert.equal(await outcome([{ aeTitle: "CT2", users: "any" }], caller, { identify }), CALLING);
  assert.equal(await outcome([{ calledAeTitle: "MAIN", users: "any" }], caller, { identify }), CALLED);
  assert.equal(await outcome([], caller, { calledAeTitle: "MAIN", identify }), CALLED);
});
