/**
 * A source of instances that are in memory: for tests, and for few of them. Its answers are those of the matcher.
 *
 * @module
 */

import type { DataSet } from "../dicom/data_set/data_set.ts";
import { streamDataSet } from "../dicom/data_set/writing/write_data_set.ts";
import * as UID from "../dicom/generated/uid.ts";
import { compileQuery } from "./compile.ts";
import { groupInstances, makeEntity } from "./entities.ts";
import type { AnswerDetail } from "./answer.ts";
import type { AskOptions, HeldInstance, InstanceSource, Match } from "./instance_source.ts";
import { QUERY_LEVELS, type QueryLevel, UNIQUE_KEYS } from "./levels.ts";
import type { MatcherOptions } from "./matcher.ts";
import type { Query } from "./query.ts";
import { textsOf } from "./stored_values.ts";

/** How a memory source answers. */
export interface MemorySourceOptions extends AnswerDetail, MatcherOptions {}

/** An entity, and the instances that it is made of. */
export interface Entity {
  /** Its attributes, and those of the levels above it. */
  readonly attributes: DataSet;
  /** Its instances. */
  readonly instances: readonly DataSet[];
}

/** Instances in memory, by their SOP Instance UID; or, for a worklist, items. */
export class MemorySource implements InstanceSource {
  readonly #options: MemorySourceOptions;
  readonly #instances = new Map<string, DataSet>();
  /** Entities that were asked for since the last change. */
  readonly #entities = new Map<QueryLevel, readonly Entity[]>();

  /** A source of `instances`. */
  constructor(instances: Iterable<DataSet> = [], options: MemorySourceOptions = {}) {
    this.#options = options;
    for (const instance of instances) this.add(instance);
  }

  /**
   * Adds an instance in the place of that with its SOP Instance UID, or an item of a worklist, which has none. It is to be
   * left alone from then on.
   */
  add(instance: DataSet): void {
    this.#instances.set(sopInstanceUidOf(instance) || `item ${this.#instances.size}`, instance);
    this.#entities.clear();
  }

  /** What a query means, in the order in which it was added. */
  async *find(query: Query, { signal }: AskOptions = {}): AsyncGenerator<Match> {
    const { retrieveAeTitles, availability } = this.#options;
    for (const [{ attributes }, unmatched] of this.#meant(query, signal)) {
      yield { attributes, unmatched, retrieveAeTitles, availability };
    }
  }

  /** The instances that a query means, in Explicit VR Little Endian. */
  async *retrieve(selection: Query, { signal }: AskOptions = {}): AsyncGenerator<HeldInstance> {
    for (const [{ instances }] of this.#meant(selection, signal)) {
      for (const instance of instances) {
        signal?.throwIfAborted();
        yield held(instance);
      }
    }
  }

  /** SOP Instance UIDs of the instances that a query means. */
  async *list(selection: Query, { signal }: AskOptions = {}): AsyncGenerator<string> {
    for (const [{ instances }] of this.#meant(selection, signal)) yield* instances.map(sopInstanceUidOf);
  }

  *#meant(query: Query, signal: AbortSignal | undefined): Generator<[Entity, readonly number[]]> {
    const { matches, criteria } = compileQuery(query, this.#options);
    const unmatched = criteria.unmatched.map(({ tag }) => tag);
    const { level } = query;
    const entities = level === "WORKLIST"
      ? [...this.#instances.values()].map((attributes): Entity => ({ attributes, instances: [] }))
      : this.entitiesOf(level);
    for (const entity of entities) {
      signal?.throwIfAborted();
      if (matches(entity.attributes)) yield [entity, unmatched];
    }
  }

  /** All entities of a level, in the order in which they were added. */
  entitiesOf(level: QueryLevel): readonly Entity[] {
    const known = this.#entities.get(level);
    if (known !== undefined) return known;
    const all = [...this.#instances.values()];
    const groupsAbove = new Map(QUERY_LEVELS.map((above) => [above, groupOfEach(all, above)]));
    const entities = groupInstances(all, level).map((instances): Entity => {
      const around = (above: QueryLevel) => groupsAbove.get(above)?.get(instances[0]!) ?? [];
      const surroundings = { ofPatient: around("PATIENT"), ofStudy: around("STUDY"), ofSeries: around("SERIES") };
      return { attributes: makeEntity(instances, level, surroundings), instances };
    });
    this.#entities.set(level, entities);
    return entities;
  }
}

function groupOfEach(instances: readonly DataSet[], level: QueryLevel): ReadonlyMap<DataSet, readonly DataSet[]> {
  const groups = new Map<DataSet, readonly DataSet[]>();
  for (const group of groupInstances(instances, level)) for (const instance of group) groups.set(instance, group);
  return groups;
}

const SOP_CLASS_UID = 0x0008_0016;

function sopInstanceUidOf(instance: DataSet): string {
  return textsOf(instance.element(UNIQUE_KEYS.IMAGE), "UI", instance)[0] ?? "";
}

function held(instance: DataSet): HeldInstance {
  const transferSyntax = UID.ExplicitVRLittleEndian;
  return {
    sopClassUid: textsOf(instance.element(SOP_CLASS_UID), "UI", instance)[0] ?? "",
    sopInstanceUid: sopInstanceUidOf(instance),
    transferSyntax,
    stream: () => streamDataSet(instance, { transferSyntax }),
  };
}
