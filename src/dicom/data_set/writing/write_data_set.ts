/**
 * Writes data sets, as bytes or as a stream.
 *
 * @module
 */

import { DataSetError } from "../../../errors.ts";
import * as UID from "../../generated/uid.ts";
import { findTransferSyntax } from "../../transfer_syntaxes.ts";
import type { DataSetLike } from "../data_set_like.ts";
import { DataSetEncoder } from "./data_set_encoder.ts";
import type { WrittenForm } from "./written_form.ts";
import { chunksOf, deflate } from "./stream_pieces.ts";
import { streamOf } from "../../../streams/stream_of.ts";

/** How to write a data set. */
export interface WriteOptions {
  /** The transfer syntax UID; Explicit VR Little Endian by default, and in place of one that PS3.6 doesn't know. */
  readonly transferSyntax?: string | undefined;
  /** The form where the standard leaves a choice; `defined` by default. */
  readonly form?: WrittenForm | undefined;
}

/**
 * Encodes a data set. Throws `DataSetError` for what the transfer syntax cannot hold, for a value that was left in its
 * source, and for a deflated transfer syntax: `streamDataSet()` writes both of these.
 */
export function writeDataSet(dataSet: DataSetLike, options: WriteOptions = {}): Uint8Array<ArrayBuffer> {
  return encodeDataSet(dataSet, options, []);
}

/** As `writeDataSet()`, in one piece with what comes before it: a large one isn't copied to be joined. */
export function encodeDataSet(
  dataSet: DataSetLike,
  options: WriteOptions,
  before: readonly Uint8Array[],
): Uint8Array<ArrayBuffer> {
  const transferSyntax = findTransferSyntax(options.transferSyntax ?? UID.ExplicitVRLittleEndian);
  if (transferSyntax?.deflated) {
    throw new DataSetError("Cannot deflate a data set at once: expected a call of streamDataSet()");
  }
  return new DataSetEncoder(transferSyntax, options.form ?? "defined").encode(dataSet, before);
}

/**
 * Encodes a data set as it is read: large values are neither copied nor fetched before their turn. Throws `DataSetError` for
 * what the transfer syntax cannot hold; the stream fails when a source gives other bytes than it should.
 */
export function streamDataSet(dataSet: DataSetLike, options: WriteOptions = {}): ReadableStream<Uint8Array> {
  const transferSyntax = findTransferSyntax(options.transferSyntax ?? UID.ExplicitVRLittleEndian);
  const pieces = new DataSetEncoder(transferSyntax, options.form ?? "defined").encodePieces(dataSet);
  const stream = streamOf(chunksOf(pieces));
  return transferSyntax?.deflated ? deflate(stream) : stream;
}

/** Encodes a data set in any transfer syntax: at once, or as a stream where it is deflated. */
export function encodeFor(dataSet: DataSetLike, transferSyntax: string): Uint8Array | ReadableStream<Uint8Array> {
  const write = findTransferSyntax(transferSyntax)?.deflated ? streamDataSet : writeDataSet;
  return write(dataSet, { transferSyntax });
}
