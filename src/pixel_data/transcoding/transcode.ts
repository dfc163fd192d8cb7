/**
 * Whole instances into another transfer syntax, while they pass by.
 *
 * @module
 */

import { convertTransferSyntax, isConvertible } from "../../dicom/conversion/convert_transfer_syntax.ts";
import { nameTransferSyntax } from "../../dicom/names.ts";
import * as UID from "../../dicom/generated/uid.ts";
import { fileMetaInformation, readFileHeader } from "../../dicom/part10.ts";
import type { DataSetError } from "../../errors.ts";
import { concatenate } from "../../streams/concatenate.ts";
import { compressionOf, ENCODABLE, isNative } from "../compression.ts";
import type { FrameCodecs } from "../frame_codecs.ts";
import { malformed, unsupported } from "../pixel_data_error.ts";
import { ElementPassage } from "./element_passage.ts";
import { FrameWork, InstanceTranscoder } from "./instance_transcoder.ts";

/** Source and target transfer syntax of a transcoding, and the codecs. */
export interface TranscodeOptions {
  /** The transfer syntax UID of the data set. */
  readonly from: string;
  /** The transfer syntax UID that it shall have. */
  readonly to: string;
  /** What decodes and encodes frames. */
  readonly codecs: FrameCodecs;
  /** Ends the work; reading then fails with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called for faults of the data set that the reader recovered from. */
  readonly onWarning?: ((warning: DataSetError) => void) | undefined;
}

/** Chunks are worked on in pieces of so many bytes, so that few frames wait. */
const PIECE = 0x1_0000;

/** Whether instances in one transfer syntax can be brought into another without loss. */
export function canTranscode(from: string, to: string, codecs: FrameCodecs): boolean {
  if (from === to) return true;
  const plain = (transferSyntax: string) =>
    compressionOf(transferSyntax) !== undefined || isConvertible(transferSyntax);
  return plain(from) && plain(to) && codecs.canDecode(from) && codecs.canEncode(to);
}

/**
 * Transfer syntaxes into which instances in a given one can be brought without loss, the one to be liked best first: native
 * ones, and what frames can be encoded in.
 */
export function transcodableInto(from: string, codecs: FrameCodecs): string[] {
  const all = [UID.ExplicitVRLittleEndian, UID.ImplicitVRLittleEndian, ...ENCODABLE];
  return all.filter((to) => to !== from && canTranscode(from, to, codecs));
}

/**
 * Brings an encoded data set, without preamble and meta information, into another transfer syntax while it is read, frame by
 * frame: memory holds a few frames, whatever the instance has. Nothing more is lost than its compression has lost already.
 *
 * - Photometric Interpretation and Planar Configuration say what comes out; Lossy Image Compression becomes 01 where the
 *   compression before was lossy. Encapsulated Pixel Data get one fragment a frame and an empty Basic Offset Table; an
 *   Extended Offset Table is left out, as are lengths of groups.
 * - An Icon Image Sequence whose pixels are compressed is left out.
 * - Data sets without pixels pass as they are, but for their encoding.
 *
 * Data in the right transfer syntax already are handed back as they are. Throws `PixelDataError` for transfer syntaxes that
 * can't be read or written here. Reading fails with `PixelDataError`, `DataSetError` or `LimitError`; the source is cancelled
 * then, and frames that are being worked on are given up.
 */
export function transcode(dataSet: ReadableStream<Uint8Array>, options: TranscodeOptions): ReadableStream<Uint8Array> {
  const { from, to, codecs, onWarning } = options;
  if (from === to) return dataSet;
  if (!canTranscode(from, to, codecs)) {
    const names = `${nameTransferSyntax(from)} into ${nameTransferSyntax(to)}`;
    throw unsupported(`Cannot transcode ${names}: expected transfer syntaxes that can be decoded and encoded here`);
  }
  const warn = onWarning === undefined ? {} : { onWarning };
  const native = UID.ExplicitVRLittleEndian;
  if (isNative(from) && isNative(to)) return convertTransferSyntax(dataSet, { from, to, ...warn });
  const source = isNative(from) ? convertTransferSyntax(dataSet, { from, to: native, ...warn }) : dataSet;
  const transcoded = transcodedStream(source, options);
  return isNative(to) ? convertTransferSyntax(transcoded, { from: native, to, ...warn }) : transcoded;
}

function transcodedStream(source: ReadableStream<Uint8Array>, options: TranscodeOptions): ReadableStream<Uint8Array> {
  const reader = source.getReader();
  const abort = new AbortController();
  const signal = options.signal === undefined ? abort.signal : AbortSignal.any([abort.signal, options.signal]);
  const pieces = transcoded(reader, options, signal);
  const stop = async (reason: unknown) => {
    abort.abort(reason);
    await reader.cancel(reason).catch(() => {});
  };
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await pieces.next();
        if (done) controller.close();
        else controller.enqueue(value);
      } catch (error) {
        await stop(error);
        throw error;
      }
    },
    cancel: stop,
  }, { highWaterMark: 0 });
}

/** The pieces that go out. So many frames are worked on ahead as the codecs do at the same time. */
async function* transcoded(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  { from, to, codecs, onWarning }: TranscodeOptions,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  const transcoder = new InstanceTranscoder({ from, to, codecs, signal });
  const { output } = transcoder;
  const passage = new ElementPassage(transcoder, {
    transferSyntax: isNative(from) ? UID.ExplicitVRLittleEndian : from,
    maxValueLength: codecs.maxFrameLength,
    ...(onWarning === undefined ? {} : { onWarning }),
  });
  /** Gives what goes out until no more than `ahead` frames are left, on all of which work has begun. */
  async function* drain(ahead: number): AsyncGenerator<Uint8Array, void> {
    for (let left = output.filter((piece) => piece instanceof FrameWork).length; output.length > 0;) {
      const [first] = output;
      if (first instanceof Uint8Array) yield first;
      else {
        const works = output.slice(0, 4 * codecs.parallel).filter((piece) => piece instanceof FrameWork);
        for (const work of works.slice(0, codecs.parallel)) void work.result();
        if (left-- <= ahead) return;
        signal.throwIfAborted();
        yield* await first!.result();
      }
      output.shift();
    }
  }
  for (let chunk; (chunk = (await reader.read()).value) !== undefined;) {
    for (let start = 0; start < chunk.length; start += PIECE) {
      passage.push(chunk.subarray(start, start + PIECE));
      yield* drain(codecs.parallel);
    }
  }
  signal.throwIfAborted();
  passage.end();
  yield* drain(0);
}

/**
 * Brings a file (PS3.10) into another transfer syntax while it is read, as `transcode()` does: with new meta information,
 * which keeps what the old says of AE titles.
 */
export async function transcodeFile(
  file: ReadableStream<Uint8Array>,
  options: Omit<TranscodeOptions, "from">,
): Promise<ReadableStream<Uint8Array>> {
  const reader = file.getReader();
  let start: Uint8Array = new Uint8Array(0);
  let header;
  try {
    for (let ended = false; (header = readFileHeader(start, { ended })) === undefined;) {
      const { value } = await reader.read();
      ended = value === undefined;
      if (value !== undefined) start = concatenate([start, value]);
    }
    const { meta, transferSyntax, dataSetOffset } = header;
    const { mediaStorageSopClassUid: sopClassUid, mediaStorageSopInstanceUid: sopInstanceUid } = meta;
    if (sopClassUid === undefined || sopInstanceUid === undefined) {
      throw malformed("Cannot transcode a file: its meta information lacks the SOP Class or the SOP Instance");
    }
    const before = fileMetaInformation({
      ...{ sopClassUid, sopInstanceUid, transferSyntax: options.to },
      sourceAeTitle: meta.sourceApplicationEntityTitle ?? "",
      sendingAeTitle: meta.sendingApplicationEntityTitle ?? "",
      receivingAeTitle: meta.receivingApplicationEntityTitle ?? "",
    });
    const dataSet = transcode(behind(start.subarray(dataSetOffset), reader), { ...options, from: transferSyntax });
    return behind(before, dataSet.getReader());
  } catch (error) {
    await reader.cancel(error).catch(() => {});
    throw error;
  }
}

/** A stream of bytes and those of a reader after them. */
function behind(first: Uint8Array, reader: ReadableStreamDefaultReader<Uint8Array>): ReadableStream<Uint8Array> {
  let begun = first.length === 0;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (!begun) {
        begun = true;
        return controller.enqueue(first);
      }
      const { done, value } = await reader.read();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
}
