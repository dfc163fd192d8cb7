/**
 * Small pictures that were made and are likely to be asked for again.
 *
 * @module
 */

/** Bytes of all together, by all servers that share them. */
const MAXIMUM_KEPT = 32 * 1024 * 1024;
/** Bytes of one that is kept. */
const MAXIMUM_LENGTH = 1024 * 1024;

/** The pictures that were asked for last, as many as have room. */
export class KeptPictures {
  readonly #pictures = new Map<string, Uint8Array>();
  readonly #maximum: number;
  #length = 0;

  /** `share` says which part of 32 MiB it may have. */
  constructor(share = 1) {
    this.#maximum = MAXIMUM_KEPT * share;
  }

  /** A picture by its key, which has to tell versions of the instance apart; undefined where it isn't kept. */
  get(key: string): Uint8Array | undefined {
    const found = this.#pictures.get(key);
    if (found === undefined) return undefined;
    this.#pictures.delete(key);
    this.#pictures.set(key, found);
    return found;
  }

  /** Keeps a picture, unless it is larger than 1 MiB; those that were not asked for the longest time go. */
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
