/**
 * Runs the console blocks of a page, one command after the other, as its reader does.
 *
 * @module
 */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { type ConsoleCommand, consoleCommands, linePattern, printsAs } from "./console_blocks.ts";
import { temporaryFolder } from "./folders.ts";
import { freePort, Process, run } from "./process.ts";

const CLI = fileURLToPath(new URL("../../cli.ts", import.meta.url));

/** Ports as pages write them: of DICOM, of HTTP, and of a peer that nobody has. Others are used in their place. */
const PORTS = { dicom: "11112", http: "8080", nobody: "4242" } as const;

/** How long a command may take, in milliseconds. */
const TIMEOUT = 60_000;

/** Programs that the commands of a page call, of those that may be missing. */
export function programsOf(page: string, known: readonly string[]): string[] {
  const text = consoleCommands(page).map(({ command }) => command).join("\n");
  return known.filter((program) => new RegExp(`(^|[|;&(\\s])${program}(\\s|$)`, "m").test(text));
}

/**
 * Runs the commands of a page in a folder of its own, where `gantry` is this very Gantry, and throws an AssertionError for
 * the first that prints something else than the page says. `gantry listen` goes on until the next one, or the page's end.
 */
export async function runPage(page: string): Promise<void> {
  using folder = temporaryFolder();
  const ports: Record<string, string> = {};
  for (const port of Object.values(PORTS)) ports[port] = String(freePort());
  const local = page.replace(/\b(?:11112|8080|4242)\b/g, (port) => ports[port]!);
  await using session = new Session(folder.path, { dicom: ports[PORTS.dicom]!, http: ports[PORTS.http]! });
  for (const command of consoleCommands(local)) await session.run(command);
  await session.end();
}

class Session implements AsyncDisposable {
  readonly #folder: string;
  readonly #state: string;
  readonly #preamble: string;
  readonly #env = {
    DENO: Deno.execPath(),
    CLI,
    NO_COLOR: "1",
    // Without it DCMTK's tools wait for 44 ms at each message.
    TCP_NODELAY: "1",
  };
  #listening: Process | undefined;

  constructor(folder: string, ports: { readonly dicom: string; readonly http: string }) {
    this.#folder = `${folder}/work`;
    this.#state = `${folder}/state`;
    Deno.mkdirSync(this.#folder);
    Deno.writeTextFileSync(this.#state, "");
    // A call that names its ports keeps them; flags win over a configuration, which is to name the same ones.
    this.#preamble = `
gantry() {
  local call="$1"; shift
  if [ "$call" = listen ] && ! [[ " $* " =~ " --port "|" -p " ]]; then
    set -- --port ${ports.dicom} --http-port ${ports.http} "$@"
  fi
  $RUN "$DENO" run --quiet -A "$CLI" "$call" "$@"
}
. ${this.#state}
`;
  }

  async run({ command, expected, line }: ConsoleCommand): Promise<void> {
    const found = /^gantry listen\b/.test(command)
      ? await this.#listen(command, expected)
      : await this.#runToEnd(command);
    if (printsAs(expected, found)) return;
    assert.deepEqual(found, expected, `line ${line}: ${command}`);
    assert.fail(`line ${line}: ${command}: found ${JSON.stringify(found)}`);
  }

  /** Variables and the working folder are those that the command before left. */
  async #runToEnd(command: string): Promise<string[]> {
    const script = `${this.#preamble}\n{ ${command}\n} 2>&1\n{ export -p; echo "cd '$PWD'"; } > ${this.#state}`;
    const { stdout, stderr } = await run("bash", ["-c", script], this.#options);
    return linesOf(stdout + stderr);
  }

  async #listen(command: string, expected: readonly string[]): Promise<string[]> {
    await this.end();
    const child = new Process("bash", ["-c", `${this.#preamble}\nRUN=exec\n${command}`], this.#options);
    this.#listening = child;
    await child.line(linePattern(expected.at(-1) ?? "…"));
    return [...child.lines];
  }

  get #options() {
    return { cwd: this.#folder, env: this.#env, timeout: TIMEOUT };
  }

  /** Ends the gateway that listens, as Ctrl-C does. */
  async end(): Promise<void> {
    const child = this.#listening;
    if (child === undefined) return;
    this.#listening = undefined;
    child.kill("SIGINT");
    const { code, stderr } = await child.exited;
    assert.equal(code, 0, stderr);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#listening?.[Symbol.asyncDispose]();
  }
}

function linesOf(text: string): string[] {
  return text === "" ? [] : text.replace(/\n$/, "").split("\n");
}
