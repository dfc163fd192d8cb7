/**
 * What becomes of the elements of an instance whose Pixel Data get another compression.
 *
 * @module
 */

import type { ElementHeader } from "../../dicom/encoding/element_header.ts";
import type { ScanEvent } from "../../dicom/encoding/scan_events.ts";
import { elementOf } from "../../dicom/tag.ts";
import { nameTag } from "../../dicom/names.ts";
import { decodedPhotometricInterpretation, encodedPhotometricInterpretation } from "../colour.ts";
import { compressionOf, isNative } from "../compression.ts";
import type { FrameCodecs } from "../frame_codecs.ts";
import { type FrameDescription, frameLength, limitFrame, nativeFrameLength } from "../frame_description.ts";
import { malformed, unsupported } from "../pixel_data_error.ts";
import type { Passenger } from "./element_passage.ts";
import { EncapsulatedFrames, MOST_OFFSETS, NativeFrames } from "./frame_assembly.ts";
import { FIRST_TAG, ImageModule, LAST_TAG, text } from "./image_module.ts";
import { encapsulatedEnd, encapsulatedStart, fragment, nativeEnd, nativeStart } from "./pixel_data_output.ts";

const LOSSY_IMAGE_COMPRESSION = 0x0028_2110;
const ICON_IMAGE_SEQUENCE = 0x0088_0200;
const EXTENDED_OFFSET_TABLE = 0x7fe0_0001;
const EXTENDED_OFFSET_TABLE_LENGTHS = 0x7fe0_0002;
const PIXEL_DATA = 0x7fe0_0010;

/** Bytes of an icon's sequence that are kept until it is known to be native. */
const LARGEST_ICON = 0x40_0000;

/** A frame that is to be worked on. */
export class FrameWork {
  readonly #begin: () => Promise<readonly Uint8Array[]>;
  #result: Promise<readonly Uint8Array[]> | undefined;

  constructor(begin: () => Promise<readonly Uint8Array[]>) {
    this.#begin = begin;
  }

  /** Begins, the first time; gives what goes out. */
  result(): Promise<readonly Uint8Array[]> {
    if (this.#result === undefined) {
      this.#result = this.#begin();
      this.#result.catch(() => {}); // The caller that awaits the result gets the error.
    }
    return this.#result;
  }
}

/** What goes out. */
export type Output = Uint8Array | FrameWork;

/** From which transfer syntax into which; one of them compresses. */
export interface InstanceTranscoderOptions {
  readonly from: string;
  readonly to: string;
  readonly codecs: FrameCodecs;
  readonly signal: AbortSignal;
}

/** Where the bytes that pass by go. */
type Place = "out" | "nowhere" | "image" | "icon" | "offsets" | "pixels";

/** Changes the elements of one instance, and gathers what goes out in `output`. */
export class InstanceTranscoder implements Passenger {
  /** The pieces to send, in their order. The caller removes them. */
  readonly output: Output[] = [];
  readonly #options: InstanceTranscoderOptions;
  readonly #image = new ImageModule();
  #place: Place = "out";
  #imageDone = false;
  #lossyDone: boolean;
  #icon: Uint8Array[] = [];
  #iconLength = 0;
  #offsets: Uint8Array[] = [];
  #pixels: NativeFrames | EncapsulatedFrames | undefined;
  #skip = 0;
  /** Bytes of native Pixel Data that go out. */
  #length = 0;

  constructor(options: InstanceTranscoderOptions) {
    this.#options = options;
    this.#lossyDone = compressionOf(options.from)?.lossy !== true;
  }

  begin(element: Readonly<ElementHeader>, event: ScanEvent): void {
    const { tag } = element;
    this.#endPlace();
    if (tag > LAST_TAG) this.#endImage();
    if (!this.#lossyDone && tag >= LOSSY_IMAGE_COMPRESSION) {
      this.#lossyDone = true;
      if (!this.#image.isImage) return void (this.#place = this.#placeOf(element));
      this.output.push(text("CS", LOSSY_IMAGE_COMPRESSION, "01"));
      if (tag === LOSSY_IMAGE_COMPRESSION) return void (this.#place = "nowhere");
    }
    this.#place = this.#placeOf(element);
    if (this.#place === "image") this.#image.begin(tag, element.valueOffset - element.offset);
    if (this.#place === "pixels") this.#beginPixels(element, event);
    if (this.#place === "offsets") this.#skip = element.valueOffset - element.offset;
  }

  #placeOf({ tag, length }: Readonly<ElementHeader>): Place {
    const { from } = this.#options;
    if (tag >= FIRST_TAG && tag <= LAST_TAG && !this.#imageDone) return "image";
    if (tag === PIXEL_DATA && this.#image.isImage) return "pixels";
    if (tag === EXTENDED_OFFSET_TABLE) return this.#isTable(length) ? "offsets" : "nowhere";
    // Lengths of groups are retired (PS3.5 7.2), and would be wrong.
    if (tag === EXTENDED_OFFSET_TABLE_LENGTHS || elementOf(tag) === 0) return "nowhere";
    return tag === ICON_IMAGE_SEQUENCE && !isNative(from) ? "icon" : "out";
  }

  /** Whether a table of so many bytes can be that of the frames: it is held. */
  #isTable(length: number): boolean {
    if (!this.#image.isImage) return false;
    const { frames } = this.#image;
    return frames <= MOST_OFFSETS && length === 8 * frames;
  }

  pass(bytes: Uint8Array): void {
    switch (this.#place) {
      case "out":
        this.output.push(bytes.slice());
        break;
      case "image":
        this.#image.push(bytes);
        break;
      case "icon":
        this.#iconLength += bytes.length;
        // Too large for an icon: it is left out as one that is compressed is.
        if (this.#iconLength > LARGEST_ICON) this.#leaveOutIcon();
        else this.#icon.push(bytes.slice());
        break;
      case "offsets":
        this.#offsets.push(bytes.slice());
        break;
      case "pixels":
        if (this.#pixels instanceof NativeFrames) {
          this.#pixels.push(bytes.subarray(this.#skip));
          this.#skip = Math.max(0, this.#skip - bytes.length);
        }
        break;
      case "nowhere":
        break;
    }
  }

  nestedFragments({ tag }: Readonly<ElementHeader>): void {
    // An icon in the compression of the image can't stay, and need not be there (PS3.3 C.7.6.1.1.6).
    if (this.#place === "icon" || this.#place === "nowhere") return this.#leaveOutIcon();
    throw unsupported(`Cannot transcode: found encapsulated ${nameTag(tag)} in a sequence`);
  }

  fragment(bytes: Uint8Array, offset: number): void {
    if (this.#pixels instanceof EncapsulatedFrames) this.#pixels.push(bytes.slice(), offset);
  }

  end(): void {
    this.#endPlace();
    this.#endImage();
  }

  #leaveOutIcon(): void {
    this.#icon = [];
    this.#place = "nowhere";
  }

  /** Says that all of an element has passed. */
  #endPlace(): void {
    if (this.#place === "icon") {
      this.output.push(...this.#icon);
      this.#icon = [];
    }
    if (this.#place === "pixels") {
      this.#pixels?.end();
      this.output.push(...isNative(this.#options.to) ? nativeEnd(this.#length) : [encapsulatedEnd()]);
    }
    this.#place = "out";
  }

  /** Writes what says how the pixels are, once all of it has passed. */
  #endImage(): void {
    if (this.#imageDone) return;
    this.#imageDone = true;
    this.output.push(this.#image.isImage ? this.#image.with(this.#target()) : this.#image.asTheyAre());
  }

  /** What the data set says of the frames that go out. */
  #target(): FrameDescription {
    const description = this.#image.description();
    const codec = compressionOf(this.#options.to)?.codec;
    const photometricInterpretation = codec === undefined
      ? decodedPhotometricInterpretation(description)
      : encodedPhotometricInterpretation(codec, this.#decoded(description));
    // Planes are what RLE compresses (PS3.5 G.2); other codestreams have pixels.
    return { ...description, photometricInterpretation, planarConfiguration: codec === "rle" ? 1 : 0 };
  }

  #decoded(description: FrameDescription): FrameDescription {
    return { ...description, photometricInterpretation: decodedPhotometricInterpretation(description) };
  }

  #beginPixels(element: Readonly<ElementHeader>, event: ScanEvent): void {
    const { from, to, codecs } = this.#options;
    const description = this.#image.description();
    const { frames } = this.#image;
    limitFrame(description, codecs.maxFrameLength);
    const codec = compressionOf(from)?.codec;
    if ((codec !== undefined) !== (event === "fragments")) {
      throw malformed(`Cannot transcode: found ${event === "fragments" ? "encapsulated" : "native"} Pixel Data`);
    }
    if (isNative(to)) {
      this.#length = frames * frameLength(description);
      this.output.push(nativeStart(this.#length, description.bitsAllocated));
    } else this.output.push(encapsulatedStart());
    const emit = (frame: Uint8Array) => this.#emit(frame, description);
    if (codec === undefined) {
      const length = nativeFrameLength(description);
      if (element.length < length * frames) {
        throw malformed(`Cannot transcode: found ${element.length} bytes, expected ${frames} frames of ${length}`);
      }
      this.#skip = element.valueOffset - element.offset;
      this.#pixels = new NativeFrames(length, frames, emit);
      return;
    }
    const options = { codec, count: frames, offsets: this.#extendedOffsets(), maxFrameLength: codecs.maxFrameLength };
    this.#pixels = new EncapsulatedFrames(options, emit);
  }

  #extendedOffsets(): number[] {
    const table = new Uint8Array(this.#offsets.reduce((sum, { length }) => sum + length, 0));
    let filled = 0;
    for (const piece of this.#offsets) {
      table.set(piece, filled);
      filled += piece.length;
    }
    const view = new DataView(table.buffer);
    const start = Math.min(this.#skip, table.length);
    return Array.from(
      { length: table.length - start >> 3 },
      (_, index) => Number(view.getBigUint64(start + 8 * index, true)),
    );
  }

  #emit(frame: Uint8Array, description: FrameDescription): void {
    this.output.push(new FrameWork(() => this.#work(frame, description)));
  }

  async #work(frame: Uint8Array, description: FrameDescription): Promise<readonly Uint8Array[]> {
    const { from, to, codecs, signal } = this.#options;
    const decoded = isNative(from)
      ? { bytes: frame, description }
      : await codecs.decode(frame, from, description, { signal });
    if (isNative(to)) return [decoded.bytes];
    return fragment(await codecs.encode(decoded.bytes, to, decoded.description, { signal }));
  }
}
