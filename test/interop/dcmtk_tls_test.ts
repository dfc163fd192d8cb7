import assert from "node:assert/strict";
import { filesBelow, temporaryFolder } from "../support/folders.ts";
import { certificates, type Identity } from "../support/certificates.ts";
import { gantry, listeningGantry } from "../support/gantry.ts";
import { makeInstance, readContent, writeInstances } from "../support/instances.ts";
import { dcmtk, peerTest, startStoreScp } from "../support/peers.ts";
import { assertKept, HERE } from "./support.ts";

/** A configuration whose DICOM port speaks TLS as this identity. */
function tlsConfig({ certFile, keyFile }: Identity, native = false): string {
  return `tls: { certificate: ${certFile}, key: ${keyFile}, native: ${native} }`;
}

const PROFILES = ["--profile-bcp195-nd", "--profile-bcp195", "--profile-bcp195-ex"];

for (const [tls, native] of [["TLS", false], ["Deno's own TLS", true]] as const) {
  Deno.test(peerTest(`echoscu, storescu by ${tls}: each profile, with and without a client certificate`, [
    "echoscu",
    "storescu",
    "openssl",
  ], async (t) => {
    const { authority, server, client } = await certificates();
    await using gateway = await listeningGantry({ config: tlsConfig(server, native) });
    using folder = temporaryFolder();
    const instance = makeInstance({ pixelBytes: 1_000_000 });
    const [path = ""] = writeInstances(folder.path, [instance]);
    const trust = ["--add-cert-file", authority.certFile];
    const callers = { "without": ["--anonymous-tls"], "with": ["--enable-tls", client.keyFile, client.certFile] };
    for (const profile of PROFILES) {
      for (const [name, identity] of Object.entries(callers)) {
        await t.step(`${profile} ${name} a client certificate`, async () => {
          const options = [...identity, ...trust, profile];
          const echo = await dcmtk("echoscu", [...options, "localhost", String(gateway.port)]);
          assert.equal(echo.code, 0, echo.stderr);
          const store = await dcmtk("storescu", [...options, "localhost", String(gateway.port), path]);
          assert.equal(store.code, 0, store.stderr);
          assertKept(gateway, [instance]);
        });
      }
    }
    assert.ok(gateway.log.some(({ message }) => message === "Connection accepted (tls)"));
  }));
}

Deno.test(peerTest("echoscu: a certificate that is not to be trusted ends nothing but the handshake", [
  "echoscu",
  "openssl",
], async () => {
  const { authority, server, rogue } = await certificates();
  await using gateway = await listeningGantry({ config: tlsConfig(server) });
  const call = (trusted: Identity) =>
    dcmtk("echoscu", ["--anonymous-tls", "--add-cert-file", trusted.certFile, "localhost", String(gateway.port)]);
  const refused = await call(rogue);
  assert.notEqual(refused.code, 0);
  assert.match(refused.stderr, /certificate verify failed/);
  const { message } = await gateway.logged(/"connection-failed"/);
  assert.match(message, /^Cannot secure the connection from 127\.0\.0\.1:\d+: /);
  assert.equal((await call(authority)).code, 0);
}));

Deno.test(peerTest("echoscu --profile-aes: the retired profile is refused", ["echoscu", "openssl"], async () => {
  const { authority, server } = await certificates();
  await using gateway = await listeningGantry({ config: tlsConfig(server) });
  const tls = ["--anonymous-tls", "--add-cert-file", authority.certFile, "--profile-aes"];
  assert.notEqual((await dcmtk("echoscu", [...tls, "localhost", String(gateway.port)])).code, 0);
  const { message } = await gateway.logged(/"connection-failed"/);
  assert.match(message, /no TLS version and cipher suite is common to both sides/);
}));

Deno.test(peerTest(
  "echoscu: plain bytes to the TLS port are refused with a line that says so",
  ["echoscu", "openssl"],
  async () => {
    const { authority, server } = await certificates();
    await using gateway = await listeningGantry({ config: tlsConfig(server) });
    const plain = await dcmtk("echoscu", [HERE, String(gateway.port)]);
    assert.notEqual(plain.code, 0);
    const { message } = await gateway.logged(/"connection-failed"/);
    assert.match(message, /^Cannot secure the connection from .*: the peer does not speak TLS/);
    const tls = ["--anonymous-tls", "--add-cert-file", authority.certFile];
    assert.equal((await dcmtk("echoscu", [...tls, "localhost", String(gateway.port)])).code, 0);
  },
));

Deno.test(peerTest("gantry echo, gantry send by TLS to storescp", ["storescp", "openssl"], async () => {
  const { authority, server } = await certificates();
  using folder = temporaryFolder();
  const instance = makeInstance({ pixelBytes: 1_000_000, transferSyntax: "1.2.840.10008.1.2.4.50" });
  const [path = ""] = writeInstances(folder.path, [instance]);
  await using scp = await startStoreScp(
    ...["--enable-tls", server.keyFile, server.certFile, "--add-cert-file", authority.certFile],
    ...["--ignore-peer-cert", "+xa"],
  );
  const peer = `STORESCP@localhost:${scp.port}`;
  const echo = await gantry(["echo", peer, "--ca", authority.certFile]);
  assert.equal(echo.code, 0, echo.stderr);
  assert.match(echo.stdout, /Time: connect .*, tls .*, associate .*, echo /);
  const send = await gantry(["send", peer, path, "--ca", authority.certFile]);
  assert.equal(send.code, 0, send.stderr);
  const [name = ""] = filesBelow(scp.folder);
  assert.deepEqual(readContent(Deno.readFileSync(`${scp.folder}/${name}`)).dataSet, instance.dataSet);
}));

Deno.test(peerTest("gantry echo by TLS: a peer's wrong certificate is told", ["storescp", "openssl"], async (t) => {
  const { authority, server, rogue, expired } = await certificates();
  const cases = [
    {
      name: "a rogue authority",
      identity: rogue,
      host: "localhost",
      told: /not from an authority that is trusted here/,
    },
    { name: "expired", identity: expired, host: "localhost", told: /the certificate has expired/ },
    { name: "another host", identity: server, host: "127.0.0.2", told: /the certificate is for another host/ },
  ];
  for (const { name, identity, host, told } of cases) {
    await t.step(name, async () => {
      await using scp = await startStoreScp("--enable-tls", identity.keyFile, identity.certFile, "--ignore-peer-cert");
      const { code, stderr } = await gantry(["echo", `STORESCP@${host}:${scp.port}`, "--ca", authority.certFile]);
      assert.equal(code, 1);
      assert.match(stderr, /tls failed: Cannot secure the connection to /);
      assert.match(stderr, told);
    });
  }
}));

Deno.test(peerTest(
  "gantry echo by TLS: a peer without TLS, or one that wants a certificate",
  ["storescp", "openssl"],
  async () => {
    const { authority, server } = await certificates();
    const echo = async (...options: string[]) => {
      await using scp = await startStoreScp(...options);
      return await gantry(["echo", `STORESCP@localhost:${scp.port}`, "--ca", authority.certFile, "--timeout", "5s"]);
    };
    const plain = await echo();
    assert.equal(plain.code, 1);
    assert.match(plain.stderr, /tls failed: Cannot secure the connection to /);
    const identity = ["--enable-tls", server.keyFile, server.certFile, "--add-cert-file", authority.certFile];
    const wanted = await echo(...identity, "--require-peer-cert");
    assert.equal(wanted.code, 1);
    // In TLS 1.3 a client learns only after its handshake that its certificate is missing.
    assert.match(wanted.stderr, /(tls|associate) failed: /);
  },
));
