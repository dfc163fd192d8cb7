/**
 * The archive as a source: it answers queries by its index, and hands over instances out of its store.
 *
 * @module
 */

import type { IndexedInstance, InstanceIndex, SearchOptions } from "../index/instance_index.ts";
import type { ByteRange, ObjectStore, StoredObject } from "../objects/object_store.ts";
import type { AnswerDetail } from "../query/answer.ts";
import type { AskOptions, InstanceSource, Match, Page, PageRequest } from "../query/instance_source.ts";
import type { MatcherOptions } from "../query/matcher.ts";
import type { Query } from "../query/query.ts";
import { streamOf } from "../streams/stream_of.ts";
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
  /** As `InstanceSource.find()`, some of it. */
  find(query: Query, options?: PageOptions): AsyncIterable<Match>;
  /** As `InstanceSource.page()`. */
  page(query: Query, request?: PageRequest): Promise<Page>;
}

/** The source of an archive. */
export function createArchiveSource(options: ArchiveSourceOptions): ArchiveSource {
  const { store, index, localOffset, retrieveAeTitles, availability = "ONLINE" } = options;
  return {
    observed: true,
    async *find(query, asked = {}) {
      const search: SearchOptions = { ...asked, localOffset };
      for await (const { attributes, unmatched } of index.search(query, search)) {
        yield { attributes, unmatched, retrieveAeTitles, availability };
      }
    },
    retrieve(selection, { signal, whole = false } = {}) {
      const instances = storedInstances(store, index.instancesOf(selection, { signal, localOffset }));
      return whole ? readAhead(instances) : instances;
    },
    async page(query, request = {}) {
      const { matches, ...page } = await index.page(query, { ...request, localOffset });
      return {
        ...page,
        matches: (async function* () {
          for await (const match of matches) yield { ...match, retrieveAeTitles, availability };
        })(),
      };
    },
    async *list(selection, { signal } = {}) {
      for await (const { sopInstanceUid } of index.instancesOf(selection, { signal, localOffset })) {
        yield sopInstanceUid;
      }
    },
  };
}

async function* storedInstances(
  store: ObjectStore,
  instances: AsyncIterable<IndexedInstance>,
): AsyncGenerator<StoredInstance, void, void> {
  for await (const instance of instances) yield storedInstance(store, instance);
}

/** An instance whose bytes are read when its stream is, and no faster. */
function storedInstance(store: ObjectStore, instance: IndexedInstance): StoredInstance {
  const { sopClassUid, sopInstanceUid, transferSyntax, size, dataSetOffset } = instance;
  const length = size - dataSetOffset;
  const read = (range?: ByteRange) => readDataSet(store, instance, range);
  return {
    ...{ sopClassUid, sopInstanceUid, transferSyntax, length, version: versionOf(instance) },
    read,
    stream: () => streamOf(read()),
    check: async () => void await findDataSet(store, instance),
    part: (start, end) => read({ start, end: Math.min(end, length) }),
  };
}

/** Serials begin anew with an index that is made anew: what the archive computed, or the time, tells contents apart as well. */
function versionOf({ serial, size, crc32, receivedAt }: IndexedInstance): string {
  return `${serial}-${size}-${(crc32 ?? receivedAt).toString(36)}`;
}

/** The bytes of a data set, or a range of them; its object is looked up when the first are asked for. */
async function* readDataSet(
  store: ObjectStore,
  instance: IndexedInstance,
  range?: ByteRange,
): AsyncGenerator<Uint8Array, void, void> {
  yield* (await findDataSet(store, instance, range)).read();
}

/** A data set, or a range of it. Throws where its object isn't there as a whole. */
async function findDataSet(
  store: ObjectStore,
  { name, sopInstanceUid, size, dataSetOffset }: IndexedInstance,
  { start = 0, end = size - dataSetOffset }: ByteRange = {},
): Promise<StoredObject> {
  const found = await store.get(name, { start: dataSetOffset + start, end: dataSetOffset + end });
  if (found === undefined) throw new Error(`Cannot read the instance ${sopInstanceUid}: its file is missing`);
  if (found.size !== size) {
    throw new Error(`Cannot read the instance ${sopInstanceUid}: its file has ${found.size} bytes, expected ${size}`);
  }
  return found;
}
