/**
 * Where instances are, and where they go: the two interfaces that every way to ask, and every way to answer, meet in.
 *
 * @module
 */

import type { DataSet } from "../dicom/data_set/data_set.ts";
import * as UID from "../dicom/generated/uid.ts";
import type { AnswerDetail } from "./answer.ts";
import type { MatchingOptions } from "./dialect.ts";
import type { Query } from "./query.ts";

/** An entity that a query means: a patient, study, series, instance or worklist item. */
export interface Match extends AnswerDetail {
  /**
   * Its attributes, and those of the levels above it: as many as the source has, whatever the query asks for. It is to be
   * read, and never changed.
   */
  readonly attributes: DataSet;
  /** Keys of the query with a value that this source did not match. */
  readonly unmatched: readonly number[];
}

/** An instance that a source has. */
export interface HeldInstance {
  /** SOP Class UID. */
  readonly sopClassUid: string;
  /** SOP Instance UID. */
  readonly sopInstanceUid: string;
  /** Transfer syntax UID that the data set is encoded in. */
  readonly transferSyntax: string;
  /** Length of that data set in bytes, where it is known: fewer or more bytes are then a failure. */
  readonly length?: number | undefined;
  /** The encoded data set, without meta information. The stream fails if the data set can't be read. */
  stream(): ReadableStream<Uint8Array>;
  /**
   * As `stream()`, the bytes from `start` to before `end` alone, in pieces: a stream, or another async iterable. At any time,
   * and as often as needed. Default: the source gives instances as a whole.
   */
  readonly part?: ((start: number, end: number) => AsyncIterable<Uint8Array>) | undefined;
  /** Rejects if the bytes can't be read. Default: no check before reading. */
  readonly check?: (() => Promise<void>) | undefined;
  /** Tag that changes with the data set: equal tags mean equal bytes. Default: unknown. */
  readonly version?: string | undefined;
}

/** How to ask. */
export interface AskOptions {
  /** Ends the answers. */
  readonly signal?: AbortSignal | undefined;
}

/** How to ask for instances. */
export interface RetrieveOptions extends AskOptions {
  /** Whether each is read whole, in turn: a source may then read one ahead. Default: false. */
  readonly whole?: boolean | undefined;
}

/** Which of the answers. They come in the order of the studies, the latest first, and always in the same one. */
export interface PageRequest extends AskOptions {
  /** Answers to pass over; 0. */
  readonly offset?: number | undefined;
  /** Answers at most; all of them. */
  readonly limit?: number | undefined;
  /** The `next` of an earlier page of the same query: answers begin behind that page, whatever has come since. */
  readonly after?: string | undefined;
}

/** Some of the answers. */
export interface Page {
  /** How many answers there are in all. */
  readonly total: number;
  /** Where the next page begins; absent on the last one. */
  readonly next?: string;
  /** The answers. */
  readonly matches: AsyncIterable<Match>;
}

/** Answers queries and hands over instances. */
export interface InstanceSource {
  /**
   * Whether the source announces every change, as an archive does by its events, so that callers may cache answers
   * until then. Default: false.
   */
  readonly observed?: boolean;
  /** Whether instances are given as they arrive from elsewhere, so that the last may come long after the first. Default: no. */
  readonly arriving?: boolean;
  /** What a query may ask for and this source does not do. Default: it does all. */
  readonly unheeded?: readonly (keyof MatchingOptions)[];
  /**
   * What a query means, one by one; an empty answer is none at all. Throws `IdentifierError` for a query that can't be
   * answered, before the first.
   */
  find(query: Query, options?: AskOptions): AsyncIterable<Match>;
  /**
   * The instances of all that a query means, each once; one that can't be had has a stream that fails. The stream of one is
   * to be opened, if it is, before the next is asked for. Throws as `find()` does.
   */
  retrieve(selection: Query, options?: RetrieveOptions): AsyncIterable<HeldInstance>;
  /** A page of the matches of `find()`. Default: the caller sorts these matches. Rejects as `find()` throws. */
  page?(query: Query, request?: PageRequest): Promise<Page>;
  /** SOP Instance UIDs of what `retrieve()` is about to give. Default: those that `find()` finds at the IMAGE level. */
  list?(selection: Query, options?: AskOptions): AsyncIterable<string>;
}

/** Warnings about an instance that is stored, but not exactly as it was sent. */
export interface StoredWithWarning {
  /** A status of PS3.4 Table B.2-1 that is a warning, which PS3.18 Table I.2-1 has as well. */
  readonly warning: number;
}

/** Takes instances. */
export interface InstanceSink {
  /** Resolves once the instance is safe there. Rejects when it is not. */
  store(instance: HeldInstance, options?: AskOptions): Promise<StoredWithWarning | void>;
}

/** SOP Instance UIDs of the instances that a selection means. Throws as `InstanceSource.find()` does. */
export async function* listInstances(
  source: InstanceSource,
  selection: Query,
  options: AskOptions = {},
): AsyncGenerator<string> {
  if (source.list !== undefined) return yield* source.list(selection, options);
  const keys = selection.keys.copy();
  if (!keys.has("SOPInstanceUID")) keys.set("SOPInstanceUID", null);
  const matching = { ...selection.matching, relational: true };
  for await (const { attributes } of source.find({ ...selection, level: "IMAGE", keys, matching }, options)) {
    yield attributes.getText("SOPInstanceUID") ?? "";
  }
}

/** An instance that a source has found and can't give, for this reason: its stream fails. */
export function unavailableInstance(
  { sopClassUid, sopInstanceUid }: Pick<HeldInstance, "sopClassUid" | "sopInstanceUid">,
  problem: string,
): HeldInstance {
  return {
    sopClassUid,
    sopInstanceUid,
    transferSyntax: UID.ExplicitVRLittleEndian,
    stream: () => new ReadableStream({ start: (controller) => controller.error(new Error(problem)) }),
  };
}
