import assert from "node:assert/strict";
import { createHttpApp } from "../../src/http/app.ts";
import { viewerPart } from "../../src/http/viewer.ts";

const INDEX = `<!doctype html><script>start()</script><script defer src="/app.bundle.0123456789abcdef.js"></script>`;

/** Its stream has all bytes from the start: a test that cancels it leaves nothing behind that is still being read. */
function fileOf(name: string, text = name) {
  const stream = () => new Response(text).body!;
  return { name, version: `v-${text.length}`, stream };
}

const FILES = [
  ...["index.html", "app-config.js", "app.bundle.0123456789abcdef.js", "sw.js", "assets/a.png", "ort/b.wasm"],
  ...["openapi.json", "../outside", "a b.js", ".hidden", "health"],
].map((name) => fileOf(name));

async function appOf(token?: string) {
  const viewer = await viewerPart({ index: INDEX, files: FILES }, token !== undefined);
  const parts = [{ routes: (app: import("hono").Hono) => void app.get("/health", (c) => c.text("fit")) }, viewer];
  return createHttpApp({ version: "1", parts, ...(token !== undefined && { token }) });
}

const TOKEN = "0123456789abcdef";

Deno.test("the viewer's page answers at /ohif and every path below that is no file", async () => {
  const app = await appOf();
  for (const path of ["/ohif", "/ohif/", "/ohif/viewer?StudyInstanceUIDs=1.2", "/ohif/index.html", "/ohif/a/b"]) {
    const response = await app.request(path);
    assert.equal(await response.text(), INDEX, path);
    assert.equal(response.headers.get("content-type"), "text/html; charset=utf-8");
    assert.equal(response.headers.get("cross-origin-opener-policy"), "same-origin");
    assert.equal(response.headers.get("cross-origin-embedder-policy"), "require-corp");
    const policy = response.headers.get("content-security-policy") ?? "";
    assert.match(policy, /script-src 'self' 'wasm-unsafe-eval' blob: 'sha256-[\w+/]{43}=';/);
    assert.match(policy, /frame-ancestors 'none'/);
  }
});

Deno.test("files of the viewer are below /ohif and at the root, and only those that were listed", async () => {
  const app = await appOf();
  const cases: [path: string, type: string, caching: RegExp][] = [
    ["/app.bundle.0123456789abcdef.js", "text/javascript; charset=utf-8", /immutable/],
    ["/sw.js", "text/javascript; charset=utf-8", /no-cache/],
    ["/assets/a.png", "image/png", /no-cache/],
    ["/ort/b.wasm", "application/wasm", /no-cache/],
  ];
  for (const [path, type, caching] of cases) {
    for (const url of [path, `/ohif${path}`]) {
      const response = await app.request(url);
      assert.equal(await response.text(), path.slice(1), url);
      assert.equal(response.headers.get("content-type"), type);
      assert.match(response.headers.get("cache-control") ?? "", caching);
      const etag = response.headers.get("etag") ?? "";
      assert.equal((await app.request(url, { headers: { "if-none-match": etag } })).status, 304);
      const head = await app.request(url, { method: "HEAD" });
      assert.deepEqual([head.status, await head.text()], [200, ""]);
    }
  }
  const outside = ["/ohif/..%2f..%2fetc%2fpasswd", "/ohif/%2e%2e/outside", "/ohif/..%5coutside", "/ohif/.hidden"];
  for (const path of [...outside, "/.hidden", "/..%2foutside", "/index.html"]) {
    const response = await app.request(path);
    const text = await response.text();
    assert.ok(response.status === 404 || text === INDEX, `${path}: ${response.status} ${text}`);
  }
});

Deno.test("no file of the viewer stands for a route of the gateway", async () => {
  const app = await appOf();
  assert.equal(await (await app.request("/health")).text(), "fit");
  assert.equal((await (await app.request("/openapi.json")).json()).info.title, "Gantry");
  const closed = await appOf(TOKEN);
  assert.equal((await closed.request("/openapi.json")).status, 401);
});

Deno.test("app-config.js leads to this gateway, without a token or with one that it asks for and never has in it", async () => {
  for (const token of [undefined, TOKEN]) {
    const app = await appOf(token);
    for (const path of ["/app-config.js", "/ohif/app-config.js"]) {
      const response = await app.request(path);
      assert.equal(response.status, 200);
      const script = await response.text();
      assert.ok(!script.includes(TOKEN));
      const { config, asked } = await runConfig(script, token === undefined ? [] : [TOKEN]);
      const { configuration } = config.dataSources[0];
      assert.equal(configuration.qidoRoot, "https://pacs.example/dicom-web");
      assert.equal(configuration.wadoRoot, "https://pacs.example/dicom-web");
      assert.equal(config.routerBasename, "/ohif");
      assert.equal(asked.length, token === undefined ? 0 : 2);
    }
  }
});

Deno.test("with a token the files are open and the API is not; the viewer asks until the token is right", async () => {
  const app = await appOf(TOKEN);
  for (const path of ["/ohif/", "/sw.js", "/app-config.js"]) {
    const response = await app.request(path);
    assert.equal(response.status, 200, path);
    await response.body?.cancel();
  }
  for (const path of ["/", "/dicom-web/studies", "/ohifx", "/index.html", "/sw.js/x"]) {
    assert.equal((await app.request(path)).status, 401, path);
  }
  const script = await (await app.request("/app-config.js")).text();
  const { config, asked, stored } = await runConfig(script, [TOKEN]);
  assert.deepEqual(asked, ["Bearer wrong", `Bearer ${TOKEN}`]);
  assert.deepEqual(stored, { "gantry-token": TOKEN });
  let header: (() => unknown) | undefined;
  const userAuthenticationService = {
    setServiceImplementation: (service: { getAuthorizationHeader: () => unknown }) => {
      header = service.getAuthorizationHeader;
    },
  };
  config.extensions[0].preRegistration({ servicesManager: { services: { userAuthenticationService } } });
  assert.deepEqual(header?.(), { Authorization: `Bearer ${TOKEN}` });
});

Deno.test("the viewer asks on for a token that may read", async () => {
  const script = await (await (await appOf(TOKEN)).request("/app-config.js")).text();
  const { asked } = await runConfig(script, [TOKEN], 403);
  assert.deepEqual(asked, ["Bearer wrong", `Bearer ${TOKEN}`]);
});

/** Runs the script as a page would, whose user types a wrong token first, to which DICOMweb answers with this status. */
async function runConfig(script: string, right: readonly string[], refusal = 401) {
  const stored: Record<string, string> = {};
  const asked: string[] = [];
  const typed = ["wrong", ...right];
  // deno-lint-ignore no-explicit-any
  const window: any = {};
  const page = {
    window,
    location: { origin: "https://pacs.example" },
    sessionStorage: {
      getItem: (key: string) => stored[key] ?? null,
      setItem: (key: string, value: string) => void (stored[key] = value),
    },
    prompt: () => typed.shift() ?? null,
    fetch: (_: string, { headers }: { headers: Record<string, string> }) => {
      asked.push(headers.Authorization ?? "");
      return Promise.resolve({ status: headers.Authorization === `Bearer ${right[0]}` ? 200 : refusal });
    },
  };
  new Function(...Object.keys(page), script)(...Object.values(page));
  const config = typeof window.config === "function" ? await window.config() : window.config;
  return { config, asked, stored };
}
