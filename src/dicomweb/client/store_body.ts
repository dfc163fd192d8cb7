/**
 * Bodies of requests to store.
 *
 * @module
 */

import { fileMetaInformation } from "../../dicom/part10.ts";
import { concatenate } from "../../streams/concatenate.ts";
import { streamOf } from "../../streams/stream_of.ts";
import { LimitError } from "../../errors.ts";
import type { HeldInstance } from "../../query/instance_source.ts";
import { makeBoundary, partHead, partsEnd } from "../multipart_writer.ts";

/** An instance that could not be read, and why. */
export interface UnreadInstance {
  readonly instance: HeldInstance;
  readonly error: unknown;
}

/**
 * Bytes that are read before a part begins. A part cannot be taken back once it has begun: its request would have to be sent
 * again. So an instance that fails within these bytes, because its file is gone for instance, affects no other.
 */
const READ_AHEAD = 256 * 1024;

const HEADERS = { "Content-Type": "application/dicom" };
const encoder = new TextEncoder();

/** A body, and its media type. */
export interface SendableBody {
  /** Value of the header Content-Type. */
  readonly contentType: string;
  /** The bytes. */
  content(): Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>;
}

/** A multipart body whose instances are read while it is sent. */
export class StoreBody implements SendableBody {
  /** The boundary between its parts. */
  readonly boundary: string = makeBoundary();
  /** The instance that failed within its part, which ended the body. */
  broken: UnreadInstance | undefined;
  /** Whether the runtime has read all of it. */
  isWhole = false;
  readonly #next: () => Promise<HeldInstance | undefined>;
  readonly #onProgress: (bytes: number) => void;
  readonly #unopened: Map<HeldInstance, unknown>;

  /** `next` gives the instances; those that cannot be opened, so that none of their bytes are sent, go to `unopened`. */
  constructor(
    next: () => Promise<HeldInstance | undefined>,
    onProgress: (bytes: number) => void,
    unopened: Map<HeldInstance, unknown>,
  ) {
    this.#next = next;
    this.#onProgress = onProgress;
    this.#unopened = unopened;
  }

  /** The bytes; they can be sent once. */
  content(): ReadableStream<Uint8Array> {
    return streamOf(this.#bytes());
  }

  /** Value of the header Content-Type. */
  get contentType(): string {
    return `multipart/related; type="application/dicom"; boundary=${this.boundary}`;
  }

  async *#bytes(): AsyncGenerator<Uint8Array, void> {
    let isFirst = true;
    for (let instance = await this.#next(); instance !== undefined; instance = await this.#next()) {
      const opened = await this.#open(instance);
      if (opened === undefined) continue;
      yield encoder.encode(partHead(this.boundary, HEADERS, isFirst));
      isFirst = false;
      try {
        yield* opened;
      } catch (error) {
        this.broken = { instance, error };
        throw error;
      }
    }
    this.isWhole = true;
    yield encoder.encode(partsEnd(this.boundary, isFirst));
  }

  /** The file of an instance, whose beginning was read. */
  async #open(instance: HeldInstance): Promise<AsyncGenerator<Uint8Array, void> | undefined> {
    const bytes = fileBytes(instance, this.#onProgress);
    const ahead: Uint8Array[] = [];
    try {
      for (let length = 0; length < READ_AHEAD;) {
        const { value, done } = await bytes.next();
        if (done === true) break;
        ahead.push(value);
        length += value.length;
      }
    } catch (error) {
      this.#unopened.set(instance, error);
      return undefined;
    }
    return (async function* () {
      try {
        yield* ahead;
        yield* bytes;
      } finally {
        await bytes.return();
      }
    })();
  }
}

/** An instance as a body in memory. Throws `LimitError` for one that is longer than `maximum` bytes. */
export async function bufferedBody(
  instance: HeldInstance,
  maximum: number,
  onProgress: (bytes: number) => void,
): Promise<SendableBody> {
  const boundary = makeBoundary();
  const pieces = [encoder.encode(partHead(boundary, HEADERS, true))];
  let length = 0;
  for await (const piece of fileBytes(instance, onProgress)) {
    length += piece.length;
    if (length > maximum) {
      throw new LimitError(`Cannot hold an instance in memory: it has more than ${maximum} bytes`, {
        limit: "maxBufferedLength",
        maximum,
      });
    }
    pieces.push(piece.slice());
  }
  pieces.push(encoder.encode(partsEnd(boundary)));
  const bytes = concatenate(pieces);
  return { content: () => bytes, contentType: `multipart/related; type="application/dicom"; boundary=${boundary}` };
}

async function* fileBytes(
  instance: HeldInstance,
  onProgress: (bytes: number) => void,
): AsyncGenerator<Uint8Array, void> {
  const { sopInstanceUid, length: expected } = instance;
  yield fileMetaInformation(instance);
  let length = 0;
  for await (const chunk of instance.stream()) {
    length += chunk.length;
    if (length > (expected ?? length)) break;
    onProgress(chunk.length);
    yield chunk;
  }
  if (length !== (expected ?? length)) {
    throw new Error(`Cannot read the instance ${sopInstanceUid}: it has another length than ${expected} bytes`);
  }
}
