/**
 * An index in memory, for tests and for hosts that keep nothing.
 *
 * @module
 */

import type { DataSet } from "../dicom/data_set/data_set.ts";
import { type Entity, MemorySource } from "../query/memory_source.ts";
import { pageOf } from "../query/page.ts";
import type { Query } from "../query/query.ts";
import { instanceDataSet } from "./entity.ts";
import type { IndexedInstance, IndexOptions, InstanceIndex, SearchOptions, Task } from "./instance_index.ts";
import { type KeptAttributes, keptLevels } from "./kept_attributes.ts";
import { statisticsOf } from "./memory_statistics.ts";
import { planSearch } from "./search_plan.ts";

interface Entry {
  readonly instance: IndexedInstance;
  readonly attributes: KeptAttributes | undefined;
}

/** An index that lives as long as it does, as right for a memory store. */
export function createMemoryIndex(options: IndexOptions = {}): InstanceIndex {
  const kept = keptLevels(options.attributes);
  const entries = new Map<string, Entry>();
  const tasks = new Map<number, Task>();
  let lastTask = 0;
  let serial = 0;
  /** What was searched since the last change. */
  let searchable: Searchable | undefined;

  function* entitiesMeant(query: Query, options: SearchOptions): Generator<[Entity, readonly number[]]> {
    const { offset = 0, limit = Infinity, signal } = options;
    const { matches, unmatched } = planSearch(query, kept, options);
    const { level } = query;
    if (level === "WORKLIST" || limit <= 0) return;
    searchable ??= makeSearchable(entries.values());
    let found = 0;
    for (const entity of searchable.source.entitiesOf(level)) {
      signal?.throwIfAborted();
      if (!matches(entity.attributes) || found++ < offset) continue;
      yield [entity, unmatched];
      if (found >= offset + limit) return;
    }
  }

  return {
    kept,
    find: (sopInstanceUid) => entries.get(sopInstanceUid)?.instance,
    put(instance, newTasks = [], attributes) {
      const { sopInstanceUid } = instance;
      const before = entries.get(sopInstanceUid);
      entries.set(sopInstanceUid, { instance, attributes: attributes ?? before?.attributes });
      searchable = undefined;
      serial = Math.max(serial, instance.serial);
      for (const task of newTasks) tasks.set(++lastTask, { ...task, id: lastTask, sopInstanceUid });
    },
    delete(sopInstanceUid, newTasks = []) {
      entries.delete(sopInstanceUid);
      searchable = undefined;
      for (const task of newTasks) tasks.set(++lastTask, { ...task, id: lastTask, sopInstanceUid });
    },
    async *list() {
      for (const { instance } of entries.values()) yield instance;
    },
    async *search(query, options = {}) {
      for (const [{ attributes }, unmatched] of entitiesMeant(query, options)) yield { attributes, unmatched };
    },
    async page(query, request = {}) {
      const { localOffset, signal } = request;
      const found = entitiesMeant(query, { signal, ...(localOffset !== undefined && { localOffset }) });
      const matches = Array.from(found, ([{ attributes }, unmatched]) => ({ attributes, unmatched }));
      return await pageOf(matches, query.level, request);
    },
    async *instancesOf(selection, options = {}) {
      const found = [...entitiesMeant(selection, options)].flatMap(([{ instances }]) => instances);
      const instances = found.map((dataSet) => searchable?.instances.get(dataSet));
      for (const instance of instances) {
        options.signal?.throwIfAborted();
        if (instance !== undefined) yield instance;
      }
    },
    count: () => entries.size,
    statistics: () => {
      searchable ??= makeSearchable(entries.values());
      return statisticsOf(searchable.source, searchable.instances);
    },
    highestSerial: () => serial,
    tasks: (kind, limit) => [...tasks.values()].filter((task) => task.kind === kind).slice(0, limit),
    finish: ({ id }) => void tasks.delete(id),
    sync: async () => {},
    check: () => ({ usable: true }),
    async [Symbol.asyncDispose]() {},
  };
}

/** Instances as data sets. */
interface Searchable {
  readonly source: MemorySource;
  readonly instances: ReadonlyMap<DataSet, IndexedInstance>;
}

function makeSearchable(entries: Iterable<Entry>): Searchable {
  const source = new MemorySource();
  const instances = new Map<DataSet, IndexedInstance>();
  for (const { instance, attributes } of entries) {
    const dataSet = instanceDataSet(instance, attributes);
    source.add(dataSet);
    instances.set(dataSet, instance);
  }
  return { source, instances };
}
