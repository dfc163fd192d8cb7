import assert from "node:assert/strict";
import { certificates } from "../support/certificates.ts";
import { temporaryFolder } from "../support/folders.ts";
import { gantry, type ListeningGantry, listeningGantry } from "../support/gantry.ts";
import { makeInstance, writeInstances } from "../support/instances.ts";
import { dcmtk, peerTest, startStoreScp } from "../support/peers.ts";
import { freePort } from "../support/process.ts";
import { associated, associations, HERE } from "./support.ts";

/** Asks for a C-ECHO; answers the HTTP status, the media type and the body. */
async function postEcho({ origin }: ListeningGantry, body: object) {
  const response = await fetch(`${origin}/echo`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  return { code: response.status, mediaType: response.headers.get("content-type"), body: await response.json() };
}

/** A port whose connections are accepted and never answered. */
function silentPort(): Disposable & { readonly port: number } {
  const listener = Deno.listen({ hostname: HERE, port: 0 });
  const held: Deno.Conn[] = [];
  const accepting = (async () => {
    for await (const connection of listener) held.push(connection);
  })();
  accepting.catch(() => {});
  return {
    port: listener.addr.port,
    [Symbol.dispose]() {
      listener.close();
      held.forEach((connection) => connection.close());
    },
  };
}

Deno.test(
  peerTest("sidecar: /associations shows what happens, and DELETE aborts one", ["echoscu", "storescu"], async () => {
    await using gateway = await listeningGantry();
    using folder = temporaryFolder();
    const instance = makeInstance();
    const paths = writeInstances(folder.path, [instance]);
    await dcmtk("echoscu", ["-aet", "MODALITY", HERE, String(gateway.port)]);
    await dcmtk("storescu", ["-aet", "MODALITY", HERE, String(gateway.port), ...paths]);
    const peer = await associated(gateway);
    await gateway.logged(/"association-established".*"association":"3"/);

    const { active, recent, totals } = await associations(gateway);
    assert.deepEqual(active.map(({ id, callingAeTitle, state }) => [id, callingAeTitle, state]), [[
      "3",
      "PEER",
      "Sta6",
    ]]);
    const [stored, echoed] = recent;
    assert.equal(echoed?.callingAeTitle, "MODALITY");
    assert.equal(stored?.implementationVersionName.startsWith("OFFIS_DCMTK_"), true);
    assert.deepEqual([stored?.end?.how, stored?.end?.by], ["released", "peer"]);
    const [operation] = stored?.operations ?? [];
    assert.deepEqual([operation?.service, operation?.role, operation?.finished.success], ["C-STORE", "performed", 1]);
    assert.equal(operation?.bytes, instance.dataSet.length);
    assert.deepEqual(totals.associations.map(({ opened, released, active }) => [opened, released, active])[0], [
      3,
      2,
      1,
    ]);

    const remove = (id: string) => fetch(`${gateway.origin}/associations/${id}`, { method: "DELETE" });
    const removed = await remove("3");
    assert.deepEqual([removed.status, await removed.text()], [204, ""]);
    await peer.expectAbort("service-user");
    await gateway.logged(/"association-ended".*"association":"3"/);
    const unknown = await remove("3");
    assert.equal(unknown.status, 404);
    assert.equal((await unknown.json()).title, "Unknown association");
    const after = await associations(gateway);
    assert.deepEqual(after.active, []);
    assert.deepEqual([after.recent[0]?.end?.how, after.recent[0]?.end?.by], ["aborted", "local"]);
  }),
);

Deno.test(peerTest("sidecar: POST /echo tells a peer that answers from each that doesn't", ["storescp"], async (t) => {
  await using answering = await startStoreScp("-aet", "ANSWERS");
  await using rejecting = await startStoreScp("--refuse");
  using silent = silentPort();
  const config = `
dicom: { timeouts: { connect: 1s, associate: 1s } }
peers:
  ANSWERS: { aeTitle: ANSWERS, host: ${HERE}, port: ${answering.port} }
  REJECTS: { aeTitle: REJECTS, host: ${HERE}, port: ${rejecting.port} }
  DEAD: { aeTitle: DEAD, host: ${HERE}, port: ${freePort()} }
  SILENT: { aeTitle: SILENT, host: ${HERE}, port: ${silent.port} }
  SILENT-TLS: { aeTitle: SILENT, host: ${HERE}, port: ${silent.port}, tls: {} }
  NO-TLS: { aeTitle: NOTLS, host: ${HERE}, port: ${answering.port}, tls: {} }
`;
  await using gateway = await listeningGantry({ config });

  await t.step("it answers", async () => {
    const { code, body } = await postEcho(gateway, { peer: "ANSWERS" });
    assert.deepEqual([code, body.status, body.calledAeTitle], [200, 0, "ANSWERS"]);
    assert.match(body.negotiated.implementationVersionName, /^OFFIS_DCMTK_/);
    assert.deepEqual(Object.keys(body.timings), ["connect", "associate", "echo", "release"]);
  });

  const failures = {
    REJECTS: [502, "associate", "no-reason-given"],
    DEAD: [502, "connect", "connection-failed"],
    SILENT: [504, "associate", "timeout"],
    "SILENT-TLS": [504, "tls", "timeout"],
    "NO-TLS": [502, "tls", "tls-failed"],
  };
  for (const [peer, expected] of Object.entries(failures)) {
    await t.step(peer, async () => {
      const { code, mediaType, body } = await postEcho(gateway, { peer });
      assert.deepEqual([code, body.phase, body.reason], expected, body.detail);
      assert.equal(mediaType, "application/problem+json");
    });
  }

  await t.step("an unknown peer, and one that is not configured", async () => {
    assert.equal((await postEcho(gateway, { peer: "NOBODY" })).code, 404);
    const adHoc = { calledAeTitle: "ANSWERS", host: HERE, port: answering.port };
    const refused = await postEcho(gateway, adHoc);
    assert.deepEqual([refused.code, refused.mediaType], [403, "application/problem+json"]);
    await using allowing = await listeningGantry({ config: "http: { allowAdHocEcho: true }" });
    assert.equal((await postEcho(allowing, adHoc)).code, 200);
  });

  const { totals } = await associations(gateway);
  assert.equal(totals.associations.find(({ role }) => role === "requestor")?.released, 1);
}));

Deno.test(peerTest("sidecar: POST /echo by TLS", ["storescp", "openssl"], async () => {
  const { authority, server } = await certificates();
  await using scp = await startStoreScp("--enable-tls", server.keyFile, server.certFile, "--ignore-peer-cert");
  const tls = `tls: { ca: ${authority.certFile} }`;
  const config = `peers: { SECURE: { aeTitle: SECURE, host: localhost, port: ${scp.port}, ${tls} } }`;
  await using gateway = await listeningGantry({ config });
  const { code, body } = await postEcho(gateway, { peer: "SECURE" });
  assert.equal(code, 200, body.detail);
  assert.deepEqual(Object.keys(body.timings), ["connect", "tls", "associate", "echo", "release"]);
}));

Deno.test("sidecar: with a token, all but health wants it", async () => {
  const token = "0123456789abcdef0123456789abcdef";
  await using gateway = await listeningGantry({ config: "http: { token: ${TOKEN} }", env: { TOKEN: token } });
  const ask = async (path: string, headers: HeadersInit = {}) => {
    const response = await fetch(`${gateway.origin}${path}`, { headers });
    await response.text();
    return response.status;
  };
  for (const path of ["/health", "/health/live", "/health/ready"]) assert.equal(await ask(path), 200, path);
  for (const path of ["/", "/associations", "/metrics", "/openapi.json"]) {
    assert.equal(await ask(path), 401, path);
    assert.equal(await ask(path, { Authorization: "Bearer wrong" }), 401, path);
    assert.equal(await ask(path, { Authorization: `Bearer ${token}` }), 200, path);
  }
  assert.ok(!gateway.process.output.includes(token));
});

Deno.test(peerTest("sidecar: /metrics counts what was stored, and what ended how", ["storescu"], async () => {
  await using gateway = await listeningGantry();
  using folder = temporaryFolder();
  const instances = [makeInstance(), makeInstance()];
  await dcmtk("storescu", [HERE, String(gateway.port), ...writeInstances(folder.path, instances)]);
  const response = await fetch(`${gateway.origin}/metrics`);
  assert.match(response.headers.get("content-type") ?? "", /^text\/plain; version=0\.0\.4/);
  const lines = (await response.text()).split("\n");
  const value = (sample: string) => Number(lines.find((line) => line.startsWith(`${sample} `))?.split(" ").at(-1));
  assert.equal(value('gantry_operations_total{service="C-STORE",role="performed",category="success"}'), 2);
  assert.equal(value('gantry_associations_ended_total{role="acceptor",how="released"}'), 1);
  const bytes = instances.reduce((sum, { dataSet }) => sum + dataSet.length, 0);
  assert.equal(value('gantry_operation_data_set_bytes_total{service="C-STORE",role="performed"}'), bytes);
}));

Deno.test(
  peerTest("nothing of a patient gets into logs, HTTP answers or the output of commands", ["storescu"], async () => {
    const marker = "Zzyzx";
    await using gateway = await listeningGantry({ config: "archive: { onExisting: keep-first }" });
    using folder = temporaryFolder();
    const patientName = `${marker}^Quentin`;
    const good = makeInstance({ patientName });
    const again = makeInstance({ patientName, sopInstanceUid: good.sopInstanceUid, pixel: 1 });
    const short = makeInstance({ patientName });
    const paths = writeInstances(folder.path, [good, short]);
    Deno.truncateSync(paths[1] ?? "", short.file.length - 100);
    const port = String(gateway.port);
    const outputs: string[] = [];
    for (
      const call of [["send", `GANTRY@${HERE}:${port}`, ...paths], [
        "send",
        `GANTRY@${HERE}:${port}`,
        ...paths,
        "--json",
      ]]
    ) {
      const { stdout, stderr } = await gantry(call);
      outputs.push(stdout, stderr);
    }
    const second = writeInstances(folder.path, [again]);
    await dcmtk("storescu", [HERE, port, ...second]);
    assert.equal((await dcmtk("storescu", ["--abort", HERE, port, ...second])).code, 0);
    const peer = await associated(gateway);
    await peer.release();

    for (const path of ["/", "/health", "/health/ready", "/associations", "/metrics", "/openapi.json"]) {
      outputs.push(await (await fetch(`${gateway.origin}${path}`)).text());
    }
    await gateway.end();
    outputs.push(gateway.process.output);
    assert.ok(new TextDecoder().decode(gateway.read(good.name)).includes(marker), "the marker was really sent");
    assert.ok(gateway.log.some(({ level }) => level === "warn"), "a failure was really logged");
    for (const output of outputs) assert.ok(!output.includes(marker), output);
  }),
);

Deno.test(
  peerTest("every line of the log in JSON is an object with time, level, event and message", ["echoscu"], async () => {
    await using gateway = await listeningGantry();
    await dcmtk("echoscu", ["-aet", 'A"B{}', HERE, String(gateway.port)]);
    await dcmtk("echoscu", ["--abort", HERE, String(gateway.port)]);
    const { stdout, stderr } = await gateway.end();
    assert.equal(stdout, "");
    const lines = stderr.trim().split("\n").map((line) => JSON.parse(line));
    for (const { time, level, event, message } of lines) {
      assert.equal(new Date(time).toISOString(), time);
      assert.match(level, /^(debug|info|warn|error)$/);
      assert.ok(event.length > 0 && message.length > 0);
    }
    assert.ok(lines.some(({ calling }) => calling === 'A"B{}'));
  }),
);
