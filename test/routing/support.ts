/**
 * Lanes to test, in a time that only goes on when a test says so.
 *
 * @module
 */

import type { NewJob } from "../../src/queue/job.ts";
import type { JobQueue } from "../../src/queue/job_queue.ts";
import { createMemoryQueue } from "../../src/queue/memory_queue.ts";
import type { Delivered, Destination, OutgoingInstance } from "../../src/routing/destinations/destination.ts";
import type { LaneSettings } from "../../src/routing/lanes/lane.ts";
import type { LaneEvent } from "../../src/routing/lanes/lane_events.ts";
import { Lanes } from "../../src/routing/lanes/lanes.ts";
import { DeliveryError, type OutcomeClass } from "../../src/routing/destinations/outcomes.ts";
import { newJob, subject } from "../queue/support.ts";
import type { FakeTime } from "../support/fake_time.ts";

/** The moment at which fake time begins. */
export const BEGIN = new Date(2025, 2, 1, 12).getTime();

/** A destination that does as it is told, and remembers what it got. */
export class Scripted implements Destination {
  /** What came, by the last numbers of the UIDs. */
  readonly stored: number[] = [];
  /** When something came, in fake milliseconds. */
  readonly moments: number[] = [];
  probes = 0;
  /** What to answer; a class of failure is thrown. */
  answer: (instance: OutgoingInstance, signal: AbortSignal) => Promise<Delivered> | Delivered = () => ({});
  /** Whether a probe goes well. */
  alive: () => boolean = () => true;
  readonly #time: FakeTime;
  probe: (() => Promise<void>) | undefined = () => {
    this.probes++;
    return this.alive() ? Promise.resolve() : Promise.reject(new Error("Cannot echo: it is down"));
  };

  constructor(time: FakeTime) {
    this.#time = time;
  }

  async store(instance: OutgoingInstance, { signal = new AbortController().signal } = {}): Promise<Delivered> {
    const number = Number(instance.sopInstanceUid.split(".").at(-1));
    this.moments.push(this.#time.now);
    const answer = await this.answer(instance, signal);
    this.stored.push(number);
    return answer;
  }
}

/** Throws a failure of a class. */
export function fail(outcome: OutcomeClass, status = "", retryAfter?: number): never {
  throw new DeliveryError("Cannot send: so it is", { class: outcome as "transient", status, retryAfter });
}

/** Lanes over a queue in memory. */
export interface TestLanes extends AsyncDisposable {
  readonly lanes: Lanes;
  readonly queue: JobQueue;
  readonly events: LaneEvent[];
  readonly now: () => number;
  /** Adds jobs for instances of these numbers. */
  add(numbers: readonly number[], job?: Partial<NewJob>): void;
}

/** Starts lanes for destinations. */
export async function startLanes(
  time: FakeTime,
  destinations: Readonly<Record<string, Destination>>,
  settings: LaneSettings = {},
  { open, jump = () => 0 }: {
    readonly open?: (number: number) => OutgoingInstance | undefined;
    /** By how much the clock on the wall differs from what it should be, in milliseconds. */
    readonly jump?: () => number;
  } = {},
): Promise<TestLanes> {
  const now = () => BEGIN + time.now + jump();
  const queue = createMemoryQueue({ now });
  const events: LaneEvent[] = [];
  const lanes = new Lanes({
    queue,
    destinations: Object.fromEntries(
      Object.entries(destinations).map(([name, destination]) => [name, { destination, settings }]),
    ),
    open: (job) => {
      const number = Number(job.sopInstanceUid.split(".").at(-1));
      return Promise.resolve(open === undefined ? outgoing(number) : open(number));
    },
    keep: 3_600_000,
    onEvent: (event) => void events.push(event),
    onError: (error) => {
      throw error;
    },
    now,
    monotonic: () => time.now,
    random: () => 1,
  });
  await lanes.start();
  return {
    ...{ lanes, queue, events, now },
    add: (numbers, job) => {
      for (const number of numbers) queue.add(subject(number), [newJob(job)]);
    },
    async [Symbol.asyncDispose]() {
      const ended = lanes[Symbol.asyncDispose]();
      await time.advance(2_000);
      await ended;
    },
  };
}

/** An instance of this number. */
export function outgoing(number: number, options: Partial<OutgoingInstance> = {}): OutgoingInstance {
  return {
    sopClassUid: "1.2.840.10008.5.1.4.1.1.2",
    sopInstanceUid: `1.2.3.${number}`,
    transferSyntax: "1.2.840.10008.1.2.1",
    length: 4,
    stream: () => new Blob([new Uint8Array(4)]).stream(),
    studyInstanceUid: "1.2",
    seriesInstanceUid: "1.2.1",
    patientId: "P1",
    sourceAeTitle: "CT1",
    receivedAt: BEGIN,
    deliveryId: `${number}-1-1`,
    priority: "medium",
    ...options,
  };
}

/** Numbers from one to another. */
export function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
