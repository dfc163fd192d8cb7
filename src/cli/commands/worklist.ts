/**
 * `gantry worklist`: what is scheduled, as a modality asks for it.
 *
 * @module
 */

import { type Call, defineCommand, type ExitCode, type Flags, UsageError } from "../command_line/command.ts";
import { loadConfig } from "../command_line/config_file.ts";
import { peerFlags, peerOperand, resolvePeerCall } from "../command_line/peer.ts";
import { queryKeyFlag, readKey } from "../command_line/query_keys.ts";
import { answerFlags } from "../output/answer_output.ts";
import { type Ask, asker, showAnswers } from "../peers/show_answers.ts";

const flags = {
  ...peerFlags,
  date: {
    type: "text",
    value: "DATE",
    help: "Scheduled for this day: today, tomorrow, 2025-01-31, or a range such as 2025-01-31..2025-02-02",
  },
  modality: { type: "text", value: "MODALITY", help: "Scheduled for this modality, such as CT" },
  station: { type: "text", value: "AET", help: "Scheduled for the station with this AE title" },
  queryKey: queryKeyFlag,
  ...answerFlags,
} as const satisfies Flags;

/** `gantry worklist PEER` */
export const worklist = defineCommand({
  name: "worklist",
  summary: "Ask a peer for its modality worklist",
  description:
    "Prints the scheduled procedure steps as a table. Queries the peer by C-FIND in the Modality Worklist Information\n" +
    "Model, like gantry find --worklist. Ctrl-C cancels the query.",
  operands: [peerOperand],
  flags,
  examples: [
    ["worklist RIS --date today --modality CT", "Today's examinations by CT"],
    [
      "worklist RIS --station CT1 -k PatientName='DOE*' --json",
      "Examinations of a patient at a station, output for programs",
    ],
  ],
  failed: "The peer did not answer, or reported a failure",
  run: async (call) => await runWorklist(call, await asker(call.terminal)),
});

/** Runs the command with what asks. */
export async function runWorklist(
  { operands, values, terminal }: Call<typeof flags>,
  ask: Ask,
  now: Date = new Date(),
): Promise<ExitCode> {
  const { config } = await loadConfig(values.config, terminal);
  const peer = resolvePeerCall(operands[0] ?? "", values, config, terminal.env);
  const { date, modality, station } = values;
  const ofStep = Object.entries({
    ScheduledProcedureStepStartDate: date === undefined ? undefined : readDate(date, now),
    Modality: modality,
    ScheduledStationAETitle: station,
  });
  const keys = [
    ...values.queryKey,
    ...ofStep.flatMap(([keyword, value]) =>
      value === undefined ? [] : [`ScheduledProcedureStepSequence[0].${keyword}=${value}`]
    ),
  ].map(readKey);
  return await showAnswers({ peer, keys, worklist: true, output: values, terminal }, ask);
}

const DAYS_AHEAD: Readonly<Record<string, number>> = { yesterday: -1, today: 0, tomorrow: 1 };
const DAY = String.raw`(?:\d{4}-\d\d-\d\d|\d{8})`;
const RANGE = new RegExp(`^(${DAY})?(\\.\\.|-)?(${DAY})?$`);

/** A date, or a range of them, as DA. */
function readDate(text: string, now: Date): string {
  const ahead = Object.hasOwn(DAYS_AHEAD, text) ? DAYS_AHEAD[text] : undefined;
  if (ahead !== undefined) {
    const day = new Date(now.getFullYear(), now.getMonth(), now.getDate() + ahead);
    return [day.getFullYear(), day.getMonth() + 1, day.getDate()].map((part) => String(part).padStart(2, "0")).join("");
  }
  const [, from, separator, until] = RANGE.exec(text) ?? [];
  const isOneDay = from !== undefined && until === undefined && separator === undefined;
  const isRange = (from !== undefined || until !== undefined) && separator !== undefined;
  if (!isOneDay && !isRange) {
    throw new UsageError(
      `Cannot understand --date: found ${JSON.stringify(text)}, expected today, tomorrow, a day such as 2025-01-31, ` +
        "or a range such as 2025-01-31..2025-02-02",
    );
  }
  return [from, until].map((day) => day?.replaceAll("-", "") ?? "").join(isRange ? "-" : "");
}
