import assert from "node:assert/strict";
import { defaultConfig } from "../../src/config.ts";
import { TransportError } from "../../src/errors.ts";
import type { Connect } from "../../src/gateway/connect.ts";
import { connectionPair } from "../../src/transport/memory.ts";
import { bytesOf } from "../dicom/encoding/elements.ts";
import { FakeTime } from "../support/fake_time.ts";
import { associateAc, commandPdv, echoRsp, pData, ScriptedPeer } from "../support/scripted_peer.ts";
import { assertOutputsSound } from "./outputs.ts";
import { watchGateway } from "./watched_gateway.ts";
import "../support/late_gateway_parts.ts";

/** Headers that the sidecar's answers may have. */
const HEADERS: ReadonlySet<string> = new Set([
  "accept",
  "allow",
  "cache-control",
  "content-length",
  "content-security-policy",
  "content-type",
  "cross-origin-resource-policy",
  "referrer-policy",
  "www-authenticate",
  "x-content-type-options",
  "x-frame-options",
]);

/** An answer that a browser takes for data, with the headers that are meant and no others. */
async function assertData(response: Response): Promise<string> {
  for (const [name, value] of response.headers) {
    assert.ok(HEADERS.has(name), `the header ${name}: ${value}`);
    assert.match(value, /^[ -~]*$/);
  }
  assert.match(response.headers.get("content-type") ?? "", /^application\/(problem\+)?json/);
  assert.equal(response.headers.get("x-content-type-options"), "nosniff");
  assert.match(response.headers.get("content-security-policy") ?? "", /default-src 'none'/);
  return await response.text();
}

const HOSTILE_PATHS = [
  "/associations/%0d%0aSet-Cookie:%20stolen=1",
  "/associations/..%2f..%2fetc%2fpasswd",
  "/associations/%00",
  "/associations/__proto__",
  "/associations/<script>alert(1)</script>",
  `/associations/${"1".repeat(10_000)}`,
  "/%0d%0aLocation:%20http://elsewhere.example/",
  "/..%2f..%2f..%2fetc%2fpasswd",
  "//elsewhere.example/%2f..",
  "/<svg onload=alert(1)>",
  "/metrics/%0a# TYPE forged counter",
  "/%ff%fe",
];

for (const method of ["GET", "DELETE", "POST", "PUT", "OPTIONS"]) {
  Deno.test(`Hostile paths get a problem and nothing else: ${method}`, async () => {
    await using watched = watchGateway();
    for (const path of HOSTILE_PATHS) {
      const response = await watched.gateway.fetch(new Request(`http://localhost${path}`, { method }));
      assert.ok([404, 405].includes(response.status), `${response.status} for ${path}`);
      const { status, instance } = JSON.parse(await assertData(response));
      assert.equal(status, response.status);
      assert.equal(typeof instance, "string");
    }
    await assertOutputsSound(watched);
  });
}

/** A C-ECHO request of this body. */
function echoRequest(body: unknown): Request {
  const headers = { "Content-Type": "application/json" };
  return new Request("http://localhost/echo", { method: "POST", headers, body: JSON.stringify(body) });
}

const TARGET = { calledAeTitle: "PACS", host: "127.0.0.1", port: 104 };

const HOSTILE_BODIES: readonly unknown[] = [
  { ...TARGET, calledAeTitle: "A\r\nB" },
  { ...TARGET, calledAeTitle: "A\\B" },
  { ...TARGET, calledAeTitle: "A".repeat(17) },
  { ...TARGET, calledAeTitle: "\u202eABC" },
  { ...TARGET, host: "127.0.0.1\r\nX" },
  { ...TARGET, host: "http://169.254.169.254/latest" },
  { ...TARGET, host: "user@host" },
  { ...TARGET, host: "a/../b" },
  { ...TARGET, host: "-oProxyCommand" },
  { ...TARGET, host: "a b" },
  { ...TARGET, host: "" },
  { ...TARGET, host: "\0" },
  { ...TARGET, port: -1 },
  { ...TARGET, port: 65536 },
  { ...TARGET, port: "104" },
  { ...TARGET, port: 1e400 },
  { ...TARGET, unknown: "\r\n" },
  { peer: {} },
  { peer: ["PACS"] },
  [],
  null,
  "PACS",
];

Deno.test("A hostile C-ECHO request is told what is wrong, and nobody is connected to", async () => {
  let connected = 0;
  const connect: Connect = () => {
    connected++;
    return Promise.reject(new Error("Nobody is there"));
  };
  await using watched = watchGateway({ connect, config: { http: { ...defaultConfig.http, allowAdHocEcho: true } } });
  for (const body of HOSTILE_BODIES) {
    const response = await watched.gateway.fetch(echoRequest(body));
    assert.equal(response.status, 422, JSON.stringify(body));
    await assertData(response);
  }
  for (const peer of ["__proto__", "constructor", "toString", "../PACS"]) {
    const response = await watched.gateway.fetch(echoRequest({ peer }));
    assert.equal(response.status, 404, peer);
    await assertData(response);
  }
  assert.equal(connected, 0);
  await assertOutputsSound(watched);
});

Deno.test("A C-ECHO to a target that is not configured is refused unless the configuration allows it", async () => {
  let connected = 0;
  await using watched = watchGateway({ connect: () => Promise.reject(new Error(`${connected++}`)) });
  const response = await watched.gateway.fetch(echoRequest(TARGET));
  assert.equal(response.status, 403);
  await assertData(response);
  assert.equal(connected, 0);
});

Deno.test("A C-ECHO to just any target tells nothing of what isn't a DICOM peer, nor does /associations", async () => {
  using time = new FakeTime();
  const http = { ...defaultConfig.http, allowAdHocEcho: true };
  const nobody: Connect = () => Promise.reject(new TransportError("Cannot connect: refused", { phase: "connect" }));
  const filtered: Connect = (_, { signal }) =>
    new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  const answering = (bytes: string): Connect => () => {
    const [near, far] = connectionPair();
    const peer = new ScriptedPeer(far);
    peer.expectType("A-ASSOCIATE-RQ")
      .then(() => bytes === "" ? peer.close() : peer.send(bytesOf(bytes)))
      .then(() => peer.receiveBytes())
      .catch(() => {}); // The gateway ends the connection.
    return Promise.resolve(near);
  };
  const silent: Connect = () => Promise.resolve(connectionPair()[0]);
  const seen = new Set<string>();
  for (const connect of [nobody, filtered, silent, answering(""), answering("HTTP/1.1 400 Bad Request\r\n\r\n")]) {
    await using watched = watchGateway({ connect, config: { http } });
    const ask = async (path: string) => {
      const text = await assertData(await watched.gateway.fetch(new Request(`http://localhost${path}`)));
      return text.replace(/"since":"[^"]*"/, "");
    };
    const answered = watched.gateway.fetch(echoRequest(TARGET));
    await time.advance(defaultConfig.dicom.timeouts.connect - 1);
    const during = await ask("/associations");
    await time.advance(1);
    const response = await answered;
    assert.equal(response.status, 502);
    seen.add([await assertData(response), during, await ask("/associations")].join("\n"));
    await time.advance(60_000);
  }
  assert.equal(seen.size, 1);
});

Deno.test("What a hostile peer says of itself is data in the answer to a C-ECHO request", async () => {
  const hostile = '"}<script>$(id)';
  const peers = { PACS: { aeTitle: "PACS", host: "127.0.0.1", port: 104 } };
  const connect: Connect = () => {
    const [near, far] = connectionPair();
    answer(new ScriptedPeer(far), hostile);
    return Promise.resolve(near);
  };
  await using watched = watchGateway({ connect, config: { peers } });
  const response = await watched.gateway.fetch(echoRequest({ peer: "PACS" }));
  assert.equal(response.status, 200);
  const { negotiated } = JSON.parse(await assertData(response));
  assert.equal(negotiated.implementationVersionName, hostile);
  await assertOutputsSound(watched);
});

async function answer(peer: ScriptedPeer, name: string): Promise<void> {
  const request = await peer.expectType("A-ASSOCIATE-RQ");
  await peer.send(associateAc(request, {
    userInformation: { implementationVersionName: name, implementationClassUid: name },
  }));
  await peer.expectType("P-DATA-TF");
  await peer.send(pData(commandPdv(1, echoRsp(1))));
  await peer.expect({ type: "A-RELEASE-RQ" });
  await peer.send({ type: "A-RELEASE-RP" });
  await peer.expectClose();
}

Deno.test("Bytes of a hostile peer don't reach the answer or the log as they are", async () => {
  const peers = { PACS: { aeTitle: "PACS", host: "127.0.0.1", port: 104 } };
  const connect: Connect = () => {
    const [near, far] = connectionPair();
    const peer = new ScriptedPeer(far);
    peer.expectType("A-ASSOCIATE-RQ")
      .then(() => peer.send(bytesOf("\x1b[2J\r\nlevel=error forged")))
      .then(() => peer.expectType("A-ABORT"))
      .then(() => peer.expectClose());
    return Promise.resolve(near);
  };
  await using watched = watchGateway({ connect, config: { peers } });
  const response = await watched.gateway.fetch(echoRequest({ peer: "PACS" }));
  assert.equal(response.status, 502);
  assert.doesNotMatch(await assertData(response), /forged/);
  await assertOutputsSound(watched);
  assert.doesNotMatch(watched.log().join(), /forged/);
});

Deno.test("Pages of other sites get nothing from a sidecar without a token", async () => {
  await using watched = watchGateway();
  const requests: Readonly<Record<string, Request>> = {
    "another origin": new Request("http://localhost/associations", { headers: { Origin: "https://evil.example" } }),
    "no origin at all": new Request("http://localhost/associations", { headers: { Origin: "null" } }),
    "a name that was rebound": new Request("http://evil.example/associations"),
    "a host in the header": new Request("http://localhost/associations", { headers: { Host: "evil.example" } }),
  };
  for (const [name, request] of Object.entries(requests)) {
    const response = await watched.gateway.fetch(request);
    assert.ok([403, 421].includes(response.status), `${response.status} for ${name}`);
    await assertData(response);
  }
});
