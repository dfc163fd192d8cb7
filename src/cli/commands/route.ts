/**
 * `gantry route`: where instances would go, and why.
 *
 * @module
 */

import { WAYS } from "../../routing/rules/rule.ts";
import { type Call, defineCommand, ExitCode, type Flags, UsageError } from "../command_line/command.ts";
import { configFlag } from "../command_line/config_file.ts";
import { checkAeTitle } from "../command_line/peer.ts";
import { findInstances } from "../files/instance_files.ts";
import { decisionJson, decisionText, destinationsIn } from "../output/route_listing.ts";
import { styled, type Terminal } from "../output/terminal.ts";
import { type AskedRules, loadRules } from "../routes/asked_rules.ts";
import { readRecorded } from "../routes/recorded_instance.ts";
import { parseIpAddress } from "../../ip_address.ts";
import { errorText, escapeJson, escapeText } from "../../safe_text.ts";

const flags = {
  config: configFlag,
  rules: {
    type: "text",
    short: "r",
    value: "FILE",
    help: "Another configuration whose routes to apply, such as a draft; shows the differences",
  },
  calling: { type: "text", value: "AET", help: "AE title of the sender (default: as recorded in the file)" },
  called: { type: "text", value: "AET", help: "Called AE title (default: aeTitle of the configuration)" },
  address: { type: "text", value: "ADDRESS", help: "IP address of the sender" },
  certificate: { type: "text", value: "NAME", help: "Common name of the sender's certificate" },
  user: { type: "text", value: "NAME", help: "User name that the sender presents" },
  way: {
    type: "text",
    value: "WAY",
    choices: WAYS,
    help: `How the instance arrives: ${WAYS.join(", ")} (default C-STORE)`,
  },
  examples: {
    type: "integer",
    value: "N",
    minimum: 0,
    maximum: 1000,
    help: "With replay: number of example files to print for each kind of difference (default 3)",
  },
  failOn: {
    type: "text",
    value: "WHAT",
    choices: ["loss", "any"],
    help:
      "With replay: fail if an instance loses a destination or is refused (loss, the default), or if anything differs",
  },
  json: { type: "boolean", help: "Print one JSON object per line" },
} as const satisfies Flags;

type Values = Call<typeof flags>["values"];

const ACTIONS = { explain, replay: replayFiles } as const;

/** `gantry route explain FILE…` and `gantry route replay [FILE…]` */
export const route = defineCommand({
  name: "route",
  summary: "Show where instances would go, and which predicate of which route decides",
  description:
    "Applies the routes of the configuration to files as the gateway would, without sending anything. Reads folders\n" +
    "recursively, and shows no values of the files. explain reports on each file. replay counts the destinations of all\n" +
    "instances in the archive and, with --rules, how they would change and why. Can run while gantry listen runs.",
  operands: [
    { name: "ACTION", help: "explain or replay" },
    { name: "FILE", help: "files and folders (default for replay: the archive)", many: true, optional: true },
  ],
  flags,
  examples: [
    ["route explain image.dcm", "Where would this image go, and why?"],
    ["route explain --calling CT1 --rules new.yaml study/", "What would change with other routes?"],
    ["route replay --rules new.yaml", "Which archived instances would go elsewhere?"],
  ],
  failed: "A file is unreadable or not an instance; with replay, also the condition of --fail-on",
  run: async ({ operands: [action = "", ...paths], values, terminal }) => {
    if (!Object.hasOwn(ACTIONS, action)) {
      throw new UsageError(`Cannot understand ${JSON.stringify(action)}: expected explain or replay`);
    }
    checkOrigin(values);
    return await ACTIONS[action as keyof typeof ACTIONS](paths, values, terminal);
  },
});

/** What no sender can be would match no route, and the answer would be wrong. */
function checkOrigin({ calling, called, address }: Values): void {
  if (calling !== undefined) checkAeTitle(calling, "--calling");
  if (called !== undefined) checkAeTitle(called, "--called");
  if (address !== undefined && parseIpAddress(address) === undefined) {
    throw new UsageError(`Cannot understand --address: found ${JSON.stringify(address)}, expected an IP address`);
  }
}

async function explain(paths: readonly string[], values: Values, terminal: Terminal): Promise<ExitCode> {
  if (paths.length === 0) throw new UsageError("Cannot explain: expected files or folders");
  const { examples, failOn } = values;
  if (examples !== undefined || failOn !== undefined) {
    throw new UsageError("Cannot explain: --examples and --fail-on go with replay");
  }
  const asked = await loadRules(values.rules ?? values.config, terminal);
  const now = values.rules === undefined ? undefined : await loadRules(values.config, terminal);
  let failures = 0;
  const { instances, skipped, failed } = findInstances(paths);
  for (const { path, reason } of failed) failures += tell(path, reason, "failed", values, terminal);
  for (const { path, reason } of skipped) tell(path, reason, "skipped", values, terminal);
  for (const { path } of instances) {
    if (terminal.out.closed) break;
    try {
      await explainFile(path, { asked, now }, values, terminal);
    } catch (error) {
      failures += tell(path, errorText(error), "failed", values, terminal);
    }
  }
  return failures === 0 ? ExitCode.Done : ExitCode.Failed;
}

async function replayFiles(paths: readonly string[], values: Values, terminal: Terminal): Promise<ExitCode> {
  const { rules, examples = 3, failOn = "loss", json, ...origin } = values;
  const now = await loadRules(values.config, terminal);
  const then = rules === undefined ? undefined : await loadRules(rules, terminal);
  const { replay } = await import("../routes/replay.ts");
  return await replay({ paths, now, then, origin, examples, failOn, json }, terminal);
}

async function explainFile(
  path: string,
  { asked, now }: { readonly asked: AskedRules; readonly now: AskedRules | undefined },
  values: Values,
  { out }: Terminal,
): Promise<void> {
  const wanted = new Set([...asked.attributes, ...now?.attributes ?? []]);
  const file = await readRecorded(path, wanted, { ...values, called: values.called ?? asked.aeTitle });
  const decision = asked.explain(file);
  const before = now === undefined ? undefined : destinationsIn(now.explain(file));
  out.write(values.json ? decisionJson(path, decision, before) : decisionText(path, decision, before));
}

/** Says that a file was not looked at; answers the number of files. */
function tell(
  path: string,
  reason: string,
  outcome: "failed" | "skipped",
  { json }: Values,
  { out, err }: Terminal,
): number {
  if (json) out.write(`${escapeJson({ type: "file", path, outcome, reason })}\n`);
  const text = outcome === "failed" ? reason : `Skipped: ${reason}`;
  err.write(`${styled(err, outcome === "failed" ? "red" : "yellow", "gantry:")} ${escapeText(`${path}: ${text}`)}\n`);
  return 1;
}
