import assert from "node:assert/strict";
import { EncapsulatedElement } from "../../../src/dicom/data_set/data_element.ts";
import { DataSet } from "../../../src/dicom/data_set/data_set.ts";
import { pixelFrames, setEncapsulatedFrames } from "../../../src/dicom/data_set/frames/pixel_frames.ts";
import { readDataSet } from "../../../src/dicom/data_set/reading/read_data_set.ts";
import { readFile } from "../../../src/dicom/data_set/reading/read_file.ts";
import { writeDataSet } from "../../../src/dicom/data_set/writing/write_data_set.ts";
import { writeFile } from "../../../src/dicom/data_set/writing/write_file.ts";
import * as UID from "../../../src/dicom/generated/uid.ts";
import type { CodecTask, TaskRunner } from "../../../src/pixel_data/codec_task.ts";
import { FrameCodecs } from "../../../src/pixel_data/frame_codecs.ts";
import type { FrameDescription } from "../../../src/pixel_data/frame_description.ts";
import { performTask } from "../../../src/pixel_data/perform_task.ts";
import { encodeRle } from "../../../src/pixel_data/rle/encode_rle.ts";
import {
  canTranscode,
  transcodableInto,
  transcode,
  transcodeFile,
} from "../../../src/pixel_data/transcoding/transcode.ts";
import { describe, frameFor } from "../descriptions.ts";
import { encodeLossless } from "../jpeg/lossless_encoder.ts";

const GRAY = describe({ bitsAllocated: 16, bitsStored: 12 });
const RGB = describe({ samplesPerPixel: 3 });

/** A data set of frames, native, without Pixel Data. */
function imageOf(description: FrameDescription, frames: number): DataSet {
  return new DataSet({
    ...{ SOPClassUID: UID.SecondaryCaptureImageStorage, SOPInstanceUID: "1.2.3", PatientID: "P1" },
    ...{
      SamplesPerPixel: description.samplesPerPixel,
      PhotometricInterpretation: description.photometricInterpretation,
    },
    ...{ Rows: description.rows, Columns: description.columns, NumberOfFrames: frames },
    ...{ BitsAllocated: description.bitsAllocated, BitsStored: description.bitsStored, HighBit: description.highBit },
    ...{ PixelRepresentation: description.signed ? 1 : 0, WindowCenter: [40], WindowWidth: [400] },
    ...(description.samplesPerPixel > 1 && { PlanarConfiguration: description.planarConfiguration }),
    DataSetTrailingPadding: Uint8Array.of(1, 2),
  });
}

function framesOf(description: FrameDescription, count: number): Uint8Array<ArrayBuffer>[] {
  return Array.from({ length: count }, (_, index) => frameFor(description, index + 1) as Uint8Array<ArrayBuffer>);
}

function native(description: FrameDescription, count: number): DataSet {
  const bytes = new Uint8Array(framesOf(description, count).flatMap((frame) => [...frame]));
  const value = description.bitsAllocated === 16 ? new Uint16Array(bytes.buffer) : bytes;
  return imageOf(description, count).set("PixelData", value, { vr: description.bitsAllocated === 16 ? "OW" : "OB" });
}

function streamOf(bytes: Uint8Array, size = Infinity): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.subarray(at, Math.min(bytes.length, at + size)));
      at += size;
    },
  });
}

async function allOf(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of stream) pieces.push(piece.slice());
  return new Uint8Array(await new Blob(pieces as Uint8Array<ArrayBuffer>[]).arrayBuffer());
}

async function transcoded(
  dataSet: DataSet | Uint8Array,
  from: string,
  to: string,
  { size = Infinity, codecs = new FrameCodecs() } = {},
): Promise<DataSet> {
  const bytes = dataSet instanceof DataSet ? writeDataSet(dataSet, { transferSyntax: from }) : dataSet;
  const out = await allOf(transcode(streamOf(bytes, size), { from, to, codecs }));
  return readDataSet(out, { transferSyntax: to, onWarning: (warning) => assert.fail(warning) });
}

function assertFrames(dataSet: DataSet, expected: readonly Uint8Array[]): void {
  assert.deepEqual(pixelFrames(dataSet).map((frame) => frame.bytes()), expected);
}

Deno.test("native instances become RLE and come back as they were, however their bytes arrive", async () => {
  for (const [description, from] of [[GRAY, UID.ImplicitVRLittleEndian], [RGB, UID.ExplicitVRBigEndian]] as const) {
    const original = native(description, 3);
    for (const size of [1, 7, 100, Infinity]) {
      const rle = await transcoded(original, from, UID.RLELossless, { size });
      assert.equal(rle.element("PixelData")?.kind, "encapsulated");
      assert.equal(rle.get("PlanarConfiguration"), description === RGB ? 1 : undefined);
      assert.equal(pixelFrames(rle).length, 3);
      const bytes = writeDataSet(rle, { transferSyntax: UID.RLELossless });
      const back = await transcoded(bytes, UID.RLELossless, UID.ExplicitVRLittleEndian, { size });
      assertFrames(back, framesOf(description, 3));
      assert.equal(back.getText("PatientID"), "P1");
      assert.deepEqual(back.get("WindowCenter"), [40]);
      assert.deepEqual(back.get("DataSetTrailingPadding"), Uint8Array.of(1, 2));
    }
  }
});

Deno.test("a compressed instance goes into any native transfer syntax", async () => {
  const rle = imageOf(GRAY, 2);
  setEncapsulatedFrames(rle, framesOf(GRAY, 2).map((frame) => encodeRle(frame, GRAY)));
  for (const to of [UID.ImplicitVRLittleEndian, UID.ExplicitVRBigEndian, UID.DeflatedExplicitVRLittleEndian]) {
    assertFrames(await transcoded(rle, UID.RLELossless, to), framesOf(GRAY, 2));
  }
});

/** Frames of JPEG lossless. */
function jpegFrames(count: number): Uint8Array[] {
  return framesOf(GRAY, count).map((frame) =>
    encodeLossless(new Uint16Array(frame.buffer), {
      ...{ rows: 12, columns: 16, components: 1, precision: 12, predictor: 1, pointTransform: 0 },
      ...{ restartRows: 0, separate: false },
    })
  );
}

Deno.test("frames of several fragments are told apart by either offset table, or by where codestreams begin", async () => {
  const frames = jpegFrames(3);
  const fragments = frames.flatMap((frame) => [frame.slice(0, 40), frame.slice(40, 60), frame.slice(60)])
    .map((part) => part.length % 2 === 0 ? part : Uint8Array.of(...part, 0));
  const offsets = frames.map((_, index) =>
    fragments.slice(0, index * 3).reduce((sum, { length }) => sum + 8 + length, 0)
  );
  const table = (values: number[]) => new Uint8Array(Uint32Array.from(values).buffer);
  const cases: [string, Uint8Array, number[]][] = [
    ["basic", table(offsets), []],
    ["extended", table([]), offsets],
    ["none", table([]), []],
    ["wrong", table([0, 4]), []],
  ];
  for (const [name, basic, extended] of cases) {
    const image = imageOf(GRAY, 3);
    image.setElement(new EncapsulatedElement(0x7fe0_0010, "OB", [basic, ...fragments]));
    if (extended.length > 0) {
      image.set("ExtendedOffsetTable", extended);
      image.set("ExtendedOffsetTableLengths", frames.map(({ length }) => length));
    }
    const back = await transcoded(image, UID.JPEGLosslessSV1, UID.ExplicitVRLittleEndian, { size: 50 });
    assertFrames(back, framesOf(GRAY, 3));
    assert.ok(!back.has("ExtendedOffsetTable") && !back.has("ExtendedOffsetTableLengths"), name);
  }
});

Deno.test("what was lossy is called lossy, whether that was said before or not", async () => {
  const codestream = jpegFrames(1)[0]!;
  for (
    const [from, said, expected] of [
      [UID.JPEGExtended12Bit, undefined, "01"],
      [UID.JPEGExtended12Bit, "00", "01"],
      [UID.JPEGExtended12Bit, "01", "01"],
      [UID.JPEGLosslessSV1, undefined, undefined],
      [UID.JPEGLosslessSV1, "01", "01"],
    ] as const
  ) {
    const image = imageOf(GRAY, 1);
    if (said !== undefined) image.set("LossyImageCompression", said);
    setEncapsulatedFrames(image, [codestream]);
    const back = await transcoded(image, from, UID.ExplicitVRLittleEndian);
    assert.equal(back.getText("LossyImageCompression"), expected, `${from} ${said}`);
  }
});

Deno.test("photometric interpretations say what comes out", async () => {
  const shared = { ...RGB, photometricInterpretation: "YBR_FULL_422" };
  const image = imageOf(shared, 1).set("PixelData", frameFor(RGB).slice(0, 16 * 12 * 2), { vr: "OB" });
  const rle = await transcoded(image, UID.ExplicitVRLittleEndian, UID.RLELossless);
  assert.equal(rle.getText("PhotometricInterpretation"), "YBR_FULL");
  const bytes = writeDataSet(rle, { transferSyntax: UID.RLELossless });
  const back = await transcoded(bytes, UID.RLELossless, UID.ExplicitVRLittleEndian);
  assert.equal(back.getText("PhotometricInterpretation"), "YBR_FULL");
  assert.equal(back.get("PlanarConfiguration"), 0);
  assert.equal(pixelFrames(back)[0]?.length, 16 * 12 * 3);
});

Deno.test("an icon stays where it is native, and goes where it is compressed; what is after it stays", async () => {
  for (const compressed of [false, true]) {
    const image = imageOf(GRAY, 1);
    setEncapsulatedFrames(image, [encodeRle(framesOf(GRAY, 1)[0]!, GRAY)]);
    const icon = new DataSet({ Rows: 2, Columns: 2 });
    if (compressed) setEncapsulatedFrames(icon, [Uint8Array.of(1, 2)]);
    else icon.set("PixelData", Uint8Array.of(1, 2, 3, 4), { vr: "OB" });
    image.set("IconImageSequence", [icon]);
    image.set(0x2050_0020, "IDENTITY", { vr: "CS" });
    const back = await transcoded(image, UID.RLELossless, UID.ExplicitVRLittleEndian, { size: 13 });
    assert.equal(back.has("IconImageSequence"), !compressed);
    assert.equal(back.getText("PresentationLUTShape"), "IDENTITY");
    assertFrames(back, framesOf(GRAY, 1));
  }
});

Deno.test("an instance without pixels passes as it is", async () => {
  const report = new DataSet({
    SOPClassUID: UID.BasicTextSRStorage,
    PatientID: "P1",
    ConceptNameCodeSequence: [{ CodeValue: "1" }],
  });
  const back = await transcoded(report, UID.ImplicitVRLittleEndian, UID.RLELossless);
  assert.equal(back.getText("ConceptNameCodeSequence[0].CodeValue"), "1");
  assert.ok(!back.has("PhotometricInterpretation"));
});

Deno.test("faults are told, and cancel the source", async () => {
  const cut = imageOf(GRAY, 2);
  setEncapsulatedFrames(cut, [encodeRle(framesOf(GRAY, 1)[0]!, GRAY)]);
  const broken = imageOf(GRAY, 1);
  setEncapsulatedFrames(broken, [new Uint8Array(10)]);
  const short = imageOf(GRAY, 2).set("PixelData", new Uint16Array(16 * 12), { vr: "OW" });
  const cases: [DataSet, string, string, RegExp][] = [
    [cut, UID.RLELossless, UID.ExplicitVRLittleEndian, /found 1 frames, expected 2/],
    [broken, UID.RLELossless, UID.ExplicitVRLittleEndian, /found 10 bytes, expected a header/],
    [short, UID.ExplicitVRLittleEndian, UID.RLELossless, /found 384 bytes, expected 2 frames of 384/],
  ];
  for (const [image, from, to, message] of cases) await assert.rejects(transcoded(image, from, to), message);
  // The fault of the last is seen before all has been read.
  let cancelled: unknown;
  const bytes = writeDataSet(short, { transferSyntax: UID.ExplicitVRLittleEndian });
  const source = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(bytes),
    cancel: (reason) => void (cancelled = reason),
  });
  const options = { from: UID.ExplicitVRLittleEndian, to: UID.RLELossless, codecs: new FrameCodecs() };
  await assert.rejects(allOf(transcode(source, options)), (error) => error === cancelled);
  const codecs = new FrameCodecs();
  const nothing = streamOf(new Uint8Array(0));
  assert.throws(() => transcode(nothing, { from: UID.MPEG2MPML, to: UID.ExplicitVRLittleEndian, codecs }), {
    name: "PixelDataError",
    reason: "unsupported",
  });
});

/** A runner that remembers how many tasks ran at once, and waits until it is told. */
class WatchedRunner implements TaskRunner {
  readonly parallel = 2;
  running = 0;
  most = 0;
  begun = 0;
  async run(task: CodecTask, bytes: Uint8Array, signal?: AbortSignal): Promise<Uint8Array> {
    this.begun++;
    this.most = Math.max(this.most, ++this.running);
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
    signal?.throwIfAborted();
    this.running--;
    return await performTask(task, bytes, undefined);
  }
  async [Symbol.asyncDispose](): Promise<void> {}
}

Deno.test("frames are worked on side by side, but no more than the codecs can take, and only when they are wanted", async () => {
  const runner = new WatchedRunner();
  const codecs = new FrameCodecs({ runner });
  const image = imageOf(GRAY, 40);
  setEncapsulatedFrames(image, jpegFrames(40));
  const bytes = writeDataSet(image, { transferSyntax: UID.JPEGLosslessSV1 });
  const options = { from: UID.JPEGLosslessSV1, to: UID.ExplicitVRLittleEndian, codecs };
  const stream = transcode(streamOf(bytes), options);
  const reader = stream.getReader();
  let length = 0;
  while (runner.begun === 0) length += (await reader.read()).value!.length;
  assert.ok(runner.begun <= 2);
  for (let piece; (piece = (await reader.read()).value) !== undefined;) length += piece.length;
  assert.ok(length > 40 * 16 * 12 * 2);
  assert.deepEqual([runner.most, runner.begun], [2, 40]);
});

Deno.test("an abort ends the work, and so does whoever cancels the stream", async () => {
  const image = native(GRAY, 4);
  const bytes = writeDataSet(image, { transferSyntax: UID.ExplicitVRLittleEndian });
  const abort = new AbortController();
  const options = { from: UID.ExplicitVRLittleEndian, to: UID.RLELossless, codecs: new FrameCodecs() };
  const reader = transcode(streamOf(bytes, 100), { ...options, signal: abort.signal }).getReader();
  await reader.read();
  abort.abort(new Error("enough"));
  await assert.rejects(async () => {
    while (!(await reader.read()).done);
  }, /enough/);
  let cancelled: unknown;
  const source = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(bytes.subarray(0, 300)),
    cancel: (reason) => void (cancelled = reason),
  }, { highWaterMark: 0 });
  await transcode(source, options).cancel("gone");
  assert.equal(cancelled, "gone");
});

Deno.test("canTranscode() and transcodableInto() tell what the codecs can do", () => {
  const codecs = new FrameCodecs();
  assert.ok(canTranscode(UID.MPEG2MPML, UID.MPEG2MPML, codecs));
  assert.ok(!canTranscode(UID.MPEG2MPML, UID.ExplicitVRLittleEndian, codecs));
  assert.ok(!canTranscode(UID.ExplicitVRLittleEndian, UID.JPEGBaseline8Bit, codecs));
  assert.deepEqual(transcodableInto(UID.JPEGBaseline8Bit, codecs), [
    ...[UID.ExplicitVRLittleEndian, UID.ImplicitVRLittleEndian, UID.RLELossless],
  ]);
  assert.deepEqual(transcodableInto(UID.JPEG2000, codecs), []);
});

Deno.test("transcodeFile() makes a file with new meta information", async () => {
  const file = writeFile({ dataSet: native(GRAY, 1), transferSyntax: UID.ImplicitVRLittleEndian });
  for (const size of [1, Infinity]) {
    const options = { to: UID.RLELossless, codecs: new FrameCodecs() };
    const { dataSet, transferSyntax, meta } = readFile(
      await allOf(await transcodeFile(streamOf(file, size), options)),
    );
    assert.equal(transferSyntax, UID.RLELossless);
    assert.equal(meta.getText("MediaStorageSOPInstanceUID"), "1.2.3");
    assert.equal(pixelFrames(dataSet).length, 1);
  }
  await assert.rejects(transcodeFile(streamOf(new Uint8Array(0)), { to: UID.RLELossless, codecs: new FrameCodecs() }), {
    name: "DataSetError",
  });
});
