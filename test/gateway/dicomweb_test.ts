import assert from "node:assert/strict";
import { parseConfig } from "../../src/config.ts";
import * as UID from "../../src/dicom/generated/uid.ts";
import { TransportError } from "../../src/errors.ts";
import type { Connect } from "../../src/gateway/connect.ts";
import { createGateway, type Gateway, type GatewayOptions } from "../../src/gateway/gateway.ts";
import { createMemoryStore } from "../../src/objects/memory_store.ts";
import { requestAssociation } from "../../src/services/scu.ts";
import { connectionPair } from "../../src/transport/memory.ts";
import { type JsonAnswer, partsOf, valuesOf } from "../dicomweb/server/support.ts";
import { sourceOf } from "../services/query_support.ts";
import { type MadeInstance, makeInstance, readContent } from "../support/instances.ts";

/** A gateway of a configuration, and what it takes to talk to it. */
async function setting(yaml = "{}", options: Partial<GatewayOptions> = {}) {
  const store = createMemoryStore();
  const connect: Connect = () => Promise.reject(new TransportError("There is no network", { phase: "connect" }));
  const gateway = createGateway({ store, connect, config: await parseConfig(yaml), ...options });
  return {
    gateway,
    ask: (path: string, init: RequestInit = {}) =>
      gateway.fetch(new Request(`http://localhost/dicom-web${path}`, init)),
    async store(instances: readonly MadeInstance[]) {
      const [here, there] = connectionPair();
      gateway.accept(there);
      await using association = await requestAssociation(here, {
        ...{ calledAeTitle: "GANTRY", callingAeTitle: "CT1" },
        presentationContexts: [{
          abstractSyntax: UID.SecondaryCaptureImageStorage,
          transferSyntaxes: [UID.ExplicitVRLittleEndian],
        }],
      });
      for (const instance of instances) assert.equal((await association.store(instance)).status, 0);
    },
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
    },
  };
}

async function json(response: Response): Promise<JsonAnswer[]> {
  const text = await response.text();
  assert.equal(response.status, 200, text);
  return JSON.parse(text);
}

Deno.test("what comes by C-STORE is found and retrieved by DICOMweb at once, its metadata made anew", async () => {
  await using it = await setting("archive: { onExisting: replace }");
  const [first, second] = [makeInstance(), makeInstance()];
  const metadata = async () =>
    valuesOf(await json(await it.ask("/studies/1.2.3.2/series/1.2.3.3/metadata")), "00080018");
  await it.store([first]);
  assert.deepEqual(await metadata(), [first.sopInstanceUid]);
  await it.store([second]);
  assert.deepEqual(await metadata(), [first.sopInstanceUid, second.sopInstanceUid]);
  // The same UID comes in another series: the first one has lost it.
  await it.store([makeInstance({ sopInstanceUid: first.sopInstanceUid, seriesInstanceUid: "1.2.3.4", pixel: 1 })]);
  assert.deepEqual(await metadata(), [second.sopInstanceUid]);
  const [study] = await json(await it.ask("/studies"));
  assert.equal(study!["00201208"]?.Value?.[0], 2);
  assert.equal(study!["00080056"]?.Value?.[0], "ONLINE");
});

Deno.test("DICOMweb wants the token, preflights of configured origins do not", async () => {
  const yaml = 'http: { token: 0123456789abcdef }\ndicomweb: { origins: ["https://viewer.example"] }';
  await using it = await setting(yaml);
  const origin = { origin: "https://viewer.example" };
  assert.equal((await it.ask("/studies", { headers: { authorization: "Bearer none" } })).status, 401);
  assert.equal((await it.ask("/studies")).status, 401);
  assert.equal((await it.ask("/studies", { headers: origin })).status, 401);
  const authorization = "Bearer 0123456789abcdef";
  const allowed = await it.ask("/studies", { headers: { ...origin, authorization } });
  assert.equal(allowed.headers.get("access-control-allow-origin"), "https://viewer.example");
  assert.deepEqual(await json(allowed), []);
  const preflight = { method: "OPTIONS", headers: { ...origin, "access-control-request-method": "GET" } };
  assert.equal((await it.ask("/studies", preflight)).status, 204);
});

Deno.test("URLs follow http.proxies, by the address of who is connected", async () => {
  await using it = await setting("http: { proxies: [10.0.0.0/8] }", { source: sourceOf() });
  const url = async (remoteAddress: string) => {
    const headers = { forwarded: "host=pacs.example;proto=https" };
    const request = new Request("http://localhost/dicom-web/studies", { headers });
    const [study] = await json(await it.gateway.fetch(request, { remoteAddress }));
    return study!["00081190"]?.Value?.[0];
  };
  assert.equal(await url("10.1.1.1"), "https://pacs.example/dicom-web/studies/1.2.1");
  assert.equal(await url("192.0.2.1"), "http://localhost/dicom-web/studies/1.2.1");
});

Deno.test("answers.default says who answers DICOMweb: nobody, or a peer by C-FIND and C-GET", async () => {
  await using nobody = await setting("answers: { default: [] }", { source: sourceOf() });
  assert.deepEqual(await json(await nobody.ask("/studies")), []);
  const nothing = await nobody.ask("/studies/1.2.1");
  assert.equal(nothing.status, 404);
  await nothing.body?.cancel();

  const made = makeInstance({ pixelBytes: 20_000 });
  await using pacs = await setting();
  await pacs.store([made, makeInstance()]);
  const connect: Connect = () => {
    const [here, there] = connectionPair();
    (pacs.gateway as Gateway).accept(there);
    return Promise.resolve(here);
  };
  const yaml = "peers: { PACS: { aeTitle: PACS, host: pacs, port: 104 } }\nanswers: { default: [PACS] }";
  await using bridge = await setting(yaml, { connect });
  const studies = await bridge.ask("/studies?PatientID=ID-1&fuzzymatching=true&limit=5");
  assert.match(studies.headers.get("warning") ?? "", /fuzzymatching parameter is not supported/);
  assert.equal(studies.headers.get("x-total-count"), "1");
  assert.deepEqual(valuesOf(await json(studies), "0020000D"), ["1.2.3.2"]);
  assert.equal((await json(await bridge.ask("/studies/1.2.3.2/instances"))).length, 2);
  const headers = { accept: 'multipart/related; type="application/dicom"; transfer-syntax=*' };
  const parts = await partsOf(await bridge.ask("/studies/1.2.3.2", { headers }));
  const contents = parts.map(({ body }) => readContent(body));
  assert.equal(contents.length, 2);
  const found = contents.find(({ sopInstanceUid }) => sopInstanceUid === made.sopInstanceUid)!;
  assert.deepEqual(found.dataSet, made.dataSet);
  const instance = `/studies/1.2.3.2/series/1.2.3.3/instances/${made.sopInstanceUid}`;
  const [described] = await json(await bridge.ask(`${instance}/metadata`));
  assert.ok(described!["7FE00010"]?.BulkDataURI);
  const frame = await bridge.ask(`${instance}/frames/1`, { headers: { accept: "application/octet-stream" } });
  assert.deepEqual(new Uint8Array(await frame.arrayBuffer()), new Uint8Array(20_000).fill(0x55));
});

Deno.test("a peer that can't be asked is a 502 that says so, and its reason is for the log", async () => {
  const errors: unknown[] = [];
  const yaml = "peers: { PACS: { aeTitle: PACS, host: pacs, port: 104 } }\nanswers: { default: [PACS] }";
  await using it = await setting(yaml, { onError: (error) => void errors.push(error) });
  for (
    const path of ["/studies", "/studies/1.2", "/studies/1.2/metadata", "/studies/1.2/series/1/instances/1/frames/1"]
  ) {
    const response = await it.ask(path);
    const text = await response.text();
    assert.equal(response.status, 502, `${path}: ${text}`);
    assert.ok(!text.includes("network"));
  }
  assert.match(String(errors[0]), /There is no network/);
});

Deno.test("DELETE is there where the configuration allows it, and deletes from the archive for good", async () => {
  await using closed = await setting();
  const made = [makeInstance(), makeInstance()];
  await closed.store(made);
  const path = `/studies/1.2.3.2/series/1.2.3.3/instances/${made[0]!.sopInstanceUid}`;
  const refused = await closed.ask(path, { method: "DELETE" });
  assert.equal(refused.status, 405);
  await refused.body?.cancel();

  await using open = await setting("dicomweb: { delete: true }");
  await open.store(made);
  assert.equal((await json(await open.ask("/studies/1.2.3.2/metadata"))).length, 2);
  assert.equal((await open.ask(path, { method: "DELETE" })).status, 204);
  assert.deepEqual(valuesOf(await json(await open.ask("/studies/1.2.3.2/metadata")), "00080018"), [
    made[1]!.sopInstanceUid,
  ]);
  assert.equal((await open.ask("/studies/1.2.3.2", { method: "DELETE" })).status, 204);
  assert.deepEqual(await json(await open.ask("/studies")), []);
  assert.equal((await closed.ask("/studies")).headers.get("x-total-count"), "1");
});
