/**
 * One process of codecs, seen from the pool.
 *
 * @module
 */

import type { CodecTask } from "../codec_task.ts";
import { PixelDataError } from "../pixel_data_error.ts";
import { MessageReader, type Pipe, writeMessage } from "./messages.ts";
import type { NumberedTask, TaskAnswer } from "./serve_tasks.ts";

/** A child process: the pipe leads to its standard input and output. */
export interface ChildProcess extends Pipe {
  /** Ends its input: it ends by itself. */
  close(): void;
  /** Ends it at once. */
  kill(): void;
  /** Resolves when it has ended. Never rejects. */
  readonly ended: Promise<void>;
}

/** Starts a process that calls `serveTasks()`. Throws where that can't be done. */
export type StartChildProcess = () => ChildProcess;

/** Milliseconds that a process has to start, and to end by itself. */
const START = 60_000;
const END = 1_000;

/** A process that does one task at a time. */
export class CodecProcess {
  readonly #child: ChildProcess;
  readonly #messages: MessageReader;
  #ready: Promise<void> | undefined;
  #isUsable = true;
  /** How many tasks it has got. */
  #tasks = 0;

  /** Starts the process. Throws `PixelDataError` where that can't be done. */
  constructor(start: StartChildProcess) {
    try {
      this.#child = start();
    } catch (error) {
      const message = `Cannot start a process for codecs: ${(error as Error).message}`;
      throw new PixelDataError(message, { reason: "unavailable", cause: error });
    }
    this.#messages = new MessageReader(this.#child);
    void this.#child.ended.then(() => this.#isUsable = false);
  }

  /** Whether it can do another task. */
  get isUsable(): boolean {
    return this.#isUsable;
  }

  /** Does a task. Rejects with `PixelDataError`; where the process is to blame, it has been ended. */
  async run(task: CodecTask, bytes: Uint8Array, deadline: number): Promise<Uint8Array> {
    await (this.#ready ??= this.#within(START, "start", async () => void await this.#answer("start", 0)));
    const what = task.operation === "decode" ? "decode" : "encode";
    return await this.#within(deadline, what, async () => {
      // It answers when it has all; what can't be written any more is seen in the answer.
      const number = ++this.#tasks;
      const written = writeMessage(this.#child, { number, task } satisfies NumberedTask, bytes);
      written.catch(() => {});
      return await this.#answer(what, number);
    });
  }

  async #answer(what: string, number: number): Promise<Uint8Array> {
    const message = await this.#messages.next().catch((error) => {
      throw ended(what, "crashed", "the process of its codec wrote no message", error);
    });
    if (message === undefined) throw ended(what, "crashed", "the process of its codec ended");
    const answer = message.head as TaskAnswer;
    if (answer.number !== number) throw ended(what, "crashed", "the process of its codec answered something else");
    if (answer.outcome === "done") return message.body;
    throw new PixelDataError(answer.message, { reason: answer.reason });
  }

  async #within<Result>(deadline: number, what: string, work: () => Promise<Result>): Promise<Result> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        this.#kill();
        reject(ended(what, "deadline", `its codec took longer than ${deadline} ms`));
      }, deadline);
    });
    const working = work();
    working.catch(() => {});
    try {
      return await Promise.race([working, late]);
    } catch (error) {
      // What it said itself about a frame leaves it as it was.
      if (!(error instanceof PixelDataError) || ["deadline", "crashed"].includes(error.reason)) this.#kill();
      if (error instanceof PixelDataError) throw error;
      throw ended(what, "crashed", (error as Error).message, error);
    } finally {
      clearTimeout(timer);
    }
  }

  #kill(): void {
    if (!this.#isUsable) return;
    this.#isUsable = false;
    this.#child.kill();
  }

  /** Ends it, and resolves when it has ended. */
  async end(): Promise<void> {
    this.#isUsable = false;
    const { ended } = this.#child;
    this.#child.close();
    const timer = setTimeout(() => this.#child.kill(), END);
    await ended;
    clearTimeout(timer);
  }
}

function ended(what: string, reason: "crashed" | "deadline", why: string, cause?: unknown): PixelDataError {
  return new PixelDataError(`Cannot ${what} a frame: ${why}`, { reason, cause });
}
