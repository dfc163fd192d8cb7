/**
 * Where a command writes: results to `out`, everything else to `err`.
 *
 * @module
 */

import { errorText } from "../../safe_text.ts";

/** One of the two output streams. */
export interface Output {
  /** Writes, and waits until it is written. What stderr can't take is lost. Throws an Error for what stdout can't take. */
  write(text: string): void;
  /** Whether the reader has gone (`gantry … | head`): all further output is lost. */
  readonly closed: boolean;
  readonly isTerminal: boolean;
  /** Whether escape sequences for colour are welcome. */
  readonly colour: boolean;
  /** Width in characters. */
  columns(): number;
}

/** What a command sees of the world. */
export interface Terminal {
  readonly out: Output;
  readonly err: Output;
  env(name: string): string | undefined;
}

/** This process's streams and environment. */
export function denoTerminal(): Terminal {
  return {
    out: denoOutput(Deno.stdout, (problem) => {
      throw new Error(`Cannot write to standard output: ${problem}`);
    }),
    err: denoOutput(Deno.stderr, () => {}), // There is nowhere to tell it.
    env: (name) => Deno.env.get(name),
  };
}

/** Width where a stream has none. */
const DEFAULT_COLUMNS = 100;

/**
 * Bytes that are written at a time: what a pipe that doesn't block takes as a whole or not at all (PIPE_BUF). Of more Deno
 * may write a part before it says that it would block, and doesn't say how much.
 */
const PIECE = 4096;

/** Milliseconds until a stream that takes nothing for now is tried again. */
const PAUSE = 5;

function denoOutput(stream: typeof Deno.stdout | typeof Deno.stderr, fail: (problem: string) => void): Output {
  const encoder = new TextEncoder();
  const isTerminal = stream.isTerminal();
  let closed = false;
  return {
    isTerminal,
    colour: isTerminal && !Deno.noColor && Deno.env.get("TERM") !== "dumb",
    columns: () => isTerminal ? Deno.consoleSize().columns : DEFAULT_COLUMNS,
    get closed() {
      return closed;
    },
    write(text) {
      const bytes = encoder.encode(text);
      for (let written = 0; written < bytes.length && !closed;) {
        try {
          written += stream.writeSync(bytes.subarray(written, written + PIECE));
        } catch (error) {
          if (error instanceof Deno.errors.WouldBlock) pause();
          else if (error instanceof Deno.errors.BrokenPipe) closed = true;
          else return fail(errorText(error));
        }
      }
    },
  };
}

/** Waits, as a write does. */
function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE);
}

/** Styles that are used on terminals, as SGR parameters. */
const STYLES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 } as const;

/** `text` in a style, where the output takes one. */
export function styled(output: Output, style: keyof typeof STYLES, text: string): string {
  return output.colour ? `\x1b[${STYLES[style]}m${text}\x1b[0m` : text;
}
