/**
 * Asks a peer for storage commitment of several instances at a time.
 *
 * @module
 */

import type { CommitmentReport, ReferencedInstance } from "../services/storage_commitment.ts";
import { describeFailureReason } from "../services/storage_commitment.ts";

/** How the gateway asks the peer. */
export interface CommitmentBatchesOptions {
  /** Asks the peer, and resolves with its report. */
  readonly commit: (
    instances: readonly ReferencedInstance[],
    options: { readonly signal: AbortSignal },
  ) => Promise<CommitmentReport>;
  /** Longest wait for a report, in milliseconds. */
  readonly within: number;
  /** Most instances in a request. */
  readonly maximum: number;
}

/** How long instances are collected for one request, in milliseconds. */
const COLLECTED_FOR = 50;

/** Most requests that are under way at the same time. */
const AT_ONCE = 4;

interface Asked {
  readonly instance: ReferencedInstance;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

/** Puts all instances that come within a moment into one request. Disposing of it gives up. */
export class CommitmentBatches implements AsyncDisposable {
  readonly #options: CommitmentBatchesOptions;
  readonly #abort = new AbortController();
  readonly #under = new Set<Promise<void>>();
  #waiting: Asked[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Sends no request yet. */
  constructor(options: CommitmentBatchesOptions) {
    this.#options = options;
  }

  /** Resolves once the peer commits to the instance. Rejects when the peer refuses, cannot be reached, or takes too long. */
  confirm(instance: ReferencedInstance): Promise<void> {
    if (this.#abort.signal.aborted) return Promise.reject(this.#abort.signal.reason);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ instance, resolve, reject });
      this.#later();
    });
  }

  /** Gives up. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#timer);
    this.#abort.abort(new DOMException("The gateway ends", "AbortError"));
    for (const { reject } of this.#waiting.splice(0)) reject(this.#abort.signal.reason);
    await Promise.all(this.#under);
  }

  #later(): void {
    if (this.#waiting.length === 0 || this.#under.size >= AT_ONCE) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const request = this.#ask(this.#waiting.splice(0, this.#options.maximum)).finally(() => {
        this.#under.delete(request);
        this.#later();
      });
      this.#under.add(request);
      this.#later();
    }, COLLECTED_FOR);
  }

  async #ask(asked: readonly Asked[]): Promise<void> {
    const { commit, within } = this.#options;
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(new Error(`Cannot commit: no report within ${within} ms`)), within);
    try {
      // A request names an instance once, however many callers wait for it.
      const instances = new Map(asked.map(({ instance }) => [instance.sopInstanceUid, instance]));
      const signal = AbortSignal.any([late.signal, this.#abort.signal]);
      const { committed, failed } = await commit([...instances.values()], { signal });
      const uids = new Set(committed.map(({ sopInstanceUid }) => sopInstanceUid));
      const reasons = new Map(failed.map(({ sopInstanceUid, reason }) => [sopInstanceUid, reason]));
      for (const { instance: { sopInstanceUid: uid }, resolve, reject } of asked) {
        const reason = reasons.get(uid);
        if (uids.has(uid) && reason === undefined) resolve();
        else {reject(
            new Error(`Cannot commit: ${reason === undefined ? "the report lacks it" : describeFailureReason(reason)}`),
          );}
      }
    } catch (error) {
      for (const { reject } of asked) reject(error);
    } finally {
      clearTimeout(timer);
    }
  }
}
