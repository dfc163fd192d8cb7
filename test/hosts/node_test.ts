/** `startGateway()` on Node from 22.13 on and on Bun; and on Node 20, which has no SQLite. */

import assert from "node:assert/strict";
import { parseConfig } from "../../src/config.ts";
import * as UID from "../../src/dicom/generated/uid.ts";
import { requestAssociation, type ScuAssociation } from "../../src/services/scu.ts";
import { connectTcp, connectTls } from "../../src/transport/deno.ts";
import { certificates, opensslPresent } from "../support/certificates.ts";
import { filesBelow, temporaryFolder } from "../support/folders.ts";
import { makeInstance } from "../support/instances.ts";
import { Process, run } from "../support/process.ts";
import { nodeRuntimeTests, splitForNode } from "../support/runtimes.ts";

const hostname = "127.0.0.1";
const program = new URL("children/node_gateway.ts", import.meta.url);

/** A configuration with ports of the system's choice, for a program's arguments. */
async function configOf(text: string): Promise<string> {
  return JSON.stringify(await parseConfig(`dicom: { host: ${hostname}, port: 0 }\n${text}`));
}

interface Ports {
  readonly dicom: number;
  readonly http: number;
}

async function hasSqlite(command: string): Promise<boolean> {
  const script = `import("node:sqlite").then(() => console.log("yes"), () => console.log("no"))`;
  return (await run(command, ["-e", script])).stdout.trim() === "yes";
}

async function associate({ dicom: port }: Ports, authority?: string): Promise<ScuAssociation> {
  const { sopClassUid, transferSyntax } = makeInstance();
  const connection = authority === undefined
    ? await connectTcp({ hostname, port })
    : await connectTls({ hostname, port, caCerts: [authority] });
  return await requestAssociation(connection, {
    calledAeTitle: "GANTRY",
    presentationContexts: [
      { abstractSyntax: UID.Verification, transferSyntaxes: [UID.ImplicitVRLittleEndian] },
      { abstractSyntax: sopClassUid, transferSyntaxes: [transferSyntax] },
    ],
  });
}

nodeRuntimeTests("startGateway() keeps what it acknowledged, killed or drained", async (command) => {
  using folder = temporaryFolder();
  const main = await splitForNode(program, folder.path);
  const data = `${folder.path}/data`;
  const config = await configOf(`archive: { path: "${data}" }\nhttp: { port: 0 }`);
  if (!await hasSqlite(command)) {
    const { code, stderr } = await run(command, [main, config]);
    assert.equal(code, 1);
    assert.match(
      stderr,
      /^Cannot open the archive's index: Node \S+ has no node:sqlite; expected Node 22\.13 or later, Bun, [^\n]*\n$/,
    );
    assert.deepEqual(filesBelow(data), []);
    return;
  }
  const kept: string[] = [];
  for (const signal of ["SIGKILL", "SIGTERM", "SIGTERM"] as const) {
    await using gateway = new Process(command, [main, config]);
    const ports: Ports = JSON.parse(await gateway.line(/"dicom"/));
    const health = await (await fetch(`http://${hostname}:${ports.http}/health`)).json();
    assert.equal(health.status, "pass");
    const association = await associate(ports);
    const instance = makeInstance({ pixelBytes: 300_000, pixel: kept.length });
    assert.deepEqual(await association.store(instance), { status: 0x0000 });
    kept.push(instance.name);
    if (signal === "SIGTERM") await association.release();
    gateway.kill(signal);
    const { code, stdout, stderr } = await gateway.exited;
    assert.deepEqual([code, withoutWarnings(stderr)], [signal === "SIGKILL" ? 128 + 9 : 0, ""]);
    if (signal === "SIGTERM") assert.match(stdout, /"stopped"\}\n\{"drained":true\}\n$/);
    await association.closed;
    assert.deepEqual(filesBelow(`${data}/instances`), kept.toSorted());
  }
}).forEach((test) => Deno.test(test));

/** Node says that its SQLite is experimental. */
function withoutWarnings(stderr: string): string {
  return stderr.replace(/^\(node:\d+\) ExperimentalWarning: SQLite.*\n(\(Use `node .*\n)?/gm, "");
}

nodeRuntimeTests("startGateway() works in memory where there is no SQLite", async (command) => {
  using folder = temporaryFolder();
  const main = await splitForNode(program, folder.path);
  await using gateway = new Process(command, [main, await configOf("http: { port: 0 }"), "memory"]);
  const ports: Ports = JSON.parse(await gateway.line(/"dicom"/));
  const association = await associate(ports);
  assert.deepEqual(await association.store(makeInstance()), { status: 0x0000 });
  gateway.kill("SIGTERM");
  await association.release();
  const { code, stdout } = await gateway.exited;
  assert.deepEqual([code, stdout.split("\n").at(0)], [0, '{"module":"started"}']);
  assert.match(stdout, /"drained":true/);
}).forEach((test) => Deno.test(test));

nodeRuntimeTests("startGateway() secures DICOM and HTTP, by files that may change", async (command) => {
  if (!opensslPresent) return;
  const { authority, server, rogue } = await certificates();
  using folder = temporaryFolder();
  const main = await splitForNode(program, folder.path);
  const install = ({ cert, key }: Pick<typeof server, "cert" | "key">) => {
    Deno.writeTextFileSync(`${folder.path}/crt`, cert);
    Deno.writeTextFileSync(`${folder.path}/key`, key);
  };
  const tls = `tls: { certificate: "${folder.path}/crt", key: "${folder.path}/key" }`;
  const config = await configOf(`http: { port: 0, ${tls} }\n${tls}`);

  install({ cert: server.cert, key: rogue.key });
  const { code, stderr } = await run(command, [main, config, "memory"]);
  assert.equal(code, 1);
  assert.match(stderr, /^Cannot listen on 127\.0\.0\.1:0: the private key is not that of the certificate\n$/);

  install(rogue);
  await using gateway = new Process(command, [main, config, "memory"]);
  const ports: Ports = JSON.parse(await gateway.line(/"dicom"/));
  const ask = async () => {
    using client = Deno.createHttpClient({ caCerts: [authority.cert] });
    return (await (await fetch(`https://localhost:${ports.http}/health`, { client })).json()).status;
  };
  await assert.rejects(associate(ports, authority.cert), /not from an authority that is trusted/);
  await assert.rejects(ask());
  install(server);
  await gateway.line(/"certificate-replaced".*DICOM/);
  await (await associate(ports, authority.cert)).release();
  if (command === "bun") {
    assert.match(await gateway.line(/"certificate-not-replaced"/), /Bun requires a restart for this/);
  } else {
    await gateway.line(/"certificate-replaced".*HTTP/);
    assert.equal(await ask(), "pass");
  }
  gateway.kill("SIGTERM");
  assert.equal((await gateway.exited).code, 0);
}).forEach((test) => Deno.test(test));

nodeRuntimeTests("startGateway() refuses Deno's own TLS", async (command) => {
  if (!opensslPresent) return;
  const { server } = await certificates();
  using folder = temporaryFolder();
  const main = await splitForNode(program, folder.path);
  const tls = `tls: { certificate: "${server.certFile}", key: "${server.keyFile}", native: true }`;
  const { code, stderr } = await run(command, [main, await configOf(`${tls}\nhttp: { port: 0 }`), "memory"]);
  assert.equal(code, 1);
  assert.match(stderr, /^Cannot listen on 127\.0\.0\.1:0: tls\.native asks for Deno's own TLS[^\n]*\n$/);
}).forEach((test) => Deno.test(test));
