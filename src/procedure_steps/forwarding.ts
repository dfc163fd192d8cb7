/**
 * Forwards performed procedure steps to peers: in order for each step, again and again until a peer has them.
 *
 * @module
 */

import type { DataSet } from "../dicom/data_set/data_set.ts";
import type { ProcedureSteps } from "./procedure_steps.ts";
import { dataSetOfOperation, type ForwardDocument, type StepDocument } from "./step_document.ts";

/** An operation that is sent to a peer. */
export interface ForwardedOperation {
  /** The service. */
  readonly service: "N-CREATE" | "N-SET";
  /** The step. */
  readonly sopInstanceUid: string;
  /** Its data set. */
  readonly dataSet: DataSet;
  /** How often it was tried before: the peer may have it, and its answer was lost. */
  readonly attempts: number;
}

/** How a peer took an operation: it has it, refused it for now, or for good. */
export type ForwardOutcome =
  | { readonly outcome: "taken" }
  | { readonly outcome: "refused" | "refused-for-good"; readonly problem: string };

/** How steps are forwarded. */
export interface ForwardingOptions {
  /** Names of the peers. */
  readonly peers: readonly string[];
  /** The steps. */
  readonly steps: Pick<ProcedureSteps, "documents" | "settled">;
  /** Sends an operation to a peer. Throws when the peer can't be reached, or answers nothing. */
  readonly send: (peer: string, operation: ForwardedOperation, signal: AbortSignal) => Promise<ForwardOutcome>;
  /** Receives the steps that are given up, and the peers that can't be reached: each once. */
  readonly onError: (error: Error) => void;
  /** Milliseconds since the epoch. Default: `Date.now`. */
  readonly now?: () => number;
}

/** How long to wait after each failure, in milliseconds; after the last of them always that long. */
export const FORWARD_DELAYS: readonly number[] = [10, 30, 60, 300, 900, 3600, 7200, 14_400].map((s) => s * 1000);

/** How long an operation is tried, in milliseconds, before the step is given up for the peer. */
export const FORWARDED_FOR: number = 3 * 24 * 60 * 60 * 1000;

/** Sends what waits, to each peer over a lane of its own. Disposing of it ends that; what waits stays kept. */
export class Forwarding implements AsyncDisposable {
  readonly #lanes: readonly Lane[];

  /** Sends nothing before `add()`. */
  constructor(options: ForwardingOptions) {
    this.#lanes = options.peers.map((peer) => new Lane(peer, { now: Date.now, ...options }));
  }

  /** How many steps wait, by the names of peers. */
  get waiting(): ReadonlyMap<string, number> {
    return new Map(this.#lanes.map(({ peer, size }) => [peer, size]));
  }

  /** Peers that could not be reached, or refused what was sent, when they were tried last. */
  get failing(): readonly string[] {
    return this.#lanes.filter(({ isFailing }) => isFailing).map(({ peer }) => peer);
  }

  /** There is something to send of a step. */
  add(sopInstanceUid: string): void {
    for (const lane of this.#lanes) lane.add(sopInstanceUid);
  }

  /** Ends the work in progress. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#lanes.map((lane) => lane.stop()));
  }
}

class Lane {
  readonly peer: string;
  readonly #options: Required<ForwardingOptions>;
  /** By SOP Instance UID: when each step may be tried, in the order in which they came. */
  readonly #queue = new Map<string, number>();
  readonly #end = new AbortController();
  /** Not before then is anything tried: the peer could not be reached. */
  #pausedUntil = 0;
  #failures = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running: Promise<void> | undefined;
  /** Whether an operation came while the lane was looking for the next one. */
  #isToLookAgain = false;

  constructor(peer: string, options: Required<ForwardingOptions>) {
    this.peer = peer;
    this.#options = options;
  }

  get size(): number {
    return this.#queue.size;
  }

  get isFailing(): boolean {
    return this.#failures > 0;
  }

  add(uid: string): void {
    if (!this.#queue.has(uid)) this.#queue.set(uid, 0);
    this.#wake();
  }

  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    this.#end.abort(new DOMException("The forwarding was ended", "AbortError"));
    await this.#running;
  }

  #wake(): void {
    if (this.#end.signal.aborted) return;
    this.#isToLookAgain = true;
    this.#running ??= this.#run().catch((error) => {
      // The stored steps can't be read or written.
      this.#pausedUntil = this.#options.now() + FORWARD_DELAYS[0]!;
      this.#options.onError(error);
    }).finally(() => {
      this.#running = undefined;
      this.#sleep();
    });
  }

  async #run(): Promise<void> {
    while (this.#isToLookAgain) {
      this.#isToLookAgain = false;
      for (let uid = this.#due(); uid !== undefined && !this.#end.signal.aborted; uid = this.#due()) {
        await this.#forward(uid);
      }
    }
  }

  /** The first step that may be tried now. */
  #due(): string | undefined {
    const now = this.#options.now();
    if (now < this.#pausedUntil) return undefined;
    for (const [uid, notBefore] of this.#queue) if (notBefore <= now) return uid;
    return undefined;
  }

  /** Wakes up when the next step may be tried. */
  #sleep(): void {
    clearTimeout(this.#timer);
    if (this.#queue.size === 0 || this.#end.signal.aborted) return;
    const next = [...this.#queue.values()].reduce((first, time) => Math.min(first, time), Infinity);
    const wait = Math.max(next, this.#pausedUntil) - this.#options.now();
    this.#timer = setTimeout(() => this.#wake(), Math.min(Math.max(wait, 1), LONGEST_SLEEP));
  }

  /** Sends what the peer hasn't got of a step, up to the first failure. */
  async #forward(uid: string): Promise<void> {
    const { steps, send, now } = this.#options;
    const document = await steps.documents.get(uid);
    const forward = document?.forwards[this.peer];
    const operation = document?.waiting.find(({ number }) => number === forward?.sent);
    if (forward === undefined || operation === undefined || forward.failedAt !== undefined) {
      this.#queue.delete(uid);
      await steps.settled(uid);
      return;
    }
    if ((forward.notBefore ?? 0) > now()) return void this.#queue.set(uid, forward.notBefore!);
    const { service } = operation;
    const { attempts } = forward;
    let result: ForwardOutcome;
    let isReached = true;
    try {
      const sent = { service, sopInstanceUid: uid, dataSet: dataSetOfOperation(operation), attempts };
      result = await send(this.peer, sent, this.#end.signal);
    } catch (error) {
      if (this.#end.signal.aborted) return;
      isReached = false;
      result = { outcome: "refused", problem: error instanceof Error ? error.message : String(error) };
    }
    if (result.outcome === "taken") {
      this.#failures = 0;
      await this.#update(uid, { sent: forward.sent + 1, attempts: 0 });
      return;
    }
    await this.#failed(uid, forward, result, isReached);
  }

  async #failed(
    uid: string,
    { sent, attempts, since = this.#options.now() }: ForwardDocument,
    { outcome, problem: error }: Exclude<ForwardOutcome, { outcome: "taken" }>,
    isReached: boolean,
  ): Promise<void> {
    const { now, onError } = this.#options;
    const time = now();
    this.#failures++;
    if (outcome === "refused-for-good" || time - since >= FORWARDED_FOR) {
      onError(
        new Error(`Cannot forward a performed procedure step to ${this.peer}, and gave it up: ${error} (${uid})`),
      );
      await this.#update(uid, { sent, attempts: attempts + 1, since, error, failedAt: time });
      return;
    }
    const delay = delayAfter(isReached ? attempts : this.#failures - 1);
    if (!isReached) this.#pausedUntil = time + delay;
    if (this.#failures === 1) {
      onError(new Error(`Cannot forward performed procedure steps to ${this.peer}, and tries again: ${error}`));
    }
    this.#queue.set(uid, time + delay);
    await this.#update(uid, { sent, attempts: attempts + 1, since, error, notBefore: time + delay });
  }

  /** Keeps how far the peer is, and drops what no peer needs any more. */
  async #update(uid: string, forward: ForwardDocument): Promise<void> {
    await this.#options.steps.documents.update(uid, (document) => {
      if (document === undefined) return undefined;
      const forwards = { ...document.forwards, [this.peer]: forward };
      return { ...document, forwards, waiting: document.waiting.filter(({ number }) => isNeeded(number, forwards)) };
    });
  }
}

/** Longest time of a timer, in milliseconds: the clock may have been set meanwhile. */
const LONGEST_SLEEP = 60 * 60 * 1000;

function delayAfter(failures: number): number {
  return FORWARD_DELAYS[Math.min(failures, FORWARD_DELAYS.length - 1)]!;
}

function isNeeded(number: number, forwards: StepDocument["forwards"]): boolean {
  return Object.values(forwards).some(({ sent, failedAt }) => failedAt === undefined && sent <= number);
}
