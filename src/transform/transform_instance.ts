/**
 * Changes an instance while it passes by.
 *
 * @module
 */

import { recodeText } from "../dicom/data_set/character_set_conversion.ts";
import { DataSet } from "../dicom/data_set/data_set.ts";
import { DataSetEncoder } from "../dicom/data_set/writing/data_set_encoder.ts";
import { SPECIFIC_CHARACTER_SET } from "../dicom/data_set/specific_character_set.ts";
import { deflate } from "../dicom/data_set/writing/stream_pieces.ts";
import { encodeFileHeader } from "../dicom/data_set/writing/write_file.ts";
import * as UID from "../dicom/generated/uid.ts";
import { findTransferSyntax } from "../dicom/transfer_syntaxes.ts";
import { DataSetError } from "../errors.ts";
import { type ByteBody, lend, type LentBytes } from "../streams/lent_bytes.ts";
import { streamOf } from "../streams/stream_of.ts";
import { type AnyChange, type Change, type PassingInstance, toChange } from "./change.ts";
import { checkBehindPixelData, InstanceParts, type PartOptions } from "./instance_parts.ts";
import type { NativePixelEdit, NewPixels } from "./pixel_edit.ts";
import { RequiredAttributes } from "./required_attributes.ts";

/** How an instance comes, how it goes out, and within which limits. */
export interface TransformOptions extends PartOptions {
  /**
   * What goes out: a `file`, with preamble and meta information, or a `data-set` without them. By default what comes in, which
   * is a data set where `transferSyntax` is given.
   */
  readonly output?: "file" | "data-set";
  /** Facts for changes besides the instance, such as `callingAeTitle`. */
  readonly facts?: Readonly<Record<string, string>>;
  /**
   * Brings an encoded data set into another transfer syntax, as `transcode()` of pixel data does; for changes that
   * require it. Default: such an instance is refused.
   */
  readonly transcode?: Transcode | undefined;
}

/** What brings an encoded data set from one transfer syntax into another, by their UIDs. Throws where it can't. */
export type Transcode = (
  dataSet: ReadableStream<Uint8Array>,
  syntaxes: { readonly from: string; readonly to: string },
) => ReadableStream<Uint8Array>;

/** A changed instance. Its bytes come as they are read, once; `read()` lends them. Cancelling it cancels its source. */
export interface TransformedInstance extends ByteBody {
  /** Its SOP Class UID; empty where it has none. */
  readonly sopClassUid: string;
  /** Its SOP Instance UID; empty where it has none. */
  readonly sopInstanceUid: string;
  /** Its Series Instance UID; empty where it has none. */
  readonly seriesInstanceUid: string;
  /** Its Study Instance UID; empty where it has none. */
  readonly studyInstanceUid: string;
  /** The transfer syntax UID that it is in. */
  readonly transferSyntax: string;
}

/**
 * Changes an instance of any transfer syntax that Gantry reads. The elements before Pixel Data are read, changed and written;
 * pixel data are copied byte by byte, and what stands behind them is changed as well. Only the elements beside pixel data are
 * in memory, within `maxElementsLength`.
 *
 * Resolves when the elements before Pixel Data are changed, and rejects when that fails; the source is cancelled then. What is
 * wrong later, such as an end that is missing, fails the reading of the result: what was written of it is to be thrown away.
 * Throws `DataSetError` for bytes that break PS3.5, and for a change that leaves no valid value or empties an attribute of
 * type 1; `LimitError` beyond a limit; and what changes throw. Lengths of sequences are written as defined, group lengths are
 * left out, and zeros behind the last element, too.
 *
 * @example
 * ```ts
 * import { transformInstance } from "@gantry/dicom/transform";
 *
 * async function renamed(file: ReadableStream<Uint8Array>): Promise<ReadableStream<Uint8Array>> {
 *   const instance = await transformInstance(file, [({ dataSet }) => void dataSet.set("PatientName", "Adams^John")]);
 *   return instance.stream();
 * }
 * ```
 */
export async function transformInstance(
  source: ReadableStream<Uint8Array> | LentBytes,
  changes: readonly AnyChange[],
  options: TransformOptions = {},
): Promise<TransformedInstance> {
  const lent = lend(source);
  try {
    const isStream = source instanceof ReadableStream;
    const passage = new Passage(new InstanceParts(lent, !isStream, options), changes.map(toChange), options);
    await passage.begin();
    return passage.result(lent, isStream);
  } catch (error) {
    await lent.cancel(error).catch(() => {});
    throw error;
  }
}

const SOP_CLASS_UID = 0x0008_0016;
const SOP_INSTANCE_UID = 0x0008_0018;
const STUDY_INSTANCE_UID = 0x0020_000d;
const SERIES_INSTANCE_UID = 0x0020_000e;

/** One instance on its way through. */
class Passage {
  readonly #parts: InstanceParts;
  readonly #changes: readonly Change[];
  readonly #options: TransformOptions;
  #instance!: PassingInstance;
  /** The one in which elements are encoded, and the one that comes out. */
  #transferSyntax = "";
  #output = "";
  #newPixels: NewPixels | undefined;
  #nativeEdit: NativePixelEdit | undefined;
  /** The elements before Pixel Data as they came, for the character set of those behind it. */
  #before = new DataSet();
  #header: Uint8Array[] = [];
  #leading: readonly Uint8Array[] = [];

  constructor(parts: InstanceParts, changes: readonly Change[], options: TransformOptions) {
    this.#parts = parts;
    this.#changes = changes;
    this.#options = options;
  }

  /** Reads, changes and encodes the elements before Pixel Data. */
  async begin(): Promise<void> {
    const dataSet = await this.#parts.readLeading();
    const { meta, transferSyntax, hasPixelData } = this.#parts;
    this.#transferSyntax = transferSyntax;
    const { facts = {} } = this.#options;
    const instance: PassingInstance = {
      dataSet,
      meta,
      transferSyntax,
      hasPixelData,
      facts,
      pixelEdit: undefined,
      outputTransferSyntax: undefined,
    };
    this.#instance = instance;
    const characterSet = dataSet.element(SPECIFIC_CHARACTER_SET);
    if (characterSet !== undefined) this.#before.setElement(characterSet);
    const required = new RequiredAttributes(dataSet, hasPixelData);
    for (const change of this.#changes) await change.edit(instance);
    await this.#replacePixels();
    required.check();
    this.#output = instance.outputTransferSyntax ?? this.#transferSyntax;
    this.#leading = this.#encode(dataSet);
    const output = this.#options.output ?? (this.#options.transferSyntax === undefined ? "file" : "data-set");
    if (output === "file") this.#header = encodeFileHeader({ dataSet, meta }, this.#output);
  }

  /** What comes out; its bytes come from `source`, whose chunks stay as they are where they are `owned`. */
  result(source: Required<LentBytes>, owned: boolean): TransformedInstance {
    const transferSyntax = this.#output;
    const { dataSet } = this.#instance;
    const uid = (tag: number) => dataSet.getTexts(tag)[0] ?? "";
    const isOther = transferSyntax !== this.#transferSyntax;
    const deflated = !isOther && (findTransferSyntax(transferSyntax)?.deflated ?? false);
    const pieces = isOther ? this.#transcoded(source) : deflated ? this.#deflated(source) : this.#pieces(source);
    const cancel = async (reason?: unknown) => {
      await pieces.return();
      // Where they are being read, that has ended it.
      await this.#newPixels?.elements.cancel(reason).catch(() => {});
      await source.cancel(reason);
    };
    return {
      sopClassUid: uid(SOP_CLASS_UID),
      sopInstanceUid: uid(SOP_INSTANCE_UID),
      seriesInstanceUid: uid(SERIES_INSTANCE_UID),
      studyInstanceUid: uid(STUDY_INSTANCE_UID),
      transferSyntax,
      read: async () => (await pieces.next()).value ?? undefined,
      stream: () => cancellable(owned || deflated || isOther ? pieces : kept(pieces), cancel),
      cancel,
    };
  }

  async *#pieces(source: Required<LentBytes>): AsyncGenerator<Uint8Array, void> {
    yield* this.#header;
    yield* this.#elements(source);
  }

  async *#deflated(source: Required<LentBytes>): AsyncGenerator<Uint8Array, void> {
    yield* this.#header;
    yield* deflate(streamOf(kept(this.#elements(source))));
  }

  /** In another transfer syntax. Throws at once where nothing brings it there. */
  #transcoded(source: Required<LentBytes>): AsyncGenerator<Uint8Array, void> {
    const { transcode } = this.#options;
    if (transcode === undefined) {
      throw new DataSetError("Cannot change the transfer syntax: no transcoder is configured", {
        expected: "transcode",
      });
    }
    // What was deflated is not, in here.
    const isDeflated = findTransferSyntax(this.#transferSyntax)?.deflated ?? false;
    const from = isDeflated ? UID.ExplicitVRLittleEndian : this.#transferSyntax;
    const elements = streamOf(kept(this.#elements(source)));
    const transcoded = from === this.#output ? elements : transcode(elements, { from, to: this.#output });
    return behind(this.#header, transcoded.getReader());
  }

  /** The encoded elements of all three parts. */
  async *#elements(source: Required<LentBytes>): AsyncGenerator<Uint8Array, void> {
    try {
      yield* this.#leading;
      if (this.#newPixels === undefined) yield* this.#parts.readPixels(this.#nativeEdit);
      else yield* this.#newPixels.elements;
      const trailing = await this.#parts.readTrailing(this.#before);
      if (trailing === undefined) return;
      yield* this.#changeTrailing(trailing);
    } catch (error) {
      await source.cancel(error).catch(() => {});
      throw error;
    }
  }

  async *#changeTrailing(trailing: DataSet): AsyncGenerator<Uint8Array, void> {
    const { characterSet } = this.#instance.dataSet;
    if (trailing.characterSet !== characterSet) {
      recodeText(trailing, trailing.characterSet, characterSet);
      trailing.parent?.declareCharacterSet(characterSet.terms);
    }
    for (const change of this.#changes) await change.editTrailing?.(trailing, this.#instance);
    for (const { tag } of trailing) checkBehindPixelData(tag);
    yield* this.#encode(trailing);
  }

  /** Lets encapsulated pixel data be replaced, where a change wants that. */
  async #replacePixels(): Promise<void> {
    const { pixelEdit, dataSet, hasPixelData } = this.#instance;
    if (pixelEdit === undefined || !hasPixelData) return;
    if (!findTransferSyntax(this.#transferSyntax)?.encapsulated) {
      this.#nativeEdit = pixelEdit.native;
      return;
    }
    const elements = streamOf(kept(this.#parts.readPixels()));
    this.#newPixels = await pixelEdit.encapsulated({ transferSyntax: this.#transferSyntax, dataSet, elements });
    this.#transferSyntax = this.#newPixels.transferSyntax;
  }

  #encode(dataSet: DataSet): readonly Uint8Array[] {
    const encoder = new DataSetEncoder(findTransferSyntax(this.#transferSyntax), "defined");
    const pieces = encoder.encodePieces(dataSet) as readonly Uint8Array[]; // Nothing was left in its source.
    for (const change of this.#changes) {
      for (const piece of change.inspect === undefined ? [] : pieces) change.inspect!(piece, this.#instance);
    }
    return pieces;
  }
}

/** Pieces, and a stream after them; it is cancelled where they are not read to the end. */
async function* behind(
  pieces: readonly Uint8Array[],
  reader: ReadableStreamDefaultReader<Uint8Array>,
): AsyncGenerator<Uint8Array, void> {
  try {
    yield* pieces;
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } finally {
    await reader.cancel().catch(() => {});
  }
}

/** The pieces, copied into memory of their own, for consumers that keep them. */
async function* kept(pieces: AsyncGenerator<Uint8Array, void>): AsyncGenerator<Uint8Array, void> {
  for await (const piece of pieces) yield piece.slice();
}

/** A stream of the pieces, which goes on only when more is asked for. */
function cancellable(
  pieces: AsyncGenerator<Uint8Array, void>,
  cancel: (reason?: unknown) => Promise<void>,
): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await pieces.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel,
  }, { highWaterMark: 0 });
}
