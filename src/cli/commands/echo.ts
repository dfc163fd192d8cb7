/**
 * `gantry echo`: C-ECHO to a peer.
 *
 * @module
 */

import type { ProbeOutcome, ProbeTimings } from "../../services/verification_probe.ts";
import { type Call, defineCommand, ExitCode, type Flags } from "../command_line/command.ts";
import { loadConfig } from "../command_line/config_file.ts";
import type { Echo } from "../peers/echo_peer.ts";
import { escapeJson, escapeText } from "../../safe_text.ts";
import { type PeerCall, peerFlags, peerOperand, resolvePeerCall } from "../command_line/peer.ts";
import { styled } from "../output/terminal.ts";
import { statusCode } from "../../dimse/statuses.ts";
import { formatDuration } from "../output/units.ts";

const flags = {
  ...peerFlags,
  repeat: {
    type: "integer",
    short: "n",
    value: "N",
    minimum: 1,
    maximum: 1_000_000,
    help: "C-ECHOs to send (default 1)",
  },
  json: { type: "boolean", help: "Print one JSON object per line" },
} as const satisfies Flags;

/** `gantry echo PEER` */
export const echo = defineCommand({
  name: "echo",
  summary: "Send C-ECHO to a peer",
  description: "Prints the round-trip time, the duration of each step, and what was negotiated.",
  operands: [peerOperand],
  flags,
  examples: [
    ["echo PACS@192.0.2.7:104", "Check that a peer accepts an association and answers"],
    ["echo PACS -n 100 --json", "Echo a configured peer 100 times, output for programs"],
  ],
  failed: "The peer did not answer, or reported a failure",
  run: async (call) => await runEcho(call, (await import("../peers/echo_peer.ts")).echo),
});

/** Runs the command with what sends. */
export async function runEcho({ operands, values, terminal }: Call<typeof flags>, send: Echo): Promise<ExitCode> {
  const { config } = await loadConfig(values.config, terminal);
  const peer = resolvePeerCall(operands[0] ?? "", values, config, terminal.env);
  const repeat = values.repeat ?? 1;
  const roundTrips: number[] = [];
  let sent = 0;
  for await (const outcome of send({ peer, repeat })) {
    sent++;
    const ok = outcome.outcome === "answered" && outcome.status === 0;
    if (ok) roundTrips.push(outcome.timings.echo ?? 0);
    if (values.json) terminal.out.write(`${escapeJson({ peer: peer.written, ...outcome })}\n`);
    else if (!ok) terminal.err.write(`${styled(terminal.err, "red", "gantry:")} ${describeFailure(peer, outcome)}\n`);
    else terminal.out.write(describeAnswer(peer, outcome, sent, repeat));
  }
  if (repeat > 1 && !values.json) terminal.out.write(`${summarize(roundTrips, sent)}\n`);
  return roundTrips.length === repeat ? ExitCode.Done : ExitCode.Failed;
}

function describeAnswer(peer: PeerCall, { timings, negotiated }: ProbeOutcome, sent: number, repeat: number): string {
  const time = formatDuration(timings.echo ?? 0);
  if (repeat > 1) return `${String(sent).padStart(String(repeat).length)}  ${time}\n`;
  const steps = Object.entries<number | undefined>({ ...timings } satisfies ProbeTimings)
    .map(([step, milliseconds]) => `${step} ${formatDuration(milliseconds ?? 0)}`);
  const lines = [`${name(peer)} answered in ${time}`, `  Time: ${steps.join(", ")}`];
  if (negotiated) {
    const { maximumPduLength, transferSyntax, implementationVersionName } = negotiated;
    const limit = maximumPduLength === 0 ? "of any length" : `of up to ${maximumPduLength} bytes`;
    lines.push(`  Negotiated: PDUs ${limit}, transfer syntax ${escapeText(transferSyntax)}`);
    if (implementationVersionName) lines.push(`  Implementation: ${escapeText(implementationVersionName)}`);
  }
  return `${lines.join("\n")}\n`;
}

function describeFailure(peer: PeerCall, outcome: ProbeOutcome): string {
  const why = outcome.outcome === "failed"
    ? `${outcome.phase} failed: ${outcome.detail}`
    : `it answered with status ${statusCode(outcome.status)}`;
  return `Cannot echo ${name(peer)}: ${escapeText(why)}`;
}

function name({ calledAeTitle, host, port }: PeerCall): string {
  return `${calledAeTitle} at ${host.includes(":") ? `[${host}]` : host}:${port}`;
}

function summarize(roundTrips: readonly number[], sent: number): string {
  const answered = `${roundTrips.length} of ${sent} answered`;
  if (roundTrips.length === 0) return answered;
  const sorted = roundTrips.toSorted((a, b) => a - b);
  const at = (fraction: number) => formatDuration(sorted[Math.floor(fraction * (sorted.length - 1))] ?? 0);
  return `${answered}: fastest ${at(0)}, median ${at(0.5)}, slowest ${at(1)}`;
}
