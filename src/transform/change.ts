/**
 * What a change is: a function over the attributes of an instance that passes by.
 *
 * @module
 */

import type { DataSet } from "../dicom/data_set/data_set.ts";
import type { PixelEdit } from "./pixel_edit.ts";

/** An instance on its way through, as changes see it: its attributes, without its pixels. */
export interface PassingInstance {
  /** All elements before Pixel Data, to be changed in place. */
  readonly dataSet: DataSet;
  /** File Meta Information, to be changed in place; what has to be true of the new file is set anew. */
  readonly meta: DataSet;
  /** The transfer syntax UID that the instance came in. */
  readonly transferSyntax: string;
  /** Whether pixel data follow: an element of group 7FE0. */
  readonly hasPixelData: boolean;
  /** What the caller knows beside the instance, such as `callingAeTitle`; templates can use it. */
  readonly facts: Readonly<Record<string, string>>;
  /** How pixel data are to be changed as they pass; undefined where they are copied. A change may set it. */
  pixelEdit: PixelEdit | undefined;
  /**
   * The transfer syntax UID that the instance is to go out in; undefined where it stays as it is. A change may set it; it takes
   * `transcode` of `transformInstance()`.
   */
  outputTransferSyntax: string | undefined;
}

/** Changes the elements before Pixel Data. Throws where it can't do what it should: the instance is held then. */
export type ChangeFunction = (instance: PassingInstance) => void | Promise<void>;

/** A change that also has to do with what stands behind Pixel Data, or with the bytes that come out. */
export interface Change {
  /** Changes the elements before Pixel Data. */
  edit(instance: PassingInstance): void | Promise<void>;
  /** Changes the elements behind Pixel Data, of which there are rarely any: padding, signatures, private groups. */
  editTrailing?(trailing: DataSet, instance: PassingInstance): void | Promise<void>;
  /** Sees encoded elements before they go out, never those of pixel data. Throws where they must not. */
  inspect?(bytes: Uint8Array, instance: PassingInstance): void;
}

/** A function, or an object of several. */
export type AnyChange = ChangeFunction | Change;

/** A change with all that it may have. */
export function toChange(change: AnyChange): Change {
  return typeof change === "function" ? { edit: change } : change;
}
