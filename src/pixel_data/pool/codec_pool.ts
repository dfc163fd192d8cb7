/**
 * A small pool of processes for codecs, each with no permission to do anything else.
 *
 * @module
 */

import type { CodecTask, TaskRunner } from "../codec_task.ts";
import { PixelDataError } from "../pixel_data_error.ts";
import { CodecProcess, type StartChildProcess } from "./codec_process.ts";

/** How many processes, and for how long. */
export interface CodecPoolOptions {
  /** Most processes at a time; as many as there are cores. They are started when there is work for them. */
  readonly size?: number;
  /** Milliseconds that a task may take before its process is ended; 30,000. */
  readonly deadline?: number;
  /** Milliseconds after which a process without work is ended; 10,000. */
  readonly idle?: number;
  /** Most tasks that wait for a process, each with its frame in memory; 1,024. More are rejected. */
  readonly maxWaiting?: number;
}

/** A task that waits for a process. */
interface Waiting {
  begin(process: CodecProcess): void;
  fail(error: unknown): void;
}

/**
 * Does tasks in processes that `start` starts. One that hangs is ended at the deadline, and one that ends costs only the task
 * that it had. Disposing of it rejects tasks that wait, and ends all processes.
 */
export class CodecPool implements TaskRunner {
  readonly parallel: number;
  readonly #start: StartChildProcess;
  readonly #deadline: number;
  readonly #idle: number;
  readonly #maxWaiting: number;
  readonly #processes = new Set<CodecProcess>();
  /** Those without work, the last used at the end, with the timers that end them. */
  readonly #resting = new Map<CodecProcess, ReturnType<typeof setTimeout>>();
  readonly #waiting = new Set<Waiting>();
  readonly #ending = new Set<Promise<void>>();
  #disposed = false;

  /** A pool without processes as yet. */
  constructor(start: StartChildProcess, options: CodecPoolOptions = {}) {
    this.#start = start;
    this.parallel = Math.max(1, options.size ?? globalThis.navigator?.hardwareConcurrency ?? 2);
    this.#deadline = options.deadline ?? 30_000;
    this.#idle = options.idle ?? 10_000;
    this.#maxWaiting = options.maxWaiting ?? 1024;
  }

  /** How many processes run. */
  get size(): number {
    return this.#processes.size;
  }

  /**
   * Does a task as soon as a process is free. An abort rejects; what was begun goes on, within the deadline. Rejects with a
   * `PixelDataError` as the task does, and where too many wait (`busy`).
   */
  async run(task: CodecTask, bytes: Uint8Array, signal?: AbortSignal): Promise<Uint8Array> {
    signal?.throwIfAborted();
    if (this.#disposed) throw closed();
    const process = this.#take() ?? await this.#wait(signal);
    const working = process.run(task, bytes, this.#deadline).finally(() => this.#release(process));
    if (signal === undefined) return await working;
    working.catch(() => {});
    return await untilAborted(working, signal);
  }

  /** Rejects what waits, ends all processes. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    for (const waiting of this.#waiting) waiting.fail(closed());
    this.#waiting.clear();
    for (const timer of this.#resting.values()) clearTimeout(timer);
    this.#resting.clear();
    for (const process of this.#processes) this.#end(process);
    await Promise.all(this.#ending);
  }

  /** A process without work, or a new one. */
  #take(): CodecProcess | undefined {
    const [process, timer] = [...this.#resting].at(-1) ?? [];
    if (process !== undefined) {
      clearTimeout(timer);
      this.#resting.delete(process);
      if (process.isUsable) return process;
      this.#end(process);
      return this.#take();
    }
    if (this.#processes.size >= this.parallel) return undefined;
    const started = new CodecProcess(this.#start);
    this.#processes.add(started);
    return started;
  }

  #wait(signal: AbortSignal | undefined): Promise<CodecProcess> {
    if (this.#waiting.size >= this.#maxWaiting) return Promise.reject(busy(this.#maxWaiting));
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#waiting.delete(waiting);
        signal?.removeEventListener("abort", abort);
      };
      const waiting: Waiting = {
        begin(process) {
          leave();
          resolve(process);
        },
        fail(error) {
          leave();
          reject(error as Error);
        },
      };
      const abort = () => waiting.fail(signal!.reason);
      signal?.addEventListener("abort", abort);
      this.#waiting.add(waiting);
    });
  }

  /** Gives a process that has done its task the next one. */
  #release(process: CodecProcess): void {
    if (!process.isUsable || this.#disposed) this.#end(process);
    const free = this.#processes.has(process) ? process : undefined;
    for (const next of this.#waiting) {
      try {
        return next.begin(free ?? this.#take()!);
      } catch (error) {
        next.fail(error);
      }
    }
    if (free !== undefined) this.#rest(free);
  }

  #rest(process: CodecProcess): void {
    const end = () => {
      this.#resting.delete(process);
      this.#end(process);
    };
    this.#resting.set(process, setTimeout(end, this.#idle));
  }

  #end(process: CodecProcess): void {
    if (!this.#processes.delete(process)) return;
    const ending: Promise<void> = process.end().finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
  }
}

function closed(): PixelDataError {
  return new PixelDataError("Cannot work on a frame: its codecs are closed", { reason: "unavailable" });
}

function busy(maximum: number): PixelDataError {
  return new PixelDataError(`Cannot work on a frame: ${maximum} others wait for a process`, { reason: "busy" });
}

async function untilAborted<Result>(working: Promise<Result>, signal: AbortSignal): Promise<Result> {
  let abort!: () => void;
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason as Error);
    signal.addEventListener("abort", abort);
  });
  try {
    return await Promise.race([working, aborted]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
