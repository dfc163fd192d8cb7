/**
 * `gantry route`: where instances would go, and why.
 *
 * @module
 */

import { WAYS } from "../../routing/rules/rule.ts";
import type { ExplainedDecision } from "../../routing/rules/compiled_rules.ts";
import { type Call, defineCommand, ExitCode, type Flags, UsageError } from "../command_line/command.ts";
import { configFlag, loadConfig } from "../command_line/config_file.ts";
import { findInstances } from "../files/instance_files.ts";
import { decisionJson, decisionText, destinationsIn } from "../output/route_listing.ts";
import { styled, type Terminal } from "../output/terminal.ts";
import { errorText, escapeJson, escapeText } from "../../safe_text.ts";

const flags = {
  config: configFlag,
  rules: {
    type: "text",
    short: "r",
    value: "FILE",
    help: "Configuration whose routes are asked instead, such as one to be; what differs is said",
  },
  calling: { type: "text", value: "AET", help: "AE title of the sender (default: what the file says)" },
  called: { type: "text", value: "AET", help: "AE title that is called (default: aeTitle of the configuration)" },
  address: { type: "text", value: "ADDRESS", help: "IP address of the sender" },
  certificate: { type: "text", value: "NAME", help: "Common name of the sender's certificate" },
  user: { type: "text", value: "NAME", help: "User that the sender identifies itself as" },
  way: { type: "text", value: "WAY", choices: WAYS, help: `How it comes: ${WAYS.join(", ")} (default C-STORE)` },
  json: { type: "boolean", help: "Print one JSON object per line" },
} as const satisfies Flags;

type Values = Call<typeof flags>["values"];

/** `gantry route explain FILE…` */
export const route = defineCommand({
  name: "route",
  summary: "Say where instances would go, and which predicate of which route decided",
  description:
    "Reads files as the gateway would on the way in, asks the routes of the configuration, and sends nothing. Folders are\n" +
    "read recursively. Values of the files are not shown.",
  operands: [
    { name: "ACTION", help: "explain" },
    { name: "FILE", help: "files and folders", many: true },
  ],
  flags,
  examples: [
    ["route explain image.dcm", "Where would this image go, and why?"],
    ["route explain --calling CT1 --rules new.yaml study/", "What would change with other routes?"],
  ],
  failed: "A file could not be read, or is no instance",
  run: async ({ operands: [action, ...paths], values, terminal }) => {
    if (action !== "explain") {
      throw new UsageError(`Cannot understand ${JSON.stringify(action)}: expected explain`);
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
  },
});

/** The routes of a configuration, and what they are asked with. */
interface Rules {
  readonly aeTitle: string;
  readonly attributes: ReadonlySet<number>;
  explain(file: Subject): ExplainedDecision;
}

type Subject = Parameters<typeof import("../../routing/routes.ts").subjectOf>[0];

async function loadRules(file: string | undefined, terminal: Terminal): Promise<Rules> {
  const { config } = await loadConfig(file, terminal);
  const { rulesOf } = await import("../../gateway/live_routes.ts");
  const { compileRules } = await import("../../routing/rules/compiled_rules.ts");
  const { subjectOf } = await import("../../routing/routes.ts");
  const rules = compileRules(rulesOf(config));
  const { attributes } = rules;
  return { aeTitle: config.aeTitle, attributes, explain: (file) => rules.explain(subjectOf(file, attributes)) };
}

async function explainFile(
  path: string,
  { asked, now }: { readonly asked: Rules; readonly now: Rules | undefined },
  values: Values,
  { out }: Terminal,
): Promise<void> {
  const wanted = new Set([...asked.attributes, ...now?.attributes ?? []]);
  const file = await readSubject(path, wanted, values, asked.aeTitle);
  const decision = asked.explain(file);
  const before = now === undefined ? undefined : destinationsIn(now.explain(file));
  out.write(values.json ? decisionJson(path, decision, before) : decisionText(path, decision, before));
}

/** An instance in a file, as if it came from somebody. */
async function readSubject(
  path: string,
  wanted: ReadonlySet<number>,
  values: Values,
  aeTitle: string,
): Promise<Subject> {
  const { readHead } = await import("../../archive/describe_object.ts");
  const { identity, transferSyntax, meta, attributes, wanted: read } = await readHead(piecesOf(path), { wanted });
  const { calling = meta.sourceApplicationEntityTitle ?? "", called = aeTitle, way = "C-STORE" } = values;
  const { address, certificate, user } = values;
  const place = { name: path, size: 0, dataSetOffset: 0, receivedAt: 0, serial: 0 };
  return {
    instance: { ...identity, ...place, transferSyntax, sourceAeTitle: calling },
    attributes,
    wanted: read,
    origin: { way, calledAeTitle: called, address, certificate, user },
  };
}

const PIECE = 64 * 1024;

async function* piecesOf(path: string): AsyncGenerator<Uint8Array> {
  const { openFile } = await import("../files/file_input.ts");
  using input = openFile(path);
  for (let piece = input.read(PIECE); piece.length > 0; piece = input.read(PIECE)) yield piece;
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
