/**
 * Requests for storage commitment from the moment they are taken until their report is delivered, across restarts.
 *
 * @module
 */

import { KeyedMutex } from "../scheduling/keyed_mutex.ts";
import { sliceOfTime } from "../scheduling/time_slices.ts";
import type { CommitmentRequest } from "../services/storage_commitment.ts";
import {
  type Commitment,
  type CommitmentEvent,
  COMMITTED,
  type InstanceResult,
  newCommitment,
  splitResults,
  UNCHECKED,
} from "./commitment.ts";
import { CommitmentRecords, fingerprintOf, type RequestedInstance, uniqueInstances } from "./commitment_records.ts";
import type { CommitmentsOptions, Deliver, Requestor } from "./commitments_options.ts";
import { inUse, tooMany } from "./refusals.ts";
import { ResultWaiters } from "./result_waiters.ts";
import { nextAttempt } from "./retry_schedule.ts";

const DEFAULT_MAXIMUM_OPEN = 10_000;
const DAY = 24 * 60 * 60 * 1000;

/** How often requests that are too old are removed, in milliseconds. */
const FORGOTTEN_EVERY = 60 * 60 * 1000;

/** Instances of requests, each of which has one at least, after which room is made at once. */
const MANY_INSTANCES = 1_000;

/** The pause before records that could not be read or written are tried again, in milliseconds. */
const AFTER_TROUBLE = 60_000;

/** A request whose report is not delivered. */
interface Open {
  commitment: Commitment;
  timer?: ReturnType<typeof setTimeout>;
  /** Delivers on the association of the request. */
  deliver?: Deliver | undefined;
}

/** Takes requests, has their instances looked at one after the other, and delivers reports until they arrive. */
export class Commitments implements AsyncDisposable {
  readonly #options: CommitmentsOptions;
  readonly #records: CommitmentRecords;
  readonly #now: () => number;
  readonly #open = new Map<string, Open>();
  /** One change of a request at a time, and one report to an AE title. */
  readonly #transactions = new KeyedMutex();
  readonly #lanes = new KeyedMutex();
  readonly #waiters = new ResultWaiters();
  readonly #end = new AbortController();
  /** Instances are looked at for one request at a time. */
  #checking: Promise<void> = Promise.resolve();
  #forgetting: ReturnType<typeof setInterval> | undefined;
  /** Instances of requests whose results can be fetched, since room was made for them. */
  #settled = 0;

  /** Accepts requests before `start()`, and begins to process them then. */
  constructor(options: CommitmentsOptions) {
    this.#options = options;
    this.#records = new CommitmentRecords(options.documents);
    this.#now = options.now ?? Date.now;
  }

  /** Requests whose report is not delivered, also those that are not tried any more. */
  get open(): readonly Commitment[] {
    return Array.from(this.#open.values(), ({ commitment }) => commitment);
  }

  /** Goes on with what an earlier process has taken. */
  async start(): Promise<void> {
    await this.#records.deleteLost();
    await this.#forget();
    for await (const commitment of this.#records.list()) {
      if (commitment.state === "reported" || this.#open.has(commitment.transactionUid)) continue;
      const open: Open = { commitment };
      this.#open.set(commitment.transactionUid, open);
      this.#goOn(open);
    }
    this.#forgetting = setInterval(() => this.#forget().catch((error) => this.#fail(error)), FORGOTTEN_EVERY);
  }

  /**
   * Takes a request, and resolves once it is durable, with what begins the work. A repeated request is taken again. Throws
   * DimseStatusError for a transaction UID that is in use (0x0115), and when there are too many (0x0213).
   */
  take(
    request: CommitmentRequest & { readonly instances: readonly RequestedInstance[] },
    requestor: Requestor,
  ): Promise<() => void> {
    const { transactionUid, instances } = request;
    const { fetches: fetched = false } = requestor;
    return this.#transactions.run(transactionUid, async () => {
      const unique = await uniqueInstances(instances);
      const fingerprint = await fingerprintOf(unique);
      const known = await this.#records.get(transactionUid);
      const isOther = known !== undefined && (known.aeTitle !== requestor.aeTitle ||
        known.fingerprint !== fingerprint || (known.fetched ?? false) !== fetched);
      if (isOther) throw inUse();
      const open = this.#open.get(transactionUid);
      // A requestor that repeats a request while the report is on its way may offer an association for it.
      if (open !== undefined && open.commitment.state !== "undelivered") {
        open.deliver = requestor.deliver;
        return () => this.#soon(open);
      }
      const { maxOpen = DEFAULT_MAXIMUM_OPEN } = this.#options;
      if (this.open.filter(({ state }) => state !== "undelivered").length >= maxOpen) throw tooMany(maxOpen);
      const commitment = newCommitment(request, requestor, {
        ...{ instances: unique.length, requestedAt: this.#now(), fingerprint },
      });
      const taken: Open = { commitment, deliver: requestor.deliver };
      // Counted before it is durable, or many at once were too many.
      this.#open.set(transactionUid, taken);
      try {
        await this.#records.putInstances(transactionUid, unique);
        await this.#records.put(commitment);
      } catch (error) {
        if (open === undefined) this.#open.delete(transactionUid);
        else this.#open.set(transactionUid, open);
        throw error;
      }
      this.#tell("commitment-requested", commitment);
      return () => this.#goOn(taken);
    });
  }

  /** A request; undefined if none has the UID. */
  get(transactionUid: string): Promise<Commitment | undefined> {
    return this.#records.get(transactionUid);
  }

  /** Resolves when the instances of a request that is fetched were looked at, and at the latest when the signal is aborted. */
  checked(transactionUid: string, signal: AbortSignal): Promise<void> {
    const isOpen = this.#open.get(transactionUid)?.commitment.fetched === true;
    return isOpen ? this.#waiters.wait(transactionUid, signal) : Promise.resolve();
  }

  /** The results of a request's instances; once a peer has its report, only those of instances that failed. */
  instancesOf(transactionUid: string): Promise<readonly InstanceResult[]> {
    return this.#records.instancesOf(transactionUid);
  }

  /** Requests, in the order of their transaction UIDs, after that of `after`. */
  list(after?: string): AsyncGenerator<Commitment, void, void> {
    return this.#records.list(after);
  }

  /** Delivers a report that is waiting now, and again for as long as a new one; false for a request in another state. */
  retry(transactionUid: string): Promise<boolean> {
    return this.#transactions.run(transactionUid, async () => {
      const open = this.#open.get(transactionUid);
      if (open === undefined || open.commitment.state === "checking") return false;
      const again = { attempts: 0, firstAttemptAt: 0, nextAttemptAt: this.#now(), endedAt: 0 };
      // One that came again and could not be kept may have left its list.
      const isChecked = (await this.instancesOf(transactionUid)).every(([, , result]) => result !== UNCHECKED);
      await this.#change(open, { state: isChecked ? "reporting" : "checking", ...again });
      this.#goOn(open);
      return true;
    });
  }

  /** Ends the work in progress; the next process continues it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort(new DOMException("The gateway ends", "AbortError"));
    clearInterval(this.#forgetting);
    for (const { timer } of this.#open.values()) clearTimeout(timer);
    await this.#checking;
    await this.#lanes.idle();
    await this.#transactions.idle();
  }

  #goOn(open: Open): void {
    const { state, nextAttemptAt } = open.commitment;
    clearTimeout(open.timer);
    if (this.#end.signal.aborted) return;
    if (state === "checking") {
      this.#checking = this.#checking.then(() => this.#check(open)).catch((error) => this.#tryLater(open, error));
    } else if (state === "reporting") {
      open.timer = setTimeout(() => this.#report(open), Math.max(0, nextAttemptAt - this.#now()));
    }
  }

  /** Delivers the reports that wait for their next try. */
  #soon(open: Open): void {
    if (open.commitment.state !== "reporting" || this.#end.signal.aborted) return;
    clearTimeout(open.timer);
    open.timer = setTimeout(() => this.#report(open), 0);
  }

  async #check(open: Open): Promise<void> {
    const { signal } = this.#end;
    if (signal.aborted || open.commitment.state !== "checking") return;
    const { transactionUid } = open.commitment;
    const instances: InstanceResult[] = [];
    const pause = sliceOfTime();
    try {
      for (const [sopClassUid, sopInstanceUid, , ...within] of await this.instancesOf(transactionUid)) {
        const result = await this.#options.check({ sopClassUid, sopInstanceUid }, signal, open.commitment);
        signal.throwIfAborted();
        instances.push([sopClassUid, sopInstanceUid, result, ...within]);
        await pause();
      }
    } catch (error) {
      // The next process begins again.
      if (signal.aborted) return;
      throw error;
    }
    await this.#records.putInstances(transactionUid, instances);
    const failed = instances.filter(([, , result]) => result !== COMMITTED).length;
    const now = this.#now();
    if (open.commitment.fetched) return await this.#settleFetched(open, failed);
    await this.#change(open, { state: "reporting", failed, checkedAt: now, nextAttemptAt: now });
    this.#tell("commitment-checked", open.commitment);
    this.#report(open);
  }

  /** Ends a request whose client fetches the result, which is available from now on. */
  async #settleFetched(open: Open, failed: number): Promise<void> {
    const now = this.#now();
    await this.#change(open, { state: "reported", failed, checkedAt: now, endedAt: now });
    this.#open.delete(open.commitment.transactionUid);
    this.#tell("commitment-checked", open.commitment);
    this.#waiters.tell(open.commitment.transactionUid);
    this.#settled += open.commitment.instances;
    if (this.#settled < MANY_INSTANCES) return;
    this.#settled = 0;
    await this.#forget();
  }

  /** Never rejects. */
  #report(open: Open): Promise<void> {
    const { aeTitle, transactionUid } = open.commitment;
    return this.#lanes.run(aeTitle, async () => {
      const { signal } = this.#end;
      if (signal.aborted || open.commitment.state !== "reporting") return;
      try {
        const problem = await this.#tryToDeliver(open);
        if (signal.aborted && problem !== undefined) return;
        await this.#transactions.run(transactionUid, () => this.#settle(open, problem));
      } catch (error) {
        this.#tryLater(open, error);
      }
    });
  }

  /** Resolves with what is in the way, if anything. */
  async #tryToDeliver(open: Open): Promise<string | undefined> {
    const { signal } = this.#end;
    const { transactionUid, aeTitle, calledAeTitle: retrieveAeTitle } = open.commitment;
    const report = { transactionUid, retrieveAeTitle, ...splitResults(await this.instancesOf(transactionUid)) };
    const { deliver } = open;
    open.deliver = undefined;
    if (deliver !== undefined) {
      try {
        return await deliver(report, signal).then(() => undefined);
      } catch {
        if (signal.aborted) return "the gateway ended";
      }
    }
    try {
      await this.#options.deliver(aeTitle, report, signal);
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  async #settle(open: Open, problem: string | undefined): Promise<void> {
    const now = this.#now();
    const { transactionUid, attempts } = open.commitment;
    if (problem === undefined) {
      const instances = await this.instancesOf(transactionUid);
      await this.#change(open, { state: "reported", endedAt: now, problem: "" });
      this.#open.delete(transactionUid);
      await this.#records.putInstances(transactionUid, instances.filter(([, , result]) => result !== COMMITTED));
      this.#tell("commitment-reported", open.commitment);
      return;
    }
    const firstAttemptAt = open.commitment.firstAttemptAt || now;
    const next = nextAttempt(attempts + 1, firstAttemptAt, now);
    const tried = { attempts: attempts + 1, firstAttemptAt, problem };
    if (next === undefined) {
      await this.#change(open, { ...tried, state: "undelivered", nextAttemptAt: 0, endedAt: now });
    } else await this.#change(open, { ...tried, nextAttemptAt: next });
    this.#tell(next === undefined ? "commitment-undelivered" : "commitment-report-failed", open.commitment);
    this.#goOn(open);
  }

  async #change(open: Open, changes: Partial<Commitment>): Promise<void> {
    const commitment = { ...open.commitment, ...changes };
    await this.#records.put(commitment);
    open.commitment = commitment;
  }

  /** Forgets what ended long ago, and the oldest of too many. */
  async #forget(): Promise<void> {
    const { keep = 7 * DAY } = this.#options;
    const pause = sliceOfTime();
    for (const key of await this.#records.ended({ before: this.#now() - keep })) {
      await this.#transactions.run(key, async () => {
        const { endedAt = 0 } = await this.#records.get(key) ?? {};
        if (endedAt === 0) return; // The requestor has asked again.
        this.#open.delete(key);
        await this.#records.delete(key);
      });
      await pause();
    }
  }

  #tell(type: CommitmentEvent["type"], commitment: Commitment): void {
    this.#options.onEvent?.({ type, commitment });
  }

  /** The records can't be read or written at the moment. */
  #tryLater(open: Open, error: unknown): void {
    this.#fail(error);
    if (this.#end.signal.aborted) return;
    clearTimeout(open.timer);
    open.timer = setTimeout(() => this.#goOn(open), AFTER_TROUBLE);
  }

  #fail(error: unknown): void {
    if (!this.#end.signal.aborted) this.#options.onError?.(error);
  }
}
