/**
 * `gantry init`: writes a configuration to start from.
 *
 * @module
 */

import { type Call, defineCommand, ExitCode, type Flags } from "../command_line/command.ts";
import { DEFAULT_FILE } from "../command_line/config_file.ts";
import { errorText, escapeText } from "../../safe_text.ts";

const flags = {
  force: { type: "boolean", short: "f", help: "Overwrite an existing file" },
} as const satisfies Flags;

/** `gantry init [FILE]` */
export const init = defineCommand({
  name: "init",
  summary: "Write a commented configuration",
  description: "Writes every key with its default, so the file has no effect until you edit it.",
  operands: [{ name: "FILE", help: `where to write (default ${DEFAULT_FILE}; - for stdout)`, optional: true }],
  flags,
  examples: [["init", `Write ${DEFAULT_FILE}`], ["init - | less", "Read the configuration first"]],
  failed: "The file already exists, or cannot be written",
  run,
});

async function run({ operands, values, terminal }: Call<typeof flags>): Promise<ExitCode> {
  const { configTemplate } = await import("../../config.ts");
  const template = await configTemplate();
  const file = operands[0] ?? DEFAULT_FILE;
  if (file === "-") {
    terminal.out.write(template);
    return ExitCode.Done;
  }
  const shown = escapeText(file);
  try {
    await Deno.writeTextFile(file, template, { createNew: !values.force });
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) {
      throw new Error(`Cannot write ${shown}: ${errorText(error)}`);
    }
    throw new Error(`Cannot write ${shown}: it already exists; --force overwrites it`);
  }
  terminal.err.write(`Wrote ${shown}. Next: gantry check ${shown}; gantry listen --config ${shown}\n`);
  return ExitCode.Done;
}
