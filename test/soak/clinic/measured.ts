/**
 * How long requests took, by their kind, and how much memory a process had meanwhile.
 *
 * @module
 */

import { run } from "../../support/process.ts";

/** Times of requests of a kind, in milliseconds. */
export interface Times {
  readonly kind: string;
  readonly count: number;
  readonly median: number;
  /** 99 of 100 were no longer. */
  readonly most: number;
  readonly longest: number;
}

/** Takes the time of requests. */
export class Stopwatch {
  readonly #times = new Map<string, number[]>();
  #failures: string[] = [];

  /** Does what is asked for, and takes its time. What fails is remembered, and gives undefined. */
  async time<T>(kind: string, request: () => Promise<T>): Promise<T | undefined> {
    const began = performance.now();
    try {
      return await request();
    } catch (error) {
      this.#failures.push(`${kind}: ${error instanceof Error ? error.message : error}`);
      return undefined;
    } finally {
      const times = this.#times.get(kind) ?? [];
      times.push(performance.now() - began);
      this.#times.set(kind, times);
    }
  }

  /** What failed, in words. */
  get failures(): readonly string[] {
    return this.#failures;
  }

  /** The times, kind by kind. */
  get times(): Times[] {
    return [...this.#times].map(([kind, times]) => {
      const sorted = times.toSorted((one, other) => one - other);
      const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
      return { kind, count: sorted.length, median: at(0.5), most: at(0.99), longest: sorted.at(-1)! };
    });
  }
}

/** Resident memory in bytes at the beginning, in the middle and at the end: each the median of a fifth of all looks. */
export interface Memory {
  readonly first: number;
  readonly middle: number;
  readonly last: number;
}

/** Looks at a process and those that it started every so many milliseconds, until it is disposed of. */
export class MemoryWatch implements AsyncDisposable {
  readonly #found: number[] = [];
  readonly #pid: number;
  readonly #interval: number;
  #watching: Promise<void>;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #goOn: (() => void) | undefined;
  #over = false;

  constructor(pid: number, interval: number) {
    this.#pid = pid;
    this.#interval = interval;
    this.#watching = this.#watch();
  }

  get memory(): Memory {
    const fifth = Math.max(1, Math.floor(this.#found.length / 5));
    const medianOf = (from: number) => {
      const sorted = this.#found.slice(from, from + fifth).toSorted((one, other) => one - other);
      return sorted[sorted.length >> 1] ?? NaN;
    };
    return { first: medianOf(0), middle: medianOf(2 * fifth), last: medianOf(this.#found.length - fifth) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over = true;
    clearTimeout(this.#timer);
    this.#goOn?.();
    await this.#watching;
  }

  async #watch(): Promise<void> {
    while (!this.#over) {
      // Deno itself may read that only with every permission, `sh` without.
      const script = `cat /proc/${this.#pid}/status; for child in $(cat /proc/${this.#pid}/task/*/children); do ` +
        "cat /proc/$child/status; done";
      const { stdout } = await run("sh", ["-c", script]);
      const sizes = Array.from(stdout.matchAll(/^VmRSS:\s+(\d+)/gm), ([, size]) => Number(size) * 1024);
      if (sizes.length > 0) this.#found.push(sizes.reduce((sum, size) => sum + size, 0));
      await new Promise<void>((resolve) => {
        this.#goOn = resolve;
        this.#timer = setTimeout(resolve, this.#interval);
      });
    }
  }
}
