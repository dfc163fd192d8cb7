/**
 * Problems of an encoded data set, and their places.
 *
 * @module
 */

import { DataSetError, LimitError } from "../../errors.ts";
import { keywordIfKnown, nameTag } from "../names.ts";
import type { ElementHeader } from "./element_header.ts";
import type { Nesting } from "./nesting.ts";
import type { ElementScannerOptions } from "./scan_events.ts";
import type { StrayBytes } from "./stray_bytes.ts";

/** Warnings that are told; what comes after would say no more. */
const MAXIMUM_WARNINGS = 100;

/** Makes errors and tells warnings about the element whose header was read last. */
export class ScanReport {
  readonly #header: ElementHeader;
  readonly #nesting: Nesting;
  readonly #basePath: (() => string) | undefined;
  readonly #onWarning: ((warning: DataSetError) => void) | undefined;
  #warnings = 0;

  /** A report on what `header` and `nesting` show at the time. */
  constructor(header: ElementHeader, nesting: Nesting, { onWarning, basePath }: ElementScannerOptions) {
    this.#header = header;
    this.#nesting = nesting;
    this.#basePath = basePath;
    this.#onWarning = onWarning;
  }

  /** Where the walk is. */
  get place(): string {
    return `${nameTag(this.#header.tag)} at offset ${this.#header.offset}`;
  }

  /** The bytes break PS3.5. */
  error(problem: string, expected?: string): DataSetError {
    return this.#about(`${this.place}: ${problem}`, expected);
  }

  /** A limit would be exceeded: "it is longer than" it. */
  limit(limit: string, maximum: number, problem: string): LimitError {
    return new LimitError(`Cannot read the data set: ${problem} the limit of ${maximum}`, { limit, maximum });
  }

  /** Tells of a fault that was recovered from. */
  warn(problem: string): void {
    if (this.#warnings++ < MAXIMUM_WARNINGS) this.#onWarning?.(this.#about(problem));
  }

  /** Tells of bytes behind the last element. */
  warnOfStrayBytes({ offset, zeros, rest }: StrayBytes): void {
    const count = zeros + rest.length;
    const what = `${count} ${count === 1 ? "byte" : "bytes"}${rest.length === 0 ? ", all zero," : ""}`;
    const message = `Cannot read the bytes after the last element: ${what} at offset ${offset}`;
    this.#onWarning?.(new DataSetError(message, { offset, expected: "the end of the data set" }));
  }

  #about(message: string, expected?: string): DataSetError {
    const { tag, offset } = this.#header;
    const keyword = keywordIfKnown(tag);
    return new DataSetError(`Cannot read the data set: ${message}`, {
      tag,
      path: (this.#basePath?.() ?? "") + this.#nesting.pathOf(tag),
      offset,
      ...(keyword === undefined ? {} : { keyword }),
      ...(expected === undefined ? {} : { expected }),
    });
  }
}
