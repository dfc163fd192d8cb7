/**
 * Gantry as a process of its own, as its users run it.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { filesBelow, temporaryFolder } from "./folders.ts";
import { type Exit, Process, type ProcessOptions, run } from "./process.ts";

const CLI = fileURLToPath(new URL("../../cli.ts", import.meta.url));

/** How to run Gantry. */
export interface GantryOptions extends ProcessOptions {
  /** Options of `deno run`. */
  readonly denoOptions?: readonly string[];
}

function commandLine(args: readonly string[], denoOptions: readonly string[] = []): string[] {
  return ["run", "--quiet", "-A", ...denoOptions, CLI, ...args];
}

/** Runs `gantry ARGS…` to its end. */
export function gantry(args: readonly string[], options: ProcessOptions = {}): Promise<Exit> {
  return run(Deno.execPath(), commandLine(args), options);
}

/** Starts `gantry ARGS…`. */
export function startGantry(args: readonly string[], options: GantryOptions = {}): Process {
  return new Process(Deno.execPath(), commandLine(args, options.denoOptions), options);
}

/** One line of the log in JSON. */
export interface LogLine {
  readonly level: string;
  readonly event: string;
  readonly message: string;
  readonly [field: string]: string | number | boolean | undefined;
}

/** What to run. */
export interface ListenOptions extends GantryOptions {
  /** The configuration, in YAML. */
  readonly config?: string;
  /** Flags besides those for ports, data and log. */
  readonly args?: readonly string[];
  /** Where it keeps things; default a temporary folder that goes with it. */
  readonly data?: string;
  /** Default debug. */
  readonly logLevel?: "debug" | "info";
}

/** A `gantry listen` that listens on ports of its own. Disposing of it kills it and removes its data. */
export class ListeningGantry implements AsyncDisposable {
  readonly process: Process;
  readonly data: string;
  /** Of DICOM. */
  readonly port: number;
  /** Where the sidecar is, without a slash at the end. */
  readonly origin: string;
  readonly #resources: AsyncDisposableStack;

  constructor(process: Process, data: string, listening: LogLine, resources: AsyncDisposableStack) {
    this.process = process;
    this.data = data;
    this.port = Number(listening.dicomPort);
    this.origin = `http://127.0.0.1:${listening.httpPort}`;
    this.#resources = resources;
  }

  /** The log so far. */
  get log(): LogLine[] {
    return this.process.lines.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line));
  }

  /** The first log line whose JSON text matches, written already or still to come. */
  async logged(pattern: RegExp): Promise<LogLine> {
    return JSON.parse(await this.process.line(pattern));
  }

  /** Names of the instances that are kept, relative to the folder for instances. */
  get instances(): string[] {
    return filesBelow(`${this.data}/instances`);
  }

  /** Files of transfers that are not finished. */
  get unfinished(): string[] {
    return filesBelow(`${this.data}/incoming`);
  }

  /** The bytes of an instance. */
  read(name: string): Uint8Array<ArrayBuffer> {
    return Deno.readFileSync(`${this.data}/instances/${name}`);
  }

  /** Sends a signal and waits for the end. */
  end(signal: Deno.Signal = "SIGTERM"): Promise<Exit> {
    this.process.kill(signal);
    return this.process.exited;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#resources.disposeAsync();
  }
}

/** Starts `gantry listen` on ports of its own, for who needn't wait until it listens. Its log is JSON. */
export function startListening(
  { data, args = [], logLevel = "debug", ...processOptions }: Omit<ListenOptions, "config"> & { readonly data: string },
): Process {
  const ports = ["--host", "127.0.0.1", "--port", "0", "--http-port", "0"];
  const log = ["--log-format", "json", "--log-level", logLevel];
  const call = ["listen", ...ports, "--data", data, ...log, ...args];
  return startGantry(call, { timeout: 120_000, ...processOptions });
}

/** Starts `gantry listen`; resolves when it listens. Its log is JSON. */
export async function listeningGantry(options: ListenOptions = {}): Promise<ListeningGantry> {
  await using starting = new AsyncDisposableStack();
  const folder = starting.use(temporaryFolder()).path;
  const { config, data = `${folder}/data`, ...others } = options;
  if (config !== undefined) Deno.writeTextFileSync(`${folder}/gantry.yaml`, config);
  const child = starting.use(startListening({ data, cwd: folder, ...others }));
  const line: LogLine = JSON.parse(await child.line(/"event":"listening"/));
  return new ListeningGantry(child, data, line, starting.move());
}
