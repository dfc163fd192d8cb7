/**
 * After a crash: the index learns of what the store kept in its last moments.
 *
 * @module
 */

import type { InstanceIndex } from "../index/instance_index.ts";
import type { KeptAttributes } from "../index/kept_attributes.ts";
import type { ObjectStore, UnsettledObject } from "../objects/object_store.ts";
import { KeyedMutex } from "../scheduling/keyed_mutex.ts";
import type { JobQueue } from "../queue/job_queue.ts";
import { describeObject } from "./describe_object.ts";
import { decodeNote, type Recorded } from "./note.ts";
import { subjectOf } from "./routing.ts";
import { sweep, sweepTask } from "./sweep.ts";

/**
 * Records again what a crash may have taken from the index, and removes what is superfluous. All is durable when it
 * resolves. What the index has heard of already stays as it is. What has to be sent goes to the queue, which knows what it
 * has heard of; `queue` is asked for it only where something has to.
 *
 * @returns How many instances were news to the index
 */
export async function catchUp(
  store: ObjectStore,
  index: InstanceIndex,
  unsettled: readonly UnsettledObject[],
  queue?: () => JobQueue,
): Promise<number> {
  let news = 0;
  let serial = await index.highestSerial();
  for (const { name, note } of unsettled) {
    const recorded = decodeNote(note) ?? await describe(store, index, name, ++serial);
    if (recorded === undefined) continue;
    if (recorded.jobs.length > 0 && queue !== undefined) {
      const { instance, jobs } = recorded;
      const existing = await index.find(instance.sopInstanceUid);
      // A later version has jobs of its own.
      const ifAbsent = existing !== undefined && existing.serial > instance.serial;
      queue().add(subjectOf(instance), jobs, { ifAbsent });
    }
    const attributes = recorded.attributes ?? await attributesOf(store, index, name);
    if (await recordAgain(index, { ...recorded, attributes })) news++;
  }
  // An object that can't be removed is no reason to have no archive: the open archive tries again, and reports it.
  await sweep(store, index, new KeyedMutex()).catch(() => {});
  await index.sync();
  return news;
}

/** Records an instance unless the index knows a later one; which of two names loses is superfluous. */
async function recordAgain(index: InstanceIndex, { instance, tasks, attributes }: Recorded): Promise<boolean> {
  const existing = await index.find(instance.sopInstanceUid);
  if (existing === undefined) {
    await index.put(instance, tasks, attributes);
    return true;
  }
  const moved = existing.name !== instance.name;
  if (existing.serial >= instance.serial) {
    if (moved) await index.put(existing, [sweepTask(instance.name)]);
    return false;
  }
  const known = tasks.some(({ kind, detail }) => kind === sweepTask("").kind && detail === existing.name);
  await index.put(instance, moved && !known ? [...tasks, sweepTask(existing.name)] : tasks, attributes);
  return true;
}

/** What is kept of an object whose note was too long for that. */
async function attributesOf(
  store: ObjectStore,
  index: InstanceIndex,
  name: string,
): Promise<KeptAttributes | undefined> {
  const described = await describeObject(store, { name, writtenAt: Date.now() }, index.kept);
  return described === undefined || "problem" in described ? undefined : described.attributes;
}

/** What an object without a note says of itself; undefined when that is no news. */
async function describe(
  store: ObjectStore,
  index: InstanceIndex,
  name: string,
  serial: number,
): Promise<Recorded | undefined> {
  const described = await describeObject(store, { name, writtenAt: Date.now() }, index.kept);
  if (described === undefined || "problem" in described) return undefined;
  const { instance, attributes } = described;
  const existing = await index.find(instance.sopInstanceUid);
  if (existing?.name === name && existing.size === instance.size) return undefined;
  return { instance: { ...instance, serial }, tasks: [], jobs: [], attributes };
}
