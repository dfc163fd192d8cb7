/**
 * Stores the instances of a request (PS3.18 10.5.2), each in a transaction of its own.
 *
 * @module
 */

import type { DataSet } from "../../dicom/data_set/data_set.ts";
import type { IncomingInstance } from "../../archive/archive.ts";
import type { InstanceOrigin } from "../../archive/routing.ts";
import type { KeptInstance } from "../../archive/events.ts";
import type { PendingObject } from "../../objects/object_store.ts";
import type { MediaRange } from "../media_range.ts";
import { LimitError } from "../../errors.ts";
import { MultipartError } from "../multipart/multipart_error.ts";
import { BulkParts } from "./bulk_parts.ts";
import { openFile } from "../file_part.ts";
import {
  composeInstance,
  instanceNamedIn,
  instanceOf,
  type Metadata,
  readMetadata,
  splitMetadata,
} from "./metadata.ts";
import {
  type FailedInstance,
  FailureReason,
  failureReasonOf,
  type SopInstance,
  StoreFailure,
  type StoreOutcome,
  type StoreRefusedEvent,
  WarningReason,
} from "./store_outcome.ts";
import { RequestBody, type RequestLimits } from "./request_body.ts";
import { readStoreParts, type StoreLimits, type StorePart } from "./store_request.ts";

/** An instance that is stored, as far as its sender may be told. */
export interface KeptByStore extends Pick<KeptInstance, "outcome"> {
  /** Its study and series. */
  readonly instance: Pick<KeptInstance["instance"], "studyInstanceUid" | "seriesInstanceUid">;
  /** Warning Reason (0008,1196). Default: follows from the outcome. */
  readonly warning?: number;
  /**
   * The client gets the outcome after this resolves; if it rejects, the instance counts as failed for that reason. Default: the
   * client does not have to wait.
   */
  readonly acknowledged?: Promise<void> | undefined;
}

/** Takes the instances. */
export interface StoreSink {
  /** Stores one, and resolves when it is durable; as `Archive.keep()`. */
  keep(instance: IncomingInstance): Promise<KeptByStore>;
  /** How many instances of a request are stored at the same time. Default: eight, which share the cost of making them durable. */
  readonly atOnce?: number;
  /** Makes room for bulk data, until the instance that it belongs to is stored. */
  create(): PendingObject;
  /** Called with each request when it begins, and with its sender if that is known; the result is called at its end. */
  begin?(sender: string | undefined): () => void;
  /** Whether it takes instances of a SOP class. Default: of any. */
  takesSopClass?(uid: string): boolean;
  /** Why it takes no instances at the moment, if it has no room. Default: it always has room. */
  shortage?(): string | undefined;
  /** Called when an instance was not stored for a reason of its own. */
  refused?(event: StoreRefusedEvent): void;
  /** Called with a limit because of which an instance, or the rest of a request, was not stored. */
  limitPassed?(error: LimitError): void;
}

/** How to store. */
export interface StoreRequestOptions {
  /** Takes the instances. */
  readonly sink: StoreSink;
  /** The study of all instances; any by default. */
  readonly studyInstanceUid?: string | undefined;
  /** The sender of the instances; unknown by default. */
  readonly sender?: string | undefined;
  /** The origin of the instances, for rules that need it; unknown by default. */
  readonly origin?: InstanceOrigin | undefined;
  /** Bounds of the request. */
  readonly limits?: StoreLimits & RequestLimits;
  /** Called with unexpected errors, such as of a disk that fails. */
  readonly onError: (error: unknown) => void;
}

/** The outcome of a request. */
export interface StoredRequest {
  /** The outcomes of its instances, in their order. */
  readonly outcomes: readonly StoreOutcome[];
  /** The first part, if no part has a supported media type. */
  readonly unsupported: { readonly number: number; readonly mediaType: string } | undefined;
  /** The error that ended the request early, or made it invalid; the instances before it are stored. */
  readonly error: unknown;
}

/** Most instances that are made durable at the same time, to share the cost. */
const MOST_AT_ONCE = 8;

/** Stores all instances that it can, one part after the other as they arrive. Never rejects. */
export async function storeInstances(
  body: ReadableStream<Uint8Array>,
  mediaType: MediaRange,
  options: StoreRequestOptions,
): Promise<StoredRequest> {
  await using storing = new Storing(options);
  const request = new RequestBody(body, options.limits);
  let error: unknown;
  try {
    for await (const part of readStoreParts(request.stream, mediaType, options.limits)) {
      await storing.take(part);
    }
    await storing.storeMetadata();
  } catch (cause) {
    error = cause;
  }
  const finished = await storing.finish();
  storing.tellLimit(error);
  if (error instanceof SyntaxError || error instanceof LimitError) {
    storing.tellRefusal({ instance: undefined, reason: FailureReason.CannotUnderstand }, error);
  }
  // A single part is an instance that failed, too.
  return { ...finished, error: error ?? request.failure };
}

/** The outcome of a stored instance that the client may not be told of yet. */
type Unacknowledged = () => Promise<StoreOutcome>;

/** One request's work. */
class Storing implements AsyncDisposable {
  readonly #options: StoreRequestOptions;
  readonly #outcomes: StoreOutcome[] = [];
  #others = 0;
  #firstOther: StoredRequest["unsupported"];
  /** Parts of metadata, which are read when all bulk data has arrived. */
  readonly #metadata: Extract<StorePart, { type: "metadata" }>[] = [];
  readonly #bulk: BulkParts;
  readonly #atWork = new Set<Promise<void>>();
  /** Stored instances that the client may not be told of yet. */
  readonly #unacknowledged: Promise<void>[] = [];
  #begun = 0;
  readonly #told = new Set<LimitError>();
  readonly #refusals = new Set<unknown>();

  constructor(options: StoreRequestOptions) {
    this.#options = options;
    this.#bulk = new BulkParts(() => options.sink.create(), options.limits?.maxRequestLength);
  }

  /** Takes a part, and resolves when the next part may come. */
  async take(part: StorePart): Promise<void> {
    switch (part.type) {
      case "file":
        return await Promise.race([this.#begin((known) => this.#storeFile(part.body, known)), part.settled]);
      case "metadata":
        return void this.#metadata.push(part);
      case "bulk-data":
        return await this.#bulk.add(part.location, part.part);
      case "other":
        this.#others++;
        this.#firstOther ??= part;
        this.#outcomes[this.#begun++] = this.#failed(
          new StoreFailure(
            `Cannot store part ${part.number}: its media type is not supported`,
            FailureReason.CannotUnderstand,
          ),
          undefined,
        );
    }
  }

  /** Stores the instances of metadata, when all bulk data has arrived. */
  async storeMetadata(): Promise<void> {
    for (let part = this.#metadata.shift(); part !== undefined; part = this.#metadata.shift()) {
      // One after the other: if two instances share bulk data, one reads it at a time.
      for (const metadata of await this.#split(part)) {
        await this.#begin((known) => this.#storeComposed(metadata, known));
      }
    }
  }

  async finish(): Promise<Omit<StoredRequest, "error">> {
    await Promise.all(this.#atWork);
    await Promise.all(this.#unacknowledged);
    const outcomes = this.#outcomes;
    return { outcomes, unsupported: this.#others === outcomes.length ? this.#firstOther : undefined };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#atWork);
    await this.#bulk[Symbol.asyncDispose]();
  }

  /** Reports the limit behind an error, or behind its cause: once, whatever it ends. */
  tellLimit(error: unknown): void {
    let cause = error;
    while (cause instanceof Error && !(cause instanceof LimitError)) cause = cause.cause;
    if (!(cause instanceof LimitError) || this.#told.has(cause)) return;
    this.#told.add(cause);
    this.#options.sink.limitPassed?.(cause);
  }

  /** Reports an instance that was refused, or the error that ended the request: once, whatever it ends. */
  tellRefusal({ instance, reason }: Omit<FailedInstance, "type" | "why">, error: unknown): void {
    if (this.#refusals.has(error)) return;
    this.#refusals.add(error);
    const { sink, sender } = this.#options;
    const why = error instanceof Error ? error.message : "";
    sink.refused?.({ type: "store-refused", instance, sender, reason, why });
  }

  async #split(
    { bytes, form }: { readonly bytes: Uint8Array; readonly form: "json" | "xml" },
  ): Promise<readonly Metadata[]> {
    try {
      return await splitMetadata(bytes, form);
    } catch (error) {
      this.#outcomes[this.#begun++] = this.#failed(error, undefined);
      return [];
    }
  }

  /** Begins to store an instance, once few enough are under way; its outcome has the next place. Never rejects. */
  async #begin(store: (known: { instance?: SopInstance }) => Promise<StoreOutcome | Unacknowledged>): Promise<void> {
    const place = this.#begun++;
    const { atOnce = MOST_AT_ONCE } = this.#options.sink;
    while (this.#atWork.size >= atOnce) await Promise.race(this.#atWork);
    const known: { instance?: SopInstance } = {};
    const work = store(known).catch((error) => this.#failed(error, known.instance)).then((outcome) => {
      if (typeof outcome === "function") {
        this.#unacknowledged.push(outcome().then((known) => void (this.#outcomes[place] = known)));
      } else this.#outcomes[place] = outcome;
      this.#atWork.delete(work);
    });
    this.#atWork.add(work);
    await work;
  }

  async #storeFile(
    body: ReadableStream<Uint8Array>,
    known: { instance?: SopInstance },
  ): Promise<StoreOutcome | Unacknowledged> {
    const { dataSet, transferSyntax, ...instance } = await openFile(body);
    known.instance = instance;
    return await this.#keep({ ...instance, transferSyntax, dataSet });
  }

  async #storeComposed(
    metadata: Metadata,
    known: { instance?: SopInstance },
  ): Promise<StoreOutcome | Unacknowledged> {
    let dataSet: DataSet;
    try {
      dataSet = await readMetadata(metadata, this.#bulk);
    } catch (error) {
      const named = await instanceNamedIn(metadata);
      if (named !== undefined) known.instance = named;
      throw error;
    }
    known.instance = instanceOf(dataSet);
    return await this.#keep(composeInstance(dataSet, this.#bulk));
  }

  async #keep(incoming: IncomingInstance): Promise<StoreOutcome | Unacknowledged> {
    const { sink, studyInstanceUid, sender, origin } = this.#options;
    const { sopClassUid, sopInstanceUid } = incoming;
    const refusal = sopClassUid.trim() === ""
      ? new StoreFailure("Cannot store: there is no SOP Class UID", FailureReason.DataSetDoesNotMatchSopClass)
      : sink.takesSopClass?.(sopClassUid) === false
      ? new StoreFailure("Cannot store: the SOP class is not supported", FailureReason.SopClassNotSupported)
      : undefined;
    if (refusal !== undefined) {
      const { dataSet } = incoming;
      dataSet.cancel?.().catch(() => {});
      throw refusal;
    }
    const { outcome, instance, warning, acknowledged } = await sink.keep({
      ...incoming,
      ...(studyInstanceUid !== undefined && { studyInstanceUid }),
      ...(sender !== undefined && { sourceAeTitle: sender }),
      ...(origin !== undefined && { origin }),
    });
    const { studyInstanceUid: study, seriesInstanceUid } = instance;
    const stored: StoreOutcome = {
      ...{ type: "stored", sopClassUid, sopInstanceUid, studyInstanceUid: study, seriesInstanceUid },
      ...(outcome === "kept-first" && { warning: WarningReason.Coercion }),
      ...(warning !== undefined && { warning }),
    };
    if (acknowledged === undefined) return stored;
    // The next instances come meanwhile: waiting for one after the other would take far too long.
    const known = acknowledged.then(() => stored, (error) => this.#failed(error, { sopClassUid, sopInstanceUid }));
    return () => known;
  }

  #failed(error: unknown, instance: SopInstance | undefined): StoreOutcome {
    this.tellLimit(error);
    const reason = failureReasonOf(error);
    const isTheClients = reason !== undefined || error instanceof MultipartError;
    if (!isTheClients) this.#options.onError(error);
    const isKnown = instance !== undefined && instance.sopInstanceUid !== "";
    const outcome: FailedInstance = {
      type: "failed",
      instance: isKnown ? instance : undefined,
      reason: reason ?? FailureReason.ProcessingFailure,
      why: isTheClients && error instanceof Error ? error.message : "Cannot store: the log of the gateway says why",
    };
    if (isTheClients) this.tellRefusal(outcome, error);
    return outcome;
  }
}
