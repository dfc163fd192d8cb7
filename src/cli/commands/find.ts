/**
 * `gantry find`: C-FIND to a peer.
 *
 * @module
 */

import { type Call, defineCommand, type ExitCode, type Flags, UsageError } from "../command_line/command.ts";
import { loadConfig } from "../command_line/config_file.ts";
import { isArchiveCall, resolveSourceCall, sourceOperand } from "../command_line/archive_call.ts";
import { peerFlags } from "../command_line/peer.ts";
import { LEVEL_CHOICES, queryKeyFlag, readKey } from "../command_line/query_keys.ts";
import { answerFlags } from "../output/answer_output.ts";
import { type Ask, asker, showAnswers } from "../peers/show_answers.ts";

const flags = {
  ...peerFlags,
  level: {
    type: "text",
    value: "LEVEL",
    choices: LEVEL_CHOICES,
    help:
      "What to find: patient, study, series or image (default: the level of the deepest UID among the keys, else study)",
  },
  worklist: { type: "boolean", help: "Ask for items of the modality worklist" },
  queryKey: queryKeyFlag,
  ...answerFlags,
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
    ["find PACS --level series -k StudyInstanceUID=1.2.3 --json", "Series of a study, output for programs"],
    ["find ARCHIVE -k ModalitiesInStudy=MG", "Studies of the local archive"],
    ["find RIS --worklist -k 'ScheduledProcedureStepSequence[0].Modality=CT'", "Procedure steps scheduled for CT"],
  ],
  failed: "The peer did not answer, or reported a failure",
  run: async (call) => await runFind(call, await asker(call.terminal)),
});

/** Runs the command with what asks. */
export async function runFind({ operands, values, terminal }: Call<typeof flags>, ask: Ask): Promise<ExitCode> {
  if (values.worklist && values.level !== undefined) {
    throw new UsageError("Cannot use --level with --worklist: a worklist has no levels");
  }
  const { config } = await loadConfig(values.config, terminal);
  const peer = resolveSourceCall(operands[0] ?? "", values, config, terminal.env);
  if (values.worklist && isArchiveCall(peer)) {
    throw new UsageError("Cannot ask ARCHIVE for a worklist: an archive has instances");
  }
  const { level, worklist } = values;
  return await showAnswers(
    { peer, keys: values.queryKey.map(readKey), level, worklist, output: values, terminal },
    ask,
  );
}
