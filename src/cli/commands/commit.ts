/**
 * `gantry commit`: asks a peer to answer for instances.
 *
 * @module
 */

import type { CommitmentReport, ReferencedInstance } from "../../services/storage_commitment.ts";
import { escapeJson, escapeText } from "../../safe_text.ts";
import { type Call, defineCommand, ExitCode, type Flags, UsageError } from "../command_line/command.ts";
import { commitFlags, committerCall, DEFAULT_COMMIT_TIMEOUT } from "../command_line/commit_flags.ts";
import { loadConfig } from "../command_line/config_file.ts";
import { listenForInterruption } from "../command_line/interruption.ts";
import { type PeerCall, peerFlags, peerOperand, resolvePeerCall } from "../command_line/peer.ts";
import { keyDataSet, selectionKeys, shownKeys, writtenQuery } from "../command_line/query_keys.ts";
import { findInstances } from "../files/instance_files.ts";
import { printReport, showWaiting } from "../output/commitment_output.ts";
import { styled, type Terminal } from "../output/terminal.ts";
import { count, formatDuration } from "../output/units.ts";
import type { OpenCommitter } from "../peers/committer.ts";

const flags = {
  ...peerFlags,
  queryKey: {
    type: "texts",
    short: "k",
    value: "KEY=VALUE",
    help: "Instead of PATH: instances that match this key in a C-FIND of the peer at the level IMAGE",
  },
  ...commitFlags,
  json: { type: "boolean", help: "Print one JSON object per line: each instance, then a summary" },
} as const satisfies Flags;

/** `gantry commit PEER PATH…` */
export const commit = defineCommand({
  name: "commit",
  summary: "Ask a peer to commit to keeping instances (storage commitment)",
  description:
    "Sends the peer the UIDs of the instances in files and folders, and waits for its report: on the same association, and\n" +
    "on a port that the peer calls. If a gateway listens on the configured port, that gateway asks and waits instead.\n" +
    "Lists the instances that the peer does not commit to. Ctrl-C stops waiting.",
  operands: [peerOperand, { name: "PATH", help: "files and folders", many: true, optional: true }],
  flags,
  examples: [
    ["commit PACS study/", "Does PACS commit to all instances in a folder?"],
    ["commit PACS -k StudyInstanceUID=1.2.3", "Does PACS commit to all instances that it has of a study?"],
  ],
  failed: "The peer did not commit to an instance, or sent no report",
  run: async (call) => {
    const { openCommitter } = await import("../peers/commit_instances.ts");
    return await runCommit(call, openCommitter, findAtPeer);
  },
});

/** Finds the instances that keys mean at a peer. */
export type FindAtPeer = (
  peer: PeerCall,
  keys: readonly string[],
  signal: AbortSignal,
) => Promise<readonly ReferencedInstance[]>;

/** Runs the command with what asks. */
export async function runCommit(
  { operands, values, terminal }: Call<typeof flags>,
  openCommitter: OpenCommitter,
  find: FindAtPeer,
): Promise<ExitCode> {
  const [written = "", ...paths] = operands;
  if ((paths.length === 0) === (values.queryKey.length === 0)) {
    throw new UsageError("Cannot start: expected either PATH or --query-key");
  }
  const { config } = await loadConfig(values.config, terminal);
  const peer = resolvePeerCall(written, values, config, terminal.env);
  using interruption = listenForInterruption();
  const { signal } = interruption;
  const begun = performance.now();
  const files = paths.length > 0 ? namedInstances(paths, terminal) : { instances: [], failed: 0 };
  const instances = paths.length > 0 ? files.instances : await find(peer, values.queryKey, signal);
  if (instances.length === 0) throw new Error("Cannot ask for commitment: no instance was found");
  await using committer = await openCommitter(committerCall(peer, values, config));
  const timeout = values.commitTimeout ?? DEFAULT_COMMIT_TIMEOUT;
  let report: CommitmentReport;
  {
    using _waiting = showWaiting(terminal, `Waiting for the report of ${peer.calledAeTitle}`, timeout);
    const asked = instances.map(({ sopClassUid, sopInstanceUid }) => ({ sopClassUid, sopInstanceUid }));
    report = await committer.commit({ instances: asked, timeout, signal });
  }
  const byUid = new Map(files.instances.map(({ sopInstanceUid, path }) => [sopInstanceUid, path]));
  printReport(report, { json: values.json, paths: byUid }, terminal);
  const { committed, failed } = report;
  const milliseconds = Math.round(performance.now() - begun);
  const summary = { committed: committed.length, notCommitted: failed.length, failed: files.failed, milliseconds };
  const text = values.json ? escapeJson({ type: "summary", peer: written, ...summary }) : describe(summary);
  terminal.out.write(`${text}\n`);
  return failed.length + files.failed === 0 ? ExitCode.Done : ExitCode.Failed;
}

/** Each instance once; what can't be read is told, and counts as a failure. */
function namedInstances(paths: readonly string[], { err }: Terminal) {
  const { instances, skipped, failed } = findInstances(paths);
  const tell = (text: string, style: "red" | "yellow") =>
    err.write(`${styled(err, style, "gantry:")} ${escapeText(text)}\n`);
  for (const { path, reason } of skipped) tell(`Skipped ${path}: ${reason}`, "yellow");
  for (const { path, reason } of failed) tell(`${path}: Not asked for: ${reason}`, "red");
  const unique = new Map(instances.map((instance) => [instance.sopInstanceUid, instance]));
  return { instances: [...unique.values()], failed: failed.length };
}

function describe({ committed, notCommitted, failed, milliseconds }: {
  readonly committed: number;
  readonly notCommitted: number;
  readonly failed: number;
  readonly milliseconds: number;
}): string {
  const parts = [
    `${count(committed, "instance")} committed`,
    ...(notCommitted > 0 ? [`${notCommitted} not committed`] : []),
    ...(failed > 0 ? [`${count(failed, "file")} failed`] : []),
  ];
  return `${parts.join(", ")}; ${formatDuration(milliseconds)}`;
}

const findAtPeer: FindAtPeer = async (peer, keys, signal) => {
  const { queriedPeer } = await import("../peers/query_peer.ts");
  await using queried = queriedPeer(peer);
  const written = selectionKeys(keys);
  const names = new Set(written.map(({ name }) => name));
  const shown = shownKeys("IMAGE").filter(({ name }) => !names.has(name));
  const query = { ...writtenQuery({ keys: written, level: "image" }), keys: keyDataSet([...written, ...shown]) };
  const found: ReferencedInstance[] = [];
  for await (const { attributes } of queried.source.find(query, { signal })) {
    const sopClassUid = attributes.getText("SOPClassUID") ?? "";
    const sopInstanceUid = attributes.getText("SOPInstanceUID") ?? "";
    if (sopClassUid === "" || sopInstanceUid === "") {
      throw new Error("Cannot ask for commitment: the peer finds an instance without its UIDs");
    }
    found.push({ sopClassUid, sopInstanceUid });
  }
  return found;
};
