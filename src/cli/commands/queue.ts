/**
 * `gantry queue`: what a gateway that runs has still to send, and what an operator does about it.
 *
 * @module
 */

import { escapeJson } from "../../safe_text.ts";
import { type Call, defineCommand, ExitCode, type Flags, UsageError } from "../command_line/command.ts";
import { configFlag, loadConfig } from "../command_line/config_file.ts";
import { EDIT_FLAGS, editOf } from "../command_line/job_edit.ts";
import { type Confirm, confirm } from "../command_line/confirm.ts";
import {
  deliveryLine,
  jobLine,
  laneLine,
  type ShownDelivery,
  type ShownJob,
  type ShownLane,
  type ShownUnit,
  unitLine,
} from "../output/queue_listing.ts";
import type { Terminal } from "../output/terminal.ts";
import { count } from "../output/units.ts";
import { type AskGateway, gatewayApi, gatewayFiles, type GetFile } from "../peers/gateway_api.ts";
import { checkChoice, choiceFlags, conditionsOf, idsOf } from "../queue/chosen_jobs.ts";
import { entries, jobsById } from "../queue/entries.ts";
import type { ExportedJob } from "../queue/export_jobs.ts";

const flags = {
  config: configFlag,
  ...choiceFlags,
  all: { type: "boolean", help: "All jobs" },
  toLane: { type: "text", value: "NAME", help: "With edit: the destination to send to instead" },
  priority: { type: "text", value: "P", choices: ["high", "medium", "low"], help: "With edit: high, medium or low" },
  route: {
    type: "text",
    value: "NAME",
    help: "With edit: the route whose changes apply to the jobs, instead of their own route's",
  },
  set: { type: "texts", value: "PATH=VALUE", help: "With edit: set an attribute before the route's changes" },
  remove: { type: "texts", value: "PATH", help: "With edit: remove an attribute before the route's changes" },
  limit: {
    type: "integer",
    value: "N",
    minimum: 1,
    maximum: 1_000_000,
    help: "Maximum number of lines of list and log (default 100)",
  },
  output: { type: "text", short: "o", value: "FOLDER", help: "With export: folder to write the files to" },
  yes: { type: "boolean", short: "y", help: "With drop: do not ask" },
  json: { type: "boolean", help: "Print one JSON object per line" },
} as const satisfies Flags;

const ACTIONS = [
  "lanes",
  "units",
  "list",
  "log",
  "retry",
  "hold",
  "resume",
  "drop",
  "edit",
  "export",
  "pause",
  "unpause",
] as const;

/** Lines by default. */
const DEFAULT_LIMIT = 100;

/** `gantry queue ACTION` */
export const queue = defineCommand({
  name: "queue",
  summary: "Show and change the jobs in the queue of a gateway",
  description:
    "Asks the running gateway over HTTP, at the address and port of the configuration. lanes lists destinations, list\n" +
    "jobs, log attempts, units the series and studies that the gateway sends as one. retry, hold, resume, drop and edit\n" +
    "change the jobs that all flags match. export writes the instances of those jobs into a folder, with a table of\n" +
    "reasons. pause stops sending to a destination; unpause starts it again.",
  operands: [{ name: "ACTION", help: ACTIONS.join(", ") }],
  flags,
  examples: [
    ["queue lanes", "How much waits for each destination?"],
    ["queue list --state dead", "Which jobs has the gateway given up?"],
    ["queue retry --lane PACS --state dead", "Retry all dead jobs of a destination"],
    ["queue export --state dead -o dead", "Write the instances of dead jobs to files"],
    ["queue edit --id 71 --to-lane DISK", "Send a job to another destination"],
    ["queue edit --id 71 --set PatientID=4711", "Change an attribute in what one job sends"],
  ],
  failed: "No gateway answered, or the gateway refused",
  run: async (call) => await runQueue(call, gatewayApi, confirm),
});

type Values = Call<typeof flags>["values"];

/** Runs the command with what asks the gateway, and what asks the user. */
export async function runQueue(
  { operands: [action = ""], values, terminal }: Call<typeof flags>,
  api: typeof gatewayApi,
  question: Confirm,
  files: typeof gatewayFiles = gatewayFiles,
): Promise<ExitCode> {
  if (!ACTIONS.some((known) => known === action)) {
    throw new UsageError(`Cannot understand ${JSON.stringify(action)}: expected one of ${ACTIONS.join(", ")}`);
  }
  checkFlags(action, values);
  const { config } = await loadConfig(values.config, terminal);
  const ask = api(config);
  const asker: Asker = { ask, values, terminal };
  switch (action) {
    case "lanes":
      return await listLanes(asker);
    case "units":
      return await list<ShownUnit>(asker, "units", unitLine);
    case "list":
      return await listJobs(asker);
    case "log":
      return await list<ShownDelivery>(asker, "deliveries", deliveryLine);
    case "export":
      return await exportFiles(asker, files(config));
    case "pause":
    case "unpause":
      await ask(`/lanes/${encodeURIComponent(values.lane ?? "")}/${action === "pause" ? "pause" : "resume"}`, {});
      return ExitCode.Done;
    default:
      return await change(asker, action, question);
  }
}

/** What each action works with. */
interface Asker {
  readonly ask: AskGateway;
  readonly values: Values;
  readonly terminal: Terminal;
}

function checkFlags(action: string, values: Values): void {
  const { lane, output } = values;
  checkChoice(action, values);
  if ((output !== undefined) !== (action === "export")) {
    throw new UsageError(
      output === undefined ? "Cannot export: expected --output FOLDER" : `Cannot ${action}: --output goes with export`,
    );
  }
  if ((action === "pause" || action === "unpause") && lane === undefined) {
    throw new UsageError(`Cannot ${action}: expected --lane NAME`);
  }
  const edits = editOf(values) !== undefined;
  if (edits !== (action === "edit")) {
    throw new UsageError(
      edits ? `Cannot ${action}: ${EDIT_FLAGS} go with edit` : `Cannot edit: expected ${EDIT_FLAGS}`,
    );
  }
}

function show({ values, terminal }: Asker, entry: object, line: string): void {
  terminal.out.write(`${values.json ? escapeJson({ ...entry }) : line}\n`);
}

async function listLanes(asker: Asker): Promise<ExitCode> {
  const { lanes } = await asker.ask("/lanes") as { lanes: readonly ShownLane[] };
  for (const lane of lanes) show(asker, lane, laneLine(lane));
  if (lanes.length === 0 && !asker.values.json) asker.terminal.err.write("Instances are sent to no destination\n");
  return ExitCode.Done;
}

async function listJobs(asker: Asker): Promise<ExitCode> {
  const { ask, values } = asker;
  const ids = idsOf(values);
  if (ids.length === 0) return await list<ShownJob>(asker, "jobs", jobLine);
  if (Object.keys(conditionsOf(values)).length > 0) {
    throw new UsageError("Cannot list: found --id with other flags that select jobs, expected --id alone");
  }
  for await (const job of jobsById<ShownJob>(ask, ids)) show(asker, job, jobLine(job));
  return ExitCode.Done;
}

async function list<Entry extends object>(
  asker: Asker,
  name: Parameters<typeof entries>[1],
  lineOf: (entry: Entry) => string,
): Promise<ExitCode> {
  const { ask, values, terminal } = asker;
  const found = entries<Entry>(ask, name, conditionsOf(values), values.limit ?? DEFAULT_LIMIT);
  let next = await found.next();
  for (; next.done !== true; next = await found.next()) show(asker, next.value, lineOf(next.value));
  if (next.value) terminal.err.write("There are more: give --limit\n");
  return ExitCode.Done;
}

async function exportFiles({ ask, values, terminal }: Asker, getFile: GetFile): Promise<ExitCode> {
  const { output: folder = ".", json } = values;
  const ids = idsOf(values);
  const conditions = conditionsOf(values);
  if (ids.length > 0 === (Object.keys(conditions).length > 0 || values.all)) {
    throw new UsageError("Cannot export: expected flags that select jobs, or --id, or --all");
  }
  const { exportJobs } = await import("../queue/export_jobs.ts");
  const jobs = ids.length > 0
    ? jobsById<ExportedJob>(ask, ids)
    : entries<ExportedJob>(ask, "jobs", conditions, Infinity);
  return await exportJobs({ jobs, getFile, folder, json }, terminal) === 0 ? ExitCode.Done : ExitCode.Failed;
}

async function change({ ask, values, terminal }: Asker, action: string, question: Confirm): Promise<ExitCode> {
  const { state, ...texts } = conditionsOf(values);
  const ids = idsOf(values);
  const which = { ...texts, ...(state !== undefined && { states: state.split(",") }), ...(ids.length > 0 && { ids }) };
  if (Object.keys(which).length === 0 && !values.all) {
    throw new UsageError(`Cannot ${action}: expected flags that select jobs, or --all`);
  }
  if (action === "drop" && !values.yes) {
    const agreed = question("Drop these jobs? Their instances stay in the archive and are not sent.");
    if (agreed === undefined) throw new UsageError("Cannot ask whether to drop: without a terminal give --yes");
    if (!agreed) {
      terminal.err.write("Nothing was dropped\n");
      return ExitCode.Failed;
    }
  }
  const to = editOf(values);
  const body = { action, ...which, ...(values.all && { all: true }), ...(action === "edit" && { to }) };
  const { changed } = await ask("/jobs/change", body) as { changed: number };
  terminal.out.write(values.json ? `${escapeJson({ changed })}\n` : `${count(changed, "job")} changed\n`);
  return ExitCode.Done;
}
