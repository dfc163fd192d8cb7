/**
 * `gantry conformance`: the DICOM conformance statement of a configuration.
 *
 * @module
 */

import { type Call, defineCommand, ExitCode, type Flags } from "../command_line/command.ts";
import { configFlag, loadConfig } from "../command_line/config_file.ts";

const flags = { config: configFlag } as const satisfies Flags;

/** `gantry conformance` */
export const conformance = defineCommand({
  name: "conformance",
  summary: "Print the DICOM conformance statement",
  description:
    "Runs a gateway with the configuration in memory, proposes every SOP class and transfer syntax of PS3.6 to it, and\n" +
    "prints as Markdown what it accepts and how it answers. Opens neither a port nor the archive.",
  operands: [],
  flags,
  examples: [
    ["conformance", "Print the statement of gantry.yaml, or of the defaults"],
    ["conformance --config site.yaml > conformance.md", "Write the statement of site.yaml to a file"],
  ],
  failed: "The command could not write the statement",
  run,
});

async function run({ values, terminal }: Call<typeof flags>): Promise<ExitCode> {
  const { config } = await loadConfig(values.config, terminal);
  const { askGateway } = await import("../conformance/ask_gateway.ts");
  const { conformanceStatement } = await import("../conformance/statement.ts");
  terminal.out.write(conformanceStatement(config, await askGateway(config)));
  return ExitCode.Done;
}
