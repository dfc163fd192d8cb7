/** A terminal that remembers. */

import type { Output, Terminal } from "../../src/cli/output/terminal.ts";

/** An output whose text can be read back. */
export interface CapturedOutput extends Output {
  text(): string;
  lines(): string[];
}

export function capture({ isTerminal = false, colour = false, columns = 80 } = {}): CapturedOutput {
  let text = "";
  return {
    isTerminal,
    colour,
    closed: false,
    columns: () => columns,
    write: (more) => void (text += more),
    text: () => text,
    lines: () => text.split("\n").slice(0, -1),
  };
}

export function fakeTerminal(
  env: Record<string, string> = {},
): Terminal & { readonly out: CapturedOutput; readonly err: CapturedOutput } {
  return { out: capture(), err: capture(), env: (name) => env[name] };
}
