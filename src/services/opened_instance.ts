/**
 * The data set of an instance on its way to a peer.
 *
 * @module
 */

import { convertTransferSyntax, isConvertible } from "../dicom/conversion/convert_transfer_syntax.ts";
import type { LentBytes } from "../streams/lent_bytes.ts";
import type { HeldInstance } from "../query/instance_source.ts";
import type { ProgressDeadline } from "./progress_deadline.ts";
import type { Transcoding } from "./transcoding.ts";

/**
 * Bytes that are read before a message begins. A message that was begun can't be taken back: its association would have to
 * end. So what fails in here, as a file that is gone does, costs its own instance alone.
 */
const READ_AHEAD = 1024 * 1024;

/** A data set that is being read. */
export interface OpenedDataSet {
  /** Its bytes in the transfer syntax that was asked for. */
  readonly dataSet: LentBytes;
  /** Their length, where it is known. */
  readonly length: number | undefined;
}

/**
 * Opens the data set of an instance in a transfer syntax, and reads the first MiB of it. Throws what reading and converting
 * throw, and the reason of the deadline, which each piece extends. What is read later throws the same. What can't be
 * converted is brought there by `transcoding`.
 */
export async function openInstance(
  instance: HeldInstance,
  transferSyntax: string,
  deadline: ProgressDeadline,
  transcoding?: Transcoding,
): Promise<OpenedDataSet> {
  const isConverted = transferSyntax !== instance.transferSyntax;
  const expected = isConverted ? undefined : instance.length;
  const stored = instance.stream();
  const options = { from: instance.transferSyntax, to: transferSyntax };
  const convert = () =>
    transcoding === undefined || (isConvertible(options.from) && isConvertible(options.to))
      ? convertTransferSyntax(stored, options)
      : transcoding.transcode(stored, options);
  const source = new Source(isConverted ? convert() : stored, deadline);
  const ahead: Uint8Array[] = [];
  let length = 0;
  while (!source.ended && length < READ_AHEAD) {
    const piece = await source.read();
    if (piece === undefined) break;
    ahead.push(piece);
    length += piece.length;
  }
  if (expected !== undefined && (source.ended ? length !== expected : length > expected)) {
    const error = new Error(`Cannot read an instance: found ${length} bytes, expected ${expected}`);
    await source.cancel(error);
    throw error;
  }
  ahead.reverse();
  const dataSet: LentBytes = {
    read: async () => ahead.pop() ?? await source.read(),
    cancel: (reason) => source.cancel(reason),
  };
  return { dataSet, length: expected ?? (source.ended ? length : undefined) };
}

/** A stream that fails, and doesn't just end, when a deadline passes. */
class Source {
  ended = false;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #deadline: ProgressDeadline;

  constructor(stream: ReadableStream<Uint8Array>, deadline: ProgressDeadline) {
    this.#reader = stream.getReader();
    this.#deadline = deadline;
    const { signal } = deadline;
    const cancel = () => void this.cancel(signal.reason);
    if (signal.aborted) cancel();
    else signal.addEventListener("abort", cancel);
    deadline.extend();
  }

  async read(): Promise<Uint8Array | undefined> {
    if (this.ended) return undefined;
    const { value, done } = await this.#reader.read();
    // A cancelled stream ends without an error.
    this.#deadline.signal.throwIfAborted();
    this.#deadline.extend();
    this.ended = done;
    return value;
  }

  /** Never rejects: the caller does not want the rest. */
  async cancel(reason: unknown): Promise<void> {
    await this.#reader.cancel(reason).catch(() => {});
  }
}
