/** `gantry queue`: what it asks the gateway, what it prints, and what it refuses. */

import assert from "node:assert/strict";
import { UsageError } from "../../../src/cli/command_line/command.ts";
import { runQueue } from "../../../src/cli/commands/queue.ts";
import { gatewayApi } from "../../../src/cli/peers/gateway_api.ts";
import { parseConfig } from "../../../src/config.ts";
import { temporaryFolder } from "../../support/folders.ts";
import { gantry, listeningGantry } from "../../support/gantry.ts";
import { makeInstance, readContent, writeInstances } from "../../support/instances.ts";
import { fakeTerminal } from "../terminal.ts";

type Values = Parameters<typeof runQueue>[0]["values"];

const NOTHING: Values = {
  ...{ config: undefined, lane: undefined, state: undefined, class: undefined, status: undefined, study: undefined },
  ...{ instance: undefined, id: [], all: false, toLane: undefined, priority: undefined, limit: undefined },
  ...{ yes: false, json: false, output: undefined },
  ...{ route: undefined, set: [], remove: [] },
};

/** Runs the command with a gateway that answers so; tells what it was asked. */
async function run(
  action: string,
  values: Partial<Values> = {},
  answers: readonly unknown[] = [{ changed: 2 }],
  agrees: boolean | undefined = undefined,
) {
  const terminal = fakeTerminal();
  const asked: [path: string, body?: object][] = [];
  const left = [...answers];
  const api = () => (path: string, body?: object) => {
    asked.push(body === undefined ? [path] : [path, body]);
    return Promise.resolve(left.shift());
  };
  const code = await runQueue({ operands: [action], values: { ...NOTHING, ...values }, terminal }, api, () => agrees);
  return { code, asked, out: terminal.out.text(), err: terminal.err.text() };
}

const job = { id: 7, lane: "PACS", state: "dead", sopInstanceUid: "1.2.3", attempts: 2 };

Deno.test("gantry queue lanes shows what waits, since when and why, as lines and as JSON", async () => {
  const lane = {
    name: "PACS",
    state: "open",
    jobs: { ready: 3, leased: 0, waiting: 1, held: 1, dead: 2, delivered: 9 },
    oldestAgeSeconds: 75,
    open: { why: "Cannot connect\u001b[2J", nextProbeAt: "2025-03-01T08:00:00.000Z" },
  };
  const { out, asked } = await run("lanes", {}, [{ lanes: [lane] }]);
  assert.equal(
    out,
    "PACS  open  4 to send, 1 held, 2 dead, 9 delivered; oldest 1 min 15 s; Cannot connect\\u001b[2J\n",
  );
  assert.deepEqual(asked, [["/lanes"]]);
  const json = await run("lanes", { json: true }, [{ lanes: [lane] }]);
  assert.equal(JSON.parse(json.out).name, "PACS");
  assert.match((await run("lanes", {}, [{ lanes: [] }])).err, /no destination/);
});

Deno.test("gantry queue units shows what is coming and what closed it, page by page", async () => {
  const unit = {
    route: "whole",
    level: "series",
    studyInstanceUid: "1.2",
    seriesInstanceUid: "1.2.1",
    open: { generation: 2, since: "2025-03-01T08:20:00.000Z", instances: 1, missing: 2 },
    closed: [{ generation: 1, closedBy: "mpps", at: "2025-03-01T08:04:00.000Z", instances: 412 }],
  };
  const { open: _, seriesInstanceUid: __, ...study } = { ...unit, level: "study" };
  const values = { study: "1.2", state: "closed", limit: 2 };
  const { out, err, asked } = await run("units", values, [{ units: [unit], next: "x" }, { units: [study], next: "y" }]);
  assert.equal(
    out,
    "series  1.2.1  whole  #1 412 instances, closed by mpps 2025-03-01T08:04:00.000Z; " +
      "#2 1 instance since 2025-03-01T08:20:00.000Z, 2 missing\n" +
      "study  1.2  whole  #1 412 instances, closed by mpps 2025-03-01T08:04:00.000Z\n",
  );
  assert.deepEqual(asked, [["/units?state=closed&studyInstanceUid=1.2&limit=2"], [
    "/units?state=closed&studyInstanceUid=1.2&after=x&limit=1",
  ]]);
  assert.match(err, /There are more/);
  assert.equal(JSON.parse((await run("units", { json: true }, [{ units: [unit] }])).out).open.missing, 2);
});

Deno.test("gantry queue list follows pages up to its limit, and says when there is more", async () => {
  const last = { class: "permanent", status: "0xC000", error: "no" };
  const pages = [{ jobs: [job], next: 7 }, { jobs: [{ ...job, id: 8, last }] }];
  const { out, asked, err } = await run("list", { lane: "PACS", state: "dead", study: "1.2" }, pages);
  assert.equal(out, "7  PACS  dead  1.2.3\n8  PACS  dead  1.2.3  2 attempts, permanent 0xC000: no\n");
  assert.deepEqual(asked.map(([path]) => path), [
    "/jobs?lane=PACS&state=dead&studyInstanceUid=1.2&limit=100",
    "/jobs?lane=PACS&state=dead&studyInstanceUid=1.2&after=7&limit=99",
  ]);
  assert.equal(err, "");
  assert.match((await run("list", { limit: 1 }, pages)).err, /give --limit/);
});

Deno.test("gantry queue list --id shows these jobs, and no others", async () => {
  const { code, asked, out } = await run("list", { id: ["7", "9"] }, [job, { ...job, id: 9 }]);
  assert.deepEqual([code, asked], [0, [["/jobs/7"], ["/jobs/9"]]]);
  assert.deepEqual(out.trimEnd().split("\n").map((line) => line.split(" ")[0]), ["7", "9"]);
  await assert.rejects(run("list", { id: ["x"] }), /--id: found "x", expected a whole number/);
  await assert.rejects(run("list", { id: ["7"], lane: "PACS" }), UsageError);
});

Deno.test("gantry queue refuses flags that say which jobs where an action does not heed them", async () => {
  for (const action of ["lanes", "units", "log", "pause", "unpause"]) {
    await assert.rejects(run(action, { id: ["7"], lane: action.endsWith("pause") ? "PACS" : undefined }), UsageError);
  }
  await assert.rejects(run("lanes", { state: "dead" }), /found --state, expected no flag that selects jobs/);
  await assert.rejects(run("units", { lane: "PACS" }), /found --lane, expected --state, --study/);
  await assert.rejects(run("log", { state: "dead" }), /found --state, expected --lane, --class, --study, --instance/);
  await assert.rejects(run("pause", { lane: "PACS", study: "1.2.3" }), /found --study, expected --lane/);
});

Deno.test("gantry queue refuses states and classes that nothing has, with what is known", async () => {
  const wrong: readonly (readonly [action: string, values: object, expected: RegExp])[] = [
    ["list", { state: "ded" }, /--state: found "ded", expected one of ready, .*; did you mean dead\?/],
    ["list", { state: "ready,ded" }, /--state: found "ded"/],
    ["retry", { class: "transiet" }, /--class: found "transiet", expected one of delivered, .* mean transient\?/],
    ["log", { class: "Permanent" }, /did you mean permanent\?/],
    ["units", { state: "dead" }, /--state: found "dead", expected one of open, closed$/],
  ];
  for (const [action, values, expected] of wrong) {
    await assert.rejects(run(action, values), (error) => error instanceof UsageError && expected.test(error.message));
  }
  const { asked } = await run("hold", { state: "ready,waiting" }, [{ changed: 0 }]);
  assert.deepEqual(asked, [["/jobs/change", { action: "hold", states: ["ready", "waiting"] }]]);
});

Deno.test("gantry queue retry, hold, resume, edit and drop change what the flags mean", async () => {
  const retry = await run("retry", { lane: "PACS", state: "dead", id: ["7", "8"] });
  assert.deepEqual(retry.asked, [["/jobs/change", { action: "retry", lane: "PACS", states: ["dead"], ids: [7, 8] }]]);
  assert.equal(retry.out, "2 jobs changed\n");
  const edit = await run("edit", { all: true, toLane: "DISK", priority: "high" });
  assert.deepEqual(edit.asked, [["/jobs/change", {
    action: "edit",
    all: true,
    to: { lane: "DISK", priority: "high" },
  }]]);
  const mended = await run("edit", {
    ...{ id: ["7"], route: "to the north", set: ["PatientID=a=b", "Rows=5", "PatientComments="], remove: ["StudyID"] },
  });
  const set = { PatientID: "a=b", Rows: 5, PatientComments: "" };
  assert.deepEqual(mended.asked, [["/jobs/change", {
    action: "edit",
    ids: [7],
    to: { route: "to the north", set, remove: ["StudyID"] },
  }]]);
  const paused = await run("pause", { lane: "A/B" }, [undefined]);
  assert.deepEqual(paused.asked, [["/lanes/A%2FB/pause", {}]]);
});

Deno.test("gantry queue drop asks first", async () => {
  assert.deepEqual((await run("drop", { all: true }, [], false)).asked, []);
  assert.equal((await run("drop", { all: true }, [], false)).code, 1);
  assert.equal((await run("drop", { all: true }, undefined, true)).asked.length, 1);
  assert.equal((await run("drop", { all: true, yes: true })).asked.length, 1);
  await assert.rejects(run("drop", { all: true }), /without a terminal give --yes/);
});

Deno.test("gantry queue refuses calls that say too little, or too much", async () => {
  for (
    const [action, values, problem] of [
      ["explode", {}, /expected one of lanes/],
      ["retry", {}, /expected flags that select jobs, or --all/],
      ["hold", { id: ["x"] }, /expected a whole number/],
      ["pause", {}, /expected --lane NAME/],
      ["edit", { all: true }, /expected --to-lane, --priority, --route, --set or --remove/],
      ["retry", { all: true, toLane: "DISK" }, /go with edit/],
      ["retry", { all: true, set: ["PatientID=1"] }, /go with edit/],
      ["edit", { all: true, set: ["PatientID"] }, /Cannot understand --set: found no =, expected PATH=VALUE/],
      ["edit", { all: true, set: ["=1"] }, /found no path/],
    ] as const
  ) {
    await assert.rejects(
      run(action, values),
      (error) => error instanceof UsageError && problem.test(error.message),
      action,
    );
  }
});

Deno.test("without a gateway that listens, gantry queue says where it asked", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const ask = gatewayApi(await parseConfig(`http: { port: ${port} }`));
  const why = "nothing listens there (connection refused); start gantry listen first";
  await assert.rejects(ask("/lanes"), { message: `Cannot ask the gateway at http://127.0.0.1:${port}: ${why}` });
});

Deno.test("gantry queue says which parameter the gateway refuses, and what it expected", async () => {
  const errors = [{ pointer: "state", found: '"dead"', expected: "open or closed" }];
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => Response.json({ detail: "A parameter is wrong", errors }, { status: 422 }),
  );
  const ask = gatewayApi(await parseConfig(`http: { port: ${server.addr.port} }`));
  await assert.rejects(ask("/units?state=dead"), {
    name: "UsageError",
    message: `Cannot do that: the gateway at http://127.0.0.1:${server.addr.port} answers: ` +
      'A parameter is wrong (state: found "dead", expected open or closed)',
  });
});

Deno.test("gantry queue sees and changes the jobs of a gateway that runs", async () => {
  using folder = temporaryFolder();
  const config = "peers: { PACS: { aeTitle: PACS, host: 127.0.0.1, port: 1 } }\nroutes: [{ name: all, to: [PACS] }]\n";
  const [path] = writeInstances(folder.path, [makeInstance()]);
  await using gateway = await listeningGantry({ config, logLevel: "info" });
  assert.equal((await gantry(["send", `GANTRY@127.0.0.1:${gateway.port}`, path!])).code, 0);
  const file = `${folder.path}/gantry.yaml`;
  Deno.writeTextFileSync(file, `${config}http: { port: ${new URL(gateway.origin).port} }\n`);
  await gateway.logged(/"lane-opened"/);
  const lanes = await gantry(["queue", "lanes", "-c", file]);
  assert.match(lanes.stdout, /^PACS {2}open {2}1 to send, 0 delivered; .*connection refused/);
  const held = await gantry(["queue", "hold", "--lane", "PACS", "-c", file]);
  assert.deepEqual([held.code, held.stdout], [0, "1 job changed\n"]);
  const listed = await gantry(["queue", "list", "--state", "held", "--json", "-c", file]);
  assert.equal(JSON.parse(listed.stdout).state, "held");
  const refused = await gantry(["queue", "edit", "--all", "--to-lane", "NONE", "-c", file]);
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /No destination that instances are sent to is called "NONE": expected PACS/);
});

/** Runs export, with a gateway that has these jobs and files. */
async function exported(
  jobs: readonly (object & { id: number })[],
  files: Readonly<Record<number, string>>,
  folder: string,
  values: Partial<Values> = { state: "dead" },
) {
  const terminal = fakeTerminal();
  const api = () => (path: string) =>
    Promise.resolve(path.startsWith("/jobs?") ? { jobs } : jobs.find(({ id }) => path === `/jobs/${id}`));
  const getFile = () => (path: string) => {
    const text = files[Number(path.split("/").at(-1))];
    return text === undefined
      ? Promise.reject(new Error("Cannot do that: it is gone"))
      : Promise.resolve(new Blob([text]).stream());
  };
  const call = { operands: ["export"], values: { ...NOTHING, output: folder, ...values }, terminal };
  const code = await runQueue(call, api, () => undefined, getFile);
  return { code, out: terminal.out.text(), err: terminal.err.text() };
}

const dead = (id: number, more: object = {}) => ({
  ...{
    id,
    lane: "PACS",
    route: "all",
    state: "dead",
    sopInstanceUid: `1.2.${id}`,
    studyInstanceUid: "1.2",
    attempts: 2,
  },
  ...{ addedAt: "2025-03-01T08:00:00.000Z", last: { class: "permanent", status: "0xC000", error: "no" } },
  ...more,
});

Deno.test("gantry queue export writes each instance and why it was given up, and replaces nothing", async () => {
  using folder = temporaryFolder();
  const { path } = folder;
  const odd = dead(8, {
    sopInstanceUid: "../Doe^John",
    lane: '=1+1,"x"',
    last: { class: "failed", error: "two\nlines" },
  });
  const first = await exported([dead(7), odd, dead(9)], { 7: "seven", 8: "eight" }, `${path}/out`);
  assert.equal(first.code, 1);
  assert.match(first.err, /job 9: Cannot do that: it is gone/);
  assert.equal(first.out, `2 files written, 10 B; 1 failed; reasons in ${path}/out/reasons.csv\n`);
  const names = () => [...Deno.readDirSync(`${path}/out`)].map(({ name }) => name).sort();
  assert.deepEqual(names(), ["7-1.2.7.dcm", "8.dcm", "reasons.csv"]);
  assert.equal(Deno.readTextFileSync(`${path}/out/7-1.2.7.dcm`), "seven");
  assert.deepEqual(Deno.readTextFileSync(`${path}/out/reasons.csv`).split("\r\n"), [
    "file,job,lane,route,state,studyInstanceUid,sopInstanceUid,attempts,addedAt,class,status,error",
    "7-1.2.7.dcm,7,PACS,all,dead,1.2,1.2.7,2,2025-03-01T08:00:00.000Z,permanent,0xC000,no",
    `8.dcm,8,"'=1+1,""x""",all,dead,1.2,../Doe^John,2,2025-03-01T08:00:00.000Z,failed,,two lines`,
    ",9,PACS,all,dead,1.2,1.2.9,2,2025-03-01T08:00:00.000Z,permanent,0xC000,no",
    "",
  ]);
  const again = await exported([dead(7)], { 7: "other" }, `${path}/out`, { id: ["7"], json: true });
  assert.equal(again.code, 1);
  assert.match(again.err, /exists already, and none is replaced/);
  assert.equal(Deno.readTextFileSync(`${path}/out/7-1.2.7.dcm`), "seven");
  assert.deepEqual(names(), ["7-1.2.7.dcm", "8.dcm", "reasons-2.csv", "reasons.csv"]);
  assert.deepEqual(JSON.parse(again.out.split("\n")[1]!), {
    ...{ type: "summary", written: 0, failed: 1, bytes: 0, reasons: `${path}/out/reasons-2.csv` },
  });
});

Deno.test("gantry queue export leaves no answer unread where its file can't be written", async () => {
  using folder = temporaryFolder();
  Deno.writeTextFileSync(`${folder.path}/7-1.2.7.dcm`, "another");
  let left = false;
  const unread = new ReadableStream<Uint8Array>({ cancel: () => void (left = true) });
  const api = () => () => Promise.resolve(dead(7));
  const values = { ...NOTHING, output: folder.path, id: ["7"] };
  const call = { operands: ["export"], values, terminal: fakeTerminal() };
  assert.equal(await runQueue(call, api, () => undefined, () => () => Promise.resolve(unread)), 1);
  assert.ok(left);
});

Deno.test("gantry queue export wants a folder, and to know which jobs", async () => {
  const none = { state: undefined };
  for (
    const values of [{ output: undefined, state: "dead" }, none, { ...none, id: ["7"], all: true }, {
      ...none,
      id: ["x"],
    }]
  ) {
    await assert.rejects(exported([], {}, "out", values), UsageError);
  }
  await assert.rejects(run("list", { output: "out" }), UsageError);
});

Deno.test("gantry queue export gets the files of dead jobs from a gateway that runs", async () => {
  using folder = temporaryFolder();
  const config = `destinations: { DISK: { folder: "${folder.path}/disk" } }\nroutes: [{ name: all, to: [DISK] }]\n`;
  Deno.mkdirSync(`${folder.path}/disk`);
  const made = makeInstance({ pixelBytes: 200_000 });
  const [path] = writeInstances(folder.path, [made]);
  // Another file is there: the folder refuses the instance for good.
  const there = `${folder.path}/disk/1.2.3.2/1.2.3.3`;
  Deno.mkdirSync(there, { recursive: true });
  Deno.writeTextFileSync(`${there}/${made.sopInstanceUid}.dcm`, "another");
  await using gateway = await listeningGantry({ config, logLevel: "info" });
  assert.equal((await gantry(["send", `GANTRY@127.0.0.1:${gateway.port}`, path!])).code, 0);
  await gateway.logged(/Not sent/);
  const file = `${folder.path}/gantry.yaml`;
  Deno.writeTextFileSync(file, `${config}http: { port: ${new URL(gateway.origin).port} }\n`);
  const { code, stdout, stderr } = await gantry(["queue", "export", "--all", "-o", `${folder.path}/out`, "-c", file]);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^1 file written/);
  const content = (path: string) => readContent(Deno.readFileSync(path));
  assert.deepEqual(content(`${folder.path}/out/1-${made.sopInstanceUid}.dcm`), content(path!));
});
