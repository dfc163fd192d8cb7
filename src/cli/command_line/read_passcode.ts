/**
 * Passcodes from the keyboard, or from a pipe.
 *
 * @module
 */

/** Reads a passcode; `prompt` is shown at a terminal. Answers undefined if none was given. */
export type ReadPasscode = (prompt: string) => Promise<string | undefined>;

/** What keys send in raw mode. */
const Key = { interrupt: 0x03, end: 0x04, backspace: 0x08, lineFeed: 0x0A, enter: 0x0D, erase: 0x7F } as const;

/** Longest line that is read, in bytes. */
const MAXIMUM_LENGTH = 1024;

let piped: Promise<string | undefined> | undefined;

/** Reads a passcode from the terminal without showing it; from a pipe its first line, however often it is asked. */
export const readPasscode: ReadPasscode = async (prompt) => {
  if (!Deno.stdin.isTerminal()) return await (piped ??= readLine());
  await Deno.stderr.write(new TextEncoder().encode(prompt));
  Deno.stdin.setRaw(true);
  try {
    return await readLine();
  } finally {
    Deno.stdin.setRaw(false);
    await Deno.stderr.write(new TextEncoder().encode("\n"));
  }
};

/** The bytes up to the end of a line, edited as a terminal does; undefined when the user gave up. */
async function readLine(): Promise<string | undefined> {
  const line: number[] = [];
  const key = new Uint8Array(1);
  while (line.length < MAXIMUM_LENGTH && await Deno.stdin.read(key) !== null) {
    const [byte = 0] = key;
    if (byte === Key.interrupt || (byte === Key.end && line.length === 0)) return undefined;
    if (byte === Key.enter || byte === Key.lineFeed) break;
    if (byte === Key.backspace || byte === Key.erase) dropCharacter(line);
    else line.push(byte);
  }
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Uint8Array.from(line)) || undefined;
}

/** Drops the last character, all bytes of its UTF-8. */
function dropCharacter(line: number[]): void {
  while (((line.pop() ?? 0) & 0xC0) === 0x80);
}
