/** As blank_compressed_test.ts, with the codecs that run in processes of their own. */

import assert from "node:assert/strict";
import * as UID from "../../src/dicom/generated/uid.ts";
import { FrameCodecs } from "../../src/pixel_data/frame_codecs.ts";
import { denoCodecPool } from "../../src/pixel_data/pool/deno_codec_process.ts";
import { describe, frameFor } from "../pixel_data/descriptions.ts";
import { blanked, blankedFrame, compressed, leftOf } from "./compressed_images.ts";

Deno.test("JPEG-LS, JPEG 2000 and HTJ2K are blanked and stay what they are, without loss elsewhere", async () => {
  await using codecs = new FrameCodecs({ runner: denoCodecPool({ size: 1 }) });
  const descriptions = [describe({ bitsAllocated: 16, bitsStored: 12 }), describe({ samplesPerPixel: 3 })];
  for (const transferSyntax of [UID.JPEGLSLossless, UID.JPEG2000Lossless, UID.HTJ2KLossless]) {
    for (const description of descriptions) {
      const frames = [1, 2].map((seed) => frameFor(description, seed));
      const encoded: Uint8Array[] = [];
      for (const frame of frames) encoded.push(await codecs.encode(frame, transferSyntax, description));
      const output = await blanked(compressed(description, encoded), transferSyntax, leftOf(description), codecs);
      assert.equal(output.transferSyntax, transferSyntax);
      assert.deepEqual(output.frames, frames.map((frame) => blankedFrame(frame, description)));
    }
  }
});
