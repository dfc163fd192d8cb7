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
import type { ExportedJob } from "../peers/export_jobs.ts";
import { type AskGateway, gatewayApi, gatewayFiles, type GetFile } from "../peers/gateway_api.ts";

const flags = {
  config: configFlag,
  lane: { type: "text", short: "l", value: "NAME", help: "Jobs of this destination" },
  state: {
    type: "text",
    value: "STATE",
    help: "Jobs in this state: ready, leased, waiting, held, dead, delivered; units: open, closed",
  },
  class: { type: "text", value: "CLASS", help: "Jobs whose last attempt came to this, such as transient" },
  status: { type: "text", value: "STATUS", help: "Jobs that the destination answered so, such as 0xA700" },
  study: { type: "text", value: "UID", help: "Jobs of this study" },
  instance: { type: "text", value: "UID", help: "Jobs of this instance" },
  id: { type: "texts", value: "ID", help: "Jobs with these ids" },
  all: { type: "boolean", help: "All jobs" },
  toLane: { type: "text", value: "NAME", help: "With edit: the destination to send to instead" },
  priority: { type: "text", value: "P", choices: ["high", "medium", "low"], help: "With edit: high, medium or low" },
  route: { type: "text", value: "NAME", help: "With edit: the route whose changes jobs get, in place of their own" },
  set: { type: "texts", value: "PATH=VALUE", help: "With edit: set an attribute before the route's changes" },
  remove: { type: "texts", value: "PATH", help: "With edit: remove an attribute before the route's changes" },
  limit: {
    type: "integer",
    value: "N",
    minimum: 1,
    maximum: 1_000_000,
    help: "Most lines of list and log (default 100)",
  },
  output: { type: "text", short: "o", value: "FOLDER", help: "With export: where the files go" },
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

/** Flags that say which jobs, by what they are called on the command line, and the actions that heed not all of them. */
const CONDITIONS = ["lane", "state", "class", "status", "study", "instance", "id"] as const;
const HEEDED: Readonly<Record<string, readonly (typeof CONDITIONS)[number][]>> = {
  lanes: [],
  units: ["state", "study"],
  log: ["lane", "class", "study", "instance"],
  pause: ["lane"],
  unpause: ["lane"],
};

/** Lines where nobody says otherwise, and entries of one answer. */
const DEFAULT_LIMIT = 100;
const PAGE = 500;

/** `gantry queue ACTION` */
export const queue = defineCommand({
  name: "queue",
  summary: "See and change what a gateway has still to send",
  description:
    "Asks the gateway that runs, over HTTP, where the configuration says that it listens. lanes shows destinations, list\n" +
    "jobs, log attempts, units series and studies that are sent as one. retry, hold, resume, drop and edit change the jobs\n" +
    "that all flags mean. export writes their instances into a folder, with a table of reasons. pause and unpause stop a\n" +
    "destination and let it go on.",
  operands: [{ name: "ACTION", help: ACTIONS.join(", ") }],
  flags,
  examples: [
    ["queue lanes", "How much waits for each destination?"],
    ["queue list --state dead", "What is given up?"],
    ["queue retry --lane PACS --state dead", "Try all of that again"],
    ["queue export --state dead -o dead", "What is given up, as files"],
    ["queue edit --id 71 --to-lane DISK", "Send a job elsewhere"],
    ["queue edit --id 71 --set PatientID=4711", "Change an attribute of what one job sends, and of nothing else"],
  ],
  failed: "No gateway answers, or it refuses",
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
  switch (action) {
    case "lanes":
      return await lanes(ask, values, terminal);
    case "units":
      return await units(ask, values, terminal);
    case "list":
      return await listJobs(ask, values, terminal);
    case "log":
      return await list<ShownDelivery>(ask, "deliveries", deliveryLine, values, terminal);
    case "export":
      return await exportFiles(ask, files(config), values, terminal);
    case "pause":
    case "unpause":
      await ask(`/lanes/${encodeURIComponent(values.lane ?? "")}/${action === "pause" ? "pause" : "resume"}`, {});
      return ExitCode.Done;
    default:
      return await change(ask, action, values, terminal, question);
  }
}

function checkFlags(action: string, values: Values): void {
  const { lane, output } = values;
  const heeded = HEEDED[action] ?? CONDITIONS;
  const extra = CONDITIONS.find((name) =>
    !heeded.includes(name) && values[name] !== undefined && values[name].length > 0
  );
  if (extra !== undefined) {
    const expected = heeded.length === 0
      ? "no flag that says which jobs"
      : heeded.map((name) => `--${name}`).join(", ");
    throw new UsageError(`Cannot ${action}: found --${extra}, expected ${expected}`);
  }
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

async function lanes(ask: AskGateway, { json }: Values, terminal: Terminal): Promise<ExitCode> {
  const { lanes } = await ask("/lanes") as { lanes: readonly ShownLane[] };
  for (const lane of lanes) terminal.out.write(`${json ? escapeJson({ ...lane }) : laneLine(lane)}\n`);
  if (lanes.length === 0 && !json) terminal.err.write("Instances are sent to no destination\n");
  return ExitCode.Done;
}

async function units(ask: AskGateway, values: Values, terminal: Terminal): Promise<ExitCode> {
  const { state, studyInstanceUid } = conditions(values);
  const filter = { ...(state !== undefined && { state }), ...(studyInstanceUid !== undefined && { studyInstanceUid }) };
  let left = values.limit ?? DEFAULT_LIMIT;
  let after: string | undefined = "";
  while (after !== undefined && left > 0) {
    const query = new URLSearchParams({
      ...filter,
      ...(after !== "" && { after }),
      limit: String(Math.min(PAGE, left)),
    });
    const page = await ask(`/units?${query}`) as { readonly units: readonly ShownUnit[]; readonly next?: string };
    for (const unit of page.units) terminal.out.write(`${values.json ? escapeJson({ ...unit }) : unitLine(unit)}\n`);
    left -= page.units.length;
    after = page.next;
  }
  if (after !== undefined) terminal.err.write("There are more: give --limit\n");
  return ExitCode.Done;
}

async function exportFiles(
  ask: AskGateway,
  getFile: GetFile,
  values: Values,
  terminal: Terminal,
): Promise<ExitCode> {
  const { output: folder = ".", json } = values;
  const ids = idsOf(values);
  const hasConditions = Object.keys(conditions(values)).length > 0;
  if (ids.length > 0 === (hasConditions || values.all)) {
    throw new UsageError("Cannot export: expected flags that say which jobs, or --id, or --all");
  }
  const { exportJobs } = await import("../peers/export_jobs.ts");
  const jobs = ids.length > 0 ? byId<ExportedJob>(ask, ids) : entries<ExportedJob>(ask, "jobs", values, Infinity);
  return await exportJobs({ jobs, getFile, folder, json }, terminal) === 0 ? ExitCode.Done : ExitCode.Failed;
}

async function* byId<Job>(ask: AskGateway, ids: readonly number[]): AsyncGenerator<Job> {
  for (const id of ids) yield await ask(`/jobs/${id}`) as Job;
}

async function listJobs(ask: AskGateway, values: Values, terminal: Terminal): Promise<ExitCode> {
  const ids = idsOf(values);
  if (ids.length === 0) return await list<ShownJob>(ask, "jobs", jobLine, values, terminal);
  if (Object.keys(conditions(values)).length > 0) {
    throw new UsageError("Cannot list: found --id with other flags that say which jobs, expected it alone");
  }
  for await (const job of byId<ShownJob>(ask, ids)) {
    terminal.out.write(`${values.json ? escapeJson({ ...job }) : jobLine(job)}\n`);
  }
  return ExitCode.Done;
}

async function list<Entry extends { readonly id: number }>(
  ask: AskGateway,
  name: "jobs" | "deliveries",
  line: (entry: Entry) => string,
  values: Values,
  terminal: Terminal,
): Promise<ExitCode> {
  const found = entries<Entry>(ask, name, values, values.limit ?? DEFAULT_LIMIT);
  let next = await found.next();
  for (; next.done !== true; next = await found.next()) {
    terminal.out.write(`${values.json ? escapeJson({ ...next.value }) : line(next.value)}\n`);
  }
  if (next.value) terminal.err.write("There are more: give --limit\n");
  return ExitCode.Done;
}

/** Entries, page by page; answers whether there are more than so many. */
async function* entries<Entry>(
  ask: AskGateway,
  name: "jobs" | "deliveries",
  values: Values,
  limit: number,
): AsyncGenerator<Entry, boolean, void> {
  let left = limit;
  let after: number | undefined = 0;
  while (after !== undefined && left > 0) {
    const query = new URLSearchParams({
      ...conditions(values),
      after: String(after),
      limit: String(Math.min(PAGE, left)),
    });
    const page = await ask(`/${name}?${query}`) as { readonly next?: number } & Record<typeof name, readonly Entry[]>;
    yield* page[name];
    left -= page[name].length;
    after = page.next;
  }
  return after !== undefined;
}

/** Conditions as the HTTP API calls them. */
function conditions({ lane, state, class: outcome, status, study, instance }: Values): Record<string, string> {
  const all = { lane, state, class: outcome, status, studyInstanceUid: study, sopInstanceUid: instance };
  return Object.fromEntries(Object.entries(all).flatMap(([name, value]) => value === undefined ? [] : [[name, value]]));
}

function idsOf({ id }: Values): readonly number[] {
  return id.map((id) => {
    if (/^\d{1,15}$/.test(id)) return Number(id);
    throw new UsageError(`Cannot understand --id: found ${JSON.stringify(id)}, expected a whole number`);
  });
}

async function change(
  ask: AskGateway,
  action: string,
  values: Values,
  terminal: Terminal,
  question: Confirm,
): Promise<ExitCode> {
  const { state, ...texts } = conditions(values);
  const ids = idsOf(values);
  const which = { ...texts, ...(state !== undefined && { states: [state] }), ...(ids.length > 0 && { ids }) };
  if (Object.keys(which).length === 0 && !values.all) {
    throw new UsageError(`Cannot ${action}: expected flags that say which jobs, or --all`);
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
