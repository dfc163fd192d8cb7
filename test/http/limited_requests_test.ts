import assert from "node:assert/strict";
import type { Hono } from "hono";
import { createHttpApp } from "../../src/http/app.ts";
import { type LimitedPart, limitRequests } from "../../src/http/limited_requests.ts";
import { openApiDocument, operation } from "../../src/http/openapi.ts";
import { FakeTime } from "../support/fake_time.ts";
import { assertProblem } from "./support.ts";

interface Limited {
  readonly app: Hono;
  readonly part: LimitedPart;
  readonly passed: string[];
  /** Of bodies that were cancelled. */
  readonly cancelled: unknown[];
}

/** `/x/slow` gives three pieces of a body, `/x/text` a text, `/x/broken` an error, `/x/free` isn't limited. */
function limited(maximum: number, maxWaiting: number): Limited {
  const [passed, cancelled]: [string[], unknown[]] = [[], []];
  const slow = () => {
    let left = 3;
    return new ReadableStream({
      pull(controller) {
        if (left-- === 0) controller.close();
        else controller.enqueue(new Uint8Array(10));
      },
      cancel: (reason) => void cancelled.push(reason),
    }, { highWaterMark: 0 });
  };
  const part = limitRequests(
    {
      routes(app) {
        app.get("/x/slow", (c) => c.body(slow()));
        app.get("/x/text", (c) => c.text("text"));
        app.get("/x/broken", () => assert.fail("broken"));
        app.get("/x/free", (c) => c.body(null, 204));
      },
      paths: (options) => ({
        "/x/slow": { get: operation("slow", "Slow", options, { 200: { description: "It." } }) },
        "/x/free": { get: operation("free", "Free", options, { 204: { description: "It." } }) },
      }),
    },
    "/x",
    [{ limit: "maxSlow", maximum, maxWaiting, includes: (_method, path) => path !== "/x/free" }],
    (limit, maximum) => void passed.push(`${limit} ${maximum}`),
  );
  return { app: createHttpApp({ version: "1", parts: [part] }), part, passed, cancelled };
}

const now = ({ part }: Limited) => part.load().map(({ running, waiting }) => [running, waiting])[0];

Deno.test("requests beyond the limit wait until an answer before them has been read, then have their turn", async () => {
  const it = limited(1, 2);
  const first = await it.app.request("/x/slow");
  const order: string[] = [];
  const second = Promise.resolve(it.app.request("/x/slow")).then((response) => (order.push("second"), response));
  const third = Promise.resolve(it.app.request("/x/text")).then((response) => (order.push("third"), response));
  assert.equal((await it.app.request("/x/free")).status, 204);
  assert.deepEqual(now(it), [1, 2]);
  const busy = await it.app.request("/x/slow");
  assert.equal(busy.headers.get("retry-after"), "5");
  await assertProblem(busy, "TooBusy");
  assert.deepEqual(it.passed, ["maxSlow 1"]);
  assert.equal((await first.bytes()).length, 30);
  assert.equal((await (await second).bytes()).length, 30);
  assert.equal(await (await third).text(), "text");
  assert.deepEqual([order, now(it)], [["second", "third"], [0, 0]]);
});

Deno.test("a place is given back once an error has been told", async () => {
  const it = limited(1, 0);
  for (let time = 0; time < 2; time++) await assertProblem(await it.app.request("/x/broken"), "InternalError");
  assert.deepEqual(now(it), [0, 0]);
});

Deno.test("a place is given back when a body is cancelled, and after HEAD", async () => {
  const it = limited(1, 0);
  const response = await it.app.request("/x/slow");
  const reader = response.body!.getReader();
  await reader.read();
  await reader.cancel("gone");
  assert.deepEqual([it.cancelled, now(it)], [["gone"], [0, 0]]);
  assert.equal((await it.app.request("/x/slow", { method: "HEAD" })).status, 200);
  assert.deepEqual(now(it), [0, 0]);
});

Deno.test("a client that goes while it waits is out of the row", async () => {
  const it = limited(1, 5);
  const first = await it.app.request("/x/slow");
  const controller = new AbortController();
  const waiting = it.app.request("/x/slow", { signal: controller.signal });
  await it.app.request("/x/free");
  assert.deepEqual(now(it), [1, 1]);
  controller.abort();
  await (await waiting).body?.cancel();
  assert.deepEqual([now(it), it.passed], [[1, 0], []]);
  await first.body?.cancel();
});

Deno.test("a request waits for half a minute, and an answer for a minute until its client reads on", async () => {
  using time = new FakeTime();
  const it = limited(1, 5);
  const stalled = await it.app.request("/x/slow");
  const reader = stalled.body!.getReader();
  await reader.read();
  const waiting = it.app.request("/x/slow");
  await time.advance(30_000);
  await assertProblem(await waiting, "TooBusy");
  assert.deepEqual(it.passed, ["maxSlow 1"]);
  const patient = it.app.request("/x/text");
  await time.advance(29_999);
  assert.deepEqual(now(it), [1, 1]);
  await time.advance(1);
  await (await patient).body?.cancel();
  await assert.rejects(reader.read(), /its client has read nothing for 60000 ms/);
  assert.equal(it.cancelled.length, 1);
  assert.deepEqual(now(it), [0, 0]);
});

Deno.test("a short answer is what it was", async () => {
  const response = await limited(1, 0).app.request("/x/text");
  assert.match(response.headers.get("content-type") ?? "", /^text\/plain/);
  assert.equal(await response.text(), "text");
});

Deno.test("the OpenAPI document says which operations are limited", () => {
  const { part } = limited(1, 1);
  const { paths } = JSON.parse(JSON.stringify(openApiDocument({ version: "1" }, [part])));
  assert.ok("503" in paths["/x/slow"].get.responses);
  assert.ok(!("503" in paths["/x/free"].get.responses));
});
