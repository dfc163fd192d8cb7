import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { findPeer, parsePeer, type PeerCall, resolvePeerCall } from "../../../src/cli/command_line/peer.ts";
import { UsageError } from "../../../src/cli/command_line/command.ts";
import { type Config, defaultConfig } from "../../../src/config.ts";
import { usernameIdentity } from "../../../src/access/user_identity.ts";
import { temporaryFolder } from "../../support/folders.ts";
import { noPeerFlags } from "./peer_flags.ts";

/** A file that can be read. */
const FILE = fileURLToPath(import.meta.url);

const config: Config = {
  ...defaultConfig,
  peers: {
    PACS: { aeTitle: "ORTHANC", host: "pacs.example", port: 4242 },
    RIS: { aeTitle: "RIS", host: "ris.example", port: 104, user: "gateway", passcode: "configured" },
    VNA: { aeTitle: "VNA", host: "::1", port: 2762, callingAeTitle: "GW", tls: { ca: FILE } },
  },
};

/** The call of `written` as configured, with these flags and variables of the environment. */
function call(written: string, flags: Partial<typeof noPeerFlags> = {}, env: Record<string, string> = {}): PeerCall {
  return resolvePeerCall(written, { ...noPeerFlags, ...flags }, config, (name) => env[name]);
}

Deno.test("parsePeer() reads AET@host:port", () => {
  assert.deepEqual(parsePeer("PACS@192.0.2.7:104"), { aeTitle: "PACS", host: "192.0.2.7", port: 104 });
  assert.deepEqual(parsePeer("MY PACS@pacs_1.example:65535"), {
    aeTitle: "MY PACS",
    host: "pacs_1.example",
    port: 65535,
  });
  assert.deepEqual(parsePeer("A@B@host:1"), { aeTitle: "A@B", host: "host", port: 1 });
});

Deno.test("parsePeer() reads IPv6 addresses in brackets", () => {
  assert.deepEqual(parsePeer("PACS@[::1]:104"), { aeTitle: "PACS", host: "::1", port: 104 });
  assert.deepEqual(parsePeer("PACS@[fe80::1%eth0]:104"), { aeTitle: "PACS", host: "fe80::1%eth0", port: 104 });
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
    assert.throws(() => parsePeer(text), UsageError);
  });
}

Deno.test("findPeer() knows the peers of the configuration, and suggests", () => {
  assert.deepEqual(findPeer("PACS", config).port, 4242);
  assert.throws(() => findPeer("PACSS", config), /Cannot find the peer "PACSS": did you mean PACS\?/);
  assert.throws(() => findPeer("other", config), /expected AET@host:port or one of PACS, RIS, VNA/);
  assert.throws(() => findPeer("PACS", defaultConfig), /the configuration names no peers/);
  assert.throws(() => findPeer("constructor", config), UsageError);
});

Deno.test("resolvePeerCall() lets flags win over the peer, and the peer over the gateway", () => {
  const { connect, associate, response, idle, release } = config.dicom.timeouts;
  const pacs = call("PACS");
  assert.deepEqual([pacs.calledAeTitle, pacs.callingAeTitle, pacs.host, pacs.port, pacs.tls], [
    "ORTHANC",
    "GANTRY",
    "pacs.example",
    4242,
    undefined,
  ]);
  assert.deepEqual(call("VNA").callingAeTitle, "GW");
  assert.deepEqual(call("VNA", { aeTitle: "ME" }).callingAeTitle, "ME");
  assert.deepEqual([connect, associate, response, idle, release].every((value) => value > 5), true);
  const { timeouts } = call("VNA", { timeout: 5 });
  const { connect: c, associate: a, response: r, idle: i, release: l } = timeouts;
  assert.deepEqual([c, a, r, i, l], [5, 5, 5, 5, 5]);
});

Deno.test("resolvePeerCall() speaks TLS when flags or peer say so", () => {
  assert.deepEqual(call("VNA").tls, { ca: FILE });
  assert.deepEqual(call("VNA", { tls: true }).tls, { ca: FILE });
  const other = FILE.replace("peer_test", "peer_flags");
  assert.deepEqual(call("VNA", { ca: other }).tls, { ca: other });
  assert.deepEqual(call("PACS", { tls: true }).tls, {});
  assert.deepEqual(call("PACS", { serverName: "pacs" }).tls, { serverName: "pacs" });
  const both = { certificate: FILE, key: other };
  assert.deepEqual(call("VNA", both).tls, { ca: FILE, ...both });
  assert.throws(
    () => call("VNA", { key: "gw.key" }),
    /^UsageError: Cannot speak TLS: --certificate and --key go together$/,
  );
  for (
    const missing of [{ ca: "no.pem" }, { certificate: "no.pem", key: FILE }, { certificate: FILE, key: "no.pem" }]
  ) {
    assert.throws(
      () => call("PACS", missing),
      /^UsageError: Cannot speak TLS: no\.pem can't be read: No such file or directory$/,
    );
  }
});

Deno.test("resolvePeerCall() refuses a calling AE title that is none", () => {
  assert.throws(() => call("PACS", { aeTitle: "A\\B" }), /Cannot use the AE title of --ae-title/);
});

Deno.test("resolvePeerCall() tells the user of flags or peer, with the passcode of that user alone", () => {
  using folder = temporaryFolder();
  const passcodeFile = `${folder.path}/passcode`;
  Deno.writeTextFileSync(passcodeFile, "from a file\r\nand more\n");
  const env = { GANTRY_PASSCODE: "from the environment" };
  const userOf = (...args: Parameters<typeof call>) => call(...args).userIdentity;
  assert.deepEqual(userOf("PACS"), undefined);
  assert.deepEqual(userOf("PACS", {}, env), undefined);
  assert.deepEqual(userOf("PACS", { user: "me" }), usernameIdentity("me"));
  assert.deepEqual(userOf("PACS", { user: "me" }, { GANTRY_PASSCODE: "" }), usernameIdentity("me"));
  assert.deepEqual(userOf("PACS", { user: "me" }, env), usernameIdentity("me", "from the environment"));
  assert.deepEqual(userOf("PACS", { user: "me", passcodeFile }, env), usernameIdentity("me", "from a file"));
  assert.deepEqual(userOf("RIS", {}, env), usernameIdentity("gateway", "configured"));
  assert.deepEqual(userOf("RIS", { passcodeFile }), usernameIdentity("gateway", "from a file"));
  assert.deepEqual(userOf("RIS", { user: "me" }), usernameIdentity("me"));

  assert.throws(() => call("PACS", { passcodeFile }), /Cannot use --passcode-file: it requires --user/);
  assert.throws(
    () => call("PACS", { user: "me", passcodeFile: `${folder.path}/none` }),
    /Cannot read the passcode in .*none/,
  );
  Deno.writeTextFileSync(passcodeFile, "\nsecond line\n");
  assert.throws(() => call("PACS", { user: "me", passcodeFile }), /its first line is empty$/);
});
