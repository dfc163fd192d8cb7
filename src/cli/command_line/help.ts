/**
 * Help, rendered from the tables of the commands.
 *
 * @module
 */

import { type Command, ExitCode, type Flag, flagName } from "./command.ts";

/** Help of `gantry` itself. */
export function mainHelp(commands: readonly Command[]): string {
  return [
    "Gantry, a DICOM gateway",
    "",
    "Usage: gantry COMMAND [OPERANDS] [FLAGS]",
    "",
    "Commands:",
    ...table(commands.map(({ name, summary }) => [name, summary])),
    "",
    "Flags:",
    ...table([["-h, --help", "Show this help; gantry help COMMAND shows the help of a command"], [
      "    --version",
      "Show the version",
    ]]),
    "",
    "Examples:",
    ...table(commands.flatMap(({ examples }) => examples.slice(0, 1)).map(([line, help]) => [`gantry ${line}`, help])),
    "",
  ].join("\n");
}

/** Help of a command. */
export function commandHelp({ name, summary, description, operands, flags, examples, failed }: Command): string {
  const usage = operands.map(({ name, optional, many }) => {
    const repeated = many ? `${name}…` : name;
    return optional ? `[${repeated}]` : repeated;
  });
  const rows = Object.entries(flags).map(([name, flag]): Row => [flagUsage(name, flag), flag.help]);
  return [
    `${summary}`,
    "",
    `Usage: ${["gantry", name, ...usage, "[FLAGS]"].join(" ")}`,
    ...section("", operands.map(({ name, help }): Row => [name, sentence(help)])),
    ...(description ? ["", description] : []),
    ...section("Flags:", [...rows, ["-h, --help", "Show this help"]]),
    ...section("Examples:", examples.map(([line, help]): Row => [`gantry ${line}`, help])),
    ...section("Exit codes:", [
      [String(ExitCode.Done), "Success"],
      [String(ExitCode.Failed), failed],
      [String(ExitCode.WrongCall), "The command line or the configuration is invalid"],
    ]),
    "",
  ].join("\n");
}

type Row = readonly [left: string, right: string];

function section(title: string, rows: readonly Row[]): string[] {
  return rows.length === 0 ? [] : ["", ...(title ? [title] : []), ...table(rows)];
}

function table(rows: readonly Row[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}

function flagUsage(name: string, flag: Flag): string {
  const short = flag.short ? `-${flag.short}, ` : "    ";
  return `${short}${flagName(name)}${flag.type === "boolean" ? "" : ` ${flag.value}`}`;
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
