/**
 * An instance in three parts as its bytes arrive: the elements before Pixel Data, pixel data, and what stands behind them.
 *
 * @module
 */

import { DataSet } from "../dicom/data_set/data_set.ts";
import { encodingAsRead } from "../dicom/data_set/as_read.ts";
import { DataSetReader } from "../dicom/data_set/reading/data_set_reader.ts";
import { readDataSet } from "../dicom/data_set/reading/read_data_set.ts";
import { SPECIFIC_CHARACTER_SET } from "../dicom/data_set/specific_character_set.ts";
import { ElementScanner } from "../dicom/encoding/element_scanner.ts";
import { Inflater } from "../dicom/encoding/inflater.ts";
import * as UID from "../dicom/generated/uid.ts";
import { nameTag } from "../dicom/names.ts";
import { type FileHeader, readFileHeader } from "../dicom/part10.ts";
import { findTransferSyntax } from "../dicom/transfer_syntaxes.ts";
import { DataSetError, LimitError } from "../errors.ts";
import { concatenate } from "../streams/concatenate.ts";
import type { LentBytes } from "../streams/lent_bytes.ts";
import type { NativePixelEdit } from "./pixel_edit.ts";
import { PIXEL_DATA, PixelWalk } from "./pixel_walk.ts";

/** Bounds of what is held in memory of an instance. */
export interface PartLimits {
  /** Bytes of the elements before Pixel Data, and of those behind it; 64 MiB each. */
  readonly maxElementsLength?: number;
  /** Elements, items and fragments before Pixel Data; 1 Mi. */
  readonly maxElements?: number;
  /** Sequences within each other; 64. */
  readonly maxDepth?: number;
  /** Bytes that a deflated data set may inflate to; 2 GiB. */
  readonly maxInflatedLength?: number;
}

/** Where instances come from and how they are written there. */
export interface PartOptions extends PartLimits {
  /** The transfer syntax UID of a data set without preamble and meta information; without it the bytes are a file. */
  readonly transferSyntax?: string | undefined;
  /** Called for irregularities that did not prevent reading. */
  readonly onWarning?: ((warning: DataSetError) => void) | undefined;
}

const MAXIMUM_ELEMENTS_LENGTH = 0x400_0000;
const MAXIMUM_ELEMENTS = 0x10_0000;
const MAXIMUM_INFLATED_LENGTH = 0x8000_0000;

/** Where the group of pixel data begins (PS3.3 C.7.6.3). */
const FIRST_PIXEL_TAG = 0x7fe0_0000;

/** Bytes that a header may have in the chunk before. */
const LONGEST_HEADER = 12;

const NO_BYTES = new Uint8Array(0);

/** Takes an instance apart. The parts are asked for in their order, each once. */
export class InstanceParts {
  readonly #source: Required<LentBytes>;
  readonly #options: PartOptions;
  readonly #lent: boolean;
  readonly #maxLength: number;
  #header: FileHeader | undefined;
  #transferSyntax = "";
  #meta = new DataSet();
  #inflater: Inflater | undefined;
  /** What was read behind the meta information and not given out yet. */
  #first: Uint8Array = NO_BYTES;
  /** Of the part that comes next. */
  #rest: Uint8Array | undefined;
  #restOffset = 0;
  /** Whether pixel data were read to their end. */
  #passed = false;

  /** The parts of what `source` gives; its chunks are copied where they are lent. */
  constructor(source: Required<LentBytes>, lent: boolean, options: PartOptions) {
    this.#source = source;
    this.#lent = lent;
    this.#options = options;
    this.#maxLength = options.maxElementsLength ?? MAXIMUM_ELEMENTS_LENGTH;
  }

  /** File Meta Information; empty for an instance without it. */
  get meta(): DataSet {
    return this.#meta;
  }

  /** After `readLeading()`: the transfer syntax UID that the instance is in. */
  get transferSyntax(): string {
    return this.#transferSyntax;
  }

  /** After `readLeading()`: whether an element of group 7FE0 comes next. */
  get hasPixelData(): boolean {
    const { littleEndian = true } = findTransferSyntax(this.#transferSyntax) ?? {};
    const [first, second] = littleEndian ? [0xe0, 0x7f] : [0x7f, 0xe0];
    return this.#rest !== undefined && this.#rest[0] === first && this.#rest[1] === second;
  }

  /** The elements before Pixel Data. Throws `DataSetError` and `LimitError`. */
  async readLeading(): Promise<DataSet> {
    const declared = this.#options.transferSyntax ?? await this.#readHeader();
    const deflated = findTransferSyntax(declared)?.deflated ?? false;
    if (deflated) {
      this.#inflater = new Inflater({ maxLength: this.#options.maxInflatedLength ?? MAXIMUM_INFLATED_LENGTH });
      this.#inflater.push(this.#first);
      this.#first = NO_BYTES;
    }
    const reader = this.#reader(deflated ? UID.ExplicitVRLittleEndian : declared, FIRST_PIXEL_TAG);
    await this.#readElements(reader);
    this.#transferSyntax = deflated ? declared : reader.transferSyntax;
    const isOther = deflated && reader.transferSyntax !== UID.ExplicitVRLittleEndian;
    if (isOther || encodingAsRead(reader.dataSet, reader.transferSyntax) !== undefined) {
      throw new DataSetError("Cannot change the instance: its elements are not encoded as its transfer syntax says");
    }
    return reader.dataSet;
  }

  /**
   * The elements of group 7FE0 as they are, byte by byte, or changed by `edit`. A chunk is valid until the next one is asked
   * for. Throws `DataSetError` where they end early, or where `edit` meets encapsulated pixel data.
   */
  async *readPixels(edit?: NativePixelEdit): AsyncGenerator<Uint8Array, void> {
    let piece = this.#rest;
    this.#rest = undefined;
    if (piece === undefined) {
      this.#passed = true;
      return;
    }
    const { maxDepth } = this.#options;
    const scanner = new ElementScanner({
      transferSyntax: this.#encodingSyntax(),
      baseOffset: this.#restOffset,
      ...(maxDepth === undefined ? {} : { maxDepth }),
    });
    const walk = new PixelWalk(scanner, edit);
    for (; piece !== undefined; piece = await this.#next(false)) {
      yield* walk.take(piece);
      if (walk.behind === undefined) continue;
      walk.end();
      this.#rest = walk.behind;
      this.#passed = true;
      return;
    }
    scanner.end();
    walk.end();
    this.#passed = true;
  }

  /**
   * What stands behind pixel data; undefined when that is nothing. Its text is in the character set of `leading`. Throws as
   * `readLeading()`, and for an element that should stand before Pixel Data.
   */
  async readTrailing(leading: DataSet): Promise<DataSet | undefined> {
    if (!this.#passed) throw new Error("Cannot read on: pixel data were not read to their end");
    if (this.#rest === undefined) return undefined;
    const around = new DataSet();
    const characterSet = leading.element(SPECIFIC_CHARACTER_SET);
    if (characterSet !== undefined) around.setElement(characterSet);
    const reader = this.#reader(this.#encodingSyntax(), Infinity, new DataSet(undefined, { parent: around }));
    this.#first = this.#rest;
    this.#rest = undefined;
    await this.#readElements(reader);
    for (const { tag } of reader.dataSet) checkBehindPixelData(tag);
    return reader.dataSet;
  }

  /** The transfer syntax that says how elements are encoded once they are inflated. */
  #encodingSyntax(): string {
    return this.#inflater === undefined ? this.#transferSyntax : UID.ExplicitVRLittleEndian;
  }

  /** A reader without warnings about wrong text by default: converting such text is an error later, so no loss is silent. */
  #reader(transferSyntax: string, stopAt: number, dataSet = new DataSet()): DataSetReader {
    const { maxDepth = 64, maxElements = MAXIMUM_ELEMENTS, onWarning = () => {} } = this.#options;
    const limits = { maxDepth, maxElements, maxValueLength: this.#maxLength, maxLength: Infinity };
    return new DataSetReader({ transferSyntax, stopAt, onWarning, ...limits }, dataSet);
  }

  /** Reads preamble and meta information; answers the transfer syntax. */
  async #readHeader(): Promise<string> {
    let bytes: Uint8Array = NO_BYTES;
    for (let [pieces, gathered, wanted] = [[] as Uint8Array[], 0, 0]; this.#header === undefined;) {
      const chunk = await this.#source.read();
      if (chunk !== undefined) {
        pieces.push(this.#lent ? chunk.slice() : chunk);
        gathered += chunk.length;
        if (gathered < wanted) continue;
      }
      bytes = pieces.length === 1 ? pieces[0]! : concatenate(pieces);
      pieces = [bytes];
      wanted = 2 * bytes.length;
      this.#header = readFileHeader(bytes, { ended: chunk === undefined });
    }
    const { metaOffset, dataSetOffset, transferSyntax, warnings } = this.#header;
    for (const warning of warnings) this.#options.onWarning?.(warning);
    const meta = bytes.subarray(metaOffset, dataSetOffset);
    if (meta.length > 0) this.#meta = readDataSet(meta, { transferSyntax: UID.ExplicitVRLittleEndian });
    this.#first = bytes.subarray(dataSetOffset);
    return transferSyntax;
  }

  /** Gives a reader what comes, up to where it stops or to the end; what it leaves becomes the rest. */
  async #readElements(reader: DataSetReader): Promise<void> {
    let base = 0;
    let before: Uint8Array = NO_BYTES;
    for (let piece = await this.#next(true); piece !== undefined; piece = await this.#next(true)) {
      reader.push(piece);
      const stoppedAt = reader.stoppedAt?.offset;
      if ((stoppedAt ?? base + piece.length) > this.#maxLength) throw this.#tooLong();
      if (stoppedAt !== undefined) {
        this.#restOffset = stoppedAt;
        this.#rest = stoppedAt >= base
          ? piece.subarray(stoppedAt - base)
          : concatenate([before.subarray(before.length - (base - stoppedAt)), piece]);
        break;
      }
      base += piece.length;
      before = piece.length >= LONGEST_HEADER ? piece : concatenate([before.subarray(-LONGEST_HEADER), piece]);
    }
    reader.end();
  }

  /** The next bytes of the data set, inflated; undefined at the end. A copy where they are to be kept. */
  async #next(kept: boolean): Promise<Uint8Array | undefined> {
    if (this.#first.length > 0) {
      const first = this.#first;
      this.#first = NO_BYTES;
      return first;
    }
    if (this.#inflater === undefined) {
      const chunk = await this.#source.read();
      return kept && this.#lent ? chunk?.slice() : chunk;
    }
    for (;;) {
      const inflated = this.#inflater.next();
      if (inflated !== undefined) return kept ? inflated.slice() : inflated;
      const chunk = await this.#source.read();
      if (chunk === undefined) {
        this.#inflater.end();
        return undefined;
      }
      this.#inflater.push(this.#lent ? chunk.slice() : chunk);
    }
  }

  #tooLong(): LimitError {
    const maximum = this.#maxLength;
    const problem = `the elements beside Pixel Data are longer than the limit of ${maximum} bytes`;
    return new LimitError(`Cannot change the instance: ${problem}`, { limit: "maxElementsLength", maximum });
  }
}

/** Refuses an element behind Pixel Data that should stand before it: it was not there when the others were changed. */
export function checkBehindPixelData(tag: number): void {
  if (tag > PIXEL_DATA) return;
  throw new DataSetError(`Cannot change ${nameTag(tag)}: it stands behind Pixel Data, expected it before`, { tag });
}
