import assert from "node:assert/strict";
import { certificates, type Identity } from "../support/certificates.ts";
import { filesBelow, temporaryFolder } from "../support/folders.ts";
import { gantry, listeningGantry } from "../support/gantry.ts";
import { makeInstance, readContent, writeInstances } from "../support/instances.ts";
import { dcmtk, find, peerTest, startStoreScp } from "../support/peers.ts";
import { run } from "../support/process.ts";
import { assertKept } from "./support.ts";

interface Tls {
  readonly clientCertificates?: "required" | "optional";
  readonly profile?: string;
  /** Default the server's. */
  readonly identity?: Identity;
  /** More of the configuration, in YAML. */
  readonly more?: string;
}

/** A configuration whose DICOM port asks for client certificates. */
async function mutualConfig({ clientCertificates = "required", profile = "bcp195", identity, more = "" }: Tls = {}) {
  const { authority, server: usual } = await certificates();
  const server = identity ?? usual;
  const files = `certificate: ${server.certFile}, key: ${server.keyFile}, clientCa: ${authority.certFile}`;
  return `tls: { ${files}, clientCertificates: ${clientCertificates}, profile: ${profile} }\n${more}`;
}

/** DCMTK's options for an identity, or for none. */
function as(identity: Identity | undefined, trusted: Identity): string[] {
  const own = identity === undefined ? ["--anonymous-tls"] : ["--enable-tls", identity.keyFile, identity.certFile];
  return [...own, "--add-cert-file", trusted.certFile];
}

/**
 * Whether `openssl s_client` gets through: it sends an A-RELEASE-RP, and whoever answers with an A-ABORT has let it in.
 */
async function getsIn(port: number, trusted: Identity, ...options: string[]): Promise<boolean> {
  const client = ["s_client", "-connect", `127.0.0.1:${port}`, "-CAfile", trusted.certFile, "-quiet"];
  await using child = new Deno.Command(find("openssl") ?? "openssl", {
    args: [...client, ...options],
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(Uint8Array.of(0x06, 0, 0, 0, 0, 4, 0, 0, 0, 0)).catch(() => {});
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  await writer.abort().catch(() => {});
  await reader.cancel();
  return value?.[0] === 0x07;
}

const PROFILES = ["--profile-bcp195-nd", "--profile-bcp195", "--profile-bcp195-ex"];

Deno.test(peerTest("storescu with a client certificate, in each profile: it is taken, and logged", [
  "storescu",
  "openssl",
], async (t) => {
  const { authority, server, rsaServer, client } = await certificates();
  using folder = temporaryFolder();
  const instance = makeInstance({ pixelBytes: 50_000_000 });
  const [path = ""] = writeInstances(folder.path, [instance]);
  for (const ours of ["bcp195", "bcp195-extended"]) {
    // With TLS 1.2, two of DCMTK's profiles have RSA suites alone.
    const identity = ours === "bcp195" ? server : rsaServer;
    await using gateway = await listeningGantry({ config: await mutualConfig({ profile: ours, identity }) });
    for (const theirs of PROFILES) {
      await t.step(`${ours} and ${theirs}`, async () => {
        const tls = [...as(client, authority), theirs];
        const { code, stderr } = await dcmtk("storescu", [...tls, "localhost", String(gateway.port), path]);
        assert.equal(code, 0, stderr);
        assertKept(gateway, [instance]);
        assert.equal((await gateway.logged(/"association-established"/)).certificate, "CT1");
      });
    }
  }
}));

Deno.test(peerTest("echoscu with a missing, rogue or expired client certificate: refused, and the log says why", [
  "echoscu",
  "openssl",
], async (t) => {
  const { authority, client, rogueClient, expiredClient, server, rsaServer } = await certificates();
  const extended = { profile: "bcp195-extended", identity: rsaServer } as const;
  await using required = await listeningGantry({ config: await mutualConfig() });
  await using optional = await listeningGantry({ config: await mutualConfig({ clientCertificates: "optional" }) });
  await using requiredExtended = await listeningGantry({ config: await mutualConfig(extended) });
  await using optionalExtended = await listeningGantry({
    config: await mutualConfig({ ...extended, clientCertificates: "optional" }),
  });
  const gateways = { required, optional, requiredExtended, optionalExtended };
  const cases: [name: string, identity: Identity | undefined, told: RegExp][] = [
    ["missing", undefined, /the peer showed no certificate/],
    ["rogue", rogueClient, /no authority in clientCa issued it/],
    ["expired", expiredClient, /the peer's certificate has expired, on 2021-01-01/],
    ["a server's", server, /it isn't for clients/],
  ];
  for (const [name, identity, told] of cases) {
    for (const [mode, gateway] of Object.entries(gateways)) {
      await t.step(`${name}, where one is ${mode}`, async () => {
        const { code } = await dcmtk("echoscu", [...as(identity, authority), "localhost", String(gateway.port)]);
        if (name === "missing" && mode.startsWith("optional")) return assert.equal(code, 0);
        assert.notEqual(code, 0);
        assert.match((await gateway.logged(new RegExp(told.source))).message, told);
      });
    }
  }
  for (const { port } of Object.values(gateways)) {
    assert.equal((await dcmtk("echoscu", [...as(client, authority), "localhost", String(port)])).code, 0);
  }
}));

Deno.test(peerTest("openssl s_client: a stolen certificate, without its key or in a resumed session, opens nothing", [
  "openssl",
], async (t) => {
  const { authority, client, forged, folder } = await certificates();
  for (const clientCertificates of ["required", "optional"] as const) {
    await using gateway = await listeningGantry({ config: await mutualConfig({ clientCertificates }) });
    for (const version of ["-tls1_2", "-tls1_3"]) {
      await t.step(`${clientCertificates}, ${version}`, async () => {
        const shown = (identity: Identity) => ["-cert", identity.certFile, "-key", identity.keyFile];
        const session = `${folder}/session${version}${clientCertificates}`;
        const attempt = (...options: string[]) => getsIn(gateway.port, authority, version, ...options);
        assert.equal(await attempt(...shown(client), "-sess_out", session), true);
        assert.equal(await attempt(...shown(forged)), false);
        // Who resumes a session has its secrets: it is the same client. TLS 1.3 has none before the first answer.
        assert.equal(await attempt("-sess_in", session), true);
      });
    }
    // Each process has secrets of its own: a session doesn't outlive it.
    await using another = await listeningGantry({ config: await mutualConfig() });
    const session = `${folder}/session-tls1_3${clientCertificates}`;
    assert.equal(await getsIn(another.port, authority, "-sess_in", session), false);
  }
}));

Deno.test(
  peerTest("openssl s_client: a missing, rogue or expired client certificate opens nothing, in either profile", [
    "openssl",
  ], async () => {
    const { authority, client, rogueClient, expiredClient } = await certificates();
    const shown = (identity: Identity) => ["-cert", identity.certFile, "-key", identity.keyFile];
    for (const profile of ["bcp195", "bcp195-extended"]) {
      for (const clientCertificates of ["required", "optional"] as const) {
        await using gateway = await listeningGantry({ config: await mutualConfig({ profile, clientCertificates }) });
        for (const version of profile === "bcp195" ? ["-tls1_2", "-tls1_3"] : ["-tls1_2"]) {
          const attempt = (...options: string[]) =>
            getsIn(
              gateway.port,
              authority,
              version,
              ...(version === "-tls1_2" ? ["-cipher", "ECDHE+AESGCM"] : []),
              ...options,
            );
          const name = `${profile}, ${clientCertificates}, ${version}`;
          assert.equal(await attempt(...shown(client)), true, name);
          assert.equal(await attempt(...shown(rogueClient)), false, name);
          assert.equal(await attempt(...shown(expiredClient)), false, name);
          assert.equal(await attempt(), clientCertificates === "optional", name);
        }
      }
    }
  }),
);

Deno.test(peerTest("openssl s_client: what is older than TLS 1.2, or has no forward secrecy, opens nothing", [
  "openssl",
], async () => {
  const { authority, client } = await certificates();
  const shown = ["-cert", client.certFile, "-key", client.keyFile];
  for (const profile of ["bcp195", "bcp195-extended"]) {
    await using gateway = await listeningGantry({ config: await mutualConfig({ profile }) });
    const weak = [
      ["-tls1_1", "-cipher", "DEFAULT:@SECLEVEL=0"],
      ["-tls1_2", "-cipher", "AES256-GCM-SHA384"],
      ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES256-SHA384"],
      ...(profile === "bcp195" ? [] : [["-tls1_3"], ["-tls1_2", "-cipher", "ECDHE-ECDSA-CHACHA20-POLY1305"]]),
    ];
    for (const options of weak) {
      assert.equal(await getsIn(gateway.port, authority, ...shown, ...options), false, options.join(" "));
    }
    assert.equal(await getsIn(gateway.port, authority, ...shown, "-tls1_2", "-cipher", "ECDHE+AESGCM"), true);
    if (profile === "bcp195-extended") {
      await gateway.logged(/chose ECDHE-ECDSA-CHACHA20-POLY1305, which the profile bcp195-extended doesn't allow/);
    }
  }
}));

Deno.test(peerTest("echoscu: certificates are bound to AE titles by rules", ["echoscu", "openssl"], async () => {
  const { authority, client } = await certificates();
  const fingerprint = await sha256Fingerprint(client);
  for (const certificate of [`subject: CT1`, `name: ct1.example`, `fingerprint: "${fingerprint}"`]) {
    const more = `dicom: { allow: [{ aeTitle: CT1, certificate: { ${certificate} } }] }`;
    await using gateway = await listeningGantry({ config: await mutualConfig({ more }) });
    const echo = (aeTitle: string) =>
      dcmtk("echoscu", [...as(client, authority), "-aet", aeTitle, "localhost", String(gateway.port)]);
    assert.equal((await echo("CT1")).code, 0);
    const refused = await echo("CT2");
    assert.match(refused.stderr, /Result: Rejected Permanent, Source: Service User/);
    assert.match(refused.stderr, /Reason: Calling AE Title Not Recognized/);
  }
}));

async function sha256Fingerprint({ certFile }: Identity): Promise<string> {
  const { stdout } = await run(find("openssl") ?? "openssl", [
    "x509",
    "-in",
    certFile,
    "-noout",
    "-fingerprint",
    "-sha256",
  ]);
  return stdout.trim().split("=")[1] ?? "";
}

Deno.test(
  peerTest("gantry echo, gantry send with a client certificate to storescp", ["storescp", "openssl"], async () => {
    const { authority, server, client, rogueClient } = await certificates();
    using folder = temporaryFolder();
    const instance = makeInstance({ pixelBytes: 50_000_000 });
    const [path = ""] = writeInstances(folder.path, [instance]);
    const options = ["--enable-tls", server.keyFile, server.certFile, "--add-cert-file", authority.certFile];
    await using scp = await startStoreScp(...options, "--require-peer-cert");
    const peer = `STORESCP@localhost:${scp.port}`;
    const shown = (
      { certFile, keyFile }: Identity,
    ) => ["--ca", authority.certFile, "--certificate", certFile, "--key", keyFile];
    const echo = await gantry(["echo", peer, ...shown(client)]);
    assert.equal(echo.code, 0, echo.stderr);
    const send = await gantry(["send", peer, path, ...shown(client)]);
    assert.equal(send.code, 0, send.stderr);
    const [name = ""] = filesBelow(scp.folder);
    assert.deepEqual(readContent(Deno.readFileSync(`${scp.folder}/${name}`)).dataSet, instance.dataSet);

    const rogue = await gantry(["echo", peer, ...shown(rogueClient)]);
    assert.equal(rogue.code, 1);
    assert.match(rogue.stderr, /(tls|associate) failed: /);
    const otherHost = await gantry(["echo", peer, ...shown(client), "--server-name", "pacs.example"]);
    assert.equal(otherHost.code, 1);
    assert.match(otherHost.stderr, /tls failed: .*the certificate is for another host/);
    const byName = await gantry([
      "echo",
      `STORESCP@127.0.0.2:${scp.port}`,
      ...shown(client),
      "--server-name",
      "localhost",
    ]);
    assert.equal(byName.code, 0, byName.stderr);
  }),
);

Deno.test(peerTest(
  "gantry echo with a client certificate: a peer's wrong certificate is told",
  ["storescp", "openssl"],
  async () => {
    const { authority, rogue, expired, client } = await certificates();
    const shown = ["--ca", authority.certFile, "--certificate", client.certFile, "--key", client.keyFile];
    for (const [identity, told] of [[rogue, /not from an authority/], [expired, /expired/]] as const) {
      await using scp = await startStoreScp("--enable-tls", identity.keyFile, identity.certFile, "--ignore-peer-cert");
      const { code, stderr } = await gantry(["echo", `STORESCP@localhost:${scp.port}`, ...shown]);
      assert.equal(code, 1);
      assert.match(stderr, /tls failed: Cannot secure the connection to /);
      assert.match(stderr, told);
    }
  },
));
