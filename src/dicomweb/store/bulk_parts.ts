/**
 * Bulk data that came in parts of its own, kept until the metadata that refers to it is stored.
 *
 * @module
 */

import type { PendingObject } from "../../objects/object_store.ts";
import { DataSetError } from "../../errors.ts";
import type { ValueReference } from "../../dicom/data_set/data_element.ts";
import { type MediaRange, parseMediaRange } from "../media_range.ts";
import type { MultipartPart } from "../multipart/multipart_reader.ts";

/** Bulk data. */
export interface BulkPart {
  /** What it is, such as `application/octet-stream`. */
  readonly mediaType: MediaRange;
  /** Its bytes, as often as they are needed. */
  readonly reference: ValueReference;
}

/** Parts by their Content-Location. To dispose of them leaves nothing behind. */
export class BulkParts implements AsyncDisposable {
  readonly #create: () => PendingObject;
  readonly #parts = new Map<string, BulkPart>();
  readonly #objects: PendingObject[] = [];

  /** `create` makes room for one of them. */
  constructor(create: () => PendingObject) {
    this.#create = create;
  }

  /** Takes in a part to its end. Throws what the part fails with, and what there is no room for. */
  async add(location: string, { headers, body }: MultipartPart): Promise<void> {
    const object = this.#create();
    this.#objects.push(object);
    let length = 0;
    for await (const chunk of body) {
      await object.write(chunk);
      length += chunk.length;
    }
    const mediaType = parseMediaRange(headers.get("content-type") ?? "") ?? OCTET_STREAM;
    const known = this.#parts.get(location);
    if (known !== undefined) throw new DataSetError("Cannot take bulk data: two parts have the same Content-Location");
    this.#parts.set(location, { mediaType, reference: { length, stream: () => object.read(0) } });
  }

  /** The part that a BulkDataURI means. It is looked for in the request and nowhere else. Throws DataSetError. */
  get(uri: string): BulkPart {
    const part = this.#parts.get(uri.trim());
    if (part !== undefined) return part;
    throw new DataSetError("Cannot find bulk data: no part of the request has its BulkDataURI as Content-Location");
  }

  /** The part that a reference came from. */
  find(reference: ValueReference): BulkPart | undefined {
    return [...this.#parts.values()].find((part) => part.reference === reference);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const object of this.#objects.splice(0)) await object.discard();
  }
}

const OCTET_STREAM: MediaRange = { type: "application/octet-stream", parameters: new Map(), quality: 1 };
