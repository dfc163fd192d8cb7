import assert from "node:assert/strict";
import { hashPasscode } from "../../src/access/passcode.ts";
import { usernameIdentity } from "../../src/access/user_identity.ts";
import { type Config, parseConfig } from "../../src/config.ts";
import { ConfigError } from "../../src/config/config_error.ts";
import * as UID from "../../src/dicom/generated/uid.ts";
import type { GatewayEvent, MakeModule } from "../../src/gateway/module.ts";
import { startGateway } from "../../src/hosts/deno.ts";
import type { HostNotice } from "../../src/hosts/notice.ts";
import { createMemoryIndex } from "../../src/index/memory_index.ts";
import { createMemoryStore } from "../../src/objects/memory_store.ts";
import { requestAssociation, type ScuAssociation } from "../../src/services/scu.ts";
import { connectTcp } from "../../src/transport/deno.ts";
import type { Endpoint } from "../../src/upper_layer/connection.ts";
import type { UserIdentity } from "../../src/upper_layer/pdu.ts";
import { decodePdu } from "../../src/upper_layer/codec/pdu_decode.ts";
import { encodePdu } from "../../src/upper_layer/codec/pdu_encode.ts";
import { associateRq } from "../support/scripted_peer.ts";
import { filesBelow, temporaryFolder } from "../support/folders.ts";
import { makeInstance } from "../support/instances.ts";

const HERE = "127.0.0.1";

/** A request whose body never ends. */
const SLOW_REQUEST =
  "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{";

/** A configuration with ports of the system's choice, and `data` for its archive. */
function configFor(data: string, more = "", dicom = ""): Promise<Config> {
  return parseConfig(
    `archive: { path: "${data}" }\nhttp: { port: 0 }\ndicom: { host: ${HERE}, port: 0${dicom} }\n${more}`,
  );
}

async function associate({ port }: Endpoint, userIdentity?: UserIdentity): Promise<ScuAssociation> {
  const { sopClassUid, transferSyntax } = makeInstance();
  return await requestAssociation(await connectTcp({ hostname: HERE, port }), {
    calledAeTitle: "GANTRY",
    presentationContexts: [
      { abstractSyntax: UID.Verification, transferSyntaxes: [UID.ImplicitVRLittleEndian] },
      { abstractSyntax: sopClassUid, transferSyntaxes: [transferSyntax] },
    ],
    ...(userIdentity && { userIdentity }),
  });
}

async function status({ port }: Endpoint): Promise<string> {
  return (await (await fetch(`http://${HERE}:${port}/health`)).json()).status;
}

Deno.test("startGateway() keeps what comes, answers HTTP, starts and stops modules, and drains", async () => {
  using folder = temporaryFolder();
  const config = await configFor(`${folder.path}/data`);
  const told: string[] = [];
  const module: MakeModule = () => ({
    name: "told",
    start: () => void told.push("start"),
    stop: () => void told.push("stop"),
  });
  const events: GatewayEvent[] = [];
  const instance = makeInstance();
  for (const outcome of ["created", "identical"]) {
    const running = await startGateway(config, { modules: [module], observers: [(event) => void events.push(event)] });
    assert.deepEqual(told.splice(0), ["start"]);
    assert.equal(await status(running.http), "pass");
    const association = await associate(running.dicom);
    assert.equal(running.gateway.associations.length, 1);
    assert.deepEqual(await association.store(instance), { status: 0x0000 });
    assert.equal(events.findLast((event) => event.type === "instance-kept")?.kept.outcome, outcome);
    const drained = running.drain();
    await association.release();
    assert.deepEqual([await drained, await running.drain(), told.splice(0)], [true, true, ["stop"]]);
    await assert.rejects(connectTcp({ hostname: HERE, port: running.dicom.port }), /nothing listens there/);
    await assert.rejects(connectTcp({ hostname: HERE, port: running.http.port }), /nothing listens there/);
  }
  assert.deepEqual(filesBelow(`${folder.path}/data/instances`), [instance.name]);
});

Deno.test("startGateway() leaves nothing behind when a module, a port, the users or steps of routes can't be had", async () => {
  using folder = temporaryFolder();
  const data = `${folder.path}/data`;
  const stopped: string[] = [];
  const broken: MakeModule = () => ({
    name: "broken",
    start: () => Promise.reject(new Error("Cannot start the module: it is broken")),
    stop: () => void stopped.push("broken"),
  });
  await assert.rejects(startGateway(await configFor(data), { modules: [broken] }), /the module: it is broken/);
  assert.deepEqual(stopped, ["broken"]);

  const wrongSteps = await configFor(
    data,
    "peers: { PACS: { aeTitle: A, host: a, port: 9 } }\nroutes: [{ name: all, to: PACS, change: [{ shorten: 8 }] }]",
  );
  await assert.rejects(
    startGateway(wrongSteps),
    (error) => error instanceof ConfigError && error.problems[0]!.keyPath === "routes[0].change[0].shorten",
  );

  using taken = Deno.listen({ hostname: HERE, port: 0 });
  const { port } = taken.addr as Deno.NetAddr;
  const noHttp = { ...await configFor(data), http: { ...(await configFor(data)).http, port } };
  await assert.rejects(startGateway(noHttp), {
    name: "TransportError",
    message: /^Cannot listen on .*: the port is in use/,
  });

  Deno.writeTextFileSync(`${folder.path}/users`, "ct1\n");
  await assert.rejects(
    startGateway(await configFor(data, "", `, users: "${folder.path}/users"`)),
    /^Error: Cannot use the users in .*: Cannot read the users: line 1: expected USERNAME:HASH$/,
  );
  await assert.rejects(startGateway(await configFor(data, "", `, users: "${folder.path}/none"`)), /No such file/);

  // The folder's lock is free again.
  await using running = await startGateway(await configFor(data));
  assert.equal(await status(running.http), "pass");
});

Deno.test("startGateway() identifies users by their file, which may change", async () => {
  using folder = temporaryFolder();
  const users = `${folder.path}/users`;
  Deno.writeTextFileSync(users, `ct1:${await hashPasscode("secret", 100_000)}\n`);
  const config = await configFor(`${folder.path}/data`, "", `, users: "${users}", allow: [{ users: any }]`);
  await using running = await startGateway(config);
  const right = usernameIdentity("ct1", "secret");
  await assert.rejects(associate(running.dicom), { name: "AssociationRejectedError" });
  await assert.rejects(associate(running.dicom, usernameIdentity("ct1", "wrong")), {
    name: "AssociationRejectedError",
  });
  await (await associate(running.dicom, right)).release();
  Deno.writeTextFileSync(users, "");
  await assert.rejects(associate(running.dicom, right), { name: "AssociationRejectedError" });
});

Deno.test("startGateway() takes an archive of the program's own, and leaves it open", async () => {
  await using store = createMemoryStore();
  const index = createMemoryIndex();
  const config = await configFor("/nowhere/at/all");
  const running = await startGateway(config, { archive: { store, index } });
  const association = await associate(running.dicom);
  const instance = makeInstance();
  assert.deepEqual(await association.store(instance), { status: 0x0000 });
  const closed = association.closed;
  await running[Symbol.asyncDispose]();
  assert.equal((await closed).how, "aborted");
  assert.equal(await index.count(), 1);
  const names: string[] = [];
  for await (const { name } of store.list()) names.push(name);
  assert.deepEqual(names, [instance.name]);
});

Deno.test("a gateway that is told to end at once closes everything, whoever keeps a connection open", async () => {
  using folder = temporaryFolder();
  const timeouts = ", requireCalledAeTitle: true, timeouts: { drain: 3s }";
  const running = await startGateway(await configFor(`${folder.path}/data`, "", timeouts));
  using rejected = await Deno.connect({ hostname: HERE, port: running.dicom.port });
  await rejected.write(encodePdu(associateRq({ calledAeTitle: "OTHER" })));
  const answer = new Uint8Array(10);
  await rejected.read(answer);
  assert.equal(decodePdu(answer).type, "A-ASSOCIATE-RJ");
  using slow = await Deno.connect({ hostname: HERE, port: running.http.port });
  await slow.write(new TextEncoder().encode(SLOW_REQUEST));
  assert.equal(await status(running.http), "pass");
  running.abort();
  assert.equal(await running.drain(), true);
});

Deno.test("a gateway that can't close within the drain timeout says so, and who is told may throw", async () => {
  await using store = createMemoryStore();
  const { promise, resolve } = Promise.withResolvers<void>();
  const stuck: MakeModule = () => ({ name: "stuck", stop: () => promise });
  const notices: HostNotice[] = [];
  const running = await startGateway(await configFor("unused", "", ", timeouts: { drain: 100ms }"), {
    archive: { store, index: createMemoryIndex() },
    modules: [stuck],
    onNotice: (notice) => {
      notices.push(notice);
      throw new Error("The log is full");
    },
  });
  const association = await associate(running.dicom);
  assert.equal(await running.drain(), false);
  assert.equal((await association.closed).how, "aborted");
  assert.deepEqual(notices.map(({ level, event }) => [level, event]), [["warn", "cut-off"]]);
  resolve();
  await assert.rejects(connectTcp({ hostname: HERE, port: running.dicom.port }), /nothing listens there/);
});

Deno.test("a listener's connections that never get through are counted by the gateway that startGateway() runs", async () => {
  await using store = createMemoryStore();
  const refused = Promise.withResolvers<HostNotice>();
  const config = await configFor("unused", "", `, proxies: [${HERE}], timeouts: { connect: 1s }`);
  await using running = await startGateway(config, {
    archive: { store, index: createMemoryIndex() },
    onNotice: refused.resolve,
  });
  using stranger = await Deno.connect({ hostname: HERE, port: running.dicom.port });
  await stranger.write(new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n"));
  const { level, event, message } = await refused.promise;
  assert.deepEqual([level, event], ["warn", "connection-failed"]);
  assert.match(message, /PROXY protocol/);
  const metrics = await (await fetch(`http://${HERE}:${running.http.port}/metrics`)).text();
  assert.match(metrics, /^gantry_connections_refused_total\{[^}]*\} [1-9]/m);
});
