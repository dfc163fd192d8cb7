/**
 * `gantry send`: C-STORE files and folders to a peer.
 *
 * @module
 */

import { type Call, defineCommand, ExitCode, type Flags, UsageError } from "../command_line/command.ts";
import { commitFlags, committerCall, DEFAULT_COMMIT_TIMEOUT } from "../command_line/commit_flags.ts";
import { loadConfig } from "../command_line/config_file.ts";
import { listenForInterruption } from "../command_line/interruption.ts";
import {
  isArchiveCall,
  isWebCall,
  resolveSourceCall,
  type SourceCall,
  sourceOperand,
} from "../command_line/archive_call.ts";
import { type PeerCall, peerFlags } from "../command_line/peer.ts";
import { printReport, showWaiting } from "../output/commitment_output.ts";
import { SendOutput } from "../output/send_output.ts";
import type { CommitmentReport } from "../../services/storage_commitment.ts";
import type { StoreCall } from "../archive/keep_instances.ts";
import type { Committer, OpenCommitter } from "../peers/committer.ts";
import type { SendEvent } from "../peers/send_instances.ts";
import type { SentInstance } from "../peers/store_file.ts";
import type { OpenTranscoding } from "../peers/transcoding.ts";
import type { Terminal } from "../output/terminal.ts";

/** Tries after one on which nothing was answered. */
const DEFAULT_RETRIES = 3;

const flags = {
  ...peerFlags,
  asIs: { type: "boolean", help: "Never convert: send an instance as it is, or not at all" },
  transcode: {
    type: "boolean",
    help: "Decompress or losslessly compress instances that the peer accepts in no other way",
  },
  retries: {
    type: "integer",
    value: "COUNT",
    minimum: 0,
    maximum: 1000,
    help: `Consecutive retries after an association without a response (default: ${DEFAULT_RETRIES})`,
  },
  commit: { type: "boolean", help: "After sending, request storage commitment from the peer, and wait for its report" },
  ...commitFlags,
  json: { type: "boolean", help: "Print one JSON object per line: each instance, then a summary" },
} as const satisfies Flags;

/** `gantry send PEER PATH…` */
export const send = defineCommand({
  name: "send",
  summary: "Send files and folders to a peer by C-STORE",
  description:
    "Reads folders recursively; skips and lists files in them that are not DICOM instances. If the peer does not accept\n" +
    "an uncompressed instance as it is, converts it to Explicit or Implicit VR Little Endian without changing a value.\n" +
    "With --transcode, decompresses an instance that the peer does not accept as it is, or compresses it without loss if\n" +
    "the peer accepts nothing else. A file fails if it is unreadable or damaged, or if you name it and it is not an\n" +
    "instance. ARCHIVE is the archive of the configuration, which stores the files as if it had received them.",
  operands: [sourceOperand, { name: "PATH", help: "files and folders", many: true }],
  flags,
  examples: [
    ["send PACS@192.0.2.7:104 study/", "Send everything in a folder"],
    ["send PACS a.dcm b.dcm --json", "Send two files to a configured peer, output for programs"],
    ["send ARCHIVE study/", "Store everything in a folder in the local archive"],
    ["send PACS study/ --commit", "Send, and wait until PACS commits to every instance"],
  ],
  failed: "The peer did not store or commit to an instance, or the command found none",
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
  // Before anything is sent: a command that can't receive the result need not begin.
  await using committer = values.commit ? await openCommitter(committerCall(askable(peer), values, config)) : undefined;
  const { asIs, retries = DEFAULT_RETRIES, json } = values;
  const activity = isArchiveCall(peer) ? "Keeping" : "Sending";
  const output = new SendOutput(terminal, { activity, peer: written, json });
  {
    using _shown = output;
    await using codecs = values.transcode ? await open() : undefined;
    const events = store({ peer, paths, asIs, retries, transcoding: codecs?.transcoding });
    for await (const event of events) output.tell(event);
  }
  const stored = [...output.stored.values()];
  const notCommitted = committer === undefined || stored.length === 0
    ? undefined
    : await commit(committer, stored, values, terminal);
  output.summarize(values.commit, notCommitted);
  return output.succeeded && !notCommitted ? ExitCode.Done : ExitCode.Failed;
}

/** The archive's instances are durable when the command ends, so no commitment is needed. */
function askable(peer: SourceCall): PeerCall {
  if (isWebCall(peer)) {
    throw new UsageError("Cannot use --commit with a DICOMweb server: its answer already lists the stored instances");
  }
  if (!isArchiveCall(peer)) return peer;
  throw new UsageError("Cannot use --commit with ARCHIVE: instances are durable there when the command ends");
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
