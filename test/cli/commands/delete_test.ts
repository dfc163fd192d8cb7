/** `gantry delete`: what is deleted from the local archive, and what is refused. */

import assert from "node:assert/strict";
import { UsageError } from "../../../src/cli/command_line/command.ts";
import { runDelete } from "../../../src/cli/commands/delete.ts";
import { defaultConfig } from "../../../src/config.ts";
import type { IndexedInstance } from "../../../src/index/instance_index.ts";
import type { Query } from "../../../src/query/query.ts";
import { filesBelow, temporaryFolder } from "../../support/folders.ts";
import { gantry, listeningGantry, startGantry } from "../../support/gantry.ts";
import { makeInstance, writeInstances } from "../../support/instances.ts";
import { fakeTerminal } from "../terminal.ts";

const instance = (number: number): IndexedInstance => ({
  patientId: "P",
  studyInstanceUid: `1.${number % 2}`,
  seriesInstanceUid: `1.${number % 2}.1`,
  sopInstanceUid: `1.${number % 2}.1.${number}`,
  sopClassUid: "1.2.840.10008.5.1.4.1.1.2",
  transferSyntax: "1.2.840.10008.1.2.1",
  name: `1.${number % 2}/1.${number % 2}.1/${number}.dcm`,
  size: 1000,
  dataSetOffset: 300,
  receivedAt: 0,
  sourceAeTitle: "",
  serial: number,
});

interface Given {
  readonly keys?: readonly string[];
  readonly values?: Partial<Parameters<typeof runDelete>[0]["values"]>;
  readonly instances?: readonly IndexedInstance[];
  /** What the user answers; undefined where nobody is there. */
  readonly answer?: boolean | undefined;
  /** What deleting fails with, after the first. */
  readonly failure?: Error;
  readonly terminal?: ReturnType<typeof fakeTerminal>;
}

async function run({ keys = ["StudyInstanceUID=1.1"], values = {}, answer, failure, ...given }: Given = {}) {
  const { instances = [1, 2, 3].map(instance), terminal = fakeTerminal() } = given;
  const asked: Query[] = [];
  const questions: string[] = [];
  let deleted = 0;
  const all = { config: undefined, data: undefined, level: undefined, yes: false, dryRun: false, json: false };
  const code = await runDelete({ operands: keys, values: { ...all, ...values }, terminal }, (_, query) => {
    asked.push(query);
    return Promise.resolve({
      async *list() {
        yield* instances;
      },
      async *delete() {
        for (const one of instances) {
          if (deleted === 1 && failure !== undefined) throw failure;
          deleted++;
          yield [one];
        }
      },
      [Symbol.asyncDispose]: () => Promise.resolve(),
    });
  }, (question) => {
    questions.push(question);
    return answer;
  });
  return { code, asked, questions, deleted, out: terminal.out.text(), err: terminal.err.text() };
}

Deno.test("gantry delete asks first, and deletes where it is agreed to", async () => {
  const { code, questions, deleted, out, err } = await run({ answer: true });
  assert.deepEqual([code, deleted, out, err], [0, 3, "3 instances deleted (3 kB)\n", ""]);
  assert.deepEqual(questions, [
    `Delete 3 instances in 2 series of 2 studies (3 kB) from ${defaultConfig.archive.path}? This can't be undone.`,
  ]);
  const refused = await run({ answer: false });
  assert.deepEqual([refused.code, refused.deleted, refused.err], [1, 0, "Nothing was deleted\n"]);
  const silent = await run({ values: { yes: true, json: true } });
  assert.deepEqual([silent.questions, silent.deleted], [[], 3]);
  assert.deepEqual(JSON.parse(silent.out), {
    type: "summary",
    studies: 2,
    series: 2,
    instances: 3,
    bytes: 3000,
    deleted: 3,
  });
});

Deno.test("gantry delete deletes nothing where nobody is there to ask", async () => {
  await assert.rejects(run(), (error) => {
    assert.ok(error instanceof UsageError);
    assert.match(error.message, /give --yes$/);
    return true;
  });
});

Deno.test("gantry delete --dry-run lists what would be deleted, and neither asks nor deletes", async () => {
  const { code, questions, deleted, out } = await run({ values: { dryRun: true, yes: true } });
  assert.deepEqual([code, questions, deleted], [0, [], 0]);
  assert.deepEqual(out.split("\n").slice(0, -1), [
    "1.1/1.1.1/1.dcm (1 kB)",
    "1.0/1.0.1/2.dcm (1 kB)",
    "1.1/1.1.1/3.dcm (1 kB)",
    "3 instances in 2 series of 2 studies (3 kB) match; nothing was deleted",
  ]);
  const nothing = await run({ instances: [], answer: true });
  assert.deepEqual([nothing.code, nothing.questions, nothing.out], [0, [], "0 instances match; nothing was deleted\n"]);
});

Deno.test("gantry delete says how far it came before a failure", async () => {
  const terminal = fakeTerminal();
  const failure = new Error("Cannot use the index: disk I/O error");
  await assert.rejects(run({ answer: true, failure, terminal }), failure);
  assert.equal(terminal.out.text(), "1 instance deleted (1 kB)\n");
});

Deno.test("gantry delete refuses keys that mean nothing, everything, or more than they match", async () => {
  const refuses = async (keys: readonly string[], problem: RegExp, values: Given["values"] = {}) => {
    await assert.rejects(run({ keys, values, answer: true }), (error) => {
      assert.ok(error instanceof UsageError, String(error));
      assert.match(error.message, problem);
      return true;
    });
  };
  await refuses([], /KEY is missing/);
  await refuses(["PatientID"], /it has no value/);
  await refuses(["PatientID="], /it has no value/);
  await refuses(["PatientID=*"], /^Cannot delete everything/);
  await refuses(["PatientID=*", "PatientName=**"], /^Cannot delete everything/);
  await refuses(["PatientID=?*"], /^Cannot delete everything/);
  await refuses(["Modality=CT"], /^Cannot delete study entities by "Modality", .*: give --level series$/);
  await refuses(["StudyInstanceUID=1.2", "InstanceNumber=5"], /: give --level image$/);
  await refuses(["SeriesInstanceUID=1.2"], /: give --level series$/, { level: "patient" });
  const { asked } = await run({ keys: ["Modality=CT", "PatientID=*"], values: { level: "series" }, answer: true });
  assert.equal(asked[0]?.level, "SERIES");
});

const INSTANCES = [1, 2, 3].map((number) =>
  makeInstance({
    sopInstanceUid: `1.2.${number}.1.1`,
    studyInstanceUid: `1.2.${number}`,
    seriesInstanceUid: `1.2.${number}.1`,
    patientName: number === 3 ? "Roe^Jane" : "Doe^John",
  })
);

async function inFolder(folder: string, ...args: string[]) {
  const { code, stdout, stderr } = await gantry(args, { cwd: folder, env: { NO_COLOR: "1" } });
  return { code, stdout, stderr };
}

Deno.test("gantry delete takes instances out of index and folder, and leaves no empty folders", async () => {
  using folder = temporaryFolder();
  const run = (...args: string[]) => inFolder(folder.path, ...args);
  Deno.mkdirSync(`${folder.path}/in`);
  writeInstances(`${folder.path}/in`, INSTANCES);
  assert.equal((await run("send", "ARCHIVE", "in")).code, 0);
  assert.deepEqual(await run("delete", "PatientName=DOE*", "--yes"), {
    ...{ code: 0, stderr: "" },
    stdout: `2 instances deleted (2.15 kB)\n`,
  });
  assert.deepEqual(filesBelow(`${folder.path}/data/instances`), [INSTANCES[2]!.name]);
  assert.deepEqual([...Deno.readDirSync(`${folder.path}/data/instances`)].map(({ name }) => name), ["1.2.3"]);
  assert.equal((await run("index", "check")).stdout, "1 file, 1 instance in the index: no differences\n");
  // What the index doesn't match would mean every study.
  const unmatched = await run("delete", "PatientID=ID-1", "(0009,1001)=x", "--level", "image", "--yes");
  assert.equal(unmatched.code, 1);
  assert.match(unmatched.stderr, /^gantry: Cannot select by .*: the source did not match these keys\n$/);
  assert.equal(filesBelow(`${folder.path}/data/instances`).length, 1);
  const unasked = await run("delete", "PatientID=ID-1");
  assert.deepEqual([unasked.code, filesBelow(`${folder.path}/data/instances`).length], [2, 1]);
});

Deno.test("gantry delete that is killed leaves each instance with its file, or neither", async () => {
  using folder = temporaryFolder();
  Deno.mkdirSync(`${folder.path}/in`);
  const uids = { studyInstanceUid: "1.2.7", seriesInstanceUid: "1.2.7.1" };
  const many = Array.from({ length: 600 }, (_, at) => makeInstance({ ...uids, sopInstanceUid: `1.2.7.1.${at + 1}` }));
  writeInstances(`${folder.path}/in`, many);
  assert.equal((await inFolder(folder.path, "send", "ARCHIVE", "in")).code, 0);
  const instances = `${folder.path}/data/instances`;
  using watcher = Deno.watchFs(instances);
  {
    await using deleting = startGantry(["delete", "StudyInstanceUID=1.2.7", "--yes"], { cwd: folder.path });
    let removed = 0;
    for await (const { kind, paths } of watcher) {
      if (kind === "remove") removed += paths.length;
      if (removed >= 150) break;
    }
    deleting.kill("SIGKILL");
    await deleting.exited;
  }
  const left = filesBelow(instances).length;
  assert.ok(left > 0 && left < 600, `${left} are left`);
  const check = await inFolder(folder.path, "index", "check");
  assert.match(check.stdout, /^(\d+) files?, \1 instances? in the index: no differences\n$/);
  assert.equal((await inFolder(folder.path, "delete", "StudyInstanceUID=1.2.7", "--yes")).code, 0);
  assert.deepEqual([...Deno.readDirSync(instances)], []);
});

Deno.test("gantry delete tells that a gateway has the archive open", async () => {
  await using gateway = await listeningGantry();
  const { code, stderr } = await gantry(["delete", "PatientID=1", "--yes", "--data", gateway.data]);
  assert.equal(code, 1);
  assert.match(stderr, /Cannot delete from .*: another process has it open, such as gantry listen, which has to be /);
});

Deno.test("gantry index stats counts what is in the archive", async () => {
  using folder = temporaryFolder();
  const run = (...args: string[]) => inFolder(folder.path, ...args);
  Deno.mkdirSync(`${folder.path}/in`);
  writeInstances(`${folder.path}/in`, INSTANCES);
  await run("send", "ARCHIVE", "in");
  const { code, stdout } = await run("index", "stats");
  const lines = stdout.split("\n");
  assert.deepEqual([code, lines[0], lines[1]], [0, "Patients                 1", "Studies                  3"]);
  assert.match(stdout, /^Modality {2}Series {2}Instances {5}Size\nOT {13}3 {10}3 {2}[\d.]+ kB$/m);
  assert.match(stdout, /^Secondary Capture Image Storage +3 +3 /m);
  const json = JSON.parse((await run("index", "stats", "--json")).stdout);
  assert.deepEqual([json.patients, json.studies, json.series, json.instances], [1, 3, 3, 3]);
  assert.equal(json.transferSyntaxes[0].value, "1.2.840.10008.1.2.1");
  assert.ok(json.indexBytes > 0);
});
