/**
 * One attempt to deliver an instance, or several in one go.
 *
 * @module
 */

import { DeadlineError } from "../../errors.ts";
import type { Job, SentAs } from "../../queue/job.ts";
import { ProgressDeadline } from "../../services/progress_deadline.ts";
import { orAborted } from "./abortable.ts";
import { statusCode } from "../../dimse/statuses.ts";
import type { Delivered, Destination, OutgoingInstance } from "../destinations/destination.ts";
import type { AttemptOutcome } from "./lane_events.ts";
import { DeliveryError } from "../destinations/outcomes.ts";

/** The result of an attempt. */
export interface AttemptResult extends AttemptOutcome {
  /** Bytes of the data set, where it was delivered. */
  readonly bytes: number;
  /** Milliseconds that the destination asks to wait before the next attempt; 0 where it didn't say. */
  readonly retryAfter: number;
  /** Identity of the instance as sent; absent without changes, or if they failed. */
  readonly sentAs?: SentAs | undefined;
}

/** Finds the instance of a job; undefined when the archive no longer has it. Rejects when the instance can't be read. */
export type OpenInstance = (job: Job) => Promise<OutgoingInstance | undefined>;

/** How to deliver. */
export interface AttemptOptions {
  readonly destination: Destination;
  readonly open: OpenInstance;
  /** The longest time without a read byte of the instance and without an answer, in milliseconds. */
  readonly timeout: number;
  /** Ends the attempt. */
  readonly signal: AbortSignal;
}

/**
 * Delivers the instances of jobs, and answers the result of each, in their order. Several jobs need a destination that has
 * `storeAll`. Rejects only with the reason of the signal, once that is aborted.
 */
export async function attempt(
  jobs: readonly Job[],
  { destination, open, timeout, signal }: AttemptOptions,
): Promise<readonly AttemptResult[]> {
  const opened: (AttemptResult | OutgoingInstance)[] = [];
  for (const job of jobs) opened.push(await openOne(job, open, signal));
  const deadline = new ProgressDeadline(timeout, signal);
  const results = opened.map((one) => "class" in one ? one : new WatchedInstance(one, deadline));
  const watched = results.filter((result) => result instanceof WatchedInstance);
  // Of several instances that go together, none stays open before its turn.
  if (watched.length > 1) await Promise.all(watched.map((one) => one.release()));
  const outcomes = await storeAll(destination, watched, deadline).finally(() => deadline.stop());
  await Promise.all(watched.map((one) => one.release()));
  if (outcomes.some(({ status }) => status === "rejected")) signal.throwIfAborted();
  const outcomeOf = new Map(watched.map((one, index) => [one, outcomes[index]]));
  return results.map((result, index) =>
    result instanceof WatchedInstance
      ? { ...result.after(outcomeOf.get(result)), ...sentAs(jobs[index]!, result) }
      : result
  );
}

/** The identity by which the destination knows the instance: changes may have given it other UIDs. */
function sentAs({ recipe }: Job, { instance }: WatchedInstance): Pick<AttemptResult, "sentAs"> {
  const { sopInstanceUid, studyInstanceUid } = instance;
  return recipe === "" ? {} : { sentAs: { sopInstanceUid, studyInstanceUid } };
}

async function openOne(
  job: Job,
  open: OpenInstance,
  signal: AbortSignal,
): Promise<OutgoingInstance | AttemptResult> {
  try {
    return await open(job) ??
      unsuccessful("gone", "Cannot send: the archive does not have the instance any more");
  } catch (error) {
    signal.throwIfAborted();
    return unreadable(error);
  }
}

type StoreOutcome = PromiseSettledResult<Delivered | void>;

async function storeAll(
  destination: Destination,
  watched: readonly WatchedInstance[],
  deadline: ProgressDeadline,
): Promise<readonly StoreOutcome[]> {
  const outcomes = new Map<WatchedInstance, StoreOutcome>();
  for (const some of withoutTwins(watched)) {
    for (const [index, outcome] of (await storeTogether(destination, some, deadline)).entries()) {
      outcomes.set(some[index]!, outcome);
    }
  }
  return watched.map((one) => outcomes.get(one) ?? { status: "rejected", reason: undefined });
}

/** Changes may have given several instances the same UID. Their outcomes would look the same, so they go one after the other. */
function withoutTwins(watched: readonly WatchedInstance[]): readonly (readonly WatchedInstance[])[] {
  const rounds: { readonly uids: Set<string>; readonly some: WatchedInstance[] }[] = [];
  for (const one of watched) {
    const { sopInstanceUid } = one.instance;
    let round = rounds.find(({ uids }) => !uids.has(sopInstanceUid));
    if (round === undefined) rounds.push(round = { uids: new Set(), some: [] });
    round.uids.add(sopInstanceUid);
    round.some.push(one);
  }
  return rounds.map(({ some }) => some);
}

async function storeTogether(
  destination: Destination,
  watched: readonly WatchedInstance[],
  deadline: ProgressDeadline,
): Promise<readonly StoreOutcome[]> {
  const instances = watched.map(({ instance }) => instance);
  const { signal } = deadline;
  const [first] = instances;
  if (first === undefined) return [];
  deadline.extend();
  try {
    if (destination.storeAll !== undefined && instances.length > 1) {
      return await orAborted(destination.storeAll(instances, { signal }), signal);
    }
    return [{ status: "fulfilled", value: await orAborted(destination.store(first, { signal }), signal) }];
  } catch (reason) {
    return instances.map(() => ({ status: "rejected", reason }));
  }
}

/** An instance whose bytes extend a deadline as they are read; remembers when they can't be. */
class WatchedInstance {
  readonly instance: OutgoingInstance;
  #failure: unknown;
  /** Bytes that were read of it, the last time. */
  #length = 0;

  constructor(instance: OutgoingInstance, deadline: ProgressDeadline) {
    this.instance = { ...instance, stream: () => this.#watch(instance.stream(), deadline) };
  }

  /** Closes what is open of the instance. Never rejects: the rest of its bytes no longer matters. */
  async release(): Promise<void> {
    await this.instance.release?.().catch(() => {});
  }

  /** The result for this instance. */
  after(outcome: StoreOutcome | undefined): AttemptResult {
    if (outcome?.status === "fulfilled") {
      return { ...successful(outcome.value ?? {}), bytes: this.instance.length ?? this.#length };
    }
    if (this.#failure !== undefined) return unreadable(this.#failure);
    return failureOf(
      outcome?.reason ?? new Error("Cannot send: the answer of the destination does not mention the instance"),
    );
  }

  #watch(stream: ReadableStream<Uint8Array>, deadline: ProgressDeadline): ReadableStream<Uint8Array> {
    const reader = stream.getReader();
    this.#length = 0;
    return new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        try {
          const { value, done } = await reader.read();
          deadline.extend();
          this.#length += value?.length ?? 0;
          if (done) controller.close();
          else controller.enqueue(value);
        } catch (error) {
          this.#failure = error;
          throw error;
        }
      },
      cancel: (reason) => reader.cancel(reason),
    }, { highWaterMark: 0 });
  }
}

/** The result where the archive can't read the instance, or can't change it as its recipe says. */
function unreadable(error: unknown): AttemptResult {
  return error instanceof DeliveryError ? failureOf(error) : unsuccessful("unreadable", messageOf(error));
}

function successful(
  { warning, status = warning === undefined ? "" : statusCode(warning), duplicate = false }: Delivered,
): Omit<AttemptResult, "bytes"> {
  return { class: duplicate ? "duplicate" : "delivered", status, error: "", retryAfter: 0 };
}

function unsuccessful(outcome: AttemptOutcome["class"], error: string): AttemptResult {
  return { class: outcome, status: "", error, retryAfter: 0, bytes: 0 };
}

function failureOf(error: unknown): AttemptResult {
  if (error instanceof DeliveryError) {
    const { class: outcome, status, retryAfter = 0, message } = error;
    return { class: outcome, status, retryAfter, error: message, bytes: 0 };
  }
  return unsuccessful(error instanceof DeadlineError ? "interrupted" : "failed", messageOf(error));
}

/** Longest text of an error that is remembered, in characters. */
const LONGEST_ERROR = 500;

function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.length > LONGEST_ERROR ? `${message.slice(0, LONGEST_ERROR)}…` : message;
}
