import assert from "node:assert/strict";
import { runEcho } from "../../../src/cli/commands/echo.ts";
import type { Echo, EchoCall } from "../../../src/cli/peers/echo_peer.ts";
import type { EchoOutcome } from "../../../src/http/echo_outcome.ts";
import { noPeerFlags } from "../command_line/peer_flags.ts";
import { fakeTerminal } from "../terminal.ts";

const answered: EchoOutcome = {
  outcome: "answered",
  status: 0x0000,
  timings: { connect: 0.4, associate: 2.1, echo: 1.2, release: 0.3 },
  negotiated: {
    maximumPduLength: 16384,
    implementationClassUid: "1.2.276.0.7230010.3.0.3.6.7",
    implementationVersionName: "OFFIS_DCMTK_367",
    transferSyntax: "1.2.840.10008.1.2",
  },
};
const failed: EchoOutcome = {
  outcome: "failed",
  phase: "associate",
  reason: "called-ae-title-not-recognized",
  detail: "the peer rejected\x1b[2J",
  timedOut: false,
  timings: { connect: 0.4 },
};

async function run(outcomes: readonly EchoOutcome[], values: { repeat?: number; json?: boolean } = {}) {
  const terminal = fakeTerminal();
  const calls: EchoCall[] = [];
  const send: Echo = async function* (call) {
    calls.push(call);
    yield* outcomes;
  };
  const call = { ...noPeerFlags, repeat: values.repeat, json: values.json ?? false };
  const code = await runEcho({ operands: ["PACS@[::1]:104"], values: call, terminal }, send);
  return { code, calls, out: terminal.out.text(), err: terminal.err.text() };
}

Deno.test("gantry echo calls the peer that was named, once", async () => {
  const { calls } = await run([answered]);
  assert.deepEqual(
    calls.map(({ peer, repeat }) => [peer.calledAeTitle, peer.callingAeTitle, peer.host, peer.port, repeat]),
    [
      ["PACS", "GANTRY", "::1", 104, 1],
    ],
  );
});

Deno.test("gantry echo prints round trip, steps and what was negotiated", async () => {
  assert.deepEqual(await run([answered]).then(({ code, out, err }) => ({ code, out, err })), {
    code: 0,
    out: `PACS at [::1]:104 answered in 1.2 ms
  Time: connect 0.4 ms, associate 2.1 ms, echo 1.2 ms, release 0.3 ms
  Negotiated: PDUs of up to 16384 bytes, transfer syntax 1.2.840.10008.1.2
  Implementation: OFFIS_DCMTK_367
`,
    err: "",
  });
});

Deno.test("gantry echo fails, on stderr, when the peer does", async () => {
  assert.deepEqual(await run([failed]).then(({ code, out, err }) => ({ code, out, err })), {
    code: 1,
    out: "",
    err: "gantry: Cannot echo PACS at [::1]:104: associate failed: the peer rejected\\u001b[2J\n",
  });
  const { code, err } = await run([{ ...answered, status: 0x0122 }]);
  assert.deepEqual([code, err], [1, "gantry: Cannot echo PACS at [::1]:104: it answered with status 0x0122\n"]);
});

Deno.test("gantry echo --repeat prints each round trip and a summary", async () => {
  const times = [3, 1, 2].map((echo): EchoOutcome => ({ ...answered, timings: { echo } }));
  const { code, out } = await run(times, { repeat: 3 });
  assert.deepEqual([code, out], [
    0,
    "1  3 ms\n2  1 ms\n3  2 ms\n3 of 3 answered: fastest 1 ms, median 2 ms, slowest 3 ms\n",
  ]);
});

Deno.test("gantry echo --repeat fails when one does", async () => {
  const { code, out } = await run([answered, failed], { repeat: 3 });
  assert.deepEqual([code, out.split("\n").at(-2)], [
    1,
    "1 of 2 answered: fastest 1.2 ms, median 1.2 ms, slowest 1.2 ms",
  ]);
});

Deno.test("gantry echo --json prints an object a C-ECHO, failed or not", async () => {
  const { code, out, err } = await run([answered, failed], { repeat: 2, json: true });
  assert.deepEqual([code, err], [1, ""]);
  assert.deepEqual(out.trimEnd().split("\n").map((line) => JSON.parse(line)), [
    { peer: "PACS@[::1]:104", ...answered },
    { peer: "PACS@[::1]:104", ...failed },
  ]);
  assert.match(out, /rejected\\u001b/);
});
