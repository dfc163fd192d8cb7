import assert from "node:assert/strict";
import { UsageError } from "../../../src/cli/command_line/command.ts";
import { runFind } from "../../../src/cli/commands/find.ts";
import { fittingWidths } from "../../../src/cli/output/answer_output.ts";
import type { Ask } from "../../../src/cli/peers/show_answers.ts";
import type { Query } from "../../../src/query/query.ts";
import { dataSetOf } from "../../query/data_sets.ts";
import { noPeerFlags } from "../command_line/peer_flags.ts";
import { capture, fakeTerminal } from "../terminal.ts";

type Keys = Parameters<typeof dataSetOf>[0];

interface Given {
  readonly answers?: readonly Keys[];
  readonly unmatched?: readonly number[];
  /** What the query fails with after the answers. */
  readonly failure?: Error;
  readonly terminal?: ReturnType<typeof fakeTerminal>;
  readonly columns?: number;
  readonly values?: Partial<Parameters<typeof runFind>[0]["values"]>;
}

async function run({ answers = [], unmatched = [], failure, columns, values = {}, ...given }: Given) {
  const { terminal = fakeTerminal() } = columns === undefined
    ? given
    : { terminal: { ...fakeTerminal(), out: capture({ isTerminal: true, columns }) } };
  const asked: Query[] = [];
  let left = false;
  const ask: Ask = async function* (_, query) {
    asked.push(query);
    try {
      for (const answer of answers) yield { attributes: dataSetOf(answer), unmatched };
      if (failure) throw failure;
    } finally {
      left = true;
    }
  };
  const all = {
    ...noPeerFlags,
    level: undefined,
    worklist: false,
    queryKey: [],
    limit: undefined,
    json: false,
    csv: false,
    ...values,
  };
  const code = await runFind({ operands: ["PACS@host:104"], values: all, terminal }, ask);
  return { code, asked, left, out: terminal.out.text(), err: terminal.err.text() };
}

const STUDIES = [
  { PatientID: "P1", PatientName: "Doe^Jane", StudyInstanceUID: "1.2.3", StudyDate: "20250131" },
  {
    SpecificCharacterSet: "ISO_IR 192",
    PatientID: "P2\u202e",
    PatientName: 'A "quoted", name',
    StudyInstanceUID: "1.2.4",
  },
];

Deno.test("gantry find prints a table of what was asked for, and of what is shown anyway", async () => {
  const { code, asked, out, err } = await run({ answers: STUDIES, values: { queryKey: ["StudyDate=2025*"] } });
  assert.deepEqual([code, err], [0, "2 answers\n"]);
  assert.equal(asked[0]?.keys.getText("StudyDate"), "2025*");
  assert.equal(asked[0]?.keys.getText("PatientName"), "");
  const lines = out.split("\n");
  assert.match(lines[0]!, /^StudyDate {2,}PatientID {2,}PatientName .* StudyInstanceUID$/);
  assert.match(lines[1]!, /^20250131 {3}P1 {2,}Doe\^Jane .* 1\.2\.3$/);
  assert.ok(lines[2]!.includes("P2\\u202e"));
});

Deno.test("gantry find fits its table into the terminal", async () => {
  const answers = [{ ...STUDIES[0], StudyDescription: "x".repeat(200), StudyInstanceUID: "1.2.3" }];
  const { out } = await run({ answers, columns: 80 });
  for (const line of out.split("\n")) assert.ok(line.length <= 80, line);
  assert.ok(out.includes("…"));
  assert.deepEqual(fittingWidths([10, 50, 8], 40), [10, 18, 8]);
  assert.deepEqual(fittingWidths([5, 5], 80), [5, 5]);
  assert.deepEqual(fittingWidths([50, 50], 3), [6, 6]);
});

Deno.test("gantry find prints CSV, and DICOM JSON a line", async () => {
  const csv = await run({ answers: STUDIES, values: { csv: true, queryKey: ["PatientName"], level: "patient" } });
  assert.deepEqual(csv.out.split("\r\n").map((line) => line.split(",").slice(0, 1)), [
    ["PatientName"],
    ["Doe^Jane"],
    ['"A ""quoted""'],
    [""],
  ]);
  const json = await run({ answers: STUDIES, values: { json: true } });
  const lines = json.out.trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(lines[0]["0020000D"], { vr: "UI", Value: ["1.2.3"] });
  assert.equal(json.err, "");
});

Deno.test("gantry find leaves off at its limit, and tells of keys that were not matched", async () => {
  const { code, left, out, err } = await run({ answers: STUDIES, unmatched: [1], values: { limit: 1 } });
  assert.deepEqual([code, left, out.split("\n").length], [0, true, 3]);
  assert.equal(err, "gantry: The peer ignored some keys: answers may include more than the query asks for\n1 answer\n");
});

Deno.test("gantry find prints the answers that came before a failure", async () => {
  for (const format of [{}, { csv: true }, { json: true }]) {
    const terminal = fakeTerminal();
    const failure = new Error("the peer answered 0x0110");
    await assert.rejects(run({ answers: STUDIES, failure, terminal, values: format }), failure);
    assert.ok(terminal.out.text().includes("1.2.4"), JSON.stringify(format));
  }
});

Deno.test("gantry find asks a worklist for what is in its items", async () => {
  const answers = [{ PatientID: "P1", ScheduledProcedureStepSequence: [{ Modality: "CT" }] }];
  const queryKey = ["ScheduledProcedureStepSequence[0].Modality=CT"];
  const { asked, out } = await run({ answers, values: { worklist: true, queryKey, csv: true } });
  assert.equal(asked[0]?.model, "worklist");
  const [heading, row] = out.split("\r\n").map((line) => line.split(","));
  assert.deepEqual(heading?.slice(0, 3), [
    "ScheduledProcedureStepStartDate",
    "ScheduledProcedureStepStartTime",
    "Modality",
  ]);
  assert.deepEqual([row?.[2], row?.[heading.indexOf("PatientID")]], ["CT", "P1"]);
});

Deno.test("gantry find refuses calls that contradict themselves", async () => {
  await assert.rejects(run({ values: { json: true, csv: true } }), UsageError);
  await assert.rejects(run({ values: { worklist: true, level: "series" } }), UsageError);
  await assert.rejects(run({ values: { queryKey: ["PatentID=1"] } }), /did you mean PatientID/);
});
