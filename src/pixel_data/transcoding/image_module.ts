/**
 * The attributes that say what Pixel Data is, and change with its compression (PS3.3 C.7.6.3).
 *
 * @module
 */

import { LimitError } from "../../errors.ts";
import { concatenate } from "../../streams/concatenate.ts";
import { uint16 } from "../../dicom/encoding/integers.ts";
import { asciiText } from "../../dicom/ascii.ts";
import { type FrameDescription, frameDescription } from "../frame_description.ts";

/** Their tags, from the first to the last. */
export const FIRST_TAG = 0x0028_0002;
export const LAST_TAG = 0x0028_0103;

const PHOTOMETRIC_INTERPRETATION = 0x0028_0004;
const PLANAR_CONFIGURATION = 0x0028_0006;
const NUMBER_OF_FRAMES = 0x0028_0008;

/** Bytes that lie between the two at most. */
const MAXIMUM_LENGTH = 0x10_0000;

/** Bytes of the header of an element with a length of 16 bits. */
const HEADER = 8;

/** Gathers elements in Explicit VR Little Endian until all are there. */
export class ImageModule {
  readonly #elements: { readonly tag: number; readonly header: number; readonly pieces: Uint8Array[] }[] = [];
  #length = 0;

  /** Begins an element, whose header has so many bytes. */
  begin(tag: number, header: number): void {
    this.#elements.push({ tag, header, pieces: [] });
  }

  /** Takes bytes of the present element, its header included; they are copied. Throws `LimitError`. */
  push(bytes: Uint8Array): void {
    this.#length += bytes.length;
    if (this.#length > MAXIMUM_LENGTH) {
      const message = `Cannot transcode: the attributes of the image have more than ${MAXIMUM_LENGTH} bytes`;
      throw new LimitError(message, { limit: "maxValueLength", maximum: MAXIMUM_LENGTH });
    }
    this.#elements.at(-1)!.pieces.push(bytes.slice());
  }

  /** What they say of frames. Throws `PixelDataError`. */
  description(): FrameDescription {
    return frameDescription({
      Rows: this.#number(0x0028_0010),
      Columns: this.#number(0x0028_0011),
      SamplesPerPixel: this.#number(FIRST_TAG),
      BitsAllocated: this.#number(0x0028_0100),
      BitsStored: this.#number(0x0028_0101),
      HighBit: this.#number(0x0028_0102),
      PixelRepresentation: this.#number(LAST_TAG),
      PhotometricInterpretation: this.#text(PHOTOMETRIC_INTERPRETATION),
      PlanarConfiguration: this.#number(PLANAR_CONFIGURATION),
    });
  }

  /** Number of Frames; 1 where it is missing or no number. */
  get frames(): number {
    const number = Number(this.#text(NUMBER_OF_FRAMES) ?? 1);
    return Number.isInteger(number) && number >= 1 ? number : 1;
  }

  /** Whether there are pixels to describe. */
  get isImage(): boolean {
    return this.#value(0x0028_0010) !== undefined && this.#value(0x0028_0100) !== undefined;
  }

  /** The elements with another photometric interpretation and planar configuration. */
  with({ photometricInterpretation, planarConfiguration, samplesPerPixel }: FrameDescription): Uint8Array {
    const changed = new Map([[
      PHOTOMETRIC_INTERPRETATION,
      text("CS", PHOTOMETRIC_INTERPRETATION, photometricInterpretation),
    ]]);
    if (samplesPerPixel > 1) {
      changed.set(PLANAR_CONFIGURATION, element("US", PLANAR_CONFIGURATION, Uint8Array.of(planarConfiguration, 0)));
    }
    const others = this.#elements.filter(({ tag }) => !changed.has(tag))
      .map(({ tag, pieces }): [number, Uint8Array] => [tag, concatenate(pieces)]);
    return concatenate([...others, ...changed].sort(([a], [b]) => a - b).map(([, bytes]) => bytes));
  }

  /** The elements as they are. */
  asTheyAre(): Uint8Array {
    return concatenate(this.#elements.flatMap(({ pieces }) => pieces));
  }

  #value(tag: number): Uint8Array | undefined {
    const found = this.#elements.find((element) => element.tag === tag);
    return found && concatenate(found.pieces).subarray(found.header);
  }

  #number(tag: number): number | undefined {
    const value = this.#value(tag);
    return value === undefined || value.length < 2 ? undefined : uint16(value, 0, true);
  }

  #text(tag: number): string | undefined {
    const value = this.#value(tag);
    return value && asciiText(value).trim();
  }
}

/** An element with a text value, in Explicit VR Little Endian. */
export function text(vr: string, tag: number, value: string): Uint8Array {
  return element(vr, tag, new TextEncoder().encode(value.length % 2 === 0 ? value : `${value} `));
}

function element(vr: string, tag: number, value: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(HEADER + value.length);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, tag >>> 16, true);
  view.setUint16(2, tag & 0xffff, true);
  bytes.set([vr.charCodeAt(0), vr.charCodeAt(1)], 4);
  view.setUint16(6, value.length, true);
  bytes.set(value, HEADER);
  return bytes;
}
