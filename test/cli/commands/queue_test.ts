/** `gantry queue`: what it asks the gateway, what it prints, and what it refuses. */

import assert from "node:assert/strict";
import { UsageError } from "../../../src/cli/command_line/command.ts";
import { runQueue } from "../../../src/cli/commands/queue.ts";
import { gatewayApi } from "../../../src/cli/peers/gateway_api.ts";
import { parseConfig } from "../../../src/config.ts";
import { temporaryFolder } from "../../support/folders.ts";
import { gantry, listeningGantry } from "../../support/gantry.ts";
import { makeInstance, writeInstances } from "../../support/instances.ts";
import { fakeTerminal } from "../terminal.ts";

type Values = Parameters<typeof runQueue>[0]["values"];

const NOTHING: Values = {
  ...{ config: undefined, lane: undefined, state: undefined, class: undefined, status: undefined, study: undefined },
  ...{ instance: undefined, id: [], all: false, toLane: undefined, priority: undefined, limit: undefined },
  ...{ yes: false, json: false },
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
    "/jobs?lane=PACS&state=dead&studyInstanceUid=1.2&after=0&limit=100",
    "/jobs?lane=PACS&state=dead&studyInstanceUid=1.2&after=7&limit=99",
  ]);
  assert.equal(err, "");
  assert.match((await run("list", { limit: 1 }, pages)).err, /give --limit/);
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
      ["retry", {}, /expected flags that say which jobs, or --all/],
      ["hold", { id: ["x"] }, /expected a whole number/],
      ["pause", {}, /expected --lane NAME/],
      ["edit", { all: true }, /expected --to-lane or --priority/],
      ["retry", { all: true, toLane: "DISK" }, /go with edit/],
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
  const ask = gatewayApi(await parseConfig("http: { port: 1 }"));
  await assert.rejects(
    ask("/lanes"),
    /^Error: Cannot ask the gateway at http:\/\/127\.0\.0\.1:1: .*start gantry listen first/,
  );
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
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /No destination that instances are sent to has the name/);
});
