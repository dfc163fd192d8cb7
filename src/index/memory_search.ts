/**
 * Searches in an index in memory, over data sets of its instances.
 *
 * @module
 */

import type { DataSet } from "../dicom/data_set/data_set.ts";
import type { Match, Page, PageRequest } from "../query/instance_source.ts";
import type { QueryLevel } from "../query/levels.ts";
import type { MatcherOptions } from "../query/matcher.ts";
import { type Entity, MemorySource } from "../query/memory_source.ts";
import { pageOf } from "../query/page.ts";
import type { Query } from "../query/query.ts";
import { instanceDataSet } from "./entity.ts";
import type { IndexedInstance, IndexStatistics, SearchOptions } from "./instance_index.ts";
import type { KeptAttributes } from "./kept_attributes.ts";
import { statisticsOf } from "./memory_statistics.ts";
import { planSearch } from "./search_plan.ts";

/** What is searched: an instance, and what is kept of it. */
export interface SearchedEntry {
  readonly instance: IndexedInstance;
  readonly attributes: KeptAttributes | undefined;
}

/** The searches of an `InstanceIndex`, with what they make of its entries until these change. */
export class MemorySearch {
  readonly #kept: ReadonlyMap<number, QueryLevel>;
  readonly #entries: ReadonlyMap<string, SearchedEntry>;
  #searchable: Searchable | undefined;

  /** `kept` are the attributes that the entries may have. */
  constructor(kept: ReadonlyMap<number, QueryLevel>, entries: ReadonlyMap<string, SearchedEntry>) {
    this.#kept = kept;
    this.#entries = entries;
  }

  /** Says that the entries have changed. */
  changed(): void {
    this.#searchable = undefined;
  }

  /** As `InstanceIndex.search()`. */
  *search(query: Query, options: SearchOptions): Generator<Match> {
    for (const [{ attributes }, unmatched] of this.#entitiesMeant(query, options)) yield { attributes, unmatched };
  }

  /** As `InstanceIndex.page()`. */
  async page(query: Query, request: PageRequest & MatcherOptions): Promise<Page> {
    const { localOffset, signal } = request;
    const options = { signal, ...(localOffset !== undefined && { localOffset }) };
    return await pageOf([...this.search(query, options)], query.level, request);
  }

  /** As `InstanceIndex.instancesOf()`. */
  *instancesOf(selection: Query, options: SearchOptions): Generator<IndexedInstance> {
    const found = [...this.#entitiesMeant(selection, options)].flatMap(([{ instances }]) => instances);
    const instances = found.map((dataSet) => this.#searchable?.instances.get(dataSet));
    for (const instance of instances) {
      options.signal?.throwIfAborted();
      if (instance !== undefined) yield instance;
    }
  }

  /** As `InstanceIndex.statistics()`. */
  statistics(): IndexStatistics {
    const { source, instances } = this.#made();
    return statisticsOf(source, instances);
  }

  *#entitiesMeant(query: Query, options: SearchOptions): Generator<[Entity, readonly number[]]> {
    const { offset = 0, limit = Infinity, signal } = options;
    const { matches, unmatched } = planSearch(query, this.#kept, options);
    const { level } = query;
    if (level === "WORKLIST" || limit <= 0) return;
    let found = 0;
    for (const entity of this.#made().source.entitiesOf(level)) {
      signal?.throwIfAborted();
      if (!matches(entity.attributes) || found++ < offset) continue;
      yield [entity, unmatched];
      if (found >= offset + limit) return;
    }
  }

  #made(): Searchable {
    return this.#searchable ??= makeSearchable(this.#entries.values());
  }
}

/** Instances as data sets. */
interface Searchable {
  readonly source: MemorySource;
  readonly instances: ReadonlyMap<DataSet, IndexedInstance>;
}

function makeSearchable(entries: Iterable<SearchedEntry>): Searchable {
  const source = new MemorySource();
  const instances = new Map<DataSet, IndexedInstance>();
  for (const { instance, attributes } of entries) {
    const dataSet = instanceDataSet(instance, attributes);
    source.add(dataSet);
    instances.set(dataSet, instance);
  }
  return { source, instances };
}
