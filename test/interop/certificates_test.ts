import assert from "node:assert/strict";
import { connectTls } from "../../src/transport/deno.ts";
import { certificates, type Identity, opensslPresent } from "../support/certificates.ts";
import { temporaryFolder } from "../support/folders.ts";
import { gantry, type ListeningGantry, listeningGantry } from "../support/gantry.ts";
import { associateRq, commandPdv, echoRq, pData, ScriptedPeer } from "../support/scripted_peer.ts";
import { HERE } from "./support.ts";

const ignore = !opensslPresent;

/** Writes an identity where a gateway's configuration says it is. */
function install(folder: string, { cert, key }: Pick<Identity, "cert" | "key">): void {
  Deno.writeTextFileSync(`${folder}/gateway.crt`, cert);
  Deno.writeTextFileSync(`${folder}/gateway.key`, key);
}

/** An association over TLS. */
async function associate(listening: ListeningGantry, trusted: Identity): Promise<ScriptedPeer> {
  const where = { hostname: HERE, port: listening.port };
  const peer = new ScriptedPeer(await connectTls({ ...where, caCerts: [trusted.cert] }));
  await peer.send(associateRq());
  await peer.expectType("A-ASSOCIATE-AC");
  return peer;
}

async function expectEcho(peer: ScriptedPeer): Promise<void> {
  await peer.send(pData(commandPdv(1, echoRq(1))));
  await peer.expectType("P-DATA-TF");
}

for (const clients of ["", ", clientCa: CA, clientCertificates: optional"]) {
  const name = clients === "" ? "a certificate" : "a certificate beside client certificates";
  Deno.test({
    name: `gantry listen: ${name} that changes is used for new connections, and associations go on`,
    ignore,
    async fn() {
      const { authority, server, rogue, renewed } = await certificates();
      using folder = temporaryFolder();
      install(folder.path, rogue);
      const files = `certificate: ${folder.path}/gateway.crt, key: ${folder.path}/gateway.key`;
      const config = `tls: { ${files}${clients.replace("CA", authority.certFile)} }`;
      await using listening = await listeningGantry({ config });
      await assert.rejects(associate(listening, authority), /not from an authority that is trusted/);

      install(folder.path, server);
      await listening.logged(/"certificate-replaced"/);
      const running = await associate(listening, authority);
      await expectEcho(running);

      install(folder.path, { cert: renewed.cert, key: server.key });
      assert.match(
        (await listening.logged(/"certificate-not-replaced"/)).message,
        /key is not that of the certificate/,
      );
      const meanwhile = await associate(listening, authority);
      await expectEcho(meanwhile);
      await expectEcho(running);
      await running.release();
      await meanwhile.release();
    },
  });
}

Deno.test({
  name: "gantry listen: the sidecar speaks HTTPS, with a certificate that may change",
  ignore,
  async fn() {
    const { authority, server, rogue } = await certificates();
    using folder = temporaryFolder();
    install(folder.path, server);
    const files = `certificate: ${folder.path}/gateway.crt, key: ${folder.path}/gateway.key`;
    await using listening = await listeningGantry({ config: `http: { tls: { ${files} } }` });
    const { port } = new URL(listening.origin);
    const ask = async (trusted: Identity) => {
      using client = Deno.createHttpClient({ caCerts: [trusted.cert] });
      const response = await fetch(`https://localhost:${port}/health`, { client });
      await response.body?.cancel();
      return response.status;
    };
    assert.equal(await ask(authority), 200);
    assert.match((await listening.logged(/"listening"/)).http as string, /^https:\/\//);
    install(folder.path, rogue);
    await listening.logged(/"certificate-replaced"/);
    await assert.rejects(ask(authority), TypeError);
  },
});

Deno.test({
  name: "gantry listen does not start with TLS settings that can't be honoured",
  ignore,
  async fn() {
    const { authority, server, client } = await certificates();
    using folder = temporaryFolder();
    const own = `certificate: ${server.certFile}`;
    const cases: [config: string, told: RegExp][] = [
      [
        `tls: { ${own}, key: ${client.keyFile} }`,
        /Cannot listen on .*: the private key is not that of the certificate/,
      ],
      [`tls: { ${own}, key: ${server.certFile} }`, /Cannot listen on .*: the private key can't be read/],
      [`tls: { ${own}, key: nowhere.key }`, /Cannot read nowhere\.key: No such file/],
      [`tls: { ${own}, key: ${server.keyFile}, clientCa: nowhere.crt }`, /Cannot read nowhere\.crt: No such file/],
      [
        `tls: { ${own}, key: ${server.keyFile}, clientCa: ${server.keyFile} }`,
        /Cannot listen on .*: the list of authorities can't be read/,
      ],
      [`http: { tls: { ${own}, key: ${client.keyFile} } }`, /Cannot listen on 127.*: the private key is not that of/],
      [`http: { tls: { certificate: ${authority.keyFile}, key: a } }`, /Cannot read a: No such file/],
    ];
    for (const [config, told] of cases) {
      await Deno.writeTextFile(`${folder.path}/gantry.yaml`, config);
      const { code, stderr } = await gantry(["listen", "-p", "0", "--http-port", "0"], { cwd: folder.path });
      assert.equal(code, 1, config);
      assert.match(stderr, told);
      assert.doesNotMatch(stderr, /listening/);
    }
  },
});

Deno.test({
  name: "gantry echo by TLS trusts the system's authorities besides those that it is told of",
  ignore,
  async fn() {
    const { authority, server, rogue } = await certificates();
    const config = `tls: { certificate: ${server.certFile}, key: ${server.keyFile} }`;
    await using listening = await listeningGantry({ config });
    const call = ["echo", `GANTRY@localhost:${listening.port}`];
    const system = { DENO_TLS_CA_STORE: "system", SSL_CERT_FILE: authority.certFile };
    for (const told of [["--tls"], ["--ca", rogue.certFile]]) {
      assert.equal((await gantry([...call, ...told], { env: system })).code, 0);
      const { code, stderr } = await gantry([...call, ...told]);
      assert.equal(code, 1);
      assert.match(stderr, /not from an authority that is trusted here/);
    }
  },
});
