import assert from "node:assert/strict";
import { createHttpApp } from "../../src/http/app.ts";
import { EXAMPLES } from "../../src/http/openapi_examples.ts";
import { assertMatches, assertProblem, OPTIONS, postEcho, sidecar } from "./support.ts";

Deno.test("GET /associations gives the report", async () => {
  const response = await sidecar().request("/associations");
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("content-type"), "application/json");
  const body = await response.json();
  assertMatches("AssociationsReport", body);
  assert.deepEqual(body, EXAMPLES.associations);
});

Deno.test("DELETE /associations/{id} aborts the one that it names", async () => {
  const aborted: string[] = [];
  const abort = (id: string) => aborted.push(id) > 0 && id === "a 1";
  const app = sidecar({ associations: { ...OPTIONS.associations, abort } });
  const response = await app.request("/associations/a%201", { method: "DELETE" });
  assert.equal(response.status, 204);
  assert.equal(await response.text(), "");
  await assertProblem(await app.request("/associations/2", { method: "DELETE" }), "UnknownAssociation");
  assert.deepEqual(aborted, ["a 1", "2"]);
});

Deno.test("HEAD answers as GET does, without a body", async () => {
  for (const path of ["/", "/health", "/health/live", "/health/ready", "/associations", "/metrics", "/openapi.json"]) {
    const get = await sidecar().request(path);
    const head = await sidecar().request(path, { method: "HEAD" });
    await get.body?.cancel();
    assert.equal(head.status, 200);
    assert.equal(await head.text(), "");
    assert.deepEqual([...head.headers], [...get.headers], path);
  }
});

Deno.test("a path without the method says which methods it has", async () => {
  const cases = [
    ["PUT", "/health", "GET, HEAD"],
    ["POST", "/associations", "GET, HEAD"],
    ["OPTIONS", "/metrics", "GET, HEAD"],
    ["BREW", "/", "GET, HEAD"],
    ["GET", "/echo", "POST"],
    ["HEAD", "/echo", "POST"],
    ["GET", "/associations/17", "DELETE"],
    ["PATCH", "/echo/", "POST"],
  ] as const;
  for (const [method, path, allow] of cases) {
    const response = await sidecar().request(path, { method });
    assert.equal(response.headers.get("allow"), allow, `${method} ${path}`);
    if (method === "HEAD") assert.equal(response.status, 405);
    else await assertProblem(response, "MethodNotAllowed");
  }
});

Deno.test("a path that is none is not found, whatever the method", async () => {
  for (const method of ["GET", "POST", "BREW"]) {
    for (const path of ["/nothing", "/health/other", "/associations/1/2"]) {
      await assertProblem(await sidecar().request(`http://localhost${path}`, { method }), "NotFound");
    }
  }
});

Deno.test("a trailing slash makes no difference", async () => {
  for (const path of ["/health/", "/health/live/", "/associations/", "/metrics/", "/openapi.json/"]) {
    const response = await sidecar().request(path);
    await response.body?.cancel();
    assert.equal(response.status, 200, path);
  }
  assert.equal((await sidecar().request("/associations/17/", { method: "DELETE" })).status, 204);
});

Deno.test("an unexpected error is told to the gateway, never to the caller", async () => {
  const seen: unknown[] = [];
  const fault = new Error("secret at /var/lib/gantry/index.db");
  const app = sidecar({
    onError: (error) => seen.push(error),
    echo: () => Promise.reject(fault),
    associations: {
      snapshot: () => {
        throw fault;
      },
      abort: () => {
        throw fault;
      },
    },
  });
  const answers = [
    await app.request("/associations"),
    await app.request("/metrics"),
    await app.request("/associations/1", { method: "DELETE" }),
    await postEcho(app, { peer: "PACS" }),
  ];
  for (const response of answers) {
    const copy = response.clone();
    await assertProblem(response, "InternalError");
    assert.doesNotMatch(await copy.text(), /secret|var|\.ts/);
  }
  assert.deepEqual(seen, [fault, fault, fault, fault]);
});

Deno.test("a client that leaves is no error, unless something else is wrong as well", async () => {
  const seen: unknown[] = [];
  const leave = new AbortController();
  const broken = new Error("broken");
  const app = createHttpApp({
    version: "1",
    onError: (error) => void seen.push(error),
    parts: [{
      routes(app) {
        app.get("/waits", (c) => {
          leave.abort();
          return Promise.reject(c.req.raw.signal.reason);
        });
        app.get("/broken", () => Promise.reject(broken));
        app.get("/aborted", () => Promise.reject(new DOMException("Something else has ended", "AbortError")));
      },
    }],
  });
  await app.request("http://localhost/aborted");
  for (const path of ["waits", "broken"]) await app.request(`http://localhost/${path}`, { signal: leave.signal });
  assert.deepEqual(seen.map((error) => (error as Error).message), ["Something else has ended", "broken"]);
});

Deno.test("routes that are added are protected and listed in Allow", async () => {
  const app = sidecar({ token: "t" });
  app.get("/dicom-web/studies", (c) => c.json([]));
  await assertProblem(await app.request("/dicom-web/studies"), "Unauthorized");
  const headers = { authorization: "Bearer t" };
  assert.equal((await app.request("/dicom-web/studies", { headers })).status, 200);
  const response = await app.request("/dicom-web/studies", { headers, method: "PUT" });
  assert.equal(response.headers.get("allow"), "GET, HEAD");
  await assertProblem(response, "MethodNotAllowed");
});
