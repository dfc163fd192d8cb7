/**
 * Metadata of series in DICOM JSON: made once, and kept ready until an instance changes.
 *
 * @module
 */

import type { DicomwebFace } from "./face.ts";
import type { PathUids } from "./path_uids.ts";
import { sourceOf } from "./selection.ts";
import { makeMetadata, type ReadyMetadata } from "./series_metadata.ts";

/** Most bytes of all series that all servers keep together. Compressed copies come on top, and are much shorter. */
const MAXIMUM_KEPT = 64 * 1024 * 1024;

interface Entry {
  readonly made: Promise<ReadyMetadata>;
  /** Length in bytes; 0 while it is being made. */
  size: number;
}

/** The metadata of the series that were requested last. */
export class SeriesMetadata {
  readonly #face: DicomwebFace;
  readonly #entries = new Map<string, Entry>();
  readonly #maximum: number;
  #size = 0;

  constructor(face: DicomwebFace) {
    this.#face = face;
    this.#maximum = MAXIMUM_KEPT * face.memoryShare;
  }

  /** The metadata of a series, for clients that know the server by `url`. */
  async get(url: string, uids: PathUids, signal: AbortSignal): Promise<ReadyMetadata> {
    const key = `${uids.study}/${uids.series} ${url}`;
    if (sourceOf(this.#face).observed !== true) return await this.#madeAgain(key, url, uids, signal);
    const known = this.#entries.get(key);
    if (known !== undefined) {
      this.#entries.delete(key);
      this.#entries.set(key, known);
      return await known.made;
    }
    // Other requests may wait for the same metadata: making it goes on when the first client has left.
    const entry: Entry = {
      made: makeMetadata(this.#face, url, uids, { signal: new AbortController().signal }),
      size: 0,
    };
    this.#entries.set(key, entry);
    try {
      const made = await entry.made;
      this.#keep(key, entry, made);
      return made;
    } catch (error) {
      if (this.#entries.get(key) === entry) this.#entries.delete(key);
      throw error;
    }
  }

  /** The source does not report changes: it is asked each time, and unchanged instances are not read again. */
  async #madeAgain(key: string, url: string, uids: PathUids, signal: AbortSignal): Promise<ReadyMetadata> {
    const before = await this.#entries.get(key)?.made;
    const made = await makeMetadata(this.#face, url, uids, { signal, before });
    if (made !== before) this.#forget(key);
    const known = this.#entries.get(key);
    this.#entries.delete(key);
    const entry = known ?? { made: Promise.resolve(made), size: 0 };
    this.#entries.set(key, entry);
    this.#keep(key, entry, made);
    return made;
  }

  /** Says that an instance of a series has changed. */
  changed(study: string, series: string): void {
    for (const key of this.#entries.keys()) if (key.startsWith(`${study}/${series} `)) this.#forget(key);
  }

  #forget(key: string): void {
    this.#size -= this.#entries.get(key)?.size ?? 0;
    this.#entries.delete(key);
  }

  /** Keeps the metadata, unless an instance has changed meanwhile; incomplete metadata is made anew next time. */
  #keep(key: string, entry: Entry, { bytes, missing, count }: ReadyMetadata): void {
    if (this.#entries.get(key) !== entry || entry.size > 0) return;
    if (missing > 0 || count === 0 || bytes.length > this.#maximum / 4) {
      this.#entries.delete(key);
      return;
    }
    entry.size = bytes.length;
    this.#size += entry.size;
    for (const [oldest, { size }] of this.#entries) {
      if (this.#size <= this.#maximum) break;
      if (oldest === key || size === 0) continue;
      this.#entries.delete(oldest);
      this.#size -= size;
    }
  }
}
