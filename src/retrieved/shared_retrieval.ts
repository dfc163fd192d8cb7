/**
 * One retrieval that many readers share: all of them get what came already, while the rest still arrives.
 *
 * @module
 */

import type { HeldInstance } from "../query/instance_source.ts";
import type { RetrievedFile, RetrievedFiles } from "./retrieved_files.ts";

/** What came: a file, pinned once; or an instance that could not be held, whose stream fails. */
export type Retrieved = RetrievedFile | { readonly failed: HeldInstance };

/** Retrieves instances, one by one. Throws the reason of the signal when no reader is left. */
export type Bring = (give: (retrieved: Retrieved) => void, signal: AbortSignal) => Promise<void>;

/** A reader, and its position. */
interface Reader {
  at: number;
}

/** A retrieval that begins with its first reader, and is given up with its last. */
export class SharedRetrieval {
  readonly #bring: Bring;
  readonly #files: Pick<RetrievedFiles, "pinAgain" | "unpin">;
  readonly #items: Retrieved[] = [];
  readonly #readers = new Set<Reader>();
  readonly #leave = new AbortController();
  readonly #waiting = new Set<() => void>();
  #running: Promise<void> | undefined;
  #ended = false;
  #error: unknown;

  /** Retrieves nothing yet. */
  constructor(bring: Bring, files: Pick<RetrievedFiles, "pinAgain" | "unpin">) {
    this.#bring = bring;
    this.#files = files;
  }

  /** Whether one more reader can get all of it. */
  get isOpen(): boolean {
    return !this.#ended && !this.#leave.signal.aborted &&
      this.#items.every((item) => "failed" in item || !item.isGone);
  }

  /** Resolves when it has ended, successfully or not. */
  get ended(): Promise<void> {
    return this.#running ?? Promise.resolve();
  }

  /**
   * The instances that came already, and those that still come. Each one stays until the next is requested. Throws the error of
   * the retrieval, after the instances that came before it; and the reason of the signal.
   */
  async *read(signal?: AbortSignal): AsyncGenerator<HeldInstance, void, void> {
    const reader: Reader = { at: 0 };
    const leave = () => this.#end(reader);
    this.#begin(reader);
    signal?.addEventListener("abort", leave);
    try {
      for (;;) {
        signal?.throwIfAborted();
        const item = this.#items[reader.at];
        if (item !== undefined) {
          yield "failed" in item ? item.failed : item.held;
          signal?.throwIfAborted();
          reader.at++;
          this.#unpin(item);
        } else if (this.#ended) {
          if (this.#error !== undefined) throw this.#error;
          return;
        } else await this.#more(signal);
      }
    } finally {
      signal?.removeEventListener("abort", leave);
      this.#end(reader);
    }
  }

  /** Ends it for all. */
  abort(reason: unknown): void {
    this.#leave.abort(reason);
  }

  #begin(reader: Reader): void {
    this.#readers.add(reader);
    for (const item of this.#items) if (!("failed" in item)) this.#files.pinAgain(item);
    this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    try {
      await this.#bring((item) => this.#give(item), this.#leave.signal);
    } catch (error) {
      this.#error = error;
    }
    this.#ended = true;
    this.#wake();
  }

  /** Each reader has a pin of its own. */
  #give(item: Retrieved): void {
    this.#items.push(item);
    if ("failed" in item) return this.#wake();
    for (let pins = 1; pins < this.#readers.size; pins++) this.#files.pinAgain(item);
    if (this.#readers.size === 0) this.#unpin(item);
    this.#wake();
  }

  /** Ends a reader; ending it again does nothing. */
  #end(reader: Reader): void {
    if (!this.#readers.delete(reader)) return;
    for (const item of this.#items.slice(reader.at)) this.#unpin(item);
    reader.at = Infinity;
    if (this.#readers.size > 0 || this.#ended) return;
    this.#leave.abort(new DOMException("No reader is left for what is retrieved", "AbortError"));
  }

  #unpin(item: Retrieved): void {
    if (!("failed" in item)) this.#files.unpin(item);
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  async #more(signal: AbortSignal | undefined): Promise<void> {
    let wake = () => {};
    await new Promise<void>((resolve) => {
      wake = resolve;
      this.#waiting.add(wake);
      signal?.addEventListener("abort", wake);
    });
    this.#waiting.delete(wake);
    signal?.removeEventListener("abort", wake);
  }
}
