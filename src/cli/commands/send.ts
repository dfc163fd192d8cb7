/**
 * `gantry send`: C-STORE files and folders to a peer.
 *
 * @module
 */

import { describeStatus, statusCode } from "../../dimse/statuses.ts";
import { type Call, defineCommand, ExitCode, type Flags, UsageError } from "../command_line/command.ts";
import { commitFlags, committerCall, DEFAULT_COMMIT_TIMEOUT } from "../command_line/commit_flags.ts";
import { loadConfig } from "../command_line/config_file.ts";
import { listenForInterruption } from "../command_line/interruption.ts";
import { escapeJson, escapeText } from "../../safe_text.ts";
import type { UnsentFile } from "../files/instance_files.ts";
import {
  isArchiveCall,
  isWebCall,
  resolveSourceCall,
  type SourceCall,
  sourceOperand,
} from "../command_line/archive_call.ts";
import { type PeerCall, peerFlags } from "../command_line/peer.ts";
import { printReport, showWaiting } from "../output/commitment_output.ts";
import { ProgressBar } from "../output/progress.ts";
import type { CommitmentReport } from "../../services/storage_commitment.ts";
import type { StoreCall } from "../archive/keep_instances.ts";
import type { Committer, OpenCommitter } from "../peers/committer.ts";
import type { SendEvent } from "../peers/send_instances.ts";
import type { SentInstance } from "../peers/store_file.ts";
import type { OpenTranscoding } from "../peers/transcoding.ts";
import { styled, type Terminal } from "../output/terminal.ts";
import { count, formatBytes, formatDuration } from "../output/units.ts";

/** Tries after one on which nothing was answered. */
const DEFAULT_RETRIES = 3;

const flags = {
  ...peerFlags,
  asIs: { type: "boolean", help: "Never convert: send an instance as it is, or not at all" },
  transcode: { type: "boolean", help: "Decompress, or compress without loss, what the peer takes in no other way" },
  retries: {
    type: "integer",
    value: "COUNT",
    minimum: 0,
    maximum: 1000,
    help: `Consecutive retries after an association without a response (default: ${DEFAULT_RETRIES})`,
  },
  commit: { type: "boolean", help: "Then ask the peer to answer for what it has stored, and wait for its report" },
  ...commitFlags,
  json: { type: "boolean", help: "Print one JSON object per line: each instance, then a summary" },
} as const satisfies Flags;

/** `gantry send PEER PATH…` */
export const send = defineCommand({
  name: "send",
  summary: "Send files and folders to a peer by C-STORE",
  description:
    "Folders are sent recursively; files in them that are not DICOM instances are skipped and listed. If the peer\n" +
    "does not accept an uncompressed instance as it is, the instance is converted to Explicit or Implicit VR Little\n" +
    "Endian without changing a value. With --transcode, a compressed instance is decompressed if the peer does not\n" +
    "accept it as it is, and any is compressed without loss if the peer accepts nothing else. A file that is unreadable,\n" +
    "damaged, or named but not an instance is a failure. ARCHIVE is the archive of the configuration, which keeps the\n" +
    "files as instances that were received.",
  operands: [sourceOperand, { name: "PATH", help: "files and folders", many: true }],
  flags,
  examples: [
    ["send PACS@192.0.2.7:104 study/", "Send everything in a folder"],
    ["send PACS a.dcm b.dcm --json", "Send two files to a configured peer, output for programs"],
    ["send ARCHIVE study/", "Keep everything in a folder in the local archive"],
    ["send PACS study/ --commit", "Send, and wait until PACS answers for every instance"],
  ],
  failed: "An instance was not stored, or not committed, or no instance was found",
  run: async (call) => {
    const { sendOrKeep } = await import("../archive/keep_instances.ts");
    const open: OpenCommitter = async (call) => {
      const { openCommitter } = await import("../peers/commit_instances.ts");
      return await openCommitter(call);
    };
    return await runSend(call, (sending) => sendOrKeep(sending, call.terminal), open);
  },
});

/** Sends to a peer, or keeps in the archive, and tells how it goes. */
export type Store = (call: StoreCall) => AsyncIterable<SendEvent>;

/** How it went in all. */
interface Summary {
  stored: number;
  warnings: number;
  converted: number;
  failed: number;
  skipped: number;
  bytes: number;
  associations: number;
  milliseconds: number;
}

/** Runs the command with what sends, and what asks for commitment. */
export async function runSend(
  { operands, values, terminal }: Call<typeof flags>,
  store: Store,
  openCommitter: OpenCommitter,
  open: () => Promise<OpenTranscoding> = async () => await (await import("../peers/transcoding.ts")).openTranscoding(),
): Promise<ExitCode> {
  if (values.transcode && values.asIs) {
    throw new UsageError("Cannot use both --transcode and --as-is: expected one of them");
  }
  const { config } = await loadConfig(values.config, terminal);
  const [written = "", ...paths] = operands;
  const peer = resolveSourceCall(written, values, config, terminal.env);
  if (!values.commit && (values.commitPort ?? values.commitTimeout) !== undefined) {
    throw new UsageError("Cannot use --commit-port and --commit-timeout without --commit");
  }
  // Before anything is sent: where nobody can be told the result, nobody needs to begin.
  await using committer = values.commit ? await openCommitter(committerCall(askable(peer), values, config)) : undefined;
  const stored = new Map<string, SentInstance>();
  const bar = new ProgressBar(terminal.err, isArchiveCall(peer) ? "Keeping" : "Sending");
  const start = performance.now();
  const summary = {
    ...{ stored: 0, warnings: 0, converted: 0, failed: 0, skipped: 0 },
    ...{ bytes: 0, associations: 0, milliseconds: 0 },
  };
  const total = { totalItems: 0, totalBytes: 0 };
  try {
    const { asIs, retries = DEFAULT_RETRIES } = values;
    await using codecs = values.transcode ? await open() : undefined;
    for await (const event of store({ peer, paths, asIs, retries, transcoding: codecs?.transcoding })) {
      switch (event.type) {
        case "found":
          total.totalItems = event.instances;
          total.totalBytes = event.bytes;
          summary.skipped = event.skipped.length;
          summary.failed = event.failed.length;
          for (const file of event.skipped) printUnsent("skipped", file, terminal, values.json);
          for (const file of event.failed) printUnsent("failed", file, terminal, values.json);
          break;
        case "association-established":
          summary.associations++;
          break;
        case "progress":
          bar.update({ ...total, items: summary.stored + summary.failed, bytes: event.bytes });
          break;
        case "pause":
          bar.clear();
          note(terminal, `${event.problem}; next try in ${formatDuration(event.milliseconds)}`);
          break;
        case "instance":
          if (addTo(summary, event.instance) || values.json) bar.clear();
          print(event.instance, terminal, values.json);
          if (isStored(event.instance)) stored.set(event.instance.sopInstanceUid, event.instance);
      }
    }
  } finally {
    bar.clear();
  }
  summary.milliseconds = Math.round(performance.now() - start);
  const notCommitted = committer === undefined || stored.size === 0
    ? undefined
    : await commit(committer, [...stored.values()], values, terminal);
  const text = values.json
    ? escapeJson({
      type: "summary",
      peer: written,
      ...summary,
      ...(values.commit && { notCommitted: notCommitted ?? 0 }),
    })
    : describeSummary(summary) + describeCommitment(stored.size, notCommitted);
  terminal.out.write(`${text}\n`);
  return summary.failed === 0 && summary.stored > 0 && !notCommitted ? ExitCode.Done : ExitCode.Failed;
}

/** What is kept in the archive is durable when the command ends: nobody needs to be asked. */
function askable(peer: SourceCall): PeerCall {
  if (isWebCall(peer)) {
    throw new UsageError("Cannot use --commit with a DICOMweb server: its answer says what is stored");
  }
  if (!isArchiveCall(peer)) return peer;
  throw new UsageError("Cannot use --commit with ARCHIVE: what is kept there is safe when the command ends");
}

function isStored({ status }: SentInstance): boolean {
  const category = status === undefined ? "failure" : describeStatus(status, "C-STORE").category;
  return category === "success" || category === "warning";
}

/** Asks for commitment to what was stored, and names what is not committed; answers how many that are. */
async function commit(
  committer: Committer,
  instances: readonly SentInstance[],
  { commitTimeout: timeout = DEFAULT_COMMIT_TIMEOUT, json }: Call<typeof flags>["values"],
  terminal: Terminal,
): Promise<number> {
  using interruption = listenForInterruption();
  const paths = new Map(instances.map(({ sopInstanceUid, path }) => [sopInstanceUid, path]));
  let report: CommitmentReport;
  {
    using _waiting = showWaiting(terminal, "Waiting for the report of commitment", timeout);
    report = await committer.commit({
      instances: instances.map(({ sopClassUid, sopInstanceUid }) => ({ sopClassUid, sopInstanceUid })),
      timeout,
      signal: interruption.signal,
    });
  }
  printReport(report, { json, paths }, terminal);
  return report.failed.length;
}

function describeCommitment(stored: number, notCommitted: number | undefined): string {
  if (notCommitted === undefined) return "";
  const failed = notCommitted > 0 ? `, ${notCommitted} not committed` : "";
  return `; ${stored - notCommitted} committed${failed}`;
}

/** Answers whether there is something to say about the instance. */
function addTo(summary: Summary, { status, bytes, convertedTo }: SentInstance): boolean {
  const category = status === undefined ? "failure" : describeStatus(status, "C-STORE").category;
  if (category === "success" || category === "warning") {
    summary.stored++;
    summary.bytes += bytes;
    if (category === "warning") summary.warnings++;
    if (convertedTo !== undefined) summary.converted++;
  } else summary.failed++;
  return category !== "success";
}

function print(instance: SentInstance, terminal: Terminal, json: boolean): void {
  const { path, status, problem } = instance;
  const { category, meaning } = status === undefined
    ? { category: "failure", meaning: "Not stored" }
    : describeStatus(status, "C-STORE");
  if (json) {
    const described = { type: "instance", ...instance, status: status ?? null, category, meaning };
    terminal.out.write(`${escapeJson(described)}\n`);
  } else if (category !== "success") {
    const code = status === undefined ? "" : `${statusCode(status)} `;
    note(
      terminal,
      `${path}: ${code}${meaning}${problem ? `: ${problem}` : ""}`,
      category === "warning" ? "yellow" : "red",
    );
  }
}

/** Says why a file isn't sent: skipped ones are none of what was meant, failed ones should have been sent. */
function printUnsent(outcome: "skipped" | "failed", file: UnsentFile, terminal: Terminal, json: boolean): void {
  const { path, reason } = file;
  if (json) terminal.out.write(`${escapeJson({ type: "file", path, outcome, reason })}\n`);
  else if (outcome === "skipped") note(terminal, `Skipped ${path}: ${reason}`);
  else note(terminal, `${path}: Not sent: ${reason}`, "red");
}

function note({ err }: Terminal, text: string, style: "yellow" | "red" = "yellow"): void {
  err.write(`${styled(err, style, "gantry:")} ${escapeText(text)}\n`);
}

function describeSummary(summary: Summary): string {
  const { stored, warnings, converted, failed, skipped, bytes, associations, milliseconds } = summary;
  const details = [
    ...(converted > 0 ? [`${converted} converted`] : []),
    ...(warnings > 0 ? [count(warnings, "warning")] : []),
  ];
  const counts = [
    `${count(stored, "instance")} stored${details.length > 0 ? ` (${details.join(", ")})` : ""}`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(skipped > 0 ? [`${count(skipped, "file")} skipped`] : []),
  ];
  const rate = milliseconds > 0 ? ` (${formatBytes(bytes / milliseconds * 1000)}/s)` : "";
  const amount = `${formatBytes(bytes)} in ${formatDuration(milliseconds)}${rate}`;
  const over = associations > 0 || stored === 0 ? `, ${count(associations, "association")}` : "";
  return `${counts.join(", ")}; ${amount}${over}`;
}
