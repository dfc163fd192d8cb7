/** Compressed pixels are blanked: decoded, blanked, and encoded without loss; what isn't blanked stays bit by bit. */

import assert from "node:assert/strict";
import * as UID from "../../src/dicom/generated/uid.ts";
import { encodeJpeg } from "../../src/pixel_data/jpeg/encode_jpeg.ts";
import { encodeRle } from "../../src/pixel_data/rle/encode_rle.ts";
import { describe, frameFor } from "../pixel_data/descriptions.ts";
import { encodeLossless } from "../pixel_data/jpeg/lossless_encoder.ts";
import { blankingBy } from "../../src/deidentify/blank_compressed.ts";
import { type BlankEncapsulated, createDeidentifier, deidentifyInstance } from "../../src/deidentify/deidentifier.ts";
import { writeFile } from "../../src/dicom/data_set/writing/write_file.ts";
import { FrameCodecs } from "../../src/pixel_data/frame_codecs.ts";
import { lentOf } from "../transform/support.ts";
import { KEY } from "./support.ts";
import { blanked, blankedFrame, compressed, leftOf } from "./compressed_images.ts";

const GRAY = describe({ bitsAllocated: 16, bitsStored: 12 });
const RGB = describe({ samplesPerPixel: 3 });

Deno.test("RLE is blanked in every frame and stays RLE; all other pixels are as they were", async () => {
  for (const description of [GRAY, RGB]) {
    const frames = [1, 2, 3].map((seed) => frameFor(description, seed));
    const dataSet = compressed(description, frames.map((frame) => encodeRle(frame, description)), {
      ...(description === RGB && { PlanarConfiguration: 1 }),
    });
    const output = await blanked(dataSet, UID.RLELossless, leftOf(description));
    assert.equal(output.transferSyntax, UID.RLELossless);
    assert.equal(output.meta.get("TransferSyntaxUID"), UID.RLELossless);
    assert.deepEqual(output.frames, frames.map((frame) => blankedFrame(frame, description)));
    assert.equal(output.dataSet.get("BurnedInAnnotation"), "NO");
    assert.equal(output.dataSet.get("DeidentificationMethodCodeSequence[1].CodeValue"), "113101");
  }
});

Deno.test("JPEG lossless becomes uncompressed, since nothing here encodes it: blanked, and exact elsewhere", async () => {
  const frames = [1, 2].map((seed) => frameFor(GRAY, seed));
  const encoded = frames.map((frame) =>
    encodeLossless(new Uint16Array(frame.slice().buffer), {
      ...{ rows: GRAY.rows, columns: GRAY.columns, components: 1, precision: 12, predictor: 1, pointTransform: 0 },
      ...{ restartRows: 0, separate: false },
    })
  );
  const output = await blanked(compressed(GRAY, encoded), UID.JPEGLosslessSV1, leftOf(GRAY));
  assert.equal(output.transferSyntax, UID.ExplicitVRLittleEndian);
  assert.deepEqual(output.frames, frames.map((frame) => blankedFrame(frame, GRAY)));
  assert.equal(output.dataSet.has("LossyImageCompression"), false);
});

Deno.test("JPEG with loss is blanked as it decodes, and goes on saying that something was lost", async () => {
  const description = describe({ rows: 32, columns: 32, bitsAllocated: 8, bitsStored: 8 });
  const gray = new Uint8Array(32 * 32).fill(200);
  const jpeg = encodeJpeg(gray, { width: 32, height: 32, samples: 1, quality: 90 });
  const output = await blanked(compressed(description, [jpeg]), UID.JPEGBaseline8Bit, leftOf(description));
  assert.equal(output.transferSyntax, UID.ExplicitVRLittleEndian);
  assert.equal(output.dataSet.get("LossyImageCompression"), "01");
  const [frame] = output.frames;
  assert.ok(frame!.subarray(0, 16).every((sample) => sample === 0));
  assert.ok(frame!.subarray(16, 32).every((sample) => Math.abs(sample - 200) < 8));
  assert.ok(frame!.subarray(64).every((sample) => Math.abs(sample - 200) < 8));
});

Deno.test("pixels that can't be decoded here, or are broken, hold the instance", async () => {
  const frames = [encodeRle(frameFor(GRAY, 1), GRAY)];
  await assert.rejects(blanked(compressed(GRAY, frames), UID.JPEG2000Lossless, leftOf(GRAY)), /Cannot transcode/);
  const broken = frames.map((frame) => frame.slice(0, 80));
  await assert.rejects(blanked(compressed(GRAY, broken), UID.RLELossless, leftOf(GRAY)), { name: "PixelDataError" });
  const missing = compressed(GRAY, frames, { NumberOfFrames: 2 });
  await assert.rejects(blanked(missing, UID.RLELossless, leftOf(GRAY)), /found 1 frames, expected 2/);
});

Deno.test("what is not read is given up: no frame is decoded for nobody", async () => {
  const frames = [1, 2, 3, 4].map((seed) => encodeRle(frameFor(GRAY, seed), GRAY));
  const file = writeFile({ dataSet: compressed(GRAY, frames), transferSyntax: UID.RLELossless });
  const codecs = new FrameCodecs();
  const blanking = blankingBy(codecs);
  let cancelled = 0;
  const blankEncapsulated: BlankEncapsulated = async (pixels, area) => {
    const { transferSyntax, elements } = await blanking(pixels, area);
    const reader = elements.getReader();
    const counting = new ReadableStream<Uint8Array>({
      async pull(controller) {
        const { value, done } = await reader.read();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      async cancel(reason) {
        cancelled++;
        await reader.cancel(reason);
      },
    }, { highWaterMark: 0 });
    return { transferSyntax, elements: counting };
  };
  const deidentifier = createDeidentifier({ key: KEY, pixels: leftOf(GRAY), blankEncapsulated });
  const source = lentOf(file, 100);
  const instance = await deidentifyInstance(source, deidentifier);
  await instance.cancel();
  assert.equal(cancelled, 1);
  assert.ok(source.cancelled > 0);
});
