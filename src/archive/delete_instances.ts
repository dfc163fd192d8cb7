/**
 * The transaction by which instances leave an archive.
 *
 * @module
 */

import type { IndexedInstance, InstanceIndex } from "../index/instance_index.ts";
import type { ObjectStore } from "../objects/object_store.ts";
import type { KeyedMutex } from "../scheduling/keyed_mutex.ts";
import { sweepTask } from "./sweep.ts";

/** Says of an instance whether it may be deleted. */
type MayGo = (instance: IndexedInstance) => boolean | Promise<boolean>;

/**
 * Takes instances out of the index, each in one transaction with the task to remove its object, and makes that safe. From
 * then on they are gone: what a crash leaves of their objects is removed at the next start. A crash before that may leave
 * some as they were, as a whole. Returns those that were taken. No caller can keep an instance between `mayGo` and its end.
 */
export async function takeOut(
  index: InstanceIndex,
  instances: KeyedMutex,
  sopInstanceUids: Iterable<string>,
  mayGo: MayGo = () => true,
): Promise<IndexedInstance[]> {
  const taken: IndexedInstance[] = [];
  for (const uid of sopInstanceUids) {
    await instances.run(uid, async () => {
      const found = await index.find(uid);
      if (found === undefined || !await mayGo(found)) return;
      await index.delete(uid, [sweepTask(found.name)]);
      taken.push(found);
    });
  }
  if (taken.length > 0) await index.sync();
  return taken;
}

/** Whether the object of an instance that was taken out is still there, and is not that of one that has come since. */
export async function isLeft(
  taken: readonly IndexedInstance[],
  store: ObjectStore,
  index: InstanceIndex,
): Promise<boolean> {
  for (const { name, sopInstanceUid } of taken) {
    if (await store.get(name) !== undefined && (await index.find(sopInstanceUid))?.name !== name) return true;
  }
  return false;
}
