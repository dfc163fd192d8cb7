import assert from "node:assert/strict";
import { UsageError } from "../../../src/cli/command_line/command.ts";
import { runWorklist } from "../../../src/cli/commands/worklist.ts";
import type { Ask } from "../../../src/cli/peers/show_answers.ts";
import type { Query } from "../../../src/query/query.ts";
import { dataSetOf } from "../../query/data_sets.ts";
import { itemAttributes } from "../../worklist/items.ts";
import { noPeerFlags } from "../command_line/peer_flags.ts";
import { fakeTerminal } from "../terminal.ts";

const NOW = new Date(2025, 1, 28, 23, 59);

async function run(values: Partial<Parameters<typeof runWorklist>[0]["values"]> = {}) {
  const terminal = fakeTerminal();
  const asked: Query[] = [];
  const ask: Ask = async function* (_, query) {
    asked.push(query);
    yield { attributes: dataSetOf(itemAttributes({ ScheduledProcedureStepStatus: "IN PROGRESS" })), unmatched: [] };
  };
  const none = { date: undefined, modality: undefined, station: undefined, queryKey: [], limit: undefined };
  const all = { ...noPeerFlags, ...none, json: false, csv: false, ...values };
  const code = await runWorklist({ operands: ["RIS@host:104"], values: all, terminal }, ask, NOW);
  return { code, query: asked[0]!, out: terminal.out.text(), err: terminal.err.text() };
}

const STEP = "ScheduledProcedureStepSequence[0]";

Deno.test("gantry worklist asks in the worklist's model, within the steps", async () => {
  const { code, query } = await run({ modality: "CT", station: "CT1", queryKey: ["PatientName=DOE*"] });
  assert.deepEqual([code, query.model, query.level], [0, "worklist", "WORKLIST"]);
  const { keys } = query;
  assert.equal(keys.getText(`${STEP}.Modality`), "CT");
  assert.equal(keys.getText(`${STEP}.ScheduledStationAETitle`), "CT1");
  assert.equal(keys.getText("PatientName"), "DOE*");
  assert.equal(keys.getText(`${STEP}.ScheduledProcedureStepStartDate`), "");
  assert.equal(keys.getAll("ScheduledProcedureStepSequence").length, 1);
});

Deno.test("gantry worklist understands days and ranges of them", async () => {
  const dates: [written: string, asked: string][] = [
    ["today", "20250228"],
    ["tomorrow", "20250301"],
    ["yesterday", "20250227"],
    ["2025-01-31", "20250131"],
    ["20250131", "20250131"],
    ["2025-01-31..2025-02-02", "20250131-20250202"],
    ["20250131-20250202", "20250131-20250202"],
    ["2025-01-31..", "20250131-"],
    ["..2025-01-31", "-20250131"],
    ["-20250131", "-20250131"],
  ];
  for (const [written, asked] of dates) {
    const { query } = await run({ date: written });
    assert.equal(query.keys.getText(`${STEP}.ScheduledProcedureStepStartDate`), asked, written);
  }
  for (const wrong of ["someday", "", "..", "-", "2025-1-31", "2025-01-312025-02-02", "toString"]) {
    await assert.rejects(run({ date: wrong }), UsageError, wrong);
  }
});

Deno.test("gantry worklist shows who comes when for what, and in what state that is", async () => {
  const { out, err } = await run({ queryKey: ["ReferringPhysicianName"] });
  const [heading = "", row = ""] = out.split("\n");
  assert.deepEqual(heading.split(/ {2,}/).slice(0, 6), [
    "ScheduledProcedureStepStartDate",
    "ScheduledProcedureStepStartTime",
    "Modality",
    "ScheduledStationAETitle",
    "PatientName",
    "PatientID",
  ]);
  assert.match(heading, /ReferringPhysicianName$/);
  assert.match(row, /^20250301 +0800 +CT +CT1 +Adams\^Jane +P1 .* A1 .* IN PROGRESS/);
  assert.equal(err, "1 answer\n");
  const { out: json } = await run({ json: true });
  assert.deepEqual(JSON.parse(json)["00100020"], { vr: "LO", Value: ["P1"] });
  await assert.rejects(run({ json: true, csv: true }), UsageError);
});
