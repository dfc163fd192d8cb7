import assert from "node:assert/strict";
import type { EchoOutcome, EchoTarget } from "../../src/http/echo_outcome.ts";
import { ANSWERED, assertMatches, assertProblem, OPTIONS, postEcho, sidecar } from "./support.ts";
import { until } from "../support/until.ts";

const AD_HOC = { calledAeTitle: "OTHER", host: "::1", port: 104 };

Deno.test("POST /echo reaches a configured peer by name", async () => {
  const asked: EchoTarget[] = [];
  const app = sidecar({
    echo: (target) => {
      asked.push(target);
      return Promise.resolve(ANSWERED);
    },
  });
  const response = await postEcho(app, { peer: "PACS" }, { "Content-Type": "Application/JSON; charset=utf-8" });
  assert.equal(response.status, 200);
  const target = { peer: "PACS", calledAeTitle: "ARCHIVE", host: "127.0.0.1", port: 4242 };
  assert.deepEqual(asked, [target]);
  const body = await response.json();
  assertMatches("EchoAnswer", body);
  const { status, timings, negotiated } = ANSWERED as Extract<EchoOutcome, { outcome: "answered" }>;
  assert.deepEqual(body, { ...target, status, timings, negotiated });
});

Deno.test("POST /echo reaches an ad-hoc target only where that is allowed", async () => {
  const response = await postEcho(sidecar({ allowAdHocEcho: true }), AD_HOC);
  assert.equal(response.status, 200);
  assert.partialDeepStrictEqual(await response.json(), AD_HOC);
  const app = sidecar({ echo: () => assert.fail("asked") });
  await assertProblem(await postEcho(app, AD_HOC), "AdHocEchoNotAllowed");
});

Deno.test("POST /echo knows no peer that is not configured", async () => {
  for (const peer of ["pacs", "__proto__", "constructor", "toString"]) {
    const response = await postEcho(sidecar(), `{"peer":${JSON.stringify(peer)}}`);
    const { detail } = await response.clone().json();
    assert.match(detail, new RegExp(`^No configured peer with a host is called "${peer}"`));
    await assertProblem(response, "UnknownPeer");
  }
});

Deno.test("POST /echo tells the phase and the reason of a failure", async () => {
  const failure = {
    phase: "associate",
    reason: "called-ae-title-not-recognized",
    detail: "Cannot associate: rejected-permanent by service-user, called-ae-title-not-recognized",
    timings: { connect: 1, associate: 2 },
  } as const;
  for (const [timedOut, name] of [[false, "PeerFailed"], [true, "PeerTimedOut"]] as const) {
    const app = sidecar({ echo: () => Promise.resolve({ outcome: "failed", timedOut, ...failure }) });
    const body = await assertProblem(await postEcho(app, { peer: "PACS" }), name, "PeerFailed");
    assert.partialDeepStrictEqual(body, { ...failure, peer: "PACS" });
  }
});

Deno.test("POST /echo fails when the C-ECHO status is not Success", async () => {
  const app = sidecar({
    echo: () => Promise.resolve({ ...ANSWERED, outcome: "answered", status: 0x0122 } as EchoOutcome),
  });
  const body = await assertProblem(await postEcho(app, { peer: "PACS" }), "PeerFailed", "PeerFailed");
  assert.partialDeepStrictEqual(body, {
    phase: "echo",
    reason: "failure-status",
    dimseStatus: 0x0122,
    detail: "The peer answered the C-ECHO with status 0x0122",
  });
});

Deno.test("POST /echo lists what was found and what was expected", async () => {
  const port = "a whole number from 1 to 65535";
  const cases: [body: unknown, errors: { pointer: string; found: string; expected?: string }[]][] = [
    [null, [{ pointer: "", found: "null" }]],
    [[1], [{ pointer: "", found: "an array" }]],
    ["3", [{ pointer: "", found: "3" }]],
    [{ peer: "" }, [{ pointer: "/peer", found: '""' }]],
    [{ peer: 7 }, [{ pointer: "/peer", found: "7" }]],
    [{ peer: "PACS", port: 104 }, [{ pointer: "/port", found: "104", expected: "no other member than peer" }]],
    [{ peer: "", ["x".repeat(41)]: "y".repeat(41) }, [
      { pointer: "/peer", found: '""' },
      { pointer: `/${"x".repeat(40)}`, found: `"${"y".repeat(40)}"…, 41 characters` },
    ]],
    [{ ...AD_HOC, port: 70000 }, [{ pointer: "/port", found: "70000", expected: port }]],
    [{ ...AD_HOC, port: "104" }, [{ pointer: "/port", found: '"104"', expected: port }]],
    [{ ...AD_HOC, port: 0 }, [{ pointer: "/port", found: "0", expected: port }]],
    [{ ...AD_HOC, port: 1.5 }, [{ pointer: "/port", found: "1.5", expected: port }]],
    [{ ...AD_HOC, calledAeTitle: "A\\B" }, [{ pointer: "/calledAeTitle", found: '"A\\\\B"' }]],
    [{ ...AD_HOC, calledAeTitle: " A" }, [{ pointer: "/calledAeTitle", found: '" A"' }]],
    [{ ...AD_HOC, calledAeTitle: "A".repeat(17) }, [{ pointer: "/calledAeTitle", found: `"${"A".repeat(17)}"` }]],
    [{ ...AD_HOC, calledAeTitle: "A\n" }, [{ pointer: "/calledAeTitle", found: '"A\\n"' }]],
    [{ ...AD_HOC, host: "http://x/" }, [{ pointer: "/host", found: '"http://x/"' }]],
    [{ ...AD_HOC, host: "" }, [{ pointer: "/host", found: '""' }]],
    [{ ...AD_HOC, "a/b~c": {} }, [{ pointer: "/a~1b~0c", found: "an object" }]],
    [{}, ["/calledAeTitle", "/host", "/port"].map((pointer) => ({ pointer, found: "nothing" }))],
  ];
  for (const [body, errors] of cases) {
    const app = sidecar({ allowAdHocEcho: true, echo: () => assert.fail("asked") });
    const found = await assertProblem(await postEcho(app, body), "InvalidEchoRequest", "InvalidEchoRequest");
    assert.partialDeepStrictEqual(found, { errors });
    assert.equal((found as { errors: unknown[] }).errors.length, errors.length);
  }
});

Deno.test("POST /echo tells a bounded number of errors", async () => {
  const members = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`m${i}`, 1]));
  const found = await assertProblem(await postEcho(sidecar(), members), "InvalidEchoRequest", "InvalidEchoRequest");
  assert.equal((found as { errors: unknown[] }).errors.length, 20);
});

Deno.test("POST /echo takes AE titles of 1 to 16 characters, spaces inside", async () => {
  for (const calledAeTitle of ["A", "A B", "A".repeat(16), "!~[]"]) {
    const response = await postEcho(sidecar({ allowAdHocEcho: true }), { ...AD_HOC, calledAeTitle });
    assert.equal(response.status, 200, calledAeTitle);
    await response.body?.cancel();
  }
});

Deno.test("POST /echo wants application/json", async () => {
  for (const type of ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", ""]) {
    const response = await postEcho(sidecar(), { peer: "PACS" }, { "Content-Type": type });
    assert.equal(response.headers.get("accept"), "application/json");
    await assertProblem(response, "UnsupportedMediaType");
  }
});

Deno.test("POST /echo refuses what is no JSON in UTF-8", async () => {
  const headers = { "Content-Type": "application/json" };
  for (const body of ["", "{", "{peer:1}", '{"peer":"PACS"}x', new Uint8Array([0x22, 0xff, 0x22])]) {
    const response = await sidecar().request("/echo", { method: "POST", headers, body });
    await assertProblem(response, "MalformedBody");
  }
  await assertProblem(await sidecar().request("/echo", { method: "POST", headers }), "MalformedBody");
});

Deno.test("POST /echo refuses a body above 16 KiB, announced or not, and takes one of just 16 KiB", async () => {
  const headers = { "Content-Type": "application/json" };
  const body = JSON.stringify({ peer: "PACS" }).padEnd(16 * 1024);
  assert.equal((await postEcho(sidecar(), body)).status, 200);
  await assertProblem(await postEcho(sidecar(), `${body} `), "BodyTooLarge");

  let pulled = 0;
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      pulled++;
      controller.enqueue(new Uint8Array(1024));
    },
  });
  await assertProblem(await sidecar().request("/echo", { method: "POST", headers, body: endless }), "BodyTooLarge");
  assert.ok(pulled < 20, `pulled ${pulled} KiB`);

  const announced = sidecar().request("/echo", {
    method: "POST",
    headers: { ...headers, "Content-Length": "16385" },
    body: new ReadableStream({ pull: () => assert.fail("read") }, { highWaterMark: 0 }),
  });
  await assertProblem(await announced, "BodyTooLarge");
});

Deno.test("POST /echo takes a body that ends in an error as what came of it", async () => {
  const body = new ReadableStream({ pull: (controller) => controller.error(new Error("gone")) });
  const headers = { "Content-Type": "application/json" };
  await assertProblem(await sidecar().request("/echo", { method: "POST", headers, body }), "MalformedBody");
});

Deno.test("POST /echo aborts the C-ECHO when the caller goes away", async () => {
  const caller = new AbortController();
  const app = sidecar({
    echo: (_, { signal }) => {
      assert.equal(signal.aborted, false);
      caller.abort();
      assert.equal(signal.aborted, true);
      return OPTIONS.echo({ calledAeTitle: "A", host: "h", port: 1 }, { signal });
    },
  });
  const headers = { "Content-Type": "application/json" };
  await app.request("/echo", { method: "POST", headers, body: '{"peer":"PACS"}', signal: caller.signal });
});

Deno.test("POST /echo has four C-ECHOs to a configured peer at a time, whatever becomes of others", async () => {
  const ends: (() => void)[] = [];
  const app = sidecar({ echo: () => new Promise((resolve) => ends.push(() => resolve(ANSWERED))) });
  const first = Array.from({ length: 4 }, () => postEcho(app, { peer: "PACS" }));
  const refused = await Promise.race([...first, postEcho(app, { peer: "PACS" })]);
  assert.equal(refused.headers.get("retry-after"), "1");
  await assertProblem(refused, "EchoBusy");
  for (const end of ends) end();
  assert.deepEqual((await Promise.all(first)).map(({ status }) => status), [200, 200, 200, 200]);
  const next = postEcho(app, { peer: "PACS" });
  await until("the fifth has begun", () => ends.length === 5);
  ends.at(-1)!();
  assert.equal((await next).status, 200);
});
