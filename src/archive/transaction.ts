/**
 * The one transaction by which an instance comes to be kept.
 *
 * @module
 */

import type { IndexedInstance, InstanceIndex, NewTask } from "../index/instance_index.ts";
import type { KeptAttributes } from "../index/kept_attributes.ts";
import type { ObjectStore, PendingObject } from "../objects/object_store.ts";
import type { NewJob } from "../queue/job.ts";
import { KeyedMutex } from "../scheduling/keyed_mutex.ts";
import { describeObject, type NewInstance } from "./describe_object.ts";
import type { KeepOutcome } from "./events.ts";
import { encodeNote } from "./note.ts";
import { isAsItCame } from "./integrity.ts";
import {
  type ArchiveRouting,
  type InstanceOrigin,
  type JobsFor,
  needsNoFlush,
  type RoutedJob,
  subjectOf,
} from "./routing.ts";
import { isSameContent } from "./same_content.ts";
import { sweepTask } from "./sweep.ts";

/** What to do when another instance has the SOP Instance UID. Identical content is always kept once. */
export type ExistingPolicy = "keep-first" | "replace";

/** What has to be done with an instance that is new, or has new content. */
export type TasksFor = (instance: IndexedInstance, outcome: "created" | "replaced") => readonly NewTask[];

/** What transactions need. */
export interface TransactionOptions {
  readonly store: ObjectStore;
  readonly index: InstanceIndex;
  readonly onExisting: ExistingPolicy;
  readonly tasksFor: TasksFor;
  readonly routing: ArchiveRouting | undefined;
}

/** An instance that came, and how. */
export interface Arrival {
  readonly instance: NewInstance;
  readonly attributes: KeptAttributes | undefined;
  readonly wanted: Uint8Array | undefined;
  readonly origin: InstanceOrigin | undefined;
  /** Says where it goes; undefined where nothing goes anywhere. */
  readonly jobsFor: JobsFor | undefined;
}

/** The result of a transaction. */
export interface Transacted {
  readonly outcome: KeepOutcome;
  readonly instance: IndexedInstance;
  readonly existing?: IndexedInstance;
  /** Where it has to go. */
  readonly jobs?: readonly RoutedJob[];
}

/** Transactions over one store and one index; those of one SOP Instance UID take turns. */
export class Transactions {
  readonly instances: KeyedMutex = new KeyedMutex();
  readonly #options: TransactionOptions;
  #serial = 0;

  constructor(options: TransactionOptions) {
    this.#options = options;
  }

  /** Looks for the instance, decides, and records it; resolves when it is as safe as the store makes it. */
  keep(pending: PendingObject, arrival: Arrival): Promise<Transacted> {
    const { instance } = arrival;
    return this.instances.run(instance.sopInstanceUid, async () => {
      const { index, onExisting } = this.#options;
      const existing = await index.find(instance.sopInstanceUid) ?? await this.#findUnknown(instance);
      if (existing === undefined) return await this.#record(pending, arrival, undefined);
      const comparison = await this.#compare(existing, pending, instance);
      if (comparison === "gone") return await this.#record(pending, arrival, undefined);
      if (comparison === "damaged" || (comparison === "different" && onExisting === "replace")) {
        return await this.#record(pending, arrival, existing);
      }
      await this.#options.store.persist(existing.name);
      const kept = { instance: { ...instance, name: existing.name, serial: existing.serial }, existing };
      if (comparison === "different") return { outcome: "kept-first", ...kept };
      return { outcome: "identical", ...kept, ...withJobs(await this.#sendOnce(existing, arrival)) };
    });
  }

  /** An object that another process put in the instance's place: the index learns of it. Nothing is ever overwritten unseen. */
  async #findUnknown({ name, sopInstanceUid }: NewInstance): Promise<IndexedInstance | undefined> {
    const { store, index } = this.#options;
    if (await store.get(name) === undefined) return undefined;
    const described = await describeObject(store, { name, writtenAt: Date.now() }, index.kept);
    if (described === undefined || "problem" in described || described.instance.sopInstanceUid !== sopInstanceUid) {
      return undefined;
    }
    const instance = { ...described.instance, serial: await this.#nextSerial() };
    await index.put(instance, [], described.attributes);
    return instance;
  }

  async #nextSerial(): Promise<number> {
    if (this.#serial === 0) this.#serial = Math.max(this.#serial, await this.#options.index.highestSerial());
    return ++this.#serial;
  }

  /** What stands before the data set, Part 10 meta information, differs by sender and says nothing of the instance. */
  async #compare(
    existing: IndexedInstance,
    pending: PendingObject,
    { transferSyntax, size, dataSetOffset }: NewInstance,
  ): Promise<"identical" | "different" | "damaged" | "gone"> {
    const found = await this.#options.store.get(existing.name, { start: existing.dataSetOffset });
    if (found === undefined) return "gone";
    if (found.size !== existing.size) return "damaged";
    // The same bytes in another transfer syntax are another data set.
    if (existing.transferSyntax !== transferSyntax) return "different";
    if (existing.size - existing.dataSetOffset !== size - dataSetOffset) return "different";
    if (await isSameContent(found.read(), pending.read(dataSetOffset))) return "identical";
    return await isAsItCame(this.#options.store, existing) ? "different" : "damaged";
  }

  /** An instance that came again goes where it has never been sent: the route may be new, and so may the sender. */
  async #sendOnce(existing: IndexedInstance, arrival: Arrival): Promise<readonly RoutedJob[]> {
    const { routing } = this.#options;
    const { instance: { sourceAeTitle, receivedAt }, attributes, wanted, origin, jobsFor } = arrival;
    const instance = { ...existing, sourceAeTitle, receivedAt };
    const routed = { instance, attributes, wanted, origin };
    const jobs = jobsFor?.(routed) ?? [];
    if (routing === undefined || jobs.length === 0) return jobs;
    await routing.queue.prepare();
    routing.queue.add(subjectOf(existing), jobs.map(asQueued), { ifAbsent: true });
    routing.onQueued?.(routed, jobs, true);
    // There is no note for what is not recorded anew.
    await routing.queue.sync();
    return jobs;
  }

  async #record(
    pending: PendingObject,
    { instance: without, attributes, wanted, origin, jobsFor }: Arrival,
    existing: IndexedInstance | undefined,
  ): Promise<Transacted> {
    const { index, tasksFor, routing } = this.#options;
    const instance = { ...without, serial: await this.#nextSerial() };
    const routed = { instance, attributes, wanted, origin };
    const jobs = jobsFor?.(routed) ?? [];
    const queued = jobs.map(asQueued);
    if (jobs.length > 0) await routing?.queue.prepare();
    const outcome = existing === undefined ? "created" : "replaced";
    const moved = existing !== undefined && existing.name !== instance.name;
    const tasks = [...tasksFor(instance, outcome), ...moved ? [sweepTask(existing.name)] : []];
    await pending.commit(instance.name, {
      note: encodeNote({ instance, tasks, jobs: queued, attributes }),
      // The replacement of a durable object has to be durable itself.
      flush: existing !== undefined || !needsNoFlush(jobs),
      whenInPlace() {
        routing?.queue.add(subjectOf(instance), queued);
        if (jobs.length > 0) routing?.onQueued?.(routed, jobs, false);
        return index.put(instance, tasks, attributes);
      },
    });
    return { outcome, instance, ...(existing !== undefined && { existing }), ...withJobs(jobs) };
  }
}

/** As the queue has it. */
function asQueued(job: RoutedJob): NewJob {
  if (job.acknowledges === undefined) return job;
  const { acknowledges: _, ...queued } = job;
  return queued;
}

function withJobs(jobs: readonly RoutedJob[]): Pick<Transacted, "jobs"> {
  return jobs.length === 0 ? {} : { jobs };
}
