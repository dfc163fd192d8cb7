/**
 * Bulk data in parts of its own, kept until the metadata that refers to it is stored.
 *
 * @module
 */

import type { PendingObject } from "../../objects/object_store.ts";
import { DataSetError, LimitError } from "../../errors.ts";
import type { ValueReference } from "../../dicom/data_set/data_element.ts";
import { streamOf } from "../../streams/stream_of.ts";
import { type MediaRange, parseMediaRange } from "../media_range.ts";
import type { MultipartPart } from "../multipart/multipart_reader.ts";

/** Bulk data. */
export interface BulkPart {
  /** Media type, such as `application/octet-stream`. */
  readonly mediaType: MediaRange;
  /** Its bytes, which can be read several times. */
  readonly reference: ValueReference;
}

/**
 * Parts by their Content-Location. All are in one object, one behind the other: an object for each would cost a buffer, or an
 * open file. They are read when all have arrived. Disposing of them removes them.
 */
export class BulkParts implements AsyncDisposable {
  readonly #create: () => PendingObject;
  readonly #maximum: number;
  /** Bytes that instances have used. */
  #given = 0;
  readonly #parts = new Map<string, BulkPart>();
  #object: PendingObject | undefined;
  #size = 0;

  /** `create` makes room for the parts. `maximum` is how many bytes of them all instances may use: many may share one part. */
  constructor(create: () => PendingObject, maximum = Infinity) {
    this.#create = create;
    this.#maximum = maximum;
  }

  /** Reads a part to its end. Throws the part's own error, and an error without room. */
  async add(location: string, { headers, body }: MultipartPart): Promise<void> {
    const object = this.#object ??= this.#create();
    const start = this.#size;
    for await (const chunk of body) {
      await object.write(chunk);
      this.#size += chunk.length;
    }
    const mediaType = parseMediaRange(headers.get("content-type") ?? "") ?? OCTET_STREAM;
    const known = this.#parts.get(location);
    if (known !== undefined) throw new DataSetError("Cannot take bulk data: two parts have the same Content-Location");
    const length = this.#size - start;
    this.#parts.set(location, {
      mediaType,
      reference: { length, stream: () => streamOf(firstBytes(object.read(start), length)) },
    });
  }

  /** The part of a BulkDataURI. It must be in the request itself. Throws DataSetError and LimitError. */
  get(uri: string): BulkPart {
    const part = this.#parts.get(uri.trim());
    if (part === undefined) {
      throw new DataSetError("Cannot find bulk data: no part of the request has its BulkDataURI as Content-Location");
    }
    this.#given += part.reference.length;
    if (this.#given <= this.#maximum) return part;
    const found = `the instances of the request have more than ${this.#maximum} bytes of it`;
    throw new LimitError(`Cannot give bulk data: ${found}`, { limit: "maxRequestLength", maximum: this.#maximum });
  }

  /** The part that a reference came from. */
  find(reference: ValueReference): BulkPart | undefined {
    return [...this.#parts.values()].find((part) => part.reference === reference);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#object?.discard();
  }
}

/** So many bytes; what follows is left unread. */
async function* firstBytes(pieces: AsyncIterable<Uint8Array>, length: number): AsyncGenerator<Uint8Array, void, void> {
  let left = length;
  if (left === 0) return;
  for await (const piece of pieces) {
    yield piece.subarray(0, left);
    left -= piece.length;
    if (left <= 0) return;
  }
}

const OCTET_STREAM: MediaRange = { type: "application/octet-stream", parameters: new Map(), quality: 1 };
