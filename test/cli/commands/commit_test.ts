import assert from "node:assert/strict";
import { runCommit } from "../../../src/cli/commands/commit.ts";
import type { CommitCall, CommitterCall } from "../../../src/cli/peers/committer.ts";
import type { CommitmentReport } from "../../../src/services/storage_commitment.ts";
import { temporaryFolder } from "../../support/folders.ts";
import { makeInstance, writeInstances } from "../../support/instances.ts";
import { noPeerFlags } from "../command_line/peer_flags.ts";
import { fakeTerminal } from "../terminal.ts";

const CT = "1.2.840.10008.5.1.4.1.1.2";

interface RunOptions {
  readonly keys?: readonly string[];
  readonly json?: boolean;
  readonly aeTitle?: string;
  readonly report?: (call: CommitCall) => Pick<CommitmentReport, "committed" | "failed">;
}

const ALL: NonNullable<RunOptions["report"]> = ({ instances }) => ({ committed: instances, failed: [] });

async function run(paths: readonly string[], { keys = [], json = false, aeTitle, report = ALL }: RunOptions = {}) {
  const terminal = fakeTerminal();
  const calls: (CommitterCall | CommitCall | readonly string[])[] = [];
  const values = { ...noPeerFlags, aeTitle, queryKey: keys, commitPort: undefined, commitTimeout: undefined, json };
  const code = await runCommit(
    { operands: ["PACS@host:104", ...paths], values, terminal },
    (call) => {
      calls.push(call);
      return Promise.resolve({
        where: "host:11112",
        commit(call) {
          calls.push(call);
          return Promise.resolve({ transactionUid: "2.25.1", ...report(call) });
        },
        [Symbol.asyncDispose]: () => Promise.resolve(),
      });
    },
    (_peer, keys) => {
      calls.push(keys);
      return Promise.resolve([{ sopClassUid: CT, sopInstanceUid: "1.2.3" }]);
    },
  );
  return { code, calls, out: terminal.out.text(), err: terminal.err.text() };
}

Deno.test("gantry commit asks for the instances of files, each once, and names those that are not committed", async () => {
  using folder = temporaryFolder();
  const instances = [1, 2].map(() => makeInstance({ pixelBytes: 100 }));
  const [first, second] = writeInstances(folder.path, instances);
  Deno.copyFileSync(first!, `${folder.path}/copy.dcm`);
  Deno.writeTextFileSync(`${folder.path}/note.txt`, "no DICOM");
  const { code, out, err, calls } = await run([folder.path], {
    report: ({ instances: [one, other] }) => ({ committed: [one!], failed: [{ ...other!, reason: 0x0112 }] }),
  });
  assert.equal(code, 1);
  const [{ asConfigured, port }, { instances: asked, timeout }] = calls as [CommitterCall, CommitCall];
  assert.deepEqual([asConfigured, port, timeout], [true, undefined, 600_000]);
  assert.deepEqual(
    asked.map(({ sopInstanceUid }) => sopInstanceUid).sort(),
    instances.map(({ sopInstanceUid }) => sopInstanceUid),
  );
  assert.match(err, /Skipped .*note\.txt/);
  assert.ok(err.includes(": Not committed: 0x0112 No such instance"), err);
  assert.ok([first, second, `${folder.path}/copy.dcm`].some((path) => err.includes(`${path}: Not committed`)));
  assert.match(out, /^1 instance committed, 1 not committed; /);
});

Deno.test("gantry commit asks for what the peer finds, in JSON too", async () => {
  const { code, out, calls } = await run([], { keys: ["StudyInstanceUID=1.2"], json: true, aeTitle: "OTHER" });
  assert.equal(code, 0);
  assert.deepEqual(calls[0], ["StudyInstanceUID=1.2"]);
  assert.equal((calls[1] as CommitterCall).asConfigured, false);
  const lines = out.trim().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(lines[0], { type: "commitment", sopClassUid: CT, sopInstanceUid: "1.2.3", committed: true });
  assert.deepEqual([lines[1].type, lines[1].committed, lines[1].notCommitted], ["summary", 1, 0]);
});

Deno.test("gantry commit takes paths or keys, and something has to be there", async () => {
  await assert.rejects(run([]), /expected either PATH or --query-key/);
  await assert.rejects(run(["a.dcm"], { keys: ["PatientID=1"] }), /expected either PATH or --query-key/);
  using folder = temporaryFolder();
  await assert.rejects(run([folder.path]), /no instance was found/);
});
