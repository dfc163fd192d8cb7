import assert from "node:assert/strict";
import type { Hono } from "hono";
import { createHttpApp } from "../../src/http/app.ts";

const VIEWER = "https://viewer.example";
const TOKEN = "correct-horse";

function app(options: { token?: string; origins?: readonly string[] } = {}): Hono {
  const { origins = [VIEWER], ...others } = options;
  return createHttpApp({
    version: "1.2.3",
    parts: [{
      routes: (app) => {
        app.get("/open/x", (c) => c.text("x"));
        app.get("/closed", (c) => c.text("y"));
      },
      crossOrigin: { path: "/open", origins },
    }],
    ...others,
  });
}

/** One that wants a token. What it makes of the token is made before the first test: a test would end before. */
const secured = app({ token: TOKEN });
await secured.request("/open/x", { headers: { authorization: "Bearer none" } });

const PREFLIGHT = {
  method: "OPTIONS",
  headers: {
    "origin": VIEWER,
    "access-control-request-method": "GET",
    "access-control-request-headers": "authorization, accept, range, if-none-match, content-type",
  },
};

Deno.test("a preflight from a configured origin needs no token", async () => {
  const response = await secured.request("/open/x", PREFLIGHT);
  assert.equal(response.status, 204);
  assert.equal(response.headers.get("access-control-allow-origin"), VIEWER);
  const allowed = response.headers.get("access-control-allow-headers")!.toLowerCase().split(", ");
  for (const name of PREFLIGHT.headers["access-control-request-headers"].split(", ")) assert.ok(allowed.includes(name));
  for (const method of ["GET", "POST", "DELETE"]) {
    assert.ok(response.headers.get("access-control-allow-methods")!.split(", ").includes(method));
  }
});

Deno.test("a preflight from another origin, or for another path, is no way in", async () => {
  const other = { ...PREFLIGHT, headers: { ...PREFLIGHT.headers, origin: "https://evil.example" } };
  for (const [path, init] of [["/open/x", other], ["/closed", PREFLIGHT], ["/opened", PREFLIGHT]] as const) {
    const response = await secured.request(path, init);
    assert.equal(response.status, 401, path);
    assert.equal(response.headers.get("access-control-allow-origin"), null);
    assert.equal((await app().request(path, init)).status, 403, path);
  }
});

Deno.test("a configured origin reads what viewers need, also of an error", async () => {
  const headers = { origin: VIEWER };
  const exposed = "Content-Length Content-Location Content-Range ETag Link Warning X-Total-Count".split(" ");
  for (
    const [server, given, status] of [
      [app(), headers, 200],
      [secured, { ...headers, authorization: `Bearer ${TOKEN}` }, 200],
      [secured, headers, 401],
    ] as const
  ) {
    const response = await server.request("/open/x", { headers: given });
    assert.equal(response.status, status);
    assert.equal(response.headers.get("access-control-allow-origin"), VIEWER);
    assert.equal(response.headers.get("cross-origin-resource-policy"), "cross-origin");
    assert.match(response.headers.get("vary")!, /Origin/);
    const told = response.headers.get("access-control-expose-headers")!.split(", ");
    for (const name of exposed) assert.ok(told.includes(name), name);
  }
});

Deno.test("without a token, a page of an origin that isn't configured gets nothing, and can't embed anything", async () => {
  const response = await app().request("/open/x", { headers: { origin: "https://evil.example" } });
  assert.equal(response.status, 403);
  assert.equal(response.headers.get("access-control-allow-origin"), null);
  const embedded = await app().request("/open/x");
  assert.equal(embedded.headers.get("cross-origin-resource-policy"), "same-origin");
});

Deno.test("* is every origin; no origins are none", async () => {
  const headers = { origin: "https://any.example" };
  const open = await app({ origins: ["*"] }).request("/open/x", { headers });
  assert.equal(open.headers.get("access-control-allow-origin"), "https://any.example");
  const closed = await app({ origins: [] }).request("/open/x", { headers });
  assert.equal(closed.status, 403);
  assert.equal(closed.headers.get("access-control-allow-origin"), null);
});
