/**
 * An index in memory, for tests and for hosts that keep nothing.
 *
 * @module
 */

import type { IndexedInstance, InstanceIndex, Task } from "./instance_index.ts";

/** An index that lives as long as it does, as right for a memory store. */
export function createMemoryIndex(): InstanceIndex {
  const instances = new Map<string, IndexedInstance>();
  const tasks = new Map<number, Task>();
  let lastTask = 0;
  let serial = 0;
  return {
    find: (sopInstanceUid) => instances.get(sopInstanceUid),
    put(instance, newTasks = []) {
      const { sopInstanceUid } = instance;
      instances.set(sopInstanceUid, instance);
      serial = Math.max(serial, instance.serial);
      for (const task of newTasks) tasks.set(++lastTask, { ...task, id: lastTask, sopInstanceUid });
    },
    delete: (sopInstanceUid) => void instances.delete(sopInstanceUid),
    async *list() {
      yield* instances.values();
    },
    count: () => instances.size,
    highestSerial: () => serial,
    tasks: (kind, limit) => [...tasks.values()].filter((task) => task.kind === kind).slice(0, limit),
    finish: ({ id }) => void tasks.delete(id),
    sync: async () => {},
    check: () => ({ usable: true }),
    async [Symbol.asyncDispose]() {},
  };
}
