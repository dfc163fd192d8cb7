/**
 * A DICOMweb server as a destination: STOW-RS, and QIDO-RS as its probe.
 *
 * @module
 */

import type { DicomwebClient } from "../dicomweb/client/client.ts";
import type { WebStoreResult } from "../dicomweb/client/store_answer.ts";
import { DicomwebError } from "../dicomweb/client/web_error.ts";
import { statusCode } from "../dimse/statuses.ts";
import { DataSetError, DeadlineError } from "../errors.ts";
import type { AskOptions } from "../query/instance_source.ts";
import type { BatchBounds, Delivered, Destination, OutgoingInstance } from "../routing/destinations/destination.ts";
import { classOfStatus } from "../routing/destinations/dimse_destination.ts";
import { classOfHttpStatus, retryAfter } from "../routing/destinations/http_outcomes.ts";
import { DeliveryError, type OutcomeClass } from "../routing/destinations/outcomes.ts";

/** What becomes of an instance that the server refuses with 409 and no reason because it has one of that UID. */
export type ConflictPolicy = "dead" | "duplicate";

/** How to store. */
export interface WebDestinationOptions {
  /** Instances in a request at most. Default: 32. */
  readonly instances?: number | undefined;
  /** Bytes of instances in a request at most, unless a single one has more. Default: 64 MiB. */
  readonly bytes?: number | undefined;
  /** What to do about a conflict. Default: `dead`. */
  readonly conflict?: ConflictPolicy | undefined;
}

type StoreOutcome = PromiseSettledResult<Delivered>;

const SOP_INSTANCE_UID = "00080018";

const MEBIBYTE = 1024 * 1024;

/** No study has this UID, the one of the UUID of zeros (PS3.5 B.2). A search for it costs little and reveals no patient. */
const NO_STUDY = "2.25.0";

/** Statuses below 500 by which a failing server answers a search. */
const FAILING: ReadonlySet<number> = new Set([401, 403, 407, 408, 425, 429]);
const NOT_IMPLEMENTED = 501;

/** Failure reasons (0008,1197) of Azure's service: it has the instance already; another client is storing it at the moment. */
const WEB_REASONS: Readonly<Record<number, "duplicate" | "transient">> = { 0xB00E: "duplicate", 0xB00F: "transient" };

/** Pauses between searches for an instance, in milliseconds. */
const SHORTEST_PAUSE = 250;
const LONGEST_PAUSE = 4_000;

/** Stores several instances in one request. */
export class WebDestination implements Destination {
  /** Most instances and bytes of one request. */
  readonly batch: BatchBounds;
  readonly #client: Pick<DicomwebClient, "store" | "search">;
  readonly #conflict: ConflictPolicy;

  /** Sends no request yet. */
  constructor(
    client: Pick<DicomwebClient, "store" | "search">,
    { instances = 32, bytes = 64 * MEBIBYTE, conflict = "dead" }: WebDestinationOptions = {},
  ) {
    this.#client = client;
    this.#conflict = conflict;
    this.batch = { instances, bytes };
  }

  /** Stores an instance by a request of its own. A failure reason (0008,1197) counts as the status of a C-STORE would. */
  async store(instance: OutgoingInstance, options: AskOptions = {}): Promise<Delivered> {
    const [outcome] = await this.storeAll([instance], options);
    if (outcome!.status === "rejected") throw outcome!.reason;
    return outcome!.value;
  }

  /**
   * Stores instances by one request; the answer says what became of each. If the server finds the request too long, or refuses
   * it without naming an instance, halves of it are tried. Once the server fails, no more is sent, and all instances that it has
   * not answered for have that failure.
   */
  async storeAll(
    instances: readonly OutgoingInstance[],
    { signal }: AskOptions = {},
  ): Promise<readonly StoreOutcome[]> {
    const outcomes = new Map<string, StoreOutcome>();
    let sent = 0;
    const options = {
      maxInstances: instances.length,
      maxBytes: Infinity,
      signal,
      onProgress: (bytes: number) => sent += bytes,
    };
    let rest: StoreOutcome = failure("Cannot store: the instance has no outcome", "failed");
    for await (const result of this.#client.store(instances, options)) {
      const outcome = this.#outcomeOf(result, sent > 0);
      outcomes.set(result.sopInstanceUid, outcome);
      if (result.error === undefined || !isOfServer(outcome)) continue;
      rest = outcome;
      break;
    }
    signal?.throwIfAborted();
    return instances.map(({ sopInstanceUid }) => outcomes.get(sopInstanceUid) ?? rest);
  }

  /** Searches for a study that cannot exist. */
  async probe({ signal }: AskOptions = {}): Promise<void> {
    try {
      const search = { level: "studies", match: { StudyInstanceUID: NO_STUDY }, limit: 1 } as const;
      for await (const _ of this.#client.search(search, { signal })) break;
    } catch (error) {
      // Any answer will do, even one that is no DICOMweb: a server that only stores may have no search.
      const works = error instanceof DicomwebError ? !isFailing(error.status) : error instanceof SyntaxError;
      if (!works) throw error;
    }
  }

  /**
   * Searches for the instance (QIDO-RS): a server that finds it has it. Some servers find an instance only a while after they
   * stored it: with a signal the search is repeated until the signal is aborted.
   */
  async confirm(
    { studyInstanceUid, seriesInstanceUid, sopInstanceUid }: OutgoingInstance,
    { signal }: AskOptions = {},
  ): Promise<void> {
    const study = studyInstanceUid === "" ? {} : { study: studyInstanceUid };
    const path = seriesInstanceUid === "" || studyInstanceUid === "" ? study : { ...study, series: seriesInstanceUid };
    const search = { level: "instances", match: { SOPInstanceUID: sopInstanceUid }, limit: 1, ...path } as const;
    for (let pause = SHORTEST_PAUSE;; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
      for await (const answer of this.#client.search(search, { signal })) {
        if (answer[SOP_INSTANCE_UID]?.Value?.[0] === sopInstanceUid) return;
      }
      if (signal === undefined) throw new Error("Cannot confirm: the server does not find the instance");
      await elapsed(pause, signal);
    }
  }

  #outcomeOf({ stored, reason, problem = "", unlisted, error }: WebStoreResult, isBegun: boolean): StoreOutcome {
    const status = reason === undefined ? undefined : statusCode(reason);
    if (stored) return { status: "fulfilled", value: { status: status ?? "200" } };
    const message = `Cannot store: ${problem}`;
    if (reason !== undefined) {
      const outcome = WEB_REASONS[reason] ?? classOfStatus(reason);
      return outcome === "duplicate" ? duplicate(status!) : failure(message, outcome, { status });
    }
    if (unlisted === 409) {
      return this.#conflict === "duplicate" ? duplicate("409") : failure(message, "permanent", { status: "409" });
    }
    // A success that leaves the instance out is a failure: Orthanc refuses instances so.
    if (unlisted !== undefined) return failure(message, "permanent", { status: String(unlisted) });
    return failureOf(error, isBegun);
  }
}

/** Classes of failures that do not depend on the instance. */
const OF_SERVER: ReadonlySet<OutcomeClass> = new Set(["transport", "configuration", "interrupted", "transient"]);

function isOfServer(outcome: StoreOutcome): boolean {
  return outcome.status === "rejected" && OF_SERVER.has((outcome.reason as DeliveryError).class);
}

function duplicate(status: string): StoreOutcome {
  return { status: "fulfilled", value: { duplicate: true, status } };
}

type FailureClass = Exclude<OutcomeClass, "delivered" | "duplicate">;

function failure(
  message: string,
  outcome: FailureClass,
  detail: { readonly status?: string | undefined; readonly retryAfter?: number | undefined; readonly cause?: unknown } =
    {},
): PromiseRejectedResult {
  return { status: "rejected", reason: new DeliveryError(message, { class: outcome, ...detail }) };
}

/** The failure behind a request without an answer that lists instances. */
function failureOf(error: unknown, isBegun: boolean): PromiseRejectedResult {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof DicomwebError) {
    return failure(message, classOfHttpStatus(error.status), {
      status: String(error.status),
      retryAfter: retryAfter(error.retryAfter ?? null, Date.now()),
      cause: error,
    });
  }
  if (error instanceof DataSetError) return failure(message, "permanent", { cause: error });
  const isLost = error instanceof DeadlineError || error instanceof Error && error.cause instanceof TypeError;
  // Runtimes read from the body before they have a connection.
  const lost = isBegun && !isUnconnected(error) ? "interrupted" : "transport";
  return failure(message, isLost ? lost : "failed", { cause: error });
}

/** What runtimes report if no connection was made: Deno in words, Node and Bun by codes. */
const UNCONNECTED =
  /\(Connect\)|dns error|ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ConnectionRefused|FailedToOpenSocket/;
const DEEPEST_CAUSE = 5;

function isUnconnected(error: unknown): boolean {
  let cause = error;
  for (let depth = 0; cause instanceof Error && depth < DEEPEST_CAUSE; depth++, cause = cause.cause) {
    if (UNCONNECTED.test(`${cause.message} ${(cause as { code?: unknown }).code}`)) return true;
  }
  return false;
}

function isFailing(status: number): boolean {
  return FAILING.has(status) || status >= 500 && status !== NOT_IMPLEMENTED;
}

/** Resolves after so many milliseconds; rejects with the signal's reason. */
function elapsed(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", end);
      resolve();
    }, milliseconds);
    signal.aborted ? end() : signal.addEventListener("abort", end, { once: true });
  });
}
