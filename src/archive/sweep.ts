/**
 * Removing what a transaction made superfluous: objects of instances whose bytes are under another name now.
 *
 * @module
 */

import type { InstanceIndex, NewTask } from "../index/instance_index.ts";
import type { ObjectStore } from "../objects/object_store.ts";
import type { KeyedMutex } from "../scheduling/keyed_mutex.ts";

const KIND = "sweep";
const TASKS_AT_ONCE = 100;

/** The task to remove the object of that name. */
export function sweepTask(name: string): NewTask {
  return { kind: KIND, detail: name };
}

/**
 * Removes all that is superfluous. An instance may have come back to the name that it had, so the index is asked again, and
 * nobody may keep that instance meanwhile.
 */
export async function sweep(store: ObjectStore, index: InstanceIndex, instances: KeyedMutex): Promise<void> {
  for (;;) {
    const tasks = await index.tasks(KIND, TASKS_AT_ONCE);
    for (const task of tasks) {
      await instances.run(task.sopInstanceUid, async () => {
        const there = await index.find(task.sopInstanceUid);
        if (there?.name !== task.detail) await store.delete(task.detail);
        await index.finish(task);
      });
    }
    if (tasks.length < TASKS_AT_ONCE) return;
  }
}
