import assert from "node:assert/strict";
import type { Health } from "../../src/http/health_format.ts";
import { settle } from "../support/fake_time.ts";
import { assertMatches, sidecar } from "./support.ts";

async function ask(path: string, found: Health): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await sidecar({ health: () => Promise.resolve(found) }).request(path);
  assert.equal(response.headers.get("content-type"), "application/health+json");
  const body = await response.json();
  assertMatches("Health", body);
  return { status: response.status, body };
}

const PASS: Health = { draining: false, checks: { "archive:writable": [{ status: "pass" }] } };
const WARN: Health = {
  draining: false,
  checks: { ...PASS.checks, "archive:free": [{ status: "warn", output: "Low" }] },
};
const FAIL: Health = {
  draining: false,
  checks: { ...WARN.checks, "listener:accepting": [{ status: "pass" }, { status: "fail", componentId: "11113" }] },
};

Deno.test("GET /health passes with version, uptime and every check", async () => {
  const { status, body } = await ask("/health", PASS);
  assert.equal(status, 200);
  assert.partialDeepStrictEqual(body, {
    status: "pass",
    version: "1.2.3",
    checks: {
      "archive:writable": [{ status: "pass" }],
      "gateway:draining": [{ observedValue: false, status: "pass" }],
      uptime: [{ observedUnit: "s", status: "pass" }],
    },
  });
});

Deno.test("GET /health names the service when it has an id", async () => {
  const response = await sidecar({ serviceId: "gw-1" }).request("/health");
  assert.equal((await response.json()).serviceId, "gw-1");
});

Deno.test("GET /health is as bad as the worst check", async () => {
  for (const [found, httpStatus, status] of [[PASS, 200, "pass"], [WARN, 200, "warn"], [FAIL, 503, "fail"]] as const) {
    const answer = await ask("/health", found);
    assert.deepEqual([answer.status, answer.body.status], [httpStatus, status]);
  }
});

Deno.test("GET /health warns while draining", async () => {
  const { status, body } = await ask("/health", { ...PASS, draining: true });
  assert.equal(status, 200);
  assert.equal(body.status, "warn");
});

Deno.test("GET /health/ready fails while draining and when a check fails", async () => {
  assert.deepEqual(await ask("/health/ready", PASS), { status: 200, body: { status: "pass" } });
  assert.deepEqual(await ask("/health/ready", WARN), { status: 200, body: { status: "pass" } });
  assert.deepEqual(await ask("/health/ready", { ...PASS, draining: true }), {
    status: 503,
    body: { status: "fail", output: "The gateway is draining" },
  });
  assert.deepEqual(await ask("/health/ready", FAIL), {
    status: 503,
    body: { status: "fail", output: "Failing: listener:accepting" },
  });
});

Deno.test("GET /health/live passes whatever the checks say, and does not ask for them", async () => {
  const app = sidecar({ health: () => assert.fail("asked") });
  const response = await app.request("/health/live");
  assert.equal(response.status, 200);
  assert.deepEqual(await response.json(), { status: "pass" });
});

Deno.test("GET /health fails without telling why when the checks throw", async () => {
  const seen: unknown[] = [];
  const fault = new Error("ENOENT: /var/lib/gantry");
  for (
    const health of [() => Promise.reject(fault), () => {
      throw fault;
    }]
  ) {
    const response = await sidecar({ health, onError: (error) => seen.push(error) }).request("/health");
    assert.equal(response.status, 503);
    const text = await response.text();
    assert.doesNotMatch(text, /gantry|ENOENT/);
    assertMatches("Health", JSON.parse(text));
  }
  assert.deepEqual(seen, [fault, fault]);
});

Deno.test("GET /health fails when the checks hang", async () => {
  const seen: unknown[] = [];
  const app = sidecar({
    health: () => new Promise(() => {}),
    healthDeadline: 1,
    onError: (error) => seen.push(error),
  });
  assert.equal((await app.request("/health")).status, 503);
  assert.equal((await app.request("/health/ready")).status, 503);
  assert.match(String(seen[0]), /Cannot check the health: no result came for 1 ms/);
});

Deno.test("GET /health checks once at a time, whoever asks, and anew for the next one", async () => {
  const checks: ((found: Health) => void)[] = [];
  const app = sidecar({ health: () => new Promise((resolve) => checks.push(resolve)) });
  const asked = ["/health", "/health/ready", "/health"].map((path) => Promise.resolve(app.request(path)));
  await settle();
  assert.equal(checks.length, 1);
  checks[0]!(FAIL);
  assert.deepEqual((await Promise.all(asked)).map(({ status }) => status), [503, 503, 503]);
  const next = Promise.resolve(app.request("/health"));
  await settle();
  checks[1]!(PASS);
  assert.equal((await next).status, 200);
});

Deno.test("GET /health begins no further checks while those before hang", async () => {
  let begun = 0;
  const app = sidecar({ health: () => (begun++, new Promise(() => {})), healthDeadline: 1 });
  for (let asked = 0; asked < 3; asked++) assert.equal((await app.request("/health")).status, 503);
  assert.equal(begun, 1);
});
