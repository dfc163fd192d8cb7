/**
 * Reads chosen attributes of a data set while its bytes pass by.
 *
 * @module
 */

import { DataSetError } from "../errors.ts";
import { ElementScanner, type ElementScannerOptions } from "./encoding/element_scanner.ts";
import { nameTag } from "./names.ts";
import type { Vr } from "./vr.ts";

/** An attribute that was read. */
export interface Attribute {
  /** 0xGGGGEEEE. */
  readonly tag: number;
  /** As written, or as the dictionary implies it. */
  readonly vr: Vr;
  /** The byte ordering of `bytes`. */
  readonly littleEndian: boolean;
  /** The encoded value, padding included; a copy. */
  readonly bytes: Uint8Array;
}

/** What to read. */
export interface AttributeReaderOptions extends ElementScannerOptions {
  /** Tags of the attributes to read, at the top level of the data set. Sequences are passed over; of two the first counts. */
  readonly tags: ReadonlySet<number>;
  /** Stop before the first element at the top level with this tag or a higher one. By default it reads to the end. */
  readonly stopAt?: number;
  /** Bytes of a value that is read, 64 KiB; a longer one is left out with a warning. */
  readonly maxValueLength?: number;
}

/**
 * Takes a data set by the chunk and leaves the chunks to the caller.
 *
 * @example
 * ```ts
 * async function studyInstanceUid(dataSet: ReadableStream<Uint8Array>, transferSyntax: string) {
 *   const reader = new AttributeReader({ transferSyntax, tags: new Set([0x0020_000d]) });
 *   for await (const chunk of dataSet) reader.push(chunk);
 *   reader.end();
 *   return new TextDecoder().decode(reader.attributes.get(0x0020_000d)?.bytes);
 * }
 * ```
 */
export class AttributeReader {
  /** What was read so far, by tag. */
  readonly attributes: ReadonlyMap<number, Attribute>;
  readonly #attributes = new Map<number, Attribute>();
  readonly #tags: ReadonlySet<number>;
  readonly #stopAt: number;
  readonly #maxValueLength: number;
  readonly #onWarning: ((warning: DataSetError) => void) | undefined;
  readonly #scanner: ElementScanner;
  #stopped = false;

  /** A reader at the first byte of a data set. */
  constructor(options: AttributeReaderOptions) {
    this.attributes = this.#attributes;
    this.#tags = options.tags;
    this.#stopAt = options.stopAt ?? Infinity;
    this.#maxValueLength = options.maxValueLength ?? 0x1_0000;
    this.#onWarning = options.onWarning;
    this.#scanner = new ElementScanner({ ...options, maxValueLength: this.#maxValueLength });
  }

  /** Whether the reader came to `stopAt`: it ignores bytes that are pushed after that. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /** The transfer syntax UID that the data set was found in: the declared one, unless its first bytes show another encoding. */
  get transferSyntax(): string {
    return this.#scanner.transferSyntax;
  }

  /** Reads a chunk, which is the caller's again when it returns. Throws `DataSetError` and `LimitError`. */
  push(chunk: Uint8Array): void {
    if (this.#stopped) return;
    const scanner = this.#scanner;
    const { element } = scanner;
    scanner.push(chunk);
    for (let event; (event = scanner.next()) !== undefined;) {
      if (event === "value") {
        const { tag, vr, littleEndian } = element;
        this.#attributes.set(tag, { tag, vr, littleEndian, bytes: scanner.value.slice() });
      } else if (element.tag >= this.#stopAt) {
        this.#stopped = true;
        return;
      } else if (event === "sequence" || event === "fragments") scanner.skip();
      else if (this.#tags.has(element.tag) && !this.#attributes.has(element.tag)) this.#take();
    }
  }

  /** Says that no more bytes come. Throws `DataSetError` when some are missing and it has not stopped. */
  end(): void {
    if (!this.#stopped) this.#scanner.end();
  }

  #take(): void {
    const { tag, length, offset } = this.#scanner.element;
    if (length <= this.#maxValueLength) {
      this.#scanner.takeValue();
      return;
    }
    const expected = `at most ${this.#maxValueLength} bytes`;
    const message = `Cannot read ${nameTag(tag)}: it has ${length} bytes, expected ${expected}`;
    this.#onWarning?.(new DataSetError(message, { tag, offset, expected }));
  }
}
