/**
 * Data sets on their way from one uncompressed transfer syntax into another (PS3.5 section 10 and Annex A).
 *
 * @module
 */

import { nameTransferSyntax } from "../names.ts";
import { DataSetError } from "../../errors.ts";
import { lend, type LentBytes } from "../../streams/lent_bytes.ts";
import { deflate } from "../data_set/writing/stream_pieces.ts";
import { Inflater } from "../encoding/inflater.ts";
import type { ElementScannerOptions } from "../encoding/scan_events.ts";
import * as UID from "../generated/uid.ts";
import { findTransferSyntax, type TransferSyntax } from "../transfer_syntaxes.ts";
import { isConvertible } from "./convertible.ts";
import { TransferSyntaxConverter } from "./transfer_syntax_converter.ts";

export { isConvertible };

/** From which transfer syntax into which, and within which limits. */
export interface TransferSyntaxConversionOptions
  extends Pick<ElementScannerOptions, "maxDepth" | "maxLength" | "maxInflatedLength" | "onWarning"> {
  /** The transfer syntax UID of the data set; where its first element can only be of another encoding, that is taken. */
  readonly from: string;
  /** The transfer syntax UID that it shall have. */
  readonly to: string;
}

/** Bytes that are converted at a time, and bytes that a deflated data set may inflate to by default. */
const PIECE = 0x1_0000;
const MAXIMUM_INFLATED_LENGTH = 0x8000_0000;

/**
 * Converts an encoded data set, without preamble and meta information, into another transfer syntax while it is read. No
 * value is lost or rounded, and neither side may be compressed. A stream gives a stream, lent bytes give lent bytes. Memory
 * doesn't depend on the data set: Pixel Data passes in pieces.
 *
 * - Values stay as they are but for their byte ordering, and for the padding of those with an odd length.
 * - Into an explicit VR, the dictionary says the VR. It is UN for private and unknown attributes, for values too long for
 *   their VR (PS3.5 6.2.2), and for the rare US or SS whose Pixel Representation comes later.
 * - Sequences and items get undefined length. Sequences encoded as UN become SQ where their length is undefined; else
 *   nothing tells what is in them, and they stay.
 * - Group lengths are left out, as are elements of the groups 0000 and 0002 (PS3.5 7.1 and 7.2).
 *
 * Data in the right transfer syntax already are handed back as they are. Throws `DataSetError` when one of the transfer
 * syntaxes is compressed or unknown. Reading fails with `DataSetError` for bytes that break PS3.5, for encapsulated Pixel
 * Data, and for a value whose VR can't be left out because the dictionary has SQ; with `LimitError` beyond a limit. The
 * source is cancelled then.
 *
 * @example
 * ```ts
 * import { UID } from "@gantry/dicom";
 * import { convertTransferSyntax } from "@gantry/dicom/data-set";
 *
 * function toImplicit(dataSet: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
 *   return convertTransferSyntax(dataSet, { from: UID.ExplicitVRBigEndian, to: UID.ImplicitVRLittleEndian });
 * }
 * ```
 */
export function convertTransferSyntax(
  dataSet: ReadableStream<Uint8Array>,
  options: TransferSyntaxConversionOptions,
): ReadableStream<Uint8Array>;
/** Zero-copy variant: each chunk is valid only until the next read. */
export function convertTransferSyntax(dataSet: LentBytes, options: TransferSyntaxConversionOptions): LentBytes;
export function convertTransferSyntax(
  dataSet: ReadableStream<Uint8Array> | LentBytes,
  options: TransferSyntaxConversionOptions,
): ReadableStream<Uint8Array> | LentBytes {
  const [from, to] = [options.from, options.to].map(checkConvertible);
  if (from === to) return dataSet;
  const source = lend(dataSet);
  const isStream = dataSet instanceof ReadableStream;
  if (to!.deflated) {
    const deflated = deflate(streamOf(source, converted(source, from!, to!, options), true));
    return isStream ? deflated : lend(deflated);
  }
  const pieces = converted(source, from!, to!, options);
  // Inflated bytes lie in memory that is used again; others are the stream's own.
  if (isStream) return streamOf(source, pieces, from!.deflated);
  return {
    read: async () => (await pieces.next()).value ?? undefined,
    cancel: (reason?: unknown) => source.cancel(reason),
  };
}

function checkConvertible(uid: string): TransferSyntax {
  const found = findTransferSyntax(uid);
  if (found !== undefined && isConvertible(uid)) return found;
  const expected = "an uncompressed transfer syntax";
  throw new DataSetError(
    `Cannot convert a data set: found ${nameTransferSyntax(uid)}, expected ${expected}`,
    {
      expected,
    },
  );
}

/** The converted data set in pieces, each good until the next one is asked for. */
async function* converted(
  source: Required<LentBytes>,
  from: TransferSyntax,
  to: TransferSyntax,
  options: TransferSyntaxConversionOptions,
): AsyncGenerator<Uint8Array, void> {
  const inflater = from.deflated
    ? new Inflater({ maxLength: options.maxInflatedLength ?? MAXIMUM_INFLATED_LENGTH })
    : undefined;
  const transferSyntax = from.deflated ? UID.ExplicitVRLittleEndian : from.uid;
  const converter = new TransferSyntaxConverter(to, { ...options, transferSyntax });
  try {
    for (let chunk = await source.read(); chunk !== undefined; chunk = await source.read()) {
      for (const piece of inflater === undefined ? cut(chunk) : inflated(inflater, chunk)) yield* converter.push(piece);
    }
    inflater?.end();
    converter.end();
  } catch (error) {
    await source.cancel(error).catch(() => {});
    throw error;
  }
}

function* cut(chunk: Uint8Array): Generator<Uint8Array> {
  for (let start = 0; start < chunk.length; start += PIECE) yield chunk.subarray(start, start + PIECE);
}

function* inflated(inflater: Inflater, chunk: Uint8Array): Generator<Uint8Array> {
  inflater.push(chunk);
  for (let piece; (piece = inflater.next()) !== undefined;) yield piece;
}

/** A stream of the pieces, which goes on only when more is asked for. */
function streamOf(
  source: Required<LentBytes>,
  pieces: AsyncGenerator<Uint8Array, void>,
  copies: boolean,
): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await pieces.next();
      if (done) controller.close();
      else controller.enqueue(copies ? value.slice() : value);
    },
    cancel: (reason) => source.cancel(reason),
  }, { highWaterMark: 0 });
}
