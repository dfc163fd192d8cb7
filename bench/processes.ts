/**
 * Child processes: each has a deadline, is ended by its own id, and is asked for its peak memory.
 *
 * @module
 */

/** Where loads, received files and configurations are; git ignores it. */
export const dataFolder = new URL(".data", import.meta.url).pathname;

/** A program and its arguments. */
export type CommandLine = readonly [program: string, ...args: string[]];

/** Longest time for one round of anything. */
const DEADLINE = 180_000;
/** Longest time for a server to listen. */
const START_DEADLINE = 30_000;
/** How often peak memory is looked at while a program runs that ends by itself. */
const SAMPLE_EVERY = 20;

/** How a program went that ended by itself. */
export interface Run {
  readonly seconds: number;
  /** Most memory that it had at any time, in bytes; undefined where the system does not tell. */
  readonly peak: number | undefined;
}

/** A program of ours, by its path from here. */
export function script(path: string, ...args: string[]): CommandLine {
  return [Deno.execPath(), "run", "-A", "--quiet", new URL(path, import.meta.url).pathname, ...args];
}

/** Runs programs side by side, until the last of them has ended. Throws when one fails. */
export async function runAll(commandLines: readonly CommandLine[]): Promise<Run> {
  const start = performance.now();
  const peaks = await Promise.all(commandLines.map(runOne));
  const seconds = (performance.now() - start) / 1000;
  return {
    seconds,
    peak: peaks.reduce((sum, peak) => sum === undefined || peak === undefined ? undefined : sum + peak),
  };
}

async function runOne(commandLine: CommandLine): Promise<number | undefined> {
  const child = spawn(commandLine);
  let peak = peakMemory(child.pid);
  const sampling = setInterval(() => peak = peakMemory(child.pid) ?? peak, SAMPLE_EVERY);
  const deadline = setTimeout(() => child.kill("SIGKILL"), DEADLINE);
  const { success, code, signal, stderr } = await child.output();
  clearInterval(sampling);
  clearTimeout(deadline);
  if (success) return peak;
  const how = signal === "SIGKILL" ? `took longer than ${DEADLINE / 1000} s` : `ended with ${signal ?? code}`;
  throw new Error(`Cannot measure: ${describe(commandLine)} ${how}\n${new TextDecoder().decode(stderr)}`);
}

/** A server that runs until it is disposed of. */
export interface Server extends AsyncDisposable {
  readonly port: number;
  /** Most memory that it has had so far, in bytes; undefined where the system does not tell. */
  peak(): number | undefined;
  /** Has `peak()` tell of what comes from now on, where the system can do that. */
  forgetPeak(): void;
}

/** Starts a server; resolves when its port takes connections. */
export async function serve(commandLine: (port: number) => CommandLine): Promise<Server> {
  const port = freePort();
  const line = commandLine(port);
  const child = spawn(line);
  const output = child.output();
  let ended = false;
  output.then(() => ended = true);
  const end = async () => {
    if (!ended) child.kill("SIGKILL");
    return new TextDecoder().decode((await output).stderr);
  };
  for (const start = performance.now(); !await takesConnections(port);) {
    if (!ended && performance.now() - start < START_DEADLINE) continue;
    throw new Error(`Cannot start ${describe(line)}: nothing listens on port ${port}\n${await end()}`);
  }
  const forgetPeak = () => forgetPeakOf(child.pid);
  return { port, peak: () => peakMemory(child.pid), forgetPeak, [Symbol.asyncDispose]: async () => void await end() };
}

/** Throws when a program that is needed is not there. */
export function requireProgram(program: string): void {
  try {
    new Deno.Command(program, { args: ["--version"], stdout: "null", stderr: "null" }).outputSync();
  } catch (cause) {
    throw new Error(`Cannot measure: ${program} is not installed`, { cause });
  }
}

function spawn([program, ...args]: CommandLine): Deno.ChildProcess {
  // DCMTK leaves Nagle's algorithm on unless it is told otherwise, which costs it 44 ms a message.
  const env = { TCP_NODELAY: "1" };
  return new Deno.Command(program, { args, env, cwd: dataFolder, stdin: "null", stdout: "piped", stderr: "piped" })
    .spawn();
}

export function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

async function takesConnections(port: number): Promise<boolean> {
  try {
    using _connection = await Deno.connect({ hostname: "127.0.0.1", port });
    return true;
  } catch {
    await new Promise((resolve) => setTimeout(resolve, SAMPLE_EVERY));
    return false;
  }
}

/** VmHWM of Linux's `/proc`, in bytes. */
function peakMemory(pid: number): number | undefined {
  try {
    const kibibytes = /^VmHWM:\s*(\d+) kB$/m.exec(Deno.readTextFileSync(`/proc/${pid}/status`))?.[1];
    return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
  } catch {
    return undefined;
  }
}

function forgetPeakOf(pid: number): void {
  try {
    Deno.writeTextFileSync(`/proc/${pid}/clear_refs`, "5");
  } catch {
    // The peak then stays that of the whole life.
  }
}

function describe(commandLine: CommandLine): string {
  const text = commandLine.join(" ");
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
