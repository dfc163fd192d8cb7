import assert from "node:assert/strict";
import type { EchoSource } from "../../src/http/echo.ts";
import type { EchoOutcome } from "../../src/http/echo_outcome.ts";
import { FakeTime, settle } from "../support/fake_time.ts";
import { ANSWERED, assertProblem, postEcho, sidecar } from "./support.ts";

const TARGET = { calledAeTitle: "OTHER", host: "192.0.2.7", port: 104 };
const TIMEOUT = 10_000;

type Failure = Extract<EchoOutcome, { outcome: "failed" }>;

function failure(phase: Failure["phase"], reason: string, more: Partial<Failure> = {}): Failure {
  return { outcome: "failed", phase, reason, detail: `Cannot: ${reason}`, timedOut: false, timings: {}, ...more };
}

/** A sidecar that allows ad-hoc targets. */
function allowing(echo: EchoSource["echo"]) {
  return sidecar({ allowAdHocEcho: true, adHocTimeout: TIMEOUT, echo });
}

/** Fails with the reason of its signal, when that is aborted. */
function silent(_: unknown, { signal }: { signal: AbortSignal }): Promise<EchoOutcome> {
  return new Promise((resolve) =>
    signal.addEventListener("abort", () => resolve(failure("connect", signal.reason.name, { timings: { connect: 9 } })))
  );
}

Deno.test("POST /echo tells of what is no DICOM peer after the same time, in the same words", async () => {
  using time = new FakeTime();
  const echoes: EchoSource["echo"][] = [
    () => Promise.resolve(failure("connect", "connection-failed", { timings: { connect: 1 } })),
    () => Promise.resolve(failure("connect", "timeout", { timedOut: true })),
    () => Promise.resolve(failure("associate", "timeout", { timedOut: true, timings: { connect: 1, associate: 8 } })),
    () => Promise.resolve(failure("associate", "connection-closed")),
    () => Promise.resolve(failure("associate", "aborted-by-gateway")),
    () => Promise.resolve(failure("associate", "a-reason-that-is-new")),
    () => Promise.resolve(failure("connect", "not-sent")),
    silent,
  ];
  const bodies = new Set<string>();
  for (const echo of echoes) {
    let answer: Response | undefined;
    const asked = postEcho(allowing(echo), TARGET).then((response) => answer = response);
    await time.advance(TIMEOUT - 1);
    assert.equal(answer, undefined);
    await time.advance(1);
    const response = await asked;
    bodies.add(JSON.stringify([[...response.headers], await assertProblem(response, "PeerFailed", "PeerFailed")]));
    assert.equal(time.pending, 0);
  }
  assert.equal(bodies.size, 1);
  assert.match([...bodies].join(), /"reason":"no-dicom-peer","timings":\{\}/);
});

Deno.test("POST /echo tells at once what a DICOM peer said that is not configured", async () => {
  using time = new FakeTime();
  const { negotiated } = ANSWERED as Extract<EchoOutcome, { outcome: "answered" }>;
  const failures = [
    failure("associate", "called-ae-title-not-recognized"),
    failure("associate", "local-limit-exceeded"),
    failure("associate", "verification-not-accepted"),
    failure("associate", "aborted-by-peer"),
    failure("echo", "connection-closed", { negotiated }),
  ];
  for (const failed of failures) {
    const response = await postEcho(allowing(() => Promise.resolve(failed)), TARGET);
    const body = await assertProblem(response, "PeerFailed", "PeerFailed");
    assert.partialDeepStrictEqual(body, { phase: failed.phase, reason: failed.reason });
  }
  assert.equal((await postEcho(allowing(() => Promise.resolve(ANSWERED)), TARGET)).status, 200);
  assert.equal(time.pending, 0);
});

Deno.test("POST /echo has one target at a time that is not configured, and configured ones beside it", async () => {
  using time = new FakeTime();
  const app = allowing((target, options) => target.peer ? Promise.resolve(ANSWERED) : silent(target, options));
  const first = postEcho(app, TARGET);
  await settle();
  const second = await postEcho(app, TARGET);
  assert.equal(second.headers.get("retry-after"), "1");
  await assertProblem(second, "AdHocEchoBusy");
  assert.equal((await postEcho(app, { peer: "PACS" })).status, 200);
  await time.advance(TIMEOUT);
  await assertProblem(await first, "PeerFailed", "PeerFailed");
  const third = postEcho(app, TARGET);
  await time.advance(TIMEOUT);
  assert.equal((await third).status, 502);
});

Deno.test("POST /echo gives up a target that is not configured when its caller goes away", async () => {
  using time = new FakeTime();
  const reasons: unknown[] = [];
  const app = allowing((target, { signal }) => {
    signal.addEventListener("abort", () => reasons.push(signal.reason.name));
    return silent(target, { signal });
  });
  const headers = { "Content-Type": "application/json" };
  const body = JSON.stringify(TARGET);
  for (let calls = 0; calls < 2; calls++) {
    const caller = new AbortController();
    const asked = app.request("/echo", { method: "POST", headers, body, signal: caller.signal });
    await settle();
    caller.abort();
    await asked;
  }
  assert.equal(reasons.length, 2);
  assert.equal(time.pending, 0);
});
