/**
 * An encoded data set on its way past: most of its bytes as they are, some to be looked at or left out.
 *
 * @module
 */

import type { DataSetError } from "../../errors.ts";
import { ElementScanner } from "../../dicom/encoding/element_scanner.ts";
import type { ElementHeader } from "../../dicom/encoding/element_header.ts";
import type { ElementScannerOptions, ScanEvent } from "../../dicom/encoding/scan_events.ts";
import { concatenate } from "../../streams/concatenate.ts";
import { unsupported } from "../pixel_data_error.ts";

/** Decides what happens to the bytes of elements at the top level. Views are valid until the call returns. */
export interface Passenger {
  /** An element, a sequence or encapsulated Pixel Data begins at the top level. */
  begin(element: Readonly<ElementHeader>, event: ScanEvent): void;
  /** Bytes of it, its header included. */
  pass(bytes: Uint8Array): void;
  /** Encapsulated Pixel Data begin in an item. */
  nestedFragments(element: Readonly<ElementHeader>): void;
  /** An item of encapsulated Pixel Data at the top level; its tag was at `offset`. */
  fragment(bytes: Uint8Array, offset: number): void;
  /** Nothing comes after what was passed. */
  end(): void;
}

const NO_BYTES = new Uint8Array(0);

/** Leads a data set in Explicit VR Little Endian past a passenger, chunk by chunk. */
export class ElementPassage {
  readonly #scanner: ElementScanner;
  readonly #passenger: Passenger;
  /** What was pushed and not yet passed, and where it begins. */
  #window: Uint8Array = NO_BYTES;
  #passed = 0;
  #isTopLevelFragments = false;
  #fragmentOffset = 0;

  /** A passage of a data set whose fragments are no longer than `maxValueLength`. */
  constructor(passenger: Passenger, options: ElementScannerOptions & { onWarning?: (warning: DataSetError) => void }) {
    this.#passenger = passenger;
    this.#scanner = new ElementScanner(options);
  }

  /** Takes the next bytes, which are the caller's again when this returns. Throws `DataSetError` and `LimitError`. */
  push(chunk: Uint8Array): void {
    const scanner = this.#scanner;
    this.#window = this.#window.length === 0 ? chunk : concatenate([this.#window, chunk]);
    scanner.push(chunk);
    for (let event; (event = scanner.next()) !== undefined;) this.#take(event);
    this.#advance(scanner.offset);
    // A part of a header is kept for the next chunk.
    this.#window = this.#window.slice();
  }

  /** Says that no more bytes come. Throws `DataSetError` where some are missing. */
  end(): void {
    this.#scanner.end();
    this.#advance(Infinity);
    this.#passenger.end();
  }

  #take(event: ScanEvent): void {
    const { element } = this.#scanner;
    const isTop = element.depth === 0;
    switch (event) {
      case "element":
      case "sequence":
      case "fragments":
        if (!element.explicitVr || !element.littleEndian) {
          if (isTop) throw unsupported("Cannot transcode: the data set is not in Explicit VR Little Endian");
        }
        if (isTop) {
          this.#advance(element.offset);
          this.#isTopLevelFragments = event === "fragments";
          this.#passenger.begin(element, event);
        } else if (event === "fragments") this.#passenger.nestedFragments(element);
        break;
      case "fragment":
        if (!this.#isTopLevelFragments) break;
        this.#fragmentOffset = element.offset;
        this.#scanner.takeValue();
        break;
      case "value":
        this.#passenger.fragment(this.#scanner.value, this.#fragmentOffset);
        break;
      case "fragments-end":
        if (this.#isTopLevelFragments) this.#advance(this.#scanner.offset);
        this.#isTopLevelFragments = false;
        break;
      default:
        break;
    }
  }

  /** Passes what comes before an offset. */
  #advance(offset: number): void {
    const bytes = this.#window.subarray(0, Math.max(0, offset - this.#passed));
    if (bytes.length === 0) return;
    this.#passenger.pass(bytes);
    this.#passed += bytes.length;
    this.#window = this.#window.subarray(bytes.length);
  }
}
