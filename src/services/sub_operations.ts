/**
 * The sub-operations of a C-GET or C-MOVE: how many there are, how they went, and when the peer hears of it.
 *
 * @module
 */

import type { HeldInstance } from "../query/instance_source.ts";
import { Timer } from "../upper_layer/timeouts.ts";

/** How a sub-operation went. */
export type SubOperationOutcome = "completed" | "warning" | "failed";

/** Sends one instance. */
export type SendInstance = (
  instance: HeldInstance,
  /** To be called once the stream of the instance is open, so that the next can be taken meanwhile. */
  opened: () => void,
) => Promise<SubOperationOutcome>;

/** What to do, and how. */
export interface SubOperationsOptions {
  /** What to send. */
  readonly instances: AsyncIterable<HeldInstance>;
  /** How many these are. More or fewer may come. */
  readonly total: number;
  /** What it throws ends everything. */
  readonly send: SendInstance;
  /** Most sub-operations at the same time. */
  readonly parallel: number;
  /** Longest time between two reports, in milliseconds. */
  readonly interval: number;
  /** Begins no more of them, and ends the instances. */
  readonly signal: AbortSignal;
}

/** How far it has come. The counts add up to what there is to do. */
export interface SubOperationsReport {
  readonly remaining: number;
  readonly completed: number;
  readonly warning: number;
  readonly failed: number;
}

/** Sub-operations that are being done. */
export class SubOperations {
  /** SOP Instance UIDs of those that failed. */
  readonly failed: string[] = [];
  readonly #options: SubOperationsOptions;
  readonly #iterator: AsyncIterator<HeldInstance>;
  readonly #counts = { completed: 0, warning: 0, failed: 0 };
  /** How many were done when the last report was made. */
  #reported = 0;
  /** The last sub-operation that takes an instance; the next waits for it. */
  #taking: Promise<unknown> = Promise.resolve();
  #stopped = false;
  #exhausted = false;
  #sourceError: unknown;
  #wake: () => void = () => {};

  constructor(options: SubOperationsOptions) {
    this.#options = options;
    this.#iterator = options.instances[Symbol.asyncIterator]();
  }

  /** What the source threw, if it did. */
  get sourceError(): unknown {
    return this.#sourceError;
  }

  /** The counts as they are. What the source owes when it has failed counts as failed. */
  get report(): SubOperationsReport {
    const { completed, warning, failed } = this.#counts;
    const owed = Math.max(0, this.#options.total - this.#done);
    if (this.#sourceError !== undefined) return { remaining: 0, completed, warning, failed: failed + owed };
    return { remaining: this.#exhausted ? 0 : owed, completed, warning, failed };
  }

  get #done(): number {
    const { completed, warning, failed } = this.#counts;
    return completed + warning + failed;
  }

  /**
   * Does them all, and gives a report each time that one is due: after each hundredth of them, and after each interval. A caller
   * that leaves off early begins no more, and waits for those that are under way.
   */
  async *run(): AsyncGenerator<SubOperationsReport, void, void> {
    const { parallel, interval, signal } = this.#options;
    const timer = new Timer();
    let [due, ended] = [false, false];
    const working = Promise.all(Array.from({ length: parallel }, () => this.#work())).finally(() => {
      ended = true;
      this.#wake();
    });
    working.catch(() => {}); // It is awaited below.
    try {
      while (!ended) {
        timer.start(interval, () => {
          due = true;
          this.#wake();
        });
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
          if (ended || (this.#isStepDue() && !signal.aborted)) resolve();
        });
        if (ended || signal.aborted || !(due || this.#isStepDue())) continue;
        due = false;
        this.#reported = this.#done;
        yield this.report;
      }
    } finally {
      timer.stop();
      this.#stopped = true;
      await working.finally(() => this.#iterator.return?.());
    }
  }

  #isStepDue(): boolean {
    const { total } = this.#options;
    return this.#done < total && this.#done - this.#reported >= Math.max(1, Math.ceil(total / 100));
  }

  /** Sends one instance after the other. */
  async #work(): Promise<void> {
    try {
      while (await this.#sendNext());
    } catch (error) {
      this.#stopped = true;
      throw error;
    }
  }

  async #sendNext(): Promise<boolean> {
    const before = this.#taking;
    let release!: () => void;
    this.#taking = new Promise<void>((resolve) => release = resolve);
    await before;
    try {
      const instance = await this.#take();
      if (instance === undefined) return false;
      const outcome = await this.#options.send(instance, release);
      if (outcome === "failed") this.failed.push(instance.sopInstanceUid);
      this.#counts[outcome]++;
      if (this.#isStepDue()) this.#wake();
      return true;
    } finally {
      release();
    }
  }

  async #take(): Promise<HeldInstance | undefined> {
    const { signal } = this.#options;
    if (this.#stopped || this.#exhausted || signal.aborted) return undefined;
    try {
      const next = await this.#iterator.next();
      if (next.done !== true) return next.value;
      this.#exhausted = true;
    } catch (error) {
      if (!signal.aborted) this.#sourceError = error;
      this.#stopped = true;
    }
    return undefined;
  }
}
