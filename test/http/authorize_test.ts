import assert from "node:assert/strict";
import { recognizeFixed } from "../../src/access/web/fixed_tokens.ts";
import { askerOf, type HttpRequestEvent } from "../../src/http/authorize.ts";
import { createHttpApp } from "../../src/http/app.ts";
import { dataScopes, scopeFinder } from "../../src/http/scopes.ts";
import { assertProblem, sidecar } from "./support.ts";

const recognize = recognizeFixed({
  READER: { token: "r", scopes: ["read"] },
  WRITER: { token: "w", scopes: ["write"] },
  DELETER: { token: "d", scopes: ["delete"] },
  OPERATOR: { token: "a", scopes: ["admin"] },
});

/** What each route wants: `any` is any token. */
const ROUTES: readonly (readonly [method: string, path: string, scope: string])[] = [
  ["GET", "/", "any"],
  ["GET", "/openapi.json", "any"],
  ["GET", "/metrics", "a"],
  ["GET", "/associations", "a"],
  ["DELETE", "/associations/17", "a"],
  ["POST", "/echo", "a"],
  ["GET", "/worklist", "r"],
  ["HEAD", "/worklist", "r"],
  ["GET", "/worklist/x", "r"],
  ["POST", "/worklist", "w"],
  ["PUT", "/worklist/x", "w"],
  ["PUT", "//worklist//x", "w"],
  ["DELETE", "/worklist/x", "d"],
  ["GET", "/mpps", "r"],
  ["GET", "/mpps/1.2", "r"],
  ["GET", "/worklistx", "a"],
  ["PATCH", "/worklist/x", "a"],
];
const NAMES: Readonly<Record<string, string>> = { r: "read", w: "write", d: "delete", a: "admin" };

Deno.test("each route wants its scope, and says which where a token lacks it", async () => {
  const app = sidecar({ access: { recognize } });
  for (const [method, path, scope] of ROUTES) {
    for (const token of Object.keys(NAMES)) {
      const response = await app.request(path, { method, headers: { authorization: `Bearer ${token}` } });
      const isRight = scope === "any" || scope === token;
      assert.equal(response.status === 403, !isRight, `${method} ${path} with ${NAMES[token]}`);
      assert.notEqual(response.status, 401);
      if (isRight || method === "HEAD") {
        await response.body?.cancel();
        continue;
      }
      const wanted = NAMES[scope];
      assert.equal(
        response.headers.get("www-authenticate"),
        `Bearer realm="gantry", error="insufficient_scope", scope="${wanted}"`,
      );
      const { detail } = await assertProblem(response, "InsufficientScope") as { detail: string };
      assert.equal(detail, `The bearer token does not have the scope ${wanted}`);
    }
    await assertProblem(
      await app.request(path.replace("HEAD", "GET"), { method: method === "HEAD" ? "GET" : method }),
      "Unauthorized",
    );
  }
  for (const path of ["/health", "/health/live"]) assert.equal((await app.request(path)).status, 200);
});

Deno.test("http.token has all scopes beside tokens that have some", async () => {
  const app = sidecar({ token: "all", access: { recognize } });
  for (const [method, path] of ROUTES) {
    const response = await app.request(path, { method, headers: { authorization: "Bearer all" } });
    await response.body?.cancel();
    assert.ok(response.status !== 401 && response.status !== 403, `${method} ${path}: ${response.status}`);
  }
  assert.equal((await app.request("/metrics", { headers: { authorization: "Bearer r" } })).status, 403);
});

Deno.test("a token that nobody can check is a 503, and one that is wrong says why", async () => {
  const unavailable = sidecar({ access: { recognize: () => Promise.resolve({ outcome: "unavailable" }) } });
  const headers = { authorization: "Bearer x" };
  const response = await unavailable.request("/", { headers });
  assert.equal(response.headers.get("retry-after"), "30");
  await assertProblem(response, "TokenNotChecked");
  const expired = sidecar({ access: { recognize: () => Promise.resolve({ outcome: "refused", why: "has expired" }) } });
  const { detail } = await assertProblem(await expired.request("/", { headers }), "Unauthorized") as { detail: string };
  assert.equal(detail, "The bearer token has expired");
});

Deno.test("routes that say nothing of scopes want admin, and the longest rule counts", () => {
  const scopeOf = scopeFinder([dataScopes("/a"), { path: "/a/b", scopes: { GET: "any" } }]);
  const cases = [
    ["GET", "/a", "read"],
    ["OPTIONS", "/a/x", "read"],
    ["POST", "/a/x", "write"],
    ["GET", "/a/b/c", "any"],
    ["POST", "/a/b", "admin"],
    ["GET", "/ab", "admin"],
    ["TRACE", "/a", "admin"],
    ["toString", "/a", "admin"],
  ] as const;
  for (const [method, path, expected] of cases) assert.equal(scopeOf(method, path), expected, `${method} ${path}`);
});

Deno.test("every request with a token is told by its route and the name of who asks, and nothing of it", async () => {
  const events: HttpRequestEvent[] = [];
  const seen: (string | undefined)[] = [];
  const app = createHttpApp({
    version: "1",
    token: "all",
    access: { recognize },
    onRequest: (event) => void events.push(event),
    parts: [{
      scopes: [dataScopes("/things")],
      routes(app) {
        app.put("/things/:name", (c) => {
          seen.push(askerOf(c));
          return c.body(null, 204);
        });
      },
    }],
  });
  const ask = (token?: string) =>
    app.request("/things/DOE%5EJANE?q=DOE", {
      method: "PUT",
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    }, { remoteAddress: "192.0.2.1" });
  for (const token of ["w", "r", "secret", undefined, "all"]) await (await ask(token)).body?.cancel();
  const one = { type: "http-request", method: "PUT", route: "/things/:name", remoteAddress: "192.0.2.1" };
  assert.deepEqual(events, [
    { ...one, status: 204, asker: "WRITER" },
    { ...one, status: 403, asker: "READER", refused: "The bearer token does not have the scope write" },
    { ...one, status: 401, refused: "The bearer token is wrong" },
    { ...one, status: 401, refused: "The request has no bearer token" },
    { ...one, status: 204 },
  ]);
  assert.deepEqual(seen, ["WRITER", undefined]);
});

Deno.test("the OpenAPI document says which scope each operation wants, and who issues tokens", async () => {
  const app = sidecar({ access: { recognize, issuer: "https://login.example/realms/clinic/" } });
  const { paths, components } = await (await app.request("/openapi.json", { headers: { authorization: "Bearer r" } }))
    .json();
  const openIdConnectUrl = "https://login.example/realms/clinic/.well-known/openid-configuration";
  assert.deepEqual(components.securitySchemes, {
    bearer: { type: "http", scheme: "bearer" },
    oidc: { type: "openIdConnect", openIdConnectUrl },
  });
  const wants = (scope: string) => [{ bearer: [scope] }, { oidc: [scope] }];
  assert.deepEqual(paths["/worklist"].post.security, wants("write"));
  assert.deepEqual(paths["/worklist/{key}"].delete.security, wants("delete"));
  assert.deepEqual(paths["/metrics"].get.security, wants("admin"));
  assert.deepEqual(paths["/"].get.security, [{ bearer: [] }, { oidc: [] }]);
  assert.deepEqual(paths["/health"].get.security, []);
  assert.ok("403" in paths["/mpps"].get.responses && "503" in paths["/mpps"].get.responses);
  assert.ok(!("403" in paths["/health/live"].get.responses));
});
