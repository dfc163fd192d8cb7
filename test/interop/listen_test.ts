import assert from "node:assert/strict";
import * as UID from "../../src/dicom/generated/uid.ts";
import { filesBelow, temporaryFolder } from "../support/folders.ts";
import { gantry, listeningGantry, startGantry } from "../support/gantry.ts";
import { type MadeInstance, makeInstance, writeInstances } from "../support/instances.ts";
import { dcmtk, peerTest } from "../support/peers.ts";
import { associateRq, commandPdv, dataPdv, echoRq, echoRsp, pData, storeRq } from "../support/scripted_peer.ts";
import { assertKept, associated, HERE, response, stranger } from "./support.ts";

Deno.test(
  peerTest("gantry listen: with nothing configured, it answers and keeps", ["echoscu", "storescu"], async () => {
    using folder = temporaryFolder();
    const instance = makeInstance();
    const paths = writeInstances(folder.path, [instance]);
    // Only the ports are named, since others may have the default ones here.
    await using child = startGantry(["listen", "--port", "0", "--http-port", "0"], { cwd: folder.path });
    await child.line(/Press Ctrl-C to stop/);
    const [, port = ""] = /GANTRY on 0\.0\.0\.0:(\d+)$/.exec(await child.line(/^ {2}DICOM/)) ?? [];
    const [, origin = ""] = /(http:.*)$/.exec(await child.line(/^ {2}HTTP/)) ?? [];
    assert.match(await child.line(/^ {2}Archive/), / \.\/data$/);
    assert.equal((await dcmtk("echoscu", [HERE, port])).code, 0);
    assert.equal((await dcmtk("storescu", [HERE, port, ...paths])).code, 0);
    assert.deepEqual(filesBelow(`${folder.path}/data/instances`), [instance.name]);
    const health = await fetch(`${origin}/health`);
    assert.equal((await health.json()).status, "pass");
    child.kill();
    const { code, stdout } = await child.exited;
    assert.equal(code, 0);
    assert.equal(stdout, "");
  }),
);

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  Deno.test(
    peerTest(`gantry listen: ${signal} lets a running association finish, and ends with 0`, ["echoscu"], async () => {
      await using gateway = await listeningGantry();
      const running = await associated(gateway);
      const silent = await stranger(gateway);
      await gateway.logged(/"association-opened".*"association":"2"/);
      gateway.process.kill(signal);
      await gateway.logged(/"event":"draining"/);

      // Whoever has said nothing has nothing to finish, and whoever comes now is sent away for the moment.
      await silent.expectClose();
      const late = await dcmtk("echoscu", [HERE, String(gateway.port)]);
      assert.match(late.stderr, /Rejected Transient[^]*Temporary Congestion/);
      const ready = await fetch(`${gateway.origin}/health/ready`);
      assert.equal(ready.status, 503);
      assert.equal((await ready.json()).output, "The gateway is draining");
      assert.equal((await (await fetch(`${gateway.origin}/health`)).json()).status, "warn");

      await running.send(pData(commandPdv(1, echoRq(7))));
      await running.expect(pData(commandPdv(1, echoRsp(7))));
      await running.release();
      assert.equal((await gateway.process.exited).code, 0);
      assert.equal(gateway.log.at(-1)?.event, "ended");
    }),
  );
}

/** A CT image as `storeRq` announces it. */
function ctImage(sopInstanceUid: string): MadeInstance {
  return makeInstance({ sopClassUid: UID.CTImageStorage, sopInstanceUid, pixelBytes: 4000 });
}

Deno.test("gantry listen: an instance that is on its way at SIGTERM, and those that follow it, are kept; it ends with 0", async () => {
  await using gateway = await listeningGantry();
  const running = await associated(gateway);
  const [first, second] = [ctImage("1.2.3"), ctImage("1.2.4")];
  await running.send(pData(commandPdv(3, storeRq(1))), pData(dataPdv(3, first.dataSet.subarray(0, 1000), false)));
  await gateway.logged(/"operation-started"/);
  gateway.process.kill();
  await gateway.logged(/"event":"draining"/);
  await running.send(pData(dataPdv(3, first.dataSet.subarray(1000))));
  assert.equal((await response(running)).status, 0x0000);
  await running.send(pData(commandPdv(3, storeRq(2, "1.2.4"))), pData(dataPdv(3, second.dataSet)));
  assert.equal((await response(running)).status, 0x0000);
  await running.release();
  assert.equal((await gateway.process.exited).code, 0);
  assertKept(gateway, [first, second]);
});

for (const [first, second] of [["SIGTERM", "SIGTERM"], ["SIGINT", "SIGTERM"], ["SIGTERM", "SIGINT"]] as const) {
  Deno.test(`gantry listen: ${second} after ${first} aborts, keeps what was acknowledged, and ends with 1`, async () => {
    await using gateway = await listeningGantry();
    const running = await associated(gateway);
    const whole = ctImage("1.2.3");
    await running.send(pData(commandPdv(3, storeRq(1))), pData(dataPdv(3, whole.dataSet)));
    assert.equal((await response(running)).status, 0x0000);
    await running.send(
      pData(commandPdv(3, storeRq(2, "1.2.4"))),
      pData(dataPdv(3, ctImage("1.2.4").dataSet.subarray(0, 1000), false)),
    );
    await gateway.logged(/"operation-started".*"messageId":2/);
    gateway.process.kill(first);
    await gateway.logged(/"event":"draining"/);
    gateway.process.kill(second);
    await running.expectAbort("service-user");
    assert.equal((await gateway.process.exited).code, 1);
    assertKept(gateway, [whole]);
  });
}

Deno.test("gantry listen: what has not finished within the drain timeout is aborted", async () => {
  await using gateway = await listeningGantry({ config: "dicom: { timeouts: { drain: 200ms } }" });
  const running = await associated(gateway);
  gateway.process.kill();
  await running.expectAbort("service-user");
  assert.equal((await gateway.process.exited).code, 0);
});

Deno.test("gantry listen: it has ended when the drain timeout has passed, whatever peers and clients do", async () => {
  await using gateway = await listeningGantry({ config: "dicom: { timeouts: { drain: 3s } }" });
  // None of them reads, releases, answers or closes.
  const peers = [await associated(gateway), await associated(gateway), await associated(gateway)];
  await peers[1]!.send(pData(commandPdv(3, storeRq(1))), pData(dataPdv(3, new Uint8Array(1000), false)));
  await gateway.logged(/"operation-started"/);
  await peers[2]!.send({ type: "A-RELEASE-RQ" });
  const client = await Deno.connect({ hostname: HERE, port: Number(new URL(gateway.origin).port) });
  await client.write(
    new TextEncoder().encode("POST /echo HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\n{"),
  );
  const told = performance.now();
  gateway.process.kill();
  await gateway.logged(/"event":"draining"/);
  const late = await stranger(gateway); // It says nothing.
  const { code } = await gateway.process.exited;
  const seconds = (performance.now() - told) / 1000;
  assert.equal(code, 0);
  assert.ok(seconds < 3.5, `it took ${seconds} s`);
  assert.deepEqual(gateway.instances, []);
  client.close();
  await Promise.all([...peers, late].map((peer) => peer.vanish().catch(() => {})));
});

Deno.test("gantry listen: a port that is in use ends it with 1, and is named", async () => {
  await using gateway = await listeningGantry();
  using folder = temporaryFolder();
  const ports = { "--port": String(gateway.port), "--http-port": new URL(gateway.origin).port };
  for (const [flag, port] of Object.entries(ports)) {
    const flags = { "--port": "0", "--http-port": "0", [flag]: port };
    const call = ["listen", "--host", HERE, ...Object.entries(flags).flat()];
    const { code, stderr } = await gantry(call, { cwd: folder.path });
    assert.equal(code, 1, flag);
    assert.match(stderr, new RegExp(`^gantry: Cannot .*${port}.*in use`), flag);
    assert.equal(stderr.trim().split("\n").length, 1, stderr);
  }
  const health = await fetch(`${gateway.origin}/health`);
  assert.equal((await health.json()).status, "pass");
});

Deno.test("gantry listen: a folder that another gateway has open ends it with 1, and is named", async () => {
  await using gateway = await listeningGantry();
  using folder = temporaryFolder();
  const call = ["listen", "--host", HERE, "--port", "0", "--http-port", "0", "--data", gateway.data];
  const { code, stderr } = await gantry(call, { cwd: folder.path });
  assert.equal(code, 1);
  assert.match(stderr, /^gantry: Cannot open .*data/);
});

Deno.test("gantry listen: a wrong configuration ends it with 2 before anything is opened", async () => {
  using folder = temporaryFolder();
  Deno.writeTextFileSync(`${folder.path}/gantry.yaml`, "dicom:\n  port: 999999\nhttp:\n  host: 0.0.0.0\n");
  const { code, stderr } = await gantry(["listen"], { cwd: folder.path });
  assert.equal(code, 2);
  assert.match(stderr, /gantry\.yaml:2: dicom\.port: found 999999, expected a whole number from 0 to 65535/);
  assert.match(stderr, /gantry\.yaml:4: http\.host: found "0\.0\.0\.0", expected a loopback address/);
  assert.deepEqual(filesBelow(folder.path), ["gantry.yaml"]);
});

Deno.test("gantry listen: a TLS setting that can't be honoured stops the start", async () => {
  using folder = temporaryFolder();
  Deno.writeTextFileSync(`${folder.path}/gantry.yaml`, "tls: { certificate: missing.crt, key: missing.key }\n");
  const { code, stderr } = await gantry(["listen", "--port", "0", "--http-port", "0"], { cwd: folder.path });
  assert.equal(code, 1);
  assert.match(stderr, /^gantry: Cannot read missing\.(crt|key): No such file or directory$/m);
  assert.equal(stderr.trim().split("\n").length, 1, stderr);
});

Deno.test(
  "gantry listen: an association request after the start of the drain is answered, not ignored",
  async () => {
    await using gateway = await listeningGantry();
    const running = await associated(gateway);
    gateway.process.kill();
    await gateway.logged(/"event":"draining"/);
    const late = await stranger(gateway);
    await late.send(associateRq());
    await late.expect({
      type: "A-ASSOCIATE-RJ",
      result: "rejected-transient",
      source: "service-provider-presentation",
      reason: "temporary-congestion",
    });
    await late.expectClose();
    await running.release();
    assert.equal((await gateway.process.exited).code, 0);
  },
);
