/**
 * Console blocks of pages: commands behind `$ `, and what they print.
 *
 * @module
 */

/** A command of a page, and the lines that it prints there. */
export interface ConsoleCommand {
  /** With its continuation: lines behind a backslash, and here-documents. */
  readonly command: string;
  readonly expected: readonly string[];
  /** Where it stands in the page, from 1. */
  readonly line: number;
}

/** The commands of all blocks of a page that are marked `console`, in their order. */
export function consoleCommands(page: string): ConsoleCommand[] {
  const commands: { command: string; expected: string[]; line: number }[] = [];
  let inside = false;
  /** What ends the here-document that is being read; empty for a line that goes on; undefined for output. */
  let until: string | undefined;
  for (const [index, line] of page.split("\n").entries()) {
    if (/^\s*```/.test(line)) {
      inside = !inside && /^\s*```console\s*$/.test(line);
      until = undefined;
      continue;
    }
    if (!inside) continue;
    const last = commands.at(-1);
    if (until !== undefined && last) {
      last.command += `\n${line}`;
      if (until === "" || line === until) until = until === "" ? continuation(line) : undefined;
    } else if (line.startsWith("$ ")) {
      commands.push({ command: line.slice(2), expected: [], line: index + 1 });
      until = continuation(line);
    } else if (last) last.expected.push(line);
    else throw new Error(`Cannot read line ${index + 1}: expected a command behind "$ "`);
  }
  return commands;
}

function continuation(line: string): string | undefined {
  return /<<-?\s*["']?(\w+)/.exec(line)?.[1] ?? (line.endsWith("\\") ? "" : undefined);
}

/** What differs from run to run: how it looks in a page, and what may stand in its place. */
const VARYING: readonly (readonly [found: RegExp, allowed: string])[] = [
  [/…/, ".*"],
  [/\d{4}-\d\d-\d\dT[\d:.]+Z/, String.raw`\d{4}-\d\d-\d\dT[\d:.]+Z`],
  [/\d+(?:\.\d+)? [kMG]?B\/s/, String.raw`\d+(?:\.\d+)? [kMG]?B/s`],
  [/\d+(?:\.\d+)? (?:ms|s)\b/, String.raw`\d+(?:\.\d+)? (?:ms|s)`],
  [/"(?:connect|tls|associate|echo|release|ms|milliseconds|seconds)": ?[\d.]+/, String.raw`"\w+": ?[\d.]+`],
  [/(?<![\d.])\d+\.\d{3,}(?![\d.])/, String.raw`\d+(?:\.\d+)?(?:e-\d+)?`],
  [/2\.25\.\d{20,}/, String.raw`2\.25\.\d{20,}`],
  [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}/, String.raw`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}`],
  [/[0-9a-f]{64}/, "[0-9a-f]{64}"],
  [/GANTRY_\d+_\d+_\d+/, String.raw`GANTRY_\d+_\d+_\d+`],
  [/gantry \d+\.\d+\.\d+/, String.raw`gantry \d+\.\d+\.\d+`],
  [/remote(?:=|": ?")[\d.]+:\d+/, String.raw`remote(?:=|": ?")[\d.]+:\d+`],
  [/association(?:=|": ?")\d+/, String.raw`association(?:=|": ?")\d+`],
];

const ANY_VARYING = new RegExp(VARYING.map(([found]) => `(${found.source})`).join("|"), "g");

/** What matches a line of a page: the same text, but for what varies and what `…` leaves out. */
export function linePattern(line: string): RegExp {
  let source = "";
  let end = 0;
  for (const match of line.matchAll(ANY_VARYING)) {
    const kind = match.slice(1).findIndex((group) => group !== undefined);
    source += escape(line.slice(end, match.index)) + VARYING[kind]![1];
    end = match.index + match[0].length;
  }
  return new RegExp(`^${source}${escape(line.slice(end))}\\s*$`);
}

function escape(text: string): string {
  return text.trimEnd() === "" && text !== "" ? text : text.replace(/[$()*+.?[\\\]^{|}/]/g, "\\$&");
}

/** Whether lines are those of a page, where a line that is `…` alone stands for any number of them. */
export function printsAs(expected: readonly string[], found: readonly string[]): boolean {
  const [first, ...rest] = expected;
  if (first === undefined) return found.length === 0;
  if (first.trim() === "…") {
    return found.some((_, skipped) => printsAs(rest, found.slice(skipped))) || rest.length === 0;
  }
  return found.length > 0 && linePattern(first).test(found[0]!) && printsAs(rest, found.slice(1));
}
