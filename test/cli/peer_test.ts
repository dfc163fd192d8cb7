import { deepStrictEqual as equal, throws } from "node:assert/strict";
import { findPeer, parsePeer, type peerFlags, resolvePeerCall } from "../../src/cli/peer.ts";
import { UsageError, type Values } from "../../src/cli/command.ts";
import { type Config, defaultConfig } from "../../src/config.ts";

const config: Config = {
  ...defaultConfig,
  peers: {
    PACS: { aeTitle: "ORTHANC", host: "pacs.example", port: 4242 },
    VNA: { aeTitle: "VNA", host: "::1", port: 2762, callingAeTitle: "GW", tls: { ca: "ca.pem" } },
  },
};

const none: Values<typeof peerFlags> = {
  config: undefined,
  aeTitle: undefined,
  tls: false,
  ca: undefined,
  timeout: undefined,
};

Deno.test("parsePeer() reads AET@host:port", () => {
  equal(parsePeer("PACS@192.0.2.7:104"), { aeTitle: "PACS", host: "192.0.2.7", port: 104 });
  equal(parsePeer("MY PACS@pacs_1.example:65535"), { aeTitle: "MY PACS", host: "pacs_1.example", port: 65535 });
  equal(parsePeer("A@B@host:1"), { aeTitle: "A@B", host: "host", port: 1 });
});

Deno.test("parsePeer() reads IPv6 addresses in brackets", () => {
  equal(parsePeer("PACS@[::1]:104"), { aeTitle: "PACS", host: "::1", port: 104 });
  equal(parsePeer("PACS@[fe80::1%eth0]:104"), { aeTitle: "PACS", host: "fe80::1%eth0", port: 104 });
});

for (
  const text of [
    "PACS@host",
    "PACS@host:0",
    "PACS@host:65536",
    "PACS@host:1x",
    "PACS@:104",
    "PACS@::1:104",
    "PACS@[::1]",
    "PACS@[host name]:104",
    "PACS@[]:104",
    "PACS@ho st:104",
    "PACS@host:104\n",
    "@host:104",
    "ABCDEFGHIJKLMNOPQ@host:104",
    "A\\B@host:104",
    "A\tB@host:104",
    " A@host:104",
  ]
) {
  Deno.test(`parsePeer() refuses ${JSON.stringify(text)}`, () => {
    throws(() => parsePeer(text), UsageError);
  });
}

Deno.test("findPeer() knows the peers of the configuration, and suggests", () => {
  equal(findPeer("PACS", config).port, 4242);
  throws(() => findPeer("PACSS", config), /Cannot find the peer "PACSS": did you mean PACS\?/);
  throws(() => findPeer("other", config), /expected AET@host:port or one of PACS, VNA/);
  throws(() => findPeer("PACS", defaultConfig), /the configuration names no peers/);
  throws(() => findPeer("constructor", config), UsageError);
});

Deno.test("resolvePeerCall() lets flags win over the peer, and the peer over the gateway", () => {
  const { connect, associate, response, idle, release } = config.dicom.timeouts;
  const call = resolvePeerCall("PACS", none, config);
  equal([call.calledAeTitle, call.callingAeTitle, call.host, call.port, call.tls], [
    "ORTHANC",
    "GANTRY",
    "pacs.example",
    4242,
    undefined,
  ]);
  equal(resolvePeerCall("VNA", none, config).callingAeTitle, "GW");
  equal(resolvePeerCall("VNA", { ...none, aeTitle: "ME" }, config).callingAeTitle, "ME");
  equal([connect, associate, response, idle, release].every((value) => value > 5), true);
  const { timeouts } = resolvePeerCall("VNA", { ...none, timeout: 5 }, config);
  equal([timeouts.connect, timeouts.associate, timeouts.response, timeouts.idle], [5, 5, 5, 5]);
});

Deno.test("resolvePeerCall() speaks TLS when flags or peer say so", () => {
  equal(resolvePeerCall("VNA", none, config).tls, { ca: "ca.pem" });
  equal(resolvePeerCall("VNA", { ...none, tls: true }, config).tls, { ca: "ca.pem" });
  equal(resolvePeerCall("VNA", { ...none, ca: "other.pem" }, config).tls, { ca: "other.pem" });
  equal(resolvePeerCall("PACS", { ...none, tls: true }, config).tls, {});
});

Deno.test("resolvePeerCall() refuses a calling AE title that is none", () => {
  throws(() => resolvePeerCall("PACS", { ...none, aeTitle: "A\\B" }, config), /Cannot use the AE title of --ae-title/);
});
