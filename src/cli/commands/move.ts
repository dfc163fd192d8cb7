/**
 * `gantry move`: C-MOVE from a peer to another.
 *
 * @module
 */

import { describeStatus, statusCode } from "../../dimse/statuses.ts";
import type { Query } from "../../query/query.ts";
import type { RetrieveProgress } from "../../services/retrieve.ts";
import { type Call, defineCommand, ExitCode, type Flags, UsageError } from "../command_line/command.ts";
import { loadConfig } from "../command_line/config_file.ts";
import { escapeJson, escapeText } from "../../safe_text.ts";
import { listenForInterruption } from "../command_line/interruption.ts";
import { resolveSourceCall, type SourceCall, sourceOperand } from "../command_line/archive_call.ts";
import { NO_FLAGS } from "../command_line/destination.ts";
import { checkAeTitle, peerFlags } from "../command_line/peer.ts";
import { resolveWebCall } from "../command_line/web_call.ts";
import { ProgressBar } from "../output/progress.ts";
import type { MoveOptions } from "../peers/move_instances.ts";
import { keyOperand, selectionFlags, selectionKeys, writtenQuery } from "../command_line/query_keys.ts";
import { styled, type Terminal } from "../output/terminal.ts";
import { count, formatDuration } from "../output/units.ts";

const flags = {
  ...peerFlags,
  to: {
    type: "text",
    value: "AET",
    help: "Where to send the instances: an AE title that the sending peer knows, a DICOMweb URL, or a DICOMweb peer",
  },
  ...selectionFlags,
  json: { type: "boolean", help: "Print the outcome as a JSON object" },
} as const satisfies Flags;

/** `gantry move PEER --to AET KEY…` */
export const move = defineCommand({
  name: "move",
  summary: "Ask a peer to send to another by C-MOVE",
  description:
    "If there are keys other than patient IDs and UIDs, queries the peer by C-FIND first. ARCHIVE sends instances of the\n" +
    "archive of the configuration to a configured peer. Instances from or to a DICOMweb server pass through this\n" +
    "process. Ctrl-C cancels.",
  operands: [sourceOperand, keyOperand],
  flags,
  examples: [
    ["move PACS --to WORKSTATION StudyInstanceUID=1.2.3", "Move a study to a workstation"],
    ["move ARCHIVE --to PACS AccessionNumber=A17", "Send studies of the local archive to a PACS"],
  ],
  failed: "The peer could not send every instance",
  run: async (call) => await runMove(call, await mover(call.terminal)),
});

/** Moves, and gives the progress; that of one C-MOVE after the other. */
export type Move = (call: SourceCall, query: Query, options: MoveOptions) => AsyncIterable<RetrieveProgress>;

async function mover(terminal: Terminal): Promise<Move> {
  const { moveInstances } = await import("../peers/move_instances.ts");
  return (call, query, options) => moveInstances(call, query, options, terminal);
}

/** Runs the command with what moves. */
export async function runMove({ operands, values, terminal }: Call<typeof flags>, send: Move): Promise<ExitCode> {
  const { out, err } = terminal;
  if (values.to === undefined) {
    throw new UsageError("Cannot start: --to is missing; expected where to move to");
  }
  const { config } = await loadConfig(values.config, terminal);
  const web = resolveWebCall(values.to, { ...NO_FLAGS, timeout: values.timeout }, config, terminal.env);
  const destination = web?.written ?? checkAeTitle(values.to, "--to");
  const [written = "", ...keys] = operands;
  const peer = resolveSourceCall(written, values, config, terminal.env);
  const query = writtenQuery({ keys: selectionKeys(keys), level: values.level });
  using interruption = listenForInterruption();
  const { signal } = interruption;
  const bar = new ProgressBar(err, "Moving");
  const begun = performance.now();
  const all = { completed: 0, warning: 0, failed: 0 };
  const problems: string[] = [];
  for await (const step of send(peer, query, { signal, destination: web ?? destination })) {
    const { remaining = 0, completed = 0, failed = 0, warning = 0 } = step;
    const done = completed + failed + warning;
    bar.update({ items: done, totalItems: done + remaining, bytes: 0, totalBytes: 0 });
    if (step.isPending) continue;
    all.completed += completed;
    all.warning += warning;
    all.failed += failed;
    const { category } = describeStatus(step.status, "C-MOVE");
    if (category !== "success") problems.push(describeProblem(step));
  }
  bar.clear();
  for (const problem of problems) err.write(`${styled(err, "red", "gantry:")} ${problem}\n`);
  const milliseconds = performance.now() - begun;
  if (values.json) {
    out.write(
      `${escapeJson({ type: "summary", ...all, destination, milliseconds: Math.round(milliseconds), problems })}\n`,
    );
  } else out.write(`${summary(all, destination)} in ${formatDuration(milliseconds)}\n`);
  return problems.length > 0 ? ExitCode.Failed : ExitCode.Done;
}

function summary({ completed, warning, failed }: { completed: number; warning: number; failed: number }, to: string) {
  const parts = [
    `${count(completed + warning, "instance")} moved to ${escapeText(to)}`,
    ...(warning > 0 ? [count(warning, "warning")] : []),
    ...(failed > 0 ? [`${failed} failed`] : []),
  ];
  return parts.join(", ");
}

const MOST_NAMED = 20;

function describeProblem({ status, errorComment, failedSopInstanceUids }: RetrieveProgress): string {
  const { meaning } = describeStatus(status, "C-MOVE");
  const said = errorComment === undefined ? "" : `: ${errorComment}`;
  const named = failedSopInstanceUids.slice(0, MOST_NAMED);
  const more = failedSopInstanceUids.length - named.length;
  const list = named.length === 0 ? "" : `; not moved: ${named.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
  return `${statusCode(status)} ${escapeText(`${meaning}${said}`)}${escapeText(list)}`;
}
