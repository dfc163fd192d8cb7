/**
 * `gantry find`: C-FIND to a peer.
 *
 * @module
 */

import type { AskOptions, Match } from "../../query/instance_source.ts";
import type { Query } from "../../query/query.ts";
import { csvOutput, jsonOutput, tableOutput } from "../output/answer_output.ts";
import { type Call, defineCommand, ExitCode, type Flags, UsageError } from "../command_line/command.ts";
import { loadConfig } from "../command_line/config_file.ts";
import { listenForInterruption } from "../command_line/interruption.ts";
import { isArchiveCall, resolveSourceCall, type SourceCall, sourceOperand } from "../command_line/archive_call.ts";
import { peerFlags } from "../command_line/peer.ts";
import { keyDataSet, LEVEL_CHOICES, readKey, shownKeys, writtenQuery } from "../command_line/query_keys.ts";
import type { WrittenKey } from "../../query/written_keys.ts";
import { styled, type Terminal } from "../output/terminal.ts";
import { count } from "../output/units.ts";

const flags = {
  ...peerFlags,
  level: {
    type: "text",
    value: "LEVEL",
    choices: LEVEL_CHOICES,
    help: "What to find: patient, study, series or image (default: that of the deepest UID that is given, else study)",
  },
  worklist: { type: "boolean", help: "Ask for items of the modality worklist" },
  queryKey: {
    type: "texts",
    short: "k",
    value: "KEY[=VALUE]",
    help: "A key to match, or without a value to return; by keyword, tag, or path such as Sequence[0].Keyword",
  },
  limit: { type: "integer", value: "N", minimum: 1, maximum: 1_000_000_000, help: "Cancel after so many answers" },
  json: { type: "boolean", help: "Print each answer as DICOM JSON on a line" },
  csv: { type: "boolean", help: "Print CSV" },
} as const satisfies Flags;

/** `gantry find PEER` */
export const find = defineCommand({
  name: "find",
  summary: "Query a peer by C-FIND",
  description:
    "Prints the answers as a table. Values may have wild cards, and ranges such as StudyDate=20250101-20250131; dates\n" +
    "and UIDs may be lists with \\ between them. ARCHIVE is the archive of the configuration. Ctrl-C cancels the query.",
  operands: [sourceOperand],
  flags,
  examples: [
    ["find PACS -k PatientName='DOE*' -k StudyDate=20250101-", "Studies since 2025"],
    ["find PACS --level series -k StudyInstanceUID=1.2.3 --json", "Series of a study, for programs"],
    ["find ARCHIVE -k ModalitiesInStudy=MG", "Studies of the local archive"],
    ["find RIS --worklist -k 'ScheduledProcedureStepSequence[0].Modality=CT'", "What is planned for CT"],
  ],
  failed: "The peer did not answer, or not with success",
  run: async (call) => await runFind(call, await asker(call.terminal)),
});

/** Asks a peer. */
export type Ask = (call: SourceCall, query: Query, options: AskOptions) => AsyncIterable<Match>;

async function asker(terminal: Terminal): Promise<Ask> {
  const { openSource } = await import("../peers/query_peer.ts");
  return async function* (call, query, options) {
    await using queried = await openSource(call, terminal);
    yield* queried.source.find(query, options);
  };
}

/** Runs the command with what asks. */
export async function runFind({ operands, values, terminal }: Call<typeof flags>, ask: Ask): Promise<ExitCode> {
  const { out, err } = terminal;
  if (values.json && values.csv) throw new UsageError("Cannot print both JSON and CSV: give one of --json and --csv");
  if (values.worklist && values.level !== undefined) {
    throw new UsageError("Cannot use --level with --worklist: a worklist has no levels");
  }
  const { config } = await loadConfig(values.config, terminal);
  const peer = resolveSourceCall(operands[0] ?? "", values, config, terminal.env);
  if (values.worklist && isArchiveCall(peer)) {
    throw new UsageError("Cannot ask ARCHIVE for a worklist: an archive has instances");
  }
  const written = values.queryKey.map(readKey);
  const { level } = writtenQuery({ keys: written, level: values.level, worklist: values.worklist });
  const keys = unique([...written, ...shownKeys(level)]);
  const query = {
    ...writtenQuery({ keys: written, level: values.level, worklist: values.worklist }),
    keys: keyDataSet(keys),
  };
  const output = values.json ? jsonOutput(out) : values.csv ? csvOutput(out, keys) : tableOutput(out, keys);
  using interruption = listenForInterruption();
  let answers = 0;
  let unmatched = false;
  try {
    for await (const match of ask(peer, query, { signal: interruption.signal })) {
      output.write(match.attributes);
      unmatched ||= match.unmatched.length > 0;
      if (++answers === values.limit || out.closed) break;
    }
  } finally {
    // What came before a failure is shown, too.
    output.end();
  }
  interruption.signal.throwIfAborted();
  if (unmatched) {
    err.write(`${styled(err, "yellow", "gantry:")} The peer did not match all keys: some answers may not be meant\n`);
  }
  if (!values.json && !values.csv) err.write(`${count(answers, "answer")}\n`);
  return ExitCode.Done;
}

/** Each key once: what is only returned gives way to what has a value. */
function unique(keys: readonly WrittenKey[]): WrittenKey[] {
  const byPath = new Map<string, WrittenKey>();
  for (const key of keys) {
    const path = key.path.map(({ tag, item }) => `${tag}[${item}]`).join(".");
    if (byPath.get(path)?.value === undefined) {
      byPath.set(path, byPath.has(path) && key.value === undefined ? byPath.get(path)! : key);
    }
  }
  return [...byPath.values()];
}
