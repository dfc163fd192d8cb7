import assert from "node:assert/strict";
import { UsageError } from "../../../src/cli/command_line/command.ts";
import { type Retrieve, runGet } from "../../../src/cli/commands/get.ts";
import { type Move, runMove } from "../../../src/cli/commands/move.ts";
import { readFileHeader } from "../../../src/dicom/part10.ts";
import * as UID from "../../../src/dicom/generated/uid.ts";
import type { HeldInstance } from "../../../src/query/instance_source.ts";
import type { RetrieveProgress } from "../../../src/services/retrieve.ts";
import { temporaryFolder } from "../../support/folders.ts";
import { noPeerFlags } from "../command_line/peer_flags.ts";
import { fakeTerminal } from "../terminal.ts";

const held = (sopInstanceUid: string, bytes: Uint8Array | Error): HeldInstance => ({
  sopClassUid: UID.CTImageStorage,
  sopInstanceUid,
  transferSyntax: UID.ExplicitVRLittleEndian,
  stream: () =>
    new ReadableStream({
      pull(controller) {
        if (bytes instanceof Error) return controller.error(bytes);
        controller.enqueue(bytes);
        controller.close();
      },
    }),
});

async function get(
  instances: readonly HeldInstance[],
  { json = false, keys = ["StudyInstanceUID=1.2"], under = "new" } = {},
) {
  using folder = temporaryFolder();
  Deno.writeTextFileSync(`${folder.path}/file`, "");
  const terminal = fakeTerminal();
  const output = `${folder.path}/${under}`;
  const retrieve: Retrieve = async function* (_, query, { found }) {
    assert.equal(query.level, "STUDY");
    found(instances.length);
    yield* instances;
  };
  const values = { ...noPeerFlags, output, level: undefined, json };
  const code = await runGet({ operands: ["PACS@host:104", ...keys], values, terminal }, retrieve);
  const files = [...Deno.readDirSync(output)].map(({ name }) => name).sort();
  const headers = files.map((name) => readFileHeader(Deno.readFileSync(`${output}/${name}`), { ended: true }));
  return { code, files, headers, out: terminal.out.text(), err: terminal.err.text() };
}

Deno.test("gantry get writes files with their meta information", async () => {
  const { code, files, headers, out, err } = await get([
    held("1.1", new Uint8Array(10)),
    held("1.2", new Uint8Array(10)),
  ]);
  assert.deepEqual([code, files, err], [0, ["1.1.dcm", "1.2.dcm"], ""]);
  assert.match(out, /^2 instances retrieved; 20 B in /);
  assert.equal(headers[0]?.meta.transferSyntaxUid, UID.ExplicitVRLittleEndian);
});

Deno.test("gantry get says which folder it can't make, and why", async () => {
  const stranger = held("1.1", new Error("it was asked for"));
  await assert.rejects(
    get([stranger], { under: "file" }),
    /^Error: Cannot make the folder \S+\/file: a file has this name$/,
  );
  await assert.rejects(
    get([stranger], { under: "file/new" }),
    /^Error: Cannot make the folder \S+\/new: not a directory$/,
  );
});

Deno.test("gantry get leaves no part of what failed, names it, and fails", async () => {
  const { code, files, out, err } = await get([
    held("1.1", new Error("the peer did not send it")),
    held("1.2", new Uint8Array(4)),
  ]);
  assert.deepEqual([code, files], [1, ["1.2.dcm"]]);
  assert.match(out, /^1 instance retrieved, 1 failed; /);
  assert.equal(err, "gantry: 1.1: the peer did not send it\n");
  const json = await get([held("1.1", new Error("gone")), held("1.2", new Uint8Array(4))], { json: true });
  const lines = json.out.trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual([lines[0].problem, lines[1].sopInstanceUid, lines[2].retrieved, lines[2].failed], [
    "gone",
    "1.2",
    1,
    1,
  ]);
});

Deno.test("gantry get and gantry move refuse calls that name nothing", async () => {
  await assert.rejects(get([], { keys: [] }), UsageError);
  await assert.rejects(get([], { keys: ["StudyInstanceUID"] }), /it has no value/);
  const values = { ...noPeerFlags, to: undefined, level: undefined, json: false };
  const call = { operands: ["PACS@host:104", "StudyInstanceUID=1.2"], values, terminal: fakeTerminal() };
  const nothing: Move = () => Array.fromAsync([]) as never;
  await assert.rejects(runMove(call, nothing), /--to is missing/);
  const long = { ...call, values: { ...values, to: "A".repeat(17) } };
  await assert.rejects(runMove(long, nothing), (error) => {
    assert.ok(error instanceof UsageError);
    assert.match(error.message, /^Cannot use the AE title of --to: found "A{17}", expected 1 to 16 printable /);
    return true;
  });
});

const step = (part: Partial<RetrieveProgress>): RetrieveProgress => ({
  status: 0xff00,
  isPending: true,
  remaining: undefined,
  completed: 0,
  failed: 0,
  warning: 0,
  failedSopInstanceUids: [],
  errorComment: undefined,
  ...part,
});

async function move(
  steps: readonly RetrieveProgress[],
  { to = "DEST", json = false }: { to?: string | undefined; json?: boolean } = {},
) {
  const terminal = fakeTerminal();
  const send: Move = async function* (_, query, { destination }) {
    assert.deepEqual([query.keys.getText("StudyInstanceUID"), destination], ["1.2", to]);
    yield* steps;
  };
  const values = { ...noPeerFlags, to, level: undefined, json };
  const code = await runMove({ operands: ["PACS@host:104", "StudyInstanceUID=1.2"], values, terminal }, send);
  return { code, out: terminal.out.text(), err: terminal.err.text() };
}

Deno.test("gantry move tells how it went, and fails where something was not moved", async () => {
  const good = await move([step({ remaining: 1, completed: 1 }), step({ status: 0, isPending: false, completed: 2 })]);
  assert.deepEqual([good.code, good.err], [0, ""]);
  assert.match(good.out, /^2 instances moved to DEST in /);
  const bad = await move([
    step({
      status: 0xb000,
      isPending: false,
      completed: 1,
      failed: 1,
      failedSopInstanceUids: ["1.2.3"],
      errorComment: "no",
    }),
  ]);
  assert.equal(bad.code, 1);
  assert.match(bad.out, /^1 instance moved to DEST, 1 failed in /);
  assert.match(bad.err, /0xB000 .*: no; not moved: 1\.2\.3\n$/);
  const json = await move([step({ status: 0xa801, isPending: false, errorComment: "Unknown" })], { json: true });
  assert.deepEqual([json.code, JSON.parse(json.out).problems.length], [1, 1]);
});

Deno.test("gantry get writes nothing outside its folder, whatever a peer calls its instances", async () => {
  for (const uid of ["../outside", "/outside", "a/b", "..", "x".repeat(250)]) {
    const { code, files } = await get([held(uid, new Uint8Array(4))]);
    assert.equal(code, 0);
    assert.match(files.join(), /^_[0-9a-f]{64}\.dcm$/);
  }
});
