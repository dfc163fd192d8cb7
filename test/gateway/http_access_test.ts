import assert from "node:assert/strict";
import { logEvents } from "../../src/cli/output/event_log.ts";
import type { Log } from "../../src/cli/output/log.ts";
import { issuerKey, KeyServer } from "../access/web/issuer.ts";
import { type StoreServer, storeServer } from "../dicomweb/server/store_support.ts";
import { makeInstance } from "../support/instances.ts";

const VIEWER = "viewer-viewer-viewer";
const MODALITY = "modality-modality-1";
const TOKENS = `tokens: {
  VIEWER: { token: ${VIEWER}, scopes: [read] },
  CT1: { token: ${MODALITY}, scopes: [write] } }`;

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

async function statusOf({ gateway }: StoreServer, path: string, token: string, method = "GET"): Promise<number> {
  const response = await gateway.fetch(new Request(`http://localhost${path}`, { method, headers: bearer(token) }));
  await response.body?.cancel();
  return response.status;
}

Deno.test("tokens with scopes open their routes of a gateway, and their names are the senders of what is stored", async () => {
  const lines: string[] = [];
  const log: Log = {
    isEnabled: () => true,
    write: (level, event, message, fields) => void lines.push(JSON.stringify({ level, event, message, ...fields })),
  };
  await using server = await storeServer(`http: { ${TOKENS} }\ndicomweb: { delete: true }`, {
    observers: [logEvents(log)],
  });
  const made = makeInstance();
  const file = { body: made.file };
  assert.equal((await server.sendParts([file])).status, 401);
  assert.equal((await server.sendParts([file], { headers: bearer(VIEWER) })).status, 403);
  assert.equal((await server.sendParts([file], { headers: bearer(MODALITY) })).status, 200);
  assert.equal((await server.index.find(made.sopInstanceUid))?.sourceAeTitle, "CT1");
  assert.equal(await statusOf(server, "/dicom-web/studies", MODALITY), 403);
  assert.equal(await statusOf(server, "/dicom-web/studies?PatientName=DOE*", VIEWER), 200);
  for (const token of [VIEWER, MODALITY]) {
    assert.equal(await statusOf(server, "/dicom-web/studies/1.2.3.2", token, "DELETE"), 403);
    assert.equal(await statusOf(server, "/metrics", token), 403);
    assert.equal(await statusOf(server, "/dicom-web", token, "OPTIONS"), token === VIEWER ? 200 : 403);
  }
  // Whoever may ask for commitment may have the answer; nobody who only reads.
  const commitment = "/dicom-web/commitment-requests/1.2.3";
  assert.equal(await statusOf(server, commitment, MODALITY), 404);
  assert.equal(await statusOf(server, commitment, VIEWER), 403);
  const step = "/dicom-web/modality-performed-procedure-steps/1.2.3";
  assert.equal(await statusOf(server, step, VIEWER), 404);
  assert.equal(await statusOf(server, step, VIEWER, "POST"), 403);
  assert.equal(await statusOf(server, "/dicom-web/modality-scheduled-procedure-steps", MODALITY), 403);
  assert.equal(await statusOf(server, "/dicom-web/modality-scheduled-procedure-steps", VIEWER), 204);
  const stored = lines.find((line) => line.includes('"stored"')) ?? "";
  assert.match(stored, /"calling":"CT1"/);
  const told = lines.filter((line) => line.includes("http-"));
  assert.deepEqual(told.slice(0, 3).map((line) => JSON.parse(line)), [
    {
      level: "warn",
      event: "http-refused",
      message: "Refused over HTTP: The request has no bearer token",
      ...{ method: "POST", route: "/dicom-web/studies", status: 401, remote: "192.0.2.7" },
    },
    {
      level: "warn",
      event: "http-refused",
      message: "Refused over HTTP: The bearer token does not have the scope write",
      ...{ asker: "VIEWER", method: "POST", route: "/dicom-web/studies", status: 403, remote: "192.0.2.7" },
    },
    {
      level: "info",
      event: "http-request",
      message: "Answered over HTTP",
      ...{ asker: "CT1", method: "POST", route: "/dicom-web/studies", status: 200, remote: "192.0.2.7" },
    },
  ]);
  assert.doesNotMatch(lines.join("\n"), new RegExp(`${VIEWER}|${MODALITY}|DOE`));
});

Deno.test("tokens of an identity provider open routes of a gateway, by the keys that its URL leads to", async () => {
  const key = await issuerKey("one", "RS256");
  const keys = new KeyServer(key);
  await using issuer = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, () => keys.answer());
  await using server = await storeServer(`
http:
  token: everything-everything
  ${TOKENS.replaceAll("\n", "\n  ")}
  oidc:
    issuer: https://login.example/realms/clinic
    audience: gantry
    jwks: http://127.0.0.1:${issuer.addr.port}/keys
    scopeClaim: realm_access.roles
    scopePrefix: dicom-
`);
  const roles = (...roles: string[]) => key.sign({ realm_access: { roles } });
  const reader = await roles("dicom-read", "write");
  assert.equal(await statusOf(server, "/dicom-web/studies", reader), 200);
  assert.equal(await statusOf(server, "/metrics", reader), 403);
  assert.equal(await statusOf(server, "/metrics", await roles("dicom-admin")), 200);
  assert.equal(await statusOf(server, "/dicom-web/studies", await (await issuerKey("one", "RS256")).sign()), 401);
  assert.equal(await statusOf(server, "/dicom-web/studies", VIEWER), 200);
  assert.equal(await statusOf(server, "/metrics", "everything-everything"), 200);
  const made = makeInstance();
  const sent = { headers: bearer(await roles("dicom-write")) };
  assert.equal((await server.sendParts([{ body: made.file }], sent)).status, 200);
  assert.equal((await server.index.find(made.sopInstanceUid))?.sourceAeTitle, "ct1");
  assert.deepEqual(server.errors, []);
});

Deno.test("an identity provider that is down is a 503 for its tokens, and nothing for others", async () => {
  const gone = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, () => new Response());
  await gone.shutdown();
  await using server = await storeServer(`
http:
  ${TOKENS.replaceAll("\n", "\n  ")}
  oidc: { issuer: "https://login.example", audience: gantry, jwks: "http://127.0.0.1:${gone.addr.port}/" }
`);
  const token = await (await issuerKey("one")).sign();
  assert.equal(await statusOf(server, "/dicom-web/studies", token), 503);
  assert.equal(await statusOf(server, "/dicom-web/studies", VIEWER), 200);
  assert.equal(await statusOf(server, "/dicom-web/studies", "x"), 401);
  assert.equal(await statusOf(server, "/health", "x"), 200);
  assert.match(String(server.errors[0]), /^Error: Cannot get the keys that tokens are checked with/);
  assert.equal(server.errors.length, 1);
});
