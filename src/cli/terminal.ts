/**
 * Where a command writes: results to `out`, everything else to `err`.
 *
 * @module
 */

/** One of the two output streams. */
export interface Output {
  write(text: string): void;
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
  return { out: denoOutput(Deno.stdout), err: denoOutput(Deno.stderr), env: (name) => Deno.env.get(name) };
}

/** Width where a stream has none. */
const DEFAULT_COLUMNS = 100;

function denoOutput(stream: typeof Deno.stdout | typeof Deno.stderr): Output {
  const encoder = new TextEncoder();
  const isTerminal = stream.isTerminal();
  return {
    isTerminal,
    colour: isTerminal && !Deno.noColor && Deno.env.get("TERM") !== "dumb",
    columns: () => isTerminal ? Deno.consoleSize().columns : DEFAULT_COLUMNS,
    write(text) {
      const bytes = encoder.encode(text);
      try {
        for (let written = 0; written < bytes.length;) written += stream.writeSync(bytes.subarray(written));
      } catch (error) {
        // Whoever was reading has gone (`gantry … | head`): the work goes on without them.
        if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
      }
    },
  };
}

/** Styles that are used on terminals, as SGR parameters. */
const STYLES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 } as const;

/** `text` in a style, where the output takes one. */
export function styled(output: Output, style: keyof typeof STYLES, text: string): string {
  return output.colour ? `\x1b[${STYLES[style]}m${text}\x1b[0m` : text;
}
