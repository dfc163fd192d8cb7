/**
 * Retrieve (WADO-RS, PS3.18 10.4): instances, metadata, frames and bulk data, as they arrive.
 *
 * @module
 */

import type { JsonDataSet } from "../../dicom/models/json_model.ts";
import type { HeldInstance } from "../../query/instance_source.ts";
import type { LentBytes } from "../../streams/lent_bytes.ts";
import { openFile } from "../file_part.ts";
import { type MediaRange, parseMediaRange } from "../media_range.ts";
import { type MultipartPart, readMultipart } from "../multipart/multipart_reader.ts";
import { readDataSets } from "./bounded_answer.ts";
import { type ResourcePath, resourcePath } from "./resource_path.ts";
import type { WebCaller } from "./web_caller.ts";

/** Bytes of an answer that are not an instance. */
export interface RetrievedBytes {
  /** Media type, such as `image/jpeg`; `application/octet-stream` if the server names none. */
  readonly mediaType: string;
  /** Transfer syntax UID, if the server states one. */
  readonly transferSyntax: string | undefined;
  /** Location of the bytes (Content-Location), as the server states it. */
  readonly location: string | undefined;
  /** The bytes, as the caller reads them. Requesting the next item skips unread bytes. */
  readonly body: ReadableStream<Uint8Array>;
}

/** How to retrieve. */
export interface WebRetrieveOptions {
  /**
   * Acceptable transfer syntaxes, the preferred one first; `*` accepts the stored one. Default: `*`.
   */
  readonly transferSyntaxes?: readonly string[];
  /** Gives up. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * The instances of a study or series, or the single one of a path. Open an instance's stream before requesting the next
 * instance, which comes when that stream was read; it can be read once.
 */
export async function* retrieveInstances(
  caller: WebCaller,
  path: ResourcePath,
  { transferSyntaxes = ["*"], signal }: WebRetrieveOptions = {},
): AsyncGenerator<HeldInstance, void, void> {
  const accept = transferSyntaxes.map((uid, index) => {
    const quality = index === 0 ? "" : `;q=${Math.max(0.1, 1 - index / 10)}`;
    return `multipart/related;type="application/dicom";transfer-syntax=${uid}${quality}`;
  });
  const what = "retrieve instances";
  const headers = { Accept: accept.join(", ") };
  const response = await caller.call({ what, url: resourcePath(path, "study"), headers, signal });
  for await (const { body, mediaType } of partsOf(response)) {
    if (mediaType !== "application/dicom") {
      await body.cancel();
      throw new SyntaxError(`Cannot ${what}: found a part of another media type, expected application/dicom`);
    }
    const { sopClassUid, sopInstanceUid, transferSyntax, dataSet } = await openFile(body);
    const once = new OnceReadable(dataSet);
    yield { sopClassUid, sopInstanceUid, transferSyntax, stream: () => once.open() };
    await once.finished;
  }
}

/** Bytes that can be read once, in the middle of others. */
class OnceReadable {
  /** Resolves when no reader reads them any more. */
  finished: Promise<void> = Promise.resolve();
  readonly #bytes: Required<LentBytes>;
  #opened = false;

  constructor(bytes: Required<LentBytes>) {
    this.#bytes = bytes;
  }

  open(): ReadableStream<Uint8Array> {
    if (this.#opened) throw new Error("Cannot read an instance twice: it comes from a server");
    this.#opened = true;
    const bytes = this.#bytes;
    let finish!: () => void;
    this.finished = new Promise((resolve) => finish = resolve);
    return new ReadableStream<Uint8Array>({
      async pull(controller) {
        try {
          const piece = await bytes.read();
          if (piece !== undefined) return controller.enqueue(piece);
          controller.close();
        } catch (error) {
          controller.error(error);
        }
        finish();
      },
      async cancel(reason) {
        finish();
        await bytes.cancel(reason);
      },
    }, { highWaterMark: 0 });
  }
}

/** Metadata of the instances of a path, in the DICOM JSON model. */
export async function retrieveMetadata(
  caller: WebCaller,
  path: ResourcePath,
  { maxAnswerLength, signal }: { readonly maxAnswerLength: number; readonly signal?: AbortSignal | undefined },
): Promise<readonly JsonDataSet[]> {
  const what = "retrieve metadata";
  const url = `${resourcePath(path, "study")}/metadata`;
  const response = await caller.call({ what, url, headers: { Accept: "application/dicom+json" }, signal });
  return await readDataSets(what, response, maxAnswerLength);
}

/** Frames of an instance by their numbers, from 1 on. */
export function retrieveFrames(
  caller: WebCaller,
  path: Required<ResourcePath>,
  numbers: readonly number[],
  { transferSyntaxes = ["*"], signal }: WebRetrieveOptions = {},
): AsyncGenerator<RetrievedBytes, void, void> {
  if (numbers.length === 0 || !numbers.every((number) => Number.isInteger(number) && number > 0)) {
    throw new TypeError("Cannot retrieve frames: expected their numbers, from 1 on");
  }
  const url = `${resourcePath(path, "study")}/frames/${numbers.join(",")}`;
  const accept = transferSyntaxes.map((uid) =>
    `multipart/related; type="application/octet-stream"; transfer-syntax=${uid}`
  );
  return retrieveBytes(caller, { what: "retrieve frames", url, accept: accept.join(", "), signal });
}

/**
 * The bulk data of a URI from metadata; a relative one starts at the base URL.
 *
 * @throws {TypeError} on a URI of another server: it would see the token, and might be a service that only this machine reaches
 */
export function retrieveBulkData(
  caller: WebCaller,
  uri: string,
  { signal }: Pick<WebRetrieveOptions, "signal"> = {},
): AsyncGenerator<RetrievedBytes, void, void> {
  const url = caller.resolve(uri);
  if (url === undefined) throw new TypeError("Cannot retrieve bulk data: its URI is one of another server");
  const accept = 'multipart/related; type="application/octet-stream", application/octet-stream;q=0.9, */*;q=0.5';
  return retrieveBytes(caller, { what: "retrieve bulk data", url, accept, signal });
}

async function* retrieveBytes(
  caller: WebCaller,
  { what, url, accept, signal }: { what: string; url: string; accept: string; signal: AbortSignal | undefined },
): AsyncGenerator<RetrievedBytes, void, void> {
  const response = await caller.call({ what, url, headers: { Accept: accept }, signal });
  for await (const part of partsOf(response)) yield part;
}

/** The parts of an answer; an answer that is no multipart message is a single part. */
async function* partsOf(response: Response): AsyncGenerator<RetrievedBytes, void, void> {
  const type = parseMediaRange(response.headers.get("content-type") ?? "");
  const { body } = response;
  if (body === null) return;
  if (type?.type !== "multipart/related") {
    const location = response.headers.get("content-location") ?? undefined;
    return yield { ...described(type), location, body };
  }
  for await (const part of readMultipart(body, type.parameters.get("boundary") ?? "")) yield ofPart(part, type);
}

function ofPart({ headers, body }: MultipartPart, whole: MediaRange): RetrievedBytes {
  const stated = headers.get("content-type");
  // The message may state for all parts what a part does not state.
  const type = parseMediaRange(stated ?? whole.parameters.get("type") ?? "");
  const inner = described(type);
  const transferSyntax = inner.transferSyntax ?? whole.parameters.get("transfer-syntax");
  return { ...inner, transferSyntax, location: headers.get("content-location"), body };
}

function described(type: MediaRange | undefined): Pick<RetrievedBytes, "mediaType" | "transferSyntax"> {
  return {
    mediaType: type?.type ?? "application/octet-stream",
    transferSyntax: type?.parameters.get("transfer-syntax"),
  };
}
