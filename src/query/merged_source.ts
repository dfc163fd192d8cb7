/**
 * Several sources as one.
 *
 * @module
 */

import type { DataSet } from "../dicom/data_set/data_set.ts";
import type { MatchingOptions } from "./dialect.ts";
import {
  type AskOptions,
  type HeldInstance,
  type InstanceSource,
  listInstances,
  type Match,
} from "./instance_source.ts";
import { type EntityLevel, UNIQUE_KEYS } from "./levels.ts";
import type { Query } from "./query.ts";

const ISSUER_OF_PATIENT_ID = 0x0010_0021;

/**
 * Several sources as one, those that are liked better first: what more than one has comes from the first of them, with
 * the availability and the retrieve AE titles that this one states. They are asked at the same time. One that fails lets the others finish
 * first, and then all of it fails: an answer with something missing must not look complete.
 */
export class MergedSource implements InstanceSource {
  readonly #sources: readonly InstanceSource[];

  /** What one of the sources doesn't do, all of them together don't. */
  get unheeded(): readonly (keyof MatchingOptions)[] {
    return [...new Set(this.#sources.flatMap(({ unheeded = [] }) => unheeded))];
  }

  /** The sources, which stay the caller's. */
  constructor(sources: readonly InstanceSource[]) {
    this.#sources = sources;
  }

  /** Entities by their unique keys, each once; of patients the issuer of the ID counts as well. */
  async *find(query: Query, options: AskOptions = {}): AsyncGenerator<Match> {
    yield* unique(
      this.#sources.map((source) => source.find(withUniqueKey(query), options)),
      ({ attributes }) => keyOf(attributes, query.level),
    );
  }

  /** Instances by their SOP Instance UIDs, each once. */
  async *retrieve(selection: Query, options: AskOptions = {}): AsyncGenerator<HeldInstance> {
    // One after the other: a source that has begun to send waits until the caller takes its instances.
    const seen = new Set<string>();
    const failures: unknown[] = [];
    for (const source of this.#sources) {
      try {
        for await (const instance of source.retrieve(selection, options)) {
          if (seen.has(instance.sopInstanceUid)) continue;
          seen.add(instance.sopInstanceUid);
          yield instance;
        }
      } catch (error) {
        options.signal?.throwIfAborted();
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }

  /** The UIDs of what `retrieve()` gives. */
  async *list(selection: Query, options: AskOptions = {}): AsyncGenerator<string> {
    yield* unique(this.#sources.map((source) => listInstances(source, selection, options)), (uid) => uid);
  }
}

/** The query with its unique key, without which answers of several sources can't be told apart. */
function withUniqueKey(query: Query): Query {
  const { level } = query;
  if (level === "WORKLIST") return query;
  const tag = UNIQUE_KEYS[level];
  if (query.keys.has(tag)) return query;
  const keys = query.keys.copy();
  keys.set(tag, null);
  return { ...query, keys };
}

/** What tells entities from each other; undefined where nothing does. */
function keyOf(attributes: DataSet, level: EntityLevel): string | undefined {
  if (level === "WORKLIST") return undefined;
  const key = attributes.getText(UNIQUE_KEYS[level]);
  if (key === undefined || key === "" || level !== "PATIENT") return key || undefined;
  return `${key}\\${attributes.getText(ISSUER_OF_PATIENT_ID) ?? ""}`;
}

/** What all give, the first of them first, and of those with the same key the first. All are begun at once. */
async function* unique<Value>(
  all: readonly AsyncIterable<Value>[],
  keyOf: (value: Value) => string | undefined,
): AsyncGenerator<Value> {
  const begun = all.map((values) => {
    const iterator = values[Symbol.asyncIterator]();
    const first = iterator.next();
    first.catch(() => {}); // It is awaited when its turn comes.
    return { iterator, first };
  });
  const seen = new Set<string>();
  const failures: unknown[] = [];
  try {
    for (const { iterator, first } of begun) {
      try {
        for (let next = await first; next.done !== true; next = await iterator.next()) {
          const key = keyOf(next.value);
          if (key !== undefined && seen.has(key)) continue;
          if (key !== undefined) seen.add(key);
          yield next.value;
        }
      } catch (error) {
        failures.push(error);
      }
    }
  } finally {
    await Promise.allSettled(begun.map(({ iterator }) => iterator.return?.()));
  }
  if (failures.length > 0) throw failures[0];
}
