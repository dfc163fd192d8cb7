/**
 * `gantry prove STUDY`: whether a study arrived as it was sent, and is where its routes lead.
 *
 * @module
 */

import type { Config } from "../../config.ts";
import { nearest } from "../../nearest.ts";
import { escapeJson } from "../../safe_text.ts";
import { resolveSourceCall } from "../command_line/archive_call.ts";
import { type Call, defineCommand, ExitCode, type Flags, UsageError } from "../command_line/command.ts";
import { loadConfig } from "../command_line/config_file.ts";
import { listenForInterruption } from "../command_line/interruption.ts";
import { peerFlags } from "../command_line/peer.ts";
import { proofJson, proofText } from "../output/proof_listing.ts";
import { count } from "../output/units.ts";
import { type AskGateway, gatewayApi } from "../peers/gateway_api.ts";
import { askPlaces, placeAsker } from "../proofs/ask_places.ts";
import { compareStudy, type StudyProof } from "../proofs/compare_study.ts";

const flags = {
  ...peerFlags,
  source: {
    type: "text",
    short: "s",
    value: "PEER",
    help: "The peer that sent the study, to query by C-FIND or QIDO-RS too",
  },
  destination: {
    type: "texts",
    short: "d",
    value: "NAME",
    help: "Destination that has to have the whole study, even if no route led to it",
  },
  requeue: { type: "boolean", help: "Queue again the instances that a destination lacks, and dead jobs" },
  json: { type: "boolean", help: "Print one JSON object per line; the last is the summary" },
} as const satisfies Flags;

/** `gantry prove STUDY` */
export const prove = defineCommand({
  name: "prove",
  summary: "Compare a study in the archive with its source and its destinations",
  description:
    "Asks the running gateway which instances of the study it has to send and which each destination confirmed. Asks the\n" +
    "archive, and every destination that is a peer, which instances it has, by C-FIND or QIDO-RS. Prints the differences.\n" +
    "The flags for associations apply to --source; calls to destinations use the configuration.",
  operands: [{ name: "STUDY", help: "Study Instance UID" }],
  flags,
  examples: [
    ["prove 1.2.3", "Has the study reached all its destinations?"],
    ["prove 1.2.3 --source CT1", "Has the whole study arrived?"],
    ["prove 1.2.3 --destination VNA --requeue", "Send the instances that the VNA lacks"],
  ],
  failed: "Something differs, or a source or destination did not answer",
  run: async (call) => {
    using interruption = listenForInterruption();
    const { signal } = interruption;
    return await runProve(call, gatewayApi, (config) => placeAsker(config, call.terminal, signal));
  },
});

/** Runs the command with what asks the gateway, and what asks other places. */
export async function runProve(
  { operands: [study = ""], values, terminal }: Call<typeof flags>,
  api: typeof gatewayApi,
  places: (config: Parameters<typeof gatewayApi>[0]) => ReturnType<typeof placeAsker>,
): Promise<ExitCode> {
  // Also those that PS3.5 does not allow.
  if (!/^[\d.]{1,64}$/.test(study)) {
    throw new UsageError(
      `Cannot understand STUDY: found ${JSON.stringify(study)}, expected a UID of up to 64 digits and dots`,
    );
  }
  const { config } = await loadConfig(values.config, terminal);
  const { source, destination: expected } = values;
  // An unknown name fails before any place is asked: the error lists the known ones.
  if (source !== undefined) resolveSourceCall(source, values, config, terminal.env);
  for (const name of expected) checkDestination(name, config);
  const ask = api(config);
  const facts = await askPlaces({ study, source, flags: values, expected, config }, ask, places(config));
  const proof = compareStudy(facts);
  terminal.out.write(values.json ? proofJson(proof) : proofText(proof));
  if (values.requeue) await requeue(proof, ask, values, terminal);
  return proof.proved ? ExitCode.Done : ExitCode.Failed;
}

function checkDestination(name: string, { destinations, peers }: Config): void {
  if (Object.hasOwn(destinations, name) || Object.hasOwn(peers, name)) return;
  const known = [...Object.keys(destinations), ...Object.keys(peers)];
  const meant = nearest(name, known);
  const expected = known.length === 0 ? "one that the configuration has, which has none" : `one of ${known.join(", ")}`;
  throw new UsageError(
    `Cannot find the destination ${JSON.stringify(name)}: ${
      meant === undefined ? `expected ${expected}` : `did you mean ${meant}?`
    }`,
  );
}

/** Ids in one request. */
const AT_ONCE = 5_000;

/** Has the gateway send again what was confirmed and is not there, and what is dead: all else it sends anyway, or is held. */
async function requeue(
  { differences }: StudyProof,
  ask: AskGateway,
  { json }: Call<typeof flags>["values"],
  { out, err }: Call<typeof flags>["terminal"],
): Promise<void> {
  const ids = differences.flatMap(({ kind, job }) =>
    job !== undefined && (kind === "not-there" || job.state === "dead") ? [job.id] : []
  );
  let changed = 0;
  for (let index = 0; index < ids.length; index += AT_ONCE) {
    const body = { action: "retry", ids: ids.slice(index, index + AT_ONCE) };
    changed += (await ask("/jobs/change", body) as { changed: number }).changed;
  }
  out.write(json ? `${escapeJson({ type: "requeued", jobs: changed })}\n` : `${count(changed, "job")} queued again\n`);
  const left = differences.filter(({ kind }) => kind === "not-arrived" || kind === "not-queued").length;
  if (left > 0) {
    err.write(
      `gantry: ${
        count(left, "instance")
      } can't be queued again: send what has not arrived from its source once more, ` +
        "and what was never queued by a route or gantry send\n",
    );
  }
}
