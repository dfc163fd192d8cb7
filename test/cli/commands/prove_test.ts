/** `gantry prove`: whom it asks, what it prints, and what it queues again. */

import assert from "node:assert/strict";
import { UsageError } from "../../../src/cli/command_line/command.ts";
import { runProve } from "../../../src/cli/commands/prove.ts";
import { temporaryFolder } from "../../support/folders.ts";
import { fakeTerminal } from "../terminal.ts";

type Values = Parameters<typeof runProve>[0]["values"];

const CONFIG = `peers:
  PACS: { aeTitle: A, host: a, port: 9 }
  CT1: { aeTitle: B, host: b, port: 9 }
destinations: { DISK: { folder: . }, NIGHT: { peer: PACS } }
`;

function job(id: number, lane: string, uid: string, state = "delivered", more: object = {}) {
  return { id, lane, recipe: "", state, sopInstanceUid: uid, ...more };
}

/** Runs the command with what the gateway has queued, and what places have. */
async function run(
  jobs: readonly object[],
  places: Readonly<Record<string, readonly string[] | Error>>,
  values: Partial<Values> = {},
  study = "1.2",
  deliveries: readonly object[] = [],
) {
  using folder = temporaryFolder();
  const config = `${folder.path}/gantry.yaml`;
  Deno.writeTextFileSync(config, CONFIG);
  const terminal = fakeTerminal();
  const asked: unknown[] = [];
  const all: Values = {
    ...{ aeTitle: undefined, tls: false, ca: undefined, certificate: undefined, key: undefined, serverName: undefined },
    ...{
      user: undefined,
      passcodeFile: undefined,
      tokenFile: undefined,
      timeout: undefined,
      config,
      source: undefined,
    },
    ...{ destination: [], requeue: false, json: false },
    ...values,
  };
  const code = await runProve(
    { operands: [study], values: all, terminal },
    () => (path, body) => {
      asked.push(body ?? path);
      if (body !== undefined) return Promise.resolve({ changed: (body as { ids: number[] }).ids.length });
      if (path.startsWith("/deliveries")) return Promise.resolve({ deliveries });
      if (path.startsWith("/units")) return Promise.resolve({ units: [] });
      const after = Number(new URL(path, "http://x").searchParams.get("after"));
      const page = jobs.slice(after, after + 2);
      return Promise.resolve({ jobs: page, ...(after + 2 < jobs.length && { next: after + 2 }) });
    },
    () => (written, of) => {
      const name = of === study ? written : `${written} ${of}`;
      const found = places[name];
      asked.push(name);
      return found instanceof Error ? Promise.reject(found) : Promise.resolve(new Set(found));
    },
  );
  return { code, asked, out: terminal.out.text().split("\n").slice(0, -1), err: terminal.err.text() };
}

Deno.test("gantry prove asks the queue, the archive, the source and destinations that are peers", async () => {
  const jobs = [job(1, "PACS", "1.2.1"), job(2, "NIGHT", "1.2.1"), job(3, "DISK", "1.2.1")];
  const { code, out, asked } = await run(jobs, { ARCHIVE: ["1.2.1"], CT1: ["1.2.1"], PACS: ["1.2.1"] }, {
    source: "CT1",
  });
  assert.deepEqual(out, [
    "source       CT1      1 found",
    "archive      ARCHIVE  1 found",
    "destination  PACS     1 of 1 confirmed; 1 found",
    "destination  NIGHT    1 of 1 confirmed; 1 found",
    "destination  DISK     1 of 1 confirmed; can't be asked; the log is the only evidence",
    "Proved",
  ]);
  assert.deepEqual(asked, [
    "/units?studyInstanceUid=1.2&state=open&limit=1000",
    "/jobs?studyInstanceUid=1.2&after=0&limit=1000",
    "/jobs?studyInstanceUid=1.2&after=2&limit=1000",
    ...["PACS", "PACS", "CT1", "ARCHIVE"],
  ]);
  assert.equal(code, 0);
});

Deno.test("gantry prove names what differs, and --requeue queues what was confirmed and is not there, or is dead", async () => {
  const last = { class: "permanent", status: "0xC000", error: "no" };
  const jobs = [
    job(1, "PACS", "1.2.1"),
    job(2, "PACS", "1.2.2"),
    job(3, "PACS", "1.2.3", "dead", { last }),
    job(4, "PACS", "1.2.4", "waiting"),
  ];
  const places = { ARCHIVE: ["1.2.1", "1.2.2", "1.2.3", "1.2.4"], PACS: ["1.2.1"], CT1: ["1.2.1", "1.2.5"] };
  const { code, out, err, asked } = await run(jobs, places, { source: "CT1", requeue: true });
  assert.deepEqual(out.slice(3), [
    "  1.2.5  ARCHIVE  the source has it, the archive does not",
    "  1.2.3  PACS  not delivered: job 3 is dead (permanent 0xC000 no)",
    "  1.2.4  PACS  not delivered: job 4 is waiting",
    "  1.2.2  PACS  confirmed, but missing there",
    "Not proved: 4 differences",
    "2 jobs queued again",
  ]);
  assert.deepEqual(asked.at(-1), { action: "retry", ids: [3, 2] });
  assert.match(err, /1 instance can't be queued again/);
  assert.equal(code, 1);
});

Deno.test("gantry prove asks a destination for the study and the instances that it was sent, as the log has them", async () => {
  const jobs = [1, 2, 3].map((id) => job(id, "PACS", `1.2.${id}`, "delivered", { recipe: "r" }));
  const attempt = (job: number, uid: string, outcome = "delivered") => ({
    ...{ job, class: outcome, sentAs: { sopInstanceUid: uid, studyInstanceUid: "2.25.1" } },
  });
  const log = [attempt(1, "2.25.0"), attempt(1, "2.25.11"), attempt(1, "9", "transient"), attempt(2, "2.25.12")];
  const places = { ARCHIVE: ["1.2.1", "1.2.2", "1.2.3"], "PACS 2.25.1": ["2.25.11"], PACS: [] };
  const { code, out, asked } = await run(jobs, places, {}, "1.2", log);
  assert.deepEqual(out.slice(1), [
    "destination  PACS     3 of 3 confirmed; 1 found; " +
    "1 changed on the way to unknown UIDs; the log is the only evidence of them",
    "  1.2.2  PACS  confirmed as 2.25.12, but missing there",
    "Not proved: 1 difference",
  ]);
  assert.deepEqual([asked.slice(-3), code], [["PACS 2.25.1", "PACS", "ARCHIVE"], 1]);
});

Deno.test("gantry prove --json has a line for each place and difference", async () => {
  const { out, code } = await run([job(1, "PACS", "1.2.1")], { ARCHIVE: ["1.2.1"], PACS: new Error("it is down") }, {
    json: true,
  });
  assert.deepEqual(out.map((line) => JSON.parse(line)), [
    { type: "place", role: "archive", name: "ARCHIVE", found: 1 },
    { type: "place", role: "destination", name: "PACS", queued: 1, confirmed: 1, problem: "it is down" },
    { type: "summary", proved: false, differences: 0 },
  ]);
  assert.equal(code, 1);
});

Deno.test("gantry prove refuses what is no UID and no destination, and asks nobody", async () => {
  await assert.rejects(run([], {}, {}, "CT1"), UsageError);
  await assert.rejects(run([], {}, {}, "CT1"), /STUDY: found "CT1", expected a UID/);
  await assert.rejects(run([], {}, { destination: ["NOBODY"] }), UsageError);
  const none = await run([], { ARCHIVE: [] });
  assert.deepEqual([none.code, none.out.at(-1)], [1, "Not proved: the archive has no such study"]);
});

Deno.test("gantry prove asks nobody where the source or a destination is none that anybody knows", async () => {
  const wrong: readonly (readonly [values: Partial<Values>, expected: RegExp])[] = [
    [{ source: "NOPE" }, /Cannot find the peer "NOPE": expected AET@host:port or one of .*PACS/],
    [{ source: "PACX" }, /did you mean PACS\?/],
    [{ destination: ["NOPE"] }, /Cannot find the destination "NOPE": expected one of .*DISK.*PACS/],
    [{ destination: ["PACS", "DISC"] }, /Cannot find the destination "DISC": did you mean DISK\?/],
  ];
  for (const [values, expected] of wrong) {
    const places = { ARCHIVE: ["1.2.1"] };
    await assert.rejects(
      run([], places, values),
      (error) => error instanceof UsageError && expected.test(error.message),
    );
  }
});
