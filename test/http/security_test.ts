import assert from "node:assert/strict";
import type { Hono } from "hono";
import { assertProblem, postEcho, sidecar } from "./support.ts";

const TOKEN = "correct-horse";

async function status(app: Hono, path: string, init?: RequestInit): Promise<number> {
  const response = await app.request(path, init);
  await response.body?.cancel();
  return response.status;
}

Deno.test("createSidecar() refuses an empty token", () => {
  assert.throws(() => sidecar({ token: "" }), { name: "TypeError", message: /^Cannot create the sidecar: / });
});

Deno.test("with a token, everything but health wants it", async () => {
  const app = sidecar({ token: TOKEN });
  for (const path of ["/", "/associations", "/metrics", "/openapi.json", "/nothing", "/healthy", "/echo"]) {
    const response = await app.request(path);
    assert.equal(response.headers.get("www-authenticate"), 'Bearer realm="gantry"');
    await assertProblem(response, "Unauthorized");
  }
  await assertProblem(await app.request("/associations/17", { method: "DELETE" }), "Unauthorized");
  await assertProblem(await postEcho(app, { peer: "PACS" }), "Unauthorized");
  for (const path of ["/health", "/health/", "/health/live", "/health/ready"]) {
    assert.equal(await status(app, path), 200, path);
  }
});

Deno.test("only the very token is taken", async () => {
  const app = sidecar({ token: TOKEN });
  for (const authorization of [`Bearer ${TOKEN}`, `bearer  ${TOKEN}`]) {
    assert.equal(await status(app, "/associations", { headers: { authorization } }), 200, authorization);
  }
  for (const wrong of ["x", TOKEN.slice(0, -1), `${TOKEN}x`, TOKEN.toUpperCase()]) {
    const response = await app.request("/associations", { headers: { authorization: `Bearer ${wrong}` } });
    assert.equal(response.headers.get("www-authenticate"), 'Bearer realm="gantry", error="invalid_token"');
    await assertProblem(response, "Unauthorized");
  }
  for (const authorization of [TOKEN, `Basic ${TOKEN}`, "Bearer", `Bearer ${TOKEN} x`, `Bearer${TOKEN}`]) {
    assert.equal(await status(app, "/associations", { headers: { authorization } }), 401, authorization);
  }
  assert.equal(await status(app, `/associations?access_token=${TOKEN}`), 401);
});

Deno.test("without a token, pages of other origins get nothing", async () => {
  const app = sidecar();
  for (const origin of ["https://evil.example", "null", "http://localhost:1", "http://localhost.evil.example"]) {
    await assertProblem(await app.request("/associations", { headers: { origin } }), "CrossSiteRequest");
    await assertProblem(await postEcho(app, { peer: "PACS" }, { origin }), "CrossSiteRequest");
  }
  assert.equal(await status(app, "/associations", { headers: { origin: "http://localhost" } }), 200);
  const proxied = { origin: "https://gw.example:8443", host: "GW.example:8443" };
  assert.equal(await status(app, "/associations", { headers: proxied }), 200);
});

Deno.test("no answer lets another origin read it", async () => {
  const response = await sidecar({ token: TOKEN }).request("/associations", {
    headers: { origin: "https://evil.example", authorization: `Bearer ${TOKEN}` },
  });
  assert.equal(response.status, 200);
  await response.body?.cancel();
  for (const [name] of response.headers) assert.doesNotMatch(name, /^access-control/);
});

Deno.test("only allowed hosts are answered, by URL and by Host", async () => {
  const app = sidecar({ allowedHosts: ["localhost", "127.0.0.1", "[::1]"] });
  for (const host of ["localhost", "127.0.0.1:8080", "[::1]:8080", "LOCALHOST:80"]) {
    assert.equal(await status(app, `http://${host}/health`), 200, host);
    assert.equal(await status(app, "/health", { headers: { host } }), 200, host);
  }
  for (
    const host of ["evil.example", "localhost.evil.example", "evil.example:8080", "127.0.0.1.evil.example", "[::2]"]
  ) {
    await assertProblem(await app.request(`http://${host}/health`), "HostNotAllowed");
    await assertProblem(await app.request("/associations", { headers: { host } }), "HostNotAllowed");
  }
});

Deno.test("a host that is none is the client's fault, with a token too", async () => {
  const errors: unknown[] = [];
  const onError = (error: unknown) => void errors.push(error);
  const headers = { authorization: `Bearer ${TOKEN}` };
  for (const app of [sidecar({ onError, allowedHosts: ["localhost"] }), sidecar({ onError, token: TOKEN })]) {
    for (const host of ["[", "a b", "localhost:99999", "localhost/health/", "x/health?", "localhost#", "a@localhost"]) {
      // As servers make a request, be its URL valid or not; the Web has none of these.
      const request = new Request("http://localhost/associations", { headers: { ...headers, host } });
      Object.defineProperty(request, "url", { value: `http://${host}/associations` });
      await assertProblem(await app.fetch(request), "HostNotAllowed");
    }
  }
  assert.deepEqual(errors, []);
});

Deno.test("every answer has the security headers", async () => {
  const app = sidecar({ token: TOKEN });
  const headers = { authorization: `Bearer ${TOKEN}` };
  const broken = sidecar({ associations: { snapshot: () => assert.fail("broken"), abort: () => false } });
  const answers = [
    await app.request("/", { headers }),
    await app.request("/health"),
    await app.request("/metrics"),
    await app.request("/metrics", { headers }),
    await app.request("/nothing", { headers }),
    await app.request("/metrics", { headers, method: "PUT" }),
    await app.request("/associations/17", { headers, method: "DELETE" }),
    await broken.request("/associations"),
  ];
  for (const response of answers) {
    await response.body?.cancel();
    assert.equal(response.headers.get("x-content-type-options"), "nosniff");
    assert.equal(response.headers.get("x-frame-options"), "DENY");
    assert.equal(response.headers.get("referrer-policy"), "no-referrer");
    assert.equal(response.headers.get("cache-control"), "no-store");
    assert.match(response.headers.get("content-security-policy") ?? "", /default-src 'none'.*frame-ancestors 'none'/);
  }
});

Deno.test("the page's style is the one that its policy allows", async () => {
  const response = await sidecar({ version: "<1&2>" }).request("/");
  assert.equal(response.headers.get("content-type"), "text/html; charset=UTF-8");
  const page = await response.text();
  assert.match(page, /&lt;1&amp;2&gt;/);
  const style = /<style>(.*)<\/style>/s.exec(page)?.[1] ?? assert.fail("no style");
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(style));
  const hash = btoa(String.fromCharCode(...new Uint8Array(digest)));
  assert.ok(response.headers.get("content-security-policy")?.includes(`style-src 'sha256-${hash}'`));
});

Deno.test("the page leads to routes that exist", async () => {
  const app = sidecar();
  const page = await (await app.request("/")).text();
  const links = Array.from(page.matchAll(/href="([^"]*)"/g), ([, path]) => path ?? "");
  assert.ok(links.length >= 4);
  for (const path of links) assert.equal(await status(app, path), 200, path);
});
