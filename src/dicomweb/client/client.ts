/**
 * A client of DICOMweb servers (PS3.18), over `fetch`.
 *
 * @module
 */

import type { JsonDataSet } from "../../dicom/models/json_model.ts";
import type { HeldInstance } from "../../query/instance_source.ts";
import { type ResourcePath, resourcePath } from "./resource_path.ts";
import {
  retrieveBulkData,
  type RetrievedBytes,
  retrieveFrames,
  retrieveInstances,
  retrieveMetadata,
  type WebRetrieveOptions,
} from "./retrieve.ts";
import { type Search, search, type WebSearchOptions } from "./search.ts";
import { type KnownOfServer, storeInstances, type WebStoreOptions } from "./store.ts";
import type { WebStoreResult } from "./store_answer.ts";
import { type CallerOptions, WebCaller } from "./web_caller.ts";

/** How the client calls its server. */
export interface DicomwebClientOptions extends CallerOptions {
  /** Longest answer in JSON or XML, in bytes: a page of a search, metadata, a result of storing. 256 MiB by default. */
  readonly maxAnswerLength?: number;
}

/**
 * A client of one server. It repeats requests that fail for the moment. All requests throw `DicomwebError` for an answer that
 * is not a success, `DeadlineError` when the server makes no progress, and the signal's reason.
 *
 * @example
 * ```ts
 * import { clientCredentials, DicomwebClient } from "@gantry/dicom/dicomweb";
 *
 * const client = new DicomwebClient({
 *   url: "https://pacs.example/dicom-web",
 *   token: clientCredentials({ tokenUrl: "https://login.example/token", clientId: "gantry", clientSecret: "secret" }),
 * });
 * for await (const study of client.search({ level: "studies", match: { PatientID: "A17" } })) {
 *   for await (const instance of client.retrieve({ study: String(study["0020000D"]?.Value?.[0]) })) {
 *     for await (const bytes of instance.stream()) console.log(instance.sopInstanceUid, bytes.length);
 *   }
 * }
 * ```
 */
export class DicomwebClient {
  readonly #caller: WebCaller;
  readonly #maxAnswerLength: number;
  readonly #known: KnownOfServer = { streams: true, maxInstances: Infinity };

  /** Sends no request yet. Throws TypeError for an invalid URL. */
  constructor({ maxAnswerLength = 256 * 1024 * 1024, ...options }: DicomwebClientOptions) {
    this.#caller = new WebCaller(options);
    this.#maxAnswerLength = maxAnswerLength;
  }

  /** The base URL, without a slash at its end. */
  get url(): string {
    return this.#caller.base;
  }

  /** Searches (QIDO-RS): yields the answers one by one, in the DICOM JSON model, however many pages they take. */
  search(
    asked: Search,
    options: Pick<WebSearchOptions, "onWarning" | "signal"> = {},
  ): AsyncGenerator<JsonDataSet, void, void> {
    return search(this.#caller, asked, { ...options, maxAnswerLength: this.#maxAnswerLength });
  }

  /**
   * Retrieves the instances of a study, series or path (WADO-RS). Open an instance's stream before requesting the next instance;
   * it can be read once.
   */
  retrieve(path: ResourcePath, options: WebRetrieveOptions = {}): AsyncGenerator<HeldInstance, void, void> {
    return retrieveInstances(this.#caller, path, options);
  }

  /** The metadata of the instances of a path. */
  metadata(path: ResourcePath, { signal }: Pick<WebRetrieveOptions, "signal"> = {}): Promise<readonly JsonDataSet[]> {
    return retrieveMetadata(this.#caller, path, { maxAnswerLength: this.#maxAnswerLength, signal });
  }

  /** Frames of an instance by their numbers, from 1 on, in the server's order, which is that of the numbers. */
  frames(
    path: Required<ResourcePath>,
    numbers: readonly number[],
    options: WebRetrieveOptions = {},
  ): AsyncGenerator<RetrievedBytes, void, void> {
    return retrieveFrames(this.#caller, path, numbers, options);
  }

  /** The bulk data of a BulkDataURI; usually one part. Throws TypeError for a URI of another server. */
  bulkData(
    uri: string,
    { signal }: Pick<WebRetrieveOptions, "signal"> = {},
  ): AsyncGenerator<RetrievedBytes, void, void> {
    return retrieveBulkData(this.#caller, uri, { signal });
  }

  /**
   * Stores instances (STOW-RS), many in a request, and yields the outcome of each; the others are still stored if one cannot be
   * stored or read. Requests are sent while the instances are read, no faster than the server takes them. Repeating a request
   * reads its instances again.
   */
  store(
    instances: Iterable<HeldInstance> | AsyncIterable<HeldInstance>,
    options: WebStoreOptions = {},
  ): AsyncGenerator<WebStoreResult, void, void> {
    const told = { known: this.#known, maxAnswerLength: this.#maxAnswerLength };
    return storeInstances(this.#caller, instances, { ...options, ...told });
  }

  /** Deletes a study, series or instance, on servers that support it. */
  async delete(path: ResourcePath, { signal }: Pick<WebRetrieveOptions, "signal"> = {}): Promise<void> {
    const url = resourcePath(path, "study");
    const response = await this.#caller.call({ what: "delete", method: "DELETE", url, signal });
    await response.body?.cancel();
  }
}
