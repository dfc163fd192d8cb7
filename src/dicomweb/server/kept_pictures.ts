/**
 * Small pictures that clients are likely to request again.
 *
 * @module
 */

/** Most bytes of all pictures that all servers keep together. */
const MAXIMUM_KEPT = 32 * 1024 * 1024;
/** Most bytes of a picture that is kept. */
const MAXIMUM_LENGTH = 1024 * 1024;

/** The pictures that were requested last, as many as have room. */
export class KeptPictures {
  readonly #pictures = new Map<string, Uint8Array>();
  readonly #maximum: number;
  #length = 0;

  /** `share` is the share of 32 MiB that it may use. */
  constructor(share = 1) {
    this.#maximum = MAXIMUM_KEPT * share;
  }

  /** A picture by its key, which must distinguish versions of the instance; undefined if it is not kept. */
  get(key: string): Uint8Array | undefined {
    const found = this.#pictures.get(key);
    if (found === undefined) return undefined;
    this.#pictures.delete(key);
    this.#pictures.set(key, found);
    return found;
  }

  /** Keeps a picture, unless it is larger than 1 MiB; the pictures whose last request is longest ago go. */
  put(key: string, picture: Uint8Array): void {
    if (picture.length > MAXIMUM_LENGTH) return;
    this.#length += picture.length - (this.#pictures.get(key)?.length ?? 0);
    this.#pictures.delete(key);
    this.#pictures.set(key, picture);
    for (const [oldest, { length }] of this.#pictures) {
      if (this.#length <= this.#maximum) break;
      this.#pictures.delete(oldest);
      this.#length -= length;
    }
  }
}
