/**
 * Stands in for `jsr:@std/cli/parse-args` where JSR cannot be reached: the options that Gantry uses, meaning what they
 * mean there. It is free of dependencies because loading a CommonJS package costs more than the rest of the start-up.
 *
 * @module
 */

/** What `parseArgs()` found: flags by name, and operands in `_`. */
export interface Args {
  [flag: string]: unknown;
  /** Operands; text that looks like a number is a number unless `string` holds `_`. */
  _: (string | number)[];
  /** What followed `--`; only with the option of that name. */
  "--"?: string[];
}

/** How flags are to be read. */
export interface ParseOptions {
  /** Whether what follows `--` goes to `"--"`, else to `_`. */
  "--"?: boolean;
  /** Other names of a flag. */
  alias?: Record<string, string | string[]>;
  /** Flags that take no value; false unless given. */
  boolean?: string[];
  /** Flags whose value stays text; empty when it is missing. */
  string?: string[];
  /** Flags that may be repeated; an array even when absent. Of all others, the last one counts. */
  collect?: string[];
  /** Flags that `--no-` turns to false. */
  negatable?: string[];
  /** Values of absent flags. */
  default?: Record<string, unknown>;
  /** Called for each operand, and each flag that no option names; false drops it. */
  unknown?: (argument: string, flag?: string, value?: unknown) => unknown;
}

const number = /^(?:0x[0-9a-f]+|[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)$/i;

/** Reads a command line. */
export function parseArgs(args: string[], options: ParseOptions = {}): Args {
  const names = flagNames(options.alias ?? {});
  const named = (list: string[] = []) => new Set(list.flatMap((flag) => names(flag)));
  const [booleans, strings, collected, negatable] = [
    named(options.boolean),
    named(options.string),
    named(options.collect),
    named(options.negatable),
  ];
  const isKnown = (flag: string) => booleans.has(flag) || strings.has(flag) || names(flag).length > 1;
  const typed = (text: string, keep: boolean) => keep || !number.test(text) ? text : Number(text);
  const result: Args = { _: [] };

  function set(flag: string, value: string | boolean, argument: string, collect = true): void {
    if (!isKnown(flag) && options.unknown?.(argument, flag, value) === false) return;
    const final = typeof value === "string" ? typed(value, strings.has(flag)) : value;
    for (const name of names(flag)) {
      const before = result[name];
      result[name] = !(collect && collected.has(name)) ? final : Array.isArray(before) ? [...before, final] : [final];
    }
  }

  const end = args.indexOf("--");
  const before = end < 0 ? args : args.slice(0, end);
  const after = end < 0 ? [] : args.slice(end + 1);

  for (let index = 0; index < before.length; index++) {
    const argument = before[index] ?? "";
    const next = before[index + 1];
    const [flags, attached] = splitFlag(argument);
    const last = flags.pop();
    if (last === undefined) {
      if (options.unknown?.(argument) !== false) result._.push(typed(argument, strings.has("_")));
      continue;
    }
    for (const flag of flags) set(flag, strings.has(flag) ? "" : true, argument);
    const negated = /^--no-(.+)$/s.exec(argument)?.[1];
    if (attached !== undefined) {
      set(last, booleans.has(last) ? attached !== "false" : attached, argument);
    } else if (negated !== undefined && negatable.has(negated)) {
      set(negated, false, argument, false);
    } else if (booleans.has(last) && (next === "true" || next === "false")) {
      set(last, next === "true", argument);
      index++;
    } else if (!booleans.has(last) && next && !/^-./.test(next)) {
      set(last, next, argument);
      index++;
    } else {
      set(last, strings.has(last) ? "" : true, argument);
    }
  }

  for (const [flag, value] of Object.entries(options.default ?? {})) {
    for (const name of names(flag)) if (!(name in result)) result[name] = value;
  }
  for (const flag of booleans) if (!(flag in result)) result[flag] = collected.has(flag) ? [] : false;
  for (const flag of strings) if (!(flag in result) && collected.has(flag)) result[flag] = [];

  if (options["--"]) result["--"] = after;
  else result._.push(...after);
  return result;
}

/** All names of a flag, itself first. */
function flagNames(alias: Record<string, string | string[]>): (flag: string) => string[] {
  const groups = Object.entries(alias).map(([flag, others]) => [flag, others].flat());
  return (flag) => {
    const group = groups.find((names) => names.includes(flag)) ?? [];
    return [flag, ...group.filter((name) => name !== flag)];
  };
}

/** `--name`, `--name=value`, `-abc` and `-k=value` taken apart; no flags for an operand. */
function splitFlag(argument: string): [flags: string[], value?: string] {
  const [, dashes = "", name = "", value] = /^(-|--)([^-].*?)(?:=(.+))?$/s.exec(argument) ?? [];
  const flags = dashes === "-" ? [...name] : dashes === "--" ? [name] : [];
  return value === undefined ? [flags] : [flags, value];
}
