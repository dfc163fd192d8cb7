/**
 * `gantry check`: validates a configuration.
 *
 * @module
 */

import { ConfigError, type ConfigProblem } from "../errors.ts";
import { type Call, defineCommand, ExitCode, type Flags } from "./command.ts";
import { DEFAULT_FILE, describeProblem, readConfigText } from "./config_file.ts";
import { escapeJson } from "./escape.ts";

const flags = {
  json: { type: "boolean", help: "Print the result as JSON" },
  permissions: {
    type: "boolean",
    help: "Print the permissions that gantry listen needs with it, as flags of deno run",
  },
  schema: { type: "boolean", help: "Print the JSON Schema of configurations, for editors, and check nothing" },
} as const satisfies Flags;

/** `gantry check [FILE]` */
export const check = defineCommand({
  name: "check",
  summary: "Validate a configuration",
  description: "Every problem is a line: file and line, key path, what was found, what was expected.",
  operands: [{ name: "FILE", help: `the configuration (default ${DEFAULT_FILE})`, optional: true }],
  flags,
  examples: [
    ["check", `Check ${DEFAULT_FILE}`],
    ["check --json site/gantry.yaml", "The same for programs"],
    ["check --permissions", "For: deno run $(gantry check --permissions) cli.ts listen"],
    ["check --schema > gantry.schema.json", "Completion and hints in an editor"],
  ],
  failed: "The configuration has problems",
  run,
});

async function run({ operands, values, terminal }: Call<typeof flags>): Promise<ExitCode> {
  const { configJsonSchema } = await import("../config.ts");
  if (values.schema) {
    terminal.out.write(`${JSON.stringify(await configJsonSchema(), null, 2)}\n`);
    return ExitCode.Done;
  }
  if (values.permissions) {
    const { listenPermissions, permissionFlags } = await import("./permissions.ts");
    const permissions = permissionFlags(await listenPermissions(operands[0], terminal));
    terminal.out.write(`${permissions}\n`);
    return ExitCode.Done;
  }
  const file = operands[0] ?? DEFAULT_FILE;
  const problems = await findProblems(await readConfigText(file) ?? "", terminal.env);
  const lines = problems.length === 0 ? [`${file}: OK`] : problems.map((problem) => describeProblem(problem, file));
  const text = values.json ? escapeJson({ file, valid: problems.length === 0, problems }) : lines.join("\n");
  terminal.out.write(`${text}\n`);
  return problems.length === 0 ? ExitCode.Done : ExitCode.Failed;
}

async function findProblems(
  text: string,
  env: (name: string) => string | undefined,
): Promise<readonly ConfigProblem[]> {
  const { parseConfig } = await import("../config.ts");
  try {
    await parseConfig(text, { env });
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}
