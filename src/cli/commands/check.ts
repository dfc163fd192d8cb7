/**
 * `gantry check`: validates a configuration, and looks for what would keep the gateway from starting with it.
 *
 * @module
 */

import { ConfigError, type ConfigProblem } from "../../config/config_error.ts";
import { type Call, defineCommand, ExitCode, type Flags, UsageError } from "../command_line/command.ts";
import { configFlag, DEFAULT_FILE, describeProblem, loadConfig, readConfigText } from "../command_line/config_file.ts";
import { keyPathOf } from "../../config/tree.ts";
import { escapeJson } from "../../safe_text.ts";
import type { Terminal } from "../output/terminal.ts";

const flags = {
  config: { ...configFlag, help: `Configuration file, as FILE (default ${DEFAULT_FILE})` },
  json: { type: "boolean", help: "Print the result as JSON" },
  permissions: {
    type: "boolean",
    help: "Print the permissions that gantry listen needs, as flags for deno run",
  },
  schema: { type: "boolean", help: "Print the JSON Schema of the configuration, for editors, and exit" },
} as const satisfies Flags;

/** `gantry check [FILE]` */
export const check = defineCommand({
  name: "check",
  summary: "Validate a configuration",
  description:
    "Prints one line per problem: file and line, key path, what was found, and what was expected. Also finds what\n" +
    "would stop gantry listen on this machine: unusable files, certificates, keys, folders and ports,\n" +
    "and attributes for the index that the dictionary does not know.",
  operands: [{ name: "FILE", help: `the configuration (default ${DEFAULT_FILE})`, optional: true }],
  flags,
  examples: [
    ["check", `Check ${DEFAULT_FILE}`],
    ["check --json site/gantry.yaml", "Check another file, output for programs"],
    ["check --permissions", "Print flags for deno run"],
    ["check --schema > gantry.schema.json", "Write a schema for completion in an editor"],
  ],
  failed: "The configuration has problems, or does not work on this machine",
  run,
});

async function run({ operands, values, terminal }: Call<typeof flags>): Promise<ExitCode> {
  if (values.schema) {
    const { configJsonSchema } = await import("../../config.ts");
    terminal.out.write(`${JSON.stringify(await configJsonSchema(), null, 2)}\n`);
    return ExitCode.Done;
  }
  const [operand = values.config] = operands;
  if (values.config !== undefined && values.config !== operand) {
    throw new UsageError("Cannot check two files at once: found FILE and --config, expected one of them");
  }
  if (values.permissions) {
    const { listenPermissions, permissionFlags } = await import("../checks/permissions.ts");
    const permissions = permissionFlags(await listenPermissions(operand, terminal));
    terminal.out.write(`${permissions}\n`);
    return ExitCode.Done;
  }
  const file = operand ?? DEFAULT_FILE;
  const problems = await findProblems(file, terminal);
  const lines = problems.length === 0 ? [`${file}: OK`] : problems.map((problem) => describeProblem(problem, file));
  const text = values.json ? escapeJson({ file, valid: problems.length === 0, problems }) : lines.join("\n");
  terminal.out.write(`${text}\n`);
  return problems.length === 0 ? ExitCode.Done : ExitCode.Failed;
}

/** The problems of the file; if it has none, those of this machine. */
async function findProblems(file: string, terminal: Terminal): Promise<readonly ConfigProblem[]> {
  try {
    const { config } = await loadConfig(file, terminal);
    const { findObstacles } = await import("../checks/preflight.ts");
    const obstacles = await findObstacles(config);
    if (obstacles.length === 0) return [];
    const { markReferences } = await import("../../config/references.ts");
    const { lineFinder } = await import("../../config/yaml.ts");
    const text = await readConfigText(file) ?? "";
    const lineOf = await lineFinder(markReferences(text).yaml);
    return obstacles.map(({ path, ...problem }) => ({ line: lineOf(path), keyPath: keyPathOf(path), ...problem }));
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}
