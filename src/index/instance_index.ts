/**
 * The interface of indexes: they know the instances of an archive, their identity, and where their bytes are.
 *
 * @module
 */

import type { AskOptions, Match, Page, PageRequest } from "../query/instance_source.ts";
import type { QueryLevel } from "../query/levels.ts";
import type { MatcherOptions } from "../query/matcher.ts";
import type { Query } from "../query/query.ts";
import type { KeptAttributes } from "./kept_attributes.ts";

/** An instance as the index knows it. UIDs are without padding, and empty where the data set has none; no text has NULs. */
export interface IndexedInstance {
  /** Patient ID (0010,0020), one character a byte where it isn't ASCII; empty without one. */
  readonly patientId: string;
  /** Study Instance UID (0020,000D). */
  readonly studyInstanceUid: string;
  /** Series Instance UID (0020,000E). */
  readonly seriesInstanceUid: string;
  /** SOP Instance UID (0008,0018), which finds the instance: an index has one instance for each. */
  readonly sopInstanceUid: string;
  /** SOP Class UID (0008,0016). */
  readonly sopClassUid: string;
  /** Transfer syntax UID of the data set. */
  readonly transferSyntax: string;
  /** Name of its object in the store. */
  readonly name: string;
  /** Length of that object in bytes. */
  readonly size: number;
  /** Where the data set begins in the object, in bytes. */
  readonly dataSetOffset: number;
  /** Milliseconds since the epoch. */
  readonly receivedAt: number;
  /** AE title of the sender; empty if unknown. */
  readonly sourceAeTitle: string;
  /** Number of the record, higher than those of earlier records. */
  readonly serial: number;
  /** CRC-32 of its object as it came; absent where the index learned of it from the object itself. */
  readonly crc32?: number;
}

/** A task for an instance, recorded in one transaction with it. */
export interface NewTask {
  /** Kind of the task, such as `sweep`. */
  readonly kind: string;
  /** The data that the task needs. */
  readonly detail: string;
}

/** A task that was recorded and is not done yet. */
export interface Task extends NewTask {
  /** The index's number for it. */
  readonly id: number;
  /** The instance that it is about. */
  readonly sopInstanceUid: string;
}

/** Whether an index can be used. */
export interface IndexCheck {
  /** Whether a trial went well. */
  readonly usable: boolean;
  /** Why it is not usable. */
  readonly problem?: string;
}

/** Instances that have something in common. */
export interface InstanceAmount {
  /** The value, such as a modality or a UID; empty if the attribute has no value. */
  readonly value: string;
  /** Series that have such instances. */
  readonly series: number;
  /** The instances. */
  readonly instances: number;
  /** Length of their objects in bytes. */
  readonly bytes: number;
}

/** Counts of an index. Each list begins with the entry that has most instances. */
export interface IndexStatistics {
  /** Number of patients, distinguished by ID and issuer, or by study if they have no ID. */
  readonly patients: number;
  /** Studies. */
  readonly studies: number;
  /** Series. */
  readonly series: number;
  /** Instances. */
  readonly instances: number;
  /** Length of all objects in bytes. */
  readonly bytes: number;
  /** By Modality (0008,0060) of the series. */
  readonly modalities: readonly InstanceAmount[];
  /** By SOP Class UID. */
  readonly sopClasses: readonly InstanceAmount[];
  /** By transfer syntax UID. */
  readonly transferSyntaxes: readonly InstanceAmount[];
  /** What the index itself takes on its disk, in bytes; absent for one in memory. */
  readonly indexBytes?: number;
}

/** How to search. */
export interface SearchOptions extends AskOptions, MatcherOptions {
  /** Answers to pass over; 0. */
  readonly offset?: number | undefined;
  /** Answers at most; all of them. */
  readonly limit?: number | undefined;
}

/** How an index keeps attributes. */
export interface IndexOptions {
  /** Tags of attributes to keep besides the keys of PS3.4 C.6 and those of the modules of each entity. */
  readonly attributes?: readonly number[] | undefined;
}

/**
 * An index of instances. All methods see a put instance at once. After the next `sync` it survives the end of the process and,
 * where the index is durable, a loss of power. An index that can't take more instances throws `InstanceNotKeptError`
 * (`out-of-resources`) from `find`, before anything depends on the instance; `put` never refuses one.
 */
export interface InstanceIndex extends AsyncDisposable {
  /** The instance with that SOP Instance UID. */
  find(sopInstanceUid: string): IndexedInstance | undefined | Promise<IndexedInstance | undefined>;
  /**
   * Records an instance, in place of the one with its SOP Instance UID, and tasks with it: both or neither. `attributes` are
   * those to keep of it; without them, the attributes of the replaced instance stay.
   */
  put(instance: IndexedInstance, tasks?: readonly NewTask[], attributes?: KeptAttributes): void | Promise<void>;
  /** Removes an instance and records tasks: both or neither. For an unknown instance it records only the tasks. */
  delete(sopInstanceUid: string, tasks?: readonly NewTask[]): void | Promise<void>;
  /** All instances, in no order, as they are while the list is read. */
  list(): AsyncIterable<IndexedInstance>;
  /** The attributes that it keeps, and their levels. */
  readonly kept: ReadonlyMap<number, QueryLevel>;
  /**
   * The patients, studies, series or instances that match a query, in the stable order in which they came. An attribute has the
   * value of the entity's first instance with it; an instance that replaces another brings its own. Keys that the index doesn't
   * keep are in `unmatched`. Throws `IdentifierError` as `compileQuery()` does, before the first match.
   */
  search(query: Query, options?: SearchOptions): AsyncIterable<Match>;
  /** A page of the matches of a query, the latest study first. Rejects as `search()` throws. */
  page(query: Query, request?: PageRequest & MatcherOptions): Promise<Page>;
  /** The instances of all matches of a query, each once. Throws as `search()` does. */
  instancesOf(selection: Query, options?: SearchOptions): AsyncIterable<IndexedInstance>;
  /** How many instances the index has. */
  count(): number | Promise<number>;
  /** Counts of the index. It looks at every instance. */
  statistics(): IndexStatistics | Promise<IndexStatistics>;
  /** The highest serial of all instances that were ever put; 0 before the first. */
  highestSerial(): number | Promise<number>;
  /** Tasks of a kind that are not done, the oldest first, at most so many. */
  tasks(kind: string, limit: number): readonly Task[] | Promise<readonly Task[]>;
  /** Records that a task is done. */
  finish(task: Task): void | Promise<void>;
  /** Makes all changes until now safe. */
  sync(): Promise<void>;
  /** Checks that the index can be read and written. Never throws. */
  check(): IndexCheck | Promise<IndexCheck>;
}
