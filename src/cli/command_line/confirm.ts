/**
 * A question to the user at the terminal.
 *
 * @module
 */

/** Asks, and answers whether the user agreed; undefined without a terminal. */
export type Confirm = (question: string) => boolean | undefined;

/** Longest line that is read, in bytes. */
const LONGEST_LINE = 1024;

const LINE_FEED = 0x0A;

/** Asks on stderr, and reads a line of stdin: `y` and `yes` agree. */
export const confirm: Confirm = (question) => {
  if (!Deno.stdin.isTerminal()) return undefined;
  const bytes = new TextEncoder().encode(`${question} [y/N] `);
  for (let written = 0; written < bytes.length;) written += Deno.stderr.writeSync(bytes.subarray(written));
  const line: number[] = [];
  const key = new Uint8Array(1);
  while (line.length < LONGEST_LINE && Deno.stdin.readSync(key) !== null && key[0] !== LINE_FEED) line.push(key[0]!);
  return /^y(es)?$/i.test(new TextDecoder().decode(Uint8Array.from(line)).trim());
};
