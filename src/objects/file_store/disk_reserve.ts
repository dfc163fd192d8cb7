/**
 * Room on the disk that is left alone, so that the store answers that it is full before the disk is.
 *
 * @module
 */

import { InstanceNotKeptError, LimitError } from "../../errors.ts";

/** How long a look at the disk is good for, in milliseconds: others write to it too. */
const LONGEST_TRUST = 1_000;

/** Looks at the disk when a second has passed, and counts in between what is written. */
export class DiskReserve {
  readonly #room: () => number | undefined;
  readonly #reserve: number;
  #free = 0;
  #lookedAt = -Infinity;

  /** `room` looks at the disk; `reserve` is in bytes; 0 means none, and the disk isn't looked at. */
  constructor(room: () => number | undefined, reserve: number) {
    this.#room = room;
    this.#reserve = reserve;
  }

  /** Room that is left, in bytes, reserve and all; undefined when it can't be known. */
  get room(): number | undefined {
    return this.#room();
  }

  /** Why nothing more is to be written, if so. */
  get shortage(): string | undefined {
    if (this.#reserve === 0) return undefined;
    const now = performance.now();
    if (now - this.#lookedAt > LONGEST_TRUST) {
      this.#free = this.#room() ?? Infinity;
      this.#lookedAt = now;
    }
    if (this.#free >= this.#reserve) return undefined;
    return `the disk has less room than the ${this.#reserve} bytes that are kept in reserve`;
  }

  /** Takes room for the bytes of the next write. Throws InstanceNotKeptError (out-of-resources) if too little is left. */
  take(bytes: number): void {
    const { shortage } = this;
    if (shortage !== undefined) {
      const cause = new LimitError(`Cannot write: ${shortage}`, { limit: "reserve", maximum: this.#reserve });
      throw new InstanceNotKeptError(`Cannot write to the archive: ${shortage}`, { reason: "out-of-resources", cause });
    }
    this.#free -= bytes;
  }
}
