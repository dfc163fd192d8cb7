/**
 * What may be done to pixel data while they pass.
 *
 * @module
 */

import type { DataSet } from "../dicom/data_set/data_set.ts";

/** Changes native pixel data piece by piece. */
export interface NativePixelEdit {
  /** Hears of the element that begins. Throws where its length is none that it can change. */
  begin(element: { readonly tag: number; readonly length: number; readonly littleEndian: boolean }): void;
  /** Changes bytes in place; `offset` says where in the value they stand. */
  change(bytes: Uint8Array, offset: number): void;
}

/** Encapsulated pixel data, for what decodes and encodes them. */
export interface EncapsulatedPixels {
  /** The transfer syntax UID. */
  readonly transferSyntax: string;
  /** The elements before them. They may be changed, since they go out after this. */
  readonly dataSet: DataSet;
  /** The encoded elements of group 7FE0, to be read to the end. A chunk is valid until the next one is asked for. */
  readonly elements: ReadableStream<Uint8Array>;
}

/** Pixel data in place of others. */
export interface NewPixels {
  /** The transfer syntax UID of the whole instance from now on; in Explicit VR Little Endian, and not deflated. */
  readonly transferSyntax: string;
  /** The encoded elements of group 7FE0. */
  readonly elements: ReadableStream<Uint8Array>;
}

/** What to do with pixel data; native and encapsulated ones take different ways. */
export interface PixelEdit {
  /** For native pixel data. */
  readonly native: NativePixelEdit;
  /** For encapsulated ones. Throws where that can't be done. */
  encapsulated(pixels: EncapsulatedPixels): Promise<NewPixels>;
}
