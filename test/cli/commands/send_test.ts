import assert from "node:assert/strict";
import { main } from "../../../src/cli/main.ts";
import { runSend } from "../../../src/cli/commands/send.ts";
import type { StoreCall } from "../../../src/cli/archive/keep_instances.ts";
import type { SendEvent } from "../../../src/cli/peers/send_instances.ts";
import type { PeerCall } from "../../../src/cli/command_line/peer.ts";
import type { SentInstance } from "../../../src/cli/peers/store_file.ts";
import type { CommitCall } from "../../../src/cli/peers/committer.ts";
import { noPeerFlags } from "../command_line/peer_flags.ts";
import { capture, fakeTerminal } from "../terminal.ts";

const instance: SentInstance = {
  path: "study/1.dcm",
  sopClassUid: "1.2.840.10008.5.1.4.1.1.2",
  sopInstanceUid: "1.2.3",
  transferSyntax: "1.2.840.10008.1.2.1",
  bytes: 512_000,
  status: 0x0000,
};

const found: SendEvent = { type: "found", instances: 2, bytes: 1_024_000, skipped: [], failed: [] };
const established: SendEvent = { type: "association-established" };

function sent(part: Partial<SentInstance> = {}): SendEvent {
  return { type: "instance", instance: { ...instance, ...part } };
}

async function run(events: readonly SendEvent[], { json = false, terminal = fakeTerminal() } = {}) {
  const calls: StoreCall[] = [];
  const values = {
    ...noPeerFlags,
    ...{
      asIs: false,
      transcode: false,
      retries: undefined,
      commit: false,
      commitPort: undefined,
      commitTimeout: undefined,
      json,
    },
  };
  const code = await runSend(
    { operands: ["PACS@host:104", "study", "b.dcm"], values, terminal },
    async function* (call) {
      calls.push(call);
      yield* events;
    },
    () => Promise.reject(new Error("It was not to be opened")),
  );
  return { code, calls, out: terminal.out.text(), err: terminal.err.text() };
}

Deno.test("gantry send sends the paths, and prints a summary", async () => {
  const { code, calls, out, err } = await run([found, established, sent(), sent()]);
  assert.deepEqual([code, err], [0, ""]);
  assert.deepEqual(calls.map(({ peer, paths }) => [(peer as PeerCall).calledAeTitle, (peer as PeerCall).port, paths]), [
    ["PACS", 104, [
      "study",
      "b.dcm",
    ]],
  ]);
  assert.deepEqual(calls.map(({ asIs, retries }) => [asIs, retries]), [[false, 3]]);
  assert.match(out, /^2 instances stored; 1\.02 MB in .+, 1 association\n$/);
});

Deno.test("gantry send names what was not stored, and fails", async () => {
  const { code, out, err } = await run([
    { ...found, skipped: [{ path: "study/note\x1b.txt", reason: "not DICOM" }] },
    established,
    sent(),
    sent({ status: 0xA700, problem: "disk full" }),
    sent({ path: "x.dcm", status: undefined, problem: "Cannot send: no context" }),
  ]);
  assert.deepEqual(code, 1);
  assert.deepEqual(err.split("\n").slice(0, -1), [
    "gantry: Skipped study/note\\u001b.txt: not DICOM",
    "gantry: study/1.dcm: 0xA700 Refused: out of resources: disk full",
    "gantry: x.dcm: Not stored: Cannot send: no context",
  ]);
  assert.match(out, /^1 instance stored, 2 failed, 1 file skipped; 512 kB in /);
});

Deno.test("gantry send counts a warning as stored, and names it", async () => {
  const { code, out, err } = await run([found, established, sent({ status: 0xB000 })]);
  assert.deepEqual(code, 0);
  assert.match(err, /study\/1\.dcm: 0xB000 /);
  assert.match(out, /^1 instance stored \(1 warning\);/);
});

const passedOver: SendEvent = {
  ...found,
  instances: 1,
  skipped: [{ path: "study/note.txt", reason: "It is no DICOM" }],
  failed: [{ path: "gone.dcm", reason: "No such file" }],
};

Deno.test("gantry send counts what was converted", async () => {
  const { code, out } = await run([
    found,
    established,
    sent({ convertedTo: "1.2.840.10008.1.2", status: 0xB000 }),
    sent(),
  ]);
  assert.deepEqual(code, 0);
  assert.match(out, /^2 instances stored \(1 converted, 1 warning\);/);
});

Deno.test("gantry send says why it waits, and for how long", async () => {
  const { err } = await run([found, { type: "pause", milliseconds: 500, problem: "Cannot go on: gone" }, sent()]);
  assert.deepEqual(err, "gantry: Cannot go on: gone; next try in 500 ms\n");
});

Deno.test("gantry send names what could not be sent at all, and fails though everything else was stored", async () => {
  const { code, out, err } = await run([passedOver, established, sent()]);
  assert.deepEqual(code, 1);
  assert.deepEqual(err, "gantry: Skipped study/note.txt: It is no DICOM\ngantry: gone.dcm: Not sent: No such file\n");
  assert.match(out, /^1 instance stored, 1 failed, 1 file skipped; /);
});

Deno.test("gantry send --json prints an object for each file that was passed over", async () => {
  const { code, out, err } = await run([passedOver, established, sent()], { json: true });
  assert.deepEqual([code, err], [1, ""]);
  const lines = out.trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(lines.slice(0, 2), [
    { type: "file", path: "study/note.txt", outcome: "skipped", reason: "It is no DICOM" },
    { type: "file", path: "gone.dcm", outcome: "failed", reason: "No such file" },
  ]);
  const { stored, failed, skipped } = lines.at(-1);
  assert.deepEqual([stored, failed, skipped], [1, 1, 1]);
});

Deno.test("gantry send fails when there was nothing to send", async () => {
  assert.deepEqual((await run([{ ...found, instances: 0, bytes: 0 }])).code, 1);
});

Deno.test("gantry send --json prints each instance, then a summary", async () => {
  const { code, out, err } = await run([found, established, sent(), sent({ status: undefined, problem: "p" })], {
    json: true,
  });
  assert.deepEqual([code, err], [1, ""]);
  const lines = out.trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(lines.slice(0, 2), [
    { type: "instance", ...instance, category: "success", meaning: "Success" },
    { type: "instance", ...instance, status: null, problem: "p", category: "failure", meaning: "Not stored" },
  ]);
  const { milliseconds, ...summary } = lines[2];
  assert.deepEqual(summary, {
    type: "summary",
    peer: "PACS@host:104",
    stored: 1,
    warnings: 0,
    converted: 0,
    failed: 1,
    skipped: 0,
    bytes: 512_000,
    associations: 1,
  });
  assert.deepEqual(typeof milliseconds, "number");
});

Deno.test("gantry send shows progress on a terminal, and takes it away, also when sending throws", async () => {
  const terminal = { ...fakeTerminal(), err: capture({ isTerminal: true }) };
  const { err } = await run([found, established, { type: "progress", bytes: 512_000 }, sent()], { terminal });
  assert.match(err, /^\rSending .* 50% /);
  assert.deepEqual(err.endsWith("\r\x1b[K"), true);

  const failing = { ...fakeTerminal(), err: capture({ isTerminal: true }) };
  const events = [found, { type: "progress", bytes: 1 }] as const;
  const values = {
    ...noPeerFlags,
    ...{
      asIs: false,
      transcode: false,
      retries: undefined,
      commit: false,
      commitPort: undefined,
      commitTimeout: undefined,
      json: false,
    },
  };
  const call = { operands: ["A@b:1", "x"], values, terminal: failing };
  await assert.rejects(
    runSend(call, async function* () {
      yield* events;
      throw new Error("Cannot send: gone");
    }, () => Promise.reject(new Error("It was not to be opened"))),
    /gone/,
  );
  assert.deepEqual(failing.err.text().endsWith("\r\x1b[K"), true);
});

/** What `gantry send --commit` asks for, where the peer answers for all but the instances of `failed`. */
async function commitRun(events: readonly SendEvent[], failed: readonly string[], { json = false } = {}) {
  const terminal = fakeTerminal();
  const order: string[] = [];
  const values = {
    ...noPeerFlags,
    ...{ asIs: false, transcode: false, retries: undefined, commit: true, commitPort: 4000, commitTimeout: 5000, json },
  };
  const asked: CommitCall[] = [];
  const code = await runSend(
    { operands: ["PACS@host:104", "study"], values, terminal },
    async function* () {
      order.push("send");
      yield* events;
    },
    (call) => {
      order.push(`open ${call.port} ${call.asConfigured}`);
      return Promise.resolve({
        where: "host:4000",
        commit(call) {
          order.push("commit");
          asked.push(call);
          const lost = (uid: string) => failed.includes(uid);
          return Promise.resolve({
            transactionUid: "2.25.1",
            committed: call.instances.filter(({ sopInstanceUid }) => !lost(sopInstanceUid)),
            failed: call.instances.filter(({ sopInstanceUid }) => lost(sopInstanceUid)).map((instance) => ({
              ...instance,
              reason: 0x0119,
            })),
          });
        },
        [Symbol.asyncDispose]: () => Promise.resolve(void order.push("close")),
      });
    },
  );
  return { code, asked, order, out: terminal.out.text(), err: terminal.err.text() };
}

Deno.test("gantry send --commit waits on its port before it sends, and asks for what was stored, each instance once", async () => {
  const events = [
    found,
    established,
    sent(),
    sent({ path: "copy.dcm" }),
    sent({ path: "b.dcm", sopInstanceUid: "1.2.4", status: 0xB000 }),
    sent({ path: "c.dcm", sopInstanceUid: "1.2.5", status: 0xA700 }),
  ];
  const { code, asked, order, out, err } = await commitRun(events, ["1.2.4"]);
  assert.equal(code, 1);
  assert.deepEqual(order, ["open 4000 true", "send", "commit", "close"]);
  assert.deepEqual(asked[0]?.instances.map(({ sopInstanceUid }) => sopInstanceUid), ["1.2.3", "1.2.4"]);
  assert.equal(asked[0]?.timeout, 5000);
  assert.match(err, /gantry: b\.dcm: Not committed: 0x0119 The instance is of another SOP class\n$/);
  assert.match(out, /; 1 committed, 1 not committed\n$/);
});

Deno.test("gantry send --commit succeeds when everything is committed, and fails when one is not", async () => {
  assert.equal((await commitRun([found, established, sent()], [])).code, 0);
  const { code, out } = await commitRun([found, established, sent()], ["1.2.3"], { json: true });
  assert.equal(code, 1);
  const lines = out.trim().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(lines.map(({ type }) => type), ["instance", "commitment", "summary"]);
  assert.deepEqual([lines[1].committed, lines[1].reason, lines[1].path, lines[2].notCommitted], [
    false,
    0x0119,
    "study/1.dcm",
    1,
  ]);
  assert.deepEqual((await commitRun([found], [])).order, ["open 4000 true", "send", "close"]);
});

Deno.test("gantry send refuses --transcode beside --as-is, before anything is read", async () => {
  const terminal = fakeTerminal();
  assert.equal(await main(["send", "A@b:1", "x", "--transcode", "--as-is"], terminal), 2);
  assert.match(terminal.err.text(), /Cannot use both --transcode and --as-is: expected one of them/);
});
