/**
 * An index in memory, for tests and for hosts that store nothing.
 *
 * @module
 */

import { Late } from "../late.ts";
import type { IndexOptions, InstanceIndex, Task } from "./instance_index.ts";
import { keptLevels } from "./kept_attributes.ts";
import type { SearchedEntry } from "./memory_search.ts";

/** An index that lives as long as the object, which suits a memory store. */
export function createMemoryIndex(options: IndexOptions = {}): InstanceIndex {
  const kept = keptLevels(options.attributes);
  const entries = new Map<string, SearchedEntry>();
  const tasks = new Map<number, Task>();
  let lastTask = 0;
  let serial = 0;
  /** The search, and what it made of the entries since they changed last. */
  const search = new Late(async () => {
    const { MemorySearch } = await import("./memory_search.ts");
    return new MemorySearch(kept, entries);
  });
  const changed = () => search.loaded?.changed();

  return {
    kept,
    find: (sopInstanceUid) => entries.get(sopInstanceUid)?.instance,
    put(instance, newTasks = [], attributes) {
      const { sopInstanceUid } = instance;
      const before = entries.get(sopInstanceUid);
      entries.set(sopInstanceUid, { instance, attributes: attributes ?? before?.attributes });
      changed();
      serial = Math.max(serial, instance.serial);
      for (const task of newTasks) tasks.set(++lastTask, { ...task, id: lastTask, sopInstanceUid });
    },
    delete(sopInstanceUid, newTasks = []) {
      entries.delete(sopInstanceUid);
      changed();
      for (const task of newTasks) tasks.set(++lastTask, { ...task, id: lastTask, sopInstanceUid });
    },
    async *list() {
      for (const { instance } of entries.values()) yield instance;
    },
    async *search(query, options = {}) {
      yield* (await search.get()).search(query, options);
    },
    page: async (query, request = {}) => await (await search.get()).page(query, request),
    async *instancesOf(selection, options = {}) {
      yield* (await search.get()).instancesOf(selection, options);
    },
    count: () => entries.size,
    statistics: async () => (await search.get()).statistics(),
    highestSerial: () => serial,
    tasks: (kind, limit) => [...tasks.values()].filter((task) => task.kind === kind).slice(0, limit),
    finish: ({ id }) => void tasks.delete(id),
    sync: async () => {},
    check: () => ({ usable: true }),
    async [Symbol.asyncDispose]() {},
  };
}
