/**
 * The archive as a source: it answers queries by its index, and hands over instances out of its store.
 *
 * @module
 */

import type { IndexedInstance, InstanceIndex, SearchOptions } from "../index/instance_index.ts";
import type { ObjectStore } from "../objects/object_store.ts";
import type { AnswerDetail } from "../query/answer.ts";
import type { AskOptions, InstanceSource, Match } from "../query/instance_source.ts";
import type { MatcherOptions } from "../query/matcher.ts";
import type { Query } from "../query/query.ts";
import { readAhead, type StoredInstance } from "./read_ahead.ts";

/** What an archive's source needs, and what it says of all that it has. */
export interface ArchiveSourceOptions extends AnswerDetail, MatcherOptions {
  /** Where the files are. */
  readonly store: ObjectStore;
  /** What knows them. */
  readonly index: InstanceIndex;
}

/** Which of the answers. */
export interface PageOptions extends AskOptions {
  /** Answers to pass over; 0. They always come in the same order: that in which the entities came. */
  readonly offset?: number;
  /** Answers at most; all of them. */
  readonly limit?: number;
}

/** A source that has pages. */
export interface ArchiveSource extends InstanceSource {
  /** As `InstanceSource.find()`, by the page. */
  find(query: Query, options?: PageOptions): AsyncIterable<Match>;
}

/** The source of an archive. */
export function createArchiveSource(options: ArchiveSourceOptions): ArchiveSource {
  const { store, index, localOffset, retrieveAeTitles, availability = "ONLINE" } = options;
  return {
    async *find(query, asked = {}) {
      const search: SearchOptions = { ...asked, localOffset };
      for await (const { attributes, unmatched } of index.search(query, search)) {
        yield { attributes, unmatched, retrieveAeTitles, availability };
      }
    },
    retrieve(selection, asked = {}) {
      return readAhead(storedInstances(store, index.instancesOf(selection, { ...asked, localOffset })));
    },
    async *list(selection, asked = {}) {
      for await (const { sopInstanceUid } of index.instancesOf(selection, { ...asked, localOffset })) {
        yield sopInstanceUid;
      }
    },
  };
}

async function* storedInstances(
  store: ObjectStore,
  instances: AsyncIterable<IndexedInstance>,
): AsyncGenerator<StoredInstance, void, void> {
  for await (const instance of instances) {
    const { sopClassUid, sopInstanceUid, transferSyntax, size, dataSetOffset } = instance;
    const open = () => openDataSet(store, instance);
    yield { sopClassUid, sopInstanceUid, transferSyntax, length: size - dataSetOffset, open };
  }
}

async function openDataSet(
  store: ObjectStore,
  { name, sopInstanceUid, size, dataSetOffset }: IndexedInstance,
): Promise<ReadableStream<Uint8Array>> {
  const found = await store.get(name, { start: dataSetOffset });
  if (found === undefined) throw new Error(`Cannot read the instance ${sopInstanceUid}: its file is missing`);
  if (found.size !== size) {
    throw new Error(`Cannot read the instance ${sopInstanceUid}: its file has ${found.size} bytes, expected ${size}`);
  }
  return found.stream();
}
