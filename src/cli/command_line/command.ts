/**
 * What a command is: a table of operands and flags that drives parsing, checks and help, and a function that runs.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { parseDuration } from "../../config/quantities.ts";
import { nearest } from "../../nearest.ts";
import type { Terminal } from "../output/terminal.ts";

/** How a process ends. */
export const ExitCode = { Done: 0, Failed: 1, WrongCall: 2 } as const;

/** One of `ExitCode`. */
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** A call that was wrong: it ends the process with `ExitCode.WrongCall`. */
export class UsageError extends TypeError {
  override readonly name = "UsageError";
}

interface FlagBase {
  readonly help: string;
  /** One letter. */
  readonly short?: string;
}

/** A flag, by the value that it takes; `value` is how help calls that. Durations are milliseconds. */
export type Flag =
  | FlagBase & { readonly type: "boolean" }
  /** One of the choices may be written in upper case, too. */
  | FlagBase & { readonly type: "text"; readonly value: string; readonly choices?: readonly string[] }
  /** May be repeated. */
  | FlagBase & { readonly type: "texts"; readonly value: string }
  | FlagBase & { readonly type: "integer"; readonly value: string; readonly minimum: number; readonly maximum: number }
  | FlagBase & { readonly type: "duration"; readonly value: string };

/** Flags by their names in camelCase; on the command line they are in kebab-case. */
export type Flags = Readonly<Record<string, Flag>>;

/** What a flag gives: false, undefined or nothing when it is absent. */
type ValueOf<F extends Flag> = F extends { type: "boolean" } ? boolean
  : F extends { type: "texts" } ? readonly string[]
  : F extends { type: "integer" | "duration" } ? number | undefined
  : F extends { choices: readonly (infer Choice)[] } ? Choice | undefined
  : string | undefined;

/** What the flags of a call give. */
export type Values<F extends Flags> = { readonly [Name in keyof F]: ValueOf<F[Name]> };

/** An operand, in the order in which they are written. */
export interface Operand {
  readonly name: string;
  readonly help: string;
  readonly optional?: true;
  /** Whether the last one may be repeated. */
  readonly many?: true;
}

/** A call whose operands and flags are right. */
export interface Call<F extends Flags> {
  readonly operands: readonly string[];
  readonly values: Values<F>;
  readonly terminal: Terminal;
}

/** What help tells of a command. */
export interface CommandDescription<F extends Flags = Flags> {
  readonly name: string;
  /** One line, without a full stop. */
  readonly summary: string;
  /** More, for the command's own help. */
  readonly description?: string;
  readonly operands: readonly Operand[];
  readonly flags: F;
  /** Command lines without `gantry`, each with what it does. */
  readonly examples: readonly (readonly [line: string, help: string])[];
  /** What failing means here. */
  readonly failed: string;
}

/** A command that can be run with a command line. */
export interface Command extends CommandDescription {
  /** Throws UsageError when the command line is wrong. */
  execute(args: readonly string[], terminal: Terminal): Promise<ExitCode>;
}

/** Makes a command of its description and of what runs it. */
export function defineCommand<const F extends Flags>(
  definition: CommandDescription<F> & { run(call: Call<F>): Promise<ExitCode> },
): Command {
  const { run, ...description } = definition;
  return {
    ...description,
    execute: async (args, terminal) => await run({ ...parseCall(description, args), terminal }),
  };
}

/** Name of a flag as it is typed. */
export function flagName(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function parseCall<F extends Flags>(
  { operands, flags }: CommandDescription<F>,
  args: readonly string[],
): Omit<Call<F>, "terminal"> {
  const entries = Object.entries<Flag>(flags).map(([name, flag]) => ({ name, flag, typed: flagName(name).slice(2) }));
  const booleans = entries.filter(({ flag }) => flag.type === "boolean");
  const parsed: Record<string, unknown> = parseArgs([...args], {
    string: ["_", ...entries.filter((entry) => !booleans.includes(entry)).map(({ typed }) => typed)],
    boolean: booleans.map(({ typed }) => typed),
    collect: entries.filter(({ flag }) => flag.type === "texts").map(({ typed }) => typed),
    alias: Object.fromEntries(entries.flatMap(({ typed, flag }) => flag.short ? [[typed, flag.short] as const] : [])),
    unknown(argument: string, flag?: string) {
      if (flag === undefined) return true;
      throw unknownFlag(argument, entries.map(({ typed }) => `--${typed}`));
    },
  });
  const given = entries.map(({ name, flag, typed }) => [name, flagValue(flag, `--${typed}`, parsed[typed])] as const);
  return {
    operands: checkOperands(operands, Array.isArray(parsed._) ? parsed._.map(String) : []),
    // `flagValue` gives each flag what `ValueOf` says of it.
    values: Object.fromEntries(given) as Values<F>,
  };
}

function unknownFlag(argument: string, known: readonly string[]): UsageError {
  const typed = argument.split("=", 1)[0] ?? argument;
  if (known.includes(typed)) return new UsageError(`Cannot understand ${argument}: found no value after the =`);
  const suggestion = nearest(typed, known);
  const help = suggestion ? `did you mean ${suggestion}?` : `expected one of ${known.join(", ")}`;
  return new UsageError(`Cannot understand ${typed}: no such flag; ${help}`);
}

function flagValue(
  flag: Flag,
  typed: string,
  value: unknown,
): string | readonly string[] | number | boolean | undefined {
  if (flag.type === "boolean") return value === true;
  if (flag.type === "texts") return Array.isArray(value) ? value.map(String) : [];
  if (value === undefined) return undefined;
  const text = String(value);
  const wrong = (expected: string) => {
    const found = text === "" ? "no value" : JSON.stringify(text);
    return new UsageError(`Cannot understand ${typed}: found ${found}, expected ${expected}`);
  };
  if (flag.type === "integer") {
    const number = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
    if (number >= flag.minimum && number <= flag.maximum) return number;
    throw wrong(`a whole number from ${flag.minimum} to ${flag.maximum}`);
  }
  if (flag.type === "duration") {
    const milliseconds = parseDuration(text);
    if (milliseconds) return milliseconds;
    throw wrong("a duration such as 500ms, 30s or 5m");
  }
  if (text === "") throw wrong(flag.value);
  if (flag.choices === undefined) return text;
  const chosen = flag.choices.find((choice) => choice.toLowerCase() === text.toLowerCase());
  if (chosen === undefined) throw wrong(flag.choices.join(" or "));
  return chosen;
}

function checkOperands(expected: readonly Operand[], found: readonly string[]): readonly string[] {
  const missing = expected.find((operand, index) => !operand.optional && index >= found.length);
  if (missing) throw new UsageError(`Cannot start: ${missing.name} is missing; expected ${missing.help}`);
  const extra = expected.at(-1)?.many ? undefined : found[expected.length];
  if (extra !== undefined) throw new UsageError(`Cannot understand ${JSON.stringify(extra)}: unexpected operand`);
  return found;
}
