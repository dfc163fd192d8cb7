/**
 * Store (STOW-RS, PS3.18 10.5): instances in requests of many, sent as they are read.
 *
 * @module
 */

import type { HeldInstance } from "../../query/instance_source.ts";
import { resourcePath } from "./resource_path.ts";
import { readStoreAnswer, type WebStoreResult } from "./store_answer.ts";
import { bufferedBody, type SendableBody, StoreBody, type UnreadInstance } from "./store_body.ts";
import { Upcoming } from "./upcoming.ts";
import type { WebCaller } from "./web_caller.ts";
import { DicomwebError, errorOf } from "./web_error.ts";

/** How to store. */
export interface WebStoreOptions {
  /** The study of all instances, for servers that require it in the path. Default: none. */
  readonly study?: string;
  /** Most instances in one request; 100 by default. */
  readonly maxInstances?: number;
  /** Most bytes of instances in one request, unless a single one has more; 64 MiB by default. */
  readonly maxBytes?: number;
  /**
   * Whether to send requests while their instances are read. `auto`, the default, does so until the runtime or the server turns
   * out not to support it. Otherwise each instance gets a request of its own, and is held in memory.
   */
  readonly streaming?: "auto" | "never";
  /** Longest instance that is held in memory, in bytes; 256 MiB by default. */
  readonly maxBufferedLength?: number;
  /** Called with the number of bytes of data sets that were sent. */
  readonly onProgress?: (bytes: number) => void;
  /** Gives up. */
  readonly signal?: AbortSignal | undefined;
}

/** What the server supports, as far as is known; remembered from call to call. */
export interface KnownOfServer {
  /** Whether it takes requests that are sent while their instances are read. */
  streams: boolean;
  /** Most instances in a request: the server has found requests with more too long. */
  maxInstances: number;
}

const WHAT = "store instances";
/** Statuses that state a cause: not all instances were stored, the request has no length, or it is too long. */
const TOLD: readonly number[] = [409, 411, 413];
/** Statuses with which servers refuse a request because of one instance, without naming it. */
const REFUSED: readonly number[] = [400, 409, 415, 422];

/** Stores instances; requests the next one when the one before was read. */
export async function* storeInstances(
  caller: WebCaller,
  instances: Iterable<HeldInstance> | AsyncIterable<HeldInstance>,
  { known, maxAnswerLength, ...options }: WebStoreOptions & { known: KnownOfServer; maxAnswerLength: number },
): AsyncGenerator<WebStoreResult, void, void> {
  const storing = new Storing(caller, options, known, maxAnswerLength);
  const upcoming = new Upcoming(instances);
  try {
    while (await upcoming.peek() !== undefined) yield* storing.storeNext(upcoming);
  } finally {
    await upcoming.leave();
  }
}

/** The outcome of a request. */
type Sent =
  | { readonly type: "answered"; readonly response: Response; readonly isWhole: boolean }
  /** An instance could not be read: the request ended in the middle. */
  | { readonly type: "broken"; readonly by: UnreadInstance }
  | { readonly type: "failed"; readonly error: unknown };

class Storing {
  readonly #caller: WebCaller;
  readonly #options: WebStoreOptions;
  readonly #known: KnownOfServer;
  readonly #maxAnswerLength: number;

  constructor(caller: WebCaller, options: WebStoreOptions, known: KnownOfServer, maxAnswerLength: number) {
    this.#caller = caller;
    this.#options = options;
    this.#known = known;
    this.#maxAnswerLength = maxAnswerLength;
    if (options.streaming === "never" || !canStream()) known.streams = false;
  }

  /** Stores the next upcoming instances: as many as go into one request. */
  async *storeNext(upcoming: Upcoming<HeldInstance>): AsyncGenerator<WebStoreResult, void, void> {
    const first = await upcoming.peek();
    if (first === undefined) return;
    upcoming.take();
    if (!this.#known.streams) return yield await this.#storeBuffered(first);
    // A server may answer before it has read any instance: that answer is about the first.
    const batch = [first];
    const { maxInstances = 100, maxBytes = 64 * 1024 * 1024 } = this.#options;
    const most = Math.min(maxInstances, this.#known.maxInstances);
    let [bytes, isBegun, isOver] = [0, false, false];
    const next = async () => {
      if (!isBegun) {
        isBegun = true;
        return first;
      }
      if (batch.length >= most || bytes >= maxBytes) return undefined;
      const instance = await upcoming.peek();
      // A server may answer before the end of the request.
      if (instance === undefined || isOver) return undefined;
      if (bytes + (instance.length ?? 0) > maxBytes) return undefined;
      upcoming.take();
      batch.push(instance);
      return instance;
    };
    yield* this.#send(batch, next, (more) => bytes += more, () => isOver = true);
  }

  /** Stores instances that were read before. */
  async *#storeAgain(instances: readonly HeldInstance[]): AsyncGenerator<WebStoreResult, void, void> {
    if (instances.length === 0) return;
    if (!this.#known.streams) {
      for (const instance of instances) yield await this.#storeBuffered(instance);
      return;
    }
    const left = instances.values();
    yield* this.#send(instances, () => Promise.resolve(left.next().value), () => {}, () => {});
  }

  /** Sends one request, whose instances are in `batch` when it is over, and acts on its answer. */
  async *#send(
    batch: readonly HeldInstance[],
    next: () => Promise<HeldInstance | undefined>,
    count: (bytes: number) => void,
    ended: () => void,
  ): AsyncGenerator<WebStoreResult, void, void> {
    const unopened = new Map<HeldInstance, unknown>();
    const sent = await this.#request(batch, next, count, unopened);
    ended();
    for (const [instance, error] of unopened) yield failed(instance, error);
    const instances = batch.filter((instance) => !unopened.has(instance));
    if (sent.type === "broken") {
      yield failed(sent.by.instance, sent.by.error);
      yield* this.#storeAgain(instances.filter((instance) => instance !== sent.by.instance));
    } else if (sent.type === "failed") {
      this.#options.signal?.throwIfAborted();
      const { error } = sent;
      if (error instanceof DicomwebError && REFUSED.includes(error.status) && instances.length > 1) {
        yield* this.#storeHalves(instances);
      } else for (const instance of instances) yield failed(instance, error);
    } else yield* this.#conclude(instances, sent.response, sent.isWhole);
  }

  async *#conclude(
    instances: readonly HeldInstance[],
    response: Response,
    isWhole: boolean,
  ): AsyncGenerator<WebStoreResult, void, void> {
    const { status } = response;
    if (status === 413 && instances.length > 1) {
      await response.body?.cancel();
      this.#known.maxInstances = Math.min(this.#known.maxInstances, Math.ceil(instances.length / 2));
      yield* this.#storeHalves(instances);
    } else if (status === 411 && this.#known.streams) {
      await response.body?.cancel();
      this.#known.streams = false;
      yield* this.#storeAgain(instances);
    } else if (status === 411 || status === 413) {
      const error = await errorOf(WHAT, response);
      for (const instance of instances) yield failed(instance, error);
    } else {
      const { results, lists } = await this.#results(instances, response, isWhole);
      // Orthanc stops at the first instance that it cannot store, and lists none behind it.
      const mayBeStored = instances.length > 1 && (lists || REFUSED.includes(status));
      const left = results.map(({ unlisted }) => mayBeStored && unlisted !== undefined);
      yield* results.filter((_, index) => !left[index]);
      yield* this.#storeHalves(instances.filter((_, index) => left[index]));
    }
  }

  /** Stores instances of a request that was too long, or that the server refused because of one of them. */
  async *#storeHalves(instances: readonly HeldInstance[]): AsyncGenerator<WebStoreResult, void, void> {
    const half = Math.ceil(instances.length / 2);
    yield* this.#storeAgain(instances.slice(0, half));
    yield* this.#storeAgain(instances.slice(half));
  }

  async #results(
    instances: readonly HeldInstance[],
    response: Response,
    isWhole: boolean,
  ): ReturnType<typeof readStoreAnswer> {
    try {
      return await readStoreAnswer(instances, response, { isWhole, maximum: this.#maxAnswerLength });
    } catch (error) {
      this.#options.signal?.throwIfAborted();
      return { results: instances.map((instance) => failed(instance, error)), lists: false };
    }
  }

  /** Sends one request, which may be repeated: then with the same instances. */
  async #request(
    batch: readonly HeldInstance[],
    next: () => Promise<HeldInstance | undefined>,
    count: (bytes: number) => void,
    unopened: Map<HeldInstance, unknown>,
  ): Promise<Sent> {
    const { onProgress = () => {}, signal } = this.#options;
    let body: StoreBody | undefined;
    const progress = (bytes: number) => {
      count(bytes);
      onProgress(bytes);
    };
    const again = () => {
      const left = batch.filter((instance) => !unopened.has(instance)).values();
      return () => Promise.resolve(left.next().value);
    };
    const makeBody = () => {
      body = new StoreBody(body === undefined ? next : again(), progress, unopened);
      return body;
    };
    try {
      const response = await this.#post({
        body: makeBody,
        repeatable: () => body?.broken === undefined,
        signal,
      });
      return { type: "answered", response, isWhole: body?.isWhole ?? false };
    } catch (error) {
      return body?.broken === undefined ? { type: "failed", error } : { type: "broken", by: body.broken };
    }
  }

  async #storeBuffered(instance: HeldInstance): Promise<WebStoreResult> {
    const { maxBufferedLength = 256 * 1024 * 1024, onProgress = () => {}, signal } = this.#options;
    try {
      const body = await bufferedBody(instance, maxBufferedLength, onProgress);
      const response = await this.#post({ body: () => body, repeatable: () => true, signal });
      for await (const result of this.#conclude([instance], response, true)) return result;
      throw new Error("Cannot store: the instance has no outcome");
    } catch (error) {
      signal?.throwIfAborted();
      return failed(instance, error);
    }
  }

  async #post({ body, repeatable, signal }: {
    body: () => SendableBody;
    repeatable: () => boolean;
    signal: AbortSignal | undefined;
  }): Promise<Response> {
    const { study } = this.#options;
    return await this.#caller.call({
      what: WHAT,
      method: "POST",
      url: study === undefined ? "/studies" : resourcePath({ study }, "study"),
      headers: { Accept: "application/dicom+json" },
      body,
      repeatable,
      told: TOLD,
      signal,
    });
  }
}

function failed({ sopClassUid, sopInstanceUid }: HeldInstance, error: unknown): WebStoreResult {
  const problem = error instanceof Error ? error.message : String(error);
  return { sopClassUid, sopInstanceUid, stored: false, problem, error };
}

let streaming: boolean | undefined;

/**
 * Whether the runtime sends bodies as they are read. Browsers that can't either turn the stream into text or ignore `duplex`;
 * other runtimes that ignore it send the stream all the same.
 */
function canStream(): boolean {
  if (streaming !== undefined) return streaming;
  let asked = !("document" in globalThis);
  const init = {
    method: "POST",
    body: new ReadableStream(),
    get duplex() {
      asked = true;
      return "half";
    },
  };
  const { headers } = new Request("https://localhost/", init as RequestInit);
  return streaming = asked && !headers.has("content-type");
}
