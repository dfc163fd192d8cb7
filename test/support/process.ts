/**
 * Child processes of tests: their output is kept, each has a deadline, and none outlives its test.
 *
 * @module
 */

/** How to run a child. */
export interface ProcessOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Milliseconds after which it is killed; default a minute. */
  readonly timeout?: number;
}

/** How a child ended, and all that it wrote. */
export interface Exit {
  /** Exit code; 128 and the signal's number when a signal ended it. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface Waiter {
  readonly pattern: RegExp;
  resolve(line: string): void;
  reject(error: Error): void;
}

/** A child that runs. Disposing of it kills it, and waits until it is gone. */
export class Process implements AsyncDisposable {
  /** How it ended; rejects when its deadline passed. */
  readonly exited: Promise<Exit>;
  readonly #name: string;
  readonly #child: Deno.ChildProcess;
  readonly #waiters = new Set<Waiter>();
  readonly #text = { stdout: "", stderr: "" };
  readonly #lines: string[] = [];
  #over = false;
  #late = false;

  constructor(command: string, args: readonly string[], options: ProcessOptions = {}) {
    const { cwd, env, timeout = 60_000 } = options;
    this.#name = [command.replace(/^.*\//, ""), ...args].join(" ").slice(0, 200);
    this.#child = new Deno.Command(command, {
      args: [...args],
      ...(cwd !== undefined && { cwd }),
      ...(env !== undefined && { env }),
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const deadline = setTimeout(() => {
      this.#late = true;
      this.kill("SIGKILL");
    }, timeout);
    this.exited = this.#finish().finally(() => clearTimeout(deadline));
    this.exited.catch(() => {}); // Whoever waits for a line is told as well.
  }

  /** Its process id. */
  get id(): number {
    return this.#child.pid;
  }

  /** All that it has written so far. */
  get output(): string {
    return this.#text.stdout + this.#text.stderr;
  }

  /** The lines that it has written so far, of both streams. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  /** The first line that matches, written already or still to come. Rejects when the child ends without it. */
  line(pattern: RegExp): Promise<string> {
    const found = this.#lines.find((line) => pattern.test(line));
    if (found !== undefined) return Promise.resolve(found);
    if (this.#over) return Promise.reject(this.#missing(pattern));
    return new Promise((resolve, reject) => this.#waiters.add({ pattern, resolve, reject }));
  }

  /** Sends a signal; does nothing when it has ended. */
  kill(signal: Deno.Signal = "SIGTERM"): void {
    if (!this.#over) this.#child.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill("SIGKILL");
    await this.exited.catch(() => {}); // A missed deadline was the test's to notice.
  }

  async #finish(): Promise<Exit> {
    const [{ code }] = await Promise.all([
      this.#child.status.finally(() => this.#over = true),
      this.#collect("stdout"),
      this.#collect("stderr"),
    ]);
    for (const { pattern, reject } of this.#waiters) reject(this.#missing(pattern));
    if (this.#late) throw new Error(`${this.#name} did not end in time, and wrote:\n${this.output}`);
    return { code, ...this.#text };
  }

  async #collect(name: "stdout" | "stderr"): Promise<void> {
    let rest = "";
    for await (const text of this.#child[name].pipeThrough(new TextDecoderStream())) {
      this.#text[name] += text;
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      lines.forEach((line) => this.#tell(line));
    }
    if (rest !== "") this.#tell(rest);
  }

  #tell(line: string): void {
    this.#lines.push(line);
    for (const waiter of this.#waiters) {
      if (!waiter.pattern.test(line)) continue;
      this.#waiters.delete(waiter);
      waiter.resolve(line);
    }
  }

  #missing(pattern: RegExp): Error {
    return new Error(`${this.#name} ended without a line like ${pattern}, and wrote:\n${this.output}`);
  }
}

/** Runs a child to its end. Rejects when its deadline passed. */
export async function run(command: string, args: readonly string[], options: ProcessOptions = {}): Promise<Exit> {
  await using child = new Process(command, args, options);
  return await child.exited;
}

/** A port of 127.0.0.1 that nobody listens on. */
export function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/**
 * Waits until a child that cannot choose its port, and says nothing when it is ready, accepts connections. Rejects when
 * it ends before.
 */
export async function acceptsConnections(child: Process, port: number): Promise<void> {
  let ended = false;
  const end = child.exited.then(() => ended = true, () => ended = true);
  for (;;) {
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port })).close();
      return;
    } catch (error) {
      if (!(error instanceof Deno.errors.ConnectionRefused)) throw error;
    }
    let timer: ReturnType<typeof setTimeout> | undefined;
    await Promise.race([end, new Promise((resolve) => timer = setTimeout(resolve, 10))]);
    clearTimeout(timer);
    if (ended) throw new Error(`The process ended before it listened on port ${port}, and wrote:\n${child.output}`);
  }
}
