/**
 * Where instances are, and where they go: the two interfaces that every way to ask, and every way to answer, meet in.
 *
 * @module
 */

import type { DataSet } from "../dicom/data_set/data_set.ts";
import type { AnswerDetail } from "./answer.ts";
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
  /** The encoded data set, without meta information. Fails when it can't be had. */
  stream(): ReadableStream<Uint8Array>;
}

/** How to ask. */
export interface AskOptions {
  /** Ends the answers. */
  readonly signal?: AbortSignal | undefined;
}

/** Answers queries and hands over instances. */
export interface InstanceSource {
  /**
   * What a query means, one by one; an empty answer is none at all. Throws `IdentifierError` for a query that can't be
   * answered, before the first.
   */
  find(query: Query, options?: AskOptions): AsyncIterable<Match>;
  /** The instances of all that a query means, each once. Throws as `find()` does. */
  retrieve(selection: Query, options?: AskOptions): AsyncIterable<HeldInstance>;
}

/** Takes instances. */
export interface InstanceSink {
  /** Resolves once the instance is safe there. Rejects when it is not. */
  store(instance: HeldInstance, options?: AskOptions): Promise<void>;
}
