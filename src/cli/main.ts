/**
 * Finds the command, runs it, and turns what it throws into a message and an exit code.
 *
 * @module
 */

import manifest from "../../deno.json" with { type: "json" };
import { nearest } from "../nearest.ts";
import { ConfigError } from "../config/config_error.ts";
import { type Command, ExitCode, UsageError } from "./command_line/command.ts";
import { escapeText } from "../safe_text.ts";
import { commandHelp, mainHelp } from "./command_line/help.ts";
import { describeSystemError, systemCode } from "../hosts/system_error.ts";
import { styled, type Terminal } from "./output/terminal.ts";

/** Commands in the order of help; each is loaded when it is needed, for the sake of a quick start. */
const commands: ReadonlyMap<string, () => Promise<Command>> = new Map([
  ["listen", async () => (await import("./commands/listen.ts")).listen],
  ["echo", async () => (await import("./commands/echo.ts")).echo],
  ["send", async () => (await import("./commands/send.ts")).send],
  ["find", async () => (await import("./commands/find.ts")).find],
  ["worklist", async () => (await import("./commands/worklist.ts")).worklist],
  ["get", async () => (await import("./commands/get.ts")).get],
  ["move", async () => (await import("./commands/move.ts")).move],
  ["commit", async () => (await import("./commands/commit.ts")).commit],
  ["delete", async () => (await import("./commands/delete.ts")).deleteCommand],
  ["dump", async () => (await import("./commands/dump.ts")).dump],
  ["deidentify", async () => (await import("./commands/deidentify.ts")).deidentify],
  ["init", async () => (await import("./commands/init.ts")).init],
  ["check", async () => (await import("./commands/check.ts")).check],
  ["conformance", async () => (await import("./commands/conformance.ts")).conformance],
  ["index", async () => (await import("./commands/index.ts")).index],
  ["route", async () => (await import("./commands/route.ts")).route],
  ["queue", async () => (await import("./commands/queue.ts")).queue],
  ["prove", async () => (await import("./commands/prove.ts")).prove],
  ["health", async () => (await import("./commands/health.ts")).health],
  ["passwd", async () => (await import("./commands/passwd.ts")).passwd],
]);

/** Runs a command line; answers the exit code. Never throws. */
export async function main(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const [name = "", ...rest] = args;
  try {
    if (name === "--version") return print(terminal, `gantry ${manifest.version}\n`);
    if (name === "") throw new UsageError("Cannot start: no command was given");
    if (isHelp(name)) return await help(name === "help" ? rest : [], terminal);
    const command = await load(name);
    if (rest.slice(0, rest.includes("--") ? rest.indexOf("--") : undefined).some(isHelpFlag)) {
      return print(terminal, commandHelp(command));
    }
    return await command.execute(rest, terminal);
  } catch (error) {
    return report(error, name, terminal);
  }
}

async function help([name, extra]: readonly string[], terminal: Terminal): Promise<ExitCode> {
  if (extra !== undefined) throw new UsageError(`Cannot understand ${JSON.stringify(extra)}: expected one command`);
  if (name !== undefined) return print(terminal, commandHelp(await load(name)));
  return print(terminal, mainHelp(await Promise.all([...commands.values()].map((load) => load()))));
}

function load(name: string): Promise<Command> {
  const found = commands.get(name);
  if (found) return found();
  const suggestion = nearest(name, commands.keys());
  const help = suggestion ? `did you mean ${suggestion}?` : `expected one of ${[...commands.keys()].join(", ")}`;
  throw new UsageError(`Cannot run ${JSON.stringify(name)}: no such command; ${help}`);
}

function isHelpFlag(argument: string): boolean {
  return argument === "--help" || argument === "-h";
}

function isHelp(argument: string): boolean {
  return argument === "help" || isHelpFlag(argument);
}

function print({ out }: Terminal, text: string): ExitCode {
  out.write(text);
  return ExitCode.Done;
}

function report(error: unknown, name: string, { err }: Terminal): ExitCode {
  const prefix = styled(err, "red", "gantry:");
  if (error instanceof UsageError) {
    const more = commands.has(name) ? `gantry ${name} --help` : "gantry --help";
    err.write(`${prefix} ${error.message}\nTry ${more}\n`);
    return ExitCode.WrongCall;
  }
  err.write(`${prefix} ${describeError(error)}\n`);
  return error instanceof ConfigError ? ExitCode.WrongCall : ExitCode.Failed;
}

/** Errors that were thrown on purpose, and those of the system, in one line; others in full, since they are faults. */
function describeError(error: unknown): string {
  if (!(error instanceof Error)) return escapeText(String(error));
  if (error instanceof ConfigError) return error.message;
  if (error instanceof Deno.errors.NotCapable) {
    return escapeText(`Cannot go on: Deno denied a permission. ${error.message} (see gantry check --permissions)`);
  }
  if (error.message.startsWith("Cannot ")) return escapeText(withCause(error));
  if (isMissingPackage(error)) return missingPackage(error);
  if (systemCode(error) === undefined) return error.stack ?? error.message;
  const { reason, path } = describeSystemError(error);
  return escapeText(`Cannot go on: ${reason}${path === undefined ? "" : ` (${path})`}`);
}

/** Whether Deno could not get the packages that a command is loaded with. */
function isMissingPackage({ message }: Error): boolean {
  return /^(Failed caching|Could not find|Error getting response|Import '.*' failed).*|error sending request for url/
    .test(message);
}

function missingPackage({ message }: Error): string {
  const [said = ""] = message.split("\n", 1);
  const help = "run `deno install --entrypoint cli.ts` once, where there is a network";
  return escapeText(`Cannot load a package that this command needs: ${said}; ${help}`);
}

/** A message, and that of the cause, unless it says that itself. */
function withCause({ message, cause, name }: Error): string {
  if (!(cause instanceof Error) || name === "TransportError") return message;
  const because = cause.message.replace(/ \(os error \d+\)/, "");
  return message.toLowerCase().includes(because.toLowerCase()) ? message : `${message} (${because})`;
}
